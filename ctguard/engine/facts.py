"""Which facts a rule asks for: the attributes that its conditions, judgements and message read, whoever tells them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from ctguard.engine.findings import PLACEHOLDER
from ctguard.engine.judgements import looks_at
from ctguard.engine.judgements.reads import READS
from ctguard.engine.rule import AllOf, AnyOf, Compare, Condition, Items, Judge, Not, Rule
from ctguard.engine.scope import SERVANTS
from ctguard.model.kinds import KINDS
from ctguard.model.kinds.attribute import Kind, Link

ACCOUNT: Final = "account_id"
"""The account that a resource is of: no attribute of any kind, and still a fact that somebody must tell."""


class FactName(NamedTuple):
    """An attribute of a kind of resource, or its account; `behind` is the kind whose link led to it, if one did."""

    kind: str
    attribute: str
    behind: str = ""


IDENTITY: Final = ("name", "arn")


def facts_of(rule: Rule) -> frozenset[FactName]:
    """Return the facts that `rule` asks of a living account, those that tell which resources it judges included."""
    kind = KINDS[rule.judges("live")]
    whole = rule if rule.in_account is None else rule.in_account
    conditions = [whole.require, *([rule.when] if rule.when is not None else [])]
    found = {FactName(kind.name, name) for name in IDENTITY if _has(kind, name)}
    found |= set(_of_scope(rule))
    found |= {fact for condition in conditions for fact in _of_condition(condition, kind)}
    found |= {fact for path in PLACEHOLDER.findall(whole.message) for fact in _of_path(path, kind)}
    return frozenset(found)


def _of_scope(rule: Rule) -> Iterator[FactName]:
    """Yield what tells whether a resource serves a trail."""
    trail = KINDS["trail"]
    if rule.resource in SERVANTS:
        link = next(one for one in trail.links if one.name == SERVANTS[rule.resource])
        yield FactName("trail", link.by)
    if rule.resource == "alarm":
        yield FactName("trail", "cloud_watch_logs_log_group_arn")
        yield FactName("metric_filter", "metric_transformations")


def _of_condition(condition: Condition, kind: Kind | None) -> Iterator[FactName]:
    match condition:
        case AllOf(conditions) | AnyOf(conditions):
            for one in conditions:
                yield from _of_condition(one, kind)
        case Not(inner):
            yield from _of_condition(inner, kind)
        case Compare(path=path):
            yield from _of_path(path, kind)
        case Items(path, _, where, have):
            yield from _of_path(path, kind)
            inner_kind = _kind_at(path, kind)
            for part in (where, have):
                if part is not None:
                    yield from _of_condition(part, inner_kind)
        case Judge(name):
            for path in looks_at(name):
                yield from _of_path(path, kind)
            for fact in READS.get(name, ()):
                first, _, rest = fact.partition(".")
                yield from _of_path(rest, KINDS[first])


def _of_path(path: str, kind: Kind | None) -> Iterator[FactName]:
    """Yield the attributes that a path reads, those that its links go by included; entries of lists have none."""
    behind = ""
    while kind is not None:
        if path == ACCOUNT or _has(kind, path):
            yield FactName(kind.name, path, behind)
            return
        name, _, path = path.partition(".")
        link = next((one for one in kind.links if one.name == name), None)
        if link is None:
            return
        yield from _of_link(kind, link)
        if not path:
            return
        behind, kind = kind.name, KINDS[link.to]


def _of_link(kind: Kind, link: Link) -> Iterator[FactName]:
    """Yield what it takes to follow a link, and to name what is there."""
    if link.by:
        yield FactName(kind.name, link.by)
        return
    if not link.inverse:
        yield FactName(kind.name, ACCOUNT)
    other = KINDS[link.to]
    yield from (FactName(other.name, name) for name in IDENTITY if _has(other, name))
    if link.inverse:
        yield from _of_link(other, next(one for one in other.links if one.name == link.inverse))


def _kind_at(path: str, kind: Kind | None) -> Kind | None:
    """Return the kind of what a path leads to; None where it leads to a list of entries."""
    while kind is not None and not _has(kind, path):
        name, _, path = path.partition(".")
        link = next((one for one in kind.links if one.name == name), None)
        kind = KINDS[link.to] if link is not None else None
        if not path:
            return kind
    return None


def _has(kind: Kind, attribute: str) -> bool:
    return any(row.name == attribute for row in kind.attributes)
