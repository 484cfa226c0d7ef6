"""Snapshots as files: found among other inputs, checked like anything of a stranger's."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from msgspec.structs import replace

from ctguard.model.errors import CtguardError
from ctguard.sources.snapshot.facts import Snapshot
from ctguard.sources.snapshot.file import SCHEMA_FILE, parse_snapshot, write_snapshot
from tests.command import in_a_process
from tests.sources.snapshot.recorded import TRAIL, Recorded

MAIN_TF = """
resource "aws_cloudtrail" "code" {
  name           = "in-code"
  s3_bucket_name = "in-code"
}
"""


def a_snapshot() -> Snapshot:
    return Recorded().snapshot()


def test_what_is_written_is_read_back():
    data = write_snapshot(a_snapshot())

    assert parse_snapshot(data) == a_snapshot()
    assert write_snapshot(parse_snapshot(data)) == data


def test_the_schema_describes_what_is_written():
    schema = json.loads(SCHEMA_FILE.read_text())
    validator = jsonschema.Draft202012Validator(schema)

    validator.check_schema(schema)
    validator.validate(json.loads(write_snapshot(Recorded().denied("s3.GetBucketPolicy").snapshot())))


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("schema_version", "9"),
        ("kind", "ctguard-run"),
        ("calls", {}),
        ("calls", [{"account": "1"}]),
        ("accounts", [{"id": 111122223333}]),
        ("tool", None),
    ],
)
def test_the_schema_and_the_reader_refuse_the_same(part, value):
    document = json.loads(write_snapshot(a_snapshot())) | {part: value}

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, json.loads(SCHEMA_FILE.read_text()))
    with pytest.raises(CtguardError, match=r"^facts\.json: "):
        parse_snapshot(json.dumps(document).encode(), "facts.json")


DAMAGED = {
    "half": lambda data: data[: len(data) // 2],
    "not UTF-8": lambda data: data.replace(b"TrailARN", b"Trail\xff\xfeN"),
    "another version": lambda data: data.replace(b'"schema_version": "1"', b'"schema_version": "7"'),
    "no version": lambda data: data.replace(b'"schema_version": "1",\n', b""),
    "a number for a text": lambda data: data.replace(b'"account":"111122223333"', b'"account":111122223333', 1),
    "nested without end": lambda data: data.replace(b'"trailList":[', b'"trailList":' + b"[" * 200_000, 1),
}


@pytest.mark.parametrize("damage", sorted(DAMAGED))
def test_a_damaged_snapshot_is_one_line_and_exit_2(tmp_path, damage):
    data = DAMAGED[damage](write_snapshot(a_snapshot()))
    (tmp_path / "facts.json").write_bytes(data)

    done = in_a_process(tmp_path, "scan", "facts.json", "-f", "json")

    assert done.status == 2
    (error,) = done.run["errors"]
    assert error["message"].startswith("facts.json: ")
    assert "\n" not in error["message"]
    assert done.run["findings"] == []


def test_an_audit_that_was_cut_short_is_judged_and_is_no_whole_answer(tmp_path):
    (tmp_path / "facts.json").write_bytes(write_snapshot(replace(a_snapshot(), finished_at="")))

    done = in_a_process(tmp_path, "scan", "facts.json", "-f", "json")

    assert done.status == 2
    assert [error["kind"] for error in done.run["errors"]] == ["incomplete"]
    assert any(one["resource"]["address"] == TRAIL for one in done.run["findings"])


def test_a_snapshot_beside_code_is_found_in_a_folder_and_both_are_judged(tmp_path):
    (tmp_path / "main.tf").write_text(MAIN_TF)
    Recorded().saved(tmp_path)

    done = in_a_process(tmp_path, "scan", ".", "-f", "json", "--select", "trail-log-validation")

    found = {one["resource"]["address"]: one["status"] for one in done.run["findings"]}
    assert found == {TRAIL: "pass", "aws_cloudtrail.code": "fail"}


def test_a_run_is_no_snapshot(tmp_path):
    Recorded().saved(tmp_path)
    in_a_process(tmp_path, "scan", "snapshot.json", "-o", "run.json", "-f", "json")

    done = in_a_process(tmp_path, "scan", "run.json")

    assert done.status == 2


def test_a_snapshot_without_an_account_says_so(tmp_path: Path):
    path = Recorded([], ()).saved(tmp_path)

    done = in_a_process(tmp_path, "scan", path.name, "-f", "json")

    assert done.status == 2
    assert "no account was entered" in done.run["errors"][0]["message"]
