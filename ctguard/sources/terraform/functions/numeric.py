"""Functions of numbers."""

from __future__ import annotations

import math

from ctguard.model.values import PartialList, Unknown, Value, first_unknown
from ctguard.sources.terraform.functions.derivation import doubt
from ctguard.sources.terraform.functions.failure import FunctionError, UndecidedError
from ctguard.sources.terraform.functions.numerals import (
    Number,
    as_fraction,
    from_binary,
    nearest_binary,
    number_text,
    whole,
    whole_number,
)
from ctguard.sources.terraform.functions.parameters import to_number

MOST_STEPS = 1024  # Terraform's own limit for range()
LARGEST_EXACT = 2**53
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def absolute(number: Number) -> Number:
    return abs(number)


def ceiling(number: Number) -> int:
    return math.ceil(number)


def floor(number: Number) -> int:
    return math.floor(number)


def logarithm(number: Number, base: Number) -> Number:
    """Return the logarithm of `number`; as Terraform does it, in 64-bit floats."""
    try:
        return _from_float(math.log(number) / math.log(base))
    except (ZeroDivisionError, ValueError, OverflowError):
        if number == 1 or base == 0:
            raise UndecidedError("has no finite logarithm") from None
        raise FunctionError("the logarithm is not a number") from None


def maximum(*numbers: Number) -> Number:
    if not numbers:
        raise FunctionError("must pass at least one number")
    return max(numbers)


def minimum(*numbers: Number) -> Number:
    if not numbers:
        raise FunctionError("must pass at least one number")
    return min(numbers)


def parse_integer(text: Value, base: Number) -> int:
    """Return the integer that `text` writes in `base`, 2 to 62."""
    if not isinstance(text, str):
        raise FunctionError("first argument must be a string")
    radix = whole_number(base, "the base")
    if not 2 <= radix <= 62:
        raise FunctionError("the base must be between 2 and 62")
    digits = text.removeprefix("-") if text.startswith("-") else text.removeprefix("+")
    if len(digits) > 1000:
        raise UndecidedError("has more digits than are worked out here")
    if radix <= 36:
        digits = digits.lower()
    known = _DIGITS[:radix]
    if not digits or any(digit not in known for digit in digits):
        raise FunctionError(f"cannot parse {text!r} as a base {radix} integer")
    result = 0
    for digit in digits:
        result = result * radix + known.index(digit)
    return -result if text.startswith("-") else result


def power(number: Number, exponent: Number) -> Number:
    """Return `number` to the power of `exponent`; exact results only, Terraform's own are 64-bit floats."""
    try:
        result = math.pow(number, exponent)
    except (ValueError, OverflowError):
        raise FunctionError("the power is not a finite number") from None
    if abs(result) >= LARGEST_EXACT:
        raise UndecidedError("is a power beyond the range that is worked out here")
    return _from_float(result)


def sign(number: Number) -> int:
    integer = whole_number(number, "the number")
    return (integer > 0) - (integer < 0)


def span(*limits: Number) -> list[Value]:
    """Return the numbers from a start up to (without) an end, in steps."""
    match [nearest_binary(as_fraction(limit)) for limit in limits]:
        case [end]:
            start, step = as_fraction(0), as_fraction(1 if end >= 0 else -1)
        case [start, end]:
            step = as_fraction(1 if end >= start else -1)
        case [start, end, step]:
            pass
        case _:
            raise FunctionError("range takes one to three arguments")
    if step == 0 or (end - start) * step < 0:
        raise FunctionError("the step must lead from the start to the end")
    count = math.ceil((end - start) / step)
    if count > MOST_STEPS:
        raise FunctionError(f"more than {MOST_STEPS} values were generated")
    found = [start]
    for _ in range(count - 1):
        found.append(nearest_binary(found[-1] + step))
    return [from_binary(number) for number in found[:count]]


def total(numbers: Value) -> Value:
    """Return the sum of a list of numbers, which must not be empty."""
    if not isinstance(numbers, list | PartialList | Unknown):
        raise FunctionError("sum takes a list of numbers")
    if numbers == []:
        raise FunctionError("cannot sum an empty list")
    addends = [to_number(number) for number in numbers] if isinstance(numbers, list) else []
    if None in addends:
        raise FunctionError("argument must be a list of numbers")
    if (cause := first_unknown(numbers)) is not None:
        return doubt(cause, "sum", numbers)
    if all(isinstance(addend, int) for addend in addends):
        return whole(sum(addends))
    added = as_fraction(0)
    for addend in addends:
        added = nearest_binary(added + nearest_binary(as_fraction(addend)))
    return from_binary(added)


def _from_float(result: float) -> Number:
    if not math.isfinite(result):
        raise FunctionError("the result is not a finite number")
    number: Number = int(result) if result.is_integer() else result
    number_text(number)
    return number
