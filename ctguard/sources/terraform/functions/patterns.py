"""regex, regexall and replace: what regular expressions find in strings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from ctguard.model.values import PartialText, Unknown, Value
from ctguard.sources.terraform.functions.derivation import doubt
from ctguard.sources.terraform.functions.failure import FunctionError
from ctguard.sources.terraform.functions.re2.machine import Machine, Spans
from ctguard.sources.terraform.functions.re2.syntax import parse
from ctguard.sources.terraform.functions.re2.tree import Expression
from ctguard.sources.terraform.functions.text import replaced
from ctguard.sources.terraform.functions.text_parts import Text

_PLACEHOLDER = re.compile(r"\$(?:(\$)|(\w+)|\{(\w+)\})")


def first_match(pattern: str, text: str) -> Value:
    """Return the first match: its text, or its groups as a list or, with names, as a map."""
    machine = _machine(pattern)
    found = machine.match(text, 0)
    if found is None:
        raise FunctionError("pattern did not match any part of the given string")
    return _result(machine, text, found)


def all_matches(pattern: str, text: str) -> list[Value]:
    """Return all matches that do not overlap."""
    machine = _machine(pattern)
    return [_result(machine, text, found) for found in _matches(machine, text)]


def replace(text: Text, old: str, new: Text) -> Value:
    """Return `text` with every `old` replaced; `/old/` is a regular expression."""
    if len(old) < 2 or not (old.startswith("/") and old.endswith("/")):
        return replaced(text, old, new)
    for argument in (text, new):
        if isinstance(argument, Unknown | PartialText):
            hole = argument if isinstance(argument, Unknown) else next(argument.unknowns())
            return doubt(hole, "replace", text, old, new)
    assert isinstance(text, str) and isinstance(new, str)
    return "".join(_replaced(_machine(old[1:-1]), text, new))


def _machine(pattern: str) -> Machine:
    return Machine(_parsed(pattern))


@lru_cache(maxsize=128)
def _parsed(pattern: str) -> Expression:
    return parse(pattern)


def _result(machine: Machine, text: str, found: Spans) -> Value:
    if not machine.names:
        return _part(text, found, 0)
    parts = [_part(text, found, number) for number in range(1, len(machine.names) + 1)]
    if not any(machine.names):
        return parts
    if not all(machine.names):
        raise FunctionError("cannot mix both named and unnamed capture groups")
    return {str(name): part for name, part in zip(machine.names, parts, strict=True)}


def _part(text: str, found: Spans, number: int) -> str | None:
    start, end = found[2 * number], found[2 * number + 1]
    return None if start is None or end is None else text[start:end]


def _matches(machine: Machine, text: str) -> Iterator[Spans]:
    """Yield matches as Go's FindAll does: no empty one right after another match."""
    position, previous_end = 0, -1
    while position <= len(text):
        found = machine.match(text, position)
        if found is None:
            return
        start, end = _span(found)
        accepted = not (end == position and start == previous_end)
        position = end + 1 if end == position else end
        previous_end = end
        if accepted:
            yield found


def _replaced(machine: Machine, text: str, new: str) -> Iterator[str]:
    """Yield the pieces of the result as Go's ReplaceAll does."""
    position, last_end = 0, 0
    while position <= len(text):
        found = machine.match(text, position)
        if found is None:
            break
        start, end = _span(found)
        yield text[last_end:start]
        if end > last_end or start == 0:
            yield _expanded(machine, text, found, new)
        last_end = end
        position = max(position + 1, end)
    yield text[last_end:]


def _span(found: Spans) -> tuple[int, int]:
    start, end = found[:2]
    assert start is not None and end is not None
    return start, end


def _expanded(machine: Machine, text: str, found: Spans, template: str) -> str:
    """Return the replacement with `$1`, `${name}` and `$$` filled in; a group that is not there is empty."""

    def filled(placeholder: re.Match[str]) -> str:
        if placeholder[1]:
            return "$"
        name = placeholder[2] or placeholder[3]
        if name.isascii() and name.isdigit():
            number = int(name[:9])
            return _part(text, found, number) or "" if number <= len(machine.names) else ""
        numbers = [number for number, known in enumerate(machine.names, start=1) if known == name]
        return next((part for number in numbers if (part := _part(text, found, number)) is not None), "")

    return _PLACEHOLDER.sub(filled, template)
