"""Log groups, metric filters and alarms.

Sources: CloudWatch Logs API Reference (DescribeLogGroups, DescribeMetricFilters), CloudWatch API
Reference (DescribeAlarms), the aws_cloudwatch_* resources of the AWS provider, the schemas of AWS::Logs::* and
AWS::CloudWatch::*.
"""

from ctguard.model.kinds.attribute import (
    ANY,
    BOOL,
    DOCUMENT,
    GENERATED,
    INTEGER,
    MAP,
    NUMBER,
    TEXT,
    TEXTS,
    Attribute,
    Kind,
    Known,
    Link,
    Part,
    Records,
)

LOG_GROUP = Kind(
    name="log_group",
    title="CloudWatch Logs log group",
    terraform=("aws_cloudwatch_log_group",),
    cloudformation=("AWS::Logs::LogGroup",),
    arn="arn:{partition}:logs:{region}:{account}:log-group:{name}",
    attributes=(
        Attribute("name", TEXT, "name", "LogGroupName", "@name", default=GENERATED),
        Attribute("arn", TEXT, "arn", (), "@arn", default=GENERATED),
        # Code makes what it declares; only an account can show that nothing bears a name.
        Attribute(
            "is_present",
            BOOL,
            (),
            (),
            "@is_present",
            default=True,
            defaults={"terraform": True, "cloudformation": True},
        ),
        # An account knows: 0 or nothing means that events never expire. Code that does not say it leaves it to
        # whatever policy the account has for all its groups (RETENTION_POLICY), so there nothing is nothing.
        Attribute(
            "retention_in_days",
            INTEGER,
            "retention_in_days",
            "RetentionInDays",
            "DescribeLogGroups:logGroups[]/retentionInDays",
            default=0,
            defaults={"terraform": None, "cloudformation": None},
        ),
        Attribute("kms_key_id", TEXT, "kms_key_id", "KmsKeyId", "DescribeLogGroups:logGroups[]/kmsKeyId"),
        Attribute(
            "log_group_class",
            TEXT,
            "log_group_class",
            "LogGroupClass",
            "DescribeLogGroups:logGroups[]/logGroupClass",
            default="STANDARD",
            one_of=("STANDARD", "INFREQUENT_ACCESS", "DELIVERY", "ESSENTIALS"),
        ),
        Attribute(
            "deletion_protection_enabled",
            BOOL,
            "deletion_protection_enabled",
            "DeletionProtectionEnabled",
            "DescribeLogGroups:logGroups[]/deletionProtectionEnabled",
            default=False,
        ),
        # What it masks, no filter can be relied on to see.
        Attribute(
            "data_protection_policy",
            ANY,
            "aws_cloudwatch_log_data_protection_policy/policy_document",
            "DataProtectionPolicy",
            "GetDataProtectionPolicy:policyDocument",
        ),
        Attribute(
            "transformer",
            ANY,
            "aws_cloudwatch_log_transformer/transformer_config",
            "AWS::Logs::Transformer/TransformerConfig",
            "GetTransformer:transformerConfig",
        ),
        # Whoever holds such a token writes log events, whatever the roles and policies say.
        Attribute(
            "bearer_token_authentication_enabled",
            BOOL,
            (),
            "BearerTokenAuthenticationEnabled",
            "DescribeLogGroups:logGroups[]/bearerTokenAuthenticationEnabled",
            default=False,
        ),
        # All that are in force in the group's account and region; one may be attached to another (`resource_arn`).
        Attribute(
            "resource_policies",
            Records(
                (
                    Attribute("policy_name", TEXT, api="policyName"),
                    Attribute("policy_document", DOCUMENT, api="policyDocument"),
                    Attribute("resource_arn", TEXT, api="resourceArn"),
                ),
                harmless=("lastUpdatedTime", "policyScope", "revisionId"),
            ),
            api="DescribeResourcePolicies:resourcePolicies",
            default=[],
        ),
    ),
    known=(
        Known(
            "DescribeLogGroups:logGroups[]/",
            ("log_group_class", "data_protection_policy", "transformer", "retention_in_days"),
            (
                *("logGroupName", "arn", "logGroupArn", "creationTime", "metricFilterCount", "storedBytes"),
                *("dataProtectionStatus", "inheritedProperties", "retentionPolicyName"),
            ),
        ),
    ),
    parts=(
        Part("aws_cloudwatch_log_data_protection_policy", "log_group_name"),
        Part("aws_cloudwatch_log_transformer", "log_group_arn"),
        Part("AWS::Logs::Transformer", "LogGroupIdentifier"),
    ),
    links=(
        Link("key", to="key", by="kms_key_id", keys=("arn", "key_id")),
        Link("trails", to="trail", inverse="log_group"),
        Link("metric_filters", to="metric_filter", inverse="log_group"),
    ),
)

