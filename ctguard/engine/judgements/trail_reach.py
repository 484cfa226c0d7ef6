"""Which of the events that a monitor demands a trail sends on at all.

A monitor sees no more than its trail: one that is off, of one region, or that
leaves the events out. What selectors record is `ctguard.coverage`'s work.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ctguard.coverage import management_coverage, read_selectors, records
from ctguard.coverage.management import GLOBAL_SOURCES, SOURCES
from ctguard.coverage.trails import GLOBAL_REGIONS
from ctguard.engine.comparison import shown, stands
from ctguard.engine.judgements.chain import Answer, Step, once, step
from ctguard.engine.outcome import Break, Context
from ctguard.filter_pattern.controls import Control
from ctguard.model.logic import Status, all_hold
from ctguard.model.resource import Resource
from ctguard.model.values import Unknown, first_unknown

SELECTORS: Final = ("event_selectors", "advanced_event_selectors")
OTHER_REGIONS: Final = ("us-east-1", "eu-west-1")
UNNAMED: Final[Mapping[str, Mapping[str, Any]]] = {
    "unauthorized-api-calls": {"eventName": "RunInstances", "errorCode": "Client.UnauthorizedOperation"},
    "root-usage": {"eventName": "CreateUser", "userIdentity": {"type": "Root"}, "eventType": "AwsApiCall"},
}
"""An event of each control that demands none by name."""


def some_event(control: Control, **fields: Any) -> dict[str, Any]:
    """Return the essence of an event that the control demands."""
    if control.id in UNNAMED:
        return {**UNNAMED[control.id], **fields}
    return {"eventSource": control.source, "eventName": control.names[0], **fields}


def reach(context: Context, trail: Resource, control: Control, *, at_home: bool = False) -> Answer:
    """Return whether every event that `control` demands is recorded by `trail`: of every region, or `at_home` alone."""
    steps: list[Step] = []
    witness: dict[str, Any] | None = None
    regions = () if at_home else (_everywhere(trail, control),)
    for one, event in (_logging(trail, control), *regions, *_recorded(context, trail, control)):
        if one.status is not Status.PASS:
            steps.append(one)
        if one.status is Status.FAIL and witness is None:
            witness = event
    return Answer(all_hold(one.status for one in steps), tuple(steps), witness)


def _logging(trail: Resource, control: Control) -> tuple[Step, dict[str, Any]]:
    status, unknown = stands(trail["is_logging"], "is", True)
    return _of_trail(trail, "is_logging", "true", status, unknown), some_event(control)


def _everywhere(trail: Resource, control: Control) -> tuple[Step, dict[str, Any]]:
    """The trail records all regions, or the one in which the demanded events are written."""
    name, home = "is_multi_region_trail", trail["home_region"]
    status, unknown = stands(trail[name], "is", True)
    if control.one_region and status is not Status.PASS:
        there, missing = stands(home, "is", GLOBAL_REGIONS["aws"])
        if there is not Status.FAIL:
            status, unknown = there, missing
    elsewhere = next(region for region in OTHER_REGIONS if region != home)
    return _of_trail(trail, name, "true", status, unknown), some_event(control, awsRegion=elsewhere)


def _recorded(context: Context, trail: Resource, control: Control) -> Iterator[tuple[Step, dict[str, Any]]]:
    """The selectors take every demanded event, and global services are not left out."""
    if control.source in GLOBAL_SOURCES or control.reads_too:
        name = "include_global_service_events"
        status, unknown = stands(trail[name], "is", True)
        event = some_event(control, eventSource=GLOBAL_SOURCES[0])
        yield _of_trail(trail, name, "true", status, unknown), event
    if not any(trail[name] for name in SELECTORS):
        return
    selectors = once(context, ("selectors", id(trail)), lambda: read_selectors(*(trail[one] for one in SELECTORS)))
    source = control.source if control.source in SOURCES else ""
    wanted = {(access, source) for access in ("read", "write")} if control.reads_too else {("write", source)}
    cells = once(context, ("recorded by", id(trail)), lambda: management_coverage(selectors).cells)
    for (access, of), answer in cells.items():
        if (access, of) not in wanted and not control.reads_too:
            continue
        if answer.status is Status.PASS:
            continue
        status, event = answer.status, {**some_event(control), **(answer.witness or {})}
        if control.names:
            missing = next(filter(lambda one: records(selectors, one) is False, _samples(control)), None)
            status = Status.FAIL if missing else Status.UNKNOWN
            event = missing or event
        name = next(name for name in SELECTORS if trail[name])
        lacking = first_unknown([trail[one] for one in SELECTORS]) or Unknown(f"{trail.address}.{name}", answer.reason)
        one = _of_trail(trail, name, f"all {access} events recorded", status, lacking, "not all", answer.reason)
        yield one, event


def _samples(control: Control) -> Iterator[dict[str, Any]]:
    for name in control.names:
        yield {
            "eventCategory": "Management",
            "eventSource": control.source,
            "eventName": name,
            "eventType": "AwsConsoleSignIn" if name == "ConsoleLogin" else "AwsApiCall",
            "readOnly": False,
            "userIdentity": {"type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/operator/session"},
        }


def _of_trail(
    trail: Resource,
    attribute: str,
    expected: str,
    status: Status,
    unknown: Unknown | None,
    actual: str = "",
    because: str = "",
) -> Step:
    return step(
        f"{trail.address}.{attribute}",
        expected,
        actual or shown(trail[attribute]),
        status,
        unknown,
        where=trail.where(attribute),
        ends_at=Break(trail, attribute),
        because=because,
    )
