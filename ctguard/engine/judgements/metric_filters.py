"""Judgements on the metric filters of a trail's log group: can each match at all, and does none look away?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from ctguard.engine.comparison import shown
from ctguard.engine.judgements.filter_watch import (
    OF_WHOM,
    PATTERN,
    Watch,
    covering,
    may_see,
    samples,
    seen_by,
    sees,
    watches,
)
from ctguard.engine.outcome import Context, Outcome
from ctguard.filter_pattern.controls import CONTROLS, Control
from ctguard.model.finding import Leaf
from ctguard.model.logic import Status, all_hold
from ctguard.model.values import Unknown, first_unknown

if TYPE_CHECKING:
    from ctguard.filter_pattern import Coverage, Narrowing

WIDE: Final = "no clause on account, region, principal, source address or user agent"
MASKED: Final = "a data protection policy may mask what the pattern tests"
KEYS: Final = {
    "unauthorized-api-calls": ("errorCode",),
    "root-usage": ("userIdentity.type", "userIdentity.arn"),
}
"""The fields by which a filter shows that it is about a control; others are about events by name."""


def each_can_match(context: Context) -> Outcome:
    """No filter of the log group can be proved never to match an event of CloudTrail."""
    return _joined(context, [_can_match(one) for one in watches(context, context.resource)])


def _can_match(watch: Watch) -> Outcome:
    from ctguard.filter_pattern import unmatchable

    wanted = "can match an event"
    if (unknown := _unread(watch)) is not None:
        return _outcome(watch, wanted, "not known", Status.UNKNOWN, unknown)
    never = None if watch.reads.doubt else False if _sees_a_sample(watch) else unmatchable(watch.reads)
    pattern = shown(watch.metric_filter[PATTERN])
    if never is False:
        return _outcome(watch, wanted, pattern, Status.PASS, None)
    if never and watch.doubt is not None:
        return _outcome(watch, wanted, f"never matches: {pattern}", Status.UNKNOWN, watch.doubt)
    if never:
        outcome = _outcome(watch, wanted, f"never matches: {pattern}", Status.FAIL, None)
        return Outcome(outcome.status, outcome.leaves, (), {"metric_filter": watch.metric_filter.address})
    reason = watch.reads.doubt or "the pattern is too intricate to decide"
    return _outcome(watch, wanted, pattern, Status.UNKNOWN, _not_judged(watch, reason))


def _sees_a_sample(watch: Watch) -> bool:
    """Say whether the filter matches an event that some control demands: then nothing need be proved."""
    return any(
        sees(watch.reads, samples(control)[seen_by(watch.reads, control).index(True)])
        for control in CONTROLS
        if any(seen_by(watch.reads, control))
    )


def none_is_narrowed(context: Context, accepted: Sequence[str]) -> Outcome:
    """No monitor looks away from some accounts, regions, principals or addresses, except as `accepted` clauses say."""
    every = watches(context, context.resource)
    return _joined(context, [_is_wide(context, one, every, accepted) for one in every])


def _is_wide(context: Context, watch: Watch, every: Sequence[Watch], accepted: Sequence[str]) -> Outcome:
    """Return whether a filter is narrowed, by the first control that it is about and that shows it."""
    unknown = _unread(watch) or (_not_judged(watch, watch.reads.doubt) if watch.reads.doubt else None)
    if unknown is not None:
        return _outcome(watch, WIDE, "not known", Status.UNKNOWN, unknown)
    perhaps: Outcome | None = None
    for outcome in _narrowed(context, watch, every, accepted):
        if outcome.status is Status.FAIL:
            return outcome
        perhaps = perhaps or outcome
    return perhaps or _outcome(watch, WIDE, "none", Status.PASS, None)


def _narrowed(context: Context, watch: Watch, every: Sequence[Watch], accepted: Sequence[str]) -> Iterator[Outcome]:
    """Yield what narrows a filter, control by control.

    Where the filters together see all that a control demands, nothing is hidden.
    """
    from ctguard.filter_pattern import may_narrow, narrowings, sees_some

    # Clauses narrow whether or not a policy masks what they look at; whether that is then so is another matter.
    reads = replace(watch.reads, masked=False)
    if not may_narrow(reads):
        return
    certain = [one for one in every if one.doubt is None]
    for control in CONTROLS:
        if not _is_about(control, watch):
            continue
        together = covering(context, context.resource, control, certain)
        if together.verdict == "covers":
            continue
        if sees_some(control, reads) is False:
            continue
        found = narrowings(control, [reads])
        if found is None:
            yield _outcome(watch, WIDE, "not known", Status.UNKNOWN, _not_judged(watch, "it is too intricate"))
            continue
        meant = [one for one in found if not all(any(text in clause for text in accepted) for clause in one.clauses)]
        seen = [(one, _is_seen(watch, one.witness, every)) for one in meant]
        if clauses := [one for one, status in seen if status is Status.FAIL]:
            yield _hiding(watch, clauses, together)
        elif clauses := [one for one, status in seen if status is Status.UNKNOWN]:
            yield _perhaps_hiding(watch, clauses, every)


def _is_seen(watch: Watch, event: dict[str, Any], every: Sequence[Watch]) -> Status:
    """Return whether another filter sees an event which the clauses of this one hide."""
    others = [one for one in every if one is not watch and may_see(one.reads, event)]
    if any(one.doubt is None and one.is_read and sees(one.reads, event) for one in others):
        return Status.PASS
    return Status.UNKNOWN if others or watch.doubt is not None or watch.reads.masked else Status.FAIL


def _hiding(watch: Watch, hiding: Sequence[Narrowing], together: Coverage) -> Outcome:
    """Return the finding on clauses that hide events, unless there are perhaps no such events in the log group."""
    clauses = _clauses(hiding)
    if OF_WHOM in together.undecided:
        return _outcome(watch, WIDE, clauses, Status.UNKNOWN, _not_judged(watch, OF_WHOM))
    outcome = _outcome(watch, WIDE, clauses, Status.FAIL, None)
    return Outcome(outcome.status, outcome.leaves, (), hiding[0].witness)


def _perhaps_hiding(watch: Watch, hiding: Sequence[Narrowing], every: Sequence[Watch]) -> Outcome:
    """Return the finding on clauses that hide events unless another filter sees them."""
    unclear = next((one for one in (watch, *every) if one.doubt is not None or not one.is_read), watch)
    unknown = unclear.doubt or _unread(unclear) or _not_judged(unclear, unclear.reads.doubt or MASKED)
    return _outcome(watch, WIDE, _clauses(hiding), Status.UNKNOWN, unknown)


def _clauses(hiding: Sequence[Narrowing]) -> str:
    return ", ".join(dict.fromkeys(clause for one in hiding for clause in one.clauses))


def _is_about(control: Control, watch: Watch) -> bool:
    """Say whether a filter is meant to see events of the control: it asks for what makes them."""
    from ctguard.filter_pattern import asked_for

    return not asked_for(watch.reads).isdisjoint(KEYS.get(control.id, ("eventName",)))


def _unread(watch: Watch) -> Unknown | None:
    """Return the value without which the pattern is not known."""
    return first_unknown(watch.metric_filter[PATTERN]) or first_unknown(watch.reads.pattern)


def _not_judged(watch: Watch, reason: str) -> Unknown:
    return Unknown(f"{watch.metric_filter.address}.{PATTERN}", f"cannot be judged: {reason}", is_set=True)


def _outcome(watch: Watch, expected: str, actual: str, status: Status, unknown: Unknown | None) -> Outcome:
    one = watch.metric_filter
    leaf = Leaf(f"{one.address}.{PATTERN}", expected, actual, status, str(unknown or ""), one.where(PATTERN))
    return Outcome(status, (leaf,), (unknown,) if unknown else ())


def _joined(context: Context, outcomes: Sequence[Outcome]) -> Outcome:
    """Join what was found of each filter; a log group that is not in sight may have others."""
    group = context.resource
    if group.missing is not None:
        leaf = Leaf("metric_filters", "all known", "not known", Status.UNKNOWN, str(group.missing), group.location)
        outcomes = [*outcomes, Outcome(Status.UNKNOWN, (leaf,), (group.missing,))]
    status = all_hold(outcome.status for outcome in outcomes)
    ordered = sorted(outcomes, key=lambda outcome: outcome.status is not status)
    return Outcome(
        status,
        tuple(leaf for outcome in ordered for leaf in outcome.leaves),
        tuple(dict.fromkeys(one for outcome in ordered for one in outcome.unknowns))
        if status is Status.UNKNOWN
        else (),
        next((outcome.witness for outcome in ordered if outcome.witness), None),
    )


LOOKS_AT: Final = {"each_can_match": frozenset({"metric_filters"}), "none_is_narrowed": frozenset({"metric_filters"})}
