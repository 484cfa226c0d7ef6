"""format and formatlist: strings after a template of verbs, as in Go.

`%[flags][width][.precision][[index]]verb`, where flags are `+`, `-`, `#`, space and
`0`, and the verbs are v s q t d b o x X e E f g G. A hole in an argument becomes
a hole in the result.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from ctguard.model.values import Document, PartialList, PartialText, Unknown, Value, first_unknown
from ctguard.model.values import text as composed
from ctguard.sources.terraform.functions.derivation import doubt
from ctguard.sources.terraform.functions.failure import FunctionError, UndecidedError
from ctguard.sources.terraform.functions.float_text import float_text
from ctguard.sources.terraform.functions.graphemes import characters
from ctguard.sources.terraform.functions.json_form import encoded
from ctguard.sources.terraform.functions.numerals import Number, whole_number
from ctguard.sources.terraform.functions.parameters import to_bool, to_number, to_string

if TYPE_CHECKING:
    import re

WIDEST = 100_000


class Verb(Struct, frozen=True):
    """One verb of a template."""

    letter: str
    flags: str
    width: int | None
    precision: int | None
    argument: int | None


def formatted(template: Value, *arguments: Value) -> Value:
    """Return `template` with its verbs replaced by the arguments."""
    if not isinstance(template, str):
        return doubt(_hole(template), "format", template, *arguments)
    pieces: list[str | Unknown | PartialText] = []
    position, highest = 0, 0
    for item in _parsed(template):
        if isinstance(item, str):
            pieces.append(item)
            continue
        position = position + 1 if item.argument is None else item.argument
        highest = max(highest, position)
        if not 1 <= position <= len(arguments):
            raise FunctionError(f"not enough arguments for %{item.letter} in {template!r}")
        pieces.append(_written(item, arguments[position - 1]))
    if highest < len(arguments):
        raise FunctionError("too many arguments: only as many are used as there are verbs")
    return composed(pieces)


def formatted_list(template: Value, *arguments: Value) -> Value:
    """Return a list: `template` once for every element of the arguments that are lists."""
    lists = [argument for argument in arguments if isinstance(argument, list)]
    lengths = {len(items) for items in lists}
    if len(lengths) > 1:
        raise FunctionError("all list arguments must have the same length")
    unseen = next((argument for argument in arguments if isinstance(argument, Unknown | PartialList)), None)
    if unseen is not None and (not lists or isinstance(unseen, PartialList)):
        return _list_of_unknown_length(unseen, template, arguments)
    rows = range(lengths.pop()) if lengths else range(1)
    return [formatted(template, *(_in_row(argument, row) for argument in arguments)) for row in rows]


def _in_row(argument: Value, row: int) -> Value:
    """Return what stands for `argument` in a row; an unknown one may be a list or the same in every row."""
    if isinstance(argument, list):
        return argument[row]
    return doubt(argument, f"formatlist[{row}]", argument) if isinstance(argument, Unknown) else argument


def _list_of_unknown_length(unseen: Unknown | PartialList, template: Value, arguments: tuple[Value, ...]) -> Value:
    """Format what is certain of one open-ended list; beside other lists nobody knows what meets what."""
    others = [argument for argument in arguments if argument is not unseen]
    cause = unseen if isinstance(unseen, Unknown) else unseen.rest
    if isinstance(unseen, Unknown) or any(isinstance(other, list | PartialList | Unknown) for other in others):
        return doubt(cause, "formatlist", template, *arguments)
    rows = [[item if argument is unseen else argument for argument in arguments] for item in unseen.items]
    return PartialList(tuple(formatted(template, *row) for row in rows), cause)


def _parsed(template: str) -> Iterator[str | Verb]:
    import re

    position = 0
    for found in re.finditer(r"%(?:(%)|([+\-# 0]*)([0-9]*)(?:\.([0-9]*))?(?:\[([0-9]+)\])?([a-zA-Z])|)", template):
        if found.start() > position:
            yield template[position : found.start()]
        yield "%" if found[1] else _verb(found)
        position = found.end()
    if position < len(template):
        yield template[position:]


def _verb(found: re.Match[str]) -> Verb:
    _, flags, width, precision, index, letter = found.groups()
    if letter is None or letter not in _WRITERS:
        raise FunctionError(f"unsupported format verb at {found[0]!r}")
    if any(len(number or "") > 9 for number in (width, precision, index)) or int(width or 0) > WIDEST:
        raise UndecidedError("is wider than is worked out here")
    return Verb(
        letter,
        flags,
        int(width) if width else None,
        None if precision is None else int(precision or 0),
        None if index is None else int(index),
    )


def _written(verb: Verb, argument: Value) -> str | Unknown | PartialText:
    """Return one argument as its verb says."""
    if first_unknown(argument) is None:
        return _WRITERS[verb.letter](verb, argument)
    as_it_is = (verb.letter == "s" and not verb.precision) or (verb.letter == "v" and "#" not in verb.flags)
    if as_it_is and verb.width is None:
        if isinstance(argument, Unknown | PartialText):
            return argument
        if isinstance(argument, Document):
            return encoded(argument.value)
    cause = first_unknown(argument)
    assert cause is not None
    if isinstance(argument, list | dict | PartialList) and verb.letter != "v":
        raise FunctionError(f"unsupported value for %{verb.letter}")
    return doubt(cause, "format", f"{verb.flags}{verb.width}.{verb.precision}{verb.letter}", argument)


def _general(verb: Verb, argument: Value) -> str:
    """Write any value: a string as it is, a number the shortest way, everything else as JSON."""
    if "#" in verb.flags or not isinstance(argument, str | int | float) or isinstance(argument, bool):
        if isinstance(argument, Document):
            argument = to_string(argument)
            return _padded(verb, str(argument))
        return _padded(verb, str(encoded(argument)))
    if isinstance(argument, str):
        return argument if verb.width is None else _padded(verb, argument)
    return _signed(verb, argument < 0, float_text(abs(argument), "g", None))


def _string(verb: Verb, argument: Value) -> str:
    text = to_string(argument)
    if not isinstance(text, str):
        raise FunctionError("unsupported value for %s: must not be null")
    if verb.precision:
        text = "".join(characters(text)[: verb.precision])
    return text if verb.width is None else _padded(verb, text)


def _quoted(verb: Verb, argument: Value) -> str:
    text = to_string(argument)
    if not isinstance(text, str):
        raise FunctionError("unsupported value for %q: must not be null")
    if verb.precision:
        text = "".join(characters(text)[: verb.precision])
    return _padded(verb, str(encoded(text)))


def _boolean(verb: Verb, argument: Value) -> str:
    truth = to_bool(argument)
    if not isinstance(truth, bool):
        raise FunctionError("unsupported value for %t: a bool is required")
    return "true" if truth else "false"


_BASES = {"d": ("", "d"), "b": ("0b", "b"), "o": ("0", "o"), "x": ("0x", "x"), "X": ("0X", "X")}


def _integer(verb: Verb, argument: Value) -> str:
    prefix, base = _BASES[verb.letter]
    number = whole_number(_number(verb, argument), f"the value for %{verb.letter}")
    digits = format(abs(number), base)
    if verb.precision is not None:
        digits = "" if verb.precision == 0 and number == 0 else digits.zfill(verb.precision)
    return _signed(verb, number < 0, digits, prefix if "#" in verb.flags else "")


def _fraction(verb: Verb, argument: Value) -> str:
    number = _number(verb, argument)
    precision = verb.precision if verb.precision is not None or verb.letter in "gG" else 6
    if precision is not None and precision > WIDEST:
        raise UndecidedError("is longer than is worked out here")
    written = float_text(abs(number), verb.letter.lower(), precision)
    return _signed(verb, number < 0, written.upper() if verb.letter.isupper() else written)


def _number(verb: Verb, argument: Value) -> Number:
    number = to_number(argument)
    if number is None:
        raise FunctionError(f"unsupported value for %{verb.letter}: must not be null")
    return number  # type: ignore[no-any-return]


def _signed(verb: Verb, negative: bool, digits: str, prefix: str = "") -> str:
    """Add the sign that the flags ask for, and zeros between sign and digits."""
    sign = "-" if negative else ""
    if not negative and verb.letter != "v":
        sign = "+" if "+" in verb.flags else " " if " " in verb.flags else ""
    fills = "0" in verb.flags and "-" not in verb.flags and not (verb.letter in _BASES and verb.precision is not None)
    if fills and verb.width is not None:
        digits = digits.zfill(verb.width - len(sign + prefix))
    return _padded(replace(verb, flags=verb.flags.replace("0", "")), sign + prefix + digits)


def _padded(verb: Verb, text: str) -> str:
    missing = (verb.width or 0) - len(characters(text))
    if missing <= 0:
        return text
    padding = ("0" if "0" in verb.flags else " ") * missing
    return text + padding if "-" in verb.flags else padding + text


_WRITERS = {
    "v": _general,
    "s": _string,
    "q": _quoted,
    "t": _boolean,
    **dict.fromkeys("dboxX", _integer),
    **dict.fromkeys("eEfgG", _fraction),
}


def _hole(template: Value) -> Unknown:
    return template if isinstance(template, Unknown) else next(template.unknowns())
