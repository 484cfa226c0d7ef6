"""Say in words what a policy lets whom do, and why a delivery is refused."""

from __future__ import annotations

from typing import Final

from ctguard.model.values import Unknown
from ctguard.policy import envelope as e
from ctguard.policy.conditions import holds
from ctguard.policy.delivery import Refusal
from ctguard.policy.evaluate import applies, speaks_of_action, speaks_of_resource
from ctguard.policy.excess import Excess
from ctguard.policy.grammar import Policy, Statement
from ctguard.policy.principals import names
from ctguard.policy.request import CLOUDTRAIL, Request, account_of

_NICKNAMES: Final = {CLOUDTRAIL: "CloudTrail", "cloudwatch.amazonaws.com": "CloudWatch"}
RESOURCES: Final = {
    "s3": "the bucket",
    "sns": "the topic",
    "kms": "the key",
    "logs": "the log group",
    "cloudtrail": "the event data store",
}


def why_excess(excess: Excess, service: str) -> str:
    """Return what an excess lets whom do, and what should stand in its way."""
    request = excess.request
    assert request is not None
    caller = who(request)
    more = len(excess.actions) - 1
    also = f" (and {more} more action{'s' if more > 1 else ''})" if more > 0 else ""
    does = f"{caller} may call {request.action}{also}"
    return f"{excess.statement.name} lets too much through: {does}{_but(excess.kind, request, service)}"


def who(request: Request) -> str:
    """Return who makes a request, in words."""
    caller = request.caller
    if caller.type == "Anonymous":
        return "anybody without credentials"
    if caller.type == "Service":
        return f"{caller.id} {_for_whom(request)}"
    return f"{caller.id}"


def _for_whom(request: Request) -> str:
    arn, account = request.context.get("aws:sourcearn"), request.context.get("aws:sourceaccount")
    context = request.context.get("kms:encryptioncontext:aws:cloudtrail:arn")
    for name in (arn, context):
        if isinstance(name, str):
            return f"acting for {name}"
    return f"acting for account {account}" if isinstance(account, str) else "without saying for whom it acts"


def _but(kind: str, request: Request, service: str) -> str:
    what = RESOURCES[service]
    account = account_of(request.caller.id) or request.caller.account
    source = request.context.get("aws:sourcearn")
    if kind == e.UNBOUND and isinstance(source, str) and ":trail/" not in source:
        return f"; {source} is no trail"
    unnamed = f"; the policy names neither account {account} nor its organization, so principals of any account may"
    return {
        e.UNBOUND: (
            f"; no aws:SourceArn, aws:SourceAccount or aws:SourceOrgID binds {CLOUDTRAIL} to own trails,"
            " so that a trail of any other account can use it"
        ),
        e.SERVICE_MORE: f"; CloudTrail does not need that to deliver to {what}",
        e.ANONYMOUS_WRITE: f"; nobody without credentials should change {what}",
        e.PRINCIPAL_WRITE: _only_writer(service),
        e.SERVICE_WRITE: "; no service should administer the key" if service == "kms" else _only_writer(service),
        e.ANONYMOUS_READ: f"; a network, header or address does not replace credentials, so anybody may read {what}",
        e.STRANGER_READ: unnamed,
        e.ADMINISTRATION: "; only the account's root ARN and the named administrators should administer the key",
        e.STRANGER_USE: unnamed,
        e.PUBLIC: f"; strangers can satisfy the statement, so {what} is public",
        e.CROSS_ACCOUNT: f"; account {account} is not the owner's and not on the list",
        e.UNLISTED_READ: "; only those on the list should",
        e.WITHOUT_CONTEXT: "; the encryption context of an own trail is not asked for",
    }[kind]


def _only_writer(service: str) -> str:
    if service == "sns":
        return "; only CloudTrail, services acting for the own account and own principals should"
    return "; only CloudTrail, for own trails, should write or change anything in the bucket"


def why_refused(refusal: Refusal, policy: Policy) -> str:
    """Return what refuses a delivery."""
    delivery = refusal.delivery
    what = f"{_NICKNAMES.get(delivery.caller, delivery.caller)} {delivery.what} ({delivery.action})"
    if refusal.statement is not None:
        return f"{what}: {refusal.statement.name} denies it"
    nearest = _nearest(policy, refusal.request)
    if nearest is None:
        return f"{what}: no statement allows {delivery.caller} to"
    return f"{what}: no statement allows it; {nearest.name} would, but {_obstacle(nearest, refusal.request)}"


def _nearest(policy: Policy, request: Request) -> Statement | None:
    """Return the Allow that speaks of CloudTrail and of the action, yet not of the request."""
    for statement in policy.allows():
        speaks = statement.principals is None or names(statement.principals, request.caller) is True
        if speaks and speaks_of_action(statement, request.action) and applies(statement, request) is not True:
            return statement
    return None


def _obstacle(statement: Statement, request: Request) -> str:
    if speaks_of_resource(statement, request) is not True:
        return f"does not speak of {request.resource}"
    for condition in statement.conditions:
        present = request.present(condition.key)
        if holds(condition, present, request.variable) is not True:
            wanted = " or ".join(str(pattern) for pattern in condition.values[:3])
            asked = f"its condition {condition.written} {condition.shown_key} asks for {wanted}"
            return f"{asked}; the request carries {_shown(present)}"
    return "something about it is not known"


def _shown(present: tuple[str, ...] | Unknown | None) -> str:
    if present is None:
        return "no such key"
    return "what is not known" if isinstance(present, Unknown) else ", ".join(present)
