"""What can be said of a log group as a monitor before any filter is read: its class, and that it has no filter.

Source: CloudWatch Logs User Guide, "Log classes".
"""

from __future__ import annotations

from ctguard.engine.comparison import shown, stands
from ctguard.engine.judgements.chain import Answer, Step, step
from ctguard.engine.outcome import Break
from ctguard.model.logic import Status, all_hold
from ctguard.model.resource import Resource


def ready_steps(group: Resource) -> tuple[Step, ...]:
    """A log group of another class than STANDARD takes no metric filters."""
    name = "log_group_class"
    status, unknown = stands(group[name], "is", "STANDARD")
    if status is Status.PASS or group.missing is not None:
        return ()
    path, where = f"{group.address}.{name}", group.where(name)
    return (step(path, "STANDARD", shown(group[name]), status, unknown, where=where, ends_at=Break(group, name)),)


def unwatched(group: Resource) -> Answer:
    """Return the answer of a log group of which no filter is known: it has none, unless it is not in the input."""
    ready = ready_steps(group)
    path, expected = f"{group.address}.metric_filters", "a filter that sees these events"
    status = Status.UNKNOWN if group.missing is not None else Status.FAIL
    actual = "not known" if group.missing is not None else "none"
    none = step(
        path, expected, actual, status, group.missing, where=group.location, ends_at=Break(group, "metric_filters")
    )
    return Answer(all_hold(one.status for one in (*ready, none)), (*ready, none))
