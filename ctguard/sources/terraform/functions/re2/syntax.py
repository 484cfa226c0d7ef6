"""Read a regular expression in the syntax of RE2, as Go has it.

Where Go refuses a pattern we raise FunctionError. Python's own syntax is close
but not the same (`\\z`, `[[:alpha:]]`, flags within, what `\\s` holds), and its
engine may take forever, so Python's `re` is not used.
"""

from __future__ import annotations

import re

from msgspec import Struct, field
from msgspec.structs import replace

from ctguard.sources.terraform.functions.failure import FunctionError, UndecidedError
from ctguard.sources.terraform.functions.re2 import classes
from ctguard.sources.terraform.functions.re2.tree import (
    Alternatives,
    Assert,
    Assertion,
    Characters,
    Expression,
    Group,
    Node,
    Repeated,
    Sequence,
)

LONGEST_PATTERN = 4000
DEEPEST_NESTING = 100
MOST_REPETITIONS = 1000  # RE2's own limit

_REPETITION = re.compile(r"\{(0|[1-9][0-9]*)(,(0|[1-9][0-9]*)?)?\}")
_NAMED = re.compile(r"\(\?P?<([A-Za-z0-9_]+)>")
_FLAGGED = re.compile(r"\(\?([imsU]*)(?:-([imsU]+))?([:)])")
_LITERAL_ESCAPES = {"a": 7, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11}
_PLACE_ESCAPES: dict[str, Assertion] = {
    "A": "text start",
    "z": "text end",
    "b": "word boundary",
    "B": "no word boundary",
}


class Flags(Struct, frozen=True):
    """What `(?i)` and its like have switched on."""

    i: bool = False
    m: bool = False
    s: bool = False
    U: bool = False


