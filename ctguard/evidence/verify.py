"""Check a bundle, with nothing but its bytes and the signer's public key.

From the outside to the inside: the form of the archive, the signature, the hashes of the files, the timestamp, and
last the findings, which are made again. What strangers may have written is not looked into before the signature holds.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, Literal

from msgspec import Struct
from securesystemslib.signer import Key

import ctguard
from ctguard.evidence.archive import Archive, BrokenArchiveError, Member, content_of, path_of, read_archive
from ctguard.evidence.envelope import LARGEST as LARGEST_ENVELOPE
from ctguard.evidence.envelope import UnsealedError, opened
from ctguard.evidence.inputs import FOLDER as INPUTS
from ctguard.evidence.recompute import differences, made_again, plain
from ctguard.evidence.statement import PAYLOAD_TYPE, Statement, read_statement
from ctguard.evidence.timestamp import PAYLOAD_TYPE as REPLY_TYPE
from ctguard.evidence.timestamp import TimestampError, stated_time, token
from ctguard.model.errors import CtguardError
from ctguard.model.run_file import LARGEST as LARGEST_RUN
from ctguard.model.run_file import read_run

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

ATTESTATION: Final = "attestation.dsse.json"
TIMESTAMP: Final = "timestamp.dsse.json"
RUN: Final = "run.json"
RULES: Final = "rules"

CheckStatus = Literal["holds", "fails", "undecided", "not checked"]


class Check(Struct, frozen=True):
    """One thing that was looked at, and what there is to say of it.

    `undecided` is what this ctguard cannot decide; `not checked` what is not there, or what nobody asked for.
    """

    name: str
    status: CheckStatus
    details: tuple[str, ...]


class Verdict(Struct, frozen=True):
    """What became of each check, in their order."""

    checks: tuple[Check, ...]

    @property
    def holds(self) -> bool:
        return all(check.status in ("holds", "not checked") for check in self.checks)

    @property
    def exit_status(self) -> int:
        """Return 1 when the bundle does not hold, 2 when that cannot be decided, else 0."""
        if any(check.status == "fails" for check in self.checks):
            return 1
        return 0 if self.holds else 2


def verify(file: IO[bytes], key: Key, authorities: list[Certificate] | None) -> Verdict:
    """Check the bundle in `file` with the signer's public `key`, and its timestamp with the `authorities`, if given."""
    file.seek(0)
    try:
        archive = read_archive(file)
    except BrokenArchiveError as error:
        return Verdict((Check("archive", "fails", (str(error),)),))
    checks = [_archive(archive)]
    members = {member.name: member for member in archive.members}
    try:
        attestation = _small(file, members, ATTESTATION)
        statement = read_statement(opened(attestation, PAYLOAD_TYPE, key))
    except (UnsealedError, BrokenArchiveError, ValueError) as error:
        return Verdict((*checks, Check("signature", "fails", (f"{ATTESTATION}: {error}",))))
    checks.append(Check("signature", "holds", (f"by key {key.keyid}",)))
    checks.append(_files(statement, members))
    checks.append(_timestamp(file, members, statement, attestation, key, authorities))
    if all(check.status == "holds" for check in checks[:3]):
        checks.append(_findings(file, members, statement))
    return Verdict(tuple(checks))


def _archive(archive: Archive) -> Check:
    if archive.faults:
        return Check("archive", "fails", archive.faults)
    return Check("archive", "holds", (f"{len(archive.members)} files, each byte in its place",))


def _files(statement: Statement, members: dict[str, Member]) -> Check:
    """Compare the files with the statement, both ways."""
    signed = {subject.name: subject.digest.sha256 for subject in statement.subject}
    unsigned = {ATTESTATION, TIMESTAMP} if statement.predicate.timestamp else {ATTESTATION}
    faults = [
        *(f"{name}: is missing" for name in sorted((signed.keys() | unsigned) - members.keys())),
        *(f"{name}: was added" for name in sorted(members.keys() - signed.keys() - unsigned)),
        *(
            f"{name}: was changed"
            for name in sorted(signed.keys() & members.keys())
            if members[name].sha256 != signed[name]
        ),
    ]
    if faults:
        return Check("files", "fails", tuple(faults))
    return Check("files", "holds", (f"{len(signed)} files as they were signed",))


