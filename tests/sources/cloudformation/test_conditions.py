"""Conditions in three values, Fn::If, and what exists."""

from __future__ import annotations

from typing import Any

import pytest

from ctguard.model.values import Unknown
from tests.sources.cloudformation.templates import DEPLOYED, NOWHERE, declared, evaluated, read, thing, unknown

ENV = {"Env": {"Type": "String"}}
ASKED = {"Ref": "Env"}
NO_VALUE = {"Ref": "AWS::NoValue"}
YES = {"Fn::Equals": ["a", "a"]}
NO = {"Fn::Equals": ["a", "b"]}
MAYBE = {"Fn::Equals": [ASKED, "prod"]}


def outcome(condition: Any, **given: Any) -> Any:
    """Return what an Fn::If on `condition` chooses: True, False, or None where that is unknown."""
    value = evaluated({"Fn::If": ["C", "yes", "no"]}, Parameters=ENV, Conditions={"C": condition}, **given)
    return None if isinstance(value, Unknown) else value == "yes"


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (YES, True),
        (NO, False),
        (MAYBE, None),
        ({"Fn::Not": [YES]}, False),
        ({"Fn::Not": [MAYBE]}, None),
        ({"Fn::And": [YES, YES]}, True),
        ({"Fn::And": [YES, MAYBE]}, None),
        ({"Fn::And": [MAYBE, NO]}, False),
        ({"Fn::Or": [NO, NO]}, False),
        ({"Fn::Or": [NO, MAYBE]}, None),
        ({"Fn::Or": [MAYBE, YES]}, True),
        ({"Fn::Not": [{"Fn::And": [MAYBE, NO]}]}, True),
        ({"Fn::And": [{"Condition": "C"}, YES]}, None),
        ({"Condition": "Nowhere"}, None),
        ({"Fn::Fancy": [1]}, None),
        ("text", None),
        ({"Fn::Not": []}, None),
        ({"Fn::Equals": ["a"]}, None),
        ({"Condition": ["a"]}, None),
    ],
)
def test_conditions_follow_the_logic_of_three_values(condition: Any, expected: bool | None) -> None:
    assert outcome(condition) is expected


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("a", "A", False),
        (True, "true", True),
        (1, "1", True),
        (["a", 1], ["a", "1"], True),
        (ASKED, ASKED, True),
        ({"Fn::Sub": "x${Env}"}, {"Fn::Join": ["", ["x", ASKED]]}, True),
        ({"Fn::Sub": "x${Env}"}, "y", False),
        ({"Fn::Sub": "x${Env}"}, "xy", None),
        ({"Fn::Sub": "${Env}-prod"}, "dev", False),
        ({"Fn::Sub": "${Env}-a-${AWS::StackName}"}, "x-b-y", False),
        ({"Fn::Sub": "a${Env}"}, {"Fn::Sub": "b${Env}"}, False),
        ({"Fn::Sub": "a${Env}"}, {"Fn::Sub": "a${AWS::StackName}"}, None),
        (ASKED, {"Ref": "AWS::StackName"}, None),
        ([ASKED], ["a"], None),
        ([ASKED], "a", False),
        ({"Ref": "AWS::NoValue"}, "", True),
    ],
)
def test_equality_is_decided_by_what_is_known(left: Any, right: Any, expected: bool | None) -> None:
    assert outcome({"Fn::Equals": [left, right]}) is expected


@pytest.mark.parametrize(
    ("declaration", "value", "expected"),
    [
        ({"Type": "String", "AllowedValues": ["dev", "prod"]}, "staging", False),
        ({"Type": "String", "AllowedValues": ["dev", "prod"]}, "dev", None),
        ({"Type": "String", "MinLength": 1}, "", False),
        ({"Type": "String", "MinLength": "1"}, "", False),
        ({"Type": "String"}, "", None),
        ({"Type": "Number"}, "", False),
        ({"Type": "Number"}, "7", None),
    ],
)
def test_a_parameter_without_value_cannot_be_what_it_does_not_allow(
    declaration: Any, value: str, expected: Any
) -> None:
    condition = {"C": {"Fn::Equals": [{"Ref": "P"}, value]}}

    chosen = evaluated({"Fn::If": ["C", 1, 2]}, Parameters={"P": declaration}, Conditions=condition)

    assert (None if isinstance(chosen, Unknown) else chosen == 1) is expected


def test_the_same_value_on_both_branches_is_that_value() -> None:
    value = evaluated({"Fn::If": ["C", {"a": ["x"]}, {"a": ["x"]}]}, Parameters=ENV, Conditions={"C": MAYBE})

    assert value == {"a": ["x"]}


