"""The time of a window as a row of cells for each chain: proven, paused, missing, tampered.

The cells are data, for any report; `hours` writes them down, `strips` draws them small, for a terminal.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any

from ctguard.logs.times import HOUR, Stretch, iso, without
from ctguard.logs.verdict import Finding, Verdict

if TYPE_CHECKING:
    from ctguard.logs.report import ChainReport, Report


class Cell(StrEnum):
    """What is known of one span of time, the worst first."""

    TAMPERED = "tampered"
    UNDECIDED = "undecided"
    MISSING = "missing"
    PAUSED = "paused"
    PROVEN = "proven"


_RANK = {cell: rank for rank, cell in enumerate(Cell)}
_BLOCKS = {Cell.TAMPERED: "X", Cell.UNDECIDED: "?", Cell.MISSING: "·", Cell.PAUSED: "░", Cell.PROVEN: "█"}
_PLAIN = {Cell.TAMPERED: "X", Cell.UNDECIDED: "?", Cell.MISSING: ".", Cell.PAUSED: "-", Cell.PROVEN: "#"}


@dataclass(frozen=True, slots=True)
class Row:
    """One chain, cell by cell; each cell spans the same time."""

    account_id: str
    region: str
    kind: str
    cells: tuple[Cell, ...]


def timeline(report: Report, most: int | None = None) -> list[Row]:
    """Return a row for each chain with a cell an hour, or with at most `most` longer cells."""
    spans = _spans(report.window, most)
    return [Row(chain.account_id, chain.region, chain.kind, _cells(chain, spans)) for chain in report.chains]


def hours(report: Report) -> list[dict[str, Any]]:
    """Return the timeline as JSON: for each chain its hours, those alike that follow each other as one stretch."""
    spans = _spans(report.window, None)
    return [
        {
            "account_id": row.account_id,
            "region": row.region,
            "kind": row.kind,
            "hours": list(_stretches(row.cells, spans)),
        }
        for row in timeline(report)
    ]


def _stretches(cells: tuple[Cell, ...], spans: list[Stretch]) -> Iterator[list[str]]:
    for cell, group in groupby(zip(cells, spans, strict=True), key=lambda one: one[0]):
        alike = [span for _, span in group]
        yield [iso(alike[0].start), iso(alike[-1].end), cell.value]


def _spans(window: Stretch, most: int | None) -> list[Stretch]:
    cells = max(1, -(-(window.end - window.start) // HOUR))
    cells = min(cells, most) if most else cells
    edges = [window.start + (window.end - window.start) * number // cells for number in range(cells + 1)]
    return [Stretch(start, end) for start, end in pairwise(edges)]


def _cells(chain: ChainReport, spans: list[Stretch]) -> tuple[Cell, ...]:
    cells = [Cell.PROVEN if not without(span, chain.proven) else Cell.MISSING for span in spans]
    length = max(1, spans[0].end - spans[0].start)
    for finding in chain.findings:
        if finding.period is None or (cell := _cell(finding)) is Cell.MISSING:
            continue
        first = max(0, (finding.period.start - spans[0].start) // length - 1)
        for number in range(first, len(spans)):
            if spans[number].start > finding.period.end:
                break
            if _concerned(spans[number], finding.period):
                cells[number] = min(cells[number], cell, key=_rank_of_mark)
    return tuple(cells)


def _concerned(span: Stretch, period: Stretch) -> bool:
    return span.holds(period.start) or (span.start < period.end and period.start < span.end)


def _cell(finding: Finding) -> Cell:
    if finding.kind == "logging_stopped":
        return Cell.PAUSED
    return {Verdict.INVALID: Cell.TAMPERED, Verdict.ERROR: Cell.UNDECIDED}.get(finding.weight, Cell.MISSING)


def _rank_of_mark(cell: Cell) -> int:
    # A pause explains what would be missing; a part of a cell that is missing shows where nothing explains it.
    return {Cell.MISSING: _RANK[Cell.PAUSED], Cell.PAUSED: _RANK[Cell.MISSING]}.get(cell, _RANK[cell])


def strips(report: Report, width: int, *, blocks: bool) -> Iterator[str]:
    """Yield a line of `width` characters at most for each chain, and one that says what the signs mean."""
    signs = _BLOCKS if blocks else _PLAIN
    lead = max((len(_label(row)) for row in timeline(report, 1)), default=0)
    rows = timeline(report, max(10, width - lead - 4))
    for row in rows:
        yield f"  {_label(row):<{lead}}  {''.join(signs[cell] for cell in row.cells)}"
    if rows:
        yield "  " + "  ".join(f"{signs[cell]} {cell}" for cell in reversed(Cell))


def _label(row: Row) -> str:
    return f"{row.account_id} {row.region}" + ("" if row.kind == "standard" else f" {row.kind}")
