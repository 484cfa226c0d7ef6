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
