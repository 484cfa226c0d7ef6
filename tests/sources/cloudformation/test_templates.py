"""A template as a whole: what is wrong with it, and what it may hold unseen."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from ctguard.model.values import PartialMap, Unknown
from ctguard.sources.cloudformation import ParameterInputs, read_template
from tests.sources.cloudformation.templates import declared, evaluated, read, thing, unknown

THING = {"Type": "Custom::Thing"}


@pytest.mark.parametrize(
    ("content", "kind", "message"),
    [
        ("", "empty", "is empty"),
        ("  \n", "empty", "is empty"),
        ("# nothing\n", "not-a-template", "has no Resources"),
        ("a: 1\n", "not-a-template", "has no Resources"),
        ("- a\n", "not-a-template", "has no Resources"),
        ("text", "not-a-template", "has no Resources"),
        ({"Resources": {}}, "empty", "without resources"),
        ({"AWSTemplateFormatVersion": "2010-09-09"}, "empty", "without resources"),
        ({"Resources": None}, "empty", "without resources"),
        ({"Resources": []}, "template", "section Resources is not a map"),
        ({"Resources": {"T": THING}, "Parameters": []}, "template", "section Parameters is not a map"),
        ({"Resources": {"T": THING, "U": "x"}}, "template", "resource U is not a map"),
        ({"Resources": {"T": THING, "U": {}}}, "template", "resource U has no Type"),
        ({"Resources": {"T": THING, "U": {"Type": ["AWS"]}}}, "template", "resource U has no Type"),
        ({"Resources": {"T": THING, "U": THING | {"Properties": []}}}, "template", "Properties of U is not a map"),
    ],
)
def test_what_is_wrong_with_a_template_is_one_fault(content: Any, kind: str, message: str) -> None:
    unit = read(content)

    assert [fault.kind for fault in unit.faults] == [kind]
    assert message in unit.faults[0].message
    assert unit.faults[0].source.startswith("template.yaml")


def test_one_broken_resource_does_not_hide_the_others() -> None:
    unit = read({"Resources": {"A": THING, "B": [], "C": THING}})

    assert [one.address for one in unit.declarations] == ["A", "C"]


def test_of_very_many_faults_the_first_are_told() -> None:
    unit = read({"Resources": {"T": THING} | {f"R{index}": index for index in range(60_000)}})

    assert 1 < len(unit.faults) < 100
    assert [one.address for one in unit.declarations] == ["T"]


def test_what_functions_write_out_is_bounded() -> None:
    copies = {f"V{index}": {"Fn::Sub": "${P}x"} for index in range(1000)}
    parameters = {"P": {"Type": "String", "Default": "y" * 1_000_000}}

    unit = read({"Parameters": parameters, "Resources": {"T": THING | {"Properties": copies}}})

    values = declared(unit, "T").values
    assert len(values["V0"]) == 1_000_001
    assert isinstance(values["V999"], Unknown)


@pytest.mark.parametrize("properties", [None, {}])
def test_a_resource_without_properties_has_none(properties: Any) -> None:
    unit = read({"Resources": {"T": THING | {"Properties": properties}}})

    assert dict(declared(unit, "T").values) == {}


@pytest.mark.parametrize(
    ("template", "what"),
    [
        ({"Transform": "AWS::Serverless-2016-10-31"}, "transform AWS::Serverless-2016-10-31"),
        ({"Transform": ["AWS::LanguageExtensions", "My"]}, "transform My"),
        ({"Transform": {"Name": "AWS::Include", "Parameters": {}}}, "transform AWS::Include"),
        ({"Resources": {"Fn::Transform": {"Name": "AWS::Include"}}}, "Fn::Transform"),
        ({"Resources": {"M": {"Type": "My::Bucket::MODULE"}}}, "M"),
    ],
)
def test_what_runs_on_aws_alone_may_add_resources(template: dict[str, Any], what: str) -> None:
    unit = read({**template, "Resources": {"T": THING, **template.get("Resources", {})}})

    assert [one.what for one in unit.unseen] == [what]
    assert "T" in [one.address for one in unit.declarations]


def test_the_language_extensions_hide_nothing() -> None:
    assert read({"Transform": "AWS::LanguageExtensions", "Resources": {"T": THING}}).unseen == ()


@pytest.mark.parametrize(
    "properties",
    [{"Fn::Transform": {"Name": "AWS::Include"}, "Value": 1}, {"Fn::If": ["C", {"Value": 1}, {}]}, {"Ref": "X"}],
)
def test_properties_that_are_not_all_seen_are_an_open_map(properties: dict[str, Any]) -> None:
    values = declared(read({"Resources": {"T": THING | {"Properties": properties}}}), "T").values

    assert isinstance(values, PartialMap)
    assert values.items.get("Value") == properties.get("Value")


def test_properties_chosen_by_a_known_condition_are_known() -> None:
    template = {
        "Conditions": {"C": {"Fn::Equals": [1, 1]}},
        "Resources": {"T": THING | {"Properties": {"Fn::If": ["C", {"Value": 1}, {}]}}},
    }

    assert declared(read(template), "T").values == {"Value": 1}


def read_path(path: Path) -> Any:
    return read_template(path, display=path.name, parameters=ParameterInputs(), root=path.parent)


def test_files_that_cannot_be_read_are_faults(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo.yaml"
    os.mkfifo(fifo)
    loop = tmp_path / "loop.yaml"
    loop.symlink_to(loop)

    units = [read_path(path) for path in (tmp_path / "missing.yaml", tmp_path, fifo, loop, Path("/dev/zero"))]

    assert [[fault.kind for fault in unit.faults] for unit in units] == [["unreadable"]] * 5


def test_a_reference_in_place_of_properties_is_no_map_and_leads_nowhere() -> None:
    template = "Resources: {B: {Type: 'AWS::S3::Bucket'}, T: {Type: 'AWS::CloudTrail::Trail', Properties: !Ref B}}"

    rest = declared(read(template), "T").values.rest  # type: ignore[attr-defined]

    assert rest.what == "T.Properties"
    assert rest.why.startswith("is no map")
    assert rest.cure
    assert rest.refers_to is None


@pytest.mark.parametrize("transform", ["AWS::Serverless-2016-10-31", "Mine"])
def test_a_transform_says_how_to_expand_it(transform: str) -> None:
    unit = read({**thing("x"), "Transform": transform})

    (unseen,) = unit.unseen
    assert "--template-stage Processed" in unseen.cure
    assert ("sam build" in unseen.cure) == transform.startswith("AWS::Serverless")


@pytest.mark.parametrize("expression", [{"Ref": "Nothing"}, {"Fn::GetAtt": ["No", "Arn"]}, "{{resolve:ssm:/a}}"])
def test_what_the_template_does_not_hold_has_a_cure(expression: Any) -> None:
    assert unknown(evaluated(expression)).cure
