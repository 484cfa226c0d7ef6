"""The answer of a run in one sentence."""

from __future__ import annotations

from ctguard.model.finding import Run


def headline(run: Run) -> str:
    """Return the answer in one sentence."""
    count = len(run.trails)
    trusted = sum(trail.verdict == "trusted" for trail in run.trails)
    failing = sum(trail.verdict == "not_trusted" for trail in run.trails)
    if count == 0:
        return "No trail in this input" if run.findings else "Nothing to judge in this input"
    if count == 1:
        name = f"trail {run.trails[0].resource.name or run.trails[0].resource.address}"
        if not trusted and not failing:
            return f"It is not known whether {name} can be trusted"
        return f"T{name[1:]} {'can' if trusted else 'cannot'} be trusted"
    if trusted == count:
        return f"All {count} trails can be trusted"
    if not trusted and not failing:
        return f"It is not known whether any of {count} trails can be trusted"
    return f"{trusted or 'None'} of {count} trails can be trusted"
