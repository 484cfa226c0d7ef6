"""`ctguard permissions`: the policy that an audit needs, read off what it calls, and roles that have it."""

from __future__ import annotations

import json

import pytest

from tests.live.scenes import one_trail

NO_ACTION = {"sts.GetCallerIdentity"}
OTHER_NAMES = {
    "s3.HeadBucket": "s3:ListBucket",
    "s3.GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3.GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3.GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
    "s3.GetObjectLockConfiguration": "s3:GetBucketObjectLockConfiguration",
    "s3.GetBucketReplication": "s3:GetReplicationConfiguration",
    "s3.GetBucketNotificationConfiguration": "s3:GetBucketNotification",
    "s3control.GetPublicAccessBlock": "s3:GetAccountPublicAccessBlock",
}
"""IAM actions that are not called as their operations are (Service Authorization Reference)."""


@pytest.fixture
def actions(ctguard):
    """Return a function that gives the actions of the printed policy."""

    def listed(*words):
        done = ctguard("permissions", *words)
        assert done.status == 0
        return set(done.run["Statement"][0]["Action"])

    return listed


def test_an_audit_calls_nothing_that_the_policy_does_not_allow(aws, audit, actions):
    one_trail(aws)

    audit("--select", "*")

    called = {OTHER_NAMES.get(name, name.replace(".", ":")) for name in aws.counted() if name not in NO_ACTION}
    assert called <= actions("--select", "*")


def test_fewer_rules_need_less(actions):
    assert actions("--select", "trail-log-validation") == {"ec2:DescribeRegions", "cloudtrail:DescribeTrails"}
    assert "s3:ListAllMyBuckets" in actions("--scope", "all") - actions()


def test_every_action_reads(actions):
    assert all(action.split(":")[1].startswith(("Get", "List", "Describe", "Lookup")) for action in actions())


def test_the_caller_of_many_accounts_may_enter_them(ctguard):
    statements = ctguard("permissions", "--org").run["Statement"]

    assert [one["Action"] for one in statements[1:]] == [["organizations:ListAccounts"], ["sts:AssumeRole"]]
    assert statements[2]["Resource"] == "arn:aws:iam::*:role/CtguardAudit"


@pytest.mark.parametrize(("option", "name"), [("--terraform", "main.tf"), ("--cloudformation", "role.json")])
def test_a_role_has_the_policy_and_scans_cleanly(ctguard, actions, tmp_path, option, name):
    (tmp_path / name).write_text(ctguard("permissions", option).out)

    done = ctguard("scan", name, "--select", "*", "-f", "json")

    assert done.status == 0
    assert (done.run["summary"]["fail"], done.run["summary"]["unknown"]) == (0, 0)
    assert all(action in (tmp_path / name).read_text() for action in actions())


def test_the_template_is_what_cloudformation_takes(ctguard):
    template = json.loads(ctguard("permissions", "--cloudformation").out)
    role = template["Resources"]["AuditRole"]["Properties"]

    assert role["AssumeRolePolicyDocument"]["Statement"][0]["Condition"] == {
        "StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}}
    }
    assert set(template["Parameters"]) == {"TrustedAccountId", "ExternalId"}
