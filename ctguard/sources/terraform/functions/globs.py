"""The patterns of fileset: `*`, `?`, `[a-z]`, `{a,b}` within a name, `**` across folders."""

from __future__ import annotations

import re

from ctguard.sources.terraform.functions.failure import FunctionError, UndecidedError

LONGEST_PATTERN = 200
MOST_STARS = 4


def glob_pattern(pattern: str) -> re.Pattern[str]:
    """Return the regular expression that a path must match as a whole.

    Few stars only: each one is a choice that multiplies with the others.
    """
    if len(pattern) > LONGEST_PATTERN or pattern.count("*") - pattern.count("**") > MOST_STARS:
        raise UndecidedError("has a pattern that is not worked out here")
    if ".." in pattern.split("/"):
        raise UndecidedError("leaves its folder")
    return re.compile("".join(_translated(pattern)))


def _translated(pattern: str) -> list[str]:
    expression: list[str] = []
    position, depth = 0, 0
    while position < len(pattern):
        rest = pattern[position:]
        taken = 1
        if rest.startswith("**/") and (position == 0 or pattern[position - 1] == "/"):
            expression.append("(?:[^/]+/)*")
            taken = 3
        elif rest == "**" and (position == 0 or pattern[position - 1] == "/"):
            expression.append(".*")
            taken = 2
        elif rest[0] == "*":
            taken = len(rest) - len(rest.lstrip("*"))
            expression.append("[^/]*")
        elif rest[0] == "[":
            found = re.match(r"\[(\^?)((?:\\.|[^\]\\])+)\]", rest)
            if found is None:
                raise FunctionError(f"failed to glob pattern {pattern!r}: syntax error")
            expression.append(f"[{'^/' if found[1] else ''}{_class_content(found[2])}]")
            taken = found.end()
        elif rest[0] == "\\" and len(rest) > 1:
            expression.append(re.escape(rest[1]))
            taken = 2
        else:
            symbol, depth = _symbol(rest[0], depth)
            expression.append(symbol)
        position += taken
    if depth:
        raise FunctionError(f"failed to glob pattern {pattern!r}: syntax error")
    return expression


def _class_content(content: str) -> str:
    return re.sub(r"([\[\]^&~|])", r"\\\1", content)


def _symbol(character: str, depth: int) -> tuple[str, int]:
    """Return the expression of one character, and how many alternatives are open after it."""
    if character == "?":
        return "[^/]", depth
    if character == "{":
        return "(?:", depth + 1
    if character == "}" and depth:
        return ")", depth - 1
    if character == "," and depth:
        return "|", depth
    return re.escape(character), depth
