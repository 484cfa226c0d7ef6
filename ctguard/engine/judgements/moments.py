"""Moments among the facts: when an account was asked, and what had happened how long before.

The clock of the machine has no part in it, so that the same facts give the same verdict whenever they are judged.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from ctguard.engine.outcome import Context
from ctguard.model.resource import Resource
from ctguard.model.values import Unknown, Value, first_unknown

NOT_OBSERVED: Final = Unknown("the time of the audit", "is not among the facts", "audit the account")


def observed_at(context: Context) -> datetime | Unknown:
    """Return when the account of the context's resource was asked: "now", as far as its facts go."""
    resource = context.resource
    accounts = [one for one in context.inventory.of_kind("account") if one.unit == resource.unit]
    own = [one for one in accounts if one.account_id == resource.account_id] or accounts
    now = moment(own[0]["observed_at"], f"{own[0].address}.observed_at") if own else None
    return NOT_OBSERVED if now is None else now


def own_account(context: Context) -> Resource | None:
    """Return the account that owns the context's resource, where it is among those that were asked."""
    resource = context.resource
    accounts = context.inventory.of_kind("account")
    return next((one for one in accounts if one.unit == resource.unit and one.account_id == resource.account_id), None)


def moment(value: Value, what: str) -> datetime | Unknown | None:
    """Return the moment that a fact tells (ISO 8601; in UTC where it does not say); `what` is what to call the fact."""
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        return first_unknown(value) or Unknown(what, "is no time")
    try:
        told = datetime.fromisoformat(value)
    except ValueError:
        return Unknown(what, f"is no time: {value[:40]}")
    return told if told.tzinfo else told.replace(tzinfo=UTC)


def written(at: datetime) -> str:
    """Return a moment as reports write it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
