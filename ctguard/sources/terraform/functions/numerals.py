"""Numbers as Terraform writes and reads them.

Terraform computes with 512 bits. We keep whole numbers exactly and fractions as
the float whose shortest decimal form is the number that was written, which
prints the same; a fraction with more digits than that is left unknown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from ctguard.sources.terraform.functions.failure import FunctionError, UndecidedError

if TYPE_CHECKING:
    from decimal import Decimal
    from fractions import Fraction

Number: TypeAlias = int | float

LONGEST_EXPONENT = 4000
LARGEST_BIT_LENGTH = 13_000
BINARY_DIGITS = 512
SMALLEST_EXPONENT = -300


def parse_number(numeral: str) -> Number:
    """Return the number that `numeral` writes in base ten; FunctionError where it writes none."""
    import re

    if not re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", numeral):
        if re.fullmatch(r"[+-]?[0-9.]+[pP][+-]?[0-9]+", numeral):
            raise UndecidedError("is a number with a binary exponent")
        raise FunctionError("a number is required")
    if len(numeral) < 16 and numeral.isdigit():
        return int(numeral)
    return _exactly(numeral)


def _exactly(numeral: str) -> Number:
    from decimal import Decimal

    if len(numeral) > LONGEST_EXPONENT:
        raise UndecidedError("has more digits than are worked out here")
    written = Decimal(numeral)
    if written.adjusted() > LONGEST_EXPONENT or (written and written.adjusted() < SMALLEST_EXPONENT):
        raise UndecidedError("is beyond the range that is worked out here")
    if written == written.to_integral_value():
        return int(written)
    kept = float(written)
    if Decimal(repr(kept)) != written:
        raise UndecidedError("has more digits than are kept here")
    return kept


def number_text(number: Number) -> str:
    """Return `number` as Terraform turns it into a string: digits only, never an exponent."""
    if isinstance(number, int):
        if number.bit_length() > LARGEST_BIT_LENGTH:
            raise UndecidedError("has more digits than are worked out here")
        return str(number)
    if number.is_integer():
        return str(int(number))
    shortest = repr(number)
    return shortest if "e" not in shortest else format(as_decimal(number), "f")


def as_decimal(number: Number) -> Decimal:
    """Return `number` as the decimal that was written."""
    from decimal import Decimal

    return Decimal(number) if isinstance(number, int) else Decimal(repr(number))


def as_fraction(number: Number) -> Fraction:
    """Return `number` as the exact decimal fraction that was written."""
    from fractions import Fraction

    return Fraction(number) if isinstance(number, int) else Fraction(repr(number))


def nearest_binary(fraction: Fraction) -> Fraction:
    """Return the number with 512 binary digits that is nearest, which is what Terraform computes with."""
    if fraction.denominator & (fraction.denominator - 1) == 0 and fraction.numerator.bit_length() <= BINARY_DIGITS:
        return fraction
    numerator, denominator = abs(fraction.numerator), fraction.denominator
    shift = BINARY_DIGITS - (numerator.bit_length() - denominator.bit_length())
    if (numerator << max(shift, 0)) // (denominator << max(-shift, 0)) >= 1 << BINARY_DIGITS:
        shift -= 1
    scale = type(fraction)(2) ** shift
    return round(fraction * scale) / scale  # half to even, as Go does


def from_binary(fraction: Fraction) -> Number:
    """Return what Terraform has computed as a number of ours, if the one we keep is the same."""
    if fraction.denominator == 1:
        return whole(fraction.numerator)
    kept = float(fraction)
    if nearest_binary(as_fraction(kept)) != fraction:
        raise UndecidedError("has more digits than are kept here")
    return kept


def whole(number: int) -> int:
    """Return `number` unless it has grown beyond what is worked out here."""
    if number.bit_length() > LARGEST_BIT_LENGTH:
        raise UndecidedError("has more digits than are worked out here")
    return number


def whole_number(number: Number, meaning: str) -> int:
    """Return `number` as an int; FunctionError where it is a fraction."""
    if isinstance(number, float):
        if not number.is_integer():
            raise FunctionError(f"{meaning} must be a whole number")
        return int(number)
    return number
