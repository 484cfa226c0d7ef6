"""Calls on what keeps logs: buckets and KMS keys."""

from __future__ import annotations

from typing import Final

from ctguard.sources.aws.plan.shape import Pages, PlannedCall

TRAILS: Final = ("cloudtrail.DescribeTrails",)
BUCKET: Final = ("s3.HeadBucket",)
KEY: Final = ("kms.DescribeKey",)
NO_BUCKET: Final = frozenset({"NoSuchBucket", "404"})
NO_KEY: Final = frozenset({"NotFoundException"})


def _of_bucket(
    operation: str, action: str, holds: str = "", unset: str = "", gives: tuple[str, ...] = ("bucket",)
) -> PlannedCall:
    return PlannedCall(
        service="s3",
        operation=operation,
        each="located bucket",
        action=f"s3:{action}",
        gives=gives,
        takes={"Bucket": "name"},
        needs=BUCKET,
        unset=frozenset({unset} if unset else ()),
        gone=NO_BUCKET,
        holds=(holds,) if holds else (),
    )


STORE_CALLS: Final = (
    # Buckets. Where one is, even of another account, HeadBucket's answer tells; a refusal too.
    PlannedCall(
        service="s3",
        operation="ListBuckets",
        each="account",
        action="s3:ListAllMyBuckets",
        gives=("bucket",),
        given={"MaxBuckets": 1000},
        pages=Pages(("Buckets",), "ContinuationToken"),
        everything=True,
    ),
    PlannedCall(
        service="s3",
        operation="HeadBucket",
        each="bucket",
        action="s3:ListBucket",
        gives=("bucket.is_present",),
        takes={"Bucket": "name"},
        needs=TRAILS,
        gone=NO_BUCKET,
    ),
    # AWS tells a bucket's policy to nobody but the account that owns the bucket.
    _of_bucket(
        "GetBucketPolicy", "GetBucketPolicy", "Policy", "NoSuchBucketPolicy", gives=("bucket", "bucket.account_id")
    ),
    _of_bucket("GetBucketAcl", "GetBucketAcl", "Grants"),
    _of_bucket(
        "GetBucketOwnershipControls",
        "GetBucketOwnershipControls",
        "OwnershipControls",
        "OwnershipControlsNotFoundError",
    ),
    _of_bucket(
        "GetPublicAccessBlock",
        "GetBucketPublicAccessBlock",
        "PublicAccessBlockConfiguration",
        "NoSuchPublicAccessBlockConfiguration",
    ),
    _of_bucket("GetBucketVersioning", "GetBucketVersioning"),
    _of_bucket(
        "GetBucketEncryption",
        "GetEncryptionConfiguration",
        "ServerSideEncryptionConfiguration",
        "ServerSideEncryptionConfigurationNotFoundError",
    ),
    _of_bucket("GetBucketLogging", "GetBucketLogging"),
    _of_bucket("GetBucketLifecycleConfiguration", "GetLifecycleConfiguration", "Rules", "NoSuchLifecycleConfiguration"),
    _of_bucket(
        "GetObjectLockConfiguration",
        "GetBucketObjectLockConfiguration",
        "ObjectLockConfiguration",
        "ObjectLockConfigurationNotFoundError",
    ),
    _of_bucket(
        "GetBucketReplication",
        "GetReplicationConfiguration",
        "ReplicationConfiguration",
        "ReplicationConfigurationNotFoundError",
    ),
    _of_bucket("GetBucketNotificationConfiguration", "GetBucketNotification"),
    _of_bucket("GetBucketWebsite", "GetBucketWebsite", unset="NoSuchWebsiteConfiguration"),
    PlannedCall(
        service="s3",
        operation="ListObjectsV2",
        each="organization folder",
        action="s3:ListBucket",
        gives=("trail.delivered_accounts",),
        takes={"Bucket": "bucket", "Prefix": "prefix"},
        given={"Delimiter": "/"},
        needs=(*BUCKET, "organizations.DescribeOrganization"),
        gone=NO_BUCKET,
        pages=Pages(("Contents", "CommonPrefixes"), "NextContinuationToken", "ContinuationToken", more="IsTruncated"),
    ),
    PlannedCall(
        service="s3control",
        operation="GetPublicAccessBlock",
        each="account",
        action="s3:GetAccountPublicAccessBlock",
        gives=("account_public_access_block",),
        takes={"AccountId": "id"},
        holds=("PublicAccessBlockConfiguration",),
        unset=frozenset({"NoSuchPublicAccessBlockConfiguration"}),
    ),
    # Keys. The reply to an alias, an id or an ARN has the ARN.
    PlannedCall(
        service="kms",
        operation="ListKeys",
        each="region",
        gives=("key",),
        needs=("ec2.DescribeRegions",),
        pages=Pages(("Keys",), "NextMarker", "Marker", "Truncated"),
        everything=True,
    ),
    PlannedCall(
        service="kms",
        operation="DescribeKey",
        each="key",
        gives=("key", "key.is_present"),
        takes={"KeyId": "id"},
        needs=TRAILS,
        gone=NO_KEY,
        holds=("KeyMetadata",),
    ),
    PlannedCall(
        service="kms",
        operation="ListAliases",
        each="aliased key",
        gives=("key_alias", "key.is_present"),
        takes={"KeyId": "arn"},
        needs=KEY,
        gone=NO_KEY,
        pages=Pages(("Aliases",), "NextMarker", "Marker", "Truncated"),
    ),
    PlannedCall(
        service="kms",
        operation="GetKeyPolicy",
        each="customer key",
        gives=("key.policy",),
        takes={"KeyId": "arn"},
        given={"PolicyName": "default"},
        needs=KEY,
        gone=NO_KEY,
        holds=("Policy",),
    ),
    # A key that is shared through RAM has a second policy, of this name.
    PlannedCall(
        service="kms",
        operation="GetKeyPolicy",
        each="customer key",
        gives=("key.policy",),
        takes={"KeyId": "arn"},
        given={"PolicyName": "AWS_RAM"},
        needs=KEY,
        unset=NO_KEY,
        holds=("Policy",),
    ),
    PlannedCall(
        service="kms",
        operation="GetKeyRotationStatus",
        each="customer key",
        gives=("key",),
        takes={"KeyId": "arn"},
        needs=KEY,
        unset=frozenset({"UnsupportedOperationException"}),
        gone=NO_KEY,
        holds=("KeyRotationEnabled",),
    ),
    PlannedCall(
        service="kms",
        operation="ListGrants",
        each="customer key",
        gives=("key_grant",),
        takes={"KeyId": "arn"},
        needs=KEY,
        gone=NO_KEY,
        pages=Pages(("Grants",), "NextMarker", "Marker", "Truncated"),
    ),
)
