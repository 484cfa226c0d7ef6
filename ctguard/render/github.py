"""The run as annotations of GitHub Actions: each line a workflow command, each text in it escaped.

GitHub shows ten errors, ten warnings and ten notices of a step; the worst come
first, and the last line has the totals.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ctguard.model.finding import Finding, Run
from ctguard.model.logic import Status
from ctguard.render.file_uri import host_path
from ctguard.render.headline import headline
from ctguard.render.outline import outline, total
from ctguard.render.sentences import acceptance, message, one_line, text

LONGEST: Final = 4000
COMMANDS: Final = {"critical": "error", "high": "error", "medium": "warning", "low": "notice", "info": "notice"}


def render(run: Run) -> str:
    """Return the commands: errors of the run, causes, unknowns, and the answer as a notice."""
    lines = [
        *(_command("error", said, file=source, title=kind) for source, kind, said in _errors(run)),
        *_findings(run),
        _command("notice", ", ".join(total(name, count) for name, count in run.summary.items()), title=headline(run)),
    ]
    return "\n".join(lines) + "\n"


def _errors(run: Run) -> Iterator[tuple[str, str, str]]:
    for error in run.errors:
        path, _, line = error.source.rpartition(":")
        yield (path if path and line.isdecimal() else ""), f"ctguard: {error.kind}", f"{error.source}: {error.message}"


def _findings(run: Run) -> Iterator[str]:
    whole = outline(run)
    for cause in whole.causes:
        follow = f" ({len(cause.consequences)} more follow from this)" if cause.consequences else ""
        yield _annotation(cause.finding, COMMANDS[cause.finding.severity], follow)
    for finding in whole.unknown:
        yield _annotation(finding, "notice", "")
    for finding in (*whole.waived, *whole.baseline):
        yield _annotation(finding, "notice", f" ({acceptance(finding)})")


def _annotation(finding: Finding, command: str, more: str) -> str:
    fix = one_line(finding.remediation.text) if finding.status is Status.FAIL else ""
    said = f"{finding.resource.address}: {message(finding)}{more}" + (f". {fix}" if fix else "")
    place = finding.location
    title = f"{finding.rule_id} ({finding.severity})"
    if place is None:
        return _command(command, said, title=title)
    line = max(1, place.line)
    end = str(max(line, place.end_line))
    return _command(command, said, file=host_path(place.path), line=str(line), endLine=end, title=title)


def _command(name: str, said: str, **properties: str) -> str:
    """Return `::name key=value,...::said` (toolkit of GitHub Actions, `command.ts`, for what is escaped how)."""
    stated = ",".join(f"{key}={_property(value)}" for key, value in properties.items() if value)
    return f"::{name} {stated}::{_data(said)}"


def _data(said: str) -> str:
    return text(said, LONGEST).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _data(value).replace(":", "%3A").replace(",", "%2C")
