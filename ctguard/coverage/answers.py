"""What is said of recorded events: a status, the reason, and an event that goes unrecorded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from msgspec import Struct

from ctguard.coverage.matching import Fields
from ctguard.coverage.partial_text import Text
from ctguard.model.logic import Status

Event: TypeAlias = Mapping[str, Any]
"""An event as CloudTrail writes it, with the fields that matter here."""


class Answer(Struct, frozen=True):
    """Whether all of some events are recorded, and why one says so; `witness` is one of them that is not.

    `some` says whether any of them is recorded.
    """

    status: Status
    reason: str
    witness: Event | None = None
    some: Status = Status.UNKNOWN


def event_of(fields: Fields) -> Event:
    """Return the event that has these fields, written as CloudTrail writes it."""
    event: dict[str, Any] = {}
    resource: dict[str, str] = {}
    for field, value in fields.items():
        if value is None:
            continue
        written = _written(field, value)
        if field == "userIdentity.arn":
            event["userIdentity"] = {"arn": written}
        elif field.startswith("resources."):
            resource[field.removeprefix("resources.")] = str(value)
        else:
            event[field] = written
    if resource:
        event["resources"] = [resource]
    return event


def _written(field: str, value: Text) -> str | bool:
    return value == "true" if field == "readOnly" else str(value)
