"""Decide over all events of a space by finitely many representatives.

A selector tests each field by itself and compares it with finitely many texts,
so the values of a field fall into finitely many classes that no selector tells
apart. One value of each class, combined over the fields, stands for every event.
What the spaces are (management events, data events) is said elsewhere.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from ctguard.coverage.matching import Fields, both, either, holds
from ctguard.coverage.partial_text import Text, ends_with, starts_with
from ctguard.coverage.selectors import SelectorSet
from ctguard.model.logic import Status
from ctguard.model.values import Unknown, text

COMBINATIONS = 50_000
VALUES = 4_000
_WORDS = ("example", "other", "unlisted", "sample", "zone", "quite", "value", "name")
"""Words that make a witness readable."""


class Candidate(Struct, frozen=True):
    """A value that a field may have; a `doubtful` one may not occur together with the rest of the space.

    `unlisted` stands for a value that no selector names, whatever its unknown parts turn out to be.
    """

    value: Text | None
    doubtful: bool = False
    unlisted: bool = False


class Decision(Struct, frozen=True):
    """What holds over a space: is every event recorded, is any, and one that is not."""

    every: Status
    some: Status
    missed: Fields | None = None
    because: str = ""


def decide(selector_sets: Sequence[SelectorSet], space: Mapping[str, Sequence[Candidate]]) -> Decision:
    """Decide which events of `space` at least one of `selector_sets` records."""
    selectors = [selector for group in selector_sets for selector in group.selectors]
    more = next((group.more for group in selector_sets if group.more), "")
    doubt = next((selector.doubt for selector in selectors if selector.doubt), "") or more
    classes = [_classes(field, candidates, selector_sets) for field, candidates in space.items()]
    total = 1
    for group in classes:
        total *= len(group)
    if total > COMBINATIONS:
        return Decision(Status.UNKNOWN, Status.UNKNOWN, because="the selectors split the events too finely")
    missed: Fields | None = None
    answers: set[tuple[bool | None, bool]] = set()
    for choice in itertools.product(*classes):
        columns = zip(*(vector for _, vector in choice), strict=True)
        taken = (
            None if (answer := both(column)) and selector.doubt else answer
            for selector, column in zip(selectors, columns, strict=True)
        )
        answer = either(taken)
        answer = None if answer is False and more else answer
        doubtful = any(candidate.doubtful for candidate, _ in choice)
        answers.add((answer, doubtful))
        if answer is False and not doubtful and missed is None:
            missed = dict(zip(space, (candidate.value for candidate, _ in choice), strict=True))
    return Decision(_every(answers), _some(answers), missed, doubt)


def _every(answers: set[tuple[bool | None, bool]]) -> Status:
    if (False, False) in answers:
        return Status.FAIL
    return Status.PASS if all(answer for answer, _ in answers) else Status.UNKNOWN


def _some(answers: set[tuple[bool | None, bool]]) -> Status:
    if (True, False) in answers:
        return Status.PASS
    return Status.FAIL if all(answer is False for answer, _ in answers) else Status.UNKNOWN


def _classes(
    field: str, candidates: Iterable[Candidate], selector_sets: Sequence[SelectorSet]
) -> list[tuple[Candidate, tuple[bool | None, ...]]]:
    """Keep one candidate for each way in which the selectors can see the field."""
    tests = [
        [test for test in selector.tests if test.field == field]
        for group in selector_sets
        for selector in group.selectors
    ]
    kept: dict[tuple[tuple[bool | None, ...], bool], Candidate] = {}
    for candidate in candidates:
        vector = tuple(
            both(holds(test, candidate.value, unlisted=candidate.unlisted) for test in group) for group in tests
        )
        kept.setdefault((vector, candidate.doubtful), candidate)
    if len({vector for vector, _ in kept}) == 1:  # which value it is does not matter, and some value there is
        (vector, _), candidate = next(iter(kept.items()))
        return [(replace(candidate, doubtful=False), vector)]
    return [(candidate, vector) for (vector, _), candidate in kept.items()]


class Texts(Struct, frozen=True):
    """The texts that a field may hold: those with a prefix and a suffix.

    `after` gives what must still follow a text to make it one that really
    occurs (a key after a bucket); a text that needs nothing more occurs itself.
    `names_anything` says that the prefix leaves the name of the resource open.
    """

    prefix: Text = ""
    suffix: str = ""
    after: Callable[[str], str] = lambda _: ""
    names_anything: bool = False


def text_candidates(field: str, texts: Texts, selector_sets: Sequence[SelectorSet]) -> list[Candidate]:
    """Return a candidate for each class that the selectors make of the field's texts."""
    start = texts.prefix if isinstance(texts.prefix, str) else ""
    heads, tails, whole = _compared(field, selector_sets)
    heads = ["", *(head for head in heads if head.startswith(start))]
    tails = ["", *(tail for tail in tails if tail.endswith(texts.suffix))]
    if len(heads) * len(tails) > VALUES:
        return [Candidate(Unknown(field, "is tested against too many values"))]
    found = [
        Candidate(
            _joined(texts, max(head, start, key=len), tail or texts.suffix, heads, tails),
            unlisted=texts.names_anything and not head,
        )
        for head in heads
        for tail in tails
    ]
    found += [
        Candidate(value)
        for value in whole
        if value.startswith(start) and value.endswith(texts.suffix) and not texts.after(value)
    ]
    return found + _partly_known(field, texts, selector_sets)


def _partly_known(field: str, texts: Texts, selector_sets: Sequence[SelectorSet]) -> list[Candidate]:
    """Return candidates that lie in what partly known values select or exclude."""
    values = {
        value
        for group in selector_sets
        for selector in group.selectors
        for test in selector.tests
        if test.field == field
        for value in test.values()
        if not isinstance(value, str)
    }
    spellings = [spelling for value in values for spelling in (text([value, _WORDS[0]]), value)]
    return [
        Candidate(
            spelling,
            doubtful=not (starts_with(spelling, texts.prefix) and ends_with(spelling, texts.suffix)),
        )
        for spelling in spellings
        if starts_with(spelling, texts.prefix) is not False and ends_with(spelling, texts.suffix) is not False
    ]


def _compared(field: str, selector_sets: Sequence[SelectorSet]) -> tuple[list[str], list[str], list[str]]:
    """Return the known texts that the field's start, its end and the whole of it are compared with."""
    groups: list[list[str]] = []
    for operator in ("starts_with", "ends_with", "equals"):
        values = {
            value
            for group in selector_sets
            for selector in group.selectors
            for test in selector.tests
            if test.field == field
            for name in (operator, f"not_{operator}")
            for value in getattr(test, name)
            if isinstance(value, str)
        }
        groups.append(sorted(values))
    return groups[0], groups[1], groups[2]


def _joined(texts: Texts, head: str, tail: str, heads: Sequence[str], tails: Sequence[str]) -> Text:
    """Return a text that begins with `head`, ends in `tail` and with no longer text of either list."""
    following = {value[len(head)] for value in heads if value.startswith(head) and len(value) > len(head)}
    leading = {value[-len(tail) - 1] for value in tails if value.endswith(tail) and len(value) > len(tail)}
    letters = (chr(code) for code in itertools.chain(range(97, 123), range(48, 58), range(0x100, 0x600)))
    words = itertools.chain(_WORDS, (letter * 2 for letter in letters))
    word = next(word for word in words if word[0] not in following and word[-1] not in leading)
    missing = texts.after(head + word)
    middle = f"{word}{missing}{word}" if missing else word
    return text([head if isinstance(texts.prefix, str) else texts.prefix, middle, tail])
