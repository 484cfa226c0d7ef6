"""Functions that choose among values or ask about them: coalesce, contains, index, alltrue, anytrue."""

from __future__ import annotations

from ctguard.model.values import PartialList, PartialText, Unknown, Value, first_unknown
from ctguard.sources.terraform.functions.derivation import doubt
from ctguard.sources.terraform.functions.equality import equal
from ctguard.sources.terraform.functions.failure import FunctionError
from ctguard.sources.terraform.functions.text_parts import surely_filled
from ctguard.sources.terraform.functions.unification import unified


def coalesce(*candidates: Value) -> Value:
    """Return the first argument that is neither null nor the empty string."""
    for candidate in unified(list(candidates)):
        if surely_filled(candidate):
            return candidate
        if (cause := first_unknown(candidate)) is not None:
            return doubt(cause, "coalesce", *candidates)
    raise FunctionError("no non-null, non-empty-string arguments")


def coalesce_lists(*candidates: Value) -> Value:
    """Return the first list that is not empty."""
    for candidate in candidates:
        if not isinstance(candidate, list | PartialList | Unknown):
            raise FunctionError("coalescelist arguments must be lists, tuples, or sets")
    for candidate in candidates:
        if isinstance(candidate, Unknown):
            return doubt(candidate, "coalescelist", *candidates)
        if isinstance(candidate, PartialList) and not candidate.items:
            return doubt(candidate.rest, "coalescelist", *candidates)
        if candidate:
            return candidate
    raise FunctionError("no non-null arguments")


def contains(items: Value, wanted: Value) -> Value:
    """Return whether `wanted` is an element of a list or set."""
    if isinstance(items, Unknown):
        return doubt(items, "contains", items, wanted)
    answers = {equal(item, wanted) for item in _items(items)}
    if True in answers:
        return True
    if isinstance(items, PartialList):
        return doubt(items.rest, "contains", items, wanted)
    return _in_doubt([items, wanted], "contains", items, wanted) if None in answers else False


def index(items: Value, wanted: Value) -> Value:
    """Return the index of the first element that equals `wanted`; a list without one is refused."""
    if isinstance(items, Unknown):
        return doubt(items, "index", items, wanted)
    answers = [equal(item, wanted) for item in _items(items)]
    if isinstance(items, PartialList):
        return doubt(items.rest, "index", items, wanted)
    for position, answer in enumerate(answers):
        if answer:
            return position
        if answer is None:
            return _in_doubt([items, wanted], "index", items, wanted)
    raise FunctionError("item not found")


def all_true(items: Value) -> Value:
    """Return whether every element is true; null is not."""
    return _joined(items, "alltrue", decisive=False)


def any_true(items: Value) -> Value:
    """Return whether some element is true."""
    return _joined(items, "anytrue", decisive=True)


def _joined(items: Value, function: str, *, decisive: bool) -> Value:
    if isinstance(items, Unknown):
        return doubt(items, function, items)
    answers = [bool(item) if item is None or isinstance(item, bool) else item for item in _items(items)]
    if any(answer is decisive for answer in answers):
        return decisive
    if isinstance(items, PartialList):
        return doubt(items.rest, function, items)
    if any(isinstance(answer, Unknown | PartialText) for answer in answers):
        return _in_doubt(items, function, items)
    return not decisive


def _items(items: Value) -> list[Value]:
    if isinstance(items, PartialList):
        return list(items.items)
    if not isinstance(items, list):
        raise FunctionError("argument must be list, tuple, or set")
    return items


def _in_doubt(holder: Value, function: str, *arguments: Value) -> Unknown:
    cause = first_unknown(holder)
    return doubt(cause, function, *arguments) if cause is not None else Unknown(f"{function}()", is_set=True)
