"""Kleene's logic: what can be said when not everything is known."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Status(StrEnum):
    """What a rule says of a resource, or a condition of a value."""

    PASS = "pass"
    FAIL = "fail"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"


def all_hold(statuses: Iterable[Status]) -> Status:
    """Join conditions that must all hold; one failure decides even beside unknowns."""
    return _first_of(statuses, Status.FAIL, Status.UNKNOWN, otherwise=Status.PASS)


def any_holds(statuses: Iterable[Status]) -> Status:
    """Join conditions of which one is enough; one pass decides even beside unknowns."""
    return _first_of(statuses, Status.PASS, Status.UNKNOWN, otherwise=Status.FAIL)


def negated(status: Status) -> Status:
    """Return the status of the opposite claim; what is unknown stays so."""
    return {Status.PASS: Status.FAIL, Status.FAIL: Status.PASS}.get(status, status)


def _first_of(statuses: Iterable[Status], decisive: Status, weaker: Status, *, otherwise: Status) -> Status:
    found = set(statuses)
    return next((status for status in (decisive, weaker) if status in found), otherwise)
