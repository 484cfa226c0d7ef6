"""Texts of a policy as patterns: literal text, wildcards, policy variables, parts that are not known.

A pattern answers one question about one text: does it match? The answer is None
where that hangs on an unknown part. Questions about all texts at once ("is there
one that matches this and not that?") are the work of `language`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Final, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from ctguard.model.values import PartialText, Unknown

Truth: TypeAlias = bool | None
"""True, False, or None where it hangs on something that is not known."""

Text: TypeAlias = str | PartialText | Unknown
"""A string of a document, as much of it as is known."""


class Wild(Struct, frozen=True):
    """A wildcard: any run of characters, or exactly one."""

    sign: str


class Variable(Struct, frozen=True):
    """A policy variable such as ${aws:username}, which stands for the value of a condition key.

    `key` is in lower case, `written` is what stands between the braces.
    """

    key: str
    default: str | None
    written: str


STAR: Final = Wild("*")
ONE: Final = Wild("?")
Token: TypeAlias = str | Wild | Variable | Unknown
Lookup: TypeAlias = Callable[[str], "str | Unknown | None"]

_VARIABLE: Final = r"\$\{([^{}]*)\}"
_WITH_DEFAULT: Final = r"""^\s*([^\s,]+)\s*(?:,\s*'([^']*)'\s*)?$"""
_ARN_SEGMENTS = 6


class Pattern(Struct, frozen=True):
    """A compiled text. `folded` ignores case; `segmented` matches ARNs component by component.

    In a segmented pattern no wildcard of the first five components reaches over a
    colon (IAM User Guide, "ARN condition operators").
    """

    tokens: tuple[Token, ...]
    folded: bool = False
    segmented: bool = False

    @property
    def literal(self) -> str | None:
        """Return the one text that matches, or None if several may or a part is not known."""
        if not self.tokens:
            return ""
        only = self.tokens[0]
        return only if len(self.tokens) == 1 and isinstance(only, str) and not self.folded else None

    @property
    def unknown(self) -> Unknown | None:
        """Return the first part that is not known."""
        return next((token for token in self.tokens if isinstance(token, Unknown)), None)

    @property
    def variables(self) -> tuple[Variable, ...]:
        return tuple(token for token in self.tokens if isinstance(token, Variable))

    def matches(self, text: str) -> Truth:
        """Say whether `text` matches; variables must have been bound before."""
        if self.unknown is not None:
            return None if _matches_glob(self.upper(), text) else False
        return _matches_arn(self, text) if self.segmented else _matches_glob(self, text)

    def upper(self) -> Pattern:
        """Return a pattern that matches at least what this one may match, whatever the unknown parts are."""
        if all(isinstance(token, str | Wild) for token in self.tokens):
            return self
        # An unknown part may hold colons, so that it cannot be told which component it belongs to.
        known = (token if isinstance(token, str | Wild) else STAR for token in self.tokens)
        return Pattern(_joined(known), self.folded, segmented=False)

    def bind(self, lookup: Lookup) -> Pattern | None:
        """Return the pattern with the values of its variables, or None where one has no value: it matches nothing."""
        tokens: list[Token] = []
        for token in self.tokens:
            if not isinstance(token, Variable):
                tokens.append(token)
                continue
            value = lookup(token.key)
            value = token.default if value is None else value
            if value is None:
                return None
            tokens.append(value)
        return replace(self, tokens=_joined(tokens))

    def __str__(self) -> str:
        return "".join(_shown(token) for token in self.tokens)


@lru_cache(maxsize=4096)
def compile_pattern(
    raw: Text, *, wild: bool, variables: bool = False, folded: bool = False, segmented: bool = False
) -> Pattern:
    """Return the pattern that a policy text stands for.

    `wild` says whether `*` and `?` are wildcards, `variables` whether `${...}` is
    a policy variable (documents of version 2012-10-17 only).
    """
    parts = raw.parts if isinstance(raw, PartialText) else (raw,)
    tokens: list[Token] = []
    for part in parts:
        tokens.extend(_tokens(str(part), wild, variables) if isinstance(part, str) else (part,))
    return Pattern(_joined(tokens), folded, segmented)


