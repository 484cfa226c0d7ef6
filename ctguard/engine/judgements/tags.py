"""Judgements on tags."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from ctguard.engine.comparison import shown
from ctguard.engine.outcome import Context, Outcome
from ctguard.model.finding import Leaf
from ctguard.model.logic import Status, all_hold
from ctguard.model.values import PartialMap, Unknown, Value

SYSTEM: Final = "aws:"


def has_tags(context: Context, keys: Sequence[str]) -> Outcome:
    """The resource bears a tag of each of `keys`; with none asked for, any tag that is not AWS's own will do."""
    value = context.resource["tags"]
    where = context.resource.where("tags")
    leaves: list[Leaf] = []
    lacking: list[Unknown] = []
    for what, status in _answers(value, keys):
        unknown = value if isinstance(value, Unknown) else value.rest if isinstance(value, PartialMap) else None
        if status is Status.UNKNOWN and unknown:
            lacking.append(unknown)
        because = str(unknown) if status is Status.UNKNOWN else ""
        leaves.append(Leaf("tags", what, shown(", ".join(_keys(value)) or None), status, because, where))
    return Outcome(all_hold(leaf.status for leaf in leaves), tuple(leaves), tuple(dict.fromkeys(lacking)))


def _answers(value: Value, keys: Sequence[str]) -> Iterator[tuple[str, Status]]:
    known = set(_keys(value))
    otherwise = Status.UNKNOWN if isinstance(value, Unknown | PartialMap) else Status.FAIL
    for key in keys:
        yield f"a tag {key}", Status.PASS if key in known else otherwise
    if not keys:
        yield "a tag", Status.PASS if known else otherwise


def _keys(value: Value) -> Iterator[str]:
    tags = value.items if isinstance(value, PartialMap) else value if isinstance(value, dict) else {}
    return (key for key in tags if not key.startswith(SYSTEM))


LOOKS_AT: Final = {"has_tags": frozenset({"tags"})}
