"""Judgements on whether the bucket that a trail names is there, and whose it is.

Sources: S3 User Guide, "Bucket naming rules" (a name that no bucket bears can be taken by anybody, but for names that
end in -ACCOUNT-REGION-an, which are kept for that account) and AWS Organizations User Guide, "Tasks that SCPs can't
restrict" (nothing in the management account is bound by the organization's policies).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Final

from ctguard.engine.comparison import shown, stands
from ctguard.engine.outcome import Context, Outcome
from ctguard.model.finding import Leaf
from ctguard.model.logic import Status
from ctguard.model.resource import Resource
from ctguard.model.values import PartialList, Unknown, Value, first_unknown

RESERVED: Final = re.compile(r".*-(\d{12})-[a-z0-9-]+-an")
HERE: Final = "is_present"


def is_there(context: Context) -> Outcome:
    """There is a bucket of that name."""
    bucket = context.resource
    status, unknown = stands(bucket[HERE], "is", True)
    said = {Status.PASS: "there", Status.FAIL: "not there", Status.UNKNOWN: "not known"}[status]
    because = _who_could_take(bucket) if status is Status.FAIL else str(unknown or "")
    leaf = Leaf(f"bucket {shown(bucket.name)}", "there", said, status, because, bucket.location)
    return Outcome(status, (leaf,), (unknown,) if unknown and status is Status.UNKNOWN else ())


def belongs_to_expected_account(context: Context, accounts: Collection[str]) -> Outcome:
    """The bucket is in one of the listed accounts; where none is listed, in one that is ours beyond doubt.

    Ours are the accounts of the trails that use it, those of the organization and those of this run. Of another one
    nobody can say whether it is the log archive or a stranger's.
    """
    bucket, owner = context.resource, context.resource.account_id
    if not isinstance(owner, str):
        unknown = first_unknown(owner) or Unknown(f"the owner of bucket {shown(bucket.name)}", "is not known")
        return _owned(bucket, "not known", Status.UNKNOWN, str(unknown), unknown)
    note = _note(bucket, context)
    if accounts:
        return _owned(bucket, owner, Status.PASS if owner in accounts else Status.FAIL, note, expected=accounts)
    if owner in set(_our_accounts(bucket, context)):
        return _owned(bucket, owner, Status.PASS, note)
    unknown = Unknown(
        f"whether account {owner}, which owns bucket {shown(bucket.name)},",
        "is one of yours",
        "list the accounts that may hold logs in the parameter accounts of bucket-owner-account",
    )
    return _owned(bucket, owner, Status.UNKNOWN, str(unknown), unknown)


def _owned(
    bucket: Resource,
    owner: str,
    status: Status,
    because: str,
    unknown: Unknown | None = None,
    expected: Collection[str] = (),
) -> Outcome:
    wanted = f"one of: {', '.join(expected)}" if expected else "an account of ours"
    leaf = Leaf("account", wanted, owner, status, because, bucket.location)
    return Outcome(status, (leaf,), (unknown,) if unknown else ())


def _who_could_take(bucket: Resource) -> str:
    reserved = RESERVED.fullmatch(bucket.name) if isinstance(bucket.name, str) else None
    if reserved is not None:
        return f"only account {reserved[1]} can make a bucket of this name, so no stranger can take it over"
    return "whoever makes a bucket of this name gets the logs"


def _our_accounts(bucket: Resource, context: Context) -> Iterator[Value]:
    inventory = context.inventory
    trails = inventory.follow(bucket, "trails")
    yield from (one.account_id for one in (trails if isinstance(trails, list) else []) if isinstance(one, Resource))
    yield from (one.account_id for one in inventory.of_kind("account"))
    for organization in inventory.of_kind("organization"):
        listed = organization["accounts"]
        entries = listed.items if isinstance(listed, PartialList) else listed if isinstance(listed, list) else []
        yield from (one["id"] for one in entries if isinstance(one, dict) and isinstance(one.get("id"), str))


def _note(bucket: Resource, context: Context) -> str:
    """Say what no policy of the organization can protect."""
    managers = [one["management_account_id"] for one in context.inventory.of_kind("organization")]
    if bucket.account_id in managers:
        return "in the management account, where no policy of the organization (SCP, RCP) can protect it"
    return ""


LOOKS_AT: Final = {"is_there": frozenset({HERE}), "belongs_to_expected_account": frozenset[str]()}
