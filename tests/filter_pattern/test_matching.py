"""What patterns match, as tables: condition against value, regular expressions, text, space-delimited lines."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctguard.filter_pattern import match, parse_pattern
from ctguard.filter_pattern.regex import compile_regex

MISSING = object()


@pytest.mark.parametrize(
    ("condition", "value", "expected"),
    [
        ("= abc", "abc", True),
        ("= abc", "Abc", False),
        ("= a*", "abc", True),
        ('= "*c"', "abc", True),
        ('= "a*c"', "ac", True),
        ('= "*b*"', "abc", True),
        ('= "a*a"', "a", False),
        ('= "*"', "", True),
        ("= abc", MISSING, False),
        ("= abc", None, False),
        ("= abc", {"abc": 1}, False),
        ("= abc", ["abc"], False),
        ("!= abc", "abd", True),
        ("!= abc", "abc", False),
        ("!= a*", "abc", False),
        ("!= abc", MISSING, None),
        ("!= abc", None, None),
        ("!= abc", ["abc"], False),
        ("!= abc", {}, False),
        ("= 5", 5, True),
        ("= 5", 5.0, True),
        ("= 5e0", 5, True),
        ("= 5", "5", True),
        ("= 5.0", "5", False),
        ("= 5", 6, False),
        ('= "5"', 5, None),
        ('= "5"', 6, False),
        ("= x*", 5, False),
        ("= *", 5, None),
        ("= 111122223333", "111122223333", True),
        ("= true", True, None),
        ("> 4", 5, True),
        ("> 5", 5, False),
        (">= 5", 5, True),
        ("< -1.5e1", -20, True),
        ("<= 3", "2", False),
        ("> 3", True, False),
        ("> 3", MISSING, False),
        ("IS NULL", None, True),
        ("IS NULL", "null", False),
        ("IS NULL", MISSING, None),
        ("IS TRUE", True, True),
        ("IS TRUE", "true", False),
        ("IS FALSE", False, True),
        ("IS FALSE", MISSING, False),
        ("NOT EXISTS", MISSING, True),
        ("NOT EXISTS", "x", False),
        ("NOT EXISTS", {}, False),
        ("NOT EXISTS", None, None),
        ("not exists", MISSING, None),
        ("= %b%", "abc", True),
        ("= %^b%", "abc", False),
        ("= %^a.c$%", "abc", True),
        ("!= %b%", "abc", False),
        ("= %5%", 5, None),
    ],
)
def test_a_condition_says_of_a_value(condition, value, expected):
    event = {} if value is MISSING else {"field": value}

    assert match(parse_pattern(f"{{ $.field {condition} }}"), event) is expected


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("$.a.b", True),
        ("$.list[1].c", True),
        ("$.list[0]", False),
        ("$.list[7].c", False),
        ("$.list.c", None),
        ("$.a.b.c", False),
        ("$.a[0]", False),
        ('$["odd name"]', True),
    ],
)
def test_a_selector_finds_its_field(selector, expected):
    event = {"a": {"b": "x"}, "list": [{"c": "y"}, {"c": "x"}], "odd name": "x"}

    assert match(parse_pattern(f"{{ {selector} = x }}"), event) is expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("{ $.a = x || $.gone != y }", True),
        ("{ $.a = z && $.gone != y }", False),
        ("{ $.a = x && $.gone != y }", None),
        ("{ $.a = z || $.gone != y }", None),
        ("{ $.a = x && ($.b = 1 || $.b = 2) }", True),
        ("{ $.a = z && $.b = 2 || $.b = 2 }", True),
    ],
)
def test_unknown_answers_are_joined_by_kleenes_logic(pattern, expected):
    assert match(parse_pattern(pattern), {"a": "x", "b": 2}) is expected


def test_a_json_pattern_reads_the_raw_line_too():
    pattern = parse_pattern('{ $.eventName = "Stop*" }')

    assert match(pattern, '{"eventName": "StopLogging"}') is True
    assert match(pattern, "StopLogging") is False
    assert match(pattern, "[1, 2]") is False


@pytest.mark.parametrize(
    ("pattern", "line", "expected"),
    [
        ("", "anything", True),
        ("ERROR", "[ERROR] boom", True),
        ("ERROR", "error", False),
        ("ERROR", "ERRORS", None),
        ("ERROR boom", "[ERROR] boom", True),
        ("ERROR bang", "[ERROR] boom", False),
        ("ERROR -boom", "[ERROR] boom", False),
        ('"two words"', "with two words inside", True),
        ("?ERROR ?WARN", "a WARN b", True),
        ("?ERROR ?WARN", "a INFO b", False),
        ("?ERROR boom", "boom", None),
        ("%E[A-Z]+R%", "an ERROR", True),
    ],
)
def test_terms_are_looked_for_in_the_line(pattern, line, expected):
    assert match(parse_pattern(pattern), line) is expected


LINE = '127.0.0.1 - bob [10/Oct/2026] "GET /index.html" 404 1534'


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("[ip, id, user, when, request, status, size]", True),
        ("[ip, id, user, when, request, status = 4*, size]", True),
        ("[ip, id, user, when, request, status = 2*, size]", False),
        ("[ip, id, user]", False),
        ("[ip, ..., status = 404, size > 1000]", True),
        ("[ip, ..., status = 404, size > 1000 && size < 1500]", False),
        ("[..., status = 404 || status = 500, size]", True),
        ('[ip, id, user, when, request = "*index.html", ...]', True),
        ("[ip = %^127%, ...]", True),
        ("[a, b, c, d, e, f, g, ..., h]", False),
    ],
)
def test_columns_are_compared_with_the_fields_of_the_line(pattern, expected):
    assert match(parse_pattern(pattern), LINE) is expected


atoms = st.sampled_from(["a", "b", "-", ".", "[ab]", "[^a]", "[a-c]", "\\d", "\\w", "\\.", "\\x61"])
quantified = st.tuples(atoms, st.sampled_from(["", "", "*", "+", "?", "{2}", "{1,2}", "{1,}"])).map("".join)
branches = st.tuples(
    st.sampled_from(["", "^"]), st.lists(quantified, min_size=1, max_size=4).map("".join), st.sampled_from(["", "$"])
)
regexes = st.lists(branches.map("".join), min_size=1, max_size=2).map("|".join)


@settings(max_examples=400, deadline=None)
@given(regexes, st.text(st.sampled_from("abc.-1 "), max_size=6))
def test_regular_expressions_mean_what_they_mean_elsewhere(regex, text):
    assert compile_regex(regex).matches(text) == bool(re.search(regex.replace("$", "\\Z"), text))


def test_expressions_that_ruin_backtracking_engines_take_linear_time():
    automaton = compile_regex("^a*a*a*a*a*a*a*a*b$")
    started = time.process_time()

    assert automaton.matches("a" * 5_000) is False
    assert time.process_time() - started < 2
