"""Read JSON strictly: no key twice, no NaN, nothing that could not be written again.

The values come from the standard library; lines are found by going over the
text again, which only a question for a location, or a fault, costs.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from typing import Any, NoReturn, cast

from ctguard.model.location import Step
from ctguard.sources.cloudformation.failure import (
    MAX_DEPTH,
    MAX_NODES,
    ReadFailure,
    duplicate_key,
    too_deep,
    too_many_nodes,
)
from ctguard.sources.cloudformation.lines import Entry

_SPACE = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder(strict=False)
_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class _TwiceError(ValueError):
    pass


def read_json(text: str, max_nodes: int = MAX_NODES) -> Any:
    """Return the value that `text` is, or raise `ReadFailure`."""
    try:
        value = json.loads(text, object_pairs_hook=_unique_keys, parse_constant=_not_a_number, parse_float=_finite)
        if _ESCAPED_SURROGATE.search(text):
            json.dumps(value, ensure_ascii=False).encode()
    except _TwiceError:
        JsonIndex(text).find_duplicate()
        raise AssertionError("a key that stands twice has two lines") from None
    except json.JSONDecodeError as error:
        raise ReadFailure("syntax", f"is not sound JSON: {error.msg}", error.lineno) from None
    except UnicodeEncodeError:
        raise ReadFailure("syntax", "is not sound JSON: half of a surrogate pair is no character") from None
    except ValueError as error:
        raise ReadFailure("syntax", f"is not sound JSON: {error}") from None
    except RecursionError:
        raise too_deep() from None
    _check_size(value, max_nodes)
    return value


def _check_size(value: Any, max_nodes: int) -> None:
    level = [value] if isinstance(value, dict | list) else []
    nodes = 0
    for _ in range(MAX_DEPTH):
        nodes += sum(map(len, level))
        if nodes > max_nodes:
            raise too_many_nodes()
        level = [
            part
            for whole in level
            for part in (whole.values() if whole.__class__ is dict else whole)
            if part.__class__ is dict or part.__class__ is list
        ]
        if not level:
            return
    raise too_deep()


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise _TwiceError
    return values


def _not_a_number(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError(f"{text[:40]} is too large for a number")
    return number


class JsonIndex:
    """The entries of sound JSON by the offsets of their values; a map or list is gone through when it is asked for.

    The standard library's decoder, in C, skips what lies within the entries.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._newlines: list[int] | None = None
        self._entries: dict[int, dict[Step, Entry]] = {}

    @property
    def top(self) -> int:
        return self._past_space(0)

    def entry(self, part: int, step: Step) -> Entry | None:
        if part not in self._entries:
            self._entries[part] = self._read_entries(part)
        return self._entries[part].get(step)

    def find_duplicate(self) -> None:
        """Raise the failure that names the first key that stands twice in a map."""
        parts = [self.top]
        while parts:
            parts += [entry.value for entry in self._read_entries(parts.pop()).values()]

    def _read_entries(self, part: int) -> dict[Step, Entry]:
        entries: dict[Step, Entry] = {}
        is_map = self._text[part] == "{"
        if not is_map and self._text[part] != "[":
            return entries
        position = self._past_space(part + 1)
        while self._text[position] not in "}]":
            start, step = position, cast("Step", len(entries))
            if is_map:
                step, position = _DECODER.raw_decode(self._text, position)
                position = self._past_space(self._past_space(position) + 1)
            _, end = _DECODER.raw_decode(self._text, position)
            if step in entries:
                raise duplicate_key(str(step), entries[step].first, self._line(start))
            entries[step] = Entry(self._line(start), self._line(end - 1), position)
            position = self._past_space(end)
            if self._text[position] == ",":
                position = self._past_space(position + 1)
        return entries

    def _past_space(self, position: int) -> int:
        found = _SPACE.match(self._text, position)
        return found.end() if found else position

    def _line(self, position: int) -> int:
        if self._newlines is None:
            self._newlines = [match.start() for match in re.finditer("\n", self._text)]
        return bisect_right(self._newlines, position) + 1
