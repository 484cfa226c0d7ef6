"""One type for all elements, as Terraform's collections demand.

A list, set or map holds values of one type. Where they differ, Terraform turns
numbers and booleans into strings when there is a string among them, goes into
nested collections with the same rule, and else refuses. Unknown elements and
nulls fit in everywhere.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from ctguard.model.values import Document, PartialList, PartialMap, PartialText, Unknown, Value, first_unknown
from ctguard.sources.terraform.functions.failure import FunctionError
from ctguard.sources.terraform.functions.numerals import number_text

Kind: TypeAlias = Literal["bool", "number", "string", "list", "map", "any"]

_KIND_OF: dict[type, Kind] = {
    bool: "bool",
    int: "number",
    float: "number",
    str: "string",
    PartialText: "string",
    Document: "string",
    list: "list",
    PartialList: "list",
    dict: "map",
    PartialMap: "map",
}


def kind_of(value: Value) -> Kind:
    """Return which kind of value this is; null and unknown values may be any."""
    kind = _KIND_OF.get(type(value))
    if kind is not None:
        return kind
    if value is None or isinstance(value, Unknown):
        return "any"
    if isinstance(value, str):
        return "string"
    raise FunctionError(f"a value of type {type(value).__name__} is not one of Terraform's")


def unified(values: list[Value], *, open_ended: bool = False) -> list[Value]:
    """Return `values` as elements of one type; FunctionError where there is none.

    With `open_ended` there are others that nobody knows, which may be strings.
    """
    kinds = {kind_of(value) for value in values} - {"any"}
    if "string" in kinds and kinds <= {"string", "number", "bool"}:
        return [as_text(value) for value in values]
    try:
        if len(kinds) <= 1:
            return _nested(values, kinds.pop()) if kinds & {"list", "map"} else values
        raise FunctionError("all elements must have the same type")
    except FunctionError:
        # What is not known may turn objects into maps, and numbers and booleans into strings.
        if (len(kinds) <= 1 or kinds == {"number", "bool"}) and (open_ended or first_unknown(values) is not None):
            return values
        raise


def as_text(value: Value) -> Value:
    """Return a primitive value as a string; anything else as it is."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return number_text(value)
    return value


def _nested(values: list[Value], kind: Kind) -> list[Value]:
    known = [index for index, value in enumerate(values) if isinstance(value, list | dict)]
    if len(known) <= 1:
        return values
    result = list(values)
    inner = [values[index] for index in known]
    for index, changed in zip(known, _unified_lists(inner) if kind == "list" else _unified_maps(inner), strict=True):
        result[index] = changed
    return result


def _unified_lists(lists: list[list[Value]]) -> list[Value]:
    """Unify position by position where all have one length (as tuples are), else all elements alike."""
    if len({len(items) for items in lists}) == 1:
        columns = [unified(list(column)) for column in zip(*lists, strict=True)]
        return [[column[row] for column in columns] for row in range(len(lists))]
    flat = iter(unified([item for items in lists for item in items]))
    return [[next(flat) for _ in items] for items in lists]


def _unified_maps(maps: list[dict[str, Value]]) -> list[Value]:
    """Unify key by key where all have the same keys (as objects do), else all values alike."""
    keys = maps[0].keys()
    if all(entries.keys() == keys for entries in maps):
        columns = {key: unified([entries[key] for entries in maps]) for key in keys}
        return [{key: columns[key][row] for key in keys} for row in range(len(maps))]
    flat = iter(unified([value for entries in maps for value in entries.values()]))
    return [{key: next(flat) for key in entries} for entries in maps]
