"""What stays known when parts of the arguments are not."""

from __future__ import annotations

from typing import Any

import pytest

from ctguard.model.values import Document, Linked, PartialList, PartialMap, PartialText, Reference, Unknown
from ctguard.sources.terraform.functions import FunctionContext, FunctionError, call, json_text

NAME = Unknown("var.name", "is not set", "set var.name")
OTHER = Unknown("var.other")
ARN = Unknown("aws_s3_bucket.b.arn", is_set=True, refers_to=Reference("aws_s3_bucket.b", "arn"))
CONTEXT = FunctionContext(read_bytes=lambda path: OTHER, render=lambda template, variables: template)


def partial(*parts: str | Unknown) -> PartialText:
    return PartialText(parts)


def ask(name: str, *arguments: Any) -> Any:
    return call(name, list(arguments), CONTEXT)


def shape(value: Any) -> Any:
    """Return a value with every unknown told by its cause alone: `<var.name>`."""
    match value:
        case Unknown():
            return f"<{value.what}>"
        case PartialText():
            return "".join(part if isinstance(part, str) else shape(part) for part in value.parts)
        case PartialList():
            return [*map(shape, value.items), f"...{value.rest.what}"]
        case PartialMap():
            return {**{key: shape(item) for key, item in value.items.items()}, "...": value.rest.what}
        case Document():
            return ("json", shape(value.value))
        case list():
            return [shape(item) for item in value]
        case dict():
            return {key: shape(item) for key, item in value.items()}
    return value


ARN_OF_NAME = partial("arn:aws:s3:::", NAME, "/*")

