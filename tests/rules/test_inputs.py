"""What the attribute tables make of code: spellings, defaults and joined parts, as the rules see them."""

import json

import pytest

from ctguard.engine.findings import judge_inventory
from ctguard.engine.pack import load_pack
from ctguard.run.inputs import Options, load
from ctguard.run.scan import inventory_of

RULES = load_pack().rules


def verdicts(folder, name, text, rule_id):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    inventory = inventory_of(load([path], Options()))
    judged = judge_inventory([RULES[rule_id]], inventory, everything=True)
    return {one.finding.resource.address: one.finding.status.value for one in judged}


TERRAFORM = [
    ("bucket-public-acl", 'resource "aws_s3_bucket" "b" { acl = "public-read" }', "fail"),
    (
        "bucket-public-acl",
        """
        resource "aws_s3_bucket" "b" {}
        resource "aws_s3_bucket_acl" "a" {
          bucket = aws_s3_bucket.b.id
          access_control_policy {
            owner { id = "1a" }
            grant {
              permission = "READ"
              grantee {
                type = "Group"
                uri  = "http://acs.amazonaws.com/groups/global/AllUsers"
              }
            }
          }
        }
        """,
        "fail",
    ),
    (
        "bucket-retention",
        """
        resource "aws_s3_bucket" "b" {}
        resource "aws_s3_bucket_lifecycle_configuration" "l" {
          bucket = aws_s3_bucket.b.id
          rule {
            id     = "tidy"
            status = "Enabled"
            filter { prefix = "" }
            expiration { days = 30 }
          }
        }
        """,
        "fail",
    ),
    (
        "bucket-retention",
        """
        resource "aws_s3_bucket" "b" {
          lifecycle_rule {
            enabled = true
            transition {
              days          = 30
              storage_class = "GLACIER"
            }
          }
        }
        """,
        "fail",
    ),
    (
        "bucket-event-notifications",
        """
        resource "aws_s3_bucket" "b" {}
        resource "aws_s3_bucket_notification" "n" {
          bucket      = aws_s3_bucket.b.id
          eventbridge = false
        }
        """,
        "fail",
    ),
    (
        "bucket-replication",
        """
        resource "aws_s3_bucket" "b" {}
        resource "aws_s3_bucket_replication_configuration" "r" {
          bucket = aws_s3_bucket.b.id
          role   = "arn:aws:iam::111122223333:role/r"
          rule {
            status = "Enabled"
            destination { bucket = "arn:aws:s3:::copy" }
          }
        }
        """,
        "pass",
    ),
    (
        "bucket-public-access-block",
        """
        resource "aws_s3_bucket" "b" {}
        resource "aws_s3_account_public_access_block" "all" {
          block_public_acls       = true
          ignore_public_acls      = true
          block_public_policy     = true
          restrict_public_buckets = true
        }
        """,
        "pass",
    ),
    ("bucket-force-destroy", 'resource "aws_s3_bucket" "b" { force_destroy = true }', "fail"),
    ("bucket-force-destroy", 'resource "aws_s3_bucket" "b" {}', "pass"),
    ("key-rotation", 'resource "aws_kms_key" "k" {}', "fail"),
    ("key-rotation", 'resource "aws_kms_external_key" "k" {}', "not_applicable"),
    (
        "key-rotation",
        'resource "aws_kms_replica_key" "k" { primary_key_arn = "arn:aws:kms:us-east-1:1:key/1" }',
        "unknown",
    ),
    ("key-deletion", 'resource "aws_kms_key" "k" { deletion_window_in_days = 7 }', "pass"),
    ("config-recorder-on", 'resource "aws_config_configuration_recorder" "r" { role_arn = "x" }', "fail"),
    (
        "alarm-actions",
        """
        resource "aws_sns_topic" "t" {}
        resource "aws_cloudwatch_metric_alarm" "a" {
          alarm_name    = "root"
          alarm_actions = [aws_sns_topic.t.arn]
        }
        resource "aws_cloudwatch_alarm_mute_rule" "m" {
          name = "nights"
          rule {
            schedule {
              expression = "cron(0 22 * * *)"
              duration   = "PT8H"
            }
          }
          mute_targets { alarm_names = [aws_cloudwatch_metric_alarm.a.alarm_name] }
        }
        """,
        "fail",
    ),
    (
        "alarm-effective",
        """
        resource "aws_cloudwatch_log_metric_filter" "f" {
          name           = "root"
          pattern        = "{ $.userIdentity.type = Root }"
          log_group_name = "trail"
          metric_transformation {
            name      = "root"
            namespace = "CIS"
            value     = "1"
          }
        }
        resource "aws_cloudwatch_metric_alarm" "a" {
          alarm_name          = "root"
          metric_name         = aws_cloudwatch_log_metric_filter.f.metric_transformation[0].name
          namespace           = "CIS"
          statistic           = "Sum"
          comparison_operator = "GreaterThanOrEqualToThreshold"
          threshold           = 1
          period              = 300
          evaluation_periods  = 1
        }
        """,
        "pass",
    ),
    (
        "topic-subscriber",
        """
        resource "aws_sns_topic" "t" {}
        resource "aws_sns_topic_subscription" "s" {
          topic_arn = aws_sns_topic.t.arn
          protocol  = "email"
          endpoint  = "security@example.com"
        }
        """,
        "pass",
    ),
]


