"""Functions of lists, over lists some of whose elements are unknown or not all of which are there to see."""

from __future__ import annotations

from ctguard.model.values import Document, PartialList, PartialMap, PartialText, Unknown, Value, first_unknown
from ctguard.sources.terraform.functions.derivation import doubt
from ctguard.sources.terraform.functions.failure import FunctionError, UndecidedError
from ctguard.sources.terraform.functions.graphemes import characters
from ctguard.sources.terraform.functions.numerals import Number, whole_number
from ctguard.sources.terraform.functions.parameters import to_string
from ctguard.sources.terraform.functions.sets import set_key, told_apart
from ctguard.sources.terraform.functions.text_parts import certain_start, surely_filled, undecided_order
from ctguard.sources.terraform.functions.unification import unified

DEEPEST_NESTING = 100


def length(value: Value) -> Value:
    """Return the number of elements of a collection, of characters of a string."""
    measured = to_string(value) if isinstance(value, Document) else value
    if isinstance(measured, Unknown | PartialText | PartialList | PartialMap):
        return doubt(_hole(measured), "length", measured)
    if isinstance(measured, str):
        return len(characters(measured))
    if isinstance(measured, list | dict):
        return len(measured)
    raise FunctionError("argument must be a string, a collection type, or a structural type")


def element(items: Value, index: Number) -> Value:
    """Return the element at `index`, counting on from the start when the list ends."""
    position = whole_number(index, "the index")
    if isinstance(items, Unknown):
        return doubt(items, "element", items, position, is_set=False)
    if not isinstance(items, list | PartialList):
        raise FunctionError("cannot read elements from this type")
    if position < 0:
        raise FunctionError("cannot use element function with a negative index")
    if isinstance(items, PartialList):
        return doubt(items.rest, "element", items, position, is_set=False)
    if not items:
        raise FunctionError("cannot use element function with an empty list")
    return items[position % len(items)]


def one(items: Value) -> Value:
    """Return the only element of a list, null of an empty one."""
    if isinstance(items, Unknown):
        return doubt(items, "one", items, is_set=False)
    if not isinstance(items, list | PartialList):
        raise FunctionError("must be a list, set, or tuple value with either zero or one elements")
    known = items.items if isinstance(items, PartialList) else items
    if len(known) > 1:
        raise FunctionError("must be a list, set, or tuple value with either zero or one elements")
    if isinstance(items, PartialList):
        return doubt(items.rest, "one", items, is_set=False)
    return items[0] if items else None


def part(items: Value, start: Number, end: Number) -> Value:
    """Return the elements from `start` up to, without, `end`."""
    first, last = whole_number(start, "the start index"), whole_number(end, "the end index")
    if isinstance(items, Unknown | PartialList):
        return doubt(_hole(items), "slice", items, first, last)
    if not isinstance(items, list):
        raise FunctionError("cannot slice this type")
    if not 0 <= first <= last <= len(items):
        raise FunctionError("the indices must lie within the list, the start not after the end")
    return items[first:last]


def concat(*lists: Value) -> Value:
    """Return all elements of all lists."""
    if not lists:
        raise FunctionError("at least one argument is required")
    items: list[Value] = []
    rest: Unknown | None = None
    for argument in lists:
        if isinstance(argument, Unknown):
            rest = rest or argument
        elif isinstance(argument, PartialList):
            items.extend(argument.items)
            rest = rest or argument.rest
        elif isinstance(argument, list):
            items.extend(argument)
        else:
            raise FunctionError("all arguments must be lists or tuples")
    return _with_rest(items, rest, "concat", *lists)


def flatten(items: Value) -> Value:
    """Return the elements of a list of lists as one list, at whatever depth they are."""
    if isinstance(items, Unknown):
        return doubt(items, "flatten", items)
    if not isinstance(items, list | PartialList):
        raise FunctionError("can only flatten lists, sets and tuples")
    flat: list[Value] = []
    rest = _flatten_into(flat, items, DEEPEST_NESTING)
    return _with_rest(flat, rest, "flatten", items)


