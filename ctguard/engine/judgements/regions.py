"""Judgements on regions: of a key and its buckets, of a trail and the services that have no region.

Sources: CloudTrail User Guide, "Encrypting CloudTrail log files" (the key must be in the bucket's region) and
"CloudTrail concepts", "Global service events" (since November 2021 they are recorded in one region).
"""

from __future__ import annotations

from typing import Final

from ctguard.coverage.trails import GLOBAL_REGIONS
from ctguard.engine.comparison import shown, stands
from ctguard.engine.outcome import Context, Outcome
from ctguard.model.finding import Leaf
from ctguard.model.logic import Status, all_hold
from ctguard.model.resource import Resource
from ctguard.model.values import PartialText, Unknown, Value

OTHER_PARTITIONS: Final = ("cn-", "us-gov-", "us-iso", "eu-isoe-", "eusc-")
NOT_STATED: Final = Unknown("AWS region", "is not part of the input", "set the provider's region, or audit the account")


def in_region_of_its_buckets(context: Context) -> Outcome:
    """The key is in the region of every bucket to which a trail delivers under it."""
    key = context.resource
    leaves: list[Leaf] = []
    lacking: list[Unknown] = []
    trails = context.inventory.follow(key, "trails")
    for trail in trails if isinstance(trails, list) else []:
        if isinstance(trail, Unknown):
            leaves.append(Leaf("trails", "all known", "perhaps one more", Status.UNKNOWN, str(trail)))
            lacking.append(trail)
            continue
        bucket = context.inventory.follow(trail, "bucket")
        if not isinstance(bucket, Resource):
            missing = (
                bucket if isinstance(bucket, Unknown) else Unknown(f"{trail.address}.s3_bucket_name", "is not set")
            )
            leaves.append(Leaf(f"{trail.address}.bucket", "a bucket", "not known", Status.UNKNOWN, str(missing)))
            lacking.append(missing)
            continue
        status, unknown = same_region(key, bucket)
        lacking += [unknown] if unknown else []
        here, there = shown(region_of(key)), shown(region_of(bucket))
        where = trail.where("kms_key_id")
        leaves.append(Leaf(f"region, for {bucket.address}", there, here, status, str(unknown or ""), where))
    return Outcome(all_hold(leaf.status for leaf in leaves), tuple(leaves), tuple(dict.fromkeys(lacking)))


def in_region_of_global_services(context: Context) -> Outcome:
    """The trail's home region is the one where events of global services are recorded.

    AWS documents that region for its commercial partition; elsewhere nobody can say.
    """
    trail = context.resource
    home = trail["home_region"]
    status, unknown = stands(home, "is", GLOBAL_REGIONS["aws"])
    if isinstance(home, str) and home.startswith(OTHER_PARTITIONS):
        status = Status.UNKNOWN
        unknown = Unknown(f"{trail.address}.home_region", "is in a partition whose global region AWS does not document")
    because = str(unknown) if unknown else ""
    leaf = Leaf("home_region", GLOBAL_REGIONS["aws"], shown(home), status, because, trail.where("home_region"))
    return Outcome(status, (leaf,), (unknown,) if unknown and status is Status.UNKNOWN else ())


def same_region(one: Resource, other: Resource) -> tuple[Status, Unknown | None]:
    """Return whether two resources are in one region, and the value that is missing where nobody can say.

    A region may be the same without being known: a template is one stack, and
    a provider without a region is one place all the same.
    """
    ours, theirs = region_of(one), region_of(other)
    if isinstance(ours, str) and isinstance(theirs, str):
        return (Status.PASS if ours == theirs else Status.FAIL), None
    if one.unit == other.unit and isinstance(ours, Unknown) and ours == theirs:
        return Status.PASS, None
    unknown = next((region for region in (ours, theirs) if isinstance(region, Unknown)), NOT_STATED)
    return Status.UNKNOWN, unknown


def region_of(resource: Resource) -> Value:
    """Return a resource's region: the one in its ARN, else the one that its input gives it."""
    arn = resource.arn
    written = arn.parts[0] if isinstance(arn, PartialText) else arn
    fields = written.split(":") if isinstance(written, str) else []
    # Of a text that ends in a hole the last field is not whole.
    if len(fields) > 4 and fields[0] == "arn" and fields[3]:
        return fields[3]
    return resource.region


LOOKS_AT: Final = {
    "in_region_of_its_buckets": frozenset({"arn"}),
    "in_region_of_global_services": frozenset({"home_region"}),
}