@pytest.mark.parametrize(("rule_id", "text", "expected"), TERRAFORM)
def test_terraform_is_judged_by_what_it_makes(tmp_path, rule_id, text, expected):
    assert expected in verdicts(tmp_path, "main.tf", text, rule_id).values()


def resource(type_, **properties):
    return {"Type": type_, "Properties": properties}


BUCKET = "AWS::S3::Bucket"
RECORDER = "AWS::Config::ConfigurationRecorder"
EXPIRES = {"Status": "Enabled", "ExpirationInDays": 30}
SOME_TYPES = {"ResourceTypes": ["AWS::EC2::Instance"]}
PLAIN_HTTP = {"Protocol": "http", "Endpoint": "http://x"}

CLOUDFORMATION = [
    ("bucket-public-acl", {"X": resource(BUCKET, AccessControl="PublicRead")}, "fail"),
    ("bucket-public-acl", {"X": resource(BUCKET, AccessControl="LogDeliveryWrite")}, "pass"),
    ("bucket-force-destroy", {"X": resource(BUCKET)}, "fail"),
    ("bucket-force-destroy", {"X": {**resource(BUCKET), "DeletionPolicy": "Retain"}}, "pass"),
    ("bucket-retention", {"X": resource(BUCKET, LifecycleConfiguration={"Rules": [EXPIRES]})}, "fail"),
    (
        "bucket-retention",
        {
            "X": resource(
                BUCKET,
                LifecycleConfiguration={
                    "Rules": [
                        {"Status": "Enabled", "Transition": {"StorageClass": "GLACIER", "TransitionInDays": 10}},
                    ]
                },
            )
        },
        "fail",
    ),
    (
        "bucket-object-lock",
        {
            "X": resource(
                BUCKET,
                ObjectLockEnabled=True,
                ObjectLockConfiguration={
                    "ObjectLockEnabled": "Enabled",
                    "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Years": 1}},
                },
            )
        },
        "pass",
    ),
    ("trail-logging-enabled", {"X": resource("AWS::CloudTrail::Trail", S3BucketName="logs")}, "fail"),
    ("config-recorder-cloudtrail", {"X": resource(RECORDER, RoleARN="r")}, "pass"),
    ("config-recorder-cloudtrail", {"X": resource(RECORDER, RoleARN="r", RecordingGroup=SOME_TYPES)}, "fail"),
    ("key-rotation", {"X": resource("AWS::KMS::Key", KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")}, "not_applicable"),
    ("key-rotation", {"X": resource("AWS::KMS::ReplicaKey", PrimaryKeyArn="arn:aws:kms:us-east-1:1:key/1")}, "unknown"),
    ("topic-https-only", {"X": resource("AWS::SNS::Topic", Subscription=[PLAIN_HTTP])}, "fail"),
]


@pytest.mark.parametrize(("rule_id", "resources", "expected"), CLOUDFORMATION)
def test_a_template_is_judged_by_what_it_makes(tmp_path, rule_id, resources, expected):
    template = json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources})

    assert verdicts(tmp_path, "template.json", template, rule_id) == {"X": expected}


def plan(type_, after, after_unknown, expressions):
    """Return a plan of one resource, in the shape that Terraform writes."""
    address = f"{type_}.x"
    change = {"actions": ["create"], "before": None, "after": after, "after_unknown": after_unknown}
    one = {"address": address, "mode": "managed", "type": type_, "name": "x"}
    return json.dumps(
        {
            "format_version": "1.2",
            "terraform_version": "1.11.4",
            "resource_changes": [{**one, "provider_name": "registry.terraform.io/hashicorp/aws", "change": change}],
            "configuration": {"root_module": {"resources": [{**one, "expressions": expressions}]}},
        }
    )


COMPUTED = {
    "arn": True,
    "id": True,
    "versioning": True,
    "object_lock_enabled": True,
    "lifecycle_rule": True,
    "acl": True,
}
CONFIGURED = {"versioning": [{"enabled": {"references": ["var.versioning"]}}]}


@pytest.mark.parametrize(
    ("rule_id", "expressions", "expected"),
    [
        ("bucket-versioning", {}, "fail"),
        ("bucket-retention", {}, "pass"),
        ("bucket-public-acl", {}, "pass"),
        ("bucket-versioning", CONFIGURED, "unknown"),
    ],
)
def test_what_a_plan_leaves_open_because_nobody_states_it_has_its_default(tmp_path, rule_id, expressions, expected):
    text = plan("aws_s3_bucket", {"bucket": "logs"}, COMPUTED, expressions)

    assert verdicts(tmp_path, "plan.json", text, rule_id) == {"aws_s3_bucket.x": expected}
