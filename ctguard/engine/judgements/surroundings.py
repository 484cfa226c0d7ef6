"""What stands around a policy, read off the inventory: for `ctguard.policy` to judge it in.

What the inventory does not show stays unknown there, and a verdict that hangs on
it is not decided. A trail of a central log account lives elsewhere: which trails
may deliver to its bucket is then not known, unless its own policy's account is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from ctguard.model.inventory import Inventory
from ctguard.model.resource import Resource
from ctguard.model.values import Document, Linked, PartialText, Unknown, Value, reference_of, text
from ctguard.policy.context import PolicyContext, Texts

SERVICES: Final = {"bucket": "s3", "topic": "sns", "key": "kms", "event_data_store": "cloudtrail", "log_group": "logs"}
STORES: Final = ("event_data_store", "log_group")
"""What CloudTrail fills without asking its policy."""
ACCOUNT: Final = Unknown("AWS account id", "is not part of the input", "give --account", is_set=True)
REGION: Final = Unknown("AWS region", "is not part of the input", "give --region", is_set=True)
PARTITION: Final = Unknown("AWS partition", "follows from the region, which is not part of the input", is_set=True)
ORGANIZATION: Final = Unknown("organization id", "is not part of the input", is_set=True)


def context_of(resource: Resource, inventory: Inventory, *, trail: Resource | None = None) -> PolicyContext:
    """Return the surroundings of the policy of a bucket, topic or key, for all its trails or for one; or of a store."""
    if resource.kind.name in STORES:
        return _of_store(resource, inventory)
    trails = [trail] if trail is not None else trails_of(resource, inventory)
    account = _account(resource)
    partition = _partition((resource, *trails))
    arn = _arn(resource, partition, account)
    fields = {
        "bucket": {"bucket": _plain(resource.name), "bucket_owner": account},
        "topic": {"topic_arn": arn, "topic_owner": account},
        "key": {"key_arn": arn, "key_owner": account, "key_admins": ()},
    }[resource.kind.name]
    own = text(["arn:", partition, ":s3:::", resource.name]) if resource.kind.name == "bucket" else arn
    told = _told_by_policy(own, resource["policy"])
    known = {
        "partition": partition,
        "account_id": account,
        **fields,
        **_of_trails(resource, trails, inventory),
        "org_id": _organization(resource, inventory),
    }
    same = dict(_same(resource, trails)) | told
    return PolicyContext(
        **{name: _filled(value, told) for name, value in known.items()},
        same={name: _filled(value, told) for name, value in same.items()},
    )


def _of_store(resource: Resource, inventory: Inventory) -> PolicyContext:
    account = _account(resource)
    return PolicyContext(
        partition=_partition((resource,)),
        account_id=account,
        store_arn=_plain(resource.arn),
        store_owner=account,
        trail_arns=(),
        trail_accounts=(),
        log_accounts=(),
        org_id=_organization(resource, inventory),
    )


def _arn(resource: Resource, partition: Value, account: Value) -> Value:
    """Return the ARN of a topic or key; of one that AWS names, at least whose it is."""
    arn = _plain(resource.arn)
    kind = resource.kind.name
    if not isinstance(arn, Unknown) or kind == "bucket" or resource.missing is not None:
        return arn
    region = resource.region if isinstance(resource.region, str) else REGION
    name = resource.name if kind == "topic" else resource["key_id"]
    service, prefix = ("sns", "") if kind == "topic" else ("kms", "key/")
    return text(["arn:", partition, f":{service}:", region, ":", account, f":{prefix}", name])


def _told_by_policy(arn: Value, policy: Value) -> dict[str, str]:
    """Return what unknown parts of a resource's ARN are, as its own policy spells it.

    A resource policy speaks of its own resource: S3 and SNS refuse another one.
    So where it writes out an ARN that agrees with all that is known, that is the
    ARN, and the account and region in it are known too.
    """
    if not isinstance(arn, PartialText) or not isinstance(policy, Document) or not _has_one_hole_a_field(arn):
        return {}
    unknown = [part for part in arn.parts if isinstance(part, Unknown)]
    words = (re.escape(part) if isinstance(part, str) else '([^*?:/"]+)' for part in arn.parts)
    pattern = re.compile("".join(words) + "(?:/.*)?", re.DOTALL)
    matches = [match.groups() for one in _resources(policy.value) if (match := pattern.fullmatch(one))]
    if len(set(matches)) != 1 or any(one.via for one in unknown):
        return {}
    return {one.what: word for one, word in zip(unknown, matches[0], strict=True)}


def _has_one_hole_a_field(arn: PartialText) -> bool:
    """Say whether no field of an ARN has two unknown parts: those can be told apart in many ways, and slowly."""
    holes = 0
    for part in arn.parts:
        holes = holes + 1 if isinstance(part, Unknown) else 0 if ":" in part else holes
        if holes > 1:
            return False
    return True


def _resources(policy: Value) -> Iterator[str]:
    statements = policy.get("Statement") if isinstance(policy, dict) else None
    for statement in statements if isinstance(statements, list) else [statements]:
        written = statement.get("Resource") if isinstance(statement, dict) else None
        yield from (str(one) for one in (written if isinstance(written, list) else [written]) if isinstance(one, str))


def _filled(value: Value, told: dict[str, str]) -> Value:
    """Return a value with the unknowns that are told filled in."""
    if isinstance(value, tuple):
        return tuple(_filled(one, told) for one in value)
    if isinstance(value, Unknown):
        return told.get(value.what, value) if not value.via else value
    if isinstance(value, PartialText):
        return text(_filled(part, told) if isinstance(part, Unknown) else part for part in value.parts)
    return value


def trails_of(resource: Resource, inventory: Inventory) -> list[Resource]:
    """Return the trails that certainly lead to a bucket, topic or key."""
    found = inventory.follow(resource, "trails")
    return [one for one in found if isinstance(one, Resource)] if isinstance(found, list) else []


def _of_trails(resource: Resource, trails: list[Resource], inventory: Inventory) -> dict[str, Value]:
    if not trails:
        elsewhere = Unknown(
            f"the trails that use {resource.address}",
            "are not part of this scan",
            "scan them together with this, or audit the account",
            is_set=True,
        )
        return dict.fromkeys(("trail_arns", "trail_accounts", "log_accounts"), elsewhere)
    accounts = _distinct(_account(trail) for trail in trails)
    organization = _joined(trail["is_organization_trail"] for trail in trails)
    members = Unknown("the organization's accounts", "are not part of this scan", "audit the organization", is_set=True)
    return {
        "trail_arns": _distinct(_plain(trail.arn) for trail in trails),
        "trail_accounts": accounts,
        "log_accounts": accounts if organization is False else members,
        "is_organization_trail": organization,
        "multi_region": _joined(trail["is_multi_region_trail"] for trail in trails),
        "log_file_validation": _joined(trail["log_file_validation_enabled"] for trail in trails),
        "prefix": _only([trail["s3_key_prefix"] for trail in trails]),
        "kms_key_arn": _only([_key_arn(trail, inventory) for trail in trails]),
    }


def _key_arn(trail: Resource, inventory: Inventory) -> Value:
    key = inventory.follow(trail, "key")
    if isinstance(key, Resource):
        return _plain(key.arn)
    return key if isinstance(key, Unknown) else None


def _joined(flags: Iterable[Value]) -> Value:
    """Return whether one of several trails asks for it: what any needs must be allowed."""
    seen = list(flags)
    if any(flag is True for flag in seen):
        return True
    return next((flag for flag in seen if isinstance(flag, Unknown)), False)


def _only(values: list[Value]) -> Value:
    distinct = [value for index, value in enumerate(values) if value not in values[:index]]
    if len(distinct) == 1:
        return _plain(distinct[0])
    return Unknown("the trails", "do not agree in this", "judge them one by one", is_set=True)


def _distinct(values: Iterable[Value]) -> Texts:
    seen: list[Value] = []
    for value in values:
        if value not in seen:
            seen.append(value)
    return tuple(seen)


def _account(resource: Resource) -> Value:
    """Return the account of a resource: its own, else the one in its ARN, else the one that is deployed to."""
    if resource.account_id is not None:
        return _plain(resource.account_id)
    arn = resource.arn
    fields = str(arn).split(":") if isinstance(arn, str) else []
    return fields[4] if len(fields) > 5 and fields[4] else ACCOUNT


def _partition(resources: Iterable[Resource]) -> Value:
    for resource in resources:
        for value in (resource.arn, *(() if resource.kind.name != "trail" else (resource["home_region"],))):
            first = value.parts[0] if isinstance(value, PartialText) else value
            if isinstance(first, str) and first.startswith("arn:") and first.count(":") > 1:
                return first.split(":")[1]
    return PARTITION


def _organization(resource: Resource, inventory: Inventory) -> Value:
    for organization in inventory.of_kind("organization"):
        if organization.unit == resource.unit and isinstance(organization["id"], str):
            return str(organization["id"])
    return ORGANIZATION


def _same(resource: Resource, trails: Iterable[Resource]) -> Iterator[tuple[str, Value]]:
    """Yield what an unknown in the policy stands for, by its name: attributes of the resource and its trails."""
    for one in (resource, *trails):
        for attribute, names in (("name", ("id", "bucket", "name", "Ref")), ("arn", ("arn", "Arn", "TopicArn"))):
            value = one.attributes.get(attribute)
            if value is None or isinstance(value, Unknown):
                continue
            yield from ((f"{one.address}.{name}", _plain(value)) for name in names)
        if one.kind.name == "bucket" and isinstance(one.name, Unknown):
            whole = text(["arn:", _partition((one, *trails)), ":s3:::", one.name])
            yield from ((f"{one.address}.{name}", whole) for name in ("arn", "Arn"))
            yield from ((f"{one.address}.{name}", one.name) for name in ("id", "bucket", "Ref"))


def _plain(value: Value) -> Value:
    """Return a value without the link that it carries: only its text counts here."""
    if isinstance(value, Linked):
        return str(value)
    if isinstance(value, PartialText) and reference_of(value) is not None:
        return PartialText(value.parts)
    return value
