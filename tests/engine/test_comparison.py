"""What each test of the condition language says of known, unknown and partly known values."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctguard.engine.comparison import TESTS, expected_text, shown, stands
from ctguard.model.values import Document, Linked, PartialList, PartialMap, PartialText, Reference, Unknown

WHAT = Unknown("var.x", "has no value")
SET = Unknown("aws_kms_key.k.arn", "is computed", is_set=True)
ARN = PartialText(("arn:aws:kms:", WHAT, ":key/1"))

TABLE = [
    # value, test, operand, what it comes to
    (True, "is", True, "pass"),
    (False, "is", True, "fail"),
    (1, "is", True, "fail"),
    (True, "is", 1, "fail"),
    ("true", "is", True, "fail"),
    (None, "is", True, "fail"),
    (30, "is", 30, "pass"),
    (30, "is", 30.0, "pass"),
    ("Enabled", "is", "Enabled", "pass"),
    ("enabled", "is", "Enabled", "fail"),
    (Linked("logs", Reference("aws_s3_bucket.logs", "id")), "is", "logs", "pass"),
    (WHAT, "is", "Enabled", "unknown"),
    (ARN, "is", "arn:aws:kms:eu-west-1:1:key/1", "unknown"),
    (ARN, "is", "arn:aws:kms:eu-west-1:1:key/2", "fail"),
    (ARN, "is", "arn:aws:sns:eu-west-1", "fail"),
    (["a", WHAT], "is", "a", "unknown"),
    ("Enabled", "is_not", "Disabled", "pass"),
    ("Enabled", "is_not", "Enabled", "fail"),
    (WHAT, "is_not", "Enabled", "unknown"),
    (None, "is_not", "Enabled", "pass"),
    (ARN, "is_not", "arn:aws:sns:x", "pass"),
    ("a", "one_of", ["a", "b"], "pass"),
    ("c", "one_of", ["a", "b"], "fail"),
    (WHAT, "one_of", ["a", "b"], "unknown"),
    (None, "one_of", ["a"], "fail"),
    (ARN, "one_of", ["x", "arn:aws:kms:here:key/1"], "unknown"),
    ("c", "none_of", ["a", "b"], "pass"),
    ("a", "none_of", ["a", "b"], "fail"),
    (WHAT, "none_of", ["a"], "unknown"),
    (None, "set", True, "fail"),
    (None, "set", False, "pass"),
    ("", "set", True, "fail"),
    ([], "set", True, "fail"),
    ({}, "set", True, "fail"),
    ("x", "set", True, "pass"),
    (0, "set", True, "pass"),
    (False, "set", True, "pass"),
    (["x"], "set", False, "fail"),
    (WHAT, "set", True, "unknown"),
    (WHAT, "set", False, "unknown"),
    (SET, "set", True, "pass"),
    (SET, "set", False, "fail"),
    (ARN, "set", True, "pass"),
    (PartialText((WHAT,)), "set", True, "unknown"),
    (PartialText((SET,)), "set", True, "pass"),
    (PartialText((SET,)), "set", False, "fail"),
    (PartialList((), WHAT), "set", True, "unknown"),
    (PartialList(("x",), WHAT), "set", True, "pass"),
    (PartialMap({}, WHAT), "set", False, "unknown"),
    (PartialMap({"a": 1}, WHAT), "set", True, "pass"),
    (365, "at_least", 365, "pass"),
    (364, "at_least", 365, "fail"),
    (None, "at_least", 365, "fail"),
    (True, "at_least", 1, "fail"),
    ("400", "at_least", 365, "fail"),
    (WHAT, "at_least", 365, "unknown"),
    (1, "at_most", 1, "pass"),
    (2, "at_most", 1, "fail"),
    (WHAT, "at_most", 1, "unknown"),
    ("alias/aws/s3", "matches", "alias/aws/*", "pass"),
    ("alias/trail", "matches", "alias/aws/*", "fail"),
    ("abc", "matches", "a?c", "pass"),
    ("ac", "matches", "a?c", "fail"),
    ("a[b]c", "matches", "a[b]c", "pass"),
    ("abc", "matches", "a[b]c", "fail"),
    ("", "matches", "*", "pass"),
    (None, "matches", "*", "fail"),
    (WHAT, "matches", "*", "unknown"),
    (ARN, "matches", "arn:aws:kms:*", "pass"),
    (ARN, "matches", "arn:aws:kms:*:key/?", "pass"),
    (ARN, "matches", "arn:aws:kms:??*", "unknown"),
    (ARN, "matches", "*:key/2", "fail"),
    (ARN, "matches", "arn:aws:kms:eu-west-1:*", "unknown"),
    (["a", "b"], "contains", "a", "pass"),
    (["b"], "contains", "a", "fail"),
    ([], "contains", "a", "fail"),
    (None, "contains", "a", "fail"),
    (WHAT, "contains", "a", "unknown"),
    (["b", WHAT], "contains", "a", "unknown"),
    (["a", WHAT], "contains", "a", "pass"),
    (PartialList(("b",), WHAT), "contains", "a", "unknown"),
    (PartialList(("a",), WHAT), "contains", "a", "pass"),
]


@pytest.mark.parametrize(("value", "test", "operand", "expected"), TABLE)
def test_a_test_says_what_its_table_says(value, test, operand, expected):
    status, unknown = stands(value, test, operand)

    assert status.value == expected
    assert (unknown is not None) or expected != "unknown"


def test_every_test_is_in_the_table():
    assert {test for _, test, _, _ in TABLE} == set(TESTS)


@pytest.mark.parametrize("test", TESTS)
def test_every_test_can_say_what_it_asks_for(test):
    operand = ["a"] if test in ("one_of", "none_of") else 3

    assert expected_text(test, operand)


TEXTS = st.text("ab*?", max_size=6)


@given(st.text("ab*?", max_size=6), st.text("ab", max_size=8))
def test_a_glob_matches_what_a_regular_expression_does(pattern, value):
    as_regex = "".join({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in pattern)

    status, _ = stands(value, "matches", pattern)

    assert (status.value == "pass") == bool(re.fullmatch(as_regex, value))


@given(
    st.text("ab*?", max_size=5), st.lists(st.text("ab", max_size=3), min_size=2, max_size=3), st.text("ab", max_size=3)
)
def test_a_glob_on_a_text_with_a_hole_holds_for_whatever_fills_it(pattern, pieces, filling):
    holed = PartialText(tuple(part for piece in pieces for part in (piece, WHAT))[:-1])

    status, _ = stands(holed, "matches", pattern)

    if status.value != "unknown":
        assert stands(filling.join(pieces), "matches", pattern)[0] is status


def test_a_hostile_pattern_takes_no_longer_than_a_friendly_one():
    status, _ = stands("a" * 5_000, "matches", "*a" * 200 + "b")

    assert status.value == "fail"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "not set"),
        ([], "not set"),
        (True, "true"),
        (WHAT, "unknown (var.x)"),
        (ARN, "arn:aws:kms:${var.x}:key/1"),
        (["a", "b"], "a, b"),
        (PartialList(("a",), WHAT), "a and perhaps more"),
        ({"a": 1}, "a map"),
        (Document({"Version": "2012-10-17"}), "a document"),
    ],
)
def test_a_value_is_shown_in_one_line(value, text):
    assert shown(value) == text


def test_a_long_value_is_cut_and_says_how_long_it_was():
    assert shown("x" * 1_000_000).endswith("... (1000000 characters)")
    assert len(shown("x" * 1_000_000)) < 300
