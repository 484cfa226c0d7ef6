"""Buckets, with everything that other resources state about them.

Sources: Amazon S3 API Reference (one Get call a group of attributes), the AWS provider's
resources (split since 4.0, inline before) and the schema of AWS::S3::Bucket.
"""

from ctguard.model.kinds.attribute import (
    ANY,
    BOOL,
    COMPUTED,
    DOCUMENT,
    GENERATED,
    INTEGER,
    TEXT,
    TEXTS,
    Attribute,
    Kind,
    Known,
    Link,
    Part,
    Records,
    Spelling,
)

ON_OFF = {True: "Enabled", False: "Disabled", "true": "Enabled", "false": "Disabled"}
CANNED_ACLS = {
    "Private": "private",
    "PublicRead": "public-read",
    "PublicReadWrite": "public-read-write",
    "AuthenticatedRead": "authenticated-read",
    "AwsExecRead": "aws-exec-read",
    "BucketOwnerRead": "bucket-owner-read",
    "BucketOwnerFullControl": "bucket-owner-full-control",
    "LogDeliveryWrite": "log-delivery-write",
}
OFF = {False: None, "false": None}
OBJECT_LOCK = tuple(f"object_lock.{name}" for name in ("enabled", "mode", "days", "years", "default_event_hold"))
PUBLIC_ACCESS_FLAGS = ("block_public_acls", "ignore_public_acls", "block_public_policy", "restrict_public_buckets")


def _camel(name: str) -> str:
    return "".join(word.title() for word in name.split("_"))


def _days(value: object) -> object:
    # Provider 5 and 6 write 0 where nothing is set.
    return None if value in (0, "0") else value


EXPIRATION = (
    Attribute(
        "expiration_days",
        INTEGER,
        Spelling("expiration[0].days", _days),
        "ExpirationInDays",
        "Expiration.Days",
    ),
    Attribute("expiration_date", TEXT, "expiration[0].date", "ExpirationDate", "Expiration.Date"),
    Attribute(
        "noncurrent_days",
        INTEGER,
        (
            Spelling("noncurrent_version_expiration[0].noncurrent_days", _days),
            Spelling("noncurrent_version_expiration[0].days", _days),
        ),
        ("NoncurrentVersionExpiration.NoncurrentDays", "NoncurrentVersionExpirationInDays"),
        "NoncurrentVersionExpiration.NoncurrentDays",
    ),
)

LIFECYCLE_RULE = Records(
    (
        Attribute("id", TEXT, "id", "Id", "ID"),
        Attribute(
            "status",
            TEXT,
            ("status", Spelling("enabled", ON_OFF)),
            "Status",
            "Status",
            one_of=("Enabled", "Disabled"),
        ),
        Attribute(
            "prefix",
            TEXT,
            ("filter[0].prefix", "filter[0].and[0].prefix", "prefix"),
            ("Filter.Prefix", "Filter.And.Prefix", "Prefix"),
            ("Filter.Prefix", "Filter.And.Prefix", "Prefix"),
            default="",
        ),
        # A rule that selects by tag or size touches only some objects, and CloudTrail tags none.
        Attribute(
            "tags",
            ANY,
            ("filter[0].tag", "filter[0].and[0].tags", "tags"),
            "TagFilters",
            ("Filter.Tag", "Filter.And.Tags"),
        ),
        *EXPIRATION,
        Attribute(
            "transitions",
            Records(
                (
                    Attribute("days", INTEGER, "days", "TransitionInDays", "Days"),
                    Attribute("date", TEXT, "date", "TransitionDate", "Date"),
                    Attribute("storage_class", TEXT, "storage_class", "StorageClass", "StorageClass"),
                )
            ),
            "transition",
            ("Transitions", "Transition"),
            "Transitions",
            default=[],
        ),
    ),
    harmless=("NoncurrentVersionTransitions", "AbortIncompleteMultipartUpload"),
)

REPLICATION_RULE = Records(
    (
        Attribute("status", TEXT, "status", "Status", "Status", one_of=("Enabled", "Disabled")),
        Attribute("destination", TEXT, "destination[0].bucket", "Destination.Bucket", "Destination.Bucket"),
    ),
    harmless=(
        *("ID", "Priority", "Prefix", "Filter", "SourceSelectionCriteria", "ExistingObjectReplication"),
        "DeleteMarkerReplication",
    ),
)

