"""Find what a policy allows beyond its envelope: one request for each statement and clause."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from ctguard.policy.actions import BUCKET, OBJECT, Action, actions_of
from ctguard.policy.budget import Budget, Undecidable
from ctguard.policy.callers import Shape
from ctguard.policy.domain import Chooser
from ctguard.policy.doubt import Doubt
from ctguard.policy.envelope import Clause, clauses
from ctguard.policy.evaluate import action_among
from ctguard.policy.grammar import Policy, Statement
from ctguard.policy.language import ANY, Language, some, spell
from ctguard.policy.pattern import Truth
from ctguard.policy.principals import Principals
from ctguard.policy.request import AWS, Request, account_of
from ctguard.policy.search import Question, Search
from ctguard.policy.setting import Setting
from ctguard.policy.vocabulary import Vocabulary, vocabulary

_known_among: Final = lru_cache(maxsize=16_384)(action_among)
"""The same few elements are asked about the same actions, by every clause and in every policy."""


class Excess(Struct, frozen=True):
    """A request that a statement allows and a clause of the envelope forbids.

    `request` is None where the excess is possible only, and `doubt` says on what it hangs.
    """

    statement: Statement
    kind: str
    request: Request | None
    doubt: Doubt | None = None
    actions: tuple[str, ...] = ()


class Bench(Struct, frozen=True):
    """Everything that questions about one policy in one setting share."""

    policy: Policy
    setting: Setting
    words: Vocabulary
    actions: tuple[Action, ...]
    search: Search


def bench_for(policy: Policy, setting: Setting, budget: Budget) -> Bench:
    """Prepare for questions about a policy; raises Undecidable or Exhausted where it is beyond judging."""
    budget.spend(len(policy.statements))
    words = vocabulary(policy.statements)
    setting = replace(setting, stranger_org=words.strange_org([setting.org_id] if setting.org_id else []))
    patterns = [pattern for statement in policy.statements for pattern in statement.actions]
    search = Search(
        tuple(policy.denies()),
        words.keys - {""},
        setting,
        budget,
        Chooser(True, budget, {}),
        Chooser(False, budget, {}),
    )
    return Bench(policy, setting, words, actions_of(setting.service, patterns), search)


def excesses(bench: Bench) -> Iterator[Excess]:
    """Yield an excess for each statement and kind, possible ones too, in the order of statements and clauses."""
    forbidden = clauses(bench.setting, bench.words, bench.actions)
    for statement in bench.policy.allows():
        kinds: dict[str, Excess] = {}
        for clause in forbidden:
            known = kinds.get(clause.kind)
            if known is None or known.request is None:
                found = first_allowed(bench, statement, clause)
                if found is not None and (known is None or found.request is not None):
                    kinds[clause.kind] = found
        yield from kinds.values()


def first_allowed(bench: Bench, statement: Statement, clause: Clause) -> Excess | None:
    """Return a request of the clause that the statement allows, else one that it may allow."""
    possible: Excess | None = None
    try:
        spoken = [one for one in clause.actions if _speaks(bench, statement, one) is not False]
        element = statement.principals
        by_name = () if element is None or element.everyone else clause.by_name
        shapes = tuple(_spoken_of(element, (*clause.shapes, *by_name))) if spoken else ()
        for action in _told_apart(bench, statement, clause, spoken):
            for shape in shapes:
                question = Question(shape, action.name, resources_of(bench.setting, action), clause.also(action))
                answer = bench.search.ask([statement], question)
                if answer.allowed:
                    return Excess(statement, clause.kind, answer.request, None, tuple(one.name for one in spoken))
                if answer.allowed is None and possible is None:
                    possible = Excess(statement, clause.kind, None, answer.doubt)
    except Undecidable as reason:
        return possible or Excess(statement, clause.kind, None, Doubt(str(reason)))
    return possible


def _spoken_of(element: Principals | None, shapes: Iterable[Shape]) -> Iterator[Shape]:
    """Yield the shapes that a Principal element may speak of: a quick look that spares most questions."""
    if element is None or element.everyone or element.negated:
        yield from shapes
        return
    names = {(entry.type, entry.name.literal) for entry in element.entries}
    open_types = {kind for kind, name in names if name is None}
    accounts = {account_of(name) for kind, name in names if kind == AWS and name is not None}
    for shape in shapes:
        by_account = shape.type == AWS and shape.account is not None and shape.account in accounts
        if shape.type in open_types or AWS in open_types or by_account or (shape.type, shape.id) in names:
            yield shape


def resources_of(setting: Setting, action: Action) -> tuple[Language, ...]:
    """Return the resources, of those that the policy stands at, that an action can be asked for on."""
    itself = spell(setting.resource)
    if setting.service == "logs":
        # The streams of a group are below its own ARN, and most actions are asked for there.
        return (itself, spell(setting.resource, ":", *some(ANY)))
    if setting.service != "s3":
        return (itself,)
    any_object = spell(setting.resource, "/", *some(ANY))
    return {BUCKET: (itself,), OBJECT: (any_object,)}.get(action.on, (itself, any_object))


def _told_apart(bench: Bench, grant: Statement, clause: Clause, actions: Sequence[Action]) -> Iterator[Action]:
    """Yield the first of the actions that the grant, all Denies and the clause treat alike."""
    seen: set[tuple[object, ...]] = set()
    for action in actions:
        alike = (
            action.on,
            clause.also(action),
            *(_speaks(bench, one, action) for one in (grant, *bench.search.denies)),
        )
        if alike not in seen:
            seen.add(alike)
            yield action


def _speaks(bench: Bench, statement: Statement, action: Action) -> Truth:
    bench.search.budget.spend(1)
    return _known_among(statement.actions, action.name, negated=statement.not_actions)
