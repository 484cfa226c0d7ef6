"""Nested stacks: followed inside of the tree, never outside of it, never in circles."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ctguard.model.location import Location
from ctguard.model.values import Reference, Unknown, reference_of
from tests.sources.cloudformation.templates import DEPLOYED, declared, read, unknown

CHILD = {
    "Parameters": {"Name": {"Type": "String"}, "Days": {"Type": "Number", "Default": 30}},
    "Resources": {
        "Logs": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": {"Ref": "Name"}}},
        "Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": {"Ref": "Days"}}},
    },
    "Outputs": {"Bucket": {"Value": {"Ref": "Logs"}}, "Days": {"Value": {"Ref": "Days"}}, "Broken": {}},
}


def nested(url: Any = "child.json", **more: Any) -> dict[str, Any]:
    return {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url, **more}}


def trail(name: str = "Child") -> dict[str, Any]:
    return {
        "Type": "AWS::CloudTrail::Trail",
        "Properties": {"S3BucketName": {"Fn::GetAtt": [name, "Outputs.Bucket"]}, "IsLogging": True},
    }


def write(folder: Path, **files: Any) -> None:
    for name, content in files.items():
        path = folder / f"{name.replace('__', '/')}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))


def test_parameters_go_down_and_outputs_come_up(tmp_path: Path) -> None:
    write(tmp_path, stacks__child=CHILD)
    child = nested("./child.json", Parameters={"Name": {"Fn::Sub": "logs-${AWS::AccountId}"}})

    unit = read(
        {"Resources": {"Child": child, "Trail": trail()}}, folder=tmp_path, name="stacks/root.json", pseudo=DEPLOYED
    )

    assert [one.address for one in unit.declarations] == ["Child", "Child/Logs", "Child/Group", "Trail"]
    assert declared(unit, "Child/Logs").values["BucketName"] == "logs-111122223333"
    assert declared(unit, "Child/Group").values["RetentionInDays"] == 30
    linked = declared(unit, "Trail").values["S3BucketName"]
    assert linked == "logs-111122223333"
    assert reference_of(linked) == Reference("Child/Logs", "Ref")
    assert declared(unit, "Child/Logs").places.at(()) == Location("stacks/child.json", 1, 1)
    assert unit.provenance["nested"] == "stacks/child.json"
    assert unit.faults == unit.unseen == ()


def test_an_unknown_argument_keeps_the_name_of_its_cause(tmp_path: Path) -> None:
    write(tmp_path, child=CHILD)
    template = {
        "Parameters": {"Prefix": {"Type": "String"}},
        "Resources": {"Child": nested(Parameters={"Name": {"Ref": "Prefix"}}), "Trail": trail()},
    }

    unit = read(template, folder=tmp_path)

    name = unknown(declared(unit, "Trail").values["S3BucketName"])
    assert (name.what, name.refers_to) == ("parameter Prefix", Reference("Child/Logs", "Ref"))


def test_a_parameter_that_the_parent_does_not_give_is_the_childs(tmp_path: Path) -> None:
    write(tmp_path, child=CHILD)

    unit = read({"Resources": {"Child": nested()}}, folder=tmp_path, Name="not-for-the-child")

    name = unknown(declared(unit, "Child/Logs").values["BucketName"])
    assert (name.what, name.cure) == ("parameter Child/Name", "set it among the Parameters of Child")


def test_the_same_template_twice_makes_two_stacks(tmp_path: Path) -> None:
    write(tmp_path, child=CHILD)
    resources = {name: nested(Parameters={"Name": name.lower()}) for name in ("One", "Two")}

    unit = read({"Resources": resources}, folder=tmp_path)

    assert declared(unit, "One/Logs").values["BucketName"] == "one"
    assert declared(unit, "Two/Logs").values["BucketName"] == "two"


def test_stack_names_of_nested_stacks_are_different_unknowns(tmp_path: Path) -> None:
    write(
        tmp_path,
        child={"Resources": {"T": {"Type": "Custom::Thing", "Properties": {"Value": {"Ref": "AWS::StackName"}}}}},
    )
    resources = {"One": nested(), "Own": {"Type": "Custom::Thing", "Properties": {"Value": {"Ref": "AWS::StackName"}}}}

    unit = read({"Resources": resources}, folder=tmp_path)

    assert declared(unit, "One/T").values["Value"].what != declared(unit, "Own").values["Value"].what


@pytest.mark.parametrize(
    "url",
    [
        "https://bucket.s3.amazonaws.com/child.json",
        "s3://bucket/child.json",
        "missing.json",
        "../outside.json",
        "/etc/hostname",
        "link.json",
        "folder",
        "a\0b",
        "",
        {"Ref": "Somewhere"},
        {"Fn::Sub": "https://${AWS::StackName}/x"},
        7,
    ],
)
def test_a_template_that_is_not_in_the_tree_is_unseen_and_never_read(url: Any, tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "folder").mkdir(parents=True)
    write(tmp_path, outside=CHILD)
    (root / "link.json").symlink_to(tmp_path / "outside.json")

    unit = read({"Resources": {"Child": nested(url), "Trail": trail()}}, folder=root)

    assert [one.address for one in unit.declarations] == ["Child", "Trail"]
    assert [one.what for one in unit.unseen] == ["nested stack Child"]
    bucket = unknown(declared(unit, "Trail").values["S3BucketName"])
    assert (bucket.is_set, bucket.refers_to) == (True, Reference("Child", "Outputs.Bucket"))


def test_a_circle_of_templates_is_named_and_ends(tmp_path: Path) -> None:
    write(tmp_path, a={"Resources": {"B": nested("b.json")}}, b={"Resources": {"Root": nested("template.yaml")}})

    unit = read({"Resources": {"A": nested("a.json")}}, folder=tmp_path)

    assert [(fault.kind, fault.source) for fault in unit.faults] == [("cycle", "b.json:1")]
    assert [one.what for one in unit.unseen] == ["nested stack A/B/Root"]


def test_templates_that_multiply_stop_at_a_limit(tmp_path: Path) -> None:
    for level in range(9):
        following = f"t{level + 1}.json"
        write(tmp_path, **{f"t{level}": {"Resources": {f"N{index}": nested(following) for index in range(10)}}})
    write(tmp_path, t9={"Resources": {"T": {"Type": "Custom::Thing"}}})

    unit = read({"Resources": {"A": nested("t0.json")}}, folder=tmp_path)

    assert {fault.kind for fault in unit.faults} == {"limit"}


def test_a_broken_nested_template_is_a_fault_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "child.json").write_text('{"Resources": {\n}')

    unit = read({"Resources": {"Child": nested(), "Other": {"Type": "Custom::Thing"}}}, folder=tmp_path)

    assert [(fault.kind, fault.source) for fault in unit.faults] == [("syntax", "child.json:2")]
    assert [one.address for one in unit.declarations] == ["Child", "Other"]
    assert [one.what for one in unit.unseen] == ["nested stack Child"]


def test_what_a_condition_takes_away_takes_its_children_with_it(tmp_path: Path) -> None:
    write(tmp_path, child=CHILD)
    template = {
        "Parameters": {"P": {"Type": "String"}},
        "Conditions": {"No": {"Fn::Equals": [1, 2]}, "Maybe": {"Fn::Equals": [{"Ref": "P"}, "x"]}},
        "Resources": {"Gone": nested() | {"Condition": "No"}, "Perhaps": nested() | {"Condition": "Maybe"}},
    }

    unit = read(template, folder=tmp_path)

    assert [one.address for one in unit.declarations] == ["Perhaps", "Perhaps/Logs", "Perhaps/Group"]
    assert {one.exists.via for one in unit.declarations if one.exists} == {"condition Maybe"}


@pytest.mark.parametrize("output", ["Missing", "Broken"])
def test_an_output_that_is_not_there_is_unknown(output: str, tmp_path: Path) -> None:
    write(tmp_path, child=CHILD)
    thing = {"Type": "Custom::Thing", "Properties": {"Value": {"Fn::Sub": f"${{Child.Outputs.{output}}}"}}}

    unit = read({"Resources": {"Child": nested(), "T": thing}}, folder=tmp_path)

    assert "no output" in unknown(declared(unit, "T").values["Value"]).why


def test_stacks_that_need_each_others_outputs_end_unknown(tmp_path: Path) -> None:
    write(tmp_path, child=CHILD)
    one, other = (nested(Parameters={"Name": {"Fn::GetAtt": [name, "Outputs.Bucket"]}}) for name in ("Two", "One"))

    unit = read({"Resources": {"One": one, "Two": other}}, folder=tmp_path)

    assert isinstance(declared(unit, "One/Logs").values["BucketName"], Unknown)


@pytest.mark.parametrize("parameters", [{"Ref": "All"}, {"Fn::Transform": {"Name": "M"}, "Days": 7}, "text", None])
def test_arguments_that_are_not_known_are_not_defaults(parameters: Any, tmp_path: Path) -> None:
    write(tmp_path, child=CHILD)

    unit = read({"Resources": {"Child": nested(Parameters=parameters)}}, folder=tmp_path)

    days = declared(unit, "Child/Group").values["RetentionInDays"]
    if isinstance(parameters, dict):
        assert days == parameters.get("Days") or isinstance(days, Unknown)
    else:
        assert days == 30