def test_branches_that_differ_in_one_place_are_known_in_all_others() -> None:
    branches = [{"a": "same", "b": [1, 2]}, {"a": "same", "b": [1, 3]}]
    value = evaluated({"Fn::If": ["C", *branches]}, Parameters=ENV, Conditions={"C": MAYBE})

    assert value["a"] == "same"
    assert value["b"][0] == 1
    assert unknown(value["b"][1]).what == "parameter Env"


def test_an_unknown_choice_names_its_cause_first_then_the_condition_that_depends_on_it() -> None:
    value = unknown(evaluated({"Fn::If": ["C", "x", "y"]}, Parameters=ENV, Conditions={"C": MAYBE}))

    assert (value.what, value.why, value.cure) == (
        "parameter Env",
        "has no value and no default",
        "--param Env=...",
    )
    assert value.via.startswith("condition C")
    assert value.is_set


def test_two_choices_by_one_condition_are_not_the_same_value() -> None:
    sections = {"Parameters": ENV, "Conditions": {"C": MAYBE}}
    one, other = (unknown(evaluated({"Fn::If": ["C", *pair]}, **sections)) for pair in (("a", "b"), ("a", "c")))

    assert one.via != other.via


@pytest.mark.parametrize("branches", [["x", NO_VALUE], [NO_VALUE, "x"], [ASKED, "x"]])
def test_a_choice_that_may_be_nothing_is_not_set(branches: list[Any]) -> None:
    value = unknown(evaluated({"Fn::If": ["C", *branches]}, Parameters=ENV, Conditions={"C": MAYBE}))

    assert not value.is_set


def test_no_value_takes_the_property_away() -> None:
    assert evaluated({"Fn::If": ["C", "x", NO_VALUE]}, Conditions={"C": NO}) is None
    assert evaluated({"Fn::If": ["C", NO_VALUE, NO_VALUE]}, Parameters=ENV, Conditions={"C": MAYBE}) is None


@pytest.mark.parametrize(
    "conditions",
    [
        {"C": {"Condition": "C"}},
        {"C": {"Fn::Not": [{"Condition": "D"}]}, "D": {"Fn::And": [{"Condition": "C"}, YES]}},
    ],
)
def test_conditions_that_refer_to_themselves_are_unknown_and_end(conditions: Any) -> None:
    value = unknown(evaluated({"Fn::If": ["C", 1, 2]}, Conditions=conditions))

    assert "refers to itself" in value.why


def test_a_chain_of_conditions_longer_than_the_limit_ends_unknown() -> None:
    conditions: dict[str, Any] = {f"C{index}": {"Condition": f"C{index + 1}"} for index in range(3000)}

    value = unknown(evaluated({"Fn::If": ["C0", 1, 2]}, Conditions=conditions | {"C3000": YES}))

    assert "too many values" in value.why


def test_a_resource_exists_as_its_condition_says() -> None:
    template = thing("x", Parameters=ENV, Conditions={"Yes": YES, "No": NO, "Maybe": MAYBE})
    for name in ("Yes", "No", "Maybe"):
        template["Resources"][name] = {"Type": "Custom::Thing", "Condition": name}

    unit = read(template)

    assert {one.address for one in unit.declarations} == {"Thing", "Yes", "Maybe"}
    assert declared(unit, "Yes").exists is None
    exists = unknown(declared(unit, "Maybe").exists)
    assert (exists.what, exists.via) == ("parameter Env", "condition Maybe")


def test_a_reference_to_what_does_not_exist_is_unknown_with_the_reason() -> None:
    bucket = {"Type": "AWS::S3::Bucket", "Condition": "No", "Properties": {"BucketName": "b"}}
    value = unknown(evaluated({"Ref": "B"}, Conditions={"No": NO}, Resources={"B": bucket}))

    assert "does not exist" in value.why


def test_a_condition_on_the_region_is_known_where_the_region_is() -> None:
    conditions = {"C": {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]}}

    assert evaluated({"Fn::If": ["C", 1, 2]}, Conditions=conditions, pseudo=DEPLOYED) == 1
    assert unknown(evaluated({"Fn::If": ["C", 1, 2]}, Conditions=conditions, pseudo=NOWHERE)).what == "AWS region"


def test_rules_are_read_past() -> None:
    rules = {
        "R": {"Assertions": [{"Assert": {"Fn::EachMemberIn": [{"Fn::ValueOfAll": ["A", "B"]}, {"Fn::RefAll": "C"}]}}]}
    }

    assert evaluated("x", Rules=rules) == "x"
