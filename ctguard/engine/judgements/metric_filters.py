"""Judgements on the metric filters of a trail's log group: can each match at all, and does none look away?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from ctguard.engine.comparison import shown
from ctguard.engine.judgements.filter_watch import PATTERN, Watch, covering, may_see, samples, seen_by, sees, watches
from ctguard.engine.outcome import Context, Outcome
from ctguard.filter_pattern.controls import CONTROLS, Control
from ctguard.model.finding import Leaf
from ctguard.model.logic import Status, all_hold
from ctguard.model.values import Unknown, first_unknown

WIDE: Final = "no clause on account, region, principal, source address or user agent"
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
    if never:
        outcome = _outcome(watch, wanted, f"never matches: {pattern}", Status.FAIL, None)
        return Outcome(outcome.status, outcome.leaves, (), {"metric_filter": watch.metric_filter.address})
    reason = watch.reads.doubt or "the pattern is too intricate to decide"
    unknown = Unknown(f"{watch.metric_filter.address}.{PATTERN}", f"cannot be judged: {reason}", is_set=True)
    return _outcome(watch, wanted, pattern, Status.UNKNOWN, unknown)


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
    outcomes = [
        _outcome(one, WIDE, "not known", Status.UNKNOWN, unknown)
        for one in every
        if (unknown := _unread(one)) is not None
    ]
    readable = [one for one in every if _unread(one) is None]
    outcomes += _narrowed(context, readable, accepted)
    failing = {leaf.path for outcome in outcomes for leaf in outcome.leaves}
    outcomes += [
        _outcome(one, WIDE, "none", Status.PASS, None)
        for one in readable
        if f"{one.metric_filter.address}.{PATTERN}" not in failing
    ]
    return _joined(context, outcomes)


def _narrowed(context: Context, every: Sequence[Watch], accepted: Sequence[str]) -> Iterator[Outcome]:
    """Yield what narrows each filter, once, by the first control that it is about and that shows it.

    Where the filters together see all that a control demands, nothing is hidden.
    """
    from ctguard.filter_pattern import may_narrow, narrowings, sees_some

    for one in every:
        if not may_narrow(one.reads):
            continue
        others = [other for other in every if other is not one]
        for control in CONTROLS:
            if not _is_about(control, one) or covering(context, context.resource, control, every).verdict == "covers":
                continue
            if sees_some(control, one.reads) is False:
                continue
            found = narrowings(control, [one.reads])
            if found is None:
                unknown = Unknown(f"{one.metric_filter.address}.{PATTERN}", "is too intricate to judge", is_set=True)
                yield _outcome(one, WIDE, "not known", Status.UNKNOWN, unknown)
                break
            hidden = [
                narrowing
                for narrowing in found
                if not all(any(text in clause for text in accepted) for clause in narrowing.clauses)
                and not any(may_see(other.reads, narrowing.witness) for other in others)
            ]
            if hidden:
                clauses = ", ".join(dict.fromkeys(clause for narrowing in hidden for clause in narrowing.clauses))
                outcome = _outcome(one, WIDE, clauses, Status.FAIL, None)
                yield Outcome(outcome.status, outcome.leaves, (), hidden[0].witness)
                break


def _is_about(control: Control, watch: Watch) -> bool:
    """Say whether a filter is meant to see events of the control: it asks for what makes them."""
    from ctguard.filter_pattern import asked_for

    return not asked_for(watch.reads).isdisjoint(KEYS.get(control.id, ("eventName",)))


def _unread(watch: Watch) -> Unknown | None:
    """Return the value without which the pattern is not known."""
    return first_unknown(watch.metric_filter[PATTERN]) or first_unknown(watch.reads.pattern)


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
