"""Texts of strangers inside Markdown: shown as they are, linking, mentioning and loading nothing.

GitHub turns `@name`, `#1` and bare addresses into links after it has read the
Markdown, so a backslash does not stop it; code does. Where such a sign stands in
prose it is set as code.
"""

from __future__ import annotations

import re
from typing import Final

from ctguard.model.visible import shortened, visible, visible_lines

LONGEST: Final = 500
LONGEST_BLOCK: Final = 4000
_SPECIAL: Final = re.compile(r"([\\`*_\[\]<>|~$&])")
_BEGINNING: Final = re.compile(r"^(\d{0,9})([-+=.)])")
_LINKING: Final = re.compile(r"(?:[@#]|://|\bwww\.|\bgh-|\b(?:mailto|xmpp):)+", re.IGNORECASE)


def prose(text: str, at_most: int = LONGEST) -> str:
    """Return a text as words of a sentence, in one line; fit for a cell of a table."""
    pieces: list[str] = []
    at = 0
    line = visible(shortened(text.strip(), at_most))
    for match in _LINKING.finditer(line):
        pieces += [_SPECIAL.sub(r"\\\1", line[at : match.start()]), f"`{match[0]}`"]
        at = match.end()
    pieces.append(_SPECIAL.sub(r"\\\1", line[at:]))
    return _BEGINNING.sub(r"\1\\\2", "".join(pieces))


def code(text: str, at_most: int = LONGEST) -> str:
    """Return a text as a code span, in one line; not for tables, which cut at a bar even in code."""
    line = visible(shortened(text, at_most))
    if not line.strip():
        return "` `"
    fence = "`" * (max((len(run) for run in re.findall("`+", line)), default=0) + 1)
    gap = " " if line[0] in "` " or line[-1] in "` " else ""
    return f"{fence}{gap}{line}{gap}{fence}"


def block(text: str, language: str = "") -> str:
    """Return a text of several lines as fenced code; `language` is a word of ours."""
    fence = "`" * max(3, max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    lines = visible_lines(shortened(text.strip("\n"), LONGEST_BLOCK))
    return f"{fence}{language}\n{lines}\n{fence}"
