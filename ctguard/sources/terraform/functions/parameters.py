"""What a function takes, and Terraform's conversion of arguments to it.

A parameter is written as a word, as in Terraform's own documentation:

    string number bool any list set map     one argument of that type
    strings bools                           a list of strings, of booleans
    ~string                                 the function itself handles unknown parts
    any?                                    may be null
    number...                               any number of arguments, of which this is the last parameter
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from ctguard.model.values import Document, PartialList, PartialMap, PartialText, Unknown, Value, first_unknown
from ctguard.sources.terraform.functions.failure import FunctionError
from ctguard.sources.terraform.functions.numerals import number_text, parse_number
from ctguard.sources.terraform.functions.unification import unified


def prepared(specification: str, arguments: list[Value]) -> tuple[list[Value], Unknown | None]:
    """Return the converted arguments, and the unknown that keeps the function from being called, if any."""
    converted: list[Value] = []
    missing: Unknown | None = None
    for word, argument in _paired(_words(specification), arguments):
        if argument is None and "?" not in word:
            raise FunctionError("argument must not be null")
        value = CONVERSIONS[word.strip("~?.")](argument)
        if missing is None and not word.startswith("~"):
            missing = first_unknown(value)
        converted.append(value)
    return converted, missing


@lru_cache(maxsize=256)
def _words(specification: str) -> tuple[str, ...]:
    return tuple(specification.split())


def _paired(words: tuple[str, ...], arguments: list[Value]) -> list[tuple[str, Value]]:
    variadic = bool(words) and words[-1].endswith("...")
    fixed = len(words) - variadic
    if len(arguments) < fixed or (len(arguments) > fixed and not variadic):
        raise FunctionError(f"{'at least ' if variadic else ''}{fixed} arguments are required, not {len(arguments)}")
    return [(words[min(index, len(words) - 1)], argument) for index, argument in enumerate(arguments)]


def to_string(value: Value) -> Value:
    """Return `value` as a string; numbers and booleans are written out, documents encoded."""
    if value is None or isinstance(value, str | PartialText | Unknown):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return number_text(value)
    if isinstance(value, Document):
        from ctguard.sources.terraform.functions.json_form import encoded

        return encoded(value.value)
    raise FunctionError("a string is required")


def to_number(value: Value) -> Value:
    """Return `value` as a number; a string is read in base ten."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if isinstance(value, str):
        return parse_number(value)
    if value is None or isinstance(value, PartialText | Unknown):
        return value
    raise FunctionError("a number is required")


_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


def to_bool(value: Value) -> Value:
    """Return `value` as a boolean; of the strings only "true", "false", "1" and "0" are booleans."""
    if value is None or isinstance(value, bool | PartialText | Unknown):
        return value
    if isinstance(value, str) and value in _BOOLEANS:
        return _BOOLEANS[value]
    raise FunctionError("a bool is required")


def to_list(value: Value) -> Value:
    """Return `value` as a list whose elements have one type."""
    if isinstance(value, PartialList):
        return PartialList(tuple(unified(list(value.items), open_ended=True)), value.rest)
    return _converted_list(value, unified)


def to_set(value: Value) -> Value:
    """Return `value` as a set: a sorted list without duplicates."""
    if isinstance(value, Unknown) or value is None:
        return value
    from ctguard.sources.terraform.functions.sets import set_of

    if isinstance(value, PartialList):
        return set_of(list(value.items), value.rest)
    if isinstance(value, list):
        return set_of(value)
    raise FunctionError("a set is required")


def to_map(value: Value) -> Value:
    """Return `value` as a map whose elements have one type."""
    if value is None or isinstance(value, Unknown):
        return value
    if isinstance(value, dict):
        return dict(zip(value, unified(list(value.values())), strict=True))
    if isinstance(value, PartialMap):
        elements = unified(list(value.items.values()), open_ended=True)
        return PartialMap(dict(zip(value.items, elements, strict=True)), value.rest)
    raise FunctionError("a map is required")


def _map_of_string_lists(value: Value) -> Value:
    mapping = to_map(value)
    if isinstance(mapping, dict):
        return {key: _strings(items) for key, items in mapping.items()}
    return mapping


def _strings(value: Value) -> Value:
    return _converted_list(value, lambda items: [to_string(item) for item in items])


def _bools(value: Value) -> Value:
    return _converted_list(value, lambda items: [to_bool(item) for item in items])


def _converted_list(value: Value, convert: Callable[[list[Value]], list[Value]]) -> Value:
    if value is None or isinstance(value, Unknown):
        return value
    if isinstance(value, PartialList):
        return PartialList(tuple(convert(list(value.items))), value.rest)
    if isinstance(value, list):
        return convert(value)
    raise FunctionError("a list is required")


CONVERSIONS: dict[str, Callable[[Value], Value]] = {
    "any": lambda value: value,
    "string": to_string,
    "number": to_number,
    "bool": to_bool,
    "list": to_list,
    "set": to_set,
    "map": to_map,
    "strings": _strings,
    "bools": _bools,
    "string_lists": _map_of_string_lists,
}
