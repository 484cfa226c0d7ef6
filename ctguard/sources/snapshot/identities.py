"""Roles and IAM policies, as the replies of IAM tell them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from ctguard.model.values import PartialList, Unknown, Value
from ctguard.sources.snapshot.asked import Answer, answer
from ctguard.sources.snapshot.facts import Call
from ctguard.sources.snapshot.things import Sight, Thing, arn_fields, entries, listed, text_of, thing

ROLE: Final = "iam.GetRole"
DETAILS: Final = "iam.GetAccountAuthorizationDetails"
VERSION: Final = "iam.GetPolicyVersion"
HOLDERS: Final = {
    "UserDetailList": ("UserName", "UserPolicyList"),
    "GroupDetailList": ("GroupName", "GroupPolicyList"),
    "RoleDetailList": ("RoleName", "RolePolicyList"),
}
"""The lists of those who hold inline policies, with the members that name them and list the policies."""


def roles(sight: Sight) -> Iterator[Thing]:
    """Yield each role about which somebody asked."""
    named = dict(_named_by_trails(sight))
    asked = {(call.account, text_of(call.parameters, "RoleName")): call for call in sight.asked.calls(ROLE)}
    for (account, name), call in sorted(asked.items()):
        told = _of_role(sight, "GetRole", account, name)
        role = (call.reply or {}).get("Role")
        own = text_of(role, "Arn") if isinstance(role, dict) else ""
        arn = own or named.get((account, name)) or f"arn:{sight.partition(account)}:iam::{account}:role/{name}"
        attached = _of_role(sight, "ListAttachedRolePolicies", account, name).fact
        facts = {"GetRole": told.fact, "ListAttachedRolePolicies": attached}
        inline = _inline_policies(sight, account, name)
        if told.is_gone:
            inline = Unknown(f"IAM role {arn}", "does not exist", "name a role that exists")
            facts = dict.fromkeys(facts, inline)
        is_present = False if told.is_gone else told.fact if isinstance(told.fact, Unknown) else True
        known = {"name": name, "is_present": is_present, "inline_policies": inline}
        yield thing("role", arn, facts, seen_by=account, told=known)


def _named_by_trails(sight: Sight) -> Iterator[tuple[tuple[str, str], str]]:
    for call in sight.asked.calls("cloudtrail.DescribeTrails"):
        for entry in entries(call, "trailList"):
            arn = text_of(entry, "CloudWatchLogsRoleArn")
            yield (arn_fields(arn)[1], arn.rpartition("/")[2]), arn


def _of_role(sight: Sight, operation: str, account: str, name: str, **given: Any) -> Answer:
    calls = sight.asked.calls(f"iam.{operation}", account, given={"RoleName": name, **given})
    return answer(calls, f"iam.{operation}", f"role {name} of account {account}")


def _inline_policies(sight: Sight, account: str, name: str) -> Value:
    names = _of_role(sight, "ListRolePolicies", account, name)
    found = names.fact.get("PolicyNames") if isinstance(names.fact, dict) else []
    each = found.items if isinstance(found, PartialList) else found if isinstance(found, list) else []
    policies = [_of_role(sight, "GetRolePolicy", account, name, PolicyName=one).fact for one in each]
    return listed(policies, names.unread)


def iam_policies(sight: Sight) -> Iterator[Thing]:
    """Yield the managed policies about which somebody asked, and all policies of accounts that were asked for them."""
    found: dict[str, Thing] = {}
    for call in sight.asked.calls(VERSION):
        arn = text_of(call.parameters, "PolicyArn")
        found.setdefault(arn, _managed(sight, arn, sight.about(VERSION, "PolicyArn", arn).fact, call))
    for call in sight.asked.calls(DETAILS):
        for entry in entries(call, "Policies"):
            arn = text_of(entry, "Arn")
            found.setdefault(arn, _managed(sight, arn, _default_version(entry), call))
        for one in _inline(call):
            found.setdefault(one.address, one)
    yield from (found[address] for address in sorted(found))


def _managed(sight: Sight, arn: str, fact: Value, call: Call) -> Thing:
    """Return a managed policy; those of AWS are the same in all accounts, and nobody's to judge."""
    _, owner, _ = arn_fields(arn)
    return thing(
        "iam_policy",
        arn,
        {"GetPolicyVersion": fact},
        seen_by=call.account,
        told={"name": arn.rpartition("/")[2], "roles": []},
        is_judged=owner != "aws",
    )


def _default_version(entry: dict[str, Any]) -> Value:
    listed = entry.get("PolicyVersionList")
    if listed is not None and not _are_entries(listed):
        return _malformed("PolicyVersionList", text_of(entry, "Arn"))
    versions = [one for one in listed or () if one.get("IsDefaultVersion")]
    return {"PolicyVersion": versions[0]} if versions else {}


def _are_entries(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)


def _malformed(name: str, subject: str) -> Unknown:
    return Unknown(f"{name} of {subject}", "is not what AWS says", "audit again")


def _inline(call: Call) -> Iterator[Thing]:
    for kind, (holder, policies) in HOLDERS.items():
        for entity in entries(call, kind):
            listed = entity.get(policies)
            if listed is not None and not _are_entries(listed):
                yield _inline_policy(call, entity, holder, {}, _malformed(policies, text_of(entity, "Arn")))
                continue
            for policy in listed or ():
                yield _inline_policy(call, entity, holder, policy, {"Document": policy.get("PolicyDocument")})


def _inline_policy(call: Call, entity: dict[str, Any], holder: str, policy: dict[str, Any], version: Value) -> Thing:
    """Return an inline policy of a user, group or role."""
    name = text_of(policy, "PolicyName")
    return thing(
        "iam_policy",
        f"{text_of(entity, 'Arn')} inline policy {name}",
        {"GetPolicyVersion": {"PolicyVersion": version}},
        seen_by=call.account,
        told={
            "name": f"{text_of(entity, holder)}/{name}",
            "arn": None,
            "roles": [text_of(entity, "RoleName")] if holder == "RoleName" else [],
        },
    )
