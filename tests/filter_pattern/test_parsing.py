"""Reading and printing patterns: what is accepted, where faults are, and that printing loses nothing."""

from __future__ import annotations

import random
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctguard.filter_pattern import PatternError, match, parse_pattern, print_pattern
from ctguard.filter_pattern.syntax import (
    All,
    AnyOf,
    Column,
    Condition,
    Form,
    JsonPattern,
    Operand,
    Operator,
    SpacePattern,
    Term,
    TextPattern,
)


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("{$.a=b}", Condition(("a",), Operator.EQUAL, Operand("b"))),
        ('{ $.a.b != "x y" }', Condition(("a", "b"), Operator.NOT_EQUAL, Operand("x y", Form.QUOTED))),
        ("{ $.a[0].b = 1 }", Condition(("a", 0, "b"), Operator.EQUAL, Operand("1"))),
        ('{ $["a b"] = %x|y% }', Condition(("a b",), Operator.EQUAL, Operand("x|y", Form.REGEX))),
        ("{ $.n >= -1.5e3 }", Condition(("n",), Operator.GREATER_OR_EQUAL, Operand("-1.5e3"))),
        ("{ $.a NOT EXISTS }", Condition(("a",), Operator.NOT_EXISTS)),
        ("{ $.a IS NULL }", Condition(("a",), Operator.IS_NULL)),
        ("{ $.a is true }", Condition(("a",), Operator.IS_TRUE, doubtful=True)),
        ("{ $.a = kms.amazonaws.com }", Condition(("a",), Operator.EQUAL, Operand("kms.amazonaws.com"))),
        ('{ $.a = "say \\"hi\\"" }', Condition(("a",), Operator.EQUAL, Operand('say "hi"', Form.QUOTED))),
    ],
)
def test_a_condition_is_read(text, expression):
    assert parse_pattern(text) == JsonPattern(expression)


def test_and_binds_tighter_than_or():
    pattern = parse_pattern("{ $.a = 1 || $.b = 2 && $.c = 3 }")

    assert isinstance(pattern.expression, AnyOf)
    assert isinstance(pattern.expression.parts[1], All)


def test_blanks_and_needless_parentheses_mean_nothing():
    spellings = ["{$.a=x&&$.b=y}", "{ ( $.a = x ) && ($.b=y) }", "\n{\t(($.a = x) && (($.b = y)))  }  "]

    assert len({print_pattern(parse_pattern(spelling)) for spelling in spellings}) == 1


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("", TextPattern()),
        ("  ", TextPattern()),
        (
            'ERROR -"a b" ?c',
            TextPattern((Term(Operand("ERROR")), Term(Operand("a b", Form.QUOTED), "-"), Term(Operand("c"), "?"))),
        ),
        (
            "[ip, ..., code=4*]",
            SpacePattern(
                (Column("ip"), Column(None), Column("code", Condition(("code",), Operator.EQUAL, Operand("4*"))))
            ),
        ),
    ],
)
def test_the_other_forms_are_recognised(text, pattern):
    assert parse_pattern(text) == pattern


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("{", 1),
        ("{ }", 2),
        ("{ $.a }", 6),
        ("{ $.a = }", 8),
        ("{ $.a = b", 9),
        ("{ $.a = b } x", 12),
        ("{ $.a = b & $.c = d }", 10),
        ("{ $.a = b || }", 13),
        ("{ ($.a = b }", 11),
        ("{ $a = b }", 3),
        ("{ a = b }", 2),
        ('{ $.a = "b }', 8),
        ("{ $.a = %b }", 8),
        ("{ $.a = %(b)% }", 9),
        ("{ $.a > b }", 8),
        ("{ $.a EXISTS }", 6),
        ("{ $.a IS NOT NULL }", 6),
        ("{ $.a[x] = b }", 5),
        ("[", 1),
        ("[a", 2),
        ("[a = ]", 5),
        ('"open', 0),
    ],
)
def test_a_fault_is_reported_with_its_place(text, position):
    with pytest.raises(PatternError) as fault:
        parse_pattern(text)

    assert fault.value.position == position
    assert str(fault.value).startswith(f"position {position + 1}: ")


