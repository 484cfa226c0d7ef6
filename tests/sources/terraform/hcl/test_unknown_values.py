"""What is said of expressions in which not everything is known."""

from __future__ import annotations

import pytest

from ctguard.model.values import Document, PartialList, PartialMap, PartialText, Unknown, first_unknown, reference_of

UNSET = 'variable "u" {}\nvariable "v" {}\n'


def described(value):
    """Return a value in short: unknowns as {name}, partial lists and maps with `...`."""
    match value:
        case Unknown():
            return f"{{{value.via or value.what}}}"
        case PartialText():
            return "".join(part if isinstance(part, str) else described(part) for part in value.parts)
        case PartialList():
            return [*map(described, value.items), "..."]
        case PartialMap():
            return {**{key: described(item) for key, item in value.items.items()}, "...": "..."}
        case Document():
            return described(value.value)
        case list():
            return list(map(described, value))
        case dict():
            return {key: described(item) for key, item in value.items()}
    return value


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        # a string keeps what is known of it
        ('"a-${var.u}-b"', "a-{var.u}-b"),
        ('"${var.u}"', "{var.u}"),
        ('"${var.u}${var.v}"', "{var.u}{var.v}"),
        ('"x${"a-${var.u}"}y"', "xa-{var.u}y"),
        ('"${var.u == "a" ? "p" : "p"}!"', "p!"),
        ('"%{ if var.u == "a" }same%{ else }same%{ endif }!"', "same!"),
        ("<<EOT\na ${var.u}\nEOT", "a {var.u}\n"),
        # Kleene's logic
        ("false && var.u", False),
        ("var.u && false", False),
        ("true || var.u", True),
        ("var.u || true", True),
        ("var.u || false", "{||(var.u, False)}"),
        ("!var.u", "{!(var.u)}"),
        # conditionals
        ('var.u ? "a" : "a"', "a"),
        ("var.u ? [1, 2] : [1, 2]", [1, 2]),
        ('true ? "a" : var.u', "a"),
        ('false ? var.u : "a"', "a"),
        # comparing
        ('"a-${var.u}" == "b"', False),
        ('"${var.u}-x" == "a-y"', False),
        ('"a-${var.u}" != "b"', True),
        ('"a-${var.u}" == null', False),
        ("[1, var.u] == [2, 3]", False),
        ("[var.u] == [1, 2]", False),
        ("{ a = var.u } == { b = 1 }", False),
        # structures keep their known parts
        ("[1, var.u]", [1, "{var.u}"]),
        ("{ a = 1, b = var.u }", {"a": 1, "b": "{var.u}"}),
        ("{ a = 1, (var.u) = 2 }", {"...": "..."}),
        ("{ (var.u) = 2, a = 1 }", {"a": 1, "...": "..."}),
        ("[1, var.u][0]", 1),
        ("{ a = 1, b = var.u }.a", 1),
        ("[3, 3][var.u]", 3),
        ('{ a = "x", b = "x" }[var.u]', "x"),
        # for
        ("[for x in [1, 2] : [x, var.u]]", [[1, "{var.u}"], [2, "{var.u}"]]),
        ("[for x in [1, 2] : x if x == 1 || var.u]", [1, "..."]),
        ("[for x in [1, 2] : x if x == 1 && var.u]", ["..."]),
        ('{ for x in ["a", "b"] : x => 1 if x == "a" || var.u }', {"a": 1, "...": "..."}),
        ('{ for x in ["a", var.u] : x => 1 }', {"a": 1, "...": "..."}),
        ("[for x in var.u : 1]", ["..."]),
        ("[for x in concat([1], var.u) : x + 1]", [2, "..."]),
        # splat
        ("[{ a = 1 }, { a = var.u }][*].a", [1, "{var.u}"]),
        # functions and what they may not guess
        ('try("a-${var.u}", "b")', "{try('a-'+var.u)}"),
        ('try([1, 2], "b")', [1, 2]),
        ("can([1])", True),
        ("jsonencode({ a = var.u })", {"a": "{var.u}"}),
        ('"${jsonencode({ a = var.u })}"', {"a": "{var.u}"}),
        ("jsondecode(jsonencode({ a = 1, b = var.u })).a", 1),
    ],
)
def test_what_is_known_stays_known(value_of, expression, expected):
    assert described(value_of(expression, UNSET)) == expected


