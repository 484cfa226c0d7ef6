"""Judgements on Object Lock: for how long nobody can delete a version of an object.

Source: S3 User Guide, "Locking objects with Object Lock"; S3 API Reference, DefaultRetention.
"""

from __future__ import annotations

from math import ceil
from typing import Final

from ctguard.engine.conditions import evaluate, joined
from ctguard.engine.outcome import Context, Outcome
from ctguard.engine.rule import Compare
from ctguard.model.finding import Leaf
from ctguard.model.logic import Status, any_holds
from ctguard.model.values import Unknown

DAYS_OF_A_YEAR: Final = 365


def locked_for(context: Context, days: int) -> Outcome:
    """New objects are locked for at least `days` days, which a default retention gives in days or in years.

    A lock that somebody releases by an event has no fixed length: it is unknown.
    """
    stated = joined(
        any_holds,
        [
            evaluate(Compare("object_lock.days", "at_least", days), context),
            evaluate(Compare("object_lock.years", "at_least", ceil(days / DAYS_OF_A_YEAR)), context),
        ],
    )
    bucket = context.resource
    hold = bucket["object_lock.default_event_hold"]
    if stated.status is not Status.FAIL or not hold:
        return stated
    unknown = (
        hold
        if isinstance(hold, Unknown)
        else Unknown(
            f"{bucket.address}.object_lock.default_event_hold", "lasts until somebody releases it", is_set=True
        )
    )
    where = bucket.where("object_lock.default_event_hold")
    leaf = Leaf("object_lock.default_event_hold", "no hold", "a hold", Status.UNKNOWN, str(unknown), where)
    return Outcome(Status.UNKNOWN, (leaf, *stated.leaves), (unknown,))


LOOKS_AT: Final = {"locked_for": frozenset({"object_lock.days", "object_lock.years", "object_lock.default_event_hold"})}
