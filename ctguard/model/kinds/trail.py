"""Trails and event data stores.

Sources: CloudTrail API Reference (DescribeTrails, GetTrailStatus, GetEventSelectors,
GetInsightSelectors, GetEventDataStore, GetResourcePolicy), the AWS provider's and CloudFormation's resource schemas.
"""

from ctguard.model.kinds.attribute import (
    BOOL,
    DOCUMENT,
    GENERATED,
    INTEGER,
    MAP,
    TEXT,
    TEXTS,
    Attribute,
    Kind,
    Link,
    Part,
    Records,
    Spelling,
)


def _camel(name: str) -> str:
    return "".join(word.title() for word in name.split("_"))


FIELD_SELECTOR = Records(
    (
        Attribute("field", TEXT, "field", "Field", "Field"),
        *(
            Attribute(operator, TEXTS, operator, _camel(operator), _camel(operator), default=[])
            for operator in ("equals", "not_equals", "starts_with", "not_starts_with", "ends_with", "not_ends_with")
        ),
    ),
    harmless=(),
)

ADVANCED_EVENT_SELECTOR = Records(
    (
        Attribute("name", TEXT, "name", "Name", "Name"),
        Attribute("field_selectors", FIELD_SELECTOR, "field_selector", "FieldSelectors", "FieldSelectors", default=[]),
    ),
    harmless=(),
)

EVENT_SELECTOR = Records(
    (
        Attribute(
            "read_write_type",
            TEXT,
            "read_write_type",
            "ReadWriteType",
            "ReadWriteType",
            default="All",
            one_of=("All", "ReadOnly", "WriteOnly"),
        ),
        Attribute(
            "include_management_events",
            BOOL,
            "include_management_events",
            "IncludeManagementEvents",
            "IncludeManagementEvents",
            default=True,
        ),
        Attribute(
            "exclude_management_event_sources",
            TEXTS,
            "exclude_management_event_sources",
            "ExcludeManagementEventSources",
            "ExcludeManagementEventSources",
            default=[],
        ),
        Attribute(
            "data_resources",
            Records(
                (
                    Attribute("type", TEXT, "type", "Type", "Type"),
                    Attribute("values", TEXTS, "values", "Values", "Values", default=[]),
                ),
                harmless=(),
            ),
            "data_resource",
            "DataResources",
            "DataResources",
            default=[],
        ),
    ),
    harmless=(),
)

DELIVERY_HEALTH = tuple(
    Attribute(name, TEXT, api=f"GetTrailStatus:{field}")
    for name, field in (
        ("start_logging_time", "StartLoggingTime"),
        ("stop_logging_time", "StopLoggingTime"),
        ("latest_delivery_time", "LatestDeliveryTime"),
        ("latest_delivery_error", "LatestDeliveryError"),
        ("latest_digest_delivery_time", "LatestDigestDeliveryTime"),
        ("latest_digest_delivery_error", "LatestDigestDeliveryError"),
        ("latest_cloud_watch_logs_delivery_time", "LatestCloudWatchLogsDeliveryTime"),
        ("latest_cloud_watch_logs_delivery_error", "LatestCloudWatchLogsDeliveryError"),
        ("latest_notification_time", "LatestNotificationTime"),
        ("latest_notification_error", "LatestNotificationError"),
    )
)
"""How deliveries fare; times are ISO 8601. Seen in accounts only."""

LOG_VERIFICATION = (
    Attribute("log_verification.status", TEXT, api="VerifyLogs:status"),
    Attribute("log_verification.start", TEXT, api="VerifyLogs:window.start"),
    Attribute("log_verification.end", TEXT, api="VerifyLogs:window.end"),
    Attribute(
        "log_verification.findings",
        Records(
            tuple(
                Attribute(name, TEXT, api=name)
                for name in ("kind", "object", "start", "end", "account_id", "region", "detail")
            )
        ),
        api="VerifyLogs:findings",
        default=[],
    ),
    Attribute(
        "log_verification.tamper_events",
        Records(
            tuple(
                Attribute(name, TEXT, api=name)
                for name in ("time", "event_name", "actor", "source_ip", "region", "error_code", "concerns")
            )
        ),
        api="VerifyLogs:tamper_events",
        default=[],
    ),
)
"""What the verification of the delivered files came to, where an audit ran one (`ctguard logs verify`)."""

