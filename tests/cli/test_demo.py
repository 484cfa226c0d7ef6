"""The demo: an audit from beginning to end, without AWS."""

from __future__ import annotations


def test_the_demo_is_an_audit_and_its_report(ctguard, tmp_path):
    # What the machine knows of AWS must not matter: here it names an account that cannot be reached.
    done = ctguard("demo", "-f", "json", AWS_ENDPOINT_URL="http://127.0.0.1:9", AWS_PROFILE="nowhere")

    failing = {finding["rule_id"] for finding in done.run["findings"] if finding["status"] == "fail"}
    assert done.status == 1
    assert done.run["errors"] == []
    assert [trail["verdict"] for trail in done.run["trails"]] == ["not_trusted"]
    assert failing >= {
        "bucket-least-privilege",
        "monitor-filter-unmatchable",
        "trail-log-validation",
        "trail-management-events",
    }
    assert (tmp_path / "ctguard-demo.html").read_text().startswith("<!doctype html>")


def test_a_report_that_was_asked_for_stands_in_its_place(ctguard, tmp_path):
    assert ctguard("demo", "-q", "-o", "run.json").status == 1

    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]