METRIC_FILTER = Kind(
    name="metric_filter",
    title="Metric filter",
    terraform=("aws_cloudwatch_log_metric_filter",),
    cloudformation=("AWS::Logs::MetricFilter",),
    attributes=(
        Attribute(
            "name", TEXT, "name", "FilterName", "DescribeMetricFilters:metricFilters[]/filterName", default=GENERATED
        ),
        Attribute(
            "log_group_name",
            TEXT,
            "log_group_name",
            "LogGroupName",
            "DescribeMetricFilters:metricFilters[]/logGroupName",
        ),
        Attribute(
            "filter_pattern", TEXT, "pattern", "FilterPattern", "DescribeMetricFilters:metricFilters[]/filterPattern"
        ),
        Attribute(
            "apply_on_transformed_logs",
            BOOL,
            "apply_on_transformed_logs",
            "ApplyOnTransformedLogs",
            "DescribeMetricFilters:metricFilters[]/applyOnTransformedLogs",
            default=False,
        ),
        Attribute(
            "field_selection_criteria",
            TEXT,
            (),
            "FieldSelectionCriteria",
            "DescribeMetricFilters:metricFilters[]/fieldSelectionCriteria",
            defaults={"terraform": None},
        ),
        Attribute(
            "metric_transformations",
            Records(
                (
                    Attribute("metric_name", TEXT, "name", "MetricName", "metricName"),
                    Attribute("metric_namespace", TEXT, "namespace", "MetricNamespace", "metricNamespace"),
                    Attribute("metric_value", TEXT, "value", "MetricValue", "metricValue"),
                    Attribute("default_value", NUMBER, "default_value", "DefaultValue", "defaultValue"),
                    Attribute("dimensions", ANY, "dimensions", "Dimensions", "dimensions"),
                ),
                harmless=("unit",),
            ),
            "metric_transformation",
            "MetricTransformations",
            "DescribeMetricFilters:metricFilters[]/metricTransformations",
            default=[],
        ),
    ),
    known=(
        Known(
            "DescribeMetricFilters:metricFilters[]/",
            ("filter_pattern", "field_selection_criteria", "apply_on_transformed_logs", "metric_transformations"),
            ("creationTime", "emitSystemFieldDimensions"),
        ),
    ),
    links=(Link("log_group", to="log_group", by="log_group_name", keys=("name", "arn")),),
)

