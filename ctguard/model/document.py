"""Read the JSON text of a document, such as a policy, strictly.

What a lenient reader would let pass is an error here, with its line: a key that
stands twice, NaN, a trailing comma, a lone surrogate. AWS refuses such documents
or reads them in its own way, and a verdict about what AWS does not see is worth
nothing. Unknown parts are kept as unknown parts. What the document means is
other modules' work.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NoReturn

from ctguard.model.errors import DocumentError
from ctguard.model.json_places import TextPlaces, first_line_of, repeated_key
from ctguard.model.location import OnePlace, Places
from ctguard.model.values import Document, PartialList, PartialMap, PartialText, Unknown, text

DEPTH_LIMIT = 100
SIZE_LIMIT = 64 * 1024 * 1024
DIGIT_LIMIT = 100
_LEFT, _RIGHT = "\ufdd0", "\ufdd1"  # noncharacters: Unicode promises that no text holds them
_ASIDE = "\ufdd2"  # marks an unknown that stands outside of quotes


def read_document(source: Any, places: Places | None = None) -> Document:
    """Return the document that `source` holds: JSON text (all of it known or not), a structure, or a Document.

    `places` says where the text stands; `Document.places` answers for its parts.
    Raises DocumentError, its message starting with the place.
    """
    places = OnePlace() if places is None else places
    if isinstance(source, Document):
        return source
    if isinstance(source, str):
        return _read_text(source.removeprefix("\ufeff"), places)
    if isinstance(source, PartialText):
        return _read_partial(source, places)
    if isinstance(source, dict | list | PartialList | PartialMap | Unknown):
        _limit_depth(source, places)
        return Document(source, places)
    raise DocumentError(f"{_place(places, ())}a {_kind(source)} stands where a JSON document should be")


def _read_text(source: str, places: Places) -> Document:
    return Document(_load(source, places), TextPlaces(source, places))


def _read_partial(source: PartialText, places: Places) -> Document:
    """Read JSON with holes: each hole becomes a marked string, and the marks are taken out of the values again."""
    if any(isinstance(part, str) and (_LEFT in part or _ASIDE in part) for part in source.parts):
        raise DocumentError(f"{_place(places, ())}the text holds a character that no text may hold (U+FDD0)")
    holes = tuple(source.unknowns())
    marked = "".join(_marked(source))
    try:
        value = _load(marked, places)
    except DocumentError:
        shape = _shape_unknown(source)
        if shape is None:
            raise
        return Document(shape, places)
    return Document(_filled(value, holes), TextPlaces(marked, places))


def _load(source: str, places: Places) -> Any:
    if len(source) > SIZE_LIMIT:
        raise DocumentError(f"{_place(places, ())}the document is longer than {SIZE_LIMIT // 2**20} MiB")
    if not source.strip():
        raise DocumentError(f"{_place(places, ())}the document is empty")
    try:
        value = json.loads(source, object_pairs_hook=_unique, parse_constant=_no_constant, parse_int=_integer)
    except json.JSONDecodeError as error:
        line = _line(places, source, error.lineno)
        raise DocumentError(f"{line}{_in_words(error.msg, source, error.pos)} (column {error.colno})") from None
    except _RepeatedKeyError:
        key, first, second = repeated_key(source)
        where = _line(places, source, second)
        raise DocumentError(
            f'{where}the key "{key}" stands twice, in line {_number(places, source, first)} '
            f"and in line {_number(places, source, second)}",
            hint="keep one of them: AWS refuses a document with both",
        ) from None
    except _RefusedError as error:
        raise DocumentError(f"{_place(places, ())}{error}") from None
    except RecursionError:
        raise DocumentError(f"{_place(places, ())}the document is nested more than {DEPTH_LIMIT} deep") from None
    _limit_depth(value, places)
    if "\\u" in source:
        _refuse_lone_surrogates(value, places)
    return value


class _RepeatedKeyError(Exception):
    pass


class _RefusedError(Exception):
    pass


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _RepeatedKeyError
    return members


def _no_constant(name: str) -> NoReturn:
    raise _RefusedError(f"{name} is not a JSON value")


def _integer(digits: str) -> int:
    if len(digits) > DIGIT_LIMIT:
        raise _RefusedError(f"a number has {len(digits)} digits")
    return int(digits)


def _in_words(message: str, source: str, position: int) -> str:
    """Return Python's complaint in words that name what stands there."""
    rest = source[position:].lstrip()
    if message.startswith("Illegal trailing comma") or (rest[:1] in ("}", "]") and _comma_before(source, position)):
        return "a comma stands before the closing bracket"
    if message.startswith("Extra data"):
        return "there is more after the end of the document"
    if not rest:
        return "the text ends in the middle of the document"
    return f"not JSON: {message[:1].lower()}{message[1:]}"


