"""The role by which CloudTrail writes to CloudWatch Logs: whom it trusts, and what it may do.

CloudTrail User Guide, "Role policy document for CloudTrail to use CloudWatch
Logs for monitoring": the service alone assumes it, and it creates log streams
and puts log events into one log group.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from ctguard.model.logic import Status
from ctguard.model.values import Document, PartialText, Unknown, unknowns
from ctguard.policy import envelope as e
from ctguard.policy.actions import Action, action_pattern
from ctguard.policy.budget import Budget
from ctguard.policy.envelope import Clause
from ctguard.policy.evaluate import speaks_of_action
from ctguard.policy.excess import Bench, bench_for, first_allowed
from ctguard.policy.grammar import TRUST_POLICY, Statement, parse_policy
from ctguard.policy.identity import Layer, Stack, Target, none_allowed, shapes_of, stack_of
from ctguard.policy.judgement import Judgement, judgement_of
from ctguard.policy.language import ANY, NAME, Item, Language, find_text, language_of, some, spell
from ctguard.policy.part import Part, Witness, unlike
from ctguard.policy.representatives import symbol_of
from ctguard.policy.request import CLOUDTRAIL
from ctguard.policy.setting import Setting
from ctguard.policy.substitution import substituted
from ctguard.policy.wording import who

_ASSUMING: Final = tuple(
    Action(f"sts:{name}", True) for name in ("AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity")
)
_DELIVERY: Final = ("logs:CreateLogStream", "logs:PutLogEvents")
# What tells a reader most, if a pattern lets it through.
_TELLING: Final = """logs:DeleteLogGroup logs:DeleteLogStream logs:PutRetentionPolicy logs:PutSubscriptionFilter
logs:CreateLogGroup logs:GetLogEvents logs:DescribeLogStreams iam:PassRole sts:AssumeRole s3:GetObject
cloudtrail:StopLogging kms:Decrypt"""
_ANY_ACTION: Final[Language] = spell(*some(NAME), ":", *some(NAME))
_NOBODYS_GROUP: Final = "arn:aws:logs:us-east-1:123456789012:log-group:ctguard-nobody"
_SOME_GROUP: Final = "arn:aws:logs:us-east-1:123456789012:log-group:ctguard-unknown"


def trusts_only_cloudtrail(trust: Document) -> Judgement:
    """Judge whether a role's trust policy lets CloudTrail, and nobody else, assume it."""
    bench = bench_for(parse_policy(trust, TRUST_POLICY), Setting("sts", resource="*"), Budget())
    setting, words = bench.setting, bench.words
    people = e.all_principals(setting, words)
    services = e.other_services(setting, words, e.every_account(setting, words))
    others = _assuming(bench, Clause("trust", (*people, *services), _ASSUMING))
    if others.truth is False:
        return judgement_of(others, "")
    trail = _assuming(bench, Clause("trust", e.any_trail(setting, words), _ASSUMING[:1]))
    if trail.truth is True:
        return replace(judgement_of(Part(False), ""), because=f"the role does not trust {CLOUDTRAIL}")
    if trail.truth is None or others.truth is None:
        return judgement_of(Part(None, (), unlike((*others.doubts, *trail.doubts))), "")
    return judgement_of(Part(True), f"only {CLOUDTRAIL} may assume the role")


def _assuming(bench: Bench, clause: Clause) -> Part:
    """Say whether nobody of a clause may assume the role."""
    found = [one for statement in bench.policy.allows() if (one := first_allowed(bench, statement, clause))]
    witnesses = tuple(
        Witness(one.request, one.statement, "trust", f"{one.statement.name} lets {who(one.request)} assume the role")
        for one in found
        if one.request is not None
    )
    if witnesses:
        return Part(False, witnesses)
    return Part(None if found else True, (), unlike(one.doubt for one in found))


def grants_only_delivery(permissions: Layer, log_group_arn: str | PartialText | Unknown) -> Judgement:
    """Judge whether a role's policies allow nothing but to put log events into one log group."""
    arn, documents = _made_known(log_group_arn, permissions)
    stack = stack_of([documents])
    group = arn.removesuffix(":*")
    inside = (spell(group), spell(group, ":", Item(ANY, loop=True)))
    shapes = shapes_of(stack, None)
    elsewhere = [Target(action, apart_from=inside) for action in _DELIVERY]
    others = [Target(action) for action in _other_actions(stack)]
    part = none_allowed(stack, shapes, [*others, *elsewhere])
    if part.truth is False and not isinstance(log_group_arn, str):
        # Only a group of which nobody has heard is certainly another one than the trail's.
        wide = [Target(action, f"{_NOBODYS_GROUP}:log-stream:any") for action in _DELIVERY]
        if none_allowed(stack, shapes, [*others, *wide]).truth is not False:
            because = "the role names a log group, and which one the trail writes to is not known"
            return Judgement(Status.UNKNOWN, because, unknown=next(unknowns(log_group_arn)))
    return judgement_of(part, f"the role may only put log events into {group}")


def _made_known(arn: str | PartialText | Unknown, documents: Layer) -> tuple[str, list[Document]]:
    """Return the group's ARN and the documents with the same values in place of the parts not known."""
    if isinstance(arn, str):
        return arn, list(documents)
    parts = arn.parts if isinstance(arn, PartialText) else (arn,)
    unknowns = [part for part in parts if isinstance(part, Unknown)]
    values = {symbol_of(one): f"unknown{number}" for number, one in enumerate(unknowns)}
    if isinstance(parts[0], Unknown):
        values[symbol_of(parts[0])] = _SOME_GROUP
    known = "".join(part if isinstance(part, str) else values[symbol_of(part)] for part in parts)
    return known, [substituted(one, lambda unknown: values.get(symbol_of(unknown), unknown)) for one in documents]


def _other_actions(stack: Stack) -> Iterator[str]:
    """Yield actions beside the two that a delivery needs, one at least of every kind that is allowed."""
    denied = [language_of(pattern.upper()) for deny in stack.search.denies for pattern in deny.actions]
    needed = [language_of(action_pattern(name)) for name in _DELIVERY]
    for layer in stack.layers:
        for policy in layer:
            for statement in policy.allows():
                yield from (name for name in _TELLING.split() if speaks_of_action(statement, name) is not False)
                for forbidden in (needed + denied, needed):
                    yield from _beside(statement, forbidden, stack)


def _beside(statement: Statement, forbidden: list[Language], stack: Stack) -> Iterator[str]:
    """Yield an action for each pattern of a statement, or one that a NotAction leaves."""
    patterns = [language_of(pattern.upper()) for pattern in statement.actions]
    groups = [[[_ANY_ACTION]]] if statement.not_actions else [[[_ANY_ACTION], [pattern]] for pattern in patterns]
    for group in groups:
        left_out = forbidden + patterns if statement.not_actions else forbidden
        name = find_text(group, left_out, stack.search.budget)
        if name is not None:
            yield name
