"""Judgements on what trails record, decided by `ctguard.coverage` over all events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from ctguard.coverage import (
    CALL_RATE,
    ERROR_RATE,
    Answer,
    SelectorSet,
    bucket_arn,
    data_coverage,
    insights_coverage,
    management_coverage,
    network_activity,
    own_deliveries_recorded,
    read_selectors,
)
from ctguard.coverage.management import Access
from ctguard.coverage.partial_text import Text
from ctguard.engine.comparison import shown, stands
from ctguard.engine.outcome import Context, Outcome
from ctguard.model.finding import Leaf
from ctguard.model.logic import Status, all_hold, any_holds, negated
from ctguard.model.resource import Resource
from ctguard.model.values import Unknown, text, unknowns

SELECTORS: Final = ("event_selectors", "advanced_event_selectors")
PLACES: Final = ("is_multi_region_trail", "home_region")
S3_OBJECT: Final = "AWS::S3::Object"
SAID: Final = {Status.PASS: "all recorded", Status.FAIL: "not all recorded", Status.UNKNOWN: "not known"}


def records_management_events(context: Context) -> Outcome:
    """Read and write management events of all sources that cannot be left out."""
    trail = context.resource
    coverage = management_coverage(_selectors(trail))
    return _outcome(
        trail, [(f"{access} management events", coverage.cells[access, ""]) for access in ("read", "write")]
    )


def records_all_sources(context: Context) -> Outcome:
    """Of the accesses that the trail records, no source is left out and nothing is narrowed.

    An access that is not recorded at all is the other rule's business.
    """
    trail = context.resource
    cells = management_coverage(_selectors(trail)).cells
    answers: list[tuple[str, Answer]] = []
    for (access, source), answer in cells.items():
        recorded = any_holds(one.some for (kind, _), one in cells.items() if kind == access)
        if recorded is Status.FAIL:
            continue
        doubtful = recorded is Status.UNKNOWN and answer.status is Status.FAIL
        reason = f"{answer.reason}, and whether any are is not known"
        said = Answer(Status.UNKNOWN, reason) if doubtful else answer
        answers.append((f"{access} events of {source or 'all other sources'}", said))
    return _outcome(trail, answers or [("management events", Answer(Status.PASS, "none are recorded"))])


def records_data_events(
    context: Context, access: str, resource_type: str = S3_OBJECT, buckets: Sequence[str] = ()
) -> Outcome:
    """All data events of a resource type, of one access: on all resources, or on the objects of the named buckets."""
    trail = context.resource
    within: list[Text | None] = [text([bucket_arn(name), "/"]) for name in buckets] or [None]
    answers: list[tuple[str, Answer]] = []
    for place in within:
        kind: Access = "read" if access == "read" else "write"
        found = data_coverage(_selectors(trail), resource_type, kind, within=place)
        where = f" below {place}" if place is not None else ""
        answers.append(
            (f"{access} data events of {resource_type}{where}", Answer(found.every, found.reason, found.witness))
        )
    return _outcome(trail, answers)


def records_data_events_of(context: Context, resource_types: Sequence[str]) -> Outcome:
    """All data events, reads and writes, of some resource types."""
    trail = context.resource
    accesses: tuple[Access, ...] = ("read", "write")
    answers: list[tuple[str, Answer]] = []
    for resource_type in resource_types:
        for access in accesses:
            found = data_coverage(_selectors(trail), resource_type, access)
            said = Answer(found.every, found.reason, found.witness)
            answers.append((f"{access} data events of {resource_type}", said))
    return _outcome(trail, answers)


def records_network_activity(context: Context) -> Outcome:
    """Network activity events of VPC endpoints, of some service."""
    trail = context.resource
    answer, _ = network_activity(_selectors(trail))
    return _outcome(trail, [("network activity events", answer)])


def records_insights(context: Context) -> Outcome:
    """Call rate and error rate Insights, with the events that they need."""
    trail = context.resource
    answers = insights_coverage(_selectors(trail), trail["insight_selectors"])
    return _outcome(
        trail, [(kind, answers[kind]) for kind in (CALL_RATE, ERROR_RATE)], ("insight_selectors", *SELECTORS)
    )


def records_log_bucket_access(context: Context) -> Outcome:
    """Access to the bucket's objects is recorded: by its access log, or by a trail that delivers elsewhere."""
    trail = context.resource
    bucket = context.inventory.follow(trail, "bucket")
    if not isinstance(bucket, Resource):
        missing = bucket if isinstance(bucket, Unknown) else Unknown(f"{trail.address}.s3_bucket_name", "is not stated")
        leaf = Leaf("bucket", "a log bucket", "not known", Status.UNKNOWN, str(missing), trail.where("s3_bucket_name"))
        return Outcome(Status.UNKNOWN, (leaf,), (missing,))
    logged = _is_set(bucket)
    others = [(other, _watches(other, bucket, context)) for other in _siblings(context)]
    by_trails = [status for _, status in others]
    status = any_holds([logged.status, *by_trails])
    watching = Leaf(
        "trails that deliver elsewhere",
        "one that records reads and writes of the bucket's objects",
        f"{sum(one is Status.PASS for one in by_trails)} of {len(by_trails)}",
        any_holds(by_trails),
        location=trail.where("s3_bucket_name"),
    )
    lacking = _missing_of((bucket, *(one for one, found in others if found is Status.UNKNOWN)), status)
    return Outcome(status, (logged, watching), lacking)


