"""Decide whether metric filters that feed one alarm cover what a control demands, for all events.

An event that goes unseen is looked for; none to be found is the proof that the
filters cover. Every witness is confirmed by the concrete matcher and by the
control's own definition before it is reported.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import repeat
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from ctguard.filter_pattern.automaton import TooManyError
from ctguard.filter_pattern.condition import Absent
from ctguard.filter_pattern.controls import Control
from ctguard.filter_pattern.demand import Box, Event, boxes, demands, identity_of
from ctguard.filter_pattern.domain import Domain, Texts
from ctguard.filter_pattern.filters import Filter, Leaves, formula_of, parsed
from ctguard.filter_pattern.formula import Formula, GaveUpError, Goal, Option, search
from ctguard.filter_pattern.matching import match
from ctguard.filter_pattern.overbreadth import matches_far_more
from ctguard.filter_pattern.printing import selector
from ctguard.filter_pattern.space import variables, write
from ctguard.filter_pattern.syntax import FilterPattern, JsonPattern, Path
from ctguard.model.values import PartialText, Unknown

_NAME: Path = ("eventName",)


class Verdict(StrEnum):
    """What filters do for a control, when it can be decided."""

    COVERS = "covers"
    MISSES = "misses"


class Coverage(Struct, frozen=True):
    """The verdict, None when undecided; `missed` are demanded events that nothing sees, one for each name or reason.

    `undecided` says on what an open verdict hangs. `overbroad` is an event far
    from the control that filters which cover it match too. `unseen_further` are
    names that newer benchmarks add and that go unseen.
    """

    verdict: Verdict | None
    missed: tuple[Event, ...] = ()
    undecided: tuple[str, ...] = ()
    overbroad: Event | None = None
    unseen_further: tuple[str, ...] = ()


def coverage(
    control: Control,
    filters: Sequence[Filter],
    *,
    accounts: Sequence[str] = (),
    regions: Sequence[str] = (),
) -> Coverage:
    """Return whether `filters` together cover `control`; raises PatternError.

    `accounts` and `regions` are those that matter for selection criteria; left
    out, criteria must let every account and region through.
    """
    leaves = Leaves()
    formula = formula_of(filters, leaves)
    scope = _criteria_domains(accounts, regions)
    patterns = [parsed(one.pattern) for one in filters]

    def confirmed(event: Event) -> bool:
        return demands(control, event) and not any(map(_may_see, filters, patterns, repeat(event)))

    decision = unseen_events(formula, leaves, [_scoped(box, scope) for box in boxes(control)], confirmed)
    if decision.verdict is Verdict.COVERS:
        far = matches_far_more(control, patterns)
        decision = replace(decision, overbroad=far)
    if control.further and decision.verdict is not None:
        unseen = tuple(name for name in control.further if not _sees_name(formula, leaves, control, name))
        decision = replace(decision, unseen_further=unseen)
    return decision


def _may_see(one: Filter, pattern: FilterPattern | Unknown | PartialText, event: Event) -> bool:
    if one.criteria is not None and match(JsonPattern(one.criteria), event) is False:
        return False
    return isinstance(pattern, Unknown | PartialText) or match(pattern, event) is not False


def _criteria_domains(accounts: Sequence[str], regions: Sequence[str]) -> Mapping[Path, Domain]:
    domains: dict[Path, Domain] = {}
    for name, values in (("@aws.account", accounts), ("@aws.region", regions)):
        texts = Texts(words=tuple(values)) if values else Texts()
        domains[(name,)] = Domain(texts=texts)
    return domains


def _scoped(box: Box, scope: Mapping[Path, Domain]) -> Box:
    return replace(box, domains={**box.domains, **scope})


def _sees_name(formula: Formula, leaves: Leaves, control: Control, name: str) -> bool:
    box = boxes(control)[0].narrowed(_NAME, Domain(texts=Texts(words=(name,))))
    try:
        return _find(formula, leaves, box, unknown=False) is None
    except (TooManyError, GaveUpError):
        return False


def unseen_events(
    formula: Formula, leaves: Leaves, demanded: Sequence[Box], confirmed: Callable[[Event], bool]
) -> Coverage:
    """Look for events of the boxes for which `formula` is false; `confirmed` has the last word on each."""
    missed: list[Event] = []
    undecided: list[str] = []
    for box in _told_apart(demanded, leaves):
        try:
            known = {box.record(event)["eventName"] for event in missed}
            found = list(_unseen(formula, leaves, box, known))
            missed += [event for event in found if confirmed(event)]
            if len(missed) < len(found):
                undecided.append("an event that seemed to go unseen could not be confirmed")
            if not missed and (doubt := _find(formula, leaves, box, unknown=False)) is not None:
                undecided.append(_reason(doubt, leaves, formula))
        except (TooManyError, GaveUpError):
            undecided.append("the pattern is too intricate to decide for all events")
            if confirmed(box.example):
                missed.append(box.example)
    if missed:
        return Coverage(Verdict.MISSES, tuple(missed))
    return Coverage(None if undecided else Verdict.COVERS, undecided=tuple(dict.fromkeys(undecided)))


def _told_apart(demanded: Sequence[Box], leaves: Leaves) -> Iterator[Box]:
    """Yield the boxes, of those that no test can tell apart only the first."""
    seen: list[tuple[Domain, ...]] = []
    for box in demanded:
        view = tuple(box.domain(path[:length]) for path in leaves.tests for length in range(1, len(path) + 1))
        if view not in seen:
            seen.append(view)
            yield box


def _unseen(formula: Formula, leaves: Leaves, box: Box, known: set[str]) -> Iterator[Event]:
    """Yield an unseen event, and where the box has several event names one for each name that goes unseen."""
    path = (*box.root, *_NAME)
    names = box.domain(path).texts
    words = names.words if names is not None else None
    if words is None or path not in leaves.tests:
        if (options := _find(formula, leaves, box, unknown=True)) is not None:
            event = event_of(box, options)
            yield from (
                [event] if words is None else (_renamed(box, event, word) for word in words if word not in known)
            )
        return
    left = tuple(word for word in words if word not in known)
    while left:
        part = box.narrowed(_NAME, Domain(texts=Texts(words=left)))
        options = _find(formula, leaves, part, unknown=True)
        if options is None:
            return
        event = event_of(part, options)
        if path not in {written for option in options.values() for written, _ in option.value}:
            event = _renamed(box, event, left[0])
        yield event
        left = tuple(word for word in left if word != box.record(event)["eventName"])


def _renamed(box: Box, event: Event, name: str) -> Event:
    renamed = copy.deepcopy(event)
    box.record(renamed)["eventName"] = name
    return renamed


def _find(formula: Formula, leaves: Leaves, box: Box, *, unknown: bool) -> dict[str, Option] | None:
    """Return options for which the formula is false; what is not known counts as `unknown`."""
    options = variables(leaves.tests, box) | leaves.doubtful_options()
    return search([Goal(formula, wanted=False, unknown=unknown)], options)


def event_of(box: Box, options: Mapping[str, Option]) -> Event:
    """Return the event that has the values of `options`, and is otherwise the box's example."""
    event = copy.deepcopy(box.example)
    pairs = [pair for option in options.values() for pair in option.value]
    write(event, pairs)
    identity: Path = (*box.root, "userIdentity")
    record = box.record(event)
    kind = record["userIdentity"]["type"]
    if (*identity, "type") in dict(pairs) and kind != box.record(box.example)["userIdentity"]["type"]:
        record["userIdentity"] = identity_of(kind)
        write(event, [pair for pair in pairs if pair[0][: len(identity)] == identity])
    return event


def _reason(options: Mapping[str, Option], leaves: Leaves, formula: Formula) -> str:
    """Say on which answer, of those that are not known, the verdict hangs."""
    doubts = [leaves.doubts[leaf] for option in options.values() for leaf in option.answers if leaf in leaves.doubts]
    if doubts:
        return doubts[0]
    for option in options.values():
        for leaf, answer in option.answers.items():
            if answer is None and (found := leaves.test(leaf)) is not None:
                path, test = found
                return f"AWS does not document whether {test} holds when {selector(path)} is {_spoken(option, path)}"
    return "the verdict hangs on behaviour that AWS does not document"


def _spoken(option: Option, path: Path) -> str:
    value: Any = dict(option.value).get(path, Absent.MISSING)
    if isinstance(value, Absent):
        return "missing"
    return "null" if value is None else f"{value!r}"
