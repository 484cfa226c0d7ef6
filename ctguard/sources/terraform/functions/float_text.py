"""Numbers as Go's fmt writes them with %e, %f and %g.

Terraform holds a number as the nearest one with 512 binary digits, so that is
what is rounded: 1.255 with two decimals is 1.25 or 1.26 by what its 512 digits
say, not by what was written.
"""

from __future__ import annotations

from fractions import Fraction

from ctguard.sources.terraform.functions.numerals import Number, as_decimal, as_fraction, nearest_binary

SHORTEST_THRESHOLD = 6  # below this exponent %g writes no exponent when it may choose the digits


def float_text(number: Number, verb: str, precision: int | None) -> str:
    """Return a number that is not negative as `verb` ("e", "f" or "g") writes it.

    Without a precision, "g" writes as many digits as it takes.
    """
    return _WRITERS[verb](number, precision)


def _fixed(number: Number, precision: int | None) -> str:
    places = 6 if precision is None else precision
    scaled = round(nearest_binary(as_fraction(number)) * 10**places)
    digits = str(scaled).zfill(places + 1)
    return f"{digits[:-places]}.{digits[-places:]}" if places else digits


def _scientific(number: Number, precision: int | None) -> str:
    digits, exponent = _digits(number, (6 if precision is None else precision) + 1)
    return _with_exponent(digits, exponent)


def _general(number: Number, precision: int | None) -> str:
    if precision is None:
        digits, exponent = _shortest(number)
        threshold = SHORTEST_THRESHOLD
    else:
        digits, exponent = _digits(number, max(precision, 1))
        digits = digits.rstrip("0") or "0"
        threshold = max(precision, 1)
        if threshold > len(digits) >= exponent + 1:
            threshold = len(digits)
    if exponent < -4 or exponent >= threshold:
        return _with_exponent(digits, exponent)
    if exponent < 0:
        return "0." + "0" * (-exponent - 1) + digits
    whole, fraction = digits[: exponent + 1].ljust(exponent + 1, "0"), digits[exponent + 1 :]
    return f"{whole}.{fraction}" if fraction else whole


_WRITERS = {"e": _scientific, "f": _fixed, "g": _general}


def _shortest(number: Number) -> tuple[str, int]:
    """Return the digits that were written, and the exponent of the first."""
    written = as_decimal(number)
    digits = "".join(map(str, written.as_tuple().digits)).lstrip("0").rstrip("0")
    return (digits or "0", written.adjusted() if digits else 0)


def _digits(number: Number, count: int) -> tuple[str, int]:
    """Return the first `count` significant digits, rounded, and the exponent of the first."""
    if number == 0:
        return "0" * count, 0
    exact = nearest_binary(as_fraction(number))
    exponent = as_decimal(number).adjusted()
    scaled = round(exact * Fraction(10) ** (count - 1 - exponent))
    if scaled >= 10**count:
        scaled, exponent = scaled // 10, exponent + 1
    return str(scaled).zfill(count), exponent


def _with_exponent(digits: str, exponent: int) -> str:
    mantissa = f"{digits[0]}.{digits[1:]}" if len(digits) > 1 else digits
    return f"{mantissa}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"
