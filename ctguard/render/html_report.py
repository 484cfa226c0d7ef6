"""The report as one HTML file, for an engineer or for an auditor: no request, no script needed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from ctguard.model.errors import UsageError
from ctguard.model.finding import Run
from ctguard.model.log_verification import LogVerification
from ctguard.model.trend import Point
from ctguard.render.html_page import page
from ctguard.render.html_view import view_of
from ctguard.render.timeline import timeline, told_in_words
from ctguard.render.trail_drawing import drawings
from ctguard.render.trend import told as told_trend
from ctguard.render.trend import trend_drawing

VIEWS: Final = {"engineer": "engineer.html.j2", "auditor": "auditor.html.j2"}


def render(
    run: Run, *, view: str = "engineer", logs: LogVerification | None = None, trend: Sequence[Point] = ()
) -> str:
    """Return the page in one of `VIEWS`, with the hours of `logs` and the `trend` to this run where there are such.

    Raises UsageError for a view that is not there.
    """
    if view not in VIEWS:
        raise UsageError(f"there is no view {view!r}", hint=f"the views are {', '.join(VIEWS)}")
    model = view_of(run)
    told = auditors_part(run) if view == "auditor" else {}
    drawn, undrawn = drawings(run, told.pop("anchors", model.anchors))
    return page(
        VIEWS[view],
        foot_of(run),
        page=model,
        run=run,
        drawings=drawn,
        undrawn=undrawn,
        logs=logs,
        hours=timeline(logs) if logs else None,
        logs_in_words=told_in_words(logs) if logs else (),
        trend=trend_drawing(trend, "Findings from run to run") if len(trend) > 1 else None,
        trend_in_words=told_trend(trend),
        **told,
    )


def auditors_part(run: Run) -> dict[str, Any]:
    """Return what the view of an auditor shows, whose links lead to tests instead of findings."""
    from ctguard.render.assessment import assessment_of, test_anchor

    anchors = {one.fingerprint: (one.rule_id, test_anchor(one.rule_id)) for one in run.findings}
    return {"assessment": assessment_of(run), "anchors": anchors}


def foot_of(run: Run) -> str:
    """Return scope, date and digest for the foot of each sheet."""
    info = run.run
    scope = ", ".join(info.inputs[:2]) + (f" and {len(info.inputs) - 2} more" if len(info.inputs) > 2 else "")
    return f"{info.finished_at}  {info.rules_digest[:19]}  {scope}"
