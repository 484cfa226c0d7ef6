"""Monitoring that somebody declares: do the events leave the account on the way that the declaration names?

What happens beyond the account's border nobody can see from here; there the
declaration answers, by name. Up to the border the way is followed like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Final, TypeAlias

from ctguard.engine.comparison import shown
from ctguard.engine.judgements.chain import Answer, Chain, neighbours, step
from ctguard.engine.judgements.log_readers import reads_files
from ctguard.engine.judgements.log_streams import to_destination
from ctguard.engine.judgements.naming import entries
from ctguard.engine.judgements.new_files import to_queue, to_subscriber
from ctguard.engine.judgements.trail_reach import some_event
from ctguard.engine.outcome import Context
from ctguard.filter_pattern.controls import Control
from ctguard.model.logic import Status, all_hold, any_holds
from ctguard.model.resource import Resource
from ctguard.model.values import Unknown, first_unknown

Pipe: TypeAlias = Callable[[Context, Resource, Control, Resource], Chain]

PIPES: Final[Mapping[str, Pipe]] = {
    "queue": to_queue,
    "subscriber": to_subscriber,
    "reader": reads_files,
    "destination": to_destination,
}
"""What a declaration names, and how it is followed there; all that it names must hold."""


def watched_elsewhere(context: Context, trail: Resource, control: Control, reached: Answer) -> Answer | None:
    """Return whether a declared monitor gets every event that `control` demands; None when none answers the rule.

    `reached` says whether the trail records them at all.
    """
    declared = neighbours(context, "external_monitor", trail)
    answers = [
        _by(context, trail, control, one, reached)
        for one in declared
        if _answers_for(one, context.rule_id) is not Status.FAIL
    ]
    status = any_holds(answer.status for answer in answers)
    return next((answer for answer in answers if answer.status is status), None)


def _answers_for(monitor: Resource, rule_id: str) -> Status:
    """Return whether the declaration speaks of a rule."""
    return any_holds(
        Status.UNKNOWN if isinstance(one, Unknown) else Status.PASS if fnmatchcase(rule_id, one) else Status.FAIL
        for one in entries(monitor["rules"])
    )


def _by(context: Context, trail: Resource, control: Control, monitor: Resource, reached: Answer) -> Answer:
    answers = _answers_for(monitor, context.rule_id)
    stated = step(
        monitor.address,
        "watched elsewhere",
        f"declared: {shown(monitor['by'])}",
        answers,
        first_unknown(monitor["rules"]),
        where=monitor.location,
        because=shown(monitor["reason"]),
    )
    chains = [*_pipes(context, trail, control, monitor)]
    steps = (*reached.steps, *(one for chain in chains for one in chain.steps), stated)
    status = all_hold((reached.status, answers, *(chain.status for chain in chains)))
    return Answer(status, steps, reached.witness or some_event(control))


def _pipes(context: Context, trail: Resource, control: Control, monitor: Resource) -> Iterator[Chain]:
    named = [name for name in PIPES if monitor[name] is not None]
    for name in named:
        if isinstance(unknown := monitor[name], Unknown):
            yield Chain((step(monitor.address, f"a {name}", shown(unknown), Status.UNKNOWN, unknown),))
        else:
            yield PIPES[name](context, trail, control, monitor)
    if not named:
        yield _undeclared(monitor, "the way out", "by what the events leave", "name a queue, subscriber or destination")
    elif named[0] in ("queue", "subscriber") and not {"reader", "destination"}.intersection(named):
        yield _undeclared(monitor, "the reader", "who reads the files that are announced", "name the role as reader")


def _undeclared(monitor: Resource, what: str, why: str, cure: str) -> Chain:
    unknown = Unknown(f"{what} of {monitor.address}", f"is not declared: {why}", cure)
    return Chain((step(monitor.address, what, "not declared", Status.UNKNOWN, unknown, where=monitor.location),))
