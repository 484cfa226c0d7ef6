"""Which calls an audit makes: those whose replies tell a fact that one of its rules asks for, and what they need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ctguard.engine.facts import ACCOUNT, FactName, facts_of
from ctguard.engine.rule import Rule
from ctguard.model.kinds import KINDS
from ctguard.sources.aws.plan import PLAN
from ctguard.sources.aws.plan.shape import PlannedCall


def calls_for(rules: Iterable[Rule], *, everything: bool = False) -> tuple[PlannedCall, ...]:
    """Return the rows of the call plan that `rules` need; with `everything` what serves no trail is listed too."""
    facts = frozenset().union(*(facts_of(rule) for rule in rules if "live" in rule.inputs))
    names = set().union(*(telling(fact) for fact in facts), ALWAYS)
    names = _with_needs(names)
    kinds = {kind for row in PLAN if row.name in names for kind in _kinds(row)}
    return tuple(
        row for row in PLAN if (everything and not kinds.isdisjoint(row.gives) if row.everything else row.name in names)
    )


ALWAYS = frozenset({"sts.GetCallerIdentity", "ec2.DescribeRegions", "cloudtrail.DescribeTrails"})
"""Who was asked, where, and for which trails: no answer can be read without."""


def telling(fact: FactName) -> frozenset[str]:
    """Return the names of the calls whose replies tell a fact; of several, those on what a link leads to."""
    rows = [row for row in PLAN if not row.everything and _tells(row, fact)]
    if not rows and fact.attribute != ACCOUNT:
        present = f"{fact.kind}.is_present"
        rows = [row for row in PLAN if present in row.gives]
    near = [row for row in rows if fact.behind and fact.behind in _kinds_needed(row)]
    return frozenset(row.name for row in near or rows)


def _tells(row: PlannedCall, fact: FactName) -> bool:
    if f"{fact.kind}.{fact.attribute}" in row.gives:
        return True
    attributes = (one for one in KINDS[fact.kind].attributes if one.name == fact.attribute)
    operations = {spelling.path.partition(":")[0] for one in attributes for spelling in one.spellings("live")}
    return fact.kind in row.gives and row.operation in operations


def _with_needs(names: Iterable[str]) -> set[str]:
    """Return the calls with those that must come before them."""
    found: set[str] = set()
    todo = list(names)
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += [need for row in PLAN if row.name == name for need in row.needs]
    return found


def _kinds_needed(row: PlannedCall) -> frozenset[str]:
    needed = _with_needs(row.needs)
    return frozenset(kind for one in PLAN if one.name in needed for kind in _kinds(one))


def _kinds(row: PlannedCall) -> Iterator[str]:
    return (given.partition(".")[0] for given in row.gives)
