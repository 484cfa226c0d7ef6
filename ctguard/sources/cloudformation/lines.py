"""Which lines of a template's file a part of it was written on.

The readers note for each map and list the lines of its entries; here a path is
followed through them. A JSON file is gone over again for its lines, and only
when somebody asks; YAML's parser tells them in passing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ctguard.model.location import Location, Path

Spans: TypeAlias = dict[int, list[int]]
"""For the id() of each map and list: first and last line of its first entry, of its second, and so on."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A file's content as maps, lists and scalars, and the lines of each entry.

    `constant` has the maps and lists that are known to hold no function, by their
    id(), which stays theirs because they are kept here.
    """

    root: Any
    spans: Spans
    constant: Mapping[int, Any] = field(default_factory=dict)


@dataclass(slots=True, eq=False, repr=False)
class Lines:
    """Answers the lines of a path into a file's content; `lay_out` is called once, at the first question."""

    display: str
    content: bytes
    lay_out: Callable[[], Layout]
    _layout: Layout | None = None
    _indexes: dict[int, dict[str, int]] = field(default_factory=dict)
    _text: list[bytes] = field(default_factory=list)

    def at(self, path: Path) -> Location:
        """Return where `path` stands, else its nearest enclosing part, else the whole file."""
        if self._layout is None:
            self._layout = self.lay_out()
            self._text = self.content.split(b"\n")
        first, last = 1, len(self._text)
        part = self._layout.root
        for step in path:
            span = self._entry(part, step)
            if span is None:
                break
            first, last = span
            part = part[step]
        while last > first and not self._text[min(last, len(self._text)) - 1].strip():
            last -= 1
        return Location(self.display, first, last)

    def _entry(self, part: Any, step: str | int) -> tuple[int, int] | None:
        assert self._layout is not None
        span = self._layout.spans.get(id(part), ())
        if isinstance(part, dict) and step in part:
            index = self._index(part)[str(step)]
        elif isinstance(part, list) and isinstance(step, int) and 0 <= step < len(part):
            index = step
        else:
            return None
        return (span[2 * index], span[2 * index + 1]) if 2 * index + 1 < len(span) else None

    def _index(self, part: dict[str, Any]) -> dict[str, int]:
        if id(part) not in self._indexes:
            self._indexes[id(part)] = {key: index for index, key in enumerate(part)}
        return self._indexes[id(part)]