TABLE: list[tuple[str, list[Any], Any]] = [
    # strings keep their known parts
    ("format", ["arn:aws:s3:::%s/*", NAME], "arn:aws:s3:::<var.name>/*"),
    ("format", ["%s-%d", NAME, 7], "<var.name>-7"),
    ("format", ["%v", ARN_OF_NAME], "arn:aws:s3:::<var.name>/*"),
    ("format", ["%5s|", NAME], "<var.name>|"),
    ("format", ["%s", [NAME]], FunctionError),
    ("format", [partial(NAME, "%s"), "x"], "<var.name>"),
    ("formatlist", ["arn:%s", ["a", NAME]], ["arn:a", "arn:<var.name>"]),
    ("formatlist", ["arn:%s:%s", ["a", "b"], NAME], ["arn:a:<var.name>", "arn:b:<var.name>"]),
    ("formatlist", ["arn:%s", NAME], "<var.name>"),
    ("formatlist", ["arn:%s", PartialList(("a",), NAME)], ["arn:a", "...var.name"]),
    ("join", [",", ["a", NAME, "b"]], "a,<var.name>,b"),
    ("join", [",", [NAME]], "<var.name>"),
    ("join", [NAME, ["a"]], "a"),
    ("join", [NAME, ["a", "b"]], "a<var.name>b"),
    ("join", [",", PartialList(("a",), NAME)], "<var.name>"),
    ("join", [",", [NAME, None]], FunctionError),
    ("lower", [partial("ARN:", NAME)], "arn:<var.name>"),
    ("upper", [partial("a", NAME, "b")], "A<var.name>B"),
    ("trimspace", [partial(" a", NAME, " ")], "a<var.name>"),
    ("trimspace", [partial(" ", NAME)], "<var.name>"),
    ("trim", [partial(NAME, "--a--"), "-"], "<var.name>a"),
    ("trim", [partial(NAME, "--", OTHER, "x"), "-"], "<var.name>x"),
    ("chomp", [partial(NAME, "\n")], "<var.name>"),
    ("trimsuffix", [partial(NAME, ":*"), ":*"], "<var.name>"),
    ("trimsuffix", [partial(NAME, ":x"), ":*"], "<var.name>:x"),
    ("trimsuffix", [partial(NAME, "*"), ":*"], "<var.name>"),
    ("trimsuffix", [partial("a/", NAME), "b"], "a/<var.name>"),
    ("trimsuffix", [partial("a/", NAME), "/b"], "<var.name>"),
    ("trimprefix", [ARN_OF_NAME, "arn:aws:"], "s3:::<var.name>/*"),
    ("trimprefix", [partial("ar", NAME), "arn:"], "<var.name>"),
    ("trimprefix", [partial(NAME, "x"), "arn:"], "<var.name>x"),
    ("replace", [ARN_OF_NAME, "/*", ""], "arn:aws:s3:::<var.name>"),
    ("replace", [partial("a.", NAME, ".b"), ".", "-"], "a-<var.name>-b"),
    ("replace", [partial("a-", NAME), "--", "-"], "<var.name>"),
    ("replace", ["a.b", ".", NAME], "a<var.name>b"),
    ("replace", ["ab", ".", NAME], "ab"),
    ("replace", [ARN_OF_NAME, "/arn/", "x"], "<var.name>"),
    ("indent", [2, partial("a\n", NAME)], "a\n  <var.name>"),
    ("urlencode", [partial("a b", NAME)], "a+b<var.name>"),
    ("split", [":", partial("arn:aws:iam::", NAME, ":root")], ["arn", "aws", "iam", "", "root", "...var.name"]),
    ("split", [", ", partial("a,", NAME)], "<var.name>"),
    ("substr", [partial("abcdef", NAME), 1, 3], "bcd"),
    ("substr", [partial("abc", NAME), 1, -1], "bc<var.name>"),
    ("substr", [partial("abc", NAME), 1, 5], "<var.name>"),
    ("substr", [partial("abc", NAME), 0, 3], "<var.name>"),
    ("substr", [partial(NAME, "abc"), -2, 1], "b"),
    ("startswith", [partial("arn:aws:", NAME), "arn:"], True),
    ("startswith", [partial("arn:aws:", NAME), "aws"], False),
    ("startswith", [partial("arn", NAME), "arn:"], "<var.name>"),
    ("startswith", [NAME, ""], True),
    ("endswith", [partial(NAME, "/*"), "*"], True),
    ("endswith", [partial(NAME, "/*"), "x"], False),
    ("strcontains", [partial("a:b", NAME), ":"], True),
    ("strcontains", [partial("ab", NAME), ":"], "<var.name>"),
    ("length", [partial("ab", NAME)], "<var.name>"),
    ("md5", [partial("ab", NAME)], "<var.name>"),
    ("title", [NAME], "<var.name>"),
    # lists keep their certain elements
    ("length", [[NAME, OTHER]], 2),
    ("length", [PartialList(("a",), NAME)], "<var.name>"),
    ("element", [["a", NAME], 3], "<var.name>"),
    ("element", [["a", NAME], 0], "a"),
    ("element", [PartialList(("a",), NAME), 0], "<var.name>"),
    ("element", [["a"], NAME], "<var.name>"),
    ("concat", [["a"], NAME], ["a", "...var.name"]),
    ("concat", [NAME, ["a"], OTHER], ["a", "...var.name"]),
    ("concat", [["a"], [NAME]], ["a", "<var.name>"]),
    ("concat", [NAME, "a"], FunctionError),
    ("flatten", [[["a"], NAME]], ["a", "...var.name"]),
    ("flatten", [[["a", partial("b", NAME)]]], ["a", "b<var.name>"]),
    ("compact", [["", "a", NAME]], ["a", "...var.name"]),
    ("compact", [["", ARN, partial("a", NAME)]], ["<aws_s3_bucket.b.arn>", "a<var.name>"]),
    ("distinct", [["a", NAME, "a"]], ["a", "...var.name"]),
    ("distinct", [[partial("x", NAME), "a", "a"]], ["x<var.name>", "a"]),
    ("distinct", [[NAME]], ["<var.name>"]),
    ("reverse", [["a", NAME]], ["<var.name>", "a"]),
    ("reverse", [PartialList(("a", "b"), NAME)], ["b", "a", "...var.name"]),
    ("sort", [["b", "a", NAME]], ["<var.name>", "a", "b", "...var.name"]),
    ("sort", [["b", partial("a", NAME)]], ["a<var.name>", "b"]),
    ("sort", [["ab", partial("a", NAME)]], ["a<var.name>", "ab", "...var.name"]),
    ("slice", [["a", NAME, "c"], 1, 3], ["<var.name>", "c"]),
    ("chunklist", [["a", NAME, "c"], 2], [["a", "<var.name>"], ["c"]]),
    ("one", [[NAME]], "<var.name>"),
    ("one", [PartialList((), NAME)], "<var.name>"),
    ("one", [PartialList(("a", "b"), NAME)], FunctionError),
    ("matchkeys", [["a", NAME], ["x", "y"], ["y"]], ["<var.name>"]),
    ("tolist", [[1, "a", NAME]], ["1", "a", "<var.name>"]),
    ("toset", [["b", "a", NAME]], ["a", "b", "...var.name"]),
    ("toset", [["b", partial("a", NAME)]], ["a<var.name>", "b"]),
    ("toset", [["a1", partial("a", NAME, "2")]], ["a<var.name>2", "a1", "...var.name"]),
    ("setunion", [["b"], NAME], ["b", "...var.name"]),
    ("setintersection", [["a", "b"], ["b", NAME]], ["b", "...var.name"]),
    ("setintersection", [["a", "b"], ["b"]], ["b"]),
    ("setsubtract", [["a", "b"], ["b", NAME]], ["...var.name"]),
    ("setsubtract", [["a", NAME], ["a"]], ["...var.name"]),
    ("setproduct", [["a"], [NAME]], [["a", "<var.name>"]]),
    ("setproduct", [["a"], NAME], "<var.name>"),
    # maps keep their certain entries
    ("merge", [NAME, {"a": 1}], {"a": 1, "...": "var.name"}),
    ("merge", [{"a": 1}, NAME], {"a": "<var.name>", "...": "var.name"}),
    ("merge", [{"a": 1}, PartialMap({"a": 2}, NAME)], {"a": 2, "...": "var.name"}),
    ("merge", [{"a": NAME}, {"b": 1}], {"a": "<var.name>", "b": 1}),
    ("lookup", [{"a": 1}, "a", NAME], 1),
    ("lookup", [{"a": 1}, "b", NAME], "<var.name>"),
    ("lookup", [{"a": NAME}, "a", 1], "<var.name>"),
    ("lookup", [PartialMap({"a": 1}, NAME), "a", 2], 1),
    ("lookup", [PartialMap({"a": 1}, NAME), "b", 2], "<var.name>"),
    ("keys", [{"a": NAME}], ["a"]),
    ("keys", [PartialMap({"a": 1}, NAME)], ["a", "...var.name"]),
    ("values", [{"b": NAME, "a": 1}], [1, "<var.name>"]),
    ("values", [PartialMap({"a": 1}, NAME)], [1, "...var.name"]),
    ("zipmap", [["a", "b"], [1, NAME]], {"a": 1, "b": "<var.name>"}),
    ("zipmap", [["a", NAME], [1, 2]], {"a": "<var.name>", "...": "var.name"}),
    ("zipmap", [[NAME, "a"], [1, 2]], {"a": 2, "...": "var.name"}),
    ("zipmap", [["a", "b"], NAME], "<var.name>"),
    ("tomap", [{"a": 1, "b": NAME}], {"a": 1, "b": "<var.name>"}),
    ("transpose", [{"a": [NAME]}], "<var.name>"),
    # choices are made as soon as they can be
    ("coalesce", [ARN, "x"], "<aws_s3_bucket.b.arn>"),
    ("coalesce", [NAME, "x"], "<var.name>"),
    ("coalesce", [None, "", "x", NAME], "x"),
    ("coalesce", [partial("a", NAME), "x"], "a<var.name>"),
    ("coalescelist", [[], ["a", NAME]], ["a", "<var.name>"]),
    ("coalescelist", [PartialList(("a",), NAME), ["b"]], ["a", "...var.name"]),
    ("coalescelist", [NAME, ["b"]], "<var.name>"),
    ("contains", [[NAME, "a"], "a"], True),
    ("contains", [[NAME, "b"], "a"], "<var.name>"),
    ("contains", [[partial("x", NAME), "b"], "a"], False),
    ("contains", [[partial("a", NAME, "c")], "abbc"], "<var.name>"),
    ("contains", [[{"a": NAME, "b": 1}], {"a": 1, "b": 2}], False),
    ("contains", [PartialList(("a",), NAME), "a"], True),
    ("contains", [PartialList(("a",), NAME), "b"], "<var.name>"),
    ("contains", [["a"], NAME], "<var.name>"),
    ("contains", [[], NAME], False),
    ("index", [["a", NAME], "a"], 0),
    ("index", [[NAME, "a"], "a"], "<var.name>"),
    ("index", [[partial("x", NAME), "a"], "a"], 1),
    ("alltrue", [[True, NAME]], "<var.name>"),
    ("alltrue", [[False, NAME]], False),
    ("alltrue", [PartialList((True,), NAME)], "<var.name>"),
    ("anytrue", [[True, NAME]], True),
    ("anytrue", [PartialList((True,), NAME)], True),
    ("anytrue", [[False, NAME]], "<var.name>"),
    ("max", [1, NAME], "<var.name>"),
    ("sum", [[1, NAME]], "<var.name>"),
    ("sum", [["x", NAME]], FunctionError),
    # documents keep their structure
    ("jsonencode", [{"a": NAME}], ("json", {"a": "<var.name>"})),
    ("jsonencode", [NAME], "<var.name>"),
    ("jsondecode", [Document({"a": NAME})], {"a": "<var.name>"}),
    ("jsondecode", [partial('{"a":"x-', NAME, '","b":', OTHER, "}")], {"a": "x-<var.name>", "b": "<var.other>"}),
    ("jsondecode", [partial('["a",', NAME, "]")], ["a", "...var.name"]),
    ("jsondecode", [partial('["', NAME, '"]')], ["<var.name>"]),
    ("jsondecode", [partial('["a\\"', NAME, '"]')], ['a"<var.name>']),
    ("jsondecode", [partial('{"', NAME, '":1}')], "<var.name>"),
    ("jsondecode", [partial('{"a":1', NAME, "}")], "<var.name>"),
    ("jsondecode", [partial('["\\ufdd00', NAME, '"]')], "<var.name>"),
    ("yamlencode", [{"a": NAME}], "<var.name>"),
    ("yamldecode", [partial("a: ", NAME)], "<var.name>"),
    ("yamldecode", [Document({"a": 1})], {"a": 1}),
    ("length", [Document({"a": 1})], 7),
    ("length", [Document({"a": NAME})], "<var.name>"),
    ("startswith", [Document({"a": NAME}), '{"a"'], True),
    # conversions
    ("tostring", [NAME], "<var.name>"),
    ("tonumber", [partial("1", NAME)], "<var.name>"),
    ("tobool", [NAME], "<var.name>"),
    ("sensitive", [[NAME]], ["<var.name>"]),
    # files and ARNs
    ("file", ["a"], "<var.other>"),
    ("filemd5", [NAME], "<var.name>"),
    ("fileexists", ["a"], "<var.other>"),
    ("templatefile", ["a", {}], "<var.other>"),
    ("templatestring", ["a", {"x": NAME}], "a"),
    ("templatestring", ["a", NAME], "<var.name>"),
    ("basename", [partial("a/", NAME)], "<var.name>"),
    ("provider::aws::arn_build", ["aws", "iam", "", NAME, "root"], "arn:aws:iam::<var.name>:root"),
    (
        "provider::aws::arn_parse",
        ["arn:aws:iam::123456789012:role/a:b"],
        {"partition": "aws", "service": "iam", "region": "", "account_id": "123456789012", "resource": "role/a:b"},
    ),
    (
        "provider::aws::arn_parse",
        [partial("arn:aws:s3:::", NAME, "/*")],
        {"partition": "aws", "service": "s3", "region": "", "account_id": "", "resource": "<var.name>/*"},
    ),
    (
        "provider::aws::arn_parse",
        [partial("arn:aws:iam::", NAME, ":root")],
        {
            "partition": "aws",
            "service": "iam",
            "region": "",
            "account_id": "<var.name>",
            "resource": "<var.name>",
        },
    ),
    ("provider::aws::arn_parse", ["x"], FunctionError),
    ("provider::aws::arn_parse", [partial("x:", NAME)], FunctionError),
    (
        "provider::aws::trim_iam_role_path",
        ["arn:aws:iam::123456789012:role/a/b/c"],
        "arn:aws:iam::123456789012:role/c",
    ),
    ("provider::aws::trim_iam_role_path", ["arn:aws:iam::123456789012:user/a/b"], FunctionError),
    # what only runs can tell
    ("timestamp", [], "<timestamp()>"),
    ("plantimestamp", [], "<plantimestamp()>"),
    ("uuid", [], "<uuid()>"),
    ("bcrypt", ["x"], "<bcrypt()>"),
    ("rsadecrypt", ["x", "y"], "<rsadecrypt()>"),
    ("issensitive", ["x"], "<issensitive()>"),
    ("provider::time::rfc3339_parse", ["x"], "<provider::time::rfc3339_parse()>"),
    ("no_such_function", [NAME], "<no_such_function()>"),
]