def literal_pattern(text: str) -> Pattern:
    """Return the pattern that matches `text` and nothing else."""
    return Pattern((text,) if text else ())


def arn_segments(pattern: Pattern) -> tuple[tuple[Token, ...], ...] | None:
    """Return the six components of an ARN pattern, or None when it has fewer."""
    segments: list[list[Token]] = [[]]
    for token in pattern.tokens:
        if not isinstance(token, str):
            segments[-1].append(token)
            continue
        pieces = token.split(":", _ARN_SEGMENTS - len(segments))
        segments[-1].append(pieces[0])
        segments.extend([piece] for piece in pieces[1:])
    if len(segments) < _ARN_SEGMENTS:
        return None
    return tuple(_joined(segment) for segment in segments)


def any_true(truths: Iterator[Truth]) -> Truth:
    """Join by Kleene's or."""
    unsure = False
    for truth in truths:
        if truth:
            return True
        unsure = unsure or truth is None
    return None if unsure else False


def all_true(truths: Iterator[Truth]) -> Truth:
    """Join by Kleene's and."""
    return opposite(any_true(opposite(truth) for truth in truths))


def opposite(truth: Truth) -> Truth:
    return None if truth is None else not truth


def _tokens(text: str, wild: bool, variables: bool) -> Iterator[Token]:
    position = 0
    for match in re.finditer(_VARIABLE, text) if variables and "${" in text else ():
        yield from _wild_tokens(text[position : match.start()], wild)
        yield _variable(match.group(1))
        position = match.end()
    yield from _wild_tokens(text[position:], wild)


def _variable(content: str) -> Token:
    if content in ("*", "?", "$"):
        return content
    parsed = re.match(_WITH_DEFAULT, content)
    return Variable(parsed[1].lower(), parsed[2], content) if parsed else Variable(content.lower(), None, content)


def _wild_tokens(text: str, wild: bool) -> Iterator[Token]:
    if not wild:
        yield text
        return
    for piece in re.split(r"([*?])", text):
        yield {"*": STAR, "?": ONE}.get(piece, piece)


def _joined(tokens: Iterator[Token] | list[Token]) -> tuple[Token, ...]:
    """Join neighbouring literals and neighbouring stars, so that equal patterns are equal."""
    joined: list[Token] = []
    for token in tokens:
        last = joined[-1] if joined else None
        if isinstance(token, str) and isinstance(last, str):
            joined[-1] = last + token
        elif token != "" and not (token is STAR and last is STAR):
            joined.append(token)
    return tuple(joined)


def _matches_glob(pattern: Pattern, text: str) -> bool:
    if pattern.folded:
        text = text.lower()
    return _glob(pattern.tokens, text, pattern.folded)


def _glob(tokens: tuple[Token, ...], text: str, folded: bool) -> bool:
    """Match wildcards in time of at most pattern times text: only the last star is ever taken back."""
    place = number = 0
    star, resume = -1, 0
    while True:
        token = tokens[number] if number < len(tokens) else None
        if token is STAR:
            star, resume = number, place
            number += 1
            if number == len(tokens):
                return True
            continue
        if token is None:
            if place == len(text):
                return True
        elif token is ONE:
            if place < len(text):
                place, number = place + 1, number + 1
                continue
        elif isinstance(token, str):
            literal = token.lower() if folded else token
            if text.startswith(literal, place):
                place, number = place + len(literal), number + 1
                continue
        resume += 1
        if star < 0 or resume > len(text):
            return False
        place, number = resume, star + 1


def _matches_arn(pattern: Pattern, text: str) -> Truth:
    segments = arn_segments(pattern)
    values = text.split(":", _ARN_SEGMENTS - 1)
    if len(values) < _ARN_SEGMENTS:
        return False
    if segments is None:
        # NOTE: by the documented rule such a pattern (a lone "*") matches no ARN; what AWS does was never observed.
        return None if _matches_glob(pattern, text) else False
    return all(_glob(segment, value, folded=False) for segment, value in zip(segments, values, strict=True))


def _shown(token: Token) -> str:
    if isinstance(token, str):
        return token
    if isinstance(token, Wild):
        return token.sign
    return f"${{{token.written if isinstance(token, Variable) else token.what}}}"
