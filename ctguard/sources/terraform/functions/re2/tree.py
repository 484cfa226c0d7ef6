"""The syntax tree of a regular expression."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, TypeAlias

from msgspec import Struct

Assertion: TypeAlias = Literal["text start", "text end", "line start", "line end", "word boundary", "no word boundary"]


class Characters(Struct, frozen=True):
    """One character out of `ranges`, of the Unicode `categories`, or of `others`; or, negated, none of these."""

    ranges: tuple[tuple[int, int], ...] = ()
    categories: tuple[str, ...] = ()
    others: tuple[Characters, ...] = ()
    negated: bool = False
    folds_case: bool = False

    def has(self, character: str) -> bool:
        candidates = case_variants(character) if self.folds_case else (character,)
        return any(map(self._holds, candidates)) != self.negated

    def _holds(self, character: str) -> bool:
        point = ord(character)
        if any(low <= point <= high for low, high in self.ranges):
            return True
        if self.categories:
            from unicodedata import category

            if category(character).startswith(self.categories):
                return True
        return any(other.has(character) for other in self.others)


@lru_cache(maxsize=1024)
def case_variants(character: str) -> tuple[str, ...]:
    """Return the characters that are the same but for case (Unicode's simple folding)."""
    found = {character}
    while True:
        more = {
            changed for one in found for changed in (one.lower(), one.upper(), one.title()) if len(changed) == 1
        } | {other for one in found for other in _ALSO.get(one, "")}
        if more <= found:
            return tuple(sorted(found))
        found |= more


# Letters that fold to one with a plainer case, which `upper` and `lower` do not lead back to.
_ALSO = {
    "k": "\u212a",  # the sign for Kelvin
    "s": "\u017f",  # long s
    "\u00e5": "\u212b",  # the sign for Angstrom
    "\u00df": "\u1e9e",  # capital sharp s
    "\u03c3": "\u03c2",  # final sigma
    "\u03b2": "\u03d0",
    "\u03b5": "\u03f5",
    "\u03b8": "\u03d1\u03f4",
    "\u03ba": "\u03f0",
    "\u03bc": "\u00b5",
    "\u03c0": "\u03d6",
    "\u03c1": "\u03f1",
    "\u03c6": "\u03d5",
    "\u03c9": "\u2126",
}


class Sequence(Struct, frozen=True):
    """Parts one after the other; the empty sequence matches the empty text."""

    parts: tuple[Node, ...] = ()


class Alternatives(Struct, frozen=True):
    """One of several, the first ones preferred."""

    parts: tuple[Node, ...]


class Repeated(Struct, frozen=True):
    """`part` at least `least` and at most `most` times (None: any number), as often as possible or as rarely."""

    part: Node
    least: int
    most: int | None
    greedy: bool


class Group(Struct, frozen=True):
    """A part whose text is kept under a number, counted from 1."""

    part: Node
    number: int


class Assert(Struct, frozen=True):
    """A place in the text, without any of its characters."""

    kind: Assertion


Node: TypeAlias = Characters | Sequence | Alternatives | Repeated | Group | Assert


class Expression(Struct, frozen=True):
    """A whole regular expression; `names` are those of its groups, None for a group without a name."""

    root: Node
    names: tuple[str | None, ...]
