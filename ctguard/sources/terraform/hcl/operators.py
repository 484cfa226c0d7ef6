"""Operators and conditionals, by Kleene's logic where an operand is not known."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from ctguard.model.values import PartialText, Unknown, Value, first_unknown, reference_of
from ctguard.sources.terraform.functions.derivation import doubt, label
from ctguard.sources.terraform.functions.equality import equal
from ctguard.sources.terraform.functions.failure import FunctionError, UndecidedError
from ctguard.sources.terraform.functions.numerals import Number, as_fraction, from_binary, nearest_binary, whole
from ctguard.sources.terraform.functions.parameters import to_bool, to_number
from ctguard.sources.terraform.functions.unification import kind_of, unified
from ctguard.sources.terraform.hcl.body import Expression
from ctguard.sources.terraform.hcl.limits import EvaluationError
from ctguard.sources.terraform.hcl.scope import Scope


def binary(sign: str, left: Expression, right: Expression) -> Expression:
    """Return the expression `left sign right`."""
    if sign in ("&&", "||"):
        return _logical(sign, left, right)
    if sign in ("==", "!="):
        return lambda scope: _compare(sign, left(scope), right(scope))
    compute = _ARITHMETIC[sign]
    return lambda scope: _numeric(sign, compute, left(scope), right(scope))


def negation(operand: Expression) -> Expression:
    """Return the expression `!operand`."""

    def evaluate(scope: Scope) -> Value:
        value = _boolean(operand(scope))
        return not value if isinstance(value, bool) else doubt(value, "!", value)

    return evaluate


def minus(operand: Expression) -> Expression:
    """Return the expression `-operand`."""
    return lambda scope: _numeric("-", lambda _, number: -number, 0, operand(scope))


def conditional(condition: Expression, then: Expression, otherwise: Expression) -> Expression:
    """Return the expression `condition ? then : otherwise`.

    The branch that is not taken matters for the type alone: `true ? 1 : "a"` is
    the string "1". It may also be one that Terraform would refuse.
    """

    def evaluate(scope: Scope) -> Value:
        surroundings = scope.surroundings
        around, surroundings.is_tainted = surroundings.is_tainted, False
        decided = _boolean(condition(scope))
        tells, surroundings.is_tainted = surroundings.is_tainted, surroundings.is_tainted or around
        if isinstance(decided, Unknown):
            return _either(decided, then(scope), otherwise(scope))
        chosen, other = (then, otherwise) if decided else (otherwise, then)
        value = chosen(scope)
        if tells:
            surroundings.keep_secret(value)
        # Only these change with the other branch's type; a string never does.
        return _typed_like(value, other, scope) if isinstance(value, bool | int | float | list | dict) else value

    return evaluate


def _typed_like(value: Value, other: Expression, scope: Scope) -> Value:
    if value in ([], {}):
        return value
    try:
        beside = other(scope)
    except FunctionError:
        return value
    if isinstance(beside, Unknown) or beside is None:
        return value
    try:
        return unified([value, beside])[0]
    except FunctionError:
        if kind_of(value) != kind_of(beside):
            raise EvaluationError("the branches of a conditional must have one type") from None
        return value  # objects with different attributes: Terraform finds a type for many of them


def _either(condition: Unknown, one: Value, other: Value) -> Value:
    """Return what can be said of a choice that nobody knows the outcome of."""
    if label(one) == label(other):
        return one if reference_of(one) == reference_of(other) else _unlinked(one)
    return doubt(condition, "?:", condition, one, other, is_set=_is_set(one) and _is_set(other))


def _unlinked(value: Value) -> Value:
    """Return a value that may come from either of two resources, and so is a link to none."""
    return str(value) if isinstance(value, str) else replace(value, refers_to=None)


def _is_set(value: Value) -> bool:
    return value.is_set if isinstance(value, Unknown) else value is not None


def _boolean(value: Value) -> bool | Unknown:
    converted = to_bool(value)
    if converted is None:
        raise EvaluationError("a bool is required, not null")
    if isinstance(converted, PartialText):
        return doubt(next(converted.unknowns()), "bool", converted)
    return converted  # type: ignore[no-any-return]


def _logical(sign: str, left: Expression, right: Expression) -> Expression:
    decisive = sign == "||"

    def evaluate(scope: Scope) -> Value:
        one = _boolean(left(scope))
        if one is decisive:
            return decisive
        other = _boolean(right(scope))
        if other is decisive:
            return decisive
        missing = next((value for value in (one, other) if isinstance(value, Unknown)), None)
        return (not decisive) if missing is None else doubt(missing, sign, one, other)

    return evaluate


def _compare(sign: str, one: Value, other: Value) -> Value:
    same = equal(one, other)
    if same is None:
        cause = first_unknown(one) or first_unknown(other)
        assert cause is not None
        return doubt(cause, sign, one, other)
    return same if sign == "==" else not same


def _numeric(sign: str, compute: Callable[[Any, Any], Value], one: Value, other: Value) -> Value:
    numbers = to_number(one), to_number(other)
    if None in numbers:
        raise EvaluationError("a number is required, not null")
    missing = first_unknown(list(numbers))
    if missing is not None:
        return doubt(missing, sign, *numbers)
    try:
        return compute(*numbers)
    except UndecidedError as reason:
        return Unknown(f"{one} {sign} {other}", str(reason), is_set=True)


def _exactly(compute: Callable[[Any, Any], Any]) -> Callable[[Number, Number], Number]:
    """Return `compute` on whole numbers as they are, and on fractions with Terraform's 512 binary digits."""

    def on_numbers(one: Number, other: Number) -> Number:
        if isinstance(one, int) and isinstance(other, int):
            return whole(compute(one, other))
        return _in_binary(compute, one, other)

    return on_numbers


def _in_binary(compute: Callable[[Any, Any], Any], one: Number, other: Number) -> Number:
    return from_binary(nearest_binary(compute(nearest_binary(as_fraction(one)), nearest_binary(as_fraction(other)))))


def _divide(one: Number, other: Number) -> Number:
    if other == 0:
        raise EvaluationError("division by zero")
    return _in_binary(operator.truediv, one, other)


def _remainder(one: Any, other: Any) -> Any:
    """Return what is left of `one`, with its sign; Terraform gives back `one` for a division by zero."""
    if other == 0:
        return one
    left = abs(one) % abs(other)
    return left if one >= 0 else -left


_ARITHMETIC: dict[str, Callable[[Any, Any], Value]] = {
    "+": _exactly(operator.add),
    "-": _exactly(operator.sub),
    "*": _exactly(operator.mul),
    "/": _divide,
    "%": _exactly(_remainder),
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
