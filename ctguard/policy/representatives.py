"""Values that stand for the unknowns which a context has.

Of all values that an account id may have, only those that the policy or the
context names can make a difference, beside one that nobody named. So a fresh
value and the named ones are enough to try.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from msgspec import Struct

from ctguard.model.values import PartialList, PartialMap, PartialText, Unknown
from ctguard.policy.context import PolicyContext, Text
from ctguard.policy.grammar import Policy
from ctguard.policy.request import AWS

ACCOUNT: Final = r"(?<!\d)\d{12}(?!\d)"
ORG: Final = r"\bo-[a-z0-9]{4,32}\b"
_PARTITION: Final = r"\barn:(aws[a-z-]*):"
_BUCKET: Final = r"arn:[^:\"]*:s3:::([^/\"*?]+)"
ARN_OF: Final = {
    "topic": r"arn:[^:\"*?]*:sns:[^:\"*?]*:\d{12}:[^\"*?]+",
    "key": r"arn:[^:\"*?]*:kms:[^:\"*?]*:\d{12}:key/[^\"*?]+",
    "log_group": r"arn:[^:\"*?]*:logs:[^:\"*?]*:\d{12}:log-group:[^:\"*?]+",
    "event_data_store": r"arn:[^:\"*?]*:cloudtrail:[^:\"*?]*:\d{12}:eventdatastore/[^\"*?]+",
    "trail": r"arn:[^:\"*?]*:cloudtrail:[^:\"*?]*:\d{12}:trail/[^\"*?]+",
    "principal": r"arn:[^:\"*?]*:(?:iam|sts)::\d{12}:[^\"*?]+",
}
_SOME_NAME: Final = {
    "topic": "sns:us-east-1:{}:unknown-topic",
    "key": "kms:us-east-1:{}:key/unknown-key",
    "log_group": "logs:us-east-1:{}:log-group:unknown-group",
    "event_data_store": "cloudtrail:us-east-1:{}:eventdatastore/unknown-store",
}
_PARTS_OF_ARN: Final = ("name", "partition", "name", "region", "account", "name")
RESOURCE_OF: Final = {
    "s3": "bucket",
    "sns": "topic",
    "kms": "key",
    "logs": "log_group",
    "cloudtrail": "event_data_store",
}
"""What the policies of each service stand at."""
_FIELD: Final = {"s3": "bucket", "sns": "topic_arn", "kms": "key_arn"}
RESOURCE_FIELD: Final = {kind: _FIELD.get(kind, "store_arn") for kind in RESOURCE_OF}
_OWNER: Final = {"s3": "bucket_owner", "sns": "topic_owner", "kms": "key_owner"}
OWNER_FIELD: Final = {kind: _OWNER.get(kind, "store_owner") for kind in RESOURCE_OF}
OF_OWNER: Final = "{owner}"
"""Stands in a fresh ARN for the account of its owner."""
NOBODYS_ACCOUNT: Final = "100000000001"
_GIVEN_BY_NOBODY: Final = "context."

Symbol: TypeAlias = tuple[str, str]
"""What an unknown is called: its `what` and the computation since."""


class Names(Struct, frozen=True):
    """All texts of a policy, to look for names in, and whether it tests organizations at all."""

    text: str
    tests_orgs: bool


def symbol_of(unknown: Unknown) -> Symbol:
    """Return what identifies the value that an unknown stands for."""
    return unknown.what, unknown.via


def representatives(kind: str, context: PolicyContext, policy: Policy, names: Names) -> dict[Symbol, list[str | None]]:
    """Return the values to try for each unknown in what decides about requests."""
    accounts = [*re.findall(ACCOUNT, names.text), *_known_accounts(context)]
    chosen: dict[Symbol, list[str | None]] = {}
    fresh: list[str] = []
    for number, (unknown, what) in enumerate(typed_unknowns(kind, context, policy)):
        symbol = symbol_of(unknown)
        if symbol in chosen:
            continue
        if what == "account":
            fresh.append(fresh_account(names.text, number))
            chosen[symbol] = list(dict.fromkeys([*reversed(fresh), *accounts]))
        elif what == "org":
            chosen[symbol] = list(dict.fromkeys(_orgs(unknown, names)))
        elif what == "partition":
            chosen[symbol] = list(_partitions(context, names.text))
        elif what == "bucket":
            chosen[symbol] = [f"unknown-bucket-{number}", *dict.fromkeys(re.findall(_BUCKET, names.text))]
        elif what in ARN_OF:
            arns = _some_arns(what, context, fresh, names.text, number)
            chosen[symbol] = list(dict.fromkeys([*arns, *re.findall(ARN_OF[what], names.text)]))
        else:
            some = f"us-east-{number + 3}" if what == "region" else f"unknown-name-{number}"
            chosen[symbol] = [some, *dict.fromkeys(_told_by_policy(symbol, kind, context, names.text))]
    return chosen


def _told_by_policy(symbol: Symbol, kind: str, context: PolicyContext, text: str) -> Iterator[str]:
    """Yield what an unknown part of a name or ARN would be if the policy, naming one like it, names this one."""
    trails = () if isinstance(context.trail_arns, Unknown) else context.trail_arns
    for value in (getattr(context, RESOURCE_FIELD[kind]), *trails):
        if not isinstance(value, PartialText):
            continue
        symbols = [symbol_of(part) for part in value.parts if isinstance(part, Unknown)]
        pattern = "".join(re.escape(part) if isinstance(part, str) else r"([^\":]*)" for part in value.parts)
        for found in re.finditer(pattern, text):
            yield from (
                word.replace("*", "").replace("?", "x")
                for one, word in zip(symbols, found.groups(), strict=True)
                if one == symbol and word
            )


def typed_unknowns(kind: str, context: PolicyContext, policy: Policy) -> Iterator[tuple[Unknown, str]]:
    """Yield the unknowns that are one value wherever they stand, with the kind of value that each stands for.

    These are the context's, and of the policy the principals that are somebody
    (a role's ARN, an account), only not known whose.
    """
    resource = getattr(context, RESOURCE_FIELD[kind])
    yield from _in(resource, RESOURCE_OF[kind])
    for name in (OWNER_FIELD[kind], "account_id"):
        # An owner that nobody gave matters only to topics and keys whose ARN does not tell it.
        owner = getattr(context, name)
        tells = kind == "s3" or isinstance(resource, str) or name == "account_id"
        if isinstance(owner, Unknown) and not (tells and owner.what.startswith(_GIVEN_BY_NOBODY)):
            yield owner, "account"
    yield from _in(context.partition, "partition")
    yield from _in(context.org_id, "org")
    yield from _in_all(context.trail_arns, "trail")
    yield from _in_all(context.trail_accounts, "account")
    yield from _in_all(context.log_accounts, "account")
    if kind == "kms":
        yield from _in_all(context.key_admins, "principal")
    for statement in policy.statements:
        for entry in statement.principals.entries if statement.principals else ():
            parts = tuple(token for token in entry.name.tokens if isinstance(token, str | Unknown))
            unknowns = [part for part in parts if isinstance(part, Unknown)]
            if entry.type == AWS and unknowns and all(unknown.is_set for unknown in unknowns):
                yield from _in(unknowns[0] if len(parts) == 1 else PartialText(parts), "principal")


def _in_all(values: tuple[Text, ...] | Unknown, what: str) -> Iterator[tuple[Unknown, str]]:
    for value in () if isinstance(values, Unknown) else values:
        yield from _in(value, what)


def _in(value: Any, what: str) -> Iterator[tuple[Unknown, str]]:
    """Yield the unknowns of one text; in an ARN each stands for what has its place there."""
    if isinstance(value, Unknown):
        yield value, what
    if not isinstance(value, PartialText):
        return
    colons = 0
    for part in value.parts:
        if isinstance(part, str):
            colons += part.count(":")
        else:
            yield part, _PARTS_OF_ARN[min(colons, 5)] if what in ARN_OF else "name"


def _orgs(unknown: Unknown, names: Names) -> Iterator[str | None]:
    if unknown.what.startswith(_GIVEN_BY_NOBODY) and not names.tests_orgs:
        yield None
        return
    yield _fresh_org(names.text)
    if not unknown.is_set:
        yield None
    yield from re.findall(ORG, names.text)


def _some_arns(what: str, context: PolicyContext, fresh: list[str], text: str, number: int) -> list[str]:
    """Return fresh ARNs of a kind: of a topic or key in its owner's account, of others in every own one and another."""
    partition = next(_partitions(context, text))
    if what in _SOME_NAME:
        return [f"arn:{partition}:{_SOME_NAME[what].format(OF_OWNER)}"]
    trail_accounts = () if isinstance(context.trail_accounts, Unknown) else context.trail_accounts
    own = [one for one in (*trail_accounts, context.account_id) if isinstance(one, str)]
    if what == "trail":
        accounts = own or fresh[:1] or [fresh_account(text, number)]
        return [f"arn:{partition}:cloudtrail:us-east-1:{one}:trail/unknown-trail-{number}" for one in accounts]
    owners = [one for one in (context.bucket_owner, context.topic_owner, context.key_owner) if isinstance(one, str)]
    somebody = dict.fromkeys([OF_OWNER, *owners, *own, *fresh, fresh_account(text, number)])
    return [f"arn:{partition}:iam::{one}:role/unknown-role-{number}" for one in somebody]


def _partitions(context: PolicyContext, text: str) -> Iterator[str]:
    if isinstance(context.partition, str):
        yield context.partition
        return
    trails = () if isinstance(context.trail_arns, Unknown) else context.trail_arns
    known = [arn.split(":")[1] for arn in (*trails, context.topic_arn, context.key_arn) if isinstance(arn, str)]
    yield from known[:1] or dict.fromkeys([*re.findall(_PARTITION, text), "aws"])


def _known_accounts(context: PolicyContext) -> Iterator[str]:
    lists = [() if isinstance(one, Unknown) else one for one in (context.trail_accounts, context.log_accounts)]
    owners = (context.account_id, context.bucket_owner, context.topic_owner, context.key_owner)
    return (account for account in (*lists[0], *lists[1], *owners) if isinstance(account, str))


def fresh_account(text: str, number: int) -> str:
    """Return an account id that does not stand in `text`, another one for each number."""
    return next(one for step in range(10**6) if (one := f"{120000000000 + 100 * step + number}") not in text)


def _fresh_org(text: str) -> str:
    return next(one for step in range(10**6) if (one := f"o-unknown{step:04}") not in text)


def filled(value: Any, choice: Mapping[Symbol, str | None]) -> str | None:
    """Return a text with its unknowns filled, or None where there is none or a part stays unknown."""
    if isinstance(value, Unknown):
        return choice.get(symbol_of(value))
    if isinstance(value, PartialText):
        parts = [part if isinstance(part, str) else choice.get(symbol_of(part)) for part in value.parts]
        return None if None in parts else "".join(part for part in parts if part is not None)
    return None if value is None else str(value)


def names_in(policy: Policy) -> Names:
    """Return the texts of a policy."""
    found: list[str] = []
    level: list[Any] = [policy.document.value]
    while level:
        for item in level:
            if isinstance(item, str):
                found.append(item)
            elif isinstance(item, PartialText):
                found.append("".join(one for one in item.parts if isinstance(one, str)))
        level = [child for item in level for child in _children(item)]
    tests_orgs = any("org" in condition.key for statement in policy.statements for condition in statement.conditions)
    return Names('"' + '"'.join(found) + '"', tests_orgs)


def _children(item: Any) -> Iterable[Any]:
    if isinstance(item, dict):
        return item.values()
    if isinstance(item, list):
        return item
    if isinstance(item, PartialList):
        return item.items
    return item.items.values() if isinstance(item, PartialMap) else ()
