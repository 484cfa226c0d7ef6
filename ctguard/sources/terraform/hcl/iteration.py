"""What a `for` goes through: the pairs of a list or map, and whether there may be more."""

from __future__ import annotations

from typing import NamedTuple

from ctguard.model.values import PartialList, PartialMap, Unknown, Value
from ctguard.sources.terraform.hcl.limits import EvaluationError


class Pairs(NamedTuple):
    """The known pairs of key and value, in Terraform's order, and what stands for the others."""

    known: list[tuple[Value, Value]]
    rest: Unknown | None = None


def pairs(value: Value) -> Pairs:
    """Return what iterating over `value` yields; EvaluationError where Terraform refuses to."""
    if isinstance(value, list):
        return Pairs(list(enumerate(value)))
    if isinstance(value, dict):
        return Pairs(sorted(value.items()))
    if isinstance(value, Unknown):
        return Pairs([], value)
    if isinstance(value, PartialMap):
        return Pairs(sorted(value.items.items()), value.rest)
    if isinstance(value, PartialList):
        position = Unknown(f"position in {value.rest.what}", value.rest.why, value.rest.cure, is_set=True)
        return Pairs([(position, item) for item in value.items], value.rest)
    if value is None:
        raise EvaluationError("null cannot be iterated over")
    raise EvaluationError("only lists, sets, maps and objects can be iterated over")
