"""How log events leave an account: queues, subscriptions to log groups, and what somebody declares of them.

Sources: Amazon SQS API Reference (GetQueueAttributes), CloudWatch Logs API Reference (DescribeSubscriptionFilters),
the AWS provider's aws_sqs_queue, aws_sqs_queue_policy and aws_cloudwatch_log_subscription_filter, the schemas of
AWS::SQS::Queue, AWS::SQS::QueuePolicy and AWS::Logs::SubscriptionFilter.
"""

from ctguard.model.kinds.attribute import BOOL, DOCUMENT, GENERATED, TEXT, TEXTS, Attribute, Kind, Link, Part

QUEUE = Kind(
    name="queue",
    title="SQS queue",
    terraform=("aws_sqs_queue",),
    cloudformation=("AWS::SQS::Queue",),
    arn="arn:{partition}:sqs:{region}:{account}:{name}",
    attributes=(
        Attribute("name", TEXT, "name", "QueueName", "@name", default=GENERATED),
        Attribute("arn", TEXT, "arn", (), "GetQueueAttributes:Attributes.QueueArn", default=GENERATED),
        Attribute(
            "policy",
            DOCUMENT,
            ("aws_sqs_queue_policy/policy", "policy"),
            "AWS::SQS::QueuePolicy/PolicyDocument",
            "GetQueueAttributes:Attributes.Policy",
        ),
        Attribute(
            "kms_master_key_id",
            TEXT,
            "kms_master_key_id",
            "KmsMasterKeyId",
            "GetQueueAttributes:Attributes.KmsMasterKeyId",
        ),
    ),
    parts=(Part("aws_sqs_queue_policy", "queue_url"), Part("AWS::SQS::QueuePolicy", "Queues[]")),
    links=(Link("key", to="key", by="kms_master_key_id", keys=("arn", "key_id")),),
)

LOG_SUBSCRIPTION = Kind(
    name="log_subscription",
    title="CloudWatch Logs subscription filter",
    terraform=("aws_cloudwatch_log_subscription_filter",),
    cloudformation=("AWS::Logs::SubscriptionFilter",),
    attributes=(
        Attribute("name", TEXT, "name", "FilterName", "DescribeSubscriptionFilters:subscriptionFilters[]/filterName"),
        Attribute(
            "log_group_name",
            TEXT,
            "log_group_name",
            "LogGroupName",
            "DescribeSubscriptionFilters:subscriptionFilters[]/logGroupName",
        ),
        Attribute(
            "destination_arn",
            TEXT,
            "destination_arn",
            "DestinationArn",
            "DescribeSubscriptionFilters:subscriptionFilters[]/destinationArn",
        ),
        Attribute(
            "filter_pattern",
            TEXT,
            "filter_pattern",
            "FilterPattern",
            "DescribeSubscriptionFilters:subscriptionFilters[]/filterPattern",
        ),
        Attribute(
            "field_selection_criteria",
            TEXT,
            (),
            "FieldSelectionCriteria",
            "DescribeSubscriptionFilters:subscriptionFilters[]/fieldSelectionCriteria",
            defaults={"terraform": None},
        ),
        Attribute(
            "apply_on_transformed_logs",
            BOOL,
            "apply_on_transformed_logs",
            "ApplyOnTransformedLogs",
            "DescribeSubscriptionFilters:subscriptionFilters[]/applyOnTransformedLogs",
            default=False,
        ),
    ),
    links=(Link("log_group", to="log_group", by="log_group_name", keys=("name", "arn")),),
)

EXTERNAL_MONITOR = Kind(
    name="external_monitor",
    title="declared monitoring",
    terraform=(),
    cloudformation=(),
    attributes=(
        Attribute("name", TEXT, default=GENERATED),
        Attribute("rules", TEXTS, default=[]),
        Attribute("by", TEXT),
        Attribute("reason", TEXT),
        # By what the events leave: each an ARN, or the address of what the input declares.
        Attribute("queue", TEXT),
        Attribute("subscriber", TEXT),
        Attribute("reader", TEXT),
        Attribute("destination", TEXT),
    ),
    links=(
        Link("queue", to="queue", by="queue", keys=("arn", "name")),
        Link("reader", to="role", by="reader", keys=("arn", "name")),
    ),
)
"""No input states it: a run makes it of what the configuration declares."""
