"""SNS topics and their subscriptions.

Sources: Amazon SNS API Reference (GetTopicAttributes, ListSubscriptionsByTopic, GetSubscriptionAttributes),
the AWS provider's aws_sns_* resources, the schemas of AWS::SNS::Topic, TopicPolicy, TopicInlinePolicy, Subscription.
"""

from ctguard.model.kinds.attribute import ANY, BOOL, DOCUMENT, GENERATED, TEXT, Attribute, Kind, Link, Part, Records

SUBSCRIPTION_FIELDS = (
    Attribute("protocol", TEXT, "protocol", "Protocol", "ListSubscriptionsByTopic:Subscriptions[]/Protocol"),
    Attribute("endpoint", TEXT, "endpoint", "Endpoint", "ListSubscriptionsByTopic:Subscriptions[]/Endpoint"),
    Attribute(
        "filter_policy", ANY, "filter_policy", "FilterPolicy", "GetSubscriptionAttributes:Attributes.FilterPolicy"
    ),
)

TOPIC = Kind(
    name="topic",
    title="SNS topic",
    terraform=("aws_sns_topic",),
    cloudformation=("AWS::SNS::Topic",),
    arn="arn:{partition}:sns:{region}:{account}:{name}",
    attributes=(
        Attribute("name", TEXT, "name", "TopicName", "@name", default=GENERATED),
        Attribute("arn", TEXT, ("arn", "id"), (), "@arn", default=GENERATED),
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
        Attribute(
            "kms_master_key_id",
            TEXT,
            "kms_master_key_id",
            "KmsMasterKeyId",
            "GetTopicAttributes:Attributes.KmsMasterKeyId",
        ),
        Attribute(
            "policy",
            DOCUMENT,
            ("aws_sns_topic_policy/policy", "policy"),
            ("AWS::SNS::TopicPolicy/PolicyDocument", "AWS::SNS::TopicInlinePolicy/PolicyDocument"),
            "GetTopicAttributes:Attributes.Policy",
        ),
        # Only a template can write subscriptions inside the topic; all others are resources of their own.
        Attribute(
            "subscription",
            Records(SUBSCRIPTION_FIELDS),
            (),
            "Subscription",
            default=[],
            defaults={"terraform": [], "live": []},
        ),
    ),
    parts=(
        Part("aws_sns_topic_policy", "arn"),
        Part("AWS::SNS::TopicPolicy", "Topics[]"),
        Part("AWS::SNS::TopicInlinePolicy", "TopicArn"),
    ),
    links=(
        Link("key", to="key", by="kms_master_key_id", keys=("arn", "key_id")),
        Link("subscriptions", to="subscription", inverse="topic"),
        Link("trails", to="trail", inverse="topic"),
    ),
)

SUBSCRIPTION = Kind(
    name="subscription",
    title="SNS subscription",
    terraform=("aws_sns_topic_subscription",),
    cloudformation=("AWS::SNS::Subscription",),
    attributes=(
        Attribute(
            "arn",
            TEXT,
            ("arn", "id"),
            (),
            "ListSubscriptionsByTopic:Subscriptions[]/SubscriptionArn",
            default=GENERATED,
        ),
        Attribute("topic_arn", TEXT, "topic_arn", "TopicArn", "ListSubscriptionsByTopic:Subscriptions[]/TopicArn"),
        *SUBSCRIPTION_FIELDS,
        # Only an account can show that nobody has confirmed it yet.
        Attribute(
            "pending_confirmation",
            BOOL,
            "pending_confirmation",
            (),
            "GetSubscriptionAttributes:Attributes.PendingConfirmation",
            default=False,
            always_told=True,
            defaults={"cloudformation": False},
        ),
    ),
    links=(Link("topic", to="topic", by="topic_arn", keys=("arn",)),),
)
