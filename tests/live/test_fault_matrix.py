"""Every call of an audit, broken in every way: no pass appears, nothing unrelated changes, each fault is one line.

The suite breaks each call in one way, by turns; `CTGUARD_FAULTS=all` tries each call in each way.
"""

from __future__ import annotations

import os
from itertools import product

import pytest

from ctguard.model.errors import CtguardError
from ctguard.run.audit import Accounts, audit
from ctguard.run.judging import Asked, prepare
from ctguard.sources.aws.patience import Limits
from tests.live.scenes import one_trail

QUICK = Limits(read=2, connect=2, pause=0.01, longest_pause=0.02)
FAULTS = {
    "denied": {"error": "AccessDenied", "status": 403},
    "throttled": {"error": "Throttling"},
    "timeout": {"seconds": 2.5, "error": "TooLate"},
    "server-error": {"error": "InternalError", "status": 500},
    "reset": {"reset": True},
    "expired": {"error": "ExpiredToken", "status": 403},
}
CALLS = [
    *("cloudtrail.DescribeTrails", "cloudtrail.GetEventSelectors", "cloudtrail.GetTrailStatus", "cloudtrail.ListTags"),
    *("cloudtrail.GetInsightSelectors", "cloudtrail.LookupEvents"),
    *("cloudtrail.ListEventDataStores", "cloudwatch.DescribeAlarms", "cloudwatch.ListAlarmMuteRules"),
    *("config.DescribeConfigRules", "config.DescribeConfigurationAggregators", "config.DescribeConfigurationRecorders"),
    *("config.DescribeConfigurationRecorderStatus", "ec2.DescribeRegions", "events.ListRules"),
    *("iam.GetAccountAuthorizationDetails", "iam.GetRole", "iam.ListAttachedRolePolicies", "iam.ListRolePolicies"),
    *("kms.DescribeKey", "kms.GetKeyPolicy", "kms.GetKeyRotationStatus", "kms.ListGrants"),
    *("logs.DescribeLogGroups", "logs.DescribeMetricFilters", "logs.DescribeResourcePolicies"),
    *("organizations.DescribeOrganization", "s3.GetBucketAcl", "s3.GetBucketEncryption", "s3.GetBucketLogging"),
    *("s3.GetBucketLifecycleConfiguration", "s3.GetBucketNotificationConfiguration", "s3.GetBucketOwnershipControls"),
    *("s3.GetBucketPolicy", "s3.GetBucketReplication", "s3.GetBucketVersioning", "s3.GetBucketWebsite"),
    *("s3.GetObjectLockConfiguration", "s3.GetPublicAccessBlock", "s3.HeadBucket", "s3control.GetPublicAccessBlock"),
    *("sns.GetSubscriptionAttributes", "sns.GetTopicAttributes", "sns.ListSubscriptionsByTopic"),
    "sts.GetCallerIdentity",
]
"""Every call that the audit of the scene makes (the first test holds that)."""
NAMING = {"cloudtrail.DescribeTrails", "ec2.DescribeRegions", "cloudwatch.DescribeAlarms", "logs.DescribeMetricFilters"}
"""Without these nobody knows what else there is to judge."""

FOLLOWS = ("was not asked", "the account that owns bucket")
"""What is said of a call whose subject a broken call would have named, and of a bucket that no call showed as own."""

MATRIX = [(call, list(FAULTS)[number % len(FAULTS)]) for number, call in enumerate(CALLS)]
if os.environ.get("CTGUARD_FAULTS") == "all":
    MATRIX = list(product(CALLS, FAULTS))


class Silent:
    """Nobody looks on."""

    def begin(self, accounts):
        pass

    call = finish = begin


@pytest.fixture(scope="module")
def judging():
    return prepare(Asked(select=("*",)))


@pytest.fixture
def audited(aws, judging, monkeypatch):
    """Return a function that audits the scene in this process."""
    for name, value in aws.environment.items():
        monkeypatch.setenv(name, value)

    def run():
        return audit(judging, Accounts(limits=QUICK), Silent()).run

    return run


@pytest.fixture
def sound(aws, audited):
    """Return the findings of the scene without a fault, by fingerprint."""
    aws.enable("us-east-1", "eu-west-1")
    one_trail(aws)
    run = audited()
    assert run.errors == ()
    return {finding.fingerprint: finding for finding in run.findings}


def test_the_matrix_has_every_call(aws, audited, sound):
    assert set(aws.counted()) - {"config.DescribeComplianceByConfigRule"} == set(CALLS)


@pytest.mark.parametrize(("call", "fault"), MATRIX, ids=lambda word: word)
def test_a_fault_costs_what_hangs_on_it_and_nothing_else(aws, audited, sound, call, fault):
    aws.on(call, **FAULTS[fault])

    if call == "sts.GetCallerIdentity":
        with pytest.raises(CtguardError):
            audited()
        return
    run = audited()

    operation = call.partition(".")[2]
    found = {finding.fingerprint: finding for finding in run.findings}
    assert run.errors
    for key, finding in found.items():
        if finding.status.value == "pass":
            assert sound[key].status.value == "pass", finding.rule_id
    if fault == "expired" and call != "s3.HeadBucket":  # whose replies have no body: it is denied as far as one knows
        assert [one.kind for one in run.errors] == ["expired"]
        return
    assert all(operation in fault_.message for fault_ in run.errors)
    assert len(run.errors) == len({fault_.message for fault_ in run.errors})
    assert set(found) >= set(sound) or call in NAMING
    for key in found.keys() & sound.keys():
        if found[key].status is not sound[key].status:
            assert found[key].status.value == "unknown", found[key].rule_id
            missing = [group for group in run.unknowns if key in group.findings]
            told = [f"{group.what} {group.cure}" for group in missing]
            assert any(word in one for one in told for word in (operation, *FOLLOWS)), (found[key], told)
