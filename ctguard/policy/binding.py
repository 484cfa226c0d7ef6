"""Fill the policy variables of a statement, and tell what about a statement is in doubt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from msgspec.structs import replace

from ctguard.model.values import Unknown
from ctguard.policy.conditions import Condition
from ctguard.policy.doubt import Doubt, missing
from ctguard.policy.evaluate import bound_patterns
from ctguard.policy.grammar import Statement
from ctguard.policy.keys import key_info
from ctguard.policy.pattern import Pattern, arn_segments

_NAMING: Final = frozenset(
    ("aws:principalaccount", "aws:principalarn", "aws:principalorgid", "kms:calleraccount", "aws:sourceowner")
)


def variables_of(statement: Statement) -> Iterator[str]:
    """Yield the keys of the policy variables in a statement."""
    for pattern in _patterns(statement):
        for variable in pattern.variables:
            yield variable.key


def bound_to(statement: Statement, values: Mapping[str, str | Unknown]) -> Statement:
    """Return the statement with its variables filled; a text whose variable has no value matches nothing."""
    if not any(True for _ in variables_of(statement)):
        return statement
    return replace(
        statement,
        resources=None
        if statement.resources is None
        else tuple(bound_patterns(statement.resources, values.get, negated=statement.not_resources)),
        conditions=tuple(
            replace(condition, values=_bound(condition.values, values)) for condition in statement.conditions
        ),
    )


def for_unnamed(statement: Statement) -> Statement:
    """Return the statement as it speaks of callers that the policy does not name.

    An account, organization or principal of which only the name is not known is
    named all the same, so it is not theirs; what may be a wildcard stays.
    """
    element = statement.principals
    if element is not None and any(entry.name.unknown for entry in element.entries):
        element = replace(element, entries=tuple(entry for entry in element.entries if _may_be_anybody(entry.name)))
    conditions = tuple(
        replace(condition, values=tuple(one for one in condition.values if not _names_one(one, condition)))
        if condition.key in _NAMING and condition.operator is not None
        else condition
        for condition in statement.conditions
    )
    if element is statement.principals and conditions == statement.conditions:
        return statement
    return replace(statement, principals=element, conditions=conditions)


def _may_be_anybody(name: Pattern) -> bool:
    """Say whether a principal is known, or may turn out to be "*": one that is set (an ARN of something) is not."""
    unknown = name.unknown
    return unknown is None or (len(name.tokens) == 1 and not unknown.is_set)


def _names_one(pattern: Pattern, condition: Condition) -> bool:
    unknowns = [token for token in pattern.tokens if isinstance(token, Unknown)]
    exact = condition.operator is not None and condition.operator.family == "text"
    return bool(unknowns) and (exact or all(unknown.is_set for unknown in unknowns))


def doubts_of(statement: Statement) -> Iterator[Doubt]:
    """Yield what may keep it open whether a statement speaks of a request."""
    if isinstance(statement.effect, Unknown):
        yield missing(statement.effect)
    for condition in statement.conditions:
        yield from _doubts_of_condition(condition)
    for pattern in _patterns(statement):
        if pattern.unknown is not None:
            yield missing(pattern.unknown)
        elif pattern.variables:
            yield Doubt(f"it hangs on the policy variable ${{{pattern.variables[0].written}}}")
    for entry in statement.principals.entries if statement.principals else ():
        if entry.name.unknown is not None:
            yield missing(entry.name.unknown)
    if statement.principals is not None and statement.principals.negated:
        yield Doubt("AWS does not promise whom NotPrincipal excepts when a principal is listed without its account")


def _doubts_of_condition(condition: Condition) -> Iterator[Doubt]:
    if condition.operator is None:
        unknown = next((pattern.unknown for pattern in condition.values if pattern.unknown), None)
        written = Doubt(f"the condition operator {condition.written} is not one that AWS documents")
        yield missing(unknown) if unknown else written
    elif key_info(condition.key) is None:
        yield Doubt(f"the condition key {condition.shown_key} is not one that AWS documents")
    elif any(pattern.segmented and arn_segments(pattern) is None for pattern in condition.values):
        yield Doubt(f"{condition.written} compares {condition.shown_key} with what is no ARN; AWS does not say how")


def _patterns(statement: Statement) -> Iterator[Pattern]:
    yield from statement.actions
    yield from statement.resources or ()
    for condition in statement.conditions:
        yield from condition.values


def _bound(patterns: tuple[Pattern, ...], values: Mapping[str, str | Unknown]) -> tuple[Pattern, ...]:
    bound = (pattern.bind(values.get) for pattern in patterns)
    return tuple(pattern for pattern in bound if pattern is not None)
