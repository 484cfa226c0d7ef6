"""Bring what an input states to the type that the attribute table gives it.

Inputs write booleans and numbers as text, one block where a list is meant, tags
as a list of pairs. What cannot be read as its type is unknown, never a default.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from ctguard.model.kinds.attribute import Attribute, Convert, Omitted, Records, Type
from ctguard.model.values import Document, PartialList, PartialMap, PartialText, Unknown, Value
from ctguard.sources.declaration import Dialect
from ctguard.sources.known import understood, unknown_entry
from ctguard.sources.path import MISSING, look_up, parse


class Reader(Struct, frozen=True):
    """What reading depends on beside the value: the dialect, and how a JSON document in it is read."""

    dialect: Dialect
    document: Callable[[Value, str], Value]


def coerced(value: Value, type_: Type | Records, reader: Reader, what: str) -> Value:
    """Return `value` as `type_`; `what` names it should it turn out not to be one."""
    if isinstance(value, Unknown):
        # A set that holds another resource's ARN is unknown as a whole in a plan; that it holds it is known.
        return PartialList((value,), value) if type_ is Type.TEXTS and value.refers_to else value
    if isinstance(type_, Records):
        return _items(value, lambda item: record(item, type_, reader, what))
    if type_ is Type.DOCUMENT:
        return reader.document(value, what)
    return _AS[type_](value, what)


def converted(value: Value, convert: Convert | None) -> Value:
    """Return the API's value for one that the input spells its own way."""
    if convert is None or isinstance(value, Unknown | PartialText):
        return value
    if isinstance(convert, Mapping):
        return convert.get(value, value) if isinstance(value, bool | str | int) else value
    return convert(value)


def record(item: Value, table: Records, reader: Reader, what: str) -> Value:
    """Return one entry of a list of maps, under the names of its table."""
    if isinstance(item, Unknown):
        return item
    if reader.dialect == "live" and (unknown := unknown_entry(item, table, what)) is not None:
        return unknown
    return {row.name: field_value(item, row, reader, what) for row in table.fields}


def field_value(item: Value, row: Attribute, reader: Reader, what: str) -> Value:
    """Return what `item` states for one row of a record's table, else the row's default."""
    for spelling in row.spellings(reader.dialect):
        value = look_up(item, parse(spelling.path).steps)
        if value is not MISSING and not (value == "" and reader.dialect == "terraform"):
            value = converted(value, spelling.convert)
            if value is None:
                return row.default
            found = coerced(value, row.type, reader, f"{what}.{row.name}")
            return understood(row, found, f"{what}.{row.name}") if reader.dialect == "live" else found
    return None if isinstance(row.default, Omitted) else row.default


def _items(value: Value, each: Callable[[Value], Value]) -> Value:
    if isinstance(value, PartialList):
        return PartialList(tuple(each(item) for item in value.items), value.rest)
    if isinstance(value, list | tuple):
        return [each(item) for item in value]
    return [each(value)]


def _bool(value: Value, what: str) -> Value:
    if isinstance(value, bool):
        return value
    words = {"true": True, "1": True, "false": False, "0": False}
    known = words.get(str(value).lower()) if isinstance(value, str) else None
    return Unknown(what, f"is neither true nor false but {_shown(value)}", is_set=True) if known is None else known


def _integer(value: Value, what: str) -> Value:
    number = _number(value, what)
    return int(number) if isinstance(number, float) and number.is_integer() else number


def _number(value: Value, what: str) -> Value:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if isinstance(value, str):
        try:
            return int(value) if value.strip().lstrip("-").isdecimal() else float(value)
        except ValueError:
            pass
    return Unknown(what, f"is no number but {_shown(value)}", is_set=True)


def _text(value: Value, what: str) -> Value:
    if isinstance(value, str | PartialText):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    return Unknown(what, f"is no text but {_shown(value)}", is_set=True)


def _texts(value: Value, what: str) -> Value:
    return _items(value, lambda item: item if isinstance(item, Unknown) else _text(item, what))


def _map(value: Value, what: str) -> Value:
    """Return a map; tags in templates are a list of pairs of Key and Value."""
    if isinstance(value, dict | PartialMap):
        return value
    if isinstance(value, list) and all(isinstance(item, dict) for item in value):
        return {str(item.get("Key")): item.get("Value") for item in value}
    return Unknown(what, f"is no map but {_shown(value)}", is_set=True)


def _as_it_is(value: Value, what: str) -> Value:
    return value


def _shown(value: Any) -> str:
    return (
        "a list"
        if isinstance(value, list | PartialList)
        else "a map"
        if isinstance(value, dict | PartialMap | Document)
        else repr(value)
    )


_AS: dict[Type, Callable[[Value, str], Value]] = {
    Type.BOOL: _bool,
    Type.INTEGER: _integer,
    Type.NUMBER: _number,
    Type.TEXT: _text,
    Type.TEXTS: _texts,
    Type.MAP: _map,
    Type.ANY: _as_it_is,
}
