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
    own_deliveries_recorded,
    read_selectors,
)
from ctguard.coverage.management import Access
from ctguard.coverage.partial_text import Text
from ctguard.engine.outcome import Context, Outcome
from ctguard.model.finding import Leaf
from ctguard.model.logic import Status, all_hold, any_holds
from ctguard.model.resource import Resource
from ctguard.model.values import Unknown, text, unknowns

SELECTORS: Final = ("event_selectors", "advanced_event_selectors")
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
    others = [
        (other, data_coverage(_selectors(other), S3_OBJECT, access, within=text([bucket_arn(bucket["name"]), "/"])))
        for other in _siblings(context)
        if context.inventory.follow(other, "bucket") is not bucket
        for access in ("read", "write")
    ]
    by_trails = [
        all_hold(coverage.every for one, coverage in others if one is other)
        for other in dict.fromkeys(one for one, _ in others)
    ]
    status = any_holds([logged.status, *by_trails])
    watching = Leaf(
        "trails that deliver elsewhere",
        "one that records reads and writes of the bucket's objects",
        f"{sum(one is Status.PASS for one in by_trails)} of {len(by_trails)}",
        any_holds(by_trails),
        location=trail.where("s3_bucket_name"),
    )
    return Outcome(status, (logged, watching), _missing_of((bucket, *(one for one, _ in others)), status))


def records_no_copy(context: Context) -> Outcome:
    """No trail named before this one, in the same account, records the same management events."""
    trail = context.resource
    mine = management_coverage(_selectors(trail))
    copies: list[tuple[str, Answer]] = []
    for other in _siblings(context):
        if other.address > trail.address or not _in_the_same_place(trail, other):
            continue
        theirs = management_coverage(_selectors(other))
        both = [
            all_hold((mine.cells[access, ""].status, theirs.cells[access, ""].status)) for access in ("read", "write")
        ]
        status = {Status.PASS: Status.FAIL, Status.FAIL: Status.PASS}.get(any_holds(both), Status.UNKNOWN)
        said = "records the same management events" if status is Status.FAIL else "records other events"
        copies.append((other.address, Answer(status, f"{other.address} {said}")))
    return _outcome(trail, copies or [("other trails", Answer(Status.PASS, "none that comes before this one"))])


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


def _in_the_same_place(one: Resource, other: Resource) -> bool:
    if one["is_multi_region_trail"] is True or other["is_multi_region_trail"] is True:
        return True
    return isinstance(one["home_region"], str) and one["home_region"] == other["home_region"]


def _is_set(bucket: Resource) -> Leaf:
    from ctguard.engine.comparison import shown, stands

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


def _outcome(trail: Resource, answers: list[tuple[str, Answer]], read: Iterable[str] = SELECTORS) -> Outcome:
    """Return what the answers come to together; `read` are the attributes that they were decided by."""
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
    lacking: tuple[Unknown, ...] = ()
    if status is Status.UNKNOWN:
        lacking = tuple(dict.fromkeys(one for name in names for one in unknowns(trail[name]))) or (
            Unknown(f"{trail.address}.{where}", "cannot be judged"),
        )
    return Outcome(status, leaves, lacking, witness if status is Status.FAIL else None)


def _missing_of(resources: Iterable[Resource], status: Status) -> tuple[Unknown, ...]:
    if status is not Status.UNKNOWN:
        return ()
    found: dict[Unknown, None] = {}
    for resource in resources:
        names = SELECTORS if resource.kind.name == "trail" else ("logging.configuration",)
        for name in names:
            found.update(dict.fromkeys(unknowns(resource[name])))
    return tuple(found)


LOOKS_AT: Final = {
    name: frozenset(SELECTORS)
    for name in (
        "records_management_events",
        "records_all_sources",
        "records_data_events",
        "records_insights",
        "records_log_bucket_access",
        "records_no_copy",
        "has_no_self_loop",
    )
}
