"""Find the lines on which the parts of a JSON text stand, when somebody asks.

Reading for values is the work of `document`; here the text is walked once more,
in one pass and without recursion, only to note lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct, field

from ctguard.model.location import Location, Path, Places, PlaceTable, Step

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+|\n', re.DOTALL)


class TextPlaces(Struct, frozen=True, eq=False):
    """Places of the parts of a JSON text that stands at `places`; looked up when first asked for."""

    source: str
    places: Places
    _found: list[PlaceTable] = field(default_factory=list)

    def at(self, path: Path) -> Location | None:
        if not self._found:
            self._found.append(self._table())
        return self._found[0].at(path)

    def _table(self) -> PlaceTable:
        whole = self.places.at(())
        if whole is None:
            return PlaceTable({})
        first = first_line_of(self.source, whole)
        if first is None:
            return PlaceTable({(): whole})
        return PlaceTable(
            {path: Location(whole.path, first + start - 1, first + end - 1) for path, start, end in parts(self.source)}
        )


def first_line_of(source: str, whole: Location | None) -> int | None:
    """Return the line of a file on which `source` begins, or None where its place does not tell.

    The place of a text covers its own lines, or one more before it (YAML's `|`)
    or one more on both sides (a heredoc's markers). A text with another number
    of lines was written in another way than it reads.
    """
    if whole is None:
        return None
    lines = source.rstrip("\n").count("\n") + 1
    extra = whole.end_line - whole.line + 1 - lines
    if extra == 0:
        return whole.line
    return whole.line + 1 if extra in (1, 2) else None


def parts(source: str) -> Iterator[tuple[Path, int, int]]:
    """Yield each value of a JSON text with its first and last line; a member begins at its key."""
    path: list[Step] = []
    begun: list[int] = []
    line = 1
    key_line: int | None = None
    expects_key = False
    for match in _TOKEN.finditer(source):
        token = match.group()
        if token == "\n":
            line += 1
        elif token in "{[":
            begun.append(line if key_line is None else key_line)
            path.append("" if token == "{" else 0)
            expects_key, key_line = token == "{", None
        elif token in "}]":
            if path:
                path.pop()
                yield tuple(path), begun.pop(), line
            expects_key = False
        elif token == ",":
            if path:
                last = path[-1]
                path[-1] = last + 1 if isinstance(last, int) else last
                expects_key = not isinstance(last, int)
            key_line = None
        elif token == ":":
            expects_key = False
        elif expects_key:
            path[-1] = token[1:-1]
            key_line = line
        else:
            yield tuple(path), line if key_line is None else key_line, line + token.count("\n")
            line += token.count("\n")


def repeated_key(source: str) -> tuple[str, int, int]:
    """Return the first key that stands twice in one object, with the lines of both."""
    line = 1
    seen: list[dict[str, int]] = []
    before = ""
    pending: tuple[str, int] | None = None
    for match in _TOKEN.finditer(source):
        token = match.group()
        if token == "\n":
            line += 1
            continue
        if token in "{[":
            seen.append({})
        elif token in "}]" and seen:
            seen.pop()
        elif token == ":" and pending and seen:
            key, where = pending
            if key in seen[-1]:
                return key, seen[-1][key], where
            seen[-1][key] = where
        pending = (_unescaped(token), line) if token[0] == '"' and before in ("{", ",") else None
        before = token
    return "", 1, line


def _unescaped(token: str) -> str:
    import json

    try:
        return str(json.loads(token))
    except ValueError:
        return token[1:-1]
