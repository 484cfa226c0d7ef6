"""Conditions of a statement: does one hold for what a request carries under its key?

All operators of the IAM User Guide ("IAM JSON policy elements: Condition
operators", "Multivalued context keys"), for one concrete value, for a set of
values, and for a key that is not there.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from math import isfinite
from typing import TYPE_CHECKING, Final, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from ctguard.model.values import Unknown
from ctguard.policy.pattern import Lookup, Pattern, Truth, all_true, any_true, opposite

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network

Present: TypeAlias = "tuple[str, ...] | Unknown | None"
"""What a request carries under a key: its values, something unknown, or nothing."""


class Operator(Struct, frozen=True):
    """What a condition operator compares (`family`), in which order, and whether it is negated."""

    family: str
    negated: bool = False
    order: str = "=="


_ORDERS: Final[dict[str, Callable[[float, float], bool]]] = {
    "==": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_COMPARISONS: Final = {
    "Equals": Operator("", False, "=="),
    "NotEquals": Operator("", True, "=="),
    "LessThan": Operator("", False, "<"),
    "LessThanEquals": Operator("", False, "<="),
    "GreaterThan": Operator("", False, ">"),
    "GreaterThanEquals": Operator("", False, ">="),
}
OPERATORS: Final[dict[str, Operator]] = {
    "StringEquals": Operator("text"),
    "StringNotEquals": Operator("text", negated=True),
    "StringEqualsIgnoreCase": Operator("folded"),
    "StringNotEqualsIgnoreCase": Operator("folded", negated=True),
    "StringLike": Operator("like"),
    "StringNotLike": Operator("like", negated=True),
    "ArnEquals": Operator("arn"),
    "ArnLike": Operator("arn"),
    "ArnNotEquals": Operator("arn", negated=True),
    "ArnNotLike": Operator("arn", negated=True),
    "Bool": Operator("bool"),
    "BinaryEquals": Operator("text"),
    "IpAddress": Operator("ip"),
    "NotIpAddress": Operator("ip", negated=True),
    "Null": Operator("null"),
    **{f"Numeric{name}": replace(one, family="number") for name, one in _COMPARISONS.items()},
    **{f"Date{name}": replace(one, family="date") for name, one in _COMPARISONS.items()},
}
PATTERN_FAMILIES: Final = frozenset({"text", "folded", "like", "arn", "bool"})


class Condition(Struct, frozen=True):
    """One key under one operator: `written` as the document has it, the key in lower case.

    `operator` is None where the operator, or the condition as a whole, is not known;
    then nobody can tell whether it holds.
    """

    written: str
    operator: Operator | None
    key: str
    values: tuple[Pattern, ...]
    quantifier: str = ""
    if_exists: bool = False
    shown_key: str = ""


def parse_operator(written: str) -> tuple[Operator | None, str, bool]:
    """Return operator, quantifier ("any", "all" or none) and whether IfExists is asked for."""
    prefix, colon, rest = written.rpartition(":")
    quantifier = {"ForAnyValue": "any", "ForAllValues": "all", "": ""}.get(prefix)
    base = rest.removesuffix("IfExists")
    if_exists = base != rest
    if quantifier is None or (colon and not prefix) or (base == "Null" and if_exists):
        return None, "", False
    return OPERATORS.get(base), quantifier, if_exists


def holds(condition: Condition, present: Present, lookup: Lookup) -> Truth:
    """Say whether a condition holds for what the request carries; `lookup` finds the values of policy variables."""
    asked = condition.operator
    if asked is None or isinstance(present, Unknown):
        return None
    if asked.family == "null":
        return _null_holds(condition, present)
    if present is None:
        return _holds_when_absent(condition, asked)
    patterns = _bound(condition.values, lookup)
    each = [_value_holds(asked, patterns, value) for value in present]
    if condition.quantifier == "any":
        return any_true(iter(each))
    if condition.quantifier == "all":
        return all_true(iter(each))
    # Several values without ForAnyValue or ForAllValues: AWS says not to, and not what happens.
    return each[0] if len(each) == 1 else None


def _null_holds(condition: Condition, present: tuple[str, ...] | None) -> Truth:
    wanted = "true" if present is None else "false"
    return any_true(_same_bool(pattern, wanted) for pattern in condition.values)


def _same_bool(pattern: Pattern, wanted: str) -> Truth:
    return None if pattern.unknown else str(pattern).lower() == wanted


def _holds_when_absent(condition: Condition, asked: Operator) -> Truth:
    if condition.if_exists or condition.quantifier == "all":
        return True
    return asked.negated and condition.quantifier != "any"


def _bound(patterns: tuple[Pattern, ...], lookup: Lookup) -> tuple[Pattern, ...]:
    if not any(pattern.variables for pattern in patterns):
        return patterns
    bound = (pattern.bind(lookup) for pattern in patterns)
    return tuple(pattern for pattern in bound if pattern is not None)


def _value_holds(asked: Operator, patterns: tuple[Pattern, ...], value: str) -> Truth:
    found = any_true(compares(asked, pattern, value) for pattern in patterns)
    return opposite(found) if asked.negated else found


def compares(asked: Operator, pattern: Pattern, value: str) -> Truth:
    """Compare one value of a request with one value of the policy, without the operator's negation."""
    if asked.family in PATTERN_FAMILIES:
        return pattern.matches(value)
    expected = pattern.literal
    if expected is None:
        return None
    if asked.family == "ip":
        network, address = parse_network(expected), parse_network(value)
        if network is None or address is None or network.version != address.version:
            return False
        return address.network_address in network
    parse = parse_number if asked.family == "number" else parse_date
    wanted, actual = parse(expected), parse(value)
    return wanted is not None and actual is not None and _ORDERS[asked.order](actual, wanted)


@lru_cache(maxsize=1024)
def parse_number(text: str) -> float | None:
    """Return the number that a text stands for, or None."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if isfinite(number) else None


@lru_cache(maxsize=1024)
def parse_date(text: str) -> float | None:
    """Return the seconds since 1970 of an ISO 8601 time or of epoch seconds, or None."""
    if (seconds := parse_number(text)) is not None:
        return seconds
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


@lru_cache(maxsize=1024)
def parse_network(text: str) -> IPv4Network | IPv6Network | None:
    """Return the network that an address or CIDR block stands for, or None."""
    from ipaddress import ip_network

    try:
        return ip_network(text.strip(), strict=False)
    except ValueError:
        return None
