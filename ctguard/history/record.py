"""The small part of a run that questions over time need, kept beside the run itself."""

from __future__ import annotations

import gzip
import hashlib
import zlib
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
    pairs of framework and control that it bears on. `left_out` are the pairs of which a rule was not asked.
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
    left_out: tuple[tuple[str, str], ...] = ()

    @property
    def day(self) -> date:
        """The day in UTC on which the run began."""
        return datetime.fromisoformat(self.started_at).date()

    @property
    def accounts(self) -> frozenset[str]:
        """The accounts that the run says something of."""
        return frozenset(one.account_id for one in self.outcomes if one.account_id)


def record_of(run: Run, series: str = "", kept: bytes | None = None) -> tuple[Record, bytes]:
    """Return the record of `run` and the run's JSON; without a `series` the command and its inputs name it.

    `kept` is the JSON that the run was read from: another version may write it with other bytes.
    """
    document = write_run(run) if kept is None else kept
    _check_moment(run)
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
        left_out=tuple(sorted({(pair.framework, pair.control) for one in run.run.left_out for pair in one.controls})),
    )
    return record, document


def _check_moment(run: Run) -> None:
    try:
        datetime.fromisoformat(run.run.started_at)
    except ValueError as error:
        raise CtguardError(
            f"run {run.run.id}: started_at is no time: {error}", hint="give a run that ctguard wrote"
        ) from error


def checked_record(record: Record, document: bytes, source: str) -> None:
    """Raise CtguardError when `record` is not what the kept run says."""
    from ctguard.model.run_file import read_run

    if record_of(read_run(document, source), record.series, document)[0] != record:
        raise damaged(source, "its record is not what the run says")


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
    except (OSError, EOFError, TypeError, zlib.error) as error:  # a cell of another type is a TypeError
        raise damaged(source, str(error)) from error
    if len(document) > LARGEST:
        raise damaged(source, f"it is larger than {LARGEST} bytes")
    return document


def packed_record(record: Record) -> bytes:
    """Return `record` as stores keep it."""
    return packed(msgspec.json.encode(record))


def read_record(data: bytes, source: str) -> Record:
    """Return the record in `data`; raise CtguardError when it holds none."""
    try:
        record = msgspec.json.decode(unpacked(data, source), type=Record)
        datetime.fromisoformat(record.started_at)
    except (msgspec.MsgspecError, ValueError) as error:
        raise damaged(source, str(error)) from error
    return record


def checked_document(data: bytes, digest: str, source: str) -> bytes:
    """Return the run's JSON; raise CtguardError when it is not the one that was kept."""
    document = unpacked(data, source)
    if digest_of(document) != digest:
        raise damaged(source, "its content is not what its digest says")
    return document


def damaged(source: str, why: str) -> CtguardError:
    """Return what is said of a kept run that is not as it was kept."""
    return CtguardError(f"{source}: the kept run is damaged: {why}", hint="restore it from a backup, or remove it")