GRANT = Records(
    (
        Attribute("grantee_uri", TEXT, ("grantee[0].uri", "uri"), "Grantee.URI", "Grantee.URI"),
        Attribute("grantee_id", TEXT, ("grantee[0].id", "id"), "Grantee.ID", "Grantee.ID"),
        Attribute("permissions", ANY, ("permission", "permissions"), "Permission", "Permission"),
    )
)

IN_CODE = {"terraform": True, "cloudformation": True}
"""What code declares will be there."""

NOTIFICATION = Records(
    (
        Attribute("target_arn", TEXT, ("queue_arn", "topic_arn"), ("Queue", "Topic"), ("QueueArn", "TopicArn")),
        Attribute("events", TEXTS, "events", Spelling("Event", lambda event: [event]), "Events", default=[]),
        Attribute("filter_prefix", TEXT, "filter_prefix", (), (), defaults={"cloudformation": None, "live": None}),
        Attribute("filter_suffix", TEXT, "filter_suffix", (), (), defaults={"cloudformation": None, "live": None}),
        Attribute("filter", ANY, (), "Filter", "Filter", defaults={"terraform": None}),
    ),
    harmless=("Id",),
)

BUCKET = Kind(
    name="bucket",
    title="S3 bucket",
    terraform=("aws_s3_bucket",),
    cloudformation=("AWS::S3::Bucket",),
    arn="arn:{partition}:s3:::{name}",
    attributes=(
        Attribute("name", TEXT, "bucket", "BucketName", "@name", default=GENERATED),
        Attribute("arn", TEXT, "arn", (), "@arn", default=GENERATED),
        # 404 says that it is not there, 403 that it is and somebody else's.
        Attribute("is_present", BOOL, api="@is_present", default=True, defaults=IN_CODE),
        # A stack never empties a bucket by itself.
        Attribute("force_destroy", BOOL, "force_destroy", (), default=False, defaults={"cloudformation": False}),
        Attribute(
            "policy",
            DOCUMENT,
            ("aws_s3_bucket_policy/policy", "policy"),
            "AWS::S3::BucketPolicy/PolicyDocument",
            "GetBucketPolicy:Policy",
        ),
        Attribute(
            "versioning.status",
            TEXT,
            (
                "aws_s3_bucket_versioning/versioning_configuration[0].status",
                Spelling("versioning[0].enabled", {**ON_OFF, False: "Suspended", "false": "Suspended"}),
            ),
            "VersioningConfiguration.Status",
            "GetBucketVersioning:Status",
            default="Disabled",
            one_of=("Enabled", "Suspended"),
        ),
        Attribute(
            "versioning.mfa_delete",
            TEXT,
            (
                # Optional and computed: what is not stated stays as AWS has it; only somebody with a device can set it.
                Spelling("aws_s3_bucket_versioning/versioning_configuration[0].mfa_delete", omitted=COMPUTED),
                Spelling("versioning[0].mfa_delete", ON_OFF),
            ),
            (),
            "GetBucketVersioning:MFADelete",
            default="Disabled",
            one_of=("Enabled", "Disabled"),
        ),
        Attribute(
            "encryption.sse_algorithm",
            TEXT,
            (
                "aws_s3_bucket_server_side_encryption_configuration/rule[0].apply_server_side_encryption_by_default[0].sse_algorithm",
                "server_side_encryption_configuration[0].rule[0].apply_server_side_encryption_by_default[0].sse_algorithm",
            ),
            "BucketEncryption.ServerSideEncryptionConfiguration[0].ServerSideEncryptionByDefault.SSEAlgorithm",
            "GetBucketEncryption:ServerSideEncryptionConfiguration.Rules[0].ApplyServerSideEncryptionByDefault.SSEAlgorithm",
            default="AES256",
            one_of=("AES256", "aws:kms", "aws:kms:dsse", "aws:fsx"),
        ),
        Attribute(
            "encryption.kms_master_key_id",
            TEXT,
            (
                "aws_s3_bucket_server_side_encryption_configuration/rule[0].apply_server_side_encryption_by_default[0].kms_master_key_id",
                "server_side_encryption_configuration[0].rule[0].apply_server_side_encryption_by_default[0].kms_master_key_id",
            ),
            "BucketEncryption.ServerSideEncryptionConfiguration[0].ServerSideEncryptionByDefault.KMSMasterKeyID",
            "GetBucketEncryption:ServerSideEncryptionConfiguration.Rules[0].ApplyServerSideEncryptionByDefault.KMSMasterKeyID",
        ),
        *(
            Attribute(
                f"public_access_block.{flag}",
                BOOL,
                f"aws_s3_bucket_public_access_block/{flag}",
                f"PublicAccessBlockConfiguration.{_camel(flag)}",
                f"GetPublicAccessBlock:PublicAccessBlockConfiguration.{_camel(flag)}",
                default=False,
                off_beside="aws_s3_bucket_acl",
            )
            for flag in PUBLIC_ACCESS_FLAGS
        ),
        Attribute(
            "logging.target_bucket",
            TEXT,
            ("aws_s3_bucket_logging/target_bucket", "logging[0].target_bucket"),
            "LoggingConfiguration.DestinationBucketName",
            "GetBucketLogging:LoggingEnabled.TargetBucket",
        ),
        # CloudFormation: a LoggingConfiguration without a destination logs into the bucket itself.
        Attribute(
            "logging.configuration",
            ANY,
            ("aws_s3_bucket_logging/target_bucket", "logging[0].target_bucket"),
            "LoggingConfiguration",
            "GetBucketLogging:LoggingEnabled",
        ),
        Attribute(
            "lifecycle_rules",
            LIFECYCLE_RULE,
            ("aws_s3_bucket_lifecycle_configuration/rule", "lifecycle_rule"),
            "LifecycleConfiguration.Rules",
            "GetBucketLifecycleConfiguration:Rules",
            default=[],
        ),
        Attribute(
            "object_lock.enabled",
            TEXT,
            (
                Spelling("aws_s3_bucket_object_lock_configuration/object_lock_enabled", omitted="Enabled"),
                "object_lock_configuration[0].object_lock_enabled",
                Spelling("object_lock_enabled", ON_OFF),
            ),
            ("ObjectLockConfiguration.ObjectLockEnabled", Spelling("ObjectLockEnabled", ON_OFF)),
            "GetObjectLockConfiguration:ObjectLockConfiguration.ObjectLockEnabled",
            default="Disabled",
            one_of=("Enabled",),
        ),
        *(
            Attribute(
                f"object_lock.{name}",
                kind,
                (
                    f"aws_s3_bucket_object_lock_configuration/rule[0].default_retention[0].{name}",
                    f"object_lock_configuration[0].rule[0].default_retention[0].{name}",
                ),
                f"ObjectLockConfiguration.Rule.DefaultRetention.{_camel(name)}",
                f"GetObjectLockConfiguration:ObjectLockConfiguration.Rule.DefaultRetention.{_camel(name)}",
                one_of=("GOVERNANCE", "COMPLIANCE") if name == "mode" else (),
            )
            for name, kind in (("mode", TEXT), ("days", INTEGER), ("years", INTEGER))
        ),
        Attribute(
            "object_lock.default_event_hold",
            ANY,
            (),
            "ObjectLockConfiguration.Rule.DefaultRetention.DefaultEventHold",
            "GetObjectLockConfiguration:ObjectLockConfiguration.Rule.DefaultRetention.DefaultEventHold",
        ),
        Attribute(
            "object_ownership",
            TEXT,
            "aws_s3_bucket_ownership_controls/rule[0].object_ownership",
            "OwnershipControls.Rules[0].ObjectOwnership",
            "GetBucketOwnershipControls:OwnershipControls.Rules[0].ObjectOwnership",
            off_beside="aws_s3_bucket_acl",
            one_of=("BucketOwnerPreferred", "ObjectWriter", "BucketOwnerEnforced"),
        ),
        # An account shows the grants that came of it.
        Attribute(
            "acl",
            TEXT,
            ("aws_s3_bucket_acl/acl", "acl"),
            Spelling("AccessControl", CANNED_ACLS),
            default="private",
            defaults={"live": "private"},
        ),
        Attribute(
            "grants",
            GRANT,
            ("aws_s3_bucket_acl/access_control_policy[0].grant", "grant"),
            (),
            "GetBucketAcl:Grants",
            default=[],
            defaults={"cloudformation": []},
        ),
        Attribute(
            "notification",
            ANY,
            (
                "aws_s3_bucket_notification/topic",
                "aws_s3_bucket_notification/queue",
                "aws_s3_bucket_notification/lambda_function",
                Spelling("aws_s3_bucket_notification/eventbridge", OFF),
            ),
            "NotificationConfiguration",
            tuple(
                f"GetBucketNotificationConfiguration:{channel}"
                for channel in (
                    *("TopicConfigurations", "QueueConfigurations", "LambdaFunctionConfigurations"),
                    "EventBridgeConfiguration",
                )
            ),
        ),
        Attribute(
            "queue_notifications",
            NOTIFICATION,
            "aws_s3_bucket_notification/queue",
            "NotificationConfiguration.QueueConfigurations",
            "GetBucketNotificationConfiguration:QueueConfigurations",
            default=[],
        ),
        Attribute(
            "topic_notifications",
            NOTIFICATION,
            "aws_s3_bucket_notification/topic",
            "NotificationConfiguration.TopicConfigurations",
            "GetBucketNotificationConfiguration:TopicConfigurations",
            default=[],
        ),
        Attribute(
            "replication_rules",
            REPLICATION_RULE,
            ("aws_s3_bucket_replication_configuration/rule", "replication_configuration[0].rules"),
            "ReplicationConfiguration.Rules",
            "GetBucketReplication:ReplicationConfiguration.Rules",
            default=[],
        ),
        Attribute(
            "website",
            ANY,
            ("aws_s3_bucket_website_configuration/bucket", "website"),
            "WebsiteConfiguration",
            ("GetBucketWebsite:IndexDocument", "GetBucketWebsite:RedirectAllRequestsTo"),
        ),
        Attribute("deletion.prevent_destroy", BOOL, "@prevent_destroy", (), default=False),
        # Terraform cannot delete a bucket that holds objects, unless force_destroy lets it.
        Attribute("deletion.policy", TEXT, (), "@DeletionPolicy", default="Delete", defaults={"terraform": "Retain"}),
    ),
    parts=(
        Part("aws_s3_bucket_policy", "bucket"),
        Part("aws_s3_bucket_versioning", "bucket"),
        Part("aws_s3_bucket_server_side_encryption_configuration", "bucket"),
        Part("aws_s3_bucket_public_access_block", "bucket"),
        Part("aws_s3_bucket_logging", "bucket"),
        Part("aws_s3_bucket_lifecycle_configuration", "bucket"),
        Part("aws_s3_bucket_object_lock_configuration", "bucket"),
        Part("aws_s3_bucket_ownership_controls", "bucket"),
        Part("aws_s3_bucket_acl", "bucket"),
        Part("aws_s3_bucket_notification", "bucket"),
        Part("aws_s3_bucket_replication_configuration", "bucket"),
        Part("aws_s3_bucket_website_configuration", "bucket"),
        Part("AWS::S3::BucketPolicy", "Bucket"),
    ),
    known=(
        Known("GetBucketVersioning:", ("versioning.status", "versioning.mfa_delete")),
        Known("GetObjectLockConfiguration:ObjectLockConfiguration", OBJECT_LOCK),
        Known("GetObjectLockConfiguration:ObjectLockConfiguration.Rule", OBJECT_LOCK),
        Known("GetObjectLockConfiguration:ObjectLockConfiguration.Rule.DefaultRetention", OBJECT_LOCK),
    ),
    links=(
        Link("access_log_bucket", to="bucket", by="logging.target_bucket", keys=("name",)),
        Link("access_log_sources", to="bucket", inverse="access_log_bucket"),
        Link("account_public_access_blocks", to="account_public_access_block"),
        Link("organization_policies", to="organization_policy"),
        Link("trails", to="trail", inverse="bucket"),
        Link("key", to="key", by="encryption.kms_master_key_id", keys=("arn", "key_id")),
    ),
)
