"""Parameters: given, by default, without a value; files of them; secrets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ctguard.model.errors import UsageError
from ctguard.model.values import Unknown
from ctguard.sources.cloudformation import PseudoParameters, read_parameter_file
from tests.sources.cloudformation.templates import evaluated, read, thing, unknown


@pytest.mark.parametrize(
    ("declaration", "given", "expected"),
    [
        ({"Type": "String", "Default": "d"}, None, "d"),
        ({"Type": "String", "Default": "d"}, "g", "g"),
        ({"Type": "String", "Default": ""}, None, ""),
        ({"Type": "String", "Default": True}, None, "true"),
        ({"Type": "String", "Default": 365}, None, "365"),
        ({"Type": "String", "AllowedValues": ["only"]}, None, "only"),
        ({"Type": "Number", "Default": "365"}, None, 365),
        ({"Type": "Number", "Default": 1.5}, None, 1.5),
        ({"Type": "Number"}, "0090", "0090"),
        ({"Type": "CommaDelimitedList", "Default": "a, b,c"}, None, ["a", "b", "c"]),
        ({"Type": "CommaDelimitedList", "Default": ""}, None, []),
        ({"Type": "List<String>", "Default": ["a", "b"]}, None, ["a", "b"]),
        ({"Type": "List<AWS::EC2::Subnet::Id>"}, "s-1,s-2", ["s-1", "s-2"]),
        ({"Type": "AWS::EC2::VPC::Id", "Default": "vpc-1"}, None, "vpc-1"),
        ("no map", "g", "g"),
    ],
)
def test_a_parameter_has_the_value_given_else_its_default(declaration: Any, given: str | None, expected: Any) -> None:
    value = evaluated({"Ref": "P"}, Parameters={"P": declaration}, given={"P": given} if given is not None else {})

    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize("type_", ["String", "Number", "CommaDelimitedList", "AWS::S3::Bucket::Name"])
def test_a_parameter_without_value_is_unknown_and_perhaps_null(type_: str) -> None:
    value = unknown(evaluated({"Ref": "P"}, Parameters={"P": {"Type": type_}}))

    assert (value.what, value.cure, value.is_set) == ("parameter P", "--param P=...", False)


def test_a_parameter_read_from_ssm_is_unknown_whatever_it_is_called() -> None:
    declaration = {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/org/id"}
    value = unknown(evaluated({"Ref": "P"}, Parameters={"P": declaration}))

    assert value.what == "SSM parameter /org/id"
    assert value.is_set


def test_a_value_that_the_parameter_does_not_allow_is_a_fault_and_not_believed() -> None:
    template = thing(
        {"Ref": "P"}, Parameters={"P": {"Type": "String", "Default": "dev", "AllowedValues": ["dev", "prod"]}}
    )

    unit = read(template, P="prd")

    assert [fault.kind for fault in unit.faults] == ["template"]
    assert "'prd'" in unit.faults[0].message
    assert isinstance(unit.declarations[0].values["Value"], Unknown)


def test_secret_parameters_are_used_and_named_as_secrets() -> None:
    parameters = {
        name: {"Type": "String", "NoEcho": flag, "Default": f"{name}-word"}
        for name, flag in (("A", True), ("B", "true"))
    }

    unit = read(thing({"Fn::Sub": "${A}/${B}"}, Parameters=parameters), A="given-word")

    assert unit.secrets == {"A-word", "given-word", "B-word", "given-word/B-word"}
    assert unit.declarations[0].values["Value"] == "given-word/B-word"


@pytest.mark.parametrize(
    ("expression", "made"),
    [
        ({"Fn::Base64": {"Ref": "P"}}, "aHVudGVyMi1odW50ZXIz"),
        ({"Fn::Base64": {"Fn::Sub": "${P}"}}, "aHVudGVyMi1odW50ZXIz"),
        ({"Fn::Join": ["/", ["x", {"Fn::Base64": {"Ref": "P"}}]]}, "x/aHVudGVyMi1odW50ZXIz"),
        ({"Fn::Sub": "x-${P}"}, "x-hunter2-hunter3"),
        ({"Fn::Select": [1, {"Fn::Split": ["-", {"Ref": "P"}]}]}, "hunter3"),
        ({"Fn::Sub": "${P}/${AWS::AccountId}"}, "hunter2-hunter3/"),
    ],
)
def test_what_is_made_of_a_secret_is_one_too(expression: Any, made: str) -> None:
    declaration = {"Type": "String", "NoEcho": True}
    public = {"Public": {"Type": "Custom::Thing", "Properties": {"Value": {"Fn::Join": ["-", ["not", "hidden"]]}}}}

    unit = read(thing(expression, Parameters={"P": declaration}, Resources=public), P="hunter2-hunter3")

    assert made in unit.secrets
    assert "not-hidden" not in unit.secrets


def test_the_items_of_a_secret_list_are_secrets() -> None:
    declaration = {"Type": "CommaDelimitedList", "NoEcho": True}

    unit = read(thing({"Ref": "P"}, Parameters={"P": declaration}), P="alpha, bravo")

    assert unit.secrets >= {"alpha", "bravo"}


def test_a_secret_value_is_not_shown_when_it_is_refused() -> None:
    declaration = {"Type": "String", "NoEcho": True, "AllowedValues": ["x"]}

    unit = read(thing("x", Parameters={"P": declaration}), P="hunter2")

    assert "hunter2" not in str(unit.faults)
    assert "hunter2" in unit.secrets


@pytest.mark.parametrize(
    "content",
    [
        [{"ParameterKey": "A", "ParameterValue": "1"}, {"ParameterKey": "B", "ParameterValue": "x,y"}],
        {"Parameters": {"A": "1", "B": "x,y"}, "Tags": {}},
        {"A": 1, "B": ["x", "y"]},
        ["A=1", "B=x,y"],
    ],
)
def test_parameter_files_come_in_four_forms(content: Any, tmp_path: Path) -> None:
    path = tmp_path / "parameters.json"
    path.write_text(json.dumps(content))

    assert read_parameter_file(path, "parameters.json") == {"A": "1", "B": "x,y"}


def test_a_parameter_file_may_be_yaml_and_keep_a_previous_value(tmp_path: Path) -> None:
    path = tmp_path / "parameters.yaml"
    path.write_text("- ParameterKey: A\n  ParameterValue: 012345670123\n- {ParameterKey: B, UsePreviousValue: true}\n")

    assert read_parameter_file(path, "parameters.yaml") == {"A": "012345670123"}


@pytest.mark.parametrize("content", ["[1]", "{", '{"A": {"B": 1}}', '{"A": null}', "", '"text"'])
def test_a_file_that_holds_no_parameters_is_refused(content: str, tmp_path: Path) -> None:
    path = tmp_path / "parameters.json"
    path.write_text(content)

    with pytest.raises(UsageError, match=r"parameters\.json"):
        read_parameter_file(path, "parameters.json")


@pytest.mark.parametrize(
    ("region", "partition", "suffix"),
    [
        ("eu-west-1", "aws", "amazonaws.com"),
        ("cn-north-1", "aws-cn", "amazonaws.com.cn"),
        ("us-gov-west-1", "aws-us-gov", "amazonaws.com"),
        ("us-iso-east-1", "aws-iso", "c2s.ic.gov"),
        ("us-isob-east-1", "aws-iso-b", "sc2s.sgov.gov"),
        ("eusc-de-east-1", "aws-eusc", "amazonaws.eu"),
    ],
)
def test_partition_and_suffix_follow_from_the_region(region: str, partition: str, suffix: str) -> None:
    pseudo = PseudoParameters(region=region)

    assert evaluated({"Fn::Sub": "${AWS::Partition} ${AWS::URLSuffix}"}, pseudo=pseudo) == f"{partition} {suffix}"


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("AWS::AccountId", "AWS account id"),
        ("AWS::Region", "AWS region"),
        ("AWS::Partition", "AWS partition"),
        ("AWS::URLSuffix", "AWS::URLSuffix"),
        ("AWS::StackName", "AWS::StackName"),
        ("AWS::StackId", "AWS::StackId"),
    ],
)
def test_a_pseudo_parameter_that_nobody_gave_is_unknown_and_set(name: str, what: str) -> None:
    value = unknown(evaluated({"Ref": name}))

    assert (value.what, value.is_set) == (what, True)


def test_declarations_bear_the_region_and_account_of_the_stack() -> None:
    known = read(thing("x"), pseudo=PseudoParameters(account_id="111122223333", region="eu-west-1")).declarations[0]
    nowhere = read(thing("x")).declarations[0]

    assert (known.region, known.account_id) == ("eu-west-1", "111122223333")
    assert (nowhere.region.what, nowhere.account_id.what) == ("AWS region", "AWS account id")
