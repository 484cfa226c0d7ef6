"""`ctguard report` makes of a saved run what the scan itself would have made."""

from __future__ import annotations

import json

import pytest

TRAIL = 'resource "aws_cloudtrail" "audit" {\n  name           = "audit"\n  s3_bucket_name = "elsewhere"\n}\n'


@pytest.fixture
def saved(ctguard, tmp_path):
    (tmp_path / "main.tf").write_text(TRAIL)
    ctguard("scan", "-q", "-o", "run.json")
    return tmp_path / "run.json"


@pytest.mark.parametrize("format_", ["json", "html", "markdown", "csv", "sarif", "junit", "console"])
def test_a_saved_run_gives_the_same_report_twice(ctguard, saved, format_):
    first, second = ctguard("report", "run.json", "-f", format_), ctguard("report", "run.json", "-f", format_)

    assert first.status == 0
    assert first.out and first.out == second.out


def test_json_of_a_saved_run_is_the_run(ctguard, saved):
    assert ctguard("report", "run.json", "-f", "json").run == json.loads(saved.read_text())


@pytest.mark.parametrize(
    "content", ["", "[]", "{", '{"schema_version": "99"}', '{"schema_version": "1", "findings": "none"}']
)
def test_what_is_no_run_is_refused_in_one_line_that_says_so(ctguard, tmp_path, content):
    (tmp_path / "run.json").write_text(content)

    done = ctguard("report", "run.json")

    assert done.status == 2
    assert done.err.startswith("ctguard: run.json")
    assert "Traceback" not in done.err
