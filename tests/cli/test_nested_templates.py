"""Templates that other templates of the same scan read as their nested stacks."""

from __future__ import annotations

from pathlib import Path

import pytest

from ctguard.run.inputs import Options, load

PARENT = "Resources: {{N: {{Type: 'AWS::CloudFormation::Stack', Properties: {{TemplateURL: {child}}}}}}}\n"
TRAIL = "Resources: {T: {Type: 'AWS::CloudTrail::Trail', Properties: {IsLogging: true, S3BucketName: b}}}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a-child.yaml").write_text(TRAIL)
    (tmp_path / "root.yaml").write_text(PARENT.format(child="./a-child.yaml"))
    return tmp_path


def addresses(*paths: Path) -> list[str]:
    return [one.address for unit in load(paths, Options()).units for one in unit.declarations if one.address != "N"]


def test_a_nested_template_is_judged_once_where_it_is_nested(folder: Path) -> None:
    assert addresses(folder) == ["N/T"]


def test_a_template_that_is_named_stays(folder: Path) -> None:
    assert addresses(folder / "a-child.yaml") == ["T"]
    assert sorted(addresses(folder, folder / "a-child.yaml")) == ["N/T", "T"]


def test_a_template_that_nobody_nests_stays(folder: Path) -> None:
    (folder / "other.yaml").write_text(TRAIL)

    assert sorted(addresses(folder)) == ["N/T", "T"]


def test_templates_in_a_circle_are_not_lost(tmp_path: Path) -> None:
    for name, child in (("a.yaml", "b.yaml"), ("b.yaml", "a.yaml")):
        (tmp_path / name).write_text(PARENT.format(child=child) + "  \n" + TRAIL.replace("Resources", "Metadata"))

    loaded = load([tmp_path], Options())

    assert len(loaded.units) == 1
    assert "cycle" in {fault.kind for unit in loaded.units for fault in unit.faults}
