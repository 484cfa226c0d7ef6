"""Chains from an event to somebody who is told of it: their steps, and what several of them come to.

Each step is written down as a leaf of the explanation; the first one that fails is where the chain ends.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from msgspec import Struct

from ctguard.engine.judgements.regions import same_region
from ctguard.engine.outcome import Break, Context, Outcome
from ctguard.model.finding import Leaf
from ctguard.model.inventory import Inventory
from ctguard.model.location import Location
from ctguard.model.logic import Status, all_hold, any_holds
from ctguard.model.resource import Resource
from ctguard.model.values import Unknown

T = TypeVar("T")


class Step(Struct, frozen=True):
    """One step of a chain: what was looked at, what is missing to decide it, and where it would have to be mended."""

    leaf: Leaf
    unknown: Unknown | None = None
    ends_at: Break | None = None

    @property
    def status(self) -> Status:
        return self.leaf.status


class Chain(Struct, frozen=True):
    """Steps that must all hold."""

    steps: tuple[Step, ...] = ()

    @property
    def status(self) -> Status:
        return all_hold(step.status for step in self.steps)

    def __add__(self, other: Chain) -> Chain:
        return Chain(self.steps + other.steps)


class Answer(Struct, frozen=True):
    """Whether the demanded events lead to somebody, by which steps, and one that does not."""

    status: Status
    steps: tuple[Step, ...] = ()
    witness: Mapping[str, Any] | None = None

    @property
    def breaks(self) -> tuple[Break, ...]:
        """Where the chain ends: at what its failing steps name; nowhere when one of them fails for itself alone."""
        ends = [step.ends_at for step in self.steps if step.status is Status.FAIL]
        return () if None in ends else tuple(dict.fromkeys(end for end in ends if end is not None))


def step(
    path: str,
    expected: str,
    actual: str,
    status: Status,
    unknown: Unknown | None = None,
    *,
    where: Location | None = None,
    ends_at: Break | None = None,
    because: str = "",
) -> Step:
    """Return a step, with its leaf."""
    missing = unknown if status is Status.UNKNOWN else None
    return Step(Leaf(path, expected, actual, status, because or str(missing or ""), where), missing, ends_at)


def from_outcome(resource: Resource, outcome: Outcome, attribute: str, path: str = "") -> Chain:
    """Return what a judgement on one resource says as a step: the leaf that decided it, under `path` where given."""
    unknown = next(iter(outcome.unknowns), None)
    decisive = next(leaf for leaf in outcome.leaves if leaf.status is outcome.status)
    leaf = Leaf(
        path or decisive.path,
        decisive.expected,
        decisive.actual,
        decisive.status,
        decisive.because,
        decisive.location,
    )
    return Chain((Step(leaf, unknown, Break(resource, attribute)),))


def best(chains: Sequence[Chain]) -> Chain:
    """Return the chain that goes furthest, of at least one: one that holds, else one that perhaps does, else any."""
    status = any_holds(chain.status for chain in chains)
    return next((chain for chain in chains if chain.status is status), Chain())


def outcome_of(answer: Answer, nearest: Answer | None = None) -> Outcome:
    """Return an answer as an outcome; of several ways that fail, the `nearest` says from what the failure follows."""
    leaves = tuple(dict.fromkeys(one.leaf for one in answer.steps))
    lacking: tuple[Unknown, ...] = ()
    if answer.status is Status.UNKNOWN:
        lacking = tuple(dict.fromkeys(one.unknown for one in answer.steps if one.unknown is not None))
    if answer.status is not Status.FAIL:
        return Outcome(answer.status, leaves, lacking)
    return Outcome(answer.status, leaves, lacking, answer.witness, (nearest or answer).breaks)


_KEPT: WeakKeyDictionary[Inventory, dict[Hashable, Any]] = WeakKeyDictionary()


def once(context: Context, key: tuple[Hashable, ...], make: Callable[[], T]) -> T:
    """Return what `make` makes, once for each inventory and key: fifteen rules follow the same chains."""
    kept = _KEPT.setdefault(context.inventory, {})
    if key not in kept:
        kept[key] = make()
    found: T = kept[key]
    return found


def account_of(resource: Resource) -> tuple[str, str | None]:
    """Return the input that a resource is of, and its account where that is known."""
    return resource.unit, resource.account_id if isinstance(resource.account_id, str) else None


def neighbours(context: Context, kind: str, beside: Resource) -> list[Resource]:
    """Return the resources of a kind that are declared in the account of another one, as far as accounts are known."""
    unit, account = account_of(beside)
    by_unit = once(context, ("by input", kind), lambda: _by_unit(context, kind))
    return [one for one in by_unit[unit] if account is None or account_of(one)[1] in (None, account)]


def regional(context: Context, kind: str, beside: Resource) -> list[Resource]:
    """Return the neighbours of a resource that are not known to be in another region."""
    return [one for one in neighbours(context, kind, beside) if same_region(one, beside)[0] is not Status.FAIL]


def _by_unit(context: Context, kind: str) -> Mapping[str, list[Resource]]:
    found: dict[str, list[Resource]] = defaultdict(list)
    for one in context.inventory.of_kind(kind):
        if one.missing is None:
            found[one.unit].append(one)
    return found
