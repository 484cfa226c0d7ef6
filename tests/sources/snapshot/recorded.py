"""Snapshots made by hand: an account whose trail is sound, and changes of single replies.

Every reply is held against botocore's model of the operation, so that no test is about what AWS never says.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
from botocore.validate import ParamValidator
from msgspec.structs import replace

from ctguard.engine.pack import load_pack
from ctguard.engine.selection import select_rules
from ctguard.model.finding import Finding, Run
from ctguard.model.inventory import Inventory
from ctguard.run.inputs import Options, load
from ctguard.run.scan import Settings, inventory_of, run_rules
from ctguard.sources.snapshot.facts import Account, Call, Failure, Snapshot
from ctguard.sources.snapshot.file import write_snapshot

ACCOUNT, OTHER = "111122223333", "444455556666"
HOME, ELSEWHERE = "eu-central-1", "us-east-1"
REGIONS = (HOME, ELSEWHERE)
TRAIL = f"arn:aws:cloudtrail:{HOME}:{ACCOUNT}:trail/audit"
BUCKET = "acme-audit-logs"
KEY_ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
KEY = f"arn:aws:kms:{HOME}:{ACCOUNT}:key/{KEY_ID}"
TOPIC = f"arn:aws:sns:{HOME}:{ACCOUNT}:alarms"
SUBSCRIPTION = f"{TOPIC}:11111111-2222-3333-4444-555555555555"
GROUP = f"arn:aws:logs:{HOME}:{ACCOUNT}:log-group:trail"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/trail-to-logs"
FILTER = f"{GROUP}:metric-filter:trail-changes"
ALARM = f"arn:aws:cloudwatch:{HOME}:{ACCOUNT}:alarm:trail-changes"
RULE = f"arn:aws:events:{HOME}:{ACCOUNT}:rule/nightly"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
RECORDER = f"arn:aws:config:{HOME}:{ACCOUNT}:configuration-recorder/default/abcdefgh"
NAMES = (
    *("CreateTrail", "UpdateTrail", "DeleteTrail", "StartLogging", "StopLogging", "PutEventSelectors"),
    *("PutInsightSelectors", "DeleteEventDataStore", "UpdateEventDataStore", "StopEventDataStoreIngestion"),
)
PATTERN = "{ " + " || ".join(f"($.eventName = {name})" for name in NAMES) + " }"
DENIED = Failure("AccessDenied", "User is not authorized to perform this")


def statement(sid: str, effect: str, principal: Any, action: Any, resource: Any, **condition: Any) -> dict[str, Any]:
    written = {"Sid": sid, "Effect": effect, "Principal": principal, "Action": action, "Resource": resource}
    return {key: value for key, value in {**written, "Condition": condition}.items() if value}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


CLOUDTRAIL = {"Service": "cloudtrail.amazonaws.com"}
THIS_TRAIL = {"StringEquals": {"aws:SourceArn": TRAIL}}
BUCKET_POLICY = policy(
    statement("Acl", "Allow", CLOUDTRAIL, "s3:GetBucketAcl", f"arn:aws:s3:::{BUCKET}", **THIS_TRAIL),
    statement(
        "Write",
        "Allow",
        CLOUDTRAIL,
        "s3:PutObject",
        f"arn:aws:s3:::{BUCKET}/AWSLogs/{ACCOUNT}/*",
        StringEquals={"aws:SourceArn": TRAIL, "s3:x-amz-acl": "bucket-owner-full-control"},
    ),
    statement(
        "Tls",
        "Deny",
        "*",
        "s3:*",
        [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"],
        Bool={"aws:SecureTransport": "false"},
    ),
)
KEY_POLICY = policy(
    statement("Root", "Allow", {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "kms:*", "*"),
    statement(
        "Encrypt",
        "Allow",
        CLOUDTRAIL,
        "kms:GenerateDataKey*",
        "*",
        StringEquals={"aws:SourceArn": TRAIL},
        StringLike={"kms:EncryptionContext:aws:cloudtrail:arn": f"arn:aws:cloudtrail:*:{ACCOUNT}:trail/*"},
    ),
    statement("Describe", "Allow", CLOUDTRAIL, "kms:DescribeKey", "*", **THIS_TRAIL),
)


@cache
def _model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


def call(
    name: str, reply: dict[str, Any] | None = None, *, region: str = HOME, account: str = ACCOUNT, **parameters: Any
) -> Call:
    """Return a call with a reply that AWS could give, or with the failure that stands in `failure`."""
    failure = parameters.pop("failure", None)
    service, operation = name.split(".")
    if reply is not None:
        check(name, reply)
    return Call(
        account=account,
        region=region,
        service=service,
        operation=operation,
        parameters=parameters,
        reply=reply,
        failure=failure,
    )


def check(name: str, reply: dict[str, Any]) -> None:
    """Fail for a reply that AWS could not give to the operation."""
    service, operation = name.split(".")
    report = ParamValidator().validate(reply, _model(service).operation_model(operation).output_shape)
    assert not report.has_errors(), f"{name}: {report.generate_report()}"


def good_calls() -> list[Call]:
    """Return what an audit records of an account whose trail is sound."""
    trail = {
        "Name": "audit",
        "TrailARN": TRAIL,
        "HomeRegion": HOME,
        "S3BucketName": BUCKET,
        "KmsKeyId": KEY,
        "CloudWatchLogsLogGroupArn": f"{GROUP}:*",
        "CloudWatchLogsRoleArn": ROLE,
        "IncludeGlobalServiceEvents": True,
        "IsMultiRegionTrail": True,
        "IsOrganizationTrail": False,
        "LogFileValidationEnabled": True,
        "HasCustomEventSelectors": False,
        "HasInsightSelectors": False,
    }
    retention = {"Mode": "COMPLIANCE", "Days": 400}
    encryption = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY}}
    in_bucket = {"Bucket": BUCKET}
    blocked = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
    return [
        call("sts.GetCallerIdentity", {"Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:user/auditor"}),
        call(
            "ec2.DescribeRegions",
            {"Regions": [{"RegionName": name, "OptInStatus": "opt-in-not-required"} for name in REGIONS]},
        ),
        *(call("cloudtrail.DescribeTrails", {"trailList": [trail]}, region=region) for region in REGIONS),
        call(
            "cloudtrail.GetTrailStatus",
            {
                "IsLogging": True,
                "LatestDeliveryError": "",
                "StartLoggingTime": "2026-01-01T00:00:00Z",
                "LatestDeliveryTime": "2026-11-20T09:00:00Z",
                "LatestDigestDeliveryTime": "2026-11-20T08:40:00Z",
                "LatestCloudWatchLogsDeliveryTime": "2026-11-20T09:00:00Z",
            },
            Name=TRAIL,
        ),
        call("cloudtrail.LookupEvents", {"Events": []}),
        call(
            "cloudtrail.GetEventSelectors",
            {
                "TrailARN": TRAIL,
                "EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": []}],
            },
            TrailName=TRAIL,
        ),
        call("cloudtrail.GetInsightSelectors", failure=Failure("InsightNotEnabledException", "off"), TrailName=TRAIL),
        call(
            "cloudtrail.ListTags",
            {"ResourceTagList": [{"ResourceId": TRAIL, "TagsList": [{"Key": "team", "Value": "security"}]}]},
            ResourceIdList=[TRAIL],
        ),
        *(call("cloudtrail.ListEventDataStores", {"EventDataStores": []}, region=region) for region in REGIONS),
        call("s3.HeadBucket", {"BucketRegion": HOME}, region=ELSEWHERE, **in_bucket),
        call("s3.GetBucketPolicy", {"Policy": BUCKET_POLICY}, **in_bucket),
        call(
            "s3.GetBucketAcl",
            {
                "Owner": {"ID": "f" * 64},
                "Grants": [{"Grantee": {"ID": "f" * 64, "Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"}],
            },
            **in_bucket,
        ),
        call(
            "s3.GetBucketOwnershipControls",
            {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}},
            **in_bucket,
        ),
        call("s3.GetPublicAccessBlock", {"PublicAccessBlockConfiguration": blocked}, **in_bucket),
        call("s3.GetBucketVersioning", {"Status": "Enabled"}, **in_bucket),
        call("s3.GetBucketEncryption", {"ServerSideEncryptionConfiguration": {"Rules": [encryption]}}, **in_bucket),
        call(
            "s3.GetBucketLogging",
            {"LoggingEnabled": {"TargetBucket": "acme-access-logs", "TargetPrefix": "audit/"}},
            **in_bucket,
        ),
        call(
            "s3.GetBucketLifecycleConfiguration",
            {
                "Rules": [
                    {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 3650}},
                ]
            },
            **in_bucket,
        ),
        call(
            "s3.GetObjectLockConfiguration",
            {"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": retention}}},
            **in_bucket,
        ),
        call(
            "s3.GetBucketReplication",
            failure=Failure("ReplicationConfigurationNotFoundError", "none"),
            **in_bucket,
        ),
        call("s3.GetBucketNotificationConfiguration", {}, **in_bucket),
        call("s3.GetBucketWebsite", failure=Failure("NoSuchWebsiteConfiguration", "none"), **in_bucket),
        call(
            "s3control.GetPublicAccessBlock",
            {"PublicAccessBlockConfiguration": blocked},
            region=ELSEWHERE,
            AccountId=ACCOUNT,
        ),
        call(
            "kms.DescribeKey",
            {
                "KeyMetadata": {
                    "AWSAccountId": ACCOUNT,
                    "KeyId": KEY_ID,
                    "Arn": KEY,
                    "Enabled": True,
                    "KeyState": "Enabled",
                    "KeyManager": "CUSTOMER",
                    "KeySpec": "SYMMETRIC_DEFAULT",
                    "KeyUsage": "ENCRYPT_DECRYPT",
                    "Origin": "AWS_KMS",
                    "MultiRegion": False,
                }
            },
            KeyId=KEY,
        ),
        call("kms.GetKeyPolicy", {"Policy": KEY_POLICY, "PolicyName": "default"}, KeyId=KEY, PolicyName="default"),
        call("kms.GetKeyPolicy", failure=Failure("NotFoundException", "none"), KeyId=KEY, PolicyName="AWS_RAM"),
        call("kms.GetKeyRotationStatus", {"KeyRotationEnabled": True, "RotationPeriodInDays": 365}, KeyId=KEY),
        call("kms.ListGrants", {"Grants": []}, KeyId=KEY),
        call(
            "sns.GetTopicAttributes",
            {
                "Attributes": {
                    "TopicArn": TOPIC,
                    "Policy": policy(
                        statement(
                            "Owner",
                            "Allow",
                            {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                            "sns:Publish",
                            TOPIC,
                        )
                    ),
                }
            },
            TopicArn=TOPIC,
        ),
        call(
            "sns.ListSubscriptionsByTopic",
            {
                "Subscriptions": [
                    {
                        "SubscriptionArn": SUBSCRIPTION,
                        "TopicArn": TOPIC,
                        "Protocol": "email",
                        "Endpoint": "soc@example.com",
                        "Owner": ACCOUNT,
                    }
                ]
            },
            TopicArn=TOPIC,
        ),
        call(
            "sns.GetSubscriptionAttributes",
            {"Attributes": {"SubscriptionArn": SUBSCRIPTION, "PendingConfirmation": "false"}},
            SubscriptionArn=SUBSCRIPTION,
        ),
        call(
            "logs.DescribeLogGroups",
            {
                "logGroups": [
                    {
                        "logGroupName": "trail",
                        "arn": f"{GROUP}:*",
                        "logGroupArn": GROUP,
                        "retentionInDays": 400,
                        "kmsKeyId": KEY,
                        "logGroupClass": "STANDARD",
                        "metricFilterCount": 1,
                    }
                ]
            },
            logGroupNamePrefix="trail",
        ),
        call(
            "logs.DescribeMetricFilters",
            {
                "metricFilters": [
                    {
                        "filterName": "trail-changes",
                        "filterPattern": PATTERN,
                        "logGroupName": "trail",
                        "metricTransformations": [
                            {"metricName": "TrailChanges", "metricNamespace": "Audit", "metricValue": "1"}
                        ],
                    }
                ]
            },
            logGroupName="trail",
        ),
        call(
            "cloudwatch.DescribeAlarms",
            {
                "MetricAlarms": [
                    {
                        "AlarmName": "trail-changes",
                        "AlarmArn": ALARM,
                        "ActionsEnabled": True,
                        "AlarmActions": [TOPIC],
                        "OKActions": [],
                        "InsufficientDataActions": [],
                        "StateValue": "OK",
                        "MetricName": "TrailChanges",
                        "Namespace": "Audit",
                        "Statistic": "Sum",
                        "Dimensions": [],
                        "Period": 300,
                        "EvaluationPeriods": 1,
                        "Threshold": 1.0,
                        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
                        "TreatMissingData": "notBreaching",
                    }
                ],
                "CompositeAlarms": [],
                "LogAlarms": [],
            },
            AlarmTypes=["MetricAlarm", "CompositeAlarm", "LogAlarm"],
        ),
        call("cloudwatch.ListAlarmMuteRules", {"AlarmMuteRuleSummaries": []}),
        *(call("events.ListRules", {"Rules": []}, region=region) for region in REGIONS),
        *(
            call(
                "config.DescribeConfigurationRecorders",
                {
                    "ConfigurationRecorders": [
                        {
                            "name": "default",
                            "arn": RECORDER.replace(HOME, region),
                            "recordingGroup": {"allSupported": True, "includeGlobalResourceTypes": True},
                        }
                    ]
                },
                region=region,
            )
            for region in REGIONS
        ),
        *(
            call(
                "config.DescribeConfigurationRecorderStatus",
                {"ConfigurationRecordersStatus": [{"name": "default", "recording": True, "lastStatus": "Success"}]},
                region=region,
            )
            for region in REGIONS
        ),
        *(
            call("config.DescribeConfigurationAggregators", {"ConfigurationAggregators": []}, region=region)
            for region in REGIONS
        ),
        *(call("config.DescribeConfigRules", {"ConfigRules": []}, region=region) for region in REGIONS),
        *(
            call("config.DescribeComplianceByConfigRule", {"ComplianceByConfigRules": []}, region=region)
            for region in REGIONS
        ),
        call(
            "iam.GetRole",
            {
                "Role": {
                    "Path": "/",
                    "RoleName": "trail-to-logs",
                    "RoleId": "AROA00000000000000000",
                    "Arn": ROLE,
                    "CreateDate": "2026-01-01T00:00:00Z",
                    "AssumeRolePolicyDocument": policy(statement("", "Allow", CLOUDTRAIL, "sts:AssumeRole", None)),
                }
            },
            RoleName="trail-to-logs",
        ),
        call("iam.ListRolePolicies", {"PolicyNames": []}, RoleName="trail-to-logs"),
        call("iam.ListAttachedRolePolicies", {"AttachedPolicies": []}, RoleName="trail-to-logs"),
        call("iam.GetAccountAuthorizationDetails", {"Policies": []}),
        call(
            "organizations.DescribeOrganization",
            failure=Failure("AWSOrganizationsNotInUseException", "stand-alone"),
        ),
    ]


@dataclass
class Recorded:
    """Calls, changed one by one; `snapshot` and `run` say what comes of them."""

    calls: list[Call] = field(default_factory=good_calls)
    accounts: tuple[Account, ...] = (Account(id=ACCOUNT, regions=REGIONS),)

    def without(self, name: str, **parameters: Any) -> Recorded:
        """Return this without a call."""
        return Recorded([one for one in self.calls if not _is(one, name, parameters)], self.accounts)

    def denied(self, name: str, failure: Failure = DENIED, **parameters: Any) -> Recorded:
        """Return this with a call that failed."""
        return self._each(name, parameters, lambda one: replace(one, reply=None, failure=failure))

    def changed(
        self, name: str, change: Callable[[dict[str, Any]], Any], *, beyond_the_model: bool = False, **parameters: Any
    ) -> Recorded:
        """Return this with another reply to a call; `change` alters a copy of it, as AWS could today."""

        def altered(one: Call) -> Call:
            reply = json.loads(json.dumps(one.reply or {}))
            change(reply)
            if not beyond_the_model:
                check(name, reply)
            return replace(one, reply=reply, failure=None)

        return self._each(name, parameters, altered)

    def cut(self, name: str, failure: Failure = DENIED, **parameters: Any) -> Recorded:
        """Return this with a call of which a later page failed."""
        return self._each(name, parameters, lambda one: replace(one, failure=failure))

    def _each(self, name: str, parameters: Mapping[str, Any], change: Callable[[Call], Call]) -> Recorded:
        assert any(_is(one, name, parameters) for one in self.calls), name
        return Recorded([change(one) if _is(one, name, parameters) else one for one in self.calls], self.accounts)

    def snapshot(self) -> Snapshot:
        return Snapshot(
            tool="ctguard 0",
            started_at="2026-11-20T09:00:00Z",
            finished_at="2026-11-20T09:05:00Z",
            accounts=self.accounts,
            calls=tuple(self.calls),
        )

    def saved(self, folder: Path) -> Path:
        path = folder / "snapshot.json"
        path.write_bytes(write_snapshot(self.snapshot()))
        return path

    def inventory(self, folder: Path) -> Inventory:
        return inventory_of(load([self.saved(folder)], Options()))

    def run(self, folder: Path, *names: str) -> Run:
        """Return what the rules say, all of them or those named."""
        return scanned([self.saved(folder)], *names)


def scanned(paths: list[Path], *names: str) -> Run:
    """Return what a scan of the paths says by all rules, or by those named."""
    pack = load_pack()
    loaded = load(paths, Options())
    rules = select_rules(pack, list(names) or ["*"], [])
    return run_rules(inventory_of(loaded), rules, pack, Settings(), command="scan", inputs=loaded.inputs)


def verdicts(run: Run) -> dict[tuple[str, str], str]:
    """Return the statuses of a run by rule and address."""
    return {(one.rule_id, one.resource.address): one.status.value for one in run.findings}


def finding(run: Run, rule: str, address: str) -> Finding:
    """Return what a rule says of one thing."""
    (found,) = (one for one in run.findings if (one.rule_id, one.resource.address) == (rule, address))
    return found


def _is(one: Call, name: str, parameters: Mapping[str, Any]) -> bool:
    wanted = {"account": one.account, "region": one.region, **one.parameters}
    return f"{one.service}.{one.operation}" == name and all(
        wanted.get(key) == value for key, value in parameters.items()
    )