@pytest.mark.parametrize(
    "expression",
    [
        "var.u",
        "var.u.name",
        "var.u[0]",
        'var.u["a"].b',
        "var.u + 1",
        "-var.u",
        "var.u > 1",
        'var.u == "a"',
        "var.u == null",
        '"${var.u}" == "a"',
        'var.u ? "a" : "b"',
        "var.u ? 1 : var.v",
        "[1, 2][var.u]",
        "upper(var.u)",
        "merge(var.u...)",
        "try(var.u, 1)",
        "try(var.u.x.y, 1)",
        "can(var.u.x)",
        "coalesce(var.u, 1)",
        "var.u[*].a",
        "{ for k in var.u : k => k }[0]",
    ],
)
def test_what_hangs_on_a_variable_without_value_is_unknown_and_names_it(value_of, expression):
    value = value_of(expression, UNSET)

    assert isinstance(value, Unknown)
    assert value.what == "var.u"
    assert value.cure == "set var.u"
    assert not value.is_set or value.via


def test_a_variable_without_value_may_be_null_and_says_where_it_is_declared(value_of):
    value = value_of("var.u", UNSET)

    assert not value.is_set
    assert str(value.where) == "infra/main.tf:1"


def test_a_variable_that_must_not_be_null_is_set(value_of):
    assert value_of("var.u", 'variable "u" { nullable = false }').is_set


def test_unknowns_made_by_different_computations_are_different(value_of):
    one, other = value_of('[var.u ? "a" : "b", var.u ? "a" : "c"]', UNSET)

    assert one.what == other.what
    assert one.via != other.via


def test_the_same_computation_gives_the_same_unknown(value_of):
    one, other = value_of('[upper("x${var.u}"), upper("x${var.u}")]', UNSET)

    assert one == other


def test_comparing_with_null_is_decided_by_whether_there_surely_is_a_value(value_of):
    assert value_of("aws_kms_key.elsewhere.arn == null") is False
    assert isinstance(value_of("var.u == null", UNSET), Unknown)


def test_a_choice_between_two_resources_of_one_name_is_a_link_to_neither(value_of):
    buckets = 'resource "aws_s3_bucket" "a" { bucket = "x" }\nresource "aws_s3_bucket" "b" { bucket = "x" }'

    value = value_of("var.u ? aws_s3_bucket.a.id : aws_s3_bucket.b.id", UNSET + buckets)

    assert value == "x"
    assert reference_of(value) is None


def test_a_choice_between_two_values_is_set_when_both_are(value_of):
    both = value_of("var.u ? aws_kms_key.a.arn : aws_kms_key.b.arn", UNSET)
    one = value_of("var.u ? aws_kms_key.a.arn : null", UNSET)

    assert both.is_set
    assert not one.is_set


def test_a_refused_expression_is_unknown_where_it_stands_and_nowhere_else(value_of):
    value = value_of("[local.bad, try(local.bad, 1), 2]", "locals { bad = {}.missing }")

    assert isinstance(value[0], Unknown)
    assert value[0].what == "local.bad"
    assert "missing" in value[0].why
    assert isinstance(value[1], Unknown), "try does not catch the error of another definition"
    assert value[2] == 2


def test_terraform_s_own_surroundings_are_unknown_unless_they_are_given(value_of):
    value = value_of('"${terraform.workspace}-logs"')

    assert described(value) == "{terraform.workspace}-logs"
    assert first_unknown(value).is_set


def test_a_provider_s_function_is_unknown(value_of):
    value = value_of('provider::other::do("a")')

    assert isinstance(value, Unknown)
