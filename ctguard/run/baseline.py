"""Read a baseline: a saved run, whose failures were there before."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from ctguard.model.finding import Finding, Run
from ctguard.model.logic import Status
from ctguard.model.named_file import read_named

SAVED_RUN: Final = "give the JSON of a saved run"


def read_saved(path: Path) -> Run:
    """Return the run that a file holds; raises CtguardError when it cannot be read, or holds none."""
    from ctguard.model.run_file import read_run

    return read_run(read_named(path, hint=SAVED_RUN), str(path))


def fingerprints(run: Run) -> frozenset[str]:
    """Return what failed in `run` and was not waived: a waiver that ends shall not end in the baseline."""
    return frozenset(
        finding.fingerprint for finding in run.findings if finding.status is Status.FAIL and finding.waiver is None
    )


def marked(findings: Iterable[Finding], baseline: frozenset[str]) -> list[Finding]:
    """Return the findings, the failures of the baseline marked as such."""
    return [
        replace(finding, baseline=True)
        if finding.status is Status.FAIL and finding.fingerprint in baseline
        else finding
        for finding in findings
    ]
