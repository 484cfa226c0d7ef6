"""Sets: lists without duplicates, in the order in which Terraform walks through them.

Strings come in the order of their code points, numbers by size, false before
true, null last; collections in the order of a key that Terraform builds of their
content.
"""

from __future__ import annotations

from collections.abc import Iterator
from json import dumps

from ctguard.model.values import Document, PartialList, PartialText, Unknown, Value, first_unknown
from ctguard.sources.terraform.functions.derivation import doubt
from ctguard.sources.terraform.functions.equality import equal
from ctguard.sources.terraform.functions.failure import FunctionError, UndecidedError
from ctguard.sources.terraform.functions.parameters import to_string
from ctguard.sources.terraform.functions.text_parts import certain_start, undecided_order
from ctguard.sources.terraform.functions.unification import as_text, unified

LARGEST_PRODUCT = 100_000
MOST_COMPARISONS = 100_000


def set_of(values: list[Value], rest: Unknown | None = None) -> Value:
    """Return the set of `values`, and of others that `rest` keeps us from knowing.

    Where an element that is partly unknown may equal another one, it is not
    certain to be an element of its own: it goes into the rest.
    """
    certain, doubtful = told_apart(unified(values, open_ended=rest is not None))
    ordered = sorted(certain, key=_order)
    rest = rest or doubtful or _undecided_order(ordered)
    return PartialList(tuple(ordered), rest) if rest else ordered


def _undecided_order(elements: list[Value]) -> Unknown | None:
    """Return the cause of not knowing in which order the elements stand."""
    partial = first_unknown(elements)
    if partial is None or len(elements) == 1:
        return None
    if all(isinstance(element, str | PartialText) for element in elements):
        return undecided_order(elements)
    return partial


def told_apart(values: list[Value]) -> tuple[list[Value], Unknown | None]:
    """Return the values that surely differ from each other, in order, and the cause of doubt about the others."""
    if all(type(value) is str for value in values):
        return list(dict.fromkeys(values)), None
    known: dict[str, int] = {}
    unclear: list[int] = []
    for index, value in enumerate(values):
        if first_unknown(value) is None:
            known.setdefault(set_key(value), index)
        else:
            unclear.append(index)
    certain, doubtful = list(known.values()), None
    for index in unclear:
        if len(certain) * len(unclear) <= MOST_COMPARISONS and all(
            equal(values[index], values[other]) is False for other in certain
        ):
            certain.append(index)
        else:
            doubtful = doubtful or first_unknown(values[index])
    return [values[index] for index in sorted(certain)], doubtful


def set_key(value: Value) -> str:
    """Return the text by which Terraform tells values of one type apart and orders collections."""
    return "".join(_key_parts(value))


def _key_parts(value: Value) -> Iterator[str]:
    match value:
        case None:
            yield "~"
        case Document():
            yield from _key_parts(to_string(value))
        case bool():
            yield "T" if value else "F"
        case str():
            yield dumps(str(value), ensure_ascii=False)
        case list():
            yield "["
            for item in value:
                yield from _key_parts(item)
                yield ";"
            yield "]"
        case dict():
            yield "{"
            for key in sorted(value):
                yield from (*_key_parts(key), ":", *_key_parts(value[key]), ";")
            yield "}"
        case int() | float():
            yield str(as_text(value))
        case _:
            yield "?"


def _order(value: Value) -> tuple[int, float, str]:
    if isinstance(value, bool | int | float):
        return (0, value, "")
    if isinstance(value, str):
        return (1, 0, value)
    if isinstance(value, PartialText):
        return (1, 0, certain_start(value))
    return (9 if value is None or isinstance(value, Unknown) else 2, 0, set_key(value))


def union(*sets: Value) -> Value:
    """Return the elements of all sets."""
    elements = [element for part in sets for element in _elements(part)]
    return set_of(elements, next((rest for part in sets if (rest := _rest(part))), None))


def intersection(first: Value, *others: Value) -> Value:
    """Return the elements that all sets have."""
    if _all_known_strings(first, *others):
        return sorted(set(first).intersection(*others))
    columns = _of_one_type(first, *others)
    rest = _rest(first)
    kept = []
    for element in columns[0]:
        answers = [_has(column, _rest(other), element) for column, other in zip(columns[1:], others, strict=True)]
        if False in answers:
            continue
        if None in answers:
            rest = rest or _cause(element, *others)
        else:
            kept.append(element)
    return set_of(kept, rest)


def difference(first: Value, second: Value) -> Value:
    """Return the elements of the first set that the second has not."""
    if _all_known_strings(first, second):
        return sorted(set(first).difference(second))
    columns = _of_one_type(first, second)
    rest = _rest(first)
    kept = []
    for element in columns[0]:
        answer = _has(columns[1], _rest(second), element)
        if answer is False:
            kept.append(element)
        elif answer is None:
            rest = rest or _cause(element, second)
    return set_of(kept, rest)


def product(*lists: Value) -> Value:
    """Return every combination of one element of each list; in order, the last list turning fastest."""
    if len(lists) < 2:
        raise FunctionError("setproduct requires at least two arguments")
    for argument in lists:
        if not isinstance(argument, list | PartialList | Unknown):
            raise FunctionError("setproduct takes lists and sets")
    open_ended = next((rest for argument in lists if (rest := _rest(argument))), None)
    if open_ended is not None:
        return doubt(open_ended, "setproduct", *lists)
    combinations: list[list[Value]] = [[]]
    for argument in lists:
        elements = unified(argument)
        if len(combinations) * len(elements) > LARGEST_PRODUCT:
            raise UndecidedError("has more combinations than are worked out here")
        combinations = [[*chosen, element] for chosen in combinations for element in elements]
    return combinations


def _all_known_strings(*sets: Value) -> bool:
    return all(isinstance(part, list) and all(isinstance(item, str) for item in part) for part in sets)


def _of_one_type(*sets: Value) -> list[list[Value]]:
    columns = [_elements(part) for part in sets]
    open_ended = any(_rest(part) is not None for part in sets)
    flat = iter(unified([element for column in columns for element in column], open_ended=open_ended))
    return [[next(flat) for _ in column] for column in columns]


def _has(elements: list[Value], rest: Unknown | None, wanted: Value) -> bool | None:
    answers = {equal(element, wanted) for element in elements}
    if True in answers:
        return True
    return None if None in answers or rest is not None else False


def _elements(part: Value) -> list[Value]:
    if isinstance(part, PartialList):
        return list(part.items)
    return [] if isinstance(part, Unknown) else part


def _rest(part: Value) -> Unknown | None:
    if isinstance(part, PartialList):
        return part.rest
    return part if isinstance(part, Unknown) else None


def _cause(*values: Value) -> Unknown | None:
    return next((cause for value in values if (cause := first_unknown(value))), None)
