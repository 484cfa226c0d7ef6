"""What no policy around a trail may allow, request by request: the definition in its plainest form.

Written a second time, for single requests, so that the analysis over all
requests has something to be compared with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from ctguard.policy.actions import KEY_ADMINISTRATION, KEY_USE, known_actions
from ctguard.policy.grammar import Policy, Statement
from ctguard.policy.principals import named_account
from ctguard.policy.request import CLOUDTRAIL, Request, account_of

READS = {
    service: {action.name.lower() for action in known_actions(service) if not action.writes}
    for service in ("s3", "sns", "kms")
}


@dataclass(frozen=True)
class Named:
    """The accounts and organizations that a policy names."""

    accounts: frozenset[str]
    orgs: frozenset[str]


def is_outside(kind: str, request: Request, context: Mapping[str, Any], named: Named) -> bool:
    return {"s3": _outside_bucket, "sns": _outside_topic, "kms": _outside_key}[kind](request, context, named)


def granted_directly(policy: Policy, owner: str) -> Policy:
    """Return a key policy without what it leaves to its own account: the root's ARN grants nothing by itself."""
    return replace(policy, statements=tuple(_directly(statement, owner) for statement in policy.statements))


def _directly(statement: Statement, owner: str) -> Statement:
    element = statement.principals
    if statement.effect != "Allow" or element is None or element.negated or element.everyone:
        return statement
    kept = tuple(entry for entry in element.entries if named_account(entry.name.literal or "") != owner)
    return replace(statement, principals=replace(element, entries=kept))


def stands_for_its_account(request: Request, context: Mapping[str, Any]) -> bool:
    """Say whether a service's call passes for one of the own account, as in the policy that SNS gives a new topic."""
    return request.caller.type == "Service" and request.context.get("aws:sourceowner") == context.get("topic_owner")


def _is_own_trail(arn: Any, context: Mapping[str, Any]) -> bool:
    return isinstance(arn, str) and ":trail/" in arn and account_of(arn) in context["trail_accounts"]


def is_bound(request: Request, context: Mapping[str, Any], *, by_key: bool = False) -> bool:
    """Say whether a call of CloudTrail is for an own trail, as far as its keys tell."""
    arns = [request.context.get("aws:sourcearn")]
    if by_key:
        arns.append(request.context.get("kms:encryptioncontext:aws:cloudtrail:arn"))
    if any(_is_own_trail(arn, context) for arn in arns):
        return True
    if request.context.get("aws:sourceaccount") in context["trail_accounts"]:
        return True
    return context["org_id"] is not None and request.context.get("aws:sourceorgid") == context["org_id"]


def _is_stranger(request: Request, named: Named, context: Mapping[str, Any]) -> bool:
    if request.caller.type != "AWS":
        return False
    org = request.context.get("aws:principalorgid")
    account = request.caller.account
    own = {context.get("bucket_owner"), context.get("topic_owner"), context.get("key_owner")}
    return account not in named.accounts | own and (org is None or org not in named.orgs)


def _outside_bucket(request: Request, context: Mapping[str, Any], named: Named) -> bool:
    if request.action.lower() in READS["s3"]:
        return request.caller.type == "Anonymous" or _is_stranger(request, named, context)
    if request.caller.id != CLOUDTRAIL:
        return True
    return request.action.lower() != "s3:putobject" or not is_bound(request, context)


def _outside_topic(request: Request, context: Mapping[str, Any], named: Named) -> bool:
    owner = context["topic_owner"]
    action = request.action.lower()
    if action in READS["sns"]:
        return request.caller.type == "Anonymous" or _is_stranger(request, named, context)
    if request.caller.type == "AWS":
        return request.caller.account != owner
    if request.caller.type != "Service" or action != "sns:publish":
        return True
    if request.caller.id == CLOUDTRAIL:
        return not is_bound(request, context)
    source = request.context.get("aws:sourcearn")
    keys = (request.context.get("aws:sourceaccount"), request.context.get("aws:sourceowner"))
    return not (owner in keys or (isinstance(source, str) and account_of(source) == owner))


def _outside_key(request: Request, context: Mapping[str, Any], named: Named) -> bool:
    grants_for_services = request.context.get("kms:grantisforawsresource") == "true"
    use = {name.lower() for name in KEY_USE}
    administration = {name.lower() for name in KEY_ADMINISTRATION}
    action = request.action.lower()
    administers = action in administration and not (action == "kms:creategrant" and grants_for_services)
    if request.caller.type == "Service":
        if request.caller.id == CLOUDTRAIL and action in use and not is_bound(request, context, by_key=True):
            return True
        return administers
    if request.caller.type == "Anonymous":
        return False
    if _is_stranger(request, named, context) and (action in use or action == "kms:creategrant"):
        return True
    root = f"arn:aws:iam::{context['key_owner']}:root"
    return administers and request.caller.id not in (root, *context["key_admins"])
