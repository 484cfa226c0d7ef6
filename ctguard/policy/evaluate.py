"""Decide one request by one policy, as IAM does.

Small and slow on purpose: everything else that this package says about a policy
is checked against it. A statement applies when its principal, action, resource
and all of its conditions do; an explicit Deny wins; what nothing allows is
denied (IAM User Guide, "Policy evaluation logic"). Only the policy itself is
asked: other policies of the caller may allow more or less.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ctguard.policy import conditions
from ctguard.policy.grammar import Policy, Statement
from ctguard.policy.pattern import Pattern, Truth, all_true, any_true, opposite
from ctguard.policy.principals import names
from ctguard.policy.request import Request


class Decision(NamedTuple):
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
    found = any_true(pattern.matches(action) for pattern in statement.actions)
    return opposite(found) if statement.not_actions else found


def speaks_of_resource(statement: Statement, request: Request) -> Truth:
    """Say whether the Resource or NotResource element speaks of the request's resource."""
    if statement.resources is None:
        return True
    bound = (pattern.bind(request.variable) for pattern in statement.resources)
    found = any_true(_matches(pattern, request.resource) for pattern in bound)
    return opposite(found) if statement.not_resources else found


def _matches(pattern: Pattern | None, resource: str) -> Truth:
    return False if pattern is None else pattern.matches(resource)
