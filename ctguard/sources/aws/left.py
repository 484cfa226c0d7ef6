"""What the calls on one account leave to another account of the same audit.

The key of a trail, a topic, a log group: an ARN says whose they are. A bucket's name does not, and only its owner may
tell more than where it is: one that refused whoever asked is looked for in all the other accounts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from ctguard.sources.aws.failures import DENIED
from ctguard.sources.aws.subjects import FINDERS, Asked, Subject
from ctguard.sources.snapshot.facts import Account, Call


def subjects_left(
    account: Account, calls: list[Call], main_region: str, accounts: Collection[str]
) -> Iterator[Subject]:
    """Yield what replies to `account` name and others of `accounts` have; `calls` are those on the account."""
    elsewhere = frozenset(accounts) - {account.id}
    asked = Asked(account.id, main_region, account.regions or (main_region,), calls, elsewhere)
    for call in calls:
        for finder in FINDERS.get(f"{call.service}.{call.operation}", ()):
            yield from (subject for subject in finder(call, asked) if subject.account in elsewhere)


def buckets_left(calls: Iterable[Call]) -> frozenset[str]:
    """Return the buckets that refused all who asked about them."""
    asked = [call for call in calls if call.service == "s3" and "Bucket" in call.parameters]
    told = {call.parameters["Bucket"] for call in asked if not _is_refused(call) and call.operation != "HeadBucket"}
    return frozenset(call.parameters["Bucket"] for call in asked if _is_refused(call)) - told


def _is_refused(call: Call) -> bool:
    return call.failure is not None and call.failure.code in DENIED
