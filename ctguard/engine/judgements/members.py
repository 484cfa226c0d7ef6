"""Judgements on the members of an organization: does its trail reach each of them, who may rule its trails?

Sources: AWS Organizations API Reference (ListAccounts: since September 2026 the state of an account is its State),
CloudTrail User Guide, "Creating a trail for an organization" and "Organization delegated administrator".
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from ctguard.engine.comparison import shown, stands
from ctguard.engine.judgements.moments import moment, observed_at, written
from ctguard.engine.outcome import Context, Outcome
from ctguard.model.finding import Leaf
from ctguard.model.logic import Status, all_hold
from ctguard.model.values import PartialList, Unknown, Value, first_unknown

NOT_LISTED: Final = Unknown(
    "the accounts of the organization", "are not part of this run", "audit the management account"
)
DELIVERED: Final = "delivered_accounts"


def reaches_every_member(context: Context, hours: int) -> Outcome:
    """Each active account of the organization sees the trail, as far as it was asked, and has files in the bucket.

    An account that joined within some hours may not have any yet.
    """
    leaves: list[Leaf] = []
    lacking: list[Unknown] = []
    witness: Mapping[str, Any] | None = None
    for entry in _accounts(context):
        if not isinstance(entry, dict):
            unlisted = first_unknown(entry) or NOT_LISTED
            leaves.append(Leaf("accounts", "all known", "not known", Status.UNKNOWN, str(unlisted)))
            lacking.append(unlisted)
            continue
        active, doubt = stands(entry.get("state"), "is", "ACTIVE")
        if active is Status.FAIL:
            continue
        reached, why, unknown = _reached(entry, context, hours)
        status = Status.UNKNOWN if active is Status.UNKNOWN and reached is not Status.PASS else reached
        leaves.append(Leaf(f"account {shown(entry.get('id'))}", "reached by the trail", why, status))
        lacking += [one for one in (doubt, unknown) if one and status is Status.UNKNOWN]
        if status is Status.FAIL:
            witness = witness or {name: entry[name] for name in ("id", "name") if entry.get(name)}
    status = all_hold(leaf.status for leaf in leaves)
    leaves.sort(key=lambda leaf: leaf.status is not status)
    missing = tuple(dict.fromkeys(lacking)) if status is Status.UNKNOWN else ()
    return Outcome(status, tuple(leaves), missing, witness if status is Status.FAIL else None)


def delegates_only_to(context: Context, accounts: Collection[str]) -> Outcome:
    """Only listed accounts are delegated administrators of CloudTrail."""
    organization, name = context.resource, "delegated_administrators"
    leaves: list[Leaf] = []
    lacking: list[Unknown] = []
    for entry in _entries(organization[name]):
        value = entry.get("id") if isinstance(entry, dict) else entry
        unknown = first_unknown(value)
        status = Status.UNKNOWN if unknown else Status.PASS if value in accounts else Status.FAIL
        expected = f"one of: {', '.join(accounts)}" if accounts else "no delegated administrator"
        leaves.append(Leaf(name, expected, shown(value), status, str(unknown or ""), organization.where(name)))
        lacking += [unknown] if unknown else []
    status = all_hold(leaf.status for leaf in leaves)
    leaves = leaves or [Leaf(name, "only those listed", "none", Status.PASS)]
    return Outcome(status, tuple(leaves), tuple(lacking) if status is Status.UNKNOWN else ())


def _accounts(context: Context) -> Iterator[Value]:
    """Yield the entries of the organization's accounts; unknown ones where they are not all there."""
    trail = context.resource
    found = [one for one in context.inventory.of_kind("organization") if one.unit == trail.unit]
    listed = list(_entries(found[0]["accounts"])) if found else []
    yield from listed or [NOT_LISTED]


def _entries(value: Value) -> Iterator[Value]:
    if isinstance(value, PartialList):
        yield from (*value.items, value.rest)
    elif isinstance(value, list):
        yield from value
    elif value is not None:
        yield value


def _reached(entry: Mapping[str, Value], context: Context, hours: int) -> tuple[Status, str, Unknown | None]:
    """Return whether the trail reaches an account, the words for it, and what is missing to say."""
    trail, member = context.resource, entry.get("id")
    if not isinstance(member, str):
        unnamed = first_unknown(member) or NOT_LISTED
        return Status.UNKNOWN, str(unnamed), unnamed
    evidence = list(_evidence(member, context))
    if not evidence:
        cure = f"audit account {member} too, or grant s3:ListBucket on the log bucket"
        unasked = Unknown(f"whether {trail.address} reaches account {member}", "was not asked", cure)
        return Status.UNKNOWN, str(unasked), unasked
    status = all_hold(one for one, _, _ in evidence)
    why = "; ".join(said for one, said, _ in evidence if one is status)
    unknown = next((one for _, _, one in evidence if one), None)
    if status is Status.FAIL and (young := _just_joined(entry, context, hours)) is not None:
        return Status.UNKNOWN, f"{why}, but {young}", young
    return status, why, unknown if status is Status.UNKNOWN else None


def _evidence(member: str, context: Context) -> Iterator[tuple[Status, str, Unknown | None]]:
    trail = context.resource
    for account in context.inventory.of_kind("account"):
        if account.account_id == member:
            if not isinstance(trail.arn, str):
                yield Status.UNKNOWN, "whether it sees the trail is not known", first_unknown(trail.arn)
                continue
            status, unknown = stands(account["trail_arns"], "contains", str(trail.arn))
            yield status, "it sees the trail" if status is Status.PASS else "it does not see the trail", unknown
    if trail[DELIVERED] is not None:
        status, unknown = stands(trail[DELIVERED], "contains", member)
        yield status, "files are in the bucket" if status is Status.PASS else "no files are in the bucket", unknown


def _just_joined(entry: Mapping[str, Value], context: Context, hours: int) -> Unknown | None:
    """Return why an account may not have had anything to deliver yet."""
    joined, now = moment(entry.get("joined_timestamp"), "joined_timestamp"), observed_at(context)
    if joined is None or isinstance(joined, Unknown):
        return joined
    if not isinstance(now, datetime):
        return now
    if joined <= now - timedelta(hours=hours):
        return None
    return Unknown(f"account {entry.get('id')}", f"joined at {written(joined)}", "look again in a few hours")


LOOKS_AT: Final = {
    "reaches_every_member": frozenset({DELIVERED}),
    "delegates_only_to": frozenset({"delegated_administrators"}),
}