class _Parser(Struct):
    """Reads one pattern from left to right."""

    pattern: str
    position: int = 0
    depth: int = 0
    names: list[str | None] = field(default_factory=list)

    def alternatives(self, flags: Flags) -> Node:
        """Read up to the end of the group or pattern."""
        self.depth += 1
        if self.depth > DEEPEST_NESTING:
            raise UndecidedError("has a pattern nested too deeply")
        branches: list[list[Node]] = [[]]
        repeated = False
        while self.position < len(self.pattern) and self.pattern[self.position] != ")":
            character = self.pattern[self.position]
            if character == "|":
                self.position += 1
                branches.append([])
            elif character in "*+?" or (character == "{" and _REPETITION.match(self.pattern, self.position)):
                if not branches[-1]:
                    raise FunctionError("missing argument to repetition operator")
                if repeated:
                    raise FunctionError("invalid nested repetition operator")
                branches[-1][-1] = self.repetition(branches[-1][-1], flags)
                repeated = True
                continue
            elif character == "(" and (found := _FLAGGED.match(self.pattern, self.position)) and found[3] == ")":
                flags = self.switched(flags, found)
            elif self.pattern.startswith("\\Q", self.position):
                branches[-1] += self.quoted(flags)
            else:
                branches[-1].append(self.atom(flags))
            repeated = False
        self.depth -= 1
        parts = tuple(branch[0] if len(branch) == 1 else Sequence(tuple(branch)) for branch in branches)
        return parts[0] if len(parts) == 1 else Alternatives(parts)

    def repetition(self, part: Node, flags: Flags) -> Node:
        found = _REPETITION.match(self.pattern, self.position)
        if found is None:
            least, most = {"*": (0, None), "+": (1, None), "?": (0, 1)}[self.pattern[self.position]]
            self.position += 1
        else:
            if any(len(digits or "") > 4 for digits in (found[1], found[3])):
                raise FunctionError("invalid repeat count")
            least = int(found[1])
            most = least if not found[2] else int(found[3]) if found[3] else None
            self.position = found.end()
            if max(least, most or 0) > MOST_REPETITIONS or (most is not None and most < least):
                raise FunctionError("invalid repeat count")
        lazy = self.pattern.startswith("?", self.position)
        self.position += lazy
        result = Repeated(part, least, most, greedy=lazy == flags.U)
        if found is not None and _repetitions(result) > MOST_REPETITIONS:
            raise FunctionError("invalid repeat count")
        return result

    def atom(self, flags: Flags) -> Node:
        character = self.pattern[self.position]
        if character == "(":
            return self.group(flags)
        if character == "[":
            return self.character_class(flags)
        if character == "\\":
            return self.escape(flags)
        self.position += 1
        match character:
            case ".":
                newline = Characters(((10, 10),))
                return Characters(((0, classes.HIGHEST),)) if flags.s else classes.negated(newline)
            case "^":
                return Assert("line start" if flags.m else "text start")
            case "$":
                return Assert("line end" if flags.m else "text end")
        return _literal(character, flags)

    def group(self, flags: Flags) -> Node:
        number: int | None = None
        if found := _NAMED.match(self.pattern, self.position):
            self.names.append(found[1])
            number = len(self.names)
            self.position = found.end()
        elif self.pattern.startswith("(?", self.position):
            flagged = _FLAGGED.match(self.pattern, self.position)
            if flagged is None:
                raise FunctionError("invalid or unsupported Perl syntax")
            flags = self.switched(flags, flagged)
        else:
            self.names.append(None)
            number = len(self.names)
            self.position += 1
        part = self.alternatives(flags)
        if not self.pattern.startswith(")", self.position):
            raise FunctionError("missing closing )")
        self.position += 1
        return part if number is None else Group(part, number)

    def switched(self, flags: Flags, found: re.Match[str]) -> Flags:
        if not found[1] and not found[2] and found[3] == ")":
            raise FunctionError("missing argument to group flags")
        self.position = found.end()
        return replace(flags, **dict.fromkeys(found[1], True), **dict.fromkeys(found[2] or "", False))

    def quoted(self, flags: Flags) -> list[Node]:
        end = self.pattern.find("\\E", self.position)
        text = self.pattern[self.position + 2 : end if end >= 0 else None]
        self.position = end + 2 if end >= 0 else len(self.pattern)
        return [_literal(character, flags) for character in text]

    def escape(self, flags: Flags) -> Node:
        letter = self.pattern[self.position + 1 : self.position + 2]
        if letter and letter in "dDsSwW":
            self.position += 2
            return classes.perl(letter, folds_case=flags.i)
        if letter and letter in "pP":
            return self.unicode_class(flags)
        if letter in _PLACE_ESCAPES:
            self.position += 2
            return Assert(_PLACE_ESCAPES[letter])
        return _literal(self.escaped_character(), flags)

    def unicode_class(self, flags: Flags) -> Characters:
        found = re.compile(r"\\([pP])(?:\{([^}]*)\}|([^{]))").match(self.pattern, self.position)
        if found is None:
            raise FunctionError("invalid character class range")
        self.position = found.end()
        return classes.unicode(found[2] or found[3] or "", excluded=found[1] == "P", folds_case=flags.i)

    def escaped_character(self) -> str:
        """Read `\\n`, `\\x41`, `\\.` or their like."""
        found = re.compile(
            r"\\(?:x([0-9A-Fa-f]{2})|x\{([0-9A-Fa-f]+)\}|(0[0-7]{0,2}|[1-7][0-7]{1,2})|(.))", re.DOTALL
        ).match(self.pattern, self.position)
        if found is None:
            raise FunctionError("trailing backslash at end of expression")
        two, many, octal, letter = found.groups()
        self.position = found.end()
        if two or many:
            point = int(two or many, 16)
        elif octal:
            point = int(octal, 8)
        elif letter in _LITERAL_ESCAPES:
            point = _LITERAL_ESCAPES[letter]
        elif letter.isascii() and not letter.isalnum():
            point = ord(letter)
        else:
            raise FunctionError(f"invalid escape sequence \\{letter}")
        if point > classes.HIGHEST:
            raise FunctionError("invalid escape sequence")
        return chr(point)

    def character_class(self, flags: Flags) -> Node:
        start = self.position
        self.position += 1
        excluded = self.pattern.startswith("^", self.position)
        self.position += excluded
        ranges: list[tuple[int, int]] = []
        others: list[Characters] = []
        first = True
        while first or not self.pattern.startswith("]", self.position):
            if self.position >= len(self.pattern):
                raise FunctionError(f"missing closing ]: {self.pattern[start:]}")
            first = False
            if (named := self.named_class(flags)) is not None:
                others.append(named)
            else:
                ranges.append(self.class_range())
        self.position += 1
        return Characters(tuple(ranges), (), tuple(others), negated=excluded, folds_case=flags.i)

    def named_class(self, flags: Flags) -> Characters | None:
        if found := re.compile(r"\[:(\^?[a-z]*):\]").match(self.pattern, self.position):
            self.position = found.end()
            return classes.posix(found[1], folds_case=flags.i)
        letter = self.pattern[self.position + 1 : self.position + 2]
        if not self.pattern.startswith("\\", self.position) or not letter:
            return None
        if letter in "dDsSwW":
            self.position += 2
            return classes.perl(letter, folds_case=flags.i)
        return self.unicode_class(flags) if letter in "pP" else None

    def class_range(self) -> tuple[int, int]:
        low = high = self.class_character()
        if self.pattern.startswith("-", self.position) and self.pattern[self.position + 1 : self.position + 2] != "]":
            self.position += 1
            high = self.class_character()
        if high < low:
            raise FunctionError("invalid character class range")
        return low, high

    def class_character(self) -> int:
        if self.position >= len(self.pattern):
            raise FunctionError("missing closing ]")
        if self.pattern[self.position] == "\\":
            return ord(self.escaped_character())
        self.position += 1
        return ord(self.pattern[self.position - 1])


def parse(pattern: str) -> Expression:
    """Return the syntax tree of `pattern`; FunctionError where Go's regexp refuses it."""
    if len(pattern) > LONGEST_PATTERN:
        raise UndecidedError("has a pattern that is too long")
    parser = _Parser(pattern)
    root = parser.alternatives(Flags())
    if parser.position < len(pattern):
        raise FunctionError("unexpected )")
    return Expression(root, tuple(parser.names))


def _literal(character: str, flags: Flags) -> Characters:
    return Characters(((ord(character), ord(character)),), folds_case=flags.i)


def _repetitions(node: Node) -> int:
    """Return how many copies the bounded repetitions of a part multiply to."""
    match node:
        case Repeated():
            bounded = max(node.least, node.most or 0)
            return _repetitions(node.part) * (bounded if bounded > 1 else 1)
        case Sequence() | Alternatives():
            return max(map(_repetitions, node.parts), default=1)
        case Group():
            return _repetitions(node.part)
    return 1