@pytest.mark.parametrize(("name", "arguments", "expected"), TABLE)
def test_what_is_known_of_the_arguments_is_known_of_the_result(name: str, arguments: list[Any], expected: Any) -> None:
    if expected is FunctionError:
        with pytest.raises(FunctionError):
            ask(name, *arguments)
    else:
        assert shape(ask(name, *arguments)) == expected


def test_an_unknown_result_bears_the_cause_and_the_cure_of_its_argument() -> None:
    result = ask("md5", NAME)

    assert (result.what, result.why, result.cure) == ("var.name", "is not set", "set var.name")
    assert result.is_set


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("lower", NAME), ("upper", NAME)),
        (("md5", NAME), ("md5", partial(NAME, "x"))),
        (("element", NAME, 0), ("element", NAME, 1)),
        (("substr", NAME, 0, 1), ("substr", NAME, 0, 2)),
        (("cidrsubnet", NAME, 8, 1), ("cidrsubnet", NAME, 8, 2)),
        (("trim", partial(NAME, "x"), "-"), ("trim", partial("x", NAME), "-")),
        (("uuid",), ("uuid",)),
        (("replace", NAME, "a" * 500, "b"), ("replace", NAME, "a" * 500, "c")),
    ],
)
def test_unknowns_that_may_differ_can_be_told_apart(one: tuple[Any, ...], other: tuple[Any, ...]) -> None:
    assert ask(*one) != ask(*other)


