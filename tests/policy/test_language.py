"""Patterns as languages: what is found belongs, and what is not found is not there."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctguard.policy.budget import Budget, Exhausted
from ctguard.policy.language import ANY, DIGIT, Item, accepts, covers, example, find_text, language_of, some, spell
from ctguard.policy.pattern import compile_pattern

GLOBS = st.text(alphabet="ab*?", max_size=7)
ARN_PARTS = st.text(alphabet="ab*?", max_size=3)
SHORT_TEXTS = ["".join(chars) for length in range(6) for chars in itertools.product("abc", repeat=length)]


def as_regex(glob: str) -> re.Pattern[str]:
    return re.compile("".join({"*": ".*", "?": "."}.get(char, re.escape(char)) for char in glob), re.DOTALL)


def glob(text: str):
    return compile_pattern(text, wild=True)


@given(GLOBS, st.text(alphabet="abc", max_size=8))
def test_globs_match_as_regular_expressions_do(pattern, text):
    expected = as_regex(pattern).fullmatch(text) is not None

    assert glob(pattern).matches(text) is expected
    assert accepts(language_of(glob(pattern)), text) is expected


@settings(max_examples=300)
@given(st.lists(GLOBS, min_size=1, max_size=3), st.lists(GLOBS, max_size=4))
def test_a_text_is_found_exactly_when_there_is_one(wanted, unwanted):
    found = find_text(
        [[language_of(glob(one))] for one in wanted], [language_of(glob(one)) for one in unwanted], Budget()
    )

    def fits(text: str) -> bool:
        return all(as_regex(one).fullmatch(text) for one in wanted) and not any(
            as_regex(one).fullmatch(text) for one in unwanted
        )

    if found is None:
        assert not any(map(fits, SHORT_TEXTS))
    else:
        assert fits(found)


@given(GLOBS, GLOBS)
def test_covers_is_a_proof(outer, inner):
    if covers(language_of(glob(outer)), language_of(glob(inner))):
        assert all(as_regex(outer).fullmatch(text) for text in SHORT_TEXTS if as_regex(inner).fullmatch(text))


@pytest.mark.parametrize(
    ("outer", "inner"),
    [("a*", "ab*"), ("*", "x?z"), ("a*/b/*", "axx/b/*"), ("a?c", "abc"), ("arn:*:b/*", "arn:x:b/y*")],
)
def test_common_cases_are_covered_without_a_walk(outer, inner):
    assert covers(language_of(glob(outer)), language_of(glob(inner)))


@given(
    st.lists(ARN_PARTS, min_size=6, max_size=6), st.lists(st.text(alphabet="ab", max_size=2), min_size=6, max_size=8)
)
def test_arn_patterns_keep_to_their_components(pattern, value):
    compiled = compile_pattern(":".join(pattern), wild=True, segmented=True)
    text = ":".join(value)
    parts = text.split(":", 5)

    expected = all(as_regex(one).fullmatch(part) for one, part in zip(pattern, parts, strict=True))

    assert compiled.matches(text) is expected
    assert accepts(language_of(compiled), text) is expected


@given(st.text(alphabet="aBc*?", max_size=6), st.text(alphabet="AbC", max_size=6))
def test_folded_patterns_ignore_case(pattern, text):
    compiled = compile_pattern(pattern, wild=True, folded=True)
    expected = as_regex(pattern.lower()).fullmatch(text.lower()) is not None

    assert compiled.matches(text) is expected
    assert accepts(language_of(compiled), text) is expected


def test_one_of_several_in_each_group_is_enough():
    first = [spell("ab"), spell("cd")]
    second = [spell("x", Item(ANY, loop=True)), spell("c", Item(ANY, loop=True))]

    assert find_text([first, second], [], Budget()) == "cd"
    assert find_text([first, second], [spell("cd")], Budget()) is None


def test_classes_are_kept_apart_where_all_their_characters_are_named():
    ten_digits = [language_of(glob(digit)) for digit in "0123456789"]

    assert find_text([[(Item(DIGIT),)]], ten_digits[:9], Budget()) == "9"
    assert find_text([[(Item(DIGIT),)]], ten_digits, Budget()) is None
    assert find_text([[(Item(ANY),)]], ten_digits, Budget()) not in set("0123456789")


@given(GLOBS)
def test_examples_belong(pattern):
    language = language_of(glob(pattern))

    assert accepts(language, example(language))
    assert accepts(language, example(language, short=True))


def test_examples_read_well():
    assert example(spell("role/", *some(ANY))) == "role/example"


def test_a_walk_that_takes_too_long_ends():
    far_a = language_of(glob("*a" + "?" * 20))
    far_b = language_of(glob("*b" + "?" * 20))

    with pytest.raises(Exhausted):
        find_text([[far_a], [far_b]], [], Budget(20_000))
