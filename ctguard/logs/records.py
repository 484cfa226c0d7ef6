"""Find the records of wanted API calls in a log file as it streams by.

Almost no log file holds a wanted call, so the bytes are searched for the names
first. Only a file that names one is taken apart into records, one at a time.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

_OVERLAP = 128
_LARGEST_RECORD = 4 << 20
"""Characters; an event record of CloudTrail has at most 1 MB."""

_MOST_RECORDS = 1000
_OPENING = re.compile(r'\s*\{\s*"Records"\s*:\s*\[')
_BETWEEN = re.compile(r"[\s,]*")


@lru_cache(maxsize=8)
def _names_pattern(names: frozenset[str]) -> re.Pattern[bytes]:
    choice = "|".join(sorted(re.escape(name) for name in names))
    # Begins with a letter that is rare in JSON, which is searched for at twice the speed; a `userName`
    # that is called so costs a closer look, no more.
    return re.compile(rf'Name"\s*:\s*"(?:{choice})"'.encode())


class NameSearch:
    """Searches inflated bytes, fed in steps, for any of the names of API calls."""

    __slots__ = ("_names", "_tail", "found")

    def __init__(self, names: frozenset[str]) -> None:
        self._names = names
        self._tail = b""
        self.found = False

    def feed(self, step: bytes) -> None:
        if self.found or not self._names:
            return
        pattern = _names_pattern(self._names)
        self.found = pattern.search(step) is not None or pattern.search(self._tail + step[:_OVERLAP]) is not None
        self._tail = step[-_OVERLAP:]


def records_named(names: frozenset[str], steps: Iterable[bytes]) -> list[dict[str, Any]]:
    """Return the records whose eventName is one of `names`, at most a thousand of one file."""
    found: list[dict[str, Any]] = []
    for record in _records(steps):
        if record.get("eventName") in names:
            found.append(record)
            if len(found) >= _MOST_RECORDS:
                break
    return found


def _records(steps: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """Yield the records of a log file; stops where the file is not one."""
    decode = codecs.getincrementaldecoder("utf-8")("replace").decode
    scanner = json.JSONDecoder()
    text, position = "", None
    for step in steps:
        text = text[position or 0 :] + decode(step)
        if position is None:
            opening = _OPENING.match(text)
            if opening is None:
                if len(text) > _LARGEST_RECORD:
                    return
                continue
            position = opening.end()
        else:
            position = 0
        while True:
            between = _BETWEEN.match(text, position)
            position = between.end() if between else position
            try:
                record, position = scanner.raw_decode(text, position)
            except (ValueError, RecursionError):
                break  # the record goes on in the next step, or the list has ended
            if isinstance(record, dict):
                yield record
        if len(text) - position > _LARGEST_RECORD:
            return
