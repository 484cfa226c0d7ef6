"""The lines of a part of a JSON text, found by walking to it."""

from __future__ import annotations

import json
import re

from ctguard.model.location import Path

_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


def locate(content: str, path: Path) -> tuple[int, int]:
    """Return the first and last line of the part at `path`, or of the nearest enclosing part, in a valid JSON text."""
    start = position = _SPACE.match(content, content.startswith("\ufeff")).end()  # type: ignore[union-attr]
    for step in path:
        found = _member(content, position, step) if isinstance(step, str) else _element(content, position, step)
        if found is None:
            break
        start, position = found
    _, end = _DECODER.raw_decode(content, position)
    return content.count("\n", 0, start) + 1, content.count("\n", 0, end) + 1


def _after_space(content: str, position: int) -> int:
    match = _SPACE.match(content, position)
    return position if match is None else match.end()


def _member(content: str, position: int, name: str) -> tuple[int, int] | None:
    """Return where the key and the value of a member begin."""
    if content[position] != "{":
        return None
    position = _after_space(content, position + 1)
    while content[position] == '"':
        key_start = position
        key, position = _DECODER.raw_decode(content, position)
        position = _after_space(content, _after_space(content, position) + 1)
        if key == name:
            return key_start, position
        _, position = _DECODER.raw_decode(content, position)
        position = _after_space(content, position)
        if content[position] == "}":
            return None
        position = _after_space(content, position + 1)
    return None


def _element(content: str, position: int, number: int) -> tuple[int, int] | None:
    """Return where an element of a list begins."""
    if content[position] != "[":
        return None
    position = _after_space(content, position + 1)
    while content[position] != "]":
        if number == 0:
            return position, position
        _, position = _DECODER.raw_decode(content, position)
        position = _after_space(content, position)
        if content[position] == ",":
            position = _after_space(content, position + 1)
        number -= 1
    return None
