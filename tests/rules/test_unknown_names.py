"""How a bucket, topic or log group comes by its name changes no verdict: each is that of a fixed name."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import pytest

from tests.command import here

ACCOUNT: Final = "111122223333"
FIXED: Final = 'BY = "audit-logs"'
NAMES: Final = {
    "none": "",
    "prefix": 'BY_prefix = "audit-"',
    "null beside a prefix": 'BY = null\nBY_prefix = "audit-"',
    "empty prefix": 'BY_prefix = ""',
    "unknown prefix": "BY_prefix = var.name",
    "half-known prefix": 'BY_prefix = "audit-${var.name}-"',
    "variable": "BY = var.name",
    "unknown end": 'BY = "audit-${var.name}"',
    "unknown beginning": 'BY = "${var.name}-audit"',
    "two unknown parts": 'BY = "${var.name}-audit-${var.stage}"',
    "function": "BY = lower(var.name)",
    "random": 'BY = "audit-${random_id.suffix.hex}"',
    "account": 'BY = "audit-${data.aws_caller_identity.current.account_id}"',
    "count": 'count = 1\nBY = "audit-${var.name}"',
    "count with a prefix": 'count = 1\nBY_prefix = "audit-"',
    "each": 'for_each = toset(["one"])\nBY = "${var.name}-${each.key}"',
    "each with a prefix": 'for_each = toset(["one"])\nBY_prefix = each.key',
}
COMMON: Final = """
provider "aws" { region = "eu-central-1" }
variable "name" {}
variable "stage" {}
resource "random_id" "suffix" { byte_length = 4 }
data "aws_caller_identity" "current" {}
"""
BUCKET: Final = """
resource "aws_cloudtrail" "main" {
  name           = "main"
  s3_bucket_name = SELF.id
}
resource "aws_s3_bucket" "logs" {
  NAME
}
resource "aws_s3_bucket_policy" "logs" {
  bucket = SELF.bucket
  policy = POLICY
}
"""
TOPIC: Final = """
resource "aws_cloudtrail" "main" {
  name           = "main"
  s3_bucket_name = "audit-logs-elsewhere"
  sns_topic_name = SELF.arn
}
resource "aws_sns_topic" "logs" {
  NAME
}
resource "aws_sns_topic_policy" "logs" {
  arn    = SELF.arn
  policy = POLICY
}
"""
LOG_GROUP: Final = """
resource "aws_cloudtrail" "main" {
  name                       = "main"
  s3_bucket_name             = "audit-logs-elsewhere"
  is_multi_region_trail      = true
  cloud_watch_logs_group_arn = "${SELF.arn}:*"
  cloud_watch_logs_role_arn  = "arn:aws:iam::111122223333:role/delivery"
}
resource "aws_cloudwatch_log_group" "logs" {
  NAME
}
resource "aws_cloudwatch_log_metric_filter" "root" {
  name           = "root"
  log_group_name = SELF.name
  pattern = <<-EOT
    { $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent" }
  EOT
  metric_transformation {
    name      = "root"
    namespace = "audit"
    value     = "1"
  }
}
resource "aws_cloudwatch_metric_alarm" "root" {
  alarm_name          = "root"
  metric_name         = "root"
  namespace           = "audit"
  statistic           = "Sum"
  period              = 300
  threshold           = 1
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  alarm_actions       = [aws_sns_topic.told.arn]
}
resource "aws_sns_topic" "told" { name = "told" }
resource "aws_sns_topic_subscription" "told" {
  topic_arn = aws_sns_topic.told.arn
  protocol  = "email"
  endpoint  = "security@example.com"
}
"""
TRAIL: Final = {"Service": "cloudtrail.amazonaws.com"}
CHECKS: Final = {"Effect": "Allow", "Principal": TRAIL, "Action": "s3:GetBucketAcl", "Resource": "ARN"}
WRITES: Final = {
    "Effect": "Allow",
    "Principal": TRAIL,
    "Action": "s3:PutObject",
    "Resource": f"ARN/AWSLogs/{ACCOUNT}/*",
    "Condition": {"StringEquals": {"aws:SourceArn": f"arn:aws:cloudtrail:eu-central-1:{ACCOUNT}:trail/main"}},
}
NO_TLS: Final = {
    "Effect": "Deny",
    "Principal": {"AWS": "*"},
    "Action": "s3:*",
    "Resource": ["ARN", "ARN/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
READ_EVERYBODY: Final = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "s3:GetObject", "Resource": "ARN/*"}
PUBLISHES: Final = {
    "Effect": "Allow",
    "Principal": TRAIL,
    "Action": "sns:Publish",
    "Resource": "ARN",
    "Condition": {"StringEquals": {"aws:SourceArn": f"arn:aws:cloudtrail:eu-central-1:{ACCOUNT}:trail/main"}},
}
HEARD_EVERYBODY: Final = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sns:Subscribe", "Resource": "ARN"}
POLICIES: Final = {
    "closed bucket": (BUCKET, "aws_s3_bucket", "bucket", [CHECKS, WRITES, NO_TLS]),
    "public bucket": (BUCKET, "aws_s3_bucket", "bucket", [CHECKS, WRITES, READ_EVERYBODY]),
    "closed topic": (TOPIC, "aws_sns_topic", "name", [PUBLISHES]),
    "public topic": (TOPIC, "aws_sns_topic", "name", [PUBLISHES, HEARD_EVERYBODY]),
}
OF_BUCKET: Final = {"id": "arn:aws:s3:::${SELF.id}", "bucket": "arn:aws:s3:::${SELF.bucket}"}


def as_jsonencode(statements: list[dict[str, Any]]) -> tuple[str, str]:
    return f"jsonencode({json.dumps({'Version': '2012-10-17', 'Statement': statements})})", ""


def as_heredoc(statements: list[dict[str, Any]]) -> tuple[str, str]:
    return f"<<EOT\n{json.dumps({'Version': '2012-10-17', 'Statement': statements})}\nEOT", ""


def as_document(statements: list[dict[str, Any]]) -> tuple[str, str]:
    blocks = ""
    for one in statements:
        ((kind, who),) = one["Principal"].items()
        resources = one["Resource"] if isinstance(one["Resource"], list) else [one["Resource"]]
        conditions = "".join(
            f'condition {{\ntest = "{test}"\nvariable = "{key}"\nvalues = ["{value}"]\n}}\n'
            for test, keys in one.get("Condition", {}).items()
            for key, value in keys.items()
        )
        blocks += f"""statement {{
          effect    = "{one["Effect"]}"
          actions   = ["{one["Action"]}"]
          resources = {json.dumps(resources)}
          principals {{
            type        = "{kind}"
            identifiers = ["{who}"]
          }}
          {conditions}
        }}
        """
    return "data.aws_iam_policy_document.logs.json", f'data "aws_iam_policy_document" "logs" {{\n{blocks}}}\n'


FORMS: Final = {"jsonencode": as_jsonencode, "heredoc": as_heredoc, "document": as_document}


def verdicts(folder: Path, written: str, type_: str, argument: str, name: str) -> dict[tuple[str, str], str]:
    """Return the status that each rule gives to each resource; SELF, NAME and BY in the text are filled in."""
    index = "[0]" if "count =" in name else '["one"]' if "for_each =" in name else ""
    text = written.replace("NAME", name).replace("BY", argument)
    (folder / "main.tf").write_text(COMMON + text.replace("SELF", f"{type_}.logs{index}"))
    done = here(folder, "scan", ".", "--account", ACCOUNT, "--format", "json")
    assert done.status == 1, done.err
    findings = done.run["findings"]
    return {(one["rule_id"], one["resource"]["address"].removesuffix(index)): one["status"] for one in findings}


@cache
def verdicts_of_fixed(written: str, type_: str, argument: str) -> dict[tuple[str, str], str]:
    with TemporaryDirectory() as folder:
        return verdicts(Path(folder), written, type_, argument, FIXED)


def with_policy(template: str, form: str, arn: str, statements: list[dict[str, Any]]) -> str:
    policy, beside = FORMS[form](statements)
    # A bare reference, where it stands alone, and one within a text are read in different ways.
    bare = "SELF.arn" if arn == "${SELF.arn}" and form != "heredoc" else f'"{arn}"'
    return (template.replace("POLICY", policy) + beside).replace('"ARN"', bare).replace("ARN", arn)


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
@pytest.mark.parametrize("policy", POLICIES)
def test_a_policy_is_judged_as_that_of_a_fixed_name(tmp_path, policy, name):
    template, type_, argument, statements = POLICIES[policy]
    spellings = [(form, "${SELF.arn}") for form in FORMS]
    if template is BUCKET:
        spellings += [("jsonencode", arn) for arn in OF_BUCKET.values()]
    for form, arn in spellings:
        written = with_policy(template, form, arn, statements)

        found = verdicts(tmp_path, written, type_, argument, name)

        assert found == verdicts_of_fixed(written, type_, argument), (form, arn)


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_log_group_is_watched_as_one_of_a_fixed_name(tmp_path, name):
    found = verdicts(tmp_path, LOG_GROUP, "aws_cloudwatch_log_group", "name", name)

    assert found == verdicts_of_fixed(LOG_GROUP, "aws_cloudwatch_log_group", "name")
    assert found["monitor-root-usage", "aws_cloudtrail.main"] == "pass"


def test_the_verdicts_that_are_compared_tell_open_from_closed():
    found = {}
    for policy, (template, type_, argument, statements) in POLICIES.items():
        written = with_policy(template, "jsonencode", "${SELF.arn}", statements)
        statuses = verdicts_of_fixed(written, type_, argument)
        found[policy] = {rule: status for (rule, address), status in statuses.items() if address == f"{type_}.logs"}

    assert found["closed bucket"]["bucket-public-policy"] == "pass"
    assert found["closed bucket"]["bucket-secure-transport"] == "pass"
    assert found["closed bucket"]["bucket-policy-trail-can-write"] == "pass"
    assert found["public bucket"]["bucket-public-policy"] == "fail"
    assert found["closed topic"]["topic-can-publish"] == "pass"
    assert found["public topic"]["topic-policy-public"] == "fail"
