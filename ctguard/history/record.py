"""The small part of a run that questions over time need, kept beside the run itself."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

import msgspec
from msgspec import Struct

from ctguard.model.errors import CtguardError
from ctguard.model.finding import Finding, Run
from ctguard.model.logic import Status
from ctguard.model.run_file import LARGEST, write_run

WAIVED: Final = "waived"
_COMPRESSION: Final = 6


class Outcome(Struct, frozen=True, array_like=True):
    """What one rule said of one resource; a failure that was accepted has the status `waived`."""

    fingerprint: str
    rule_id: str
    status: str
    severity: str
    resource: str
    account_id: str | None
    region: str | None


class Record(Struct, frozen=True, kw_only=True):
    """A run in brief.

    `series` names what was looked at, so that runs of one thing can be laid side by side. `is_whole` is false when
    something could not be read or asked. `digest` is the SHA-256 of the run's JSON. `controls` gives, by rule, the
    pairs of framework and control that it bears on.
    """

    id: str
    series: str
    command: str
    started_at: str
    version: str
    rules_digest: str
    digest: str
    is_whole: bool
    summary: Mapping[str, int]
    trails: tuple[tuple[str, str], ...]
    outcomes: tuple[Outcome, ...]
    controls: Mapping[str, tuple[tuple[str, str], ...]]

    @property
    def day(self) -> date:
        """The day in UTC on which the run began."""
        return datetime.fromisoformat(self.started_at).date()

    @property
    def accounts(self) -> frozenset[str]:
        """The accounts that the run says something of."""
        return frozenset(one.account_id for one in self.outcomes if one.account_id)


def record_of(run: Run, series: str = "") -> tuple[Record, bytes]:
    """Return the record of `run` and the run's JSON; without a `series` the command and its inputs name it."""
    document = write_run(run)
    record = Record(
        id=run.run.id,
        series=series or " ".join((run.run.command, *run.run.inputs)),
        command=run.run.command,
        started_at=run.run.started_at,
        version=run.tool.version,
        rules_digest=run.run.rules_digest,
        digest=digest_of(document),
        is_whole=not run.errors,
        summary=dict(run.summary),
        trails=tuple((trail.resource.address, trail.verdict) for trail in run.trails),
        outcomes=tuple(_outcome(finding) for finding in run.findings),
        controls={
            finding.rule_id: tuple((one.framework, one.control) for one in finding.controls) for finding in run.findings
        },
    )
    return record, document


def _outcome(finding: Finding) -> Outcome:
    subject = finding.resource
    is_waived = finding.waiver is not None and finding.status is Status.FAIL
    return Outcome(
        finding.fingerprint,
        finding.rule_id,
        WAIVED if is_waived else finding.status.value,
        finding.severity,
        subject.address,
        subject.account_id,
        subject.region,
    )


def digest_of(document: bytes) -> str:
    """Return the digest by which a kept run is known to be unchanged."""
    return "sha256:" + hashlib.sha256(document).hexdigest()


def packed(document: bytes) -> bytes:
    """Return `document` as stores keep it; the same document gives the same bytes."""
    return gzip.compress(document, _COMPRESSION, mtime=0)


def unpacked(data: bytes, source: str) -> bytes:
    """Return what was packed; raise CtguardError, beginning with `source`, when it is damaged or beyond all size."""
    import io

    try:
        with gzip.open(io.BytesIO(data)) as stream:
            document = stream.read(LARGEST + 1)
    except (OSError, EOFError) as error:
        raise _damaged(source, str(error)) from error
    if len(document) > LARGEST:
        raise _damaged(source, f"it is larger than {LARGEST} bytes")
    return document


def packed_record(record: Record) -> bytes:
    """Return `record` as stores keep it."""
    return packed(msgspec.json.encode(record))


def read_record(data: bytes, source: str) -> Record:
    """Return the record in `data`; raise CtguardError when it holds none."""
    try:
        return msgspec.json.decode(unpacked(data, source), type=Record)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _damaged(source, str(error)) from error


def checked_document(data: bytes, digest: str, source: str) -> bytes:
    """Return the run's JSON; raise CtguardError when it is not the one that was kept."""
    document = unpacked(data, source)
    if digest_of(document) != digest:
        raise _damaged(source, "its content is not what its digest says")
    return document


def _damaged(source: str, why: str) -> CtguardError:
    return CtguardError(f"{source}: the kept run is damaged: {why}", hint="restore it from a backup, or remove it")
