"""The output of cdk synth: stacks, stages, nested stacks, environments."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ctguard.sources.cloudformation import ParameterInputs, PseudoParameters, is_cdk_output, read_cdk_output
from tests.sources.cloudformation.templates import declared


def write(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


def stack(template: str, environment: str = "aws://unknown-account/unknown-region") -> dict[str, Any]:
    return {"type": "aws:cloudformation:stack", "environment": environment, "properties": {"templateFile": template}}


TRAIL = {
    "Resources": {
        "Trail8A1": {
            "Type": "AWS::CloudTrail::Trail",
            "Properties": {"S3BucketName": {"Fn::GetAtt": ["Child", "Outputs.Bucket"]}},
            "Metadata": {"aws:cdk:path": "Audit/Trail/Resource"},
        },
        "Child": {
            "Type": "AWS::CloudFormation::Stack",
            "Properties": {"TemplateURL": {"Fn::Join": ["", ["https://s3.", {"Ref": "AWS::Region"}, "/x.json"]]}},
            "Metadata": {"aws:asset:path": "AuditChild.nested.template.json"},
        },
    }
}
CHILD = {
    "Resources": {"Logs": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "logs"}}},
    "Outputs": {"Bucket": {"Value": {"Ref": "Logs"}}},
}


@pytest.fixture
def assembly(tmp_path: Path) -> Path:
    folder = tmp_path / "cdk.out"
    write(
        folder / "manifest.json",
        {
            "version": "38.0.0",
            "artifacts": {
                "Audit.assets": {"type": "cdk:asset-manifest", "properties": {"file": "Audit.assets.json"}},
                "Audit": stack("Audit.template.json", "aws://111122223333/eu-west-1"),
                "Stage": {"type": "cdk:cloud-assembly", "properties": {"directoryName": "assembly-Stage"}},
                "Tree": {"type": "cdk:tree", "properties": {"file": "tree.json"}},
            },
        },
    )
    write(folder / "Audit.template.json", TRAIL)
    write(folder / "AuditChild.nested.template.json", CHILD)
    write(
        folder / "assembly-Stage" / "manifest.json", {"version": "38.0.0", "artifacts": {"S": stack("S.template.json")}}
    )
    write(folder / "assembly-Stage" / "S.template.json", CHILD)
    return folder


def test_each_stack_of_each_stage_is_a_unit(assembly: Path) -> None:
    units = list(read_cdk_output(assembly, display="cdk.out", parameters=ParameterInputs()))

    assert [unit.name for unit in units] == ["cdk.out/Audit.template.json", "cdk.out/assembly-Stage/S.template.json"]
    assert [unit.faults for unit in units] == [(), ()]


def test_nested_stacks_are_followed_through_their_assets(assembly: Path) -> None:
    unit = next(read_cdk_output(assembly, display="cdk.out", parameters=ParameterInputs()))

    assert [one.address for one in unit.declarations] == ["Trail8A1", "Child", "Child/Logs"]
    assert declared(unit, "Trail8A1").values["S3BucketName"] == "logs"
    assert declared(unit, "Trail8A1").settings["aws:cdk:path"] == "Audit/Trail/Resource"
    assert unit.unseen == ()


def test_nested_stacks_are_followed_by_the_names_under_which_they_are_uploaded(assembly: Path) -> None:
    template = json.loads((assembly / "Audit.template.json").read_text())
    child = template["Resources"]["Child"]
    del child["Metadata"]
    child["Properties"]["TemplateURL"]["Fn::Join"][1][-1] = "/bucket/0c19db.json"
    write(assembly / "Audit.template.json", template)
    source, destination = {"path": "AuditChild.nested.template.json"}, {"objectKey": "prefix/0c19db.json"}
    odd = {"a": 1, "b": {"source": 1, "destinations": [1]}, "c": {"source": {}, "destinations": {"d": {}}}}
    write(
        assembly / "Audit.assets.json", {"files": odd | {"0c": {"source": source, "destinations": {"d": destination}}}}
    )

    unit = next(read_cdk_output(assembly, display="cdk.out", parameters=ParameterInputs()))

    assert [one.address for one in unit.declarations] == ["Trail8A1", "Child", "Child/Logs"]


def test_the_manifest_says_where_a_stack_goes_and_the_caller_fills_in(assembly: Path) -> None:
    given = ParameterInputs(pseudo=PseudoParameters(account_id="999988887777", region="us-east-1"))

    audit, stage = read_cdk_output(assembly, display="cdk.out", parameters=given)

    assert (audit.declarations[0].account_id, audit.declarations[0].region) == ("111122223333", "eu-west-1")
    assert (stage.declarations[0].account_id, stage.declarations[0].region) == ("999988887777", "us-east-1")


def test_a_folder_is_cdk_output_when_it_has_a_manifest_of_artifacts(assembly: Path, tmp_path: Path) -> None:
    write(tmp_path / "web" / "manifest.json", {"name": "an app", "icons": []})

    assert is_cdk_output(assembly)
    assert not is_cdk_output(tmp_path / "web")
    assert not is_cdk_output(tmp_path)


@pytest.mark.parametrize("name", ["../secret.json", "/etc/hostname", "missing.template.json", "", "a\0b"])
def test_nothing_outside_of_the_folder_is_read(name: str, assembly: Path) -> None:
    write(assembly.parent / "secret.json", CHILD)
    write(assembly / "manifest.json", {"version": "1", "artifacts": {"S": stack(name)}})

    units = list(read_cdk_output(assembly, display="cdk.out", parameters=ParameterInputs()))

    assert [[fault.kind for fault in unit.faults] for unit in units] == [["cdk-output"]]
    assert units[0].declarations == ()


@pytest.mark.parametrize("manifest", ["{", "[]", '{"version": "1"}', '{"version": "1", "artifacts": []}'])
def test_a_manifest_that_cannot_be_followed_is_a_fault(manifest: str, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(manifest)

    units = list(read_cdk_output(tmp_path, display="cdk.out", parameters=ParameterInputs()))

    assert [len(unit.faults) for unit in units] == [1]


def test_assemblies_that_lead_back_to_each_other_are_read_once(tmp_path: Path) -> None:
    def stages(*names: str) -> dict[str, Any]:
        listed = {name: {"type": "cdk:cloud-assembly", "properties": {"directoryName": name}} for name in names}
        return {"version": "1", "artifacts": listed}

    write(tmp_path / "manifest.json", stages("a", "b"))
    write(tmp_path / "a" / "manifest.json", stages("..", "../b"))
    write(tmp_path / "b" / "manifest.json", stages("../a", "c"))
    write(tmp_path / "b" / "c" / "manifest.json", {"version": "1", "artifacts": {"S": stack("S.template.json")}})
    write(tmp_path / "b" / "c" / "S.template.json", CHILD)

    units = list(read_cdk_output(tmp_path, display="cdk.out", parameters=ParameterInputs()))

    assert [one.address for unit in units for one in unit.declarations] == ["Logs"]
    assert {fault.kind for unit in units for fault in unit.faults} == {"cycle"}
