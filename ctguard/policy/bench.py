"""Put one policy on the bench: read it, and ask a question in every world that its context leaves open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from ctguard.model.values import Document
from ctguard.policy.budget import Budget, Undecidable
from ctguard.policy.context import PolicyContext
from ctguard.policy.doubt import Doubt, missing
from ctguard.policy.excess import Bench, bench_for
from ctguard.policy.grammar import RESOURCE_POLICY, parse_policy
from ctguard.policy.part import Part, merged
from ctguard.policy.worlds import World, worlds

MOST_STATEMENTS: Final = 1000
_TOO_MANY: Final = Doubt(f"the policy has more than {MOST_STATEMENTS} statements, which no AWS service stores")
TOO_OPEN: Final = Doubt("too much of the context is not known to try every case")

Judge: TypeAlias = Callable[[Bench, World], Part]


def judged(
    document: Document, kind: str, context: PolicyContext, judges: dict[str, Judge], *, budget: Budget | None = None
) -> dict[str, Part]:
    """Return what each judge says of a policy, whatever the unknowns are.

    Raises DocumentError for what is no policy.
    """
    if _statements_in(document) > MOST_STATEMENTS:
        return {name: Part(None, (), (_TOO_MANY,)) for name in judges}
    policy = parse_policy(document, RESOURCE_POLICY)
    budget = budget or Budget()
    made = worlds(kind, context, policy)
    if not made.complete:
        return {name: Part(None, (), (TOO_OPEN,)) for name in judges}
    in_worlds = [_in_world(world, judges, budget) for world in made.worlds]
    choices = [world.chosen for world in made.worlds]
    return {
        name: merged([parts[name] for parts in in_worlds], choices, lambda symbol: missing(made.unknowns[symbol]))
        for name in judges
    }


def _statements_in(document: Document) -> int:
    statements = document.value.get("Statement") if isinstance(document.value, dict) else None
    return len(statements) if isinstance(statements, list) else 0


def _in_world(world: World, judges: dict[str, Judge], budget: Budget) -> dict[str, Part]:
    try:
        bench = bench_for(world.policy, world.setting, budget)
    except Undecidable as reason:
        return {name: Part(None, (), (Doubt(str(reason)),)) for name in judges}
    return {name: _answer(judge, bench, world) for name, judge in judges.items()}


def _answer(judge: Judge, bench: Bench, world: World) -> Part:
    """Return the answer to one question; that another is beyond judging does not leave it open."""
    try:
        return judge(bench, world)
    except Undecidable as reason:
        return Part(None, (), (Doubt(str(reason)),))
