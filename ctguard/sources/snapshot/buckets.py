"""Buckets, as the replies of S3 tell them, and the public access block of an account.

Whoever asks gets the same answer about a bucket, or none: what one account was refused another one may tell. Whose a
bucket is, only its owner's answers tell (S3 API Reference, GetBucketPolicy: others get 405; `ExpectedBucketOwner`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from msgspec.structs import replace

from ctguard.model.errors import Fault
from ctguard.model.values import Unknown, Value
from ctguard.model.visible import visible
from ctguard.sources.snapshot.asked import answer, best, is_answer, is_refusal, not_asked
from ctguard.sources.snapshot.facts import Call
from ctguard.sources.snapshot.things import Sight, Thing, fact_names, text_of, thing

HEAD: Final = "s3.HeadBucket"
POLICY: Final = "s3.GetBucketPolicy"
ONE_TIME: Final = "scan snapshots of one time"


def buckets(sight: Sight) -> Iterator[Thing]:
    """Yield each bucket about which somebody asked."""
    for name, calls in _asked_about(sight):
        yield _bucket(sight, name, calls)


def contested(sight: Sight) -> Iterator[Fault]:
    """Yield the buckets of which several accounts were answered as the owner, which at one time cannot be."""
    for name, calls in _asked_about(sight):
        owners = _proven(calls)
        if len(owners) > 1:
            times = sorted({visible(call.time) for call in calls if call.account in owners and call.time})
            when = f", at {' and '.join((times[0], times[-1]))}" if len(times) > 1 else ""
            message = f"bucket {visible(name)}: {_claim(owners)}{when}; {ONE_TIME}"
            yield Fault(POLICY.replace(".", ":"), "failed", message)


def _asked_about(sight: Sight) -> list[tuple[str, list[Call]]]:
    names: dict[str, list[Call]] = {}
    for operation in ("HeadBucket", *fact_names("bucket")):
        for call in sight.asked.calls(f"s3.{operation}"):
            names.setdefault(text_of(call.parameters, "Bucket"), []).append(call)
    return [(name, names[name]) for name in sorted(names) if name]


def _contested(owners: Sequence[str], what: str) -> Unknown:
    return Unknown(what, f"is not known: {_claim(owners)}", ONE_TIME)


def _claim(owners: Sequence[str]) -> str:
    return f"accounts {' and '.join(map(visible, owners))} were answered as its owner"


def _bucket(sight: Sight, name: str, calls: Sequence[Call]) -> Thing:
    owner = _owner(name, calls)
    believed = owner if isinstance(owner, str) else ""
    facts = {one: sight.about(f"s3.{one}", "Bucket", name, owner=believed).fact for one in fact_names("bucket")}
    if len(_proven(calls)) > 1:
        facts = dict.fromkeys(facts, _contested(_proven(calls), f"S3 bucket {name}"))
    seen_by = believed or min(call.account for call in calls)
    address = f"arn:{sight.partition(seen_by)}:s3:::{name}"
    is_present = _is_present(sight, name, calls)
    if is_present is False:
        gone = Unknown(f"S3 bucket {name}", "does not exist", "make it, or name one that exists")
        facts = dict.fromkeys(facts, gone)
    return thing(
        "bucket",
        address,
        facts,
        seen_by=seen_by,
        account=owner,
        region=_region(name, calls),
        told={"name": name, "is_present": is_present},
    )


def _is_present(sight: Sight, name: str, calls: Sequence[Call]) -> Value:
    """Say whether the bucket is there: 404 says that it is not, 403 that it is, and perhaps somebody else's."""
    if any(call.reply is not None and call.failure is None for call in calls):
        return True
    if any(sight.about(f"s3.{call.operation}", "Bucket", name).is_gone for call in calls):
        return False
    heads = [call for call in calls if call.operation == "HeadBucket"]
    if any(is_refusal(call) for call in heads) or any(is_answer(call) for call in calls):
        return True
    return answer(heads, HEAD, name).unread or not_asked(HEAD, name)


def _owner(name: str, calls: Sequence[Call]) -> Value:
    """Return the account whose bucket it is, where an answer proves it."""
    proven = _proven(calls)
    if len(proven) == 1:
        return proven[0]
    if proven:
        return replace(_contested(proven, f"the account that owns bucket {name}"), is_set=True)
    policy = best(call for call in calls if call.operation == "GetBucketPolicy")
    because = answer([policy] if policy else [], POLICY, name).unread
    return Unknown(
        f"the account that owns bucket {name}", "is not known", because.cure if because else "audit again", is_set=True
    )


def _proven(calls: Sequence[Call]) -> list[str]:
    """Return the accounts to which an answer was given that only the owner of the bucket gets."""
    found: dict[bool, set[str]] = {True: set(), False: set()}
    for call in calls:
        expected = text_of(call.parameters, "ExpectedBucketOwner")
        answered = call.failure is None or is_answer(call)
        if answered and (call.operation == "GetBucketPolicy" or expected):
            found[answer([call], POLICY, "").is_gone].add(expected or call.account)
    return sorted(found[False]) or sorted(found[True])[:1]


def _region(name: str, calls: Sequence[Call]) -> Value:
    """Return where the bucket is: as HeadBucket tells it, even when it refuses; else where its other calls went."""
    for call in calls:
        if call.reply and isinstance(region := call.reply.get("BucketRegion"), str):
            return region
    for call in calls:
        if call.operation != "HeadBucket" and (call.failure is None or is_answer(call)):
            return call.region
    return Unknown(f"the region of bucket {name}", "is not known", "grant s3:ListBucket", is_set=True)


def account_blocks(sight: Sight) -> Iterator[Thing]:
    """Yield the public access block of each account; it is in force, whichever policy of the organization set it."""
    for account in sight.accounts:
        told = sight.about("s3control.GetPublicAccessBlock", "AccountId", account)
        address = f"public access block of account {account}"
        yield thing(
            "account_public_access_block",
            address,
            {"GetPublicAccessBlock": told.fact},
            seen_by=account,
        )