def _comma_before(source: str, position: int) -> bool:
    return source[:position].rstrip().endswith(",")


def _limit_depth(value: Any, places: Places) -> None:
    level = [value]
    for _ in range(DEPTH_LIMIT + 1):
        level = [child for parent in level for child in _children(parent)]
        if not level:
            return
    raise DocumentError(f"{_place(places, ())}the document is nested more than {DEPTH_LIMIT} deep")


def _children(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, list):
        yield from value
    elif isinstance(value, PartialList):
        yield from value.items
    elif isinstance(value, PartialMap):
        yield from value.items.values()


def _refuse_lone_surrogates(value: Any, places: Places) -> None:
    level = [value]
    while level:
        for item in level:
            strings = item if isinstance(item, dict) else (item,)
            for string in strings:
                if isinstance(string, str) and any("\ud800" <= char <= "\udfff" for char in string):
                    raise DocumentError(f"{_place(places, ())}half a surrogate pair stands in a string")
        level = [child for parent in level for child in _children(parent)]


def _marked(source: PartialText) -> Iterator[str]:
    """Yield the text with a mark for each hole; a hole outside of quotes becomes a string of its own."""
    quoted = False
    number = 0
    for part in source.parts:
        if isinstance(part, str):
            quoted = _quoted_after(part, quoted)
            yield part
            continue
        yield f"{_LEFT}{number}{_RIGHT}" if quoted else f'"{_ASIDE}{number}{_RIGHT}"'
        number += 1


def _quoted_after(part: str, quoted: bool) -> bool:
    escaped = False
    for char in part:
        if escaped:
            escaped = False
        elif char == "\\":
            escaped = quoted
        elif char == '"':
            quoted = not quoted
    return quoted


def _shape_unknown(source: PartialText) -> Unknown | None:
    """Return the first hole outside of quotes, which may hold any piece of JSON, or None if there is none."""
    quoted = False
    for part in source.parts:
        if isinstance(part, str):
            quoted = _quoted_after(part, quoted)
        elif not quoted:
            return part
    return None


def _filled(value: Any, holes: tuple[Unknown, ...]) -> Any:
    """Return `value` with the marks replaced by the unknowns they stand for (depth is limited before)."""
    if isinstance(value, str):
        return _split(value, holes)
    if isinstance(value, list):
        # A hole beside the items of a list may stand for any number of them: "[${join(...)}]".
        aside = [item for item in value if isinstance(item, str) and item.startswith(_ASIDE)]
        items = [_filled(item, holes) for item in value if not (isinstance(item, str) and item.startswith(_ASIDE))]
        return PartialList(tuple(items), _hole(aside[0], holes)) if aside else items
    if isinstance(value, dict):
        known = {key: _filled(item, holes) for key, item in value.items() if not _is_marked(key)}
        unsure = next((key for key in value if _is_marked(key)), None)
        return known if unsure is None else PartialMap(known, _hole(unsure, holes))
    return value


def _is_marked(string: str) -> bool:
    return _RIGHT in string


def _hole(string: str, holes: tuple[Unknown, ...]) -> Unknown:
    start = min(place for mark in (_LEFT, _ASIDE) if (place := string.find(mark)) >= 0)
    return holes[int(string[start + 1 : string.index(_RIGHT, start)])]


def _split(string: str, holes: tuple[Unknown, ...]) -> str | PartialText | Unknown:
    if not _is_marked(string):
        return string
    parts: list[str | Unknown] = []
    for piece in string.replace(_ASIDE, _LEFT).split(_LEFT):
        number, mark, after = piece.partition(_RIGHT)
        parts.extend((holes[int(number)], after) if mark else (piece,))
    return text(parts)


def _place(places: Places, path: tuple[str | int, ...]) -> str:
    location = places.at(path)
    return f"{location}: " if location else ""


def _line(places: Places, source: str, line: int) -> str:
    """Return the place of a line of `source`: in the file where that is known, else within the text."""
    location = places.at(())
    first = first_line_of(source, location)
    if location is None or first is None:
        return f"{_place(places, ())}line {line} of the document: "
    return f"{location.path}:{first + line - 1}: "


def _number(places: Places, source: str, line: int) -> int:
    first = first_line_of(source, places.at(()))
    return line if first is None else first + line - 1


def _kind(value: Any) -> str:
    return {type(None): "null", bool: "boolean", int: "number", float: "number"}.get(type(value), "value")