def _watches(other: Resource, bucket: Resource, context: Context) -> Status:
    """Say whether another trail records all access to the objects of `bucket`, and delivers elsewhere."""
    target = context.inventory.follow(other, "bucket")
    elsewhere = Status.FAIL if target is bucket else Status.PASS if isinstance(target, Resource) else Status.UNKNOWN
    within = text([bucket_arn(bucket["name"]), "/"])
    accesses: tuple[Access, ...] = ("read", "write")
    recorded = [data_coverage(_selectors(other), S3_OBJECT, access, within=within).every for access in accesses]
    return all_hold((elsewhere, _runs(other), *recorded))


def records_no_copy(context: Context) -> Outcome:
    """No trail named before this one, in the same account, records the same management events."""
    trail = context.resource
    mine = management_coverage(_selectors(trail))
    copies: list[tuple[str, Answer]] = []
    lacking: list[Unknown] = []
    for other in _siblings(context):
        if other.address > trail.address:
            continue
        theirs = management_coverage(_selectors(other))
        both = any_holds(
            all_hold((mine.cells[access, ""].status, theirs.cells[access, ""].status)) for access in ("read", "write")
        )
        status = negated(all_hold((_in_the_same_place(trail, other), _runs(other), both)))
        said = "records the same management events" if status is Status.FAIL else "records other events"
        copies.append((other.address, Answer(status, f"{other.address} {said}")))
        if status is Status.UNKNOWN:
            values = (*(one[name] for one in (trail, other) for name in PLACES), other["is_logging"], other.exists)
            lacking += [unknown for value in values for unknown in unknowns(value)]
            lacking += [unknown for name in SELECTORS for unknown in unknowns(other[name])]
    none = ("other trails", Answer(Status.PASS, "none that comes before this one"))
    return _outcome(trail, copies or [none], lacking=lacking)


def has_no_self_loop(context: Context) -> Outcome:
    """The trail does not record its own deliveries to its bucket as data events."""
    trail = context.resource
    bucket = context.inventory.follow(trail, "bucket")
    name = bucket["name"] if isinstance(bucket, Resource) else trail["s3_bucket_name"]
    prefix = trail["s3_key_prefix"]
    return _outcome(trail, [("its own deliveries", own_deliveries_recorded(_selectors(trail), name, prefix))])


def _selectors(trail: Resource) -> SelectorSet:
    # An event data store has advanced selectors only.
    on_store = trail.kind.name == "event_data_store"
    return read_selectors(trail.attributes.get("event_selectors"), trail["advanced_event_selectors"], on_store=on_store)


def _siblings(context: Context) -> Iterator[Resource]:
    """Yield the other trails of the same input that log."""
    for other in context.inventory.of_kind("trail"):
        if other is not context.resource and other.unit == context.resource.unit and other["is_logging"] is not False:
            yield other


def _runs(trail: Resource) -> Status:
    """Say whether a trail is certainly there and logs."""
    return all_hold(
        (Status.PASS if trail.exists is None else Status.UNKNOWN, stands(trail["is_logging"], "is", True)[0])
    )


def _in_the_same_place(one: Resource, other: Resource) -> Status:
    """Say whether two trails hear events of a common region."""
    here, there = one["home_region"], other["home_region"]
    home = Status.UNKNOWN
    if isinstance(here, str) and isinstance(there, str):
        home = Status.PASS if here == there else Status.FAIL
    elif isinstance(here, Unknown) and here == there:
        home = Status.PASS
    return any_holds((home, *(stands(trail["is_multi_region_trail"], "is", True)[0] for trail in (one, other))))


def _is_set(bucket: Resource) -> Leaf:
    value = bucket["logging.configuration"]
    status, unknown = stands(value, "set", True)
    return Leaf(
        f"{bucket.address}.logging",
        "set",
        shown(value),
        status,
        str(unknown) if unknown else "",
        bucket.where("logging.configuration"),
    )


def _outcome(
    trail: Resource,
    answers: list[tuple[str, Answer]],
    read: Iterable[str] = SELECTORS,
    lacking: Iterable[Unknown] = (),
) -> Outcome:
    """Return what the answers come to together.

    `read` are the attributes that they were decided by, `lacking` what was missing elsewhere.
    """
    status = all_hold(answer.status for _, answer in answers)
    names = [name for name in read if name in trail.attributes]
    where = next((name for name in names if trail[name]), "")
    leaves = tuple(
        Leaf(
            path,
            "all recorded",
            SAID[answer.status],
            answer.status,
            answer.reason,
            trail.where(where) if where else trail.location,
        )
        for path, answer in sorted(answers, key=lambda one: one[1].status is not status)
    )
    witness = next((answer.witness for _, answer in answers if answer.status is status and answer.witness), None)
    missing: tuple[Unknown, ...] = ()
    if status is Status.UNKNOWN:
        missing = tuple(dict.fromkeys((*lacking, *(one for name in names for one in unknowns(trail[name])))))
        missing = missing or (Unknown(f"{trail.address}.{where}", "cannot be judged"),)
    return Outcome(status, leaves, missing, witness if status is Status.FAIL else None)


def _missing_of(resources: Iterable[Resource], status: Status) -> tuple[Unknown, ...]:
    if status is not Status.UNKNOWN:
        return ()
    found: dict[Unknown, None] = {}
    for resource in resources:
        names = (
            (*SELECTORS, "s3_bucket_name", "is_logging")
            if resource.kind.name == "trail"
            else ("logging.configuration",)
        )
        for name in names:
            found.update(dict.fromkeys(unknowns(resource[name])))
        found.update(dict.fromkeys(unknowns(resource.exists)))
    return tuple(found)


LOOKS_AT: Final = {
    name: frozenset(SELECTORS)
    for name in (
        "records_management_events",
        "records_all_sources",
        "records_data_events",
        "records_data_events_of",
        "records_insights",
        "records_network_activity",
        "records_log_bucket_access",
        "records_no_copy",
        "has_no_self_loop",
    )
}
