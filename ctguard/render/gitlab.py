"""The run as a code quality report of GitLab: open failures, unknowns as `info`.

The format has no word for unknown; its description begins with "Unknown".
Waived failures and those of the baseline are left out: the widget of a merge
request would show them as new.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import Any, Final

from ctguard.model.finding import Finding, Run
from ctguard.model.logic import Status
from ctguard.model.run_file import write_json
from ctguard.render.file_uri import host_path
from ctguard.render.sentences import acceptance, filled, message

SEVERITIES: Final = {"critical": "blocker", "high": "critical", "medium": "major", "low": "minor", "info": "info"}


def render(run: Run) -> bytes:
    """Return the list of issues (GitLab Docs, "Code Quality", "Code Quality report format")."""
    told: Counter[str] = Counter()
    issues = []
    for finding in run.findings:
        if finding.status in (Status.FAIL, Status.UNKNOWN) and not acceptance(finding):
            issues.append(_issue(finding, told[finding.fingerprint]))
            told[finding.fingerprint] += 1
    return write_json([*issues, *(_error(error.source, error.kind, error.message) for error in run.errors)])


def _issue(finding: Finding, told_before: int) -> dict[str, Any]:
    """Return one issue; GitLab drops a second one with the same fingerprint, so that gets one of its own."""
    subject, place = finding.resource, finding.location
    print_ = finding.fingerprint if not told_before else f"{finding.fingerprint}-{told_before}"
    return {
        "description": filled(message(finding)),
        "check_name": filled(finding.rule_id),
        "fingerprint": filled(print_),
        "severity": SEVERITIES[finding.severity] if finding.status is Status.FAIL else "info",
        "location": {
            "path": host_path(place.path) if place else filled(subject.arn or subject.address),
            "lines": {"begin": max(1, place.line) if place else 1},
        },
    }


def _error(source: str, kind: str, said: str) -> dict[str, Any]:
    path, _, line = source.rpartition(":")
    placed = path and line.isdecimal() and line.isascii()
    print_ = hashlib.sha256("\0".join((source, kind, said)).encode(errors="backslashreplace")).hexdigest()[:32]
    return {
        "description": filled(f"Could not be read or asked: {said}"),
        "check_name": filled(f"error-{kind}"),
        "fingerprint": print_,
        "severity": "major",
        "location": {
            "path": host_path(path if placed else source),
            "lines": {"begin": max(1, int(line[:9])) if placed else 1},
        },
    }
