"""Monitoring that `ctguard.yaml` declares: the way out of the account is followed, and decides."""

from __future__ import annotations

import pytest

from tests.command import here

RULES = "monitor-cloudtrail-changes,monitor-root-usage,eventbridge-trail-tamper"
SIEM = "arn:aws:iam::999988887777:role/siem"
CONFIG = """\
monitoring:
  external:
    - rules: ["monitor-*", eventbridge-trail-tamper]
      by: SIEM of the security team
      reason: https://wiki.example.com/siem
"""
TRAIL = """\
provider "aws" {
  region = "eu-central-1"
}
resource "aws_cloudtrail" "audit" {
  name                  = "audit"
  s3_bucket_name        = aws_s3_bucket.logs.id
  is_multi_region_trail = true
  kms_key_id            = aws_kms_key.trail.arn
  sns_topic_name        = aws_sns_topic.trail.name
  cloud_watch_logs_group_arn = "${aws_cloudwatch_log_group.trail.arn}:*"
}
resource "aws_s3_bucket" "logs" {
  bucket = "acme-logs"
}
resource "aws_s3_bucket_policy" "logs" {
  bucket = aws_s3_bucket.logs.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Principal = { AWS = "arn:aws:iam::999988887777:role/siem" }, Action = "s3:GetObject",
      Resource = "${aws_s3_bucket.logs.arn}/*" }
  ] })
}
resource "aws_kms_key" "trail" {
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Principal = { AWS = "arn:aws:iam::111122223333:root" }, Action = "kms:*", Resource = "*" },
    { Effect = "Allow", Principal = { AWS = "arn:aws:iam::999988887777:role/siem" }, Action = "kms:Decrypt",
      Resource = "*" }
  ] })
}
resource "aws_sns_topic" "trail" {
  name   = "trail"
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Principal = { Service = "cloudtrail.amazonaws.com" }, Action = "sns:Publish", Resource = "*" }
  ] })
}
resource "aws_cloudwatch_log_group" "trail" {
  name = "trail"
}
"""
QUEUE = """\
resource "aws_sqs_queue" "siem" {
  name = "siem"
}
resource "aws_sqs_queue_policy" "siem" {
  queue_url = aws_sqs_queue.siem.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Principal = { Service = ["s3.amazonaws.com", "sns.amazonaws.com"] }, Action = "sqs:SendMessage",
      Resource = aws_sqs_queue.siem.arn }
  ] })
}
"""
BUCKET_TELLS = """\
resource "aws_s3_bucket_notification" "logs" {
  bucket = aws_s3_bucket.logs.id
  queue {
    queue_arn = aws_sqs_queue.siem.arn
    events    = ["s3:ObjectCreated:*"]
  }
}
"""
TOPIC_TELLS = """\
resource "aws_sns_topic_subscription" "siem" {
  topic_arn = aws_sns_topic.trail.arn
  protocol  = "sqs"
  endpoint  = aws_sqs_queue.siem.arn
}
"""
HTTPS = """\
resource "aws_sns_topic_subscription" "siem" {
  topic_arn = aws_sns_topic.trail.arn
  protocol  = "https"
  endpoint  = "https://siem.example.com/hook"
}
"""
STREAM = """\
resource "aws_cloudwatch_log_subscription_filter" "siem" {
  name            = "siem"
  log_group_name  = aws_cloudwatch_log_group.trail.name
  filter_pattern  = ""
  destination_arn = "arn:aws:logs:eu-central-1:999988887777:destination:siem"
}
"""
ROLE = """\
resource "aws_iam_role" "siem" {
  name = "siem"
  assume_role_policy = "{}"
}
resource "aws_iam_role_policy" "siem" {
  role   = aws_iam_role.siem.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Action = ["s3:GetObject", "kms:Decrypt"], Resource = "*" }
  ] })
}
"""
BY_QUEUE = {"queue": "aws_sqs_queue.siem", "reader": SIEM}
BY_STREAM = {"destination": "arn:aws:logs:eu-central-1:999988887777:destination:siem"}
BY_BUCKET = TRAIL + QUEUE + BUCKET_TELLS

