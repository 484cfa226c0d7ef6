"""An organization in moto: an organization trail, an account that keeps its logs, members of all sorts."""

from __future__ import annotations

import json
from dataclasses import dataclass

from tests.live.front import ACCOUNT, Front
from tests.live.scenes import HOME

REGIONS = (
    *("us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "sa-east-1", "eu-central-1", "eu-west-1"),
    *("eu-west-2", "eu-west-3", "eu-north-1", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ap-northeast-1"),
    *("ap-northeast-2", "ap-northeast-3"),
)
CENTRAL = "central-logs"
"""The bucket of the organization trail."""


@dataclass(frozen=True)
class Organization:
    """The ids of its accounts, by what they are."""

    id: str
    archive: str
    member: str
    locked: str
    suspended: str
    management: str = ACCOUNT

    @property
    def entered(self) -> tuple[str, ...]:
        """The accounts that let an audit in."""
        return self.management, self.archive, self.member


def organization(aws: Front) -> Organization:
    """Build an organization of five accounts in 17 regions.

    The management account has the organization trail; the archive its bucket and its key, and it may list the accounts
    as a delegated administrator (moto would show it none). The member has a trail of its
    own, whose bucket has no versioning. One account lets nobody in, and one is suspended.
    """
    aws.enable(*REGIONS)
    organizations = aws.client("organizations")
    id_ = organizations.create_organization(FeatureSet="ALL")["Organization"]["Id"]
    made = Organization(id_, *(_account(organizations, name) for name in ("archive", "member", "locked", "suspended")))
    organizations.close_account(AccountId=made.suspended)
    listed = [
        {name: one[name] for name in ("Id", "Name", "State")} for one in organizations.list_accounts()["Accounts"]
    ]
    aws.on("organizations.ListAccounts", account=made.archive, reply={"Accounts": listed})
    key = _archive(aws, made)
    _organization_trail(aws, made, key)
    _own_trail(aws, made.member)
    aws.on("sts.AssumeRole", holds=f":{made.locked}:", error="AccessDenied", status=403)
    aws.on("s3.*", account=made.management, holds=CENTRAL, error="AccessDenied", status=403)
    return made


def _account(organizations: object, name: str) -> str:
    created = organizations.create_account(AccountName=name, Email=f"{name}@example.com")  # type: ignore[attr-defined]
    account: str = created["CreateAccountStatus"]["AccountId"]
    return account


def _allow(action: str, resource: str, trail: str, **equal: str) -> dict[str, object]:
    return {
        "Effect": "Allow",
        "Principal": {"Service": "cloudtrail.amazonaws.com"},
        "Action": action,
        "Resource": resource,
        "Condition": {"StringEquals": {"aws:SourceArn": trail, **equal}},
    }


def _archive(aws: Front, made: Organization) -> str:
    """Build bucket and key of the organization trail, with the policies of CloudTrail's user guide."""
    trail = f"arn:aws:cloudtrail:{HOME}:{made.management}:trail/organization"
    full = {"s3:x-amz-acl": "bucket-owner-full-control"}
    folders = [f"arn:aws:s3:::{CENTRAL}/AWSLogs/{owner}/*" for owner in (made.management, made.id)]
    statements = [
        _allow("s3:GetBucketAcl", f"arn:aws:s3:::{CENTRAL}", trail),
        *(_allow("s3:PutObject", folder, trail, **full) for folder in folders),
    ]
    s3 = aws.client("s3", account=made.archive)
    s3.create_bucket(Bucket=CENTRAL)
    s3.put_bucket_policy(Bucket=CENTRAL, Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))
    s3.put_bucket_versioning(Bucket=CENTRAL, VersioningConfiguration={"Status": "Enabled"})
    kms = aws.client("kms", account=made.archive)
    owner = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{made.archive}:root"}, "Action": "kms:*"}
    statements = [
        {**owner, "Resource": "*"},
        _allow("kms:GenerateDataKey*", "*", trail),
        _allow("kms:DescribeKey", "*", trail),
    ]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    key: str = kms.create_key(Policy=policy)["KeyMetadata"]["Arn"]
    kms.enable_key_rotation(KeyId=key)
    return key


def _organization_trail(aws: Front, made: Organization, key: str) -> None:
    """Build the trail; moto does not show it to members, so that their answers are told."""
    cloudtrail = aws.client("cloudtrail", account=made.management)
    cloudtrail.create_trail(
        Name="organization",
        S3BucketName=CENTRAL,
        IsMultiRegionTrail=True,
        IncludeGlobalServiceEvents=True,
        EnableLogFileValidation=True,
        IsOrganizationTrail=True,
        KmsKeyId=key,
    )
    cloudtrail.start_logging(Name="organization")
    shown = cloudtrail.describe_trails()["trailList"]
    aws.on("cloudtrail.DescribeTrails", account=made.archive, reply={"trailList": shown})
    own = {
        **shown[0],
        "Name": "own",
        "S3BucketName": "own-logs",
        "TrailARN": f"arn:aws:cloudtrail:{HOME}:{made.member}:trail/own",
        "IsOrganizationTrail": False,
        "LogFileValidationEnabled": False,
    }
    own.pop("KmsKeyId")
    aws.on("cloudtrail.DescribeTrails", account=made.member, reply={"trailList": [*shown, own]})


def _own_trail(aws: Front, account: str) -> None:
    aws.client("s3", account=account).create_bucket(Bucket="own-logs")
    cloudtrail = aws.client("cloudtrail", account=account)
    cloudtrail.create_trail(Name="own", S3BucketName="own-logs", IsMultiRegionTrail=True)
    cloudtrail.start_logging(Name="own")
