"""What a condition of a JSON pattern says of one value: the cells that AWS documents, and those that it does not.

Source: CloudWatch Logs User Guide, "Filter pattern syntax". The cells that it
leaves open answer None: `!=` on a missing field or null, NOT EXISTS on null,
comparisons of booleans as texts, regular expressions on anything but texts, and
names that are looked up in an array. A verdict that hangs on one is undecided.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, TypeAlias

from ctguard.filter_pattern.glob import glob_matches
from ctguard.filter_pattern.regex import compile_regex
from ctguard.filter_pattern.syntax import NUMERIC, Condition, Form, Operand, Operator, Path, number_in


class Absent(Enum):
    """Why a path leads to no value."""

    MISSING = "missing"
    IN_ARRAY = "a name that is looked up in an array"


MISSING = Absent.MISSING
Found: TypeAlias = Any | Absent
"""A JSON value, or why there is none."""


def value_at(event: Any, path: Path) -> Found:
    """Return what stands at `path` in a JSON event."""
    value = event
    for step in path:
        if isinstance(step, int):
            if not isinstance(value, list) or step >= len(value):
                return MISSING
            value = value[step]
        elif isinstance(value, list):
            return Absent.IN_ARRAY
        elif not isinstance(value, Mapping) or step not in value:
            return MISSING
        else:
            value = value[step]
    return value


def holds(condition: Condition, value: Found) -> bool | None:
    """Tell whether `condition` holds for the value of its field, None where AWS does not say."""
    if condition.doubtful or value is Absent.IN_ARRAY:
        return None
    if condition.operand is None:
        return _unary(condition.operator, value)
    if condition.operator in NUMERIC:
        return _numeric(condition.operator, value, condition.operand)
    if value is MISSING or value is None:
        return False if condition.operator is Operator.EQUAL else None
    if isinstance(value, Mapping | Sequence) and not isinstance(value, str):
        return False
    answer = _equal(value, condition.operand)
    return answer if condition.operator is Operator.EQUAL or answer is None else not answer


def _unary(operator: Operator, value: Found) -> bool | None:
    if operator is Operator.NOT_EXISTS:
        return None if value is None else value is MISSING
    if operator is Operator.IS_NULL:
        return None if value is MISSING else value is None
    return value is (operator is Operator.IS_TRUE)


def _numeric(operator: Operator, value: Found, operand: Operand) -> bool:
    bound = operand.number
    if bound is None or isinstance(value, bool) or not isinstance(value, int | float):
        return False
    if operator is Operator.GREATER:
        return value > bound
    if operator is Operator.LESS:
        return value < bound
    return value >= bound if operator is Operator.GREATER_OR_EQUAL else value <= bound


def _equal(value: Any, operand: Operand) -> bool | None:
    if isinstance(value, str):
        if operand.form is Form.REGEX:
            return compile_regex(operand.text).matches(value)
        return glob_matches(operand.text, value)
    if operand.form is Form.REGEX or isinstance(value, bool):
        return None
    if operand.form is Form.BARE and operand.number is not None:
        return bool(value == operand.number)
    return _spells(operand.text, value)


def _spells(text: str, number: float) -> bool | None:
    """Tell whether a text can be the number, without guessing how CloudWatch Logs would write it."""
    if "*" in text:
        return None if set(text) <= _IN_NUMBERS else False
    return None if number_in(text) == number else False


_IN_NUMBERS = frozenset("0123456789+-.eE*")