def _timestamp(
    file: IO[bytes],
    members: dict[str, Member],
    statement: Statement,
    attestation: bytes,
    key: Key,
    authorities: list[Certificate] | None,
) -> Check:
    if not statement.predicate.timestamp:
        asked = authorities is not None
        return Check("timestamp", "fails" if asked else "not checked", ("the bundle has none: its times are claims",))
    try:
        reply = opened(_small(file, members, TIMESTAMP), REPLY_TYPE, key)
        if authorities is None:
            claimed = token(reply, attestation).tst_info.gen_time
            return Check(
                "timestamp", "not checked", (f"says {_stamp(claimed)}; give --tsa-certificate to hold it to that",)
            )
        proven = stated_time(reply, attestation, authorities)
    except (UnsealedError, BrokenArchiveError, TimestampError) as error:
        return Check("timestamp", "fails", (f"{TIMESTAMP}: {error}",))
    except CtguardError as error:
        return Check("timestamp", "undecided" if authorities else "not checked", (f"{error}: {error.hint}",))
    return Check("timestamp", "holds", (f"signed not later than {_stamp(proven)}",))


def _findings(file: IO[bytes], members: dict[str, Member], statement: Statement) -> Check:
    """Make the run again from what is in the bundle, and compare."""
    if RUN not in members or members[RUN].size > LARGEST_RUN:
        return Check("findings", "undecided", ("the bundle holds no run that can be read",))
    try:
        saved = b"".join(content_of(file, members[RUN]))
        made = read_run(saved, RUN)
        day = datetime.fromisoformat(made.run.started_at).date()
        with _unpacked(file, members) as folder:
            again = made_again(statement.predicate.recipe, folder / INPUTS, folder / RULES, day)
    except (BrokenArchiveError, OSError, ValueError) as error:
        return Check("findings", "undecided", (f"cannot be made again: {error}",))
    except CtguardError as error:
        return Check("findings", "undecided", (f"cannot be made again by ctguard {ctguard.__version__}: {error}",))
    faults = differences(plain(saved), again)
    versions = f"made by ctguard {made.tool.version}, made again by {ctguard.__version__}"
    if not faults:
        return Check("findings", "holds", (f"{len(made.findings)} findings, all the same when made again; {versions}",))
    if made.tool.version != ctguard.__version__:
        return Check("findings", "undecided", (f"{versions}, which may judge otherwise", *faults))
    return Check("findings", "fails", tuple(faults))


@contextmanager
def _unpacked(file: IO[bytes], members: dict[str, Member]) -> Iterator[Path]:
    """Give a folder with the inputs and rules of the bundle, below the names that they had."""
    with tempfile.TemporaryDirectory(prefix="ctguard-") as folder:
        for name, member in members.items():
            if name.startswith((f"{INPUTS}/", f"{RULES}/")):
                path = Path(folder, path_of(name))
                path.parent.mkdir(parents=True, exist_ok=True)
                with path.open("xb") as written:  # "x": two names may be one on this file system
                    for chunk in content_of(file, member):
                        written.write(chunk)
        yield Path(folder).resolve()


def _small(file: IO[bytes], members: dict[str, Member], name: str) -> bytes:
    """Return the content of an envelope."""
    if name not in members:
        raise UnsealedError("is missing")
    if members[name].size > LARGEST_ENVELOPE:
        raise UnsealedError(f"is larger than {LARGEST_ENVELOPE >> 20} MiB")
    return b"".join(content_of(file, members[name]))


def _stamp(moment: object) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
