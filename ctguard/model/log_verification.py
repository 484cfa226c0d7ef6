"""What `ctguard logs verify` found, as its JSON has it, for reports that tell of it.

A file of it comes from strangers: it is checked before anything is made of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct, field

from ctguard.model.errors import CtguardError
from ctguard.model.visible import visible

LARGEST: Final = 256 * 2**20

Outcome = Literal["valid", "invalid", "gap", "error"]
State = Literal["proven", "paused", "missing", "undecided", "tampered"]
Stretch = tuple[str, str, State]
"""Begin, end (both ISO 8601 in UTC) and what is known of the time between."""


class Window(Struct, frozen=True):
    """The time that was to be proven."""

    start: str
    end: str


class Chain(Struct, frozen=True):
    """What holds of the digest chain of one account and region."""

    account_id: str
    region: str
    kind: str
    status: Outcome
    proven: tuple[tuple[str, str], ...]
    digests: Mapping[str, int]
    logs: Mapping[str, int]


class LogFinding(Struct, frozen=True):
    """One thing that stands between a chain and `valid`."""

    kind: str
    detail: str
    object: str | None = None
    start: str | None = None
    end: str | None = None
    account_id: str | None = None
    region: str | None = None


class Hours(Struct, frozen=True):
    """The hours of one chain, those alike that follow each other as one stretch."""

    account_id: str
    region: str
    kind: str
    hours: tuple[Stretch, ...]


class TamperEvent(Struct, frozen=True):
    """A call that weakens the trail, from its own logs; what the logs do not say is missing."""

    time: str | None = None
    event_name: str | None = None
    region: str | None = None
    actor: str | None = None
    source_ip: str | None = None


class PublicKey(Struct, frozen=True):
    """A key of CloudTrail that signatures were checked with."""

    fingerprint: str | None = None
    region: str | None = None
    validity_start: str | None = None
    validity_end: str | None = None


class Totals(Struct, frozen=True):
    """How many objects there are of each outcome."""

    digests: Mapping[str, int] = field(default_factory=dict)
    logs: Mapping[str, int] = field(default_factory=dict)


class LogVerification(Struct, frozen=True):
    """The whole answer; `timeline` is empty where another program wrote it."""

    status: Outcome
    window: Window
    trail_arn: str
    chains: tuple[Chain, ...]
    findings: tuple[LogFinding, ...]
    totals: Totals
    public_keys: tuple[PublicKey, ...] = ()
    tamper_events: tuple[TamperEvent, ...] = ()
    notes: tuple[str, ...] = ()
    timeline: tuple[Hours, ...] = ()


def verification_of(document: Mapping[str, Any]) -> LogVerification:
    """Return the verification that our own program has just made."""
    return msgspec.convert(document, LogVerification)


def read_verification(data: bytes, source: str) -> LogVerification:
    """Return the verification that `data` holds; raise CtguardError, beginning with `source`, when it holds none."""
    if len(data) > LARGEST:
        raise CtguardError(f"{source}: larger than {LARGEST} bytes", hint="give what `ctguard logs verify` wrote")
    try:
        return msgspec.json.decode(data, type=LogVerification)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise CtguardError(
            f"{source}: is no verification of logs: {visible(str(error))}",
            hint="give what `ctguard logs verify -o FILE.json` wrote",
        ) from None
