"""What a run says of a trail's surroundings: who leads to whom, and where it breaks."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from ctguard.model.run_file import SCHEMA_FILE

TRAIL = """
resource "aws_cloudtrail" "t" {
  name                       = "t"
  s3_bucket_name             = aws_s3_bucket.logs.id
  is_multi_region_trail      = true
  cloud_watch_logs_group_arn = "${aws_cloudwatch_log_group.g.arn}:*"
  kms_key_id                 = %s
}
resource "aws_s3_bucket" "logs" {
  bucket = "logs"
}
resource "aws_cloudwatch_log_group" "g" {
  name = "g"
}
"""
FILTER = """
resource "aws_cloudwatch_log_metric_filter" "f" {
  name           = "f"
  log_group_name = aws_cloudwatch_log_group.g.name
  pattern        = "{ $.eventSource = cloudtrail.amazonaws.com }"
  metric_transformation {
    name      = "stops"
    namespace = "audit"
    value     = "1"
  }
}
"""
ALARM = """
resource "aws_cloudwatch_metric_alarm" "a" {
  alarm_name          = "a"
  metric_name         = "stops"
  namespace           = "%s"
  statistic           = "Sum"
  period              = 300
  threshold           = 1
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  alarm_actions       = [aws_sns_topic.t.arn]
}
resource "aws_sns_topic" "t" {
  name = "t"
}
"""
SUBSCRIPTION = """
resource "aws_sns_topic_subscription" "s" {
  topic_arn = aws_sns_topic.t.arn
  protocol  = "email"
  endpoint  = "security@example.com"
}
"""


@pytest.fixture
def drawn(ctguard, tmp_path):
    """Return a function from code to what stands around its trail: nodes, and edges as they would be drawn."""

    def scan(*code: str) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]]:
        (tmp_path / "main.tf").write_text("".join(code))
        run = json.loads(ctguard("scan", "main.tf", "-f", "json").out)
        jsonschema.validate(run, json.loads(SCHEMA_FILE.read_text()))
        rules = {one["fingerprint"]: one["rule_id"] for one in run["findings"]}
        around = run["trails"][0]["surroundings"]
        names = {one["id"]: one["resource"]["address"] or f"no {one['resource']['type']}" for one in around["nodes"]}
        for one in (*around["nodes"], *around["edges"]):
            one["rules"] = sorted(rules[name] for name in one["decided_by"])
        edges = {f"{names[one['source']]} {one['relation']} {names[one['target']]}": one for one in around["edges"]}
        return {names[one["id"]]: one for one in around["nodes"]}, edges

    return scan


def test_the_trail_comes_first_and_leads_to_all_that_hears_of_its_events(drawn):
    nodes, edges = drawn(TRAIL % "null", FILTER, ALARM % "audit", SUBSCRIPTION)

    assert next(iter(nodes)) == "aws_cloudtrail.t"
    assert [name for name in edges if "no " not in name] == [
        "aws_cloudtrail.t stores files in aws_s3_bucket.logs",
        "aws_cloudtrail.t writes to aws_cloudwatch_log_group.g",
        "aws_cloudwatch_log_group.g is read by aws_cloudwatch_log_metric_filter.f",
        "aws_cloudwatch_log_metric_filter.f sets off aws_cloudwatch_metric_alarm.a",
        "aws_cloudwatch_metric_alarm.a tells aws_sns_topic.t",
        "aws_sns_topic.t reaches aws_sns_topic_subscription.s",
    ]


def test_what_should_be_there_and_is_not_is_a_node_with_the_findings_that_miss_it(drawn):
    nodes, edges = drawn(TRAIL % "null", FILTER, ALARM % "audit")

    assert nodes["no key"]["presence"] == "none"
    assert nodes["no key"]["rules"] == ["trail-kms-encryption"]
    assert edges["aws_cloudtrail.t encrypts with no key"]["status"] == "fail"
    assert edges["aws_sns_topic.t reaches no subscription"]["rules"] == ["monitor-cloudtrail-changes"]
    assert "monitor-root-usage" in nodes["no metric_filter"]["rules"]
    assert not any(rule.startswith("monitor-") for rule in nodes["aws_cloudtrail.t"]["rules"])


def test_a_filter_without_an_alarm_ends_there(drawn):
    nodes, edges = drawn(TRAIL % "null", FILTER)

    assert edges["aws_cloudwatch_log_metric_filter.f sets off no alarm"]["status"] == "fail"
    assert nodes["no alarm"]["presence"] == "none"


def test_an_alarm_on_another_namespace_is_tied_and_the_tie_is_broken(drawn):
    _, edges = drawn(TRAIL % "null", FILTER, ALARM % "audits", SUBSCRIPTION)

    tie = edges["aws_cloudwatch_log_metric_filter.f sets off aws_cloudwatch_metric_alarm.a"]
    assert tie["status"] == "fail"
    assert all(rule.startswith("monitor-") for rule in tie["rules"])


def test_a_bucket_that_refuses_the_trail_breaks_the_tie(drawn):
    policy = """
resource "aws_s3_bucket_policy" "logs" {
  bucket = aws_s3_bucket.logs.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Deny", Principal = "*", Action = "s3:*", Resource = ["arn:aws:s3:::logs", "arn:aws:s3:::logs/*"] },
  ] })
}
"""
    _, edges = drawn(TRAIL % "null", policy)

    tie = edges["aws_cloudtrail.t stores files in aws_s3_bucket.logs"]
    assert (tie["status"], tie["rules"]) == ("fail", ["bucket-policy-trail-can-write"])


def test_what_is_only_named_is_not_called_missing(drawn):
    nodes, edges = drawn(TRAIL % '"arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"')

    (key,) = (one for one in nodes.values() if one["resource"]["type"] == "key")
    assert key["presence"] == "named"
    assert not any("no key" in name for name in edges)


def test_what_nobody_can_name_is_unknown(drawn):
    nodes, edges = drawn('variable "key" {}\n', TRAIL % "var.key")

    assert nodes["var.key"]["presence"] == "perhaps"
    assert edges["aws_cloudtrail.t encrypts with var.key"]["status"] == "unknown"


def test_a_run_of_an_older_version_is_read_without_its_newer_fields(ctguard, tmp_path):
    (tmp_path / "main.tf").write_text(TRAIL % "null")
    ctguard("scan", "main.tf", "-o", "run.json")
    run = json.loads((tmp_path / "run.json").read_text())
    del run["run"]["audited"], run["trails"][0]["surroundings"]
    for finding in run["findings"]:
        for leaf in finding["explanation"]:
            del leaf["alternative"]
    (tmp_path / "old.json").write_text(json.dumps(run))

    shown = ctguard("report", "old.json")

    assert shown.status == 0
    assert shown.out.startswith("NOT TRUSTED  trail t")


def test_conditions_of_which_one_is_enough_are_joined_by_or(ctguard, tmp_path):
    (tmp_path / "main.tf").write_text(TRAIL % "null")

    shown = ctguard("scan", "main.tf", "--select", "bucket-versioning").out

    assert "versioning.status: Disabled, must be Enabled\n" in shown
    assert "or object_lock.enabled: Disabled, must be Enabled\n" in shown
