"""`--framework` chooses the rules that a framework asks for, and reports by its controls."""

from __future__ import annotations

from tests.command import here

CODE = """\
resource "aws_cloudtrail" "audit" {
  name                  = "audit"
  s3_bucket_name        = "elsewhere"
  is_multi_region_trail = true
}
"""


def scan(folder, *words):
    (folder / "main.tf").write_text(CODE, encoding="utf-8")
    return here(folder, "scan", "main.tf", *words)


def test_only_rules_of_the_framework_judge_and_only_its_controls_are_named(tmp_path):
    run = scan(tmp_path, "--framework", "cis-aws-1.2.0", "-f", "json").run

    assert {one["rule_id"] for one in run["findings"]} >= {"trail-log-validation", "monitor-vpc-changes"}
    assert "eventbridge-trail-tamper" not in {one["rule_id"] for one in run["findings"]}
    assert {control["framework"] for one in run["findings"] for control in one["controls"]} == {"cis-aws-1.2.0"}


def test_the_report_groups_by_control_in_the_order_of_the_framework(tmp_path):
    lines = scan(
        tmp_path, "--framework", "cis-aws-5.0.0", "--select", "monitor-*,trail-log-validation"
    ).out.splitlines()

    begins = lines.index("by control of cis-aws-5.0.0")
    controls = [line.split()[1] for line in lines[begins + 1 : begins + 17]]
    assert controls == ["3.2", *(f"4.{number}" for number in range(1, 16))]
    assert "trail-log-validation" in lines[begins + 1]


def test_without_a_framework_there_is_no_list_of_controls(tmp_path):
    assert "by control of" not in scan(tmp_path).out


def test_the_select_option_and_the_framework_must_both_fit(tmp_path):
    run = scan(tmp_path, "--framework", "cis-aws-5.0.0", "--select", "trail-*", "-f", "json").run

    chosen = {one["rule_id"] for one in run["findings"]}
    assert "trail-log-validation" in chosen
    assert all(rule.startswith("trail-") for rule in chosen)


def test_a_framework_that_is_not_there_is_refused_with_the_one_that_was_meant(tmp_path):
    done = scan(tmp_path, "--framework", "cis-aws-5.0")

    assert done.status == 2
    assert "did you mean cis-aws-5.0.0?" in done.err
