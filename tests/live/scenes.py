"""Set-ups in moto: built by boto3, so that nothing of ctguard's stands between a scene and what AWS says of it."""

from __future__ import annotations

import json

from tests.live.front import ACCOUNT, Front

HOME = "us-east-1"
BUCKET = "trail-logs"
ROOT_USAGE = (
    '{ ($.userIdentity.type = "Root") && ($.userIdentity.invokedBy NOT EXISTS) && ($.eventType != "AwsServiceEvent") }'
)


def trust(service: str) -> str:
    """Return a trust policy for a service."""
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def bucket_policy(bucket: str, account: str, trail: str) -> str:
    """Return the policy by which one trail delivers to a bucket, as CloudTrail's user guide has it."""
    principal = {"Service": "cloudtrail.amazonaws.com"}
    source = {"aws:SourceArn": f"arn:aws:cloudtrail:{HOME}:{account}:trail/{trail}"}
    folder = f"arn:aws:s3:::{bucket}/AWSLogs/{account}/*"
    statements = [
        {
            "Effect": "Allow",
            "Principal": principal,
            "Action": "s3:GetBucketAcl",
            "Resource": f"arn:aws:s3:::{bucket}",
            "Condition": {"StringEquals": source},
        },
        {
            "Effect": "Allow",
            "Principal": principal,
            "Action": "s3:PutObject",
            "Resource": folder,
            "Condition": {"StringEquals": {**source, "s3:x-amz-acl": "bucket-owner-full-control"}},
        },
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def one_trail(aws: Front, *, account: str = ACCOUNT, name: str = "audit", bucket: str = BUCKET) -> str:
    """Build a trail with all that may serve one: bucket, key, log group, role, a filter, an alarm, a topic."""
    s3 = aws.client("s3", account=account)
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=bucket_policy(bucket, account, name))
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    key = aws.client("kms", account=account).create_key()["KeyMetadata"]["Arn"]
    topic = watched_log_group(aws, account)
    role = aws.client("iam", account=account).create_role(
        RoleName="to-cloudwatch", AssumeRolePolicyDocument=trust("cloudtrail.amazonaws.com")
    )
    cloudtrail = aws.client("cloudtrail", account=account)
    cloudtrail.create_trail(
        Name=name,
        S3BucketName=bucket,
        IsMultiRegionTrail=True,
        IncludeGlobalServiceEvents=True,
        EnableLogFileValidation=True,
        KmsKeyId=key,
        SnsTopicName=topic.rpartition(":")[2],
        CloudWatchLogsLogGroupArn=f"arn:aws:logs:{HOME}:{account}:log-group:trail:*",
        CloudWatchLogsRoleArn=role["Role"]["Arn"],
    )
    cloudtrail.start_logging(Name=name)
    arn: str = f"arn:aws:cloudtrail:{HOME}:{account}:trail/{name}"
    return arn


def watched_log_group(aws: Front, account: str = ACCOUNT) -> str:
    """Build a log group whose filter counts what root does, and return the topic that its alarm tells."""
    sns = aws.client("sns", account=account)
    topic: str = sns.create_topic(Name="alarms")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="security@example.com")
    logs = aws.client("logs", account=account)
    logs.create_log_group(logGroupName="trail")
    logs.put_metric_filter(
        logGroupName="trail",
        filterName="root",
        filterPattern=ROOT_USAGE,
        metricTransformations=[{"metricName": "root", "metricNamespace": "Audit", "metricValue": "1"}],
    )
    aws.client("cloudwatch", account=account).put_metric_alarm(
        AlarmName="root",
        Namespace="Audit",
        MetricName="root",
        Statistic="Sum",
        Period=300,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        AlarmActions=[topic],
    )
    return topic


REGIONS = (
    *("us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "ca-west-1", "sa-east-1", "mx-central-1"),
    *("eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-2", "eu-west-3"),
    *("ap-east-1", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-south-2"),
    *("ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5", "ap-southeast-7"),
    *("af-south-1", "il-central-1", "me-central-1", "me-south-1"),
)
"""32 regions, as an account may have them enabled."""


def estate(aws: Front, *, unrelated: int = 20) -> None:
    """Build an account as it grows: four trails with a bucket each, 14 filters with alarms, buckets of all sorts."""
    aws.enable(*REGIONS)
    one_trail(aws)
    for number in range(1, 4):
        s3, region = aws.client("s3"), ("us-east-1", "eu-west-1", "ap-south-1")[number - 1]
        s3.create_bucket(Bucket=f"{BUCKET}-{number}")
        trail = aws.client("cloudtrail", region)
        trail.create_trail(Name=f"audit-{number}", S3BucketName=f"{BUCKET}-{number}")
        trail.start_logging(Name=f"audit-{number}")
    for number in range(unrelated):
        aws.client("s3").create_bucket(Bucket=f"unrelated-{number}")
    logs, alarms = aws.client("logs"), aws.client("cloudwatch")
    for number in range(1, 14):
        metric = {"metricName": f"metric-{number}", "metricNamespace": "Audit", "metricValue": "1"}
        logs.put_metric_filter(
            logGroupName="trail",
            filterName=f"filter-{number}",
            filterPattern="{ $.eventName = ConsoleLogin }",
            metricTransformations=[metric],
        )
        alarms.put_metric_alarm(
            AlarmName=f"alarm-{number}",
            Namespace="Audit",
            MetricName=f"metric-{number}",
            Statistic="Sum",
            Period=300,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
            AlarmActions=[f"arn:aws:sns:{HOME}:{ACCOUNT}:alarms"],
        )
