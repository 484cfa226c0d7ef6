"""Every intrinsic function, with known and with unknown arguments."""

from __future__ import annotations

from typing import Any

import pytest

from ctguard.model.values import Document, PartialList, PartialMap, PartialText, Unknown
from tests.sources.cloudformation.templates import ACCOUNT, DEPLOYED, REGION, evaluated, unknown

ENV = {"Env": {"Type": "String"}}
ASKED = {"Ref": "Env"}
NO_VALUE = {"Ref": "AWS::NoValue"}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ({"Fn::Join": ["-", ["a", "b", "c"]]}, "a-b-c"),
        ({"Fn::Join": ["", []]}, ""),
        ({"Fn::Join": [",", ["a", NO_VALUE, "b"]]}, "a,b"),
        ({"Fn::Join": [":", ["a", 1, True]]}, "a:1:true"),
        ({"Fn::Join": [":", {"Fn::Split": ["/", "a/b"]}]}, "a:b"),
        ({"Fn::Split": ["|", "a|b||c"]}, ["a", "b", "", "c"]),
        ({"Fn::Select": [1, ["a", "b"]]}, "b"),
        ({"Fn::Select": ["0", {"Fn::Split": [".", "x.y"]}]}, "x"),
        ({"Fn::Base64": "hello"}, "aGVsbG8="),
        ({"Fn::Cidr": ["10.0.0.0/24", 2, 6]}, ["10.0.0.0/26", "10.0.0.64/26"]),
        ({"Fn::Cidr": ["10.0.0.0/16", "1", "8"]}, ["10.0.0.0/24"]),
        ({"Fn::Length": ["a", "b", "c"]}, 3),
        ({"Fn::ToJsonString": {"a": [1, "é"]}}, '{"a":[1,"é"]}'),
        ({"Fn::Sub": "plain"}, "plain"),
        ({"Fn::Sub": "${AWS::Region}/${AWS::AccountId}"}, f"{REGION}/{ACCOUNT}"),
        ({"Fn::Sub": "${!aws:username}-${AWS::Partition}"}, "${aws:username}-aws"),
        ({"Fn::Sub": ["${a}-${b}", {"a": "x", "b": {"Fn::Join": ["", ["y", "z"]]}}]}, "x-yz"),
        ({"Fn::Sub": ["${AWS::Region}", {"AWS::Region": "mine"}]}, "mine"),
        ({"Fn::Sub": "$${AWS::Region}"}, f"${REGION}"),
        ({"Fn::FindInMap": ["Sizes", "eu-west-1", "Days"]}, "90"),
        ({"Fn::FindInMap": ["Sizes", {"Ref": "AWS::Region"}, "List"]}, ["a", "b"]),
        ({"Fn::FindInMap": ["Sizes", "mars-1", "Days", {"DefaultValue": "1"}]}, "1"),
        ([1, NO_VALUE, None, "x"], [1, "x"]),
        ({"a": NO_VALUE, "b": None, "c": 1}, {"c": 1}),
        (
            {"Statement": {"Condition": {"Bool": {"aws:x": "true"}}}},
            {"Statement": {"Condition": {"Bool": {"aws:x": "true"}}}},
        ),
        ({"Condition": "kept"}, {"Condition": "kept"}),
    ],
)
def test_a_function_of_known_values_is_known(expression: Any, expected: Any) -> None:
    mappings = {"Sizes": {"eu-west-1": {"Days": "90", "List": ["a", "b"]}, "us-east-1": {"Days": "30"}}}

    assert evaluated(expression, pseudo=DEPLOYED, Mappings=mappings) == expected


@pytest.mark.parametrize(
    ("expression", "shown"),
    [
        ({"Fn::Join": ["-", ["a", ASKED, "b"]]}, "a-${parameter Env}-b"),
        ({"Fn::Join": [ASKED, ["a", "b"]]}, "a${parameter Env}b"),
        ({"Fn::Sub": "x${Env}y${Env}"}, "x${parameter Env}y${parameter Env}"),
        ({"Fn::Sub": ["x${v}", {"v": ASKED}]}, "x${parameter Env}"),
        ({"Fn::Sub": "${AWS::Partition}:${Env}"}, "${AWS partition}:${parameter Env}"),
        ({"Fn::Join": ["", ["a", {"Fn::Sub": "b${Env}"}]]}, "ab${parameter Env}"),
    ],
)
def test_text_with_an_unknown_part_is_known_in_its_other_parts(expression: Any, shown: str) -> None:
    value = evaluated(expression, Parameters=ENV)

    assert isinstance(value, PartialText)
    assert str(value) == shown