def _flatten_into(flat: list[Value], items: Value, depth: int) -> Unknown | None:
    """Add the elements to `flat`; an unknown one may be a list, of any length."""
    if not depth:
        raise UndecidedError("is nested too deeply")
    rest = items.rest if isinstance(items, PartialList) else None
    for item in items.items if isinstance(items, PartialList) else items:
        if isinstance(item, Unknown):
            rest = rest or item
        elif isinstance(item, list | PartialList):
            rest = _flatten_into(flat, item, depth - 1) or rest
        else:
            flat.append(item)
    return rest


def compact(items: Value) -> Value:
    """Return the strings of a list that are neither null nor empty."""
    if isinstance(items, Unknown):
        return doubt(items, "compact", items)
    rest = items.rest if isinstance(items, PartialList) else None
    kept = []
    for item in items.items if isinstance(items, PartialList) else items:
        if surely_filled(item):
            kept.append(item)
        else:
            rest = rest or first_unknown(item)
    return _with_rest(kept, rest, "compact", items)


def distinct(items: Value) -> Value:
    """Return the elements of a list without repetitions, in the order in which they first appear.

    Beside elements that are not known, that order is not known either.
    """
    if isinstance(items, Unknown):
        return doubt(items, "distinct", items)
    known = list(items.items) if isinstance(items, PartialList) else items
    certain, doubtful = told_apart(known)
    return _with_rest(certain, items.rest if isinstance(items, PartialList) else doubtful, "distinct", items)


def reverse(items: Value) -> Value:
    """Return the elements last first."""
    if isinstance(items, Unknown):
        return doubt(items, "reverse", items)
    if isinstance(items, PartialList):
        return PartialList(items.items[::-1], items.rest)
    if not isinstance(items, list):
        raise FunctionError("can only reverse list or tuple values")
    return items[::-1]


def chunks(items: Value, size: Number) -> Value:
    """Return the list cut into lists of `size` elements; a size of 0 does not cut."""
    count = whole_number(size, "the size")
    if count < 0:
        raise FunctionError("the size argument must be positive")
    if isinstance(items, Unknown | PartialList):
        return doubt(_hole(items), "chunklist", items, count)
    if not items:
        return []
    return [items[start : start + count] for start in range(0, len(items), count)] if count else [items]


def match_keys(items: Value, keys: list[Value], wanted: list[Value]) -> Value:
    """Return the elements whose key, at the same index of `keys`, is among `wanted`."""
    if isinstance(items, Unknown | PartialList):
        return doubt(_hole(items), "matchkeys", items, keys, wanted)
    if len(items) != len(keys):
        raise FunctionError("length of keys and values should be equal")
    alike = [set_key(key) for key in unified([*keys, *wanted])]
    sought = set(alike[len(keys) :])
    return [item for item, key in zip(items, alike, strict=False) if key in sought]


def ordered(items: Value) -> Value:
    """Return the strings of a list in the order of their code points.

    Where the unknown parts decide about the order, the elements are certain and their order is not.
    """
    if isinstance(items, Unknown):
        return doubt(items, "sort", items)
    known = list(items.items) if isinstance(items, PartialList) else items
    if None in known:
        raise FunctionError("given list element is null; a null string cannot be sorted")
    rest = items.rest if isinstance(items, PartialList) else None
    cause = undecided_order(known)
    if cause is not None:
        return PartialList(tuple(sorted(known, key=certain_start)), rest or cause)
    return _with_rest(sorted(known, key=certain_start), rest, "sort", items)


def _hole(value: Value) -> Unknown:
    """Return what keeps us from knowing a value that is known not to be known."""
    if isinstance(value, PartialList | PartialMap):
        return value.rest
    return value if isinstance(value, Unknown) else next(value.unknowns())


def _with_rest(items: list[Value], rest: Unknown | None, function: str, *arguments: Value) -> Value:
    if rest is None:
        return items
    return PartialList(tuple(items), rest) if items else doubt(rest, function, *arguments)
