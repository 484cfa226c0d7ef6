"""Judgements on where the access log of a bucket goes.

Source: S3 User Guide, "Enabling Amazon S3 server access logging": a bucket that logs into itself records its own log.
"""

from __future__ import annotations

from typing import Final

from ctguard.coverage.partial_text import equals
from ctguard.engine.comparison import shown
from ctguard.engine.outcome import Context, Outcome
from ctguard.model.finding import Leaf
from ctguard.model.logic import Status
from ctguard.model.resource import Resource
from ctguard.model.values import Unknown, reference_of

TARGET: Final = "logging.target_bucket"


def logs_to_another_bucket(context: Context) -> Outcome:
    """The access log goes to a bucket that is another one and, where an account shows it, is there."""
    bucket = context.resource
    target = bucket[TARGET]
    status, unknown = _another(context)
    because = str(unknown) if unknown else ""
    shown_target = shown(target) if target is not None else f"{bucket.address} itself"
    leaf = Leaf(TARGET, "another bucket", shown_target, status, because, bucket.where(TARGET))
    return Outcome(status, (leaf,), (unknown,) if unknown else ())


def _another(context: Context) -> tuple[Status, Unknown | None]:
    bucket = context.resource
    target = bucket[TARGET]
    if target is None:
        return Status.FAIL, None
    found = context.inventory.follow(bucket, "access_log_bucket")
    if found is bucket or equals(target, bucket.name) is True:
        return Status.FAIL, None
    if not isinstance(found, Resource):
        return Status.UNKNOWN, found if isinstance(found, Unknown) else None
    if found.missing is None:
        return Status.PASS, None
    # S3 takes no target that does not exist, so a name in code is that of a bucket; in an account it may be gone.
    differs = reference_of(target) is not None or equals(target, bucket.name) is False
    if differs and bucket.input != "live":
        return Status.PASS, None
    return Status.UNKNOWN, found.missing


LOOKS_AT: Final = {"logs_to_another_bucket": frozenset({TARGET})}
