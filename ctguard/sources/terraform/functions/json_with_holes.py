"""JSON texts with unknown parts: policies written as here-documents with a variable in them.

What stands between the holes is read as it is written: a hole within quotes is
part of that string, a hole in the place of a value is an unknown value. A hole
that stands as an element of a list may bring several elements or none. A hole is
taken not to hold JSON's own signs, as who writes `"${var.arn}"` does.
"""

from __future__ import annotations

from collections.abc import Iterator

from ctguard.model.values import PartialList, PartialText, Unknown, Value
from ctguard.model.values import text as composed
from ctguard.sources.terraform.functions.derivation import doubt
from ctguard.sources.terraform.functions.failure import FunctionError
from ctguard.sources.terraform.functions.json_parsing import parsed

# A hole is written as its number between two characters that no sound text holds.
OPEN, CLOSE = "\ufdd0", "\ufdd1"


def decode_with_holes(document: PartialText) -> Value:
    """Return the value of a JSON text with holes; unknown as a whole where the holes break its syntax."""
    holes = list(document.unknowns())
    if any(
        isinstance(part, str) and (OPEN in part or CLOSE in part or "\\ufdd" in part.lower()) for part in document.parts
    ):
        return doubt(holes[0], "jsondecode", document, is_set=False)
    try:
        value = parsed("".join(_marked(document)))
        return _filled(value, holes)
    except FunctionError:
        return doubt(holes[0], "jsondecode", document, is_set=False)


def _marked(document: PartialText) -> Iterator[str]:
    quoted, number = False, 0
    for part in document.parts:
        if isinstance(part, str):
            quoted = _ends_quoted(part, quoted)
            yield part
        else:
            mark = f"{OPEN}{number}{CLOSE}"
            yield mark if quoted else f'"{OPEN}{mark}"'
            number += 1


def _ends_quoted(part: str, quoted: bool) -> bool:
    """Return whether the end of `part` lies within a string, given whether its start does."""
    position = 0
    while position < len(part):
        if quoted and part[position] == "\\":
            position += 1
        elif part[position] == '"':
            quoted = not quoted
        position += 1
    return quoted


def _filled(value: Value, holes: list[Unknown]) -> Value:
    match value:
        case dict():
            if any(OPEN in key for key in value):
                raise FunctionError("a hole in a key")
            return {key: _filled(item, holes) for key, item in value.items()}
        case list():
            return _filled_list(value, holes)
        case str() if value.startswith(OPEN * 2):
            hole = holes[_number(value[2:])]
            return doubt(hole, "jsondecode", hole, is_set=False)
        case str() if OPEN in value:
            return composed(_filled_text(value, holes))
    return value


def _filled_list(items: list[Value], holes: list[Unknown]) -> Value:
    certain = [item for item in items if not (isinstance(item, str) and item.startswith(OPEN * 2))]
    filled = [_filled(item, holes) for item in certain]
    if len(certain) == len(items):
        return filled
    bare = next(item for item in items if isinstance(item, str) and item.startswith(OPEN * 2))
    return PartialList(tuple(filled), holes[_number(bare[2:])])


def _filled_text(value: str, holes: list[Unknown]) -> Iterator[str | Unknown]:
    first, *others = value.split(OPEN)
    yield first
    for other in others:
        number, _, following = other.partition(CLOSE)
        yield holes[_number(number + CLOSE)]
        yield following


def _number(mark: str) -> int:
    return int(mark.strip(OPEN + CLOSE))