@pytest.mark.parametrize(
    "expression",
    [
        {"Fn::Join": ["-", ASKED]},
        {"Fn::Split": ["-", ASKED]},
        {"Fn::Split": [ASKED, "a-b"]},
        {"Fn::Split": ["-", {"Fn::Sub": "${Env}-b"}]},
        {"Fn::Select": [ASKED, ["a", "b"]]},
        {"Fn::Select": [0, {"Fn::Split": ["-", ASKED]}]},
        {"Fn::Base64": {"Fn::Sub": "x${Env}"}},
        {"Fn::Cidr": [ASKED, 1, 8]},
        {"Fn::Cidr": ["10.0.0.0/8", ASKED, 8]},
        {"Fn::Length": {"Fn::Split": [",", ASKED]}},
        {"Fn::ToJsonString": ASKED},
        {"Fn::FindInMap": ["Sizes", ASKED, "Days"]},
        {"Fn::FindInMap": ["Sizes", "a", ASKED]},
    ],
)
def test_a_function_of_an_unknown_names_what_is_missing_and_how_it_came_about(expression: Any) -> None:
    mappings = {"Sizes": {"a": {"Days": "90", "Weeks": "1"}, "b": {"Days": "30"}}}

    value = unknown(evaluated(expression, Parameters=ENV, Mappings=mappings))

    assert value.what == "parameter Env"
    assert value.cure == "--param Env=..."
    assert value.is_set
    assert value.via


def test_two_computations_of_one_unknown_are_told_apart() -> None:
    first, second, again = (
        unknown(evaluated({"Fn::Select": [index, {"Fn::Split": [",", ASKED]}]}, Parameters=ENV)) for index in (0, 1, 0)
    )

    assert (first.what, first.via) == (again.what, again.via)
    assert first.what == second.what
    assert first.via != second.via


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ({"Fn::Select": [5, ["a"]]}, "asks for item 5 of a list of 1"),
        ({"Fn::Select": ["x", ["a"]]}, "another shape"),
        ({"Fn::Select": "a"}, "another shape"),
        ({"Fn::Join": ["-", "text"]}, "another shape"),
        ({"Fn::Join": ["-", [{"a": 1}]]}, "another shape"),
        ({"Fn::Split": ["", "a"]}, "another shape"),
        ({"Fn::Sub": {"a": 1}}, "takes text"),
        ({"Fn::Cidr": ["10.0.0.0/30", 200, 1]}, "asks for 200 blocks where there are 2"),
        ({"Fn::Cidr": ["nowhere", 1, 8]}, "cannot be computed"),
        ({"Fn::Cidr": ["10.0.0.0/8", 1000000, 8]}, "another shape"),
        ({"Fn::FindInMap": ["Sizes", "a", "b"]}, "finds no such key"),
        ({"Fn::FindInMap": ["Sizes"]}, "takes a map and two keys"),
        ({"Fn::If": ["A"]}, "takes a condition and two values"),
        ({"Fn::GetAtt": [1, 2]}, "another shape"),
        ({"Fn::Fancy": "x"}, "is no function that ctguard knows"),
        ({"Fn::EachMemberIn": [["a"], ["b"]]}, "can stand in the Rules section alone"),
        ({"Fn::GetAZs": ""}, "depends on the account"),
        ({"Fn::ImportValue": "shared-bucket"}, "comes from another stack"),
        ({"Fn::GetStackOutput": {"StackName": "s", "OutputName": "o"}}, "comes from another stack"),
        ({"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": "s3://b/k"}}}, "is what the macro"),
    ],
)
def test_what_no_function_can_answer_is_unknown_with_the_reason(expression: Any, why: str) -> None:
    assert why in unknown(evaluated(expression)).why