@pytest.mark.parametrize("asked", [("md5", NAME), ("element", NAME, 1), ("plantimestamp",), ("cidrhost", NAME, 1)])
def test_the_same_call_of_the_same_unknown_is_the_same_unknown(asked: tuple[Any, ...]) -> None:
    assert ask(*asked) == ask(*asked)


def test_a_value_that_no_function_changed_is_still_a_link() -> None:
    name = Linked("logs", Reference("aws_s3_bucket.b", "bucket"))

    assert ask("coalesce", None, name) is name
    assert ask("join", "", [name]) is name
    assert ask("format", "%s", name) is name
    assert not isinstance(ask("upper", name), Linked)


def test_an_unknown_that_only_loses_its_ends_still_refers_to_its_resource() -> None:
    assert ask("trimsuffix", ARN, ":*").refers_to == ARN.refers_to
    assert ask("join", "", [ARN]) == ARN
    assert ask("md5", ARN).refers_to is None


def test_a_lookup_that_finds_nothing_may_be_null() -> None:
    assert not ask("lookup", NAME, "a", None).is_set
    assert not ask("element", NAME, 0).is_set
    assert ask("keys", NAME).is_set


@pytest.mark.parametrize(
    "arguments",
    [
        ("regex", "(a+)+$", "a" * 5000 + "b"),
        ("regexall", "(x+x+)+y", "x" * 2000),
        ("regex", "(.*a){20}", "b" * 20_000),
        ("regex", "((a{0,100}){0,100}){0,100}", "b"),
        ("replace", "a" * 5_000, "/(a|a)*b/", "x"),
        ("format", "%999999999s", "x"),
        ("indent", 1_000_000_000, "a\nb"),
        ("replace", "a" * 1_000_000, "a", "b" * 1_000),
        ("join", "x" * 1_000_000, ["a"] * 1_000),
        ("pow", 10, 300),
        ("parseint", "9" * 100_000, 10),
        ("setproduct", *[list(range(100))] * 5),
        ("range", 1_000_000_000_000),
        ("jsondecode", "[" * 100_000),
        ("yamldecode", "[" * 10_000),
        (
            "yamldecode",
            "\n".join(
                f"k{i}: &k{i} [{', '.join([f'*k{i - 1}'] * 10) if i else ', '.join(['x'] * 10)}]" for i in range(9)
            ),
        ),
        ("regex", "(" * 5_000, "a"),
        ("setunion", [Unknown(f"u{i}") for i in range(3_000)]),
    ],
    ids=lambda arguments: arguments[0],
)
def test_hostile_arguments_end_soon(arguments: tuple[Any, ...]) -> None:
    try:
        result = ask(*arguments)
    except FunctionError:
        return

    assert isinstance(result, Unknown | PartialList | str | list)


def test_the_text_of_a_document_has_a_hole_for_every_unknown() -> None:
    document = {"b": [NAME, 1], "a": partial("x<", OTHER), "c": Document({"d": NAME})}

    text = json_text(document)

    assert shape(text) == '{"a":"x\\u003c<var.other>","b":[<var.name>,1],"c":"{\\"d\\":<var.name>}"}'


def test_the_text_of_a_document_nested_without_end_is_unknown() -> None:
    nested: list[Any] = []
    for _ in range(5_000):
        nested = [nested]

    assert isinstance(json_text(nested), Unknown)
