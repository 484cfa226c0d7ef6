"""The run as CSV, a line for each finding and each error, safe to open in a spreadsheet.

A spreadsheet runs a cell that begins with `=`, `+`, `-`, `@`, a tab or a line
break as a formula. Such a cell, and one that begins with an apostrophe, gets an
apostrophe before it; to have the text back, take one leading apostrophe away.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Final

from ctguard.model.finding import Finding, Run
from ctguard.model.visible import shortened, visible
from ctguard.render.sentences import condition, one_line

COLUMNS: Final = (
    "status", "severity", "rule_id", "title", "message", "resource_type", "resource_address", "resource_name",
    "resource_arn", "account_id", "region", "path", "line", "end_line", "explanation", "witness", "fix", "controls",
    "waived_by", "waived_because", "waived_until", "baseline", "caused_by", "fingerprint",
)  # fmt: skip
FORMULA: Final = tuple("=+-@\t\r\n'\uff1d\uff0b\uff0d\uff20")
"""The full-width forms too: some spreadsheets read them like the ASCII ones."""
LONGEST: Final = 32_000
"""A cell of Excel holds 32,767 characters."""


def render(run: Run) -> str:
    """Return the table with a line of names; errors of the run are lines with status `error`."""
    written = io.StringIO()
    table = csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    table.writerow(COLUMNS)
    for row in (*map(_finding, run.findings), *_errors(run)):
        table.writerow([_cell(row.get(name, "")) for name in COLUMNS])
    return written.getvalue()


def _finding(finding: Finding) -> dict[str, str | None]:
    subject, place, waiver = finding.resource, finding.location, finding.waiver
    row: dict[str, str | None] = {
        "status": finding.status.value,
        "severity": finding.severity,
        "rule_id": finding.rule_id,
        "title": finding.title,
        "message": finding.message,
        "resource_type": subject.type,
        "resource_address": subject.address,
        "resource_name": subject.name,
        "resource_arn": subject.arn,
        "account_id": subject.account_id,
        "region": subject.region,
        "explanation": " | ".join(condition(leaf) for leaf in finding.explanation),
        "witness": json.dumps(finding.witness, ensure_ascii=False, default=str) if finding.witness else "",
        "fix": one_line(finding.remediation.text),
        "controls": ", ".join(f"{one.framework} {one.control}" for one in finding.controls),
        "baseline": "true" if finding.baseline else "false",
        "caused_by": finding.caused_by,
        "fingerprint": finding.fingerprint,
    }
    if place:
        row |= {"path": place.path, "line": str(place.line), "end_line": str(place.end_line)}
    if waiver:
        row |= {"waived_by": waiver.owner, "waived_because": waiver.reason, "waived_until": waiver.expires}
    return row


def _errors(run: Run) -> Iterator[dict[str, str | None]]:
    for error in run.errors:
        yield {"status": "error", "rule_id": error.kind, "message": error.message, "path": error.source}


def _cell(value: str | None) -> str:
    """Return a cell that no spreadsheet runs, in one visible line."""
    raw = shortened(value or "", LONGEST)
    cell = visible(raw)
    return f"'{cell}" if raw.startswith(FORMULA) or cell.startswith(FORMULA) else cell