TRAIL = Kind(
    name="trail",
    title="CloudTrail trail",
    terraform=("aws_cloudtrail",),
    cloudformation=("AWS::CloudTrail::Trail",),
    arn="arn:{partition}:cloudtrail:{region}:{account}:trail/{name}",
    attributes=(
        Attribute("name", TEXT, "name", "TrailName", "DescribeTrails:trailList[]/Name", default=GENERATED),
        Attribute("arn", TEXT, "arn", (), "DescribeTrails:trailList[]/TrailARN", default=GENERATED),
        Attribute(
            "home_region",
            TEXT,
            ("home_region", "@region"),
            "@region",
            "DescribeTrails:trailList[]/HomeRegion",
            default=GENERATED,
        ),
        Attribute(
            "is_multi_region_trail",
            BOOL,
            "is_multi_region_trail",
            "IsMultiRegionTrail",
            "DescribeTrails:trailList[]/IsMultiRegionTrail",
            default=False,
            always_told=True,
        ),
        Attribute(
            "is_organization_trail",
            BOOL,
            "is_organization_trail",
            "IsOrganizationTrail",
            "DescribeTrails:trailList[]/IsOrganizationTrail",
            default=False,
            always_told=True,
        ),
        Attribute(
            "include_global_service_events",
            BOOL,
            "include_global_service_events",
            "IncludeGlobalServiceEvents",
            "DescribeTrails:trailList[]/IncludeGlobalServiceEvents",
            default=True,
            always_told=True,
        ),
        Attribute(
            "log_file_validation_enabled",
            BOOL,
            "enable_log_file_validation",
            "EnableLogFileValidation",
            "DescribeTrails:trailList[]/LogFileValidationEnabled",
            default=False,
        ),
        # CloudFormation requires IsLogging; a trail that the bare API makes does not log until StartLogging.
        Attribute(
            "is_logging",
            BOOL,
            "enable_logging",
            "IsLogging",
            "GetTrailStatus:IsLogging",
            default=True,
            always_told=True,
            defaults={"cloudformation": False},
        ),
        Attribute("s3_bucket_name", TEXT, "s3_bucket_name", "S3BucketName", "DescribeTrails:trailList[]/S3BucketName"),
        Attribute("s3_key_prefix", TEXT, "s3_key_prefix", "S3KeyPrefix", "DescribeTrails:trailList[]/S3KeyPrefix"),
        Attribute("kms_key_id", TEXT, "kms_key_id", "KMSKeyId", "DescribeTrails:trailList[]/KmsKeyId"),
        Attribute("sns_topic", TEXT, "sns_topic_name", "SnsTopicName", "DescribeTrails:trailList[]/SnsTopicARN"),
        Attribute(
            "cloud_watch_logs_log_group_arn",
            TEXT,
            "cloud_watch_logs_group_arn",
            "CloudWatchLogsLogGroupArn",
            "DescribeTrails:trailList[]/CloudWatchLogsLogGroupArn",
        ),
        Attribute(
            "cloud_watch_logs_role_arn",
            TEXT,
            "cloud_watch_logs_role_arn",
            "CloudWatchLogsRoleArn",
            "DescribeTrails:trailList[]/CloudWatchLogsRoleArn",
        ),
        Attribute(
            "event_selectors",
            EVENT_SELECTOR,
            "event_selector",
            "EventSelectors",
            "GetEventSelectors:EventSelectors",
            default=[],
        ),
        Attribute(
            "advanced_event_selectors",
            ADVANCED_EVENT_SELECTOR,
            "advanced_event_selector",
            "AdvancedEventSelectors",
            "GetEventSelectors:AdvancedEventSelectors",
            default=[],
        ),
        Attribute(
            "insight_selectors",
            Records(
                (
                    Attribute("insight_type", TEXT, "insight_type", "InsightType", "InsightType"),
                    # Terraform cannot say it and leaves AWS's default.
                    Attribute(
                        "event_categories",
                        TEXTS,
                        "event_categories",
                        "EventCategories",
                        "EventCategories",
                        default=["Management"],
                    ),
                ),
                harmless=(),
            ),
            "insight_selector",
            "InsightSelectors",
            "GetInsightSelectors:InsightSelectors",
            default=[],
        ),
        # Neither Terraform nor CloudFormation can say it, so that code leaves AWS's default.
        Attribute(
            "recursive_logging",
            BOOL,
            (),
            (),
            "DescribeTrails:trailList[]/RecursiveLogging",
            default=True,
            defaults={"terraform": True, "cloudformation": True},
        ),
        Attribute("tags", MAP, ("tags_all", "tags"), "Tags", "ListTags:ResourceTagList[]/TagsList", default={}),
        *DELIVERY_HEALTH,
        *LOG_VERIFICATION,
        # The accounts below whose folder (AWSLogs/ORGANIZATION/ACCOUNT/) the bucket holds files of the trail.
        Attribute("delivered_accounts", TEXTS, api="@delivered_accounts"),
    ),
    links=(
        Link("bucket", to="bucket", by="s3_bucket_name", keys=("name",)),
        Link("key", to="key", by="kms_key_id", keys=("arn", "key_id")),
        Link("topic", to="topic", by="sns_topic", keys=("arn", "name")),
        Link("log_group", to="log_group", by="cloud_watch_logs_log_group_arn", keys=("arn",)),
        Link("role", to="role", by="cloud_watch_logs_role_arn", keys=("arn",)),
    ),
)

