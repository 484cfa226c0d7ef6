"""Decide one request by one policy, as IAM does.

Small and slow on purpose: everything else that this package says about a policy
is checked against it. A statement applies when its principal, action, resource
and all of its conditions do; an explicit Deny wins; what nothing allows is
denied (IAM User Guide, "Policy evaluation logic"). Only the policy itself is
asked: other policies of the caller may allow more or less.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import Struct

from ctguard.model.values import Unknown
from ctguard.policy import conditions
from ctguard.policy.grammar import Policy, Statement
from ctguard.policy.pattern import Lookup, Pattern, Truth, all_true, any_true, opposite
from ctguard.policy.principals import names
from ctguard.policy.request import Request

UNFILLED: Final = Pattern((Unknown("a policy variable", "has no value in NotResource"),))


class Decision(Struct, frozen=True):
    """Whether a request is allowed (None: not decided) and by which statement; no statement means by none."""

    allowed: Truth
    statement: Statement | None = None


def decide(policy: Policy, request: Request) -> Decision:
    """Return what the policy says to the request."""
    found = [(statement, applies(statement, request)) for statement in policy.statements]
    return decision_of(found)


def decision_of(found: Iterable[tuple[Statement, Truth]]) -> Decision:
    """Join what each statement says: one Deny is enough, then one Allow is."""
    allows: list[tuple[Statement, Truth]] = []
    unsure_deny: Statement | None = None
    for statement, truth in found:
        if truth is False:
            continue
        if truth and statement.effect == "Deny":
            return Decision(False, statement)
        if statement.effect != "Allow":
            unsure_deny = unsure_deny or statement
        if statement.effect != "Deny":
            allows.append((statement, truth if statement.effect == "Allow" else None))
    if not allows:
        return Decision(False)
    allowing = next((one for one, truth in allows if truth), None)
    if allowing is None or unsure_deny is not None:
        return Decision(None, unsure_deny or allows[0][0])
    return Decision(True, allowing)


def applies(statement: Statement, request: Request) -> Truth:
    """Say whether a statement speaks of the request."""
    return all_true(_parts(statement, request))


def _parts(statement: Statement, request: Request) -> Iterator[Truth]:
    yield speaks_of_action(statement, request.action)
    yield statement.principals is None or names(statement.principals, request.caller)
    yield speaks_of_resource(statement, request)
    for condition in statement.conditions:
        yield conditions.holds(condition, request.present(condition.key), request.variable)


def speaks_of_action(statement: Statement, action: str) -> Truth:
    """Say whether the Action or NotAction element speaks of an action."""
    return action_among(statement.actions, action, negated=statement.not_actions)


def action_among(actions: Iterable[Pattern], action: str, *, negated: bool) -> Truth:
    """Say whether one of the patterns matches an action, or (`negated`) none does."""
    found = any_true(pattern.matches(action) for pattern in actions)
    return opposite(found) if negated else found


def speaks_of_resource(statement: Statement, request: Request) -> Truth:
    """Say whether the Resource or NotResource element speaks of the request's resource."""
    if statement.resources is None:
        return True
    bound = bound_patterns(statement.resources, request.variable, negated=statement.not_resources)
    found = any_true(pattern.matches(request.resource) for pattern in bound)
    return opposite(found) if statement.not_resources else found


def bound_patterns(patterns: Iterable[Pattern], lookup: Lookup, *, negated: bool) -> Iterator[Pattern]:
    """Yield resources with their variables filled; one whose variable has no value is no resource at all.

    What a NotResource leaves out then, AWS does not say.
    """
    for pattern in patterns:
        bound = pattern.bind(lookup)
        if bound is not None:
            yield bound
        elif negated:
            yield UNFILLED
