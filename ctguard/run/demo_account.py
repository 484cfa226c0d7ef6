"""An account to try ctguard on without AWS: it lives in this process, and its trail is as trails often are.

moto stands in for AWS. What it does not know is answered as AWS answers in an account that does not use it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from unittest import mock

from ctguard.model.errors import CtguardError

HOME: Final = "eu-central-1"
REGIONS: Final = (HOME, "eu-west-1", "us-east-1")
BUCKET: Final = "example-corp-audit-logs"
GROUP: Final = "/aws/cloudtrail/main"

ANSWERS: Final[dict[str, dict[str, Any]]] = {
    # service.Operation: the reply. A small account is soon asked; the others are what moto does not know.
    "ec2.DescribeRegions": {
        "Regions": [{"RegionName": name, "OptInStatus": "opt-in-not-required"} for name in REGIONS]
    },
    "cloudtrail.ListEventDataStores": {"EventDataStores": []},
    "cloudtrail.LookupEvents": {"Events": []},
    "cloudwatch.ListAlarmMuteRules": {"AlarmMuteRuleSummaries": []},
    "cloudwatch-logs.DescribeAccountPolicies": {"accountPolicies": []},
    "cloudwatch-logs.GetTransformer": {},
    "organizations.ListDelegatedAdministrators": {"DelegatedAdministrators": []},
}
CREDENTIALS: Final = {
    "AWS_ACCESS_KEY_ID": "demo",
    "AWS_SECRET_ACCESS_KEY": "demo",
    "AWS_DEFAULT_REGION": HOME,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}
"""Nothing of the machine's own settings may lead to a real account."""


@contextmanager
def demo_account() -> Iterator[None]:
    """Make calls to AWS reach the prepared account until the end; raises CtguardError without moto."""
    try:
        from moto import mock_aws
    except ImportError as error:
        raise CtguardError(
            "the demo needs moto, which stands in for AWS", hint="pip install 'ctguard[demo]'"
        ) from error
    ours = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    with mock.patch.dict(os.environ, {**ours, **CREDENTIALS}, clear=True), mock_aws(), _answered():
        _prepare()
        yield


@contextmanager
def _answered() -> Iterator[None]:
    """Give our answers before moto is asked, in every session that begins meanwhile."""
    from botocore.awsrequest import AWSResponse
    from botocore.compat import HTTPHeaders
    from botocore.handlers import BUILTIN_HANDLERS

    def answer(reply: dict[str, Any]) -> Any:
        return lambda **_: (AWSResponse("", 200, HTTPHeaders(), None), dict(reply))

    before = list(BUILTIN_HANDLERS)
    BUILTIN_HANDLERS.extend((f"before-call.{name}", answer(reply)) for name, reply in ANSWERS.items())
    try:
        yield
    finally:
        BUILTIN_HANDLERS[:] = before


def _prepare() -> None:
    import boto3

    session = boto3.session.Session(region_name=HOME)
    account = session.client("sts").get_caller_identity()["Account"]
    _make_bucket(session.client("s3"), account)
    group = _make_monitor(session, account)
    trails = session.client("cloudtrail")
    trails.create_trail(
        Name="main",
        S3BucketName=BUCKET,
        IsMultiRegionTrail=True,
        EnableLogFileValidation=False,
        CloudWatchLogsLogGroupArn=group,
        CloudWatchLogsRoleArn=f"arn:aws:iam::{account}:role/cloudtrail-to-logs",
    )
    selector = {"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True}
    trails.put_event_selectors(TrailName="main", EventSelectors=[selector])
    trails.start_logging(Name="main")


def _make_bucket(s3: Any, account: str) -> None:
    """Make the log bucket: its policy lets CloudTrail in for whoever asks it, and a partner read everything."""
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": HOME})
    service = {"Service": "cloudtrail.amazonaws.com"}
    arn = f"arn:aws:s3:::{BUCKET}"
    statements = [
        {"Effect": "Allow", "Principal": service, "Action": "s3:GetBucketAcl", "Resource": arn},
        {
            "Effect": "Allow",
            "Principal": service,
            "Action": "s3:PutObject",
            "Resource": f"{arn}/AWSLogs/{account}/*",
            "Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}},
        },
        {"Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "s3:*", "Resource": [arn, f"{arn}/*"]},
    ]
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))


def _make_monitor(session: Any, account: str) -> str:
    """Make the log group, with a filter that no event can match, and return its ARN."""
    iam = session.client("iam")
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
    iam.create_role(RoleName="cloudtrail-to-logs", AssumeRolePolicyDocument=json.dumps(trust))
    logs = session.client("logs")
    logs.create_log_group(logGroupName=GROUP)
    topic = session.client("sns").create_topic(Name="security")["TopicArn"]
    logs.put_metric_filter(
        logGroupName=GROUP,
        filterName="trail-changes",
        filterPattern="{ ($.eventName = StopLogging) && ($.eventName = DeleteTrail) }",
        metricTransformations=[{"metricName": "TrailChanges", "metricNamespace": "Security", "metricValue": "1"}],
    )
    session.client("cloudwatch").put_metric_alarm(
        AlarmName="trail-changes",
        Namespace="Security",
        MetricName="TrailChanges",
        Statistic="Sum",
        Period=300,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        AlarmActions=[topic],
    )
    return f"arn:aws:logs:{HOME}:{account}:log-group:{GROUP}:*"