INGESTING, STOPPED = "ENABLED", "STOPPED_INGESTION"

EVENT_DATA_STORE = Kind(
    name="event_data_store",
    title="CloudTrail Lake event data store",
    terraform=("aws_cloudtrail_event_data_store",),
    cloudformation=("AWS::CloudTrail::EventDataStore",),
    attributes=(
        Attribute("name", TEXT, "name", "Name", "GetEventDataStore:Name", default=GENERATED),
        Attribute("arn", TEXT, ("arn", "id"), (), "@arn", default=GENERATED),
        Attribute(
            "multi_region_enabled",
            BOOL,
            "multi_region_enabled",
            "MultiRegionEnabled",
            "GetEventDataStore:MultiRegionEnabled",
            default=True,
        ),
        Attribute(
            "organization_enabled",
            BOOL,
            "organization_enabled",
            "OrganizationEnabled",
            "GetEventDataStore:OrganizationEnabled",
            default=False,
        ),
        # 366 days with extendable pricing, the default of the API; the provider's own default is 2555.
        Attribute(
            "retention_period",
            INTEGER,
            "retention_period",
            "RetentionPeriod",
            "GetEventDataStore:RetentionPeriod",
            default=366,
            defaults={"terraform": 2555},
        ),
        Attribute(
            "termination_protection_enabled",
            BOOL,
            "termination_protection_enabled",
            "TerminationProtectionEnabled",
            "GetEventDataStore:TerminationProtectionEnabled",
            default=True,
        ),
        Attribute("kms_key_id", TEXT, "kms_key_id", "KmsKeyId", "GetEventDataStore:KmsKeyId"),
        Attribute(
            "status",
            TEXT,
            Spelling("suspend", {True: STOPPED, False: INGESTING, "true": STOPPED, "false": INGESTING}),
            Spelling("IngestionEnabled", {False: STOPPED, True: INGESTING, "false": STOPPED, "true": INGESTING}),
            "GetEventDataStore:Status",
            default=INGESTING,
        ),
        # Terraform has no way to give a store a policy, so what it makes has none.
        Attribute(
            "policy",
            DOCUMENT,
            (),
            "AWS::CloudTrail::ResourcePolicy/ResourcePolicy",
            "GetResourcePolicy:ResourcePolicy",
            defaults={"terraform": None},
        ),
        Attribute(
            "advanced_event_selectors",
            ADVANCED_EVENT_SELECTOR,
            "advanced_event_selector",
            "AdvancedEventSelectors",
            "GetEventDataStore:AdvancedEventSelectors",
            default=[],
        ),
    ),
    parts=(Part("AWS::CloudTrail::ResourcePolicy", "ResourceArn"),),
    links=(Link("key", to="key", by="kms_key_id", keys=("arn", "key_id")),),
)