def test_deep_nesting_and_great_length_are_refused_in_time():
    for text in ("{" + "(" * 50_000 + "$.a=b" + ")" * 50_000 + "}", "{ $.a = " + "x" * 100_000 + "}", "[" + "(" * 500):
        with pytest.raises(PatternError):
            parse_pattern(text)


names = st.text(st.sampled_from("abcXYZ09_-"), min_size=1, max_size=6)
steps = st.one_of(names, st.integers(0, 20), st.text(st.sampled_from('a b"\\.$é'), min_size=1, max_size=4))
paths = st.tuples(names, st.lists(steps, max_size=3)).map(lambda parts: (parts[0], *parts[1]))
bare = st.text(st.sampled_from("abcXYZ019.*-:/_@"), min_size=1, max_size=8).filter(lambda text: text != "...")
operands = st.one_of(
    bare.map(Operand),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8).map(lambda text: Operand(text, Form.QUOTED)),
    st.sampled_from(["ab", "^a.*b$", "[a-f]+|x{2,3}", "\\d\\.\\w"]).map(lambda text: Operand(text, Form.REGEX)),
)
comparing = st.sampled_from([Operator.EQUAL, Operator.NOT_EQUAL])
ordering = st.sampled_from([Operator.LESS, Operator.GREATER])
asking = st.sampled_from([Operator.IS_NULL, Operator.NOT_EXISTS, Operator.IS_FALSE])
conditions = st.one_of(
    st.tuples(paths, comparing, operands),
    st.tuples(paths, ordering, st.just(Operand("1.5"))),
    st.tuples(paths, asking, st.none(), st.booleans()),
).map(lambda parts: Condition(*parts))


def joined(children):
    several = st.lists(children, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        several.map(lambda parts: All(tuple(part for part in parts if not isinstance(part, All)))).filter(
            lambda joint: len(joint.parts) > 1
        ),
        several.map(lambda parts: AnyOf(tuple(part for part in parts if not isinstance(part, AnyOf)))).filter(
            lambda joint: len(joint.parts) > 1
        ),
    )


expressions = st.recursive(conditions, joined, max_leaves=6)


@settings(max_examples=300, deadline=None)
@given(expressions)
def test_reading_what_was_printed_gives_the_same_json_pattern(expression):
    pattern = JsonPattern(expression)

    assert parse_pattern(print_pattern(pattern)) == pattern


terms = st.tuples(
    st.one_of(
        st.text(st.sampled_from("abcXYZ09_.:"), min_size=1, max_size=6).map(Operand),
        st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6).map(
            lambda text: Operand(text, Form.QUOTED)
        ),
    ),
    st.sampled_from(["", "-", "?"]),
).map(lambda parts: Term(*parts))


@settings(max_examples=100, deadline=None)
@given(st.lists(terms, max_size=4).map(lambda found: TextPattern(tuple(found))))
def test_reading_what_was_printed_gives_the_same_text_pattern(pattern):
    assert parse_pattern(print_pattern(pattern)) == pattern


PIECES = [
    "{", "}", "(", ")", "[", "]", "$.", "$.eventName", "$.a[0]", " = ", "!=", ">", "<=", "&&", "||", " IS NULL",
    '"', "%", "*", "x", "Create*", "1e5", " ", ",", "...", "?", "-", "\\", "^a+$", "é", "\x00", "{2,3}", "%a.b%", '"q"',
    " NOT EXISTS",
]  # fmt: skip


def test_ten_thousand_random_patterns_are_read_or_refused_but_never_crash():
    chance = random.Random(20261120)
    event = {"eventName": "CreateTrail", "a": [1, {"b": None}]}
    refused = 0
    for _ in range(10_000):
        text = "".join(chance.choices(PIECES, k=chance.randrange(1, 14)))
        if chance.random() < 0.5:
            text = "{ $.eventName = " + text + " }"
        try:
            pattern = parse_pattern(text)
        except PatternError:
            refused += 1
            continue
        assert parse_pattern(print_pattern(pattern)) == pattern
        assert match(pattern, event) in (True, False, None)
    assert 2_000 < refused < 9_900


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from(string.printable + "é\u2028"), max_size=40))
def test_any_text_is_read_or_refused(text):
    try:
        pattern = parse_pattern(text)
    except PatternError:
        return
    assert parse_pattern(print_pattern(pattern)) == pattern