def test_an_export_is_named_as_far_as_its_name_is_known() -> None:
    value = unknown(evaluated({"Fn::ImportValue": {"Fn::Sub": "${Env}-bucket"}}, Parameters=ENV))

    assert "parameter Env" in value.what
    assert "-bucket" in value.what
    assert value.is_set


def test_json_text_with_unknown_parts_keeps_its_structure() -> None:
    value = evaluated({"Fn::ToJsonString": {"Statement": [{"Resource": {"Fn::Sub": "${Env}/*"}}]}}, Parameters=ENV)

    assert isinstance(value, Document)
    assert str(value.value["Statement"][0]["Resource"]) == "${parameter Env}/*"


@pytest.mark.parametrize("key", [ASKED, {"Fn::Sub": "e${Env}"}])
def test_a_map_that_says_the_same_for_every_key_needs_no_key(key: Any) -> None:
    mappings = {"M": {"eu": {"Days": "90"}, "ex": {"Days": "90"}, "us": {"Days": "1"}}}
    narrowed = evaluated({"Fn::FindInMap": ["M", {"Fn::Sub": "e${Env}"}, "Days"]}, Parameters=ENV, Mappings=mappings)
    every = evaluated({"Fn::FindInMap": ["M", ASKED, "Days"]}, Parameters=ENV, Mappings=mappings)

    assert narrowed == "90"
    assert isinstance(every, Unknown)


def test_a_default_counts_where_the_key_is_not_known() -> None:
    mappings = {"M": {"a": {"Days": "90"}, "b": {"Days": "90"}}}
    same, other = (
        evaluated({"Fn::FindInMap": ["M", ASKED, "Days", {"DefaultValue": days}]}, Parameters=ENV, Mappings=mappings)
        for days in ("90", "1")
    )

    assert same == "90"
    assert isinstance(other, Unknown)


def test_a_macro_among_properties_leaves_the_map_open() -> None:
    value = evaluated({"Known": 1, "Fn::Transform": {"Name": "AWS::Include"}})

    assert isinstance(value, PartialMap)
    assert value.items == {"Known": 1}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{resolve:ssm:/org/id}}", None),
        ("x-{{resolve:secretsmanager:s:SecretString:k}}-y", ("x-", "-y")),
        ({"Fn::Sub": "a{{resolve:ssm:/${AWS::Region}/id}}"}, ("a",)),
        ({"Fn::Join": ["", ["a{{resolve:", "ssm:x}}"]]}, ("a",)),
    ],
)
def test_a_dynamic_reference_stays_unresolved_and_is_set(text: Any, expected: Any) -> None:
    value = evaluated(text, pseudo=DEPLOYED)

    if expected is None:
        assert unknown(value).what == "{{resolve:ssm:/org/id}}"
        assert unknown(value).is_set
    else:
        assert isinstance(value, PartialText)
        assert tuple(part for part in value.parts if isinstance(part, str)) == expected


def test_a_dynamic_reference_with_an_unknown_part_is_unknown_as_a_whole() -> None:
    value = unknown(evaluated({"Fn::Sub": "a{{resolve:ssm:/${Env}/id}}"}, Parameters=ENV))

    assert value.is_set


def test_a_list_with_an_item_that_is_perhaps_left_out_is_open() -> None:
    conditions = {"IsProd": {"Fn::Equals": [ASKED, "prod"]}}
    value = evaluated(["a", {"Fn::If": ["IsProd", "b", NO_VALUE]}, "c"], Parameters=ENV, Conditions=conditions)

    assert isinstance(value, PartialList)
    assert value.items == ("a", "c")
    assert value.rest.via.startswith("condition IsProd")


def test_text_that_doubles_and_doubles_stops_at_a_limit() -> None:
    resources = {
        f"B{index}": {
            "Type": "AWS::S3::Bucket",
            "Properties": {"BucketName": {"Fn::Sub": f"${{B{index - 1}}}${{B{index - 1}}}" if index else "x" * 1000}},
        }
        for index in range(40)
    }

    value = evaluated({"Ref": "B39"}, Resources=resources)

    assert isinstance(value, Unknown | PartialText)
