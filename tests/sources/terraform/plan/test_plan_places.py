"""Lines of the source that lies beside a plan."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ctguard.model.location import Path as ValuePath
from tests.sources.terraform.plan.builders import change, declared, plan, read, refers_to, values, written

SOURCE = """\
locals { x = "}" }

resource "aws_cloudtrail" "t" { # {
  name           = "t"
  s3_bucket_name = join("", [
    "{",
    "logs",
  ])

  event_selector {
    read_write_type = "All"
  }

  event_selector {
    data_resource {
      values = ["x"]
    }
  }

  dynamic "insight_selector" {
    for_each = []
    content {}
  }
}
resource "aws_s3_bucket" "one_line" { bucket = "b" }
"""


def located(folder: Path, address: str, path: ValuePath = (), source: str = SOURCE, name: str = "main.tf") -> Any:
    (folder / name).write_text(source)
    unit = read(folder, plan([change(address)], [written(address)]))
    return declared(unit, address).places.at(path)


@pytest.mark.parametrize(
    ("path", "lines"),
    [
        ((), (3, 24)),
        (("name",), (4, 4)),
        (("s3_bucket_name",), (5, 8)),
        (("event_selector", 0), (10, 12)),
        (("event_selector", 1), (14, 18)),
        (("event_selector", 1, "data_resource", 0, "values"), (16, 16)),
        (("event_selector", 1, "data_resource", 0, "values", 0), (16, 16)),
        (("insight_selector", 3, "insight_type"), (20, 23)),
        (("kms_key_id",), (3, 24)),
    ],
)
def test_a_resource_is_found_with_its_arguments_and_blocks(tmp_path: Path, path: ValuePath, lines: Any) -> None:
    location = located(tmp_path, "aws_cloudtrail.t", path)

    assert (location.path, location.line, location.end_line) == ("main.tf", *lines)


def test_a_resource_on_one_line_is_found(tmp_path: Path) -> None:
    location = located(tmp_path, "aws_s3_bucket.one_line", ("bucket",))

    assert (location.line, location.end_line) == (25, 25)


def test_a_resource_of_a_local_module_is_found_in_its_folder(tmp_path: Path) -> None:
    inner = tmp_path / "modules" / "trail"
    inner.mkdir(parents=True)
    (inner / "trail.tf").write_text(SOURCE)
    call = {"source": "./modules/trail", "module": {"resources": [written("aws_cloudtrail.t")]}}

    unit = read(tmp_path, plan([change("module.m[0].aws_cloudtrail.t")], calls={"m": call}))

    location = declared(unit, "module.m[0].aws_cloudtrail.t").places.at(("name",))
    assert (location.path, location.line) == ("modules/trail/trail.tf", 4)


@pytest.mark.parametrize("source", ["../outside", "git::https://example.com/x", "hashicorp/x/aws", "./absent"])
def test_other_modules_are_not_looked_for(tmp_path: Path, source: str) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "folder"
    outside.mkdir()
    folder.mkdir()
    (outside / "trail.tf").write_text(SOURCE)
    call = {"source": source, "module": {"resources": [written("aws_cloudtrail.t")]}}

    unit = read(folder, plan([change("module.m.aws_cloudtrail.t")], calls={"m": call}))

    assert declared(unit, "module.m.aws_cloudtrail.t").places.at(()) is None


def test_without_source_there_is_no_place(tmp_path: Path) -> None:
    unit = read(tmp_path, plan([change("aws_cloudtrail.t")], [written("aws_cloudtrail.t")]))

    assert declared(unit, "aws_cloudtrail.t").places.at(("name",)) is None


@pytest.mark.parametrize(
    "source", ['resource "aws_cloudtrail" "t" {\n', 'resource "aws_cloudtrail" "t"\n{\n}\n', "\x00{"]
)
def test_source_that_is_not_sound_does_no_harm(tmp_path: Path, source: str) -> None:
    located(tmp_path, "aws_cloudtrail.t", ("name", 0, "x"), source)


def test_a_rebuilt_document_is_found_where_its_statements_are_written(tmp_path: Path) -> None:
    policy, data = "aws_s3_bucket_policy.p", "data.aws_iam_policy_document.d"
    (tmp_path / "main.tf").write_text(
        'data "aws_iam_policy_document" "d" {\n  statement {\n    actions = ["*"]\n  }\n  statement {\n'
        '    actions = ["s3:*"]\n  }\n}\n'
    )
    unit = read(
        tmp_path,
        plan(
            [
                change(policy, {}, {"policy": True}),
                change(data, {"statement": [{"actions": ["*"]}, {"actions": ["s3:*"]}]}, {"json": True}),
            ],
            [written(policy, {"policy": refers_to(f"{data}.json")}), written(data)],
        ),
    )

    document = values(unit, policy)["policy"]

    assert document.places.at(("Statement", 1, "Action")).line == 6
