"""Tell a verdict to a person, line by line: what, by which statement, the request, what to write instead."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from ctguard.policy.part import Witness
from ctguard.policy.pattern import Truth
from ctguard.policy.verdict import PolicyVerdict

_ANSWERS: Final = {True: "yes", False: "no", None: "not decided"}
_NAMES: Final = {
    "least_privilege": "least privilege",
    "delivers": "CloudTrail can deliver",
    "topic_source_arn": "Publish bound by aws:SourceArn",
}


def explain(verdict: PolicyVerdict) -> Iterator[str]:
    """Yield the lines of a verdict; the first of each block stands at the margin."""
    answers: dict[str, Truth] = {"least_privilege": verdict.least_privilege, "delivers": verdict.delivers}
    if verdict.kind == "sns":
        answers["topic_source_arn"] = verdict.topic_source_arn
    for name, answer in answers.items():
        yield f"{_NAMES[name]}: {_ANSWERS[answer]}"
        yield from (f"  because {one.because}" for one in verdict.undecided if one.what == name)
    for witness in (*verdict.excess, *_not_told_before(verdict)):
        yield from _told(witness, "gets through")
    for witness in verdict.undelivered:
        yield from _told(witness, "is refused")
    if verdict.readers:
        yield ""
        yield "who else may read:"
        yield from (f"  {one.id} ({one.action}, {one.statement.name})" for one in verdict.readers)


def _not_told_before(verdict: PolicyVerdict) -> Iterator[Witness]:
    told = {(witness.statement, witness.kind) for witness in verdict.excess}
    return (witness for witness in verdict.unbound if (witness.statement, witness.kind) not in told)


def _told(witness: Witness, fate: str) -> Iterator[str]:
    request = witness.request.to_json()
    yield ""
    yield witness.why
    yield f"  {fate}: {request['action']} on {request['resource']}"
    yield f"    by {request['principal']['id']}"
    for key, value in request["context"].items():
        yield f"    {key} = {', '.join(value) if isinstance(value, list) else value}"
    if witness.suggestion is not None:
        yield "  write instead:"
        yield from (f"    {line}" for line in json.dumps(witness.suggestion, indent=2).splitlines())