ALARM = Kind(
    name="alarm",
    title="CloudWatch alarm",
    terraform=("aws_cloudwatch_metric_alarm",),
    cloudformation=("AWS::CloudWatch::Alarm",),
    arn="arn:{partition}:cloudwatch:{region}:{account}:alarm:{name}",
    attributes=(
        Attribute(
            "name", TEXT, "alarm_name", "AlarmName", "DescribeAlarms:MetricAlarms[]/AlarmName", default=GENERATED
        ),
        Attribute("arn", TEXT, "arn", (), "DescribeAlarms:MetricAlarms[]/AlarmArn", default=GENERATED),
        Attribute("metric_name", TEXT, "metric_name", "MetricName", "DescribeAlarms:MetricAlarms[]/MetricName"),
        Attribute("namespace", TEXT, "namespace", "Namespace", "DescribeAlarms:MetricAlarms[]/Namespace"),
        Attribute("statistic", TEXT, "statistic", "Statistic", "DescribeAlarms:MetricAlarms[]/Statistic"),
        Attribute(
            "extended_statistic",
            TEXT,
            "extended_statistic",
            "ExtendedStatistic",
            "DescribeAlarms:MetricAlarms[]/ExtendedStatistic",
        ),
        Attribute("period", INTEGER, "period", "Period", "DescribeAlarms:MetricAlarms[]/Period"),
        Attribute(
            "evaluation_periods",
            INTEGER,
            "evaluation_periods",
            "EvaluationPeriods",
            "DescribeAlarms:MetricAlarms[]/EvaluationPeriods",
        ),
        Attribute(
            "datapoints_to_alarm",
            INTEGER,
            "datapoints_to_alarm",
            "DatapointsToAlarm",
            "DescribeAlarms:MetricAlarms[]/DatapointsToAlarm",
        ),
        Attribute("threshold", NUMBER, "threshold", "Threshold", "DescribeAlarms:MetricAlarms[]/Threshold"),
        Attribute(
            "comparison_operator",
            TEXT,
            "comparison_operator",
            "ComparisonOperator",
            "DescribeAlarms:MetricAlarms[]/ComparisonOperator",
        ),
        Attribute(
            "actions_enabled",
            BOOL,
            "actions_enabled",
            "ActionsEnabled",
            "DescribeAlarms:MetricAlarms[]/ActionsEnabled",
            default=True,
        ),
        Attribute(
            "alarm_actions",
            TEXTS,
            "alarm_actions",
            "AlarmActions",
            "DescribeAlarms:MetricAlarms[]/AlarmActions",
            default=[],
        ),
        Attribute(
            "treat_missing_data",
            TEXT,
            "treat_missing_data",
            "TreatMissingData",
            "DescribeAlarms:MetricAlarms[]/TreatMissingData",
            default="missing",
        ),
        Attribute("dimensions", ANY, "dimensions", "Dimensions", "DescribeAlarms:MetricAlarms[]/Dimensions"),
        Attribute("metrics", ANY, "metric_query", "Metrics", "DescribeAlarms:MetricAlarms[]/Metrics", default=[]),
        Attribute(
            "evaluation_criteria",
            MAP,
            "evaluation_criteria[0]",
            "EvaluationCriteria",
            "DescribeAlarms:MetricAlarms[]/EvaluationCriteria",
        ),
        Attribute(
            "evaluation_window",
            ANY,
            "evaluation_window",
            "EvaluationWindow",
            "DescribeAlarms:MetricAlarms[]/EvaluationWindow",
        ),
    ),
    known=(
        Known(
            "DescribeAlarms:MetricAlarms[]/",
            ("evaluation_criteria", "actions_enabled", "alarm_actions"),
            (
                *("AlarmDescription", "AlarmConfigurationUpdatedTimestamp", "OKActions", "InsufficientDataActions"),
                *(
                    "StateValue",
                    "StateReason",
                    "StateReasonData",
                    "StateUpdatedTimestamp",
                    "StateTransitionedTimestamp",
                ),
                *("EvaluationState", "EvaluateLowSampleCountPercentile", "ThresholdMetricId"),
            ),
        ),
    ),
    links=(
        Link("action_topics", to="topic", by="alarm_actions", keys=("arn",)),
        Link("metric_filters", to="metric_filter"),
        Link("composite_alarms", to="composite_alarm"),
        Link("mute_rules", to="alarm_mute_rule", inverse="alarms"),
    ),
)