VERIFIED = {
    "the bucket tells a queue": (BY_BUCKET, BY_QUEUE),
    "the queue by its ARN": (BY_BUCKET, {**BY_QUEUE, "queue": "arn:aws:sqs:eu-central-1:111122223333:siem"}),
    "the trail's topic tells a queue": (TRAIL + QUEUE + TOPIC_TELLS, BY_QUEUE),
    "the trail's topic tells a subscriber": (
        TRAIL + HTTPS,
        {"subscriber": "https://siem.example.com/hook", "reader": SIEM},
    ),
    "a role reads the bucket": (TRAIL, {"reader": SIEM}),
    "a role of the same account": (TRAIL + ROLE, {"reader": "aws_iam_role.siem"}),
    "the log group is streamed": (TRAIL + STREAM, BY_STREAM),
    "a stream of what the rules demand, and no more": (
        TRAIL
        + STREAM.replace(
            'filter_pattern  = ""',
            r'filter_pattern = "{ $.eventSource = cloudtrail.amazonaws.com || $.userIdentity.type = Root }"',
        ),
        BY_STREAM,
    ),
    "a queue of another account, beyond the border": (
        TRAIL + BUCKET_TELLS.replace("aws_sqs_queue.siem.arn", '"arn:aws:sqs:eu-central-1:999988887777:siem"'),
        {**BY_QUEUE, "queue": "arn:aws:sqs:eu-central-1:999988887777:siem"},
    ),
}
BROKEN = {
    "nobody tells the queue": (TRAIL + QUEUE, BY_QUEUE),
    "the queue lets nobody send": (BY_BUCKET.replace("sqs:SendMessage", "sqs:ReceiveMessage"), BY_QUEUE),
    "told of deletions only": (BY_BUCKET.replace("ObjectCreated", "ObjectRemoved"), BY_QUEUE),
    "told of files that no trail writes": (
        BY_BUCKET.replace("events    =", 'filter_prefix = "elb/"\n    events ='),
        BY_QUEUE,
    ),
    "the queue's key is one that services cannot use": (
        BY_BUCKET.replace('name = "siem"', 'name = "siem"\n  kms_master_key_id = "alias/aws/sqs"'),
        BY_QUEUE,
    ),
    "the topic's policy keeps the trail out": (
        (TRAIL + QUEUE + TOPIC_TELLS).replace("cloudtrail.amazonaws.com", "events.amazonaws.com"),
        BY_QUEUE,
    ),
    "the reader may not get the files": (BY_BUCKET.replace("s3:GetObject", "s3:ListBucket"), BY_QUEUE),
    "the reader may not decrypt them": (BY_BUCKET.replace("kms:Decrypt", "kms:Encrypt"), BY_QUEUE),
    "no subscription filter": (TRAIL, BY_STREAM),
    "a stream to somebody else": (TRAIL + STREAM.replace(":destination:siem", ":destination:other"), BY_STREAM),
    "a stream of other events": (
        TRAIL + STREAM.replace('filter_pattern  = ""', 'filter_pattern = "{ $.eventName = RunInstances }"'),
        BY_STREAM,
    ),
    "a trail that is off": (BY_BUCKET.replace('"audit"\n', '"audit"\n  enable_logging = false\n'), BY_QUEUE),
}
OPEN = {
    "no way out is declared": (TRAIL, {}),
    "nobody reads what the queue is told of": (BY_BUCKET, {"queue": "aws_sqs_queue.siem"}),
    "a queue that is not in sight": (TRAIL + BUCKET_TELLS, BY_QUEUE),
    "a queue policy that is not known": (
        BY_BUCKET.replace('"sqs:SendMessage"', "var.action") + 'variable "action" {}\n',
        BY_QUEUE,
    ),
    "events that are not known": (
        BY_BUCKET.replace('["s3:ObjectCreated:*"]', "var.events") + 'variable "events" {}\n',
        BY_QUEUE,
    ),
    "a stream whose pattern is not known": (
        TRAIL + STREAM.replace('= ""', "= var.pattern") + 'variable "pattern" {}\n',
        BY_STREAM,
    ),
    "a role of the same account that is not in sight": (TRAIL, {"reader": "arn:aws:iam::111122223333:role/reader"}),
    "the bucket tells a function": (
        TRAIL
        + QUEUE
        + 'resource "aws_s3_bucket_notification" "logs" {\n  bucket = aws_s3_bucket.logs.id\n  eventbridge = true\n}\n',
        BY_QUEUE,
    ),
}


def statuses(tmp_path, code, way):
    (tmp_path / "main.tf").write_text(code, encoding="utf-8")
    declared = CONFIG + "".join(f'      {name}: "{value}"\n' for name, value in way.items())
    (tmp_path / "watched.yaml").write_text(declared, encoding="utf-8")
    scan = ("scan", "main.tf", "--config", "watched.yaml", "--account", "111122223333", "--select", RULES)
    done = here(tmp_path, *scan, "-f", "json")
    assert not done.err
    return done.run["findings"]


@pytest.mark.parametrize(
    ("expected", "code", "way"),
    [
        pytest.param(expected, *case, id=name)
        for expected, cases in (("pass", VERIFIED), ("fail", BROKEN), ("unknown", OPEN))
        for name, case in cases.items()
    ],
)
def test_the_way_out_decides(tmp_path, expected, code, way):
    findings = statuses(tmp_path, code, way)

    assert {finding["rule_id"]: finding["status"] for finding in findings} == dict.fromkeys(RULES.split(","), expected)


def test_a_pass_names_who_watches(tmp_path):
    findings = statuses(tmp_path, *VERIFIED["the bucket tells a queue"])

    assert all("SIEM of the security team" in str(finding["explanation"]) for finding in findings)


def test_a_declaration_answers_the_rules_that_it_names(tmp_path):
    code, way = VERIFIED["a role reads the bucket"]
    (tmp_path / "main.tf").write_text(code, encoding="utf-8")
    only = CONFIG.replace('["monitor-*", eventbridge-trail-tamper]', "[monitor-root-usage]")
    (tmp_path / "watched.yaml").write_text(only + f'      reader: "{way["reader"]}"\n', encoding="utf-8")

    done = here(
        tmp_path,
        "scan",
        "main.tf",
        "--config",
        "watched.yaml",
        "--account",
        "111122223333",
        "--select",
        RULES,
        "-f",
        "json",
    )

    assert {one["rule_id"]: one["status"] for one in done.run["findings"]} == {
        "monitor-root-usage": "pass",
        "monitor-cloudtrail-changes": "fail",
        "eventbridge-trail-tamper": "fail",
    }
