"""What changed between two runs, for a terminal, for a comment on a pull request, and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from ctguard.model.finding import Finding, Run, Subject
from ctguard.model.logic import Status
from ctguard.model.run_diff import KINDS, Change, Kind, RunDiff, TrailChange, differences
from ctguard.model.run_file import write_json
from ctguard.render.markdown_text import prose
from ctguard.render.outline import STATUS_WORDS, VERDICT_WORDS
from ctguard.render.terminal import Terminal, not_a_command, plain

WORDS: Final[Mapping[Kind, str]] = {
    "new": "new",
    "fixed": "fixed",
    "changed": "changed",
    "newly_waived": "newly waived",
    "no_longer_waived": "no longer waived",
    "no_longer_judged": "no longer judged",
    "newly_judged": "newly judged",
}
STYLES: Final[Mapping[Kind, str]] = {"new": "bad", "no_longer_waived": "bad", "fixed": "good"}
NOTHING: Final = "nothing changed"
MOST: Final = 200


def render(diff: RunDiff, format: str, **options: Any) -> str | bytes:  # noqa: A002 - the word of the command line
    """Return `diff` in one of `DIFF_FORMATS`; only the console takes options: `color`, `width` and `verbose`."""
    return DIFF_FORMATS[format](diff, **options)


def console(diff: RunDiff, *, color: bool = False, width: int = 100, verbose: bool = False) -> str:
    """Return the diff for a person; `verbose` names what holds and only one run judged, too."""
    terminal = Terminal(width, color)
    blocks = [
        [plain(line) for line in differences(diff)],
        [f"trail {plain(_name(one.resource))}: {_verdicts(one)}" for one in diff.trails],
        *([*_console_change(one, terminal)] for one in diff.changes if verbose or _is_told(one)),
        [f"new error: {plain(error.source)}: {plain(error.message)}" for error in diff.errors],
        [f"no longer an error: {plain(error.source)}: {plain(error.message)}" for error in diff.errors_gone],
        [_totals(diff)],
    ]
    return "\n\n".join("\n".join(map(not_a_command, block)) for block in blocks if block) + "\n"


def markdown(diff: RunDiff) -> str:
    """Return the diff for a comment: a table of what changed, at most `MOST` rows."""
    shown = [one for one in diff.changes if _is_told(one)]
    rows = [_row(one) for one in shown[:MOST]]
    lines = [f"## {_totals(diff)}", "", *(f"- {prose(line)}" for line in differences(diff))]
    lines += [f"- trail {prose(_name(one.resource))}: **{_verdicts(one)}**" for one in diff.trails]
    lines += [f"- new error: {prose(error.source)}: {prose(error.message)}" for error in diff.errors]
    if rows:
        lines += ["", "| change | severity | rule | resource | before | now |", f"|{' --- |' * 6}", *rows]
    if len(shown) > MOST:
        lines += ["", f"... and {len(shown) - MOST} more, in the JSON of this diff"]
    return "\n".join(lines) + "\n"


def as_json(diff: RunDiff) -> bytes:
    """Return the diff as JSON: the two runs by their ids, and each change with both of its sides."""
    return write_json(
        {
            "schema_version": "1",
            "old": _run(diff.old),
            "new": _run(diff.new),
            "differences": differences(diff),
            "summary": diff.counts,
            "trails": diff.trails,
            "changes": [_plain_change(one) for one in diff.changes],
            "errors": {"new": diff.errors, "gone": diff.errors_gone},
        }
    )


DIFF_FORMATS: Final[Mapping[str, Callable[..., str | bytes]]] = {
    "console": console,
    "json": as_json,
    "markdown": markdown,
}


def _is_told(change: Change) -> bool:
    """Say whether a person is told more than the number: of what only one run judged, what does not hold."""
    held = change.finding.status in (Status.PASS, Status.NOT_APPLICABLE)
    return not (held and change.kind in ("newly_judged", "no_longer_judged"))


def _console_change(change: Change, terminal: Terminal) -> Iterator[str]:
    finding = change.finding
    word = terminal.paint(WORDS[change.kind].upper(), STYLES.get(change.kind, "open"))
    severity = terminal.paint(finding.severity, finding.severity)
    yield f"{word}  {plain(finding.rule_id)}  {severity}  {plain(_name(finding.resource))}"
    place = f"{plain(str(finding.location))}  " if finding.location else ""
    yield f"  {place}{_sides(change)}"
    if change.because:
        yield f"  {change.because}"
    if change.new is not None:
        yield from terminal.wrapped(plain(_said(change.new)), first="  ", rest="    ")


def _said(finding: Finding) -> str:
    if finding.waiver:
        return f"waived until {finding.waiver.expires} by {finding.waiver.owner}: {finding.waiver.reason}"
    return finding.message


def _row(change: Change) -> str:
    finding = change.finding
    before, now = _side(change.old), _side(change.new)
    cells = (
        WORDS[change.kind],
        finding.severity,
        prose(finding.rule_id, 80),
        prose(_name(finding.resource), 120),
        before,
        f"{now} ({change.because})" if change.because else now,
    )
    return f"| {' | '.join(cells)} |"


def _sides(change: Change) -> str:
    return f"{_side(change.old)} -> {_side(change.new)}"


def _side(finding: Finding | None) -> str:
    if finding is None:
        return "not judged"
    severity = f" ({finding.severity})" if finding.status == "fail" else ""
    return f"{STATUS_WORDS[finding.status.value]}{severity}{', waived' if finding.waiver else ''}"


def _verdicts(change: TrailChange) -> str:
    old, new = (VERDICT_WORDS[one] if one else "not seen" for one in (change.old, change.new))
    return f"{old} -> {new}"


def _totals(diff: RunDiff) -> str:
    said = [f"{number} {WORDS[kind]}" for kind in KINDS if (number := diff.counts[kind])]
    said += [f"{len(diff.errors)} new errors"] if diff.errors else []
    return ", ".join(said) or (NOTHING if not (diff.trails or diff.errors_gone) else "no finding changed")


def _name(subject: Subject) -> str:
    return subject.arn or subject.address


def _run(run: Run) -> dict[str, Any]:
    return {"tool": run.tool, "run": run.run, "summary": run.summary}


def _plain_change(change: Change) -> dict[str, Any]:
    finding = change.finding
    return {
        "change": change.kind,
        "because": change.because,
        "rule_id": finding.rule_id,
        "title": finding.title,
        "message": finding.message,
        "resource": finding.resource,
        "location": finding.location,
        "fingerprint": finding.fingerprint,
        "old": _plain_side(change.old),
        "new": _plain_side(change.new),
    }


def _plain_side(finding: Finding | None) -> dict[str, Any] | None:
    if finding is None:
        return None
    return {name: getattr(finding, name) for name in ("status", "severity", "waiver", "baseline")}
