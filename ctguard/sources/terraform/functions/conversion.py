"""Explicit conversions between types; what is not known stays the same value."""

from __future__ import annotations

from ctguard.model.values import PartialText, Unknown, Value
from ctguard.sources.terraform.functions import parameters
from ctguard.sources.terraform.functions.derivation import doubt


def same(value: Value) -> Value:
    """Return `value`: marking a value as sensitive or not does not change it."""
    return value


def to_string(value: Value) -> Value:
    return value if value is None else parameters.to_string(value)


def to_number(value: Value) -> Value:
    return doubt(_hole(value), "tonumber", value) if isinstance(value, PartialText) else parameters.to_number(value)


def to_bool(value: Value) -> Value:
    return doubt(_hole(value), "tobool", value) if isinstance(value, PartialText) else parameters.to_bool(value)


def to_list(value: Value) -> Value:
    return parameters.to_list(value)


def to_set(value: Value) -> Value:
    return doubt(value, "toset", value, is_set=value.is_set) if isinstance(value, Unknown) else parameters.to_set(value)


def to_map(value: Value) -> Value:
    return parameters.to_map(value)


def _hole(value: PartialText) -> Unknown:
    return next(value.unknowns())
