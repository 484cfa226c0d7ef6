"""What a field of an event may hold, and one example for each way in which tests can see it.

A domain says which kinds of JSON values are possible; for texts, a language. The
examples of a domain are complete: any value gets the same answers from the tests
as one of the examples, or the domain is said to be beyond us (TooManyError).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Protocol

from msgspec import Struct

from ctguard.filter_pattern.automaton import Automaton, explore
from ctguard.filter_pattern.condition import MISSING, Found


class FieldTest(Protocol):
    """A test of one field, in whatever pattern language."""

    def answer(self, value: Found) -> bool | None:
        """Tell whether the test holds for a value, None where that is not documented."""
        ...

    def texts(self) -> Automaton | None:
        """Return the automaton that decides how the test sees texts, None when it sees all texts alike."""
        ...

    def bounds(self) -> Iterable[float]:
        """Yield the numbers at which the answer of the test may change."""
        ...

    def words(self) -> Iterable[str]:
        """Yield texts that the test looks for, without wildcards, from which readable examples are made."""
        ...


class Texts(Struct, frozen=True):
    """A set of texts: those in `words`, or else those that all of `accepted` and none of `rejected` accept."""

    words: tuple[str, ...] | None = None
    accepted: tuple[Automaton, ...] = ()
    rejected: tuple[Automaton, ...] = ()

    def hold(self, text: str) -> bool:
        """Tell whether `text` is in the set."""
        if self.words is not None and text not in self.words:
            return False
        return all(automaton.matches(text) for automaton in self.accepted) and not any(
            automaton.matches(text) for automaton in self.rejected
        )


class Domain(Struct, frozen=True):
    """The values that a field may have; `absent` says that the field may be missing."""

    absent: bool = False
    null: bool = False
    texts: Texts | None = None
    numbers: bool = False
    booleans: tuple[bool, ...] = ()
    objects: bool = False
    arrays: bool = False

    @property
    def always_object(self) -> bool:
        """Whether nothing but an object is possible."""
        return self.objects and self == Domain(objects=True)


ANYTHING = Domain(True, True, Texts(), True, (False, True), True, True)
"""The domain of a field of which nothing is known."""


def examples(domain: Domain, tests: Sequence[FieldTest], preferred: Sequence[str] = ()) -> Iterator[Found]:
    """Yield the values without parts (no objects, no arrays) that stand for all others; raises TooManyError.

    Texts of `preferred` are used where they do, so that examples read like real events.
    """
    if domain.texts is not None:
        yield from _text_examples(domain.texts, tests, preferred)
    if domain.absent:
        yield MISSING
    if domain.null:
        yield None
    yield from domain.booleans
    if domain.numbers:
        yield from _number_examples(tests)


def _text_examples(texts: Texts, tests: Sequence[FieldTest], preferred: Sequence[str]) -> Iterator[str]:
    if texts.words is not None:
        yield from (word for word in texts.words if texts.hold(word))
        return
    automata = tuple(dict.fromkeys(automaton for test in tests if (automaton := test.texts()) is not None))
    seen: set[frozenset[int]] = set()
    for text in preferred:
        answer = frozenset(at for at, automaton in enumerate(automata) if automaton.matches(text))
        if answer not in seen and texts.hold(text):
            seen.add(answer)
            yield text
    needed, limits = len(texts.accepted), len(texts.accepted) + len(texts.rejected)
    for text, accepting in _explored((*texts.accepted, *texts.rejected, *automata), needed):
        answer = frozenset(at - limits for at in accepting if at >= limits)
        outside = any(needed <= at < limits for at in accepting)
        if not outside and answer not in seen and all(at in accepting for at in range(needed)):
            seen.add(answer)
            yield text


@lru_cache(maxsize=256)
def _explored(automata: tuple[Automaton, ...], needed: int) -> tuple[tuple[str, frozenset[int]], ...]:
    """Return what `explore` yields; many controls ask the same of a field."""
    return tuple(explore(automata, needed))


def _number_examples(tests: Sequence[FieldTest]) -> Iterator[float]:
    bounds = sorted({bound for test in tests for bound in test.bounds()})
    if not bounds:
        yield 7
        return
    yield from bounds
    yield bounds[0] - 1
    yield bounds[-1] + 1
    yield from ((low + high) / 2 for low, high in itertools.pairwise(bounds))
