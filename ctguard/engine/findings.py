"""Put every rule to every resource that it speaks of, and write down what came of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from ctguard.engine.comparison import shown
from ctguard.engine.conditions import evaluate, find
from ctguard.engine.outcome import Break, Context, Outcome
from ctguard.engine.rule import InAccount, Rule
from ctguard.engine.scope import Scope
from ctguard.model.finding import Finding, Leaf, Subject, fingerprint
from ctguard.model.inventory import Inventory
from ctguard.model.logic import Status
from ctguard.model.resource import Resource
from ctguard.model.values import Unknown, Value

PLACEHOLDER: Final = re.compile(r"\{([a-z0-9_.]+)\}")


class Judged(Struct, frozen=True):
    """A finding, with the resource that it speaks of, the values that it lacked, and where its chains end."""

    finding: Finding
    resource: Resource
    rule: Rule
    unknowns: tuple[Unknown, ...]
    breaks: tuple[Break, ...] = ()


def judge_inventory(
    rules: Iterable[Rule],
    inventory: Inventory,
    *,
    everything: bool = False,
    parameters: Mapping[str, Mapping[str, Value]] | None = None,
) -> Iterator[Judged]:
    """Yield a finding for each rule and each resource that it judges.

    `everything` judges all buckets, keys, topics, log groups and alarms, not
    only those that serve a trail. `parameters` holds settings by rule id.
    """
    scope = Scope(inventory, everything=everything)
    twins: Counter[str] = Counter()
    for rule in rules:
        settings = {name: parameter.default for name, parameter in rule.parameters.items()}
        settings |= (parameters or {}).get(rule.id, {})
        for resource in scope.resources(rule):
            one = judge_resource(rule, Context(inventory, resource, settings))
            yield _told_apart(one, twins)


def _told_apart(one: Judged, twins: Counter[str]) -> Judged:
    """Number the findings on resources that nothing tells apart but the input that they are from.

    Two root modules may both name a trail "audit", for two accounts that neither states.
    """
    finding = one.finding
    twins[finding.fingerprint] += 1
    if (number := twins[finding.fingerprint]) == 1:
        return one
    return replace(
        one, finding=replace(finding, fingerprint=fingerprint(finding.rule_id, finding.resource, f"#{number}"))
    )


def judge_resource(rule: Rule, context: Context) -> Judged:
    """Return what `rule` says of the context's resource."""
    outcome = _outcome(rule, replace(context, rule_id=rule.id))
    resource = context.resource
    subject = subject_of(resource)
    decisive = next((leaf.location for leaf in outcome.leaves if leaf.status is outcome.status and leaf.location), None)
    finding = Finding(
        rule_id=rule.id,
        status=outcome.status,
        severity=rule.severity,
        title=rule.title,
        message=_message(rule, outcome, context),
        resource=subject,
        location=decisive or resource.location,
        explanation=outcome.leaves,
        witness=outcome.witness,
        remediation=rule.remediation,
        controls=rule.controls,
        fingerprint=fingerprint(rule.id, subject),
    )
    return Judged(finding, resource, rule, outcome.unknowns, outcome.breaks)


def subject_of(resource: Resource) -> Subject:
    """Return the resource as a finding names it; what is not known of its identity is left out."""
    name = resource.name if resource.name is not None else resource.attributes.get("key_id")
    return Subject(
        type=resource.kind.name,
        address=resource.address,
        members=resource.members,
        name=_known(name),
        arn=_known(resource.arn),
        account_id=_known(resource.account_id),
        region=_known(resource.region),
    )


def _outcome(rule: Rule, context: Context) -> Outcome:
    """Evaluate `when`, then `require`; of a resource that perhaps will not exist neither can be said for certain."""
    if rule.when is not None:
        applies = evaluate(rule.when, context)
        if applies.status is Status.FAIL:
            return Outcome(Status.NOT_APPLICABLE, applies.leaves)
        required = _required(rule, context)
        if applies.status is Status.UNKNOWN and required.status is not Status.PASS:
            return Outcome(Status.UNKNOWN, applies.leaves + required.leaves, applies.unknowns + required.unknowns)
    else:
        required = _required(rule, context)
    exists = context.resource.exists
    if exists is not None and required.status in (Status.PASS, Status.FAIL):
        perhaps = Leaf("exists", "certain", "perhaps", Status.UNKNOWN, str(exists), context.resource.location)
        return Outcome(Status.UNKNOWN, (perhaps, *required.leaves), (exists, *required.unknowns), required.witness)
    return required


def _in_account(rule: Rule, context: Context) -> InAccount | None:
    """Return how the rule judges the context's resource where that is an account in place of its trails."""
    return rule.in_account if context.resource.kind.name == "account" else None


def _required(rule: Rule, context: Context) -> Outcome:
    """Evaluate what is required; of an account in place of its trails, naming those that do not have it."""
    if (in_account := _in_account(rule, context)) is None:
        return evaluate(rule.require, context)
    outcome = evaluate(in_account.require, context)
    seen = context.inventory.follow(context.resource, "seen_trails")
    if outcome.status is not Status.PASS or not isinstance(seen, list):
        return outcome
    trails = [one for one in seen if isinstance(one, Resource)]
    others = ((one, evaluate(rule.require, Context(context.inventory, one, context.parameters))) for one in trails)
    named = [
        replace(leaf, path=f"{trail.address}.{leaf.path}")
        for trail, other in others
        if other.status is not Status.PASS
        for leaf in other.leaves
        if leaf.status is other.status
    ]
    return replace(outcome, leaves=(*outcome.leaves, *named))


def _message(rule: Rule, outcome: Outcome, context: Context) -> str:
    if outcome.status is Status.FAIL:
        in_account = _in_account(rule, context)
        message = rule.message if in_account is None else in_account.message
        return PLACEHOLDER.sub(lambda match: _word(match[1], context), message)
    subject = f"{rule.title}: {context.resource.kind.title} {_name(context.resource)}"
    if outcome.status is Status.UNKNOWN:
        reasons = dict.fromkeys(str(unknown) for unknown in outcome.unknowns)
        return f"{subject}: cannot be known, since {'; '.join(reasons)}" if reasons else f"{subject}: cannot be known"
    return subject


def _word(path: str, context: Context) -> str:
    if path in context.parameters:
        return shown(context.parameters[path])
    if path == "name":
        return _name(context.resource)
    try:
        value = find(path, context).value
        return "(not known)" if isinstance(value, Unknown) else shown(value)
    except (KeyError, StopIteration):
        return f"{{{path}}}"


def _name(resource: Resource) -> str:
    return _known(resource.name) or resource.address


def _known(value: Value) -> str | None:
    return str(value) if isinstance(value, str) and value else None
