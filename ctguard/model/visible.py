"""Make visible in a text what a terminal would obey, and what an eye would not see.

Names, paths and messages come from strangers. Control characters move the
cursor or fill the clipboard (ANSI and OSC escapes), bidirectional controls swap
what is read, zero-width characters make two names look like one. Each becomes
its escape (`\\x1b`, `\\u202e`), so that the text shows what it holds.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from typing import Final

INVISIBLE: Final = (
    "\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\ufffe\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"
)
"""Beyond ASCII's controls: C1, soft hyphen, fillers, bidirectional and zero-width characters, line separators,
variation selectors, tags (Unicode's Default_Ignorable_Code_Point and Bidi_Control), and what is no character."""

SURROGATES: Final = "\ud800-\udfff"
"""A str holds these for bytes that are no UTF-8 (a file name); no file can."""

_HIDDEN: Final = f"[\x00-\x1f{INVISIBLE}{SURROGATES}]"
_HIDDEN_IN_LINES: Final = f"[\x00-\x08\x0b-\x1f{INVISIBLE}{SURROGATES}]"
_NOT_FOR_JSON: Final = f"[{INVISIBLE}]"
_SHORT: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(text: str) -> str:
    """Return `text` in one line, with all that is hidden or obeyed written as an escape.

    `##[` goes too: a build log of GitHub Actions obeys it anywhere in a line.
    """
    if text.isascii() and text.isprintable() and "##[" not in text:
        return text
    return _pattern(_HIDDEN).sub(_escape, text)


def visible_lines(text: str) -> str:
    """Return `text` like `visible`, but with its line ends and tabs kept."""
    return _pattern(_HIDDEN_IN_LINES).sub(_escape, text)


def json_without_hidden(text: str) -> str:
    """Return a JSON text that means the same, with hidden characters as JSON's own escapes."""
    pattern = _pattern(_NOT_FOR_JSON)
    return pattern.sub(_json_escape, text) if pattern.search(text) else text


@cache
def _pattern(characters: str) -> re.Pattern[str]:
    """Compile when it is needed first, which for most input is never: sets as large as these take their time."""
    return re.compile(f"{characters}|(?<=#)#(?=\\[)")


def shortened(text: str, at_most: int) -> str:
    """Return `text`, or its beginning with its length and a hash of the whole when it is longer than `at_most`."""
    if len(text) <= at_most:
        return text
    digest = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:16]
    ending = f"... ({len(text)} characters, sha256 {digest})"
    return text[: max(0, at_most - len(ending))] + ending


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    if character in _SHORT:
        return _SHORT[character]
    code = ord(character)
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _json_escape(match: re.Match[str]) -> str:
    encoded = match[0].encode("utf-16-be")
    return "".join(f"\\u{encoded[at : at + 2].hex()}" for at in range(0, len(encoded), 2))
