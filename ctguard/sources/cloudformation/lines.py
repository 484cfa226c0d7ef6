"""Which lines of a template's file a part of it was written on.

Here a path is followed through an index of the file's entries, which each file
format makes in its own way: YAML's parser tells the lines in passing, a JSON
file is gone over again where somebody asks.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

from msgspec import Struct, field

from ctguard.model.location import Location, Path, Step


class Entry(NamedTuple):
    """The lines of one entry of a map or list, and what the index knows its value by."""

    first: int
    last: int
    value: Any


class Index(Protocol):
    """The entries of a file; `top` is what it knows the outermost value by."""

    @property
    def top(self) -> Any: ...

    def entry(self, part: Any, step: Step) -> Entry | None:
        """Return one entry of `part`, or None when it has no such entry."""
        ...


class Spans(Struct, eq=False):
    """The index of values that are in memory.

    `lines` has for the id() of each map and list the first and last line of its
    first entry, of its second, and so on.
    """

    top: Any
    lines: dict[int, list[int]]
    _orders: dict[int, dict[str, int]] = field(default_factory=dict)

    def entry(self, part: Any, step: Step) -> Entry | None:
        if isinstance(part, dict) and step in part:
            index = self._order(part)[str(step)]
        elif isinstance(part, list) and isinstance(step, int) and 0 <= step < len(part):
            index = step
        else:
            return None
        lines = self.lines[id(part)]
        return Entry(lines[2 * index], lines[2 * index + 1], part[step])

    def _order(self, part: dict[str, Any]) -> dict[str, int]:
        if id(part) not in self._orders:
            self._orders[id(part)] = {key: index for index, key in enumerate(part)}
        return self._orders[id(part)]


class Lines(Struct, eq=False):
    """Answers where a path into a file's content is written."""

    display: str
    content: bytes
    index: Index
    _text: list[bytes] = field(default_factory=list)

    def at(self, path: Path) -> Location:
        """Return where `path` stands, else its nearest enclosing part, else the whole file."""
        if not self._text:
            self._text = self.content.split(b"\n")
        first, last = 1, len(self._text)
        part = self.index.top
        for step in path:
            entry = self.index.entry(part, step)
            if entry is None:
                break
            first, last, part = entry
        while last > first and not self._text[min(last, len(self._text)) - 1].strip():
            last -= 1
        return Location(self.display, first, last)
