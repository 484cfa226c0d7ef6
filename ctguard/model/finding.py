"""What a run says: findings, the trust verdict of each trail, and the run that holds them.

The field names are the contract's: a run written as JSON is these dataclasses as they are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final, Literal

from msgspec import Struct

from ctguard.model.errors import Fault
from ctguard.model.location import Location
from ctguard.model.logic import Status

SCHEMA_VERSION: Final = "1"
SEVERITIES: Final = ("critical", "high", "medium", "low", "info")
DIMENSIONS: Final = ("recorded", "delivered", "provable", "protected", "retained", "watched")

Severity = Literal["critical", "high", "medium", "low", "info"]
Verdict = Literal["trusted", "not_trusted", "undetermined"]


class Leaf(Struct, frozen=True):
    """One condition that was looked at: what stood there, what should stand there, and where.

    `alternative` is 0 for a condition that must hold. Where one of several is
    enough they stand together, numbered from 1; those of one number hold together.
    """

    path: str
    expected: str
    actual: str
    status: Status
    because: str = ""
    location: Location | None = None
    alternative: int = 0


class Subject(Struct, frozen=True):
    """The resource that a finding speaks of."""

    type: str
    address: str
    members: tuple[str, ...] = ()
    name: str | None = None
    arn: str | None = None
    account_id: str | None = None
    region: str | None = None


class Remediation(Struct, frozen=True):
    """What to do, in words and in the words of each tool."""

    text: str = ""
    terraform: str = ""
    cloudformation: str = ""
    cli: str = ""


class Control(Struct, frozen=True, order=True):
    """One control of a framework that a rule bears on."""

    framework: str
    control: str


class Waiver(Struct, frozen=True):
    """A failure that somebody accepted, until a day (ISO date)."""

    owner: str
    reason: str
    expires: str


class Finding(Struct, frozen=True):
    """What one rule says of one resource, with everything that it rests on."""

    rule_id: str
    status: Status
    severity: Severity
    title: str
    message: str
    resource: Subject
    location: Location | None
    explanation: tuple[Leaf, ...]
    witness: Mapping[str, Any] | None
    remediation: Remediation
    controls: tuple[Control, ...]
    fingerprint: str
    waiver: Waiver | None = None
    baseline: bool = False
    caused_by: str | None = None


def fingerprint(rule_id: str, subject: Subject, path: str = "") -> str:
    """Return what stays the same for the same fault, found in code or in an account, today or next year.

    It is made of the rule, the resource's own identity (ARN, else type and
    name, else address) and the path within it. A bucket's name is its ARN: no
    two buckets have one, and code often does not say the partition.
    """
    arn = None if subject.type == "bucket" and subject.name else subject.arn
    identity = arn or (f"{subject.type}:{subject.name}" if subject.name else subject.address)
    return hashlib.sha256("\0".join((rule_id, identity, path)).encode(errors="backslashreplace")).hexdigest()[:32]


class Dimension(Struct, frozen=True):
    """One side of a trail's trust: its status, and the findings that decided it."""

    status: Literal["pass", "fail", "unknown", "not_judged"]
    decided_by: tuple[str, ...] = ()


class Node(Struct, frozen=True):
    """One thing that a trail leans on or that hears of its events; `resource` has no address where there is none.

    `decided_by` are the findings that fail there, else those that are unknown.
    """

    id: str
    resource: Subject
    presence: Literal["declared", "named", "perhaps", "none"]
    status: Literal["pass", "fail", "unknown", "not_judged"]
    decided_by: tuple[str, ...] = ()


class Edge(Struct, frozen=True):
    """One node leads to another: `trail encrypts with key`; broken where its status is `fail`."""

    source: str
    target: str
    relation: str
    status: Literal["pass", "fail", "unknown", "not_judged"]
    decided_by: tuple[str, ...] = ()


class Surroundings(Struct, frozen=True):
    """What stands around a trail: the trail first, then everything that it leads to."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


class TrailVerdict(Struct, frozen=True):
    """Whether one trail can be trusted; runs of older versions say nothing of its surroundings."""

    resource: Subject
    verdict: Verdict
    dimensions: Mapping[str, Dimension]
    surroundings: Surroundings | None = None


class UnknownGroup(Struct, frozen=True):
    """One missing value or permission, what to do about it, and the findings that it would resolve."""

    what: str
    cure: str
    findings: tuple[str, ...]


class Tool(Struct, frozen=True):
    """The program that made a run."""

    name: str
    version: str


class AuditedAccount(Struct, frozen=True):
    """One account that an audit found, and how it went in; `why` says why it did not."""

    account_id: str
    name: str | None
    state: Literal["entered", "not_entered"]
    role: str | None = None
    why: str = ""


class Audited(Struct, frozen=True):
    """Who audited what: the identity that asked AWS, the accounts that it found, the regions that it asked in."""

    caller: str | None
    accounts: tuple[AuditedAccount, ...]
    regions: tuple[str, ...] = ()


class LeftOut(Struct, frozen=True):
    """A rule that is on by default and was not asked, and the controls that it bears on."""

    rule_id: str
    controls: tuple[Control, ...]


class RunInfo(Struct, frozen=True):
    """The one part of a run that differs when the same input is scanned twice.

    `left_out` are the rules that a selection kept from being asked: of their controls the run does not say that they
    hold.
    """

    id: str
    command: str
    started_at: str
    finished_at: str
    inputs: tuple[str, ...]
    rules_digest: str
    audited: Audited | None = None
    left_out: tuple[LeftOut, ...] = ()


class Run(Struct, frozen=True):
    """The whole answer: verdicts first, then what is not known, the findings, and what went wrong."""

    tool: Tool
    run: RunInfo
    summary: Mapping[str, int]
    trails: tuple[TrailVerdict, ...]
    unknowns: tuple[UnknownGroup, ...]
    findings: tuple[Finding, ...]
    errors: tuple[Fault, ...]
    schema_version: str = SCHEMA_VERSION
