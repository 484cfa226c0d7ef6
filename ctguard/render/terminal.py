"""Lines for a terminal: colours by hand, text wrapped to the width, nothing of a stranger's obeyed.

A library that draws terminals takes longer to import than a scan takes to run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from ctguard.model.visible import shortened, visible

STYLES: Final = {
    "bad": "1;31",
    "good": "32",
    "open": "33",
    "strong": "1",
    "faint": "2",
    "critical": "1;31",
    "high": "31",
    "medium": "33",
    "low": "36",
    "info": "2",
}
NARROWEST: Final = 40
LONGEST: Final = 600

_COMMAND: Final = re.compile(r"^(\s*):(?=:)")


class Terminal(Struct, frozen=True):
    """How wide to write, and whether in colour."""

    width: int = 100
    color: bool = False

    def paint(self, text: str, style: str) -> str:
        """Return `text` in a style of `STYLES`; plain where colours are off."""
        return f"\x1b[{STYLES[style]}m{text}\x1b[0m" if self.color and text else text

    def wrapped(self, text: str, *, first: str = "", rest: str = "") -> Iterator[str]:
        """Yield `text` in lines that fit, the first after `first`, the others after `rest`."""
        room = max(NARROWEST, self.width) - max(len(first), len(rest))
        for number, line in enumerate(_lines(text, max(room, NARROWEST // 2))):
            yield (rest if number else first) + line


def plain(text: str) -> str:
    """Return a text of the run fit for one line of a terminal."""
    return visible(shortened(text, LONGEST))


def not_a_command(line: str) -> str:
    """Return `line` such that no build log takes it for a command: GitHub's `::` obeys at a line's beginning."""
    return _COMMAND.sub(r"\1\\x3a", line)


def _lines(text: str, room: int) -> Iterator[str]:
    """Yield the words of `text` in lines of at most `room`; a longer word stays whole, to be copied."""
    line = ""
    for word in text.split(" "):
        if line and len(line) + 1 + len(word) > room:
            yield line
            line = word
        else:
            line = f"{line} {word}" if line else word
    yield line
