"""Knowing less never makes us say something else: every answer with a hole fits the whole answer."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctguard.model.values import Document, PartialList, PartialMap, PartialText, Unknown
from ctguard.sources.terraform.functions import FunctionError, call, json_text
from ctguard.sources.terraform.functions.table import FUNCTIONS
from tests.sources.terraform.functions.expressions import Call, parse
from tests.sources.terraform.functions.test_answers import CONTEXT, LINES, answer

HOLE = Unknown("hole")
# Functions that promise no order for what they return beside unknown elements.
ORDERLESS = {"distinct", "setintersection", "setsubtract", "setunion", "sort", "toset"}
CALLS = [expression for line in LINES if isinstance(expression := parse(line.lstrip("?~ ")), Call)]


def with_a_hole(value: Any) -> Iterator[Any]:
    """Yield `value` with less known of it, in every way: a part replaced, an end open."""
    yield HOLE
    match value:
        case str():
            for start in range(len(value)):
                for end in {start + 1, len(value)}:  # a hole holds no signs of JSON, and no half line ends
                    parts = [part for part in (value[:start], HOLE, value[end:]) if part != ""]
                    if len(parts) > 1 and not set(value[start:end]) & set('"\\\r\n'):
                        yield PartialText(tuple(parts))
        case list():
            for index, item in enumerate(value):
                yield PartialList((*value[:index], *value[index + 1 :]), HOLE)
                for holed in with_a_hole(item):
                    yield [*value[:index], holed, *value[index + 1 :]]
        case dict():
            for key, item in value.items():
                yield PartialMap({other: value[other] for other in value if other != key}, HOLE)
                for holed in with_a_hole(item):
                    yield {**value, key: holed}


def fits(partial: Any, whole: Any) -> bool:
    """Return whether `whole` is what `partial` may turn out to be."""
    match partial:
        case Unknown():
            return whole is not None or not partial.is_set
        case PartialText():
            return isinstance(whole, str | Document) and text_fits(partial.parts, text_of(whole))
        case Document():
            return (
                fits(partial.value, whole.value)
                if isinstance(whole, Document)
                else fits(json_text(partial.value), whole)
            )
        case PartialList():
            return isinstance(whole, list) and items_fit(list(partial.items), whole)
        case PartialMap():
            return isinstance(whole, dict) and all(
                key in whole and fits(item, whole[key]) for key, item in partial.items.items()
            )
        case list():
            return isinstance(whole, list) and len(partial) == len(whole) and all(map(fits, partial, whole))
        case dict():
            return (
                isinstance(whole, dict)
                and partial.keys() == whole.keys()
                and all(fits(partial[key], whole[key]) for key in partial)
            )
    # NOTE: beside an unknown, a number may still become a string: its list may turn out to be one of strings.
    return (partial is None and whole is None) or text_of(partial) == text_of(whole)


def text_of(value: Any) -> Any:
    return call("tostring", [value], CONTEXT) if isinstance(value, bool | int | float | Document) else value


def text_fits(parts: tuple[Any, ...], whole: Any) -> bool:
    if not parts:
        return whole == ""
    if isinstance(parts[0], str):
        return whole.startswith(parts[0]) and text_fits(parts[1:], whole[len(parts[0]) :])
    return any(text_fits(parts[1:], whole[start:]) for start in range(len(whole) + 1))


def items_fit(items: list[Any], whole: list[Any]) -> bool:
    """Return whether the items stand in `whole` in this order."""
    if not items:
        return True
    return any(fits(items[0], item) and items_fit(items[1:], whole[index + 1 :]) for index, item in enumerate(whole))


def outcome(name: str, arguments: list[Any]) -> Any:
    try:
        return call(name, arguments, CONTEXT)
    except FunctionError:
        return FunctionError


def assert_less_knowledge_says_no_other_thing(name: str, arguments: list[Any]) -> None:
    whole = outcome(name, arguments)
    for index, argument in enumerate(arguments):
        for holed in with_a_hole(argument):
            known = [*arguments[:index], holed, *arguments[index + 1 :]]
            partial = outcome(name, known)
            if partial is FunctionError:
                assert whole is FunctionError, f"{name}({known}) is refused"
            elif whole is not FunctionError and not isinstance(whole, Unknown):
                fit = any(fits(partial, order) for order in orders(name, partial, whole))
                assert fit, f"{name}({known}) is {partial}, not {whole}"


def orders(name: str, partial: Any, whole: Any) -> Iterator[Any]:
    yield whole
    if name in ORDERLESS and isinstance(partial, PartialList) and len(whole) < 7:
        yield from map(list, permutations(whole))


@pytest.mark.parametrize("name", sorted({expression.name for expression in CALLS}))
def test_a_hole_in_an_argument_never_changes_what_is_known(name: str) -> None:
    for expression in CALLS:
        if expression.name == name:
            try:
                arguments = [answer(argument) for argument in expression.arguments]
            except FunctionError:
                continue
            assert_less_knowledge_says_no_other_thing(name, arguments)


leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 20),
    st.sampled_from([0.5, 1.25, "", "a", "b", "ab", "1", "true", "a:b", "/a/", "-", "%s", "{}", "10.0.0.0/8", "é"]),
    st.text("ab:/-.*\n", max_size=5),
)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)
names = st.sampled_from(sorted(FUNCTIONS))


@given(names, st.lists(values, max_size=4))
@settings(max_examples=1500, deadline=None)
def test_less_knowledge_of_any_arguments_says_no_other_thing(name: str, arguments: list[Any]) -> None:
    assert_less_knowledge_says_no_other_thing(name, arguments)


unknown_values = st.recursive(
    st.one_of(
        leaves,
        st.just(HOLE),
        st.builds(lambda start, end: PartialText((start, HOLE, end)), st.text(":ab", min_size=1), st.just("/*")),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
        st.builds(lambda items: PartialList(tuple(items), HOLE), st.lists(inner, max_size=3)),
        st.builds(lambda items: PartialMap(items, HOLE), st.dictionaries(st.sampled_from("abc"), inner, max_size=3)),
        st.builds(Document, inner),
    ),
    max_leaves=6,
)


@given(names, st.lists(unknown_values, max_size=5))
@settings(max_examples=2000, deadline=None)
def test_nothing_but_a_function_error_escapes(name: str, arguments: list[Any]) -> None:
    outcome(name, arguments)
