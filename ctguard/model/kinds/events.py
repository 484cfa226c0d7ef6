"""EventBridge rules and their targets.

Sources: Amazon EventBridge API Reference (ListRules, ListTargetsByRule), the AWS provider's aws_cloudwatch_event_rule
and aws_cloudwatch_event_target, the schema of AWS::Events::Rule.
"""

from ctguard.model.kinds.attribute import DOCUMENT, GENERATED, TEXT, TEXTS, Attribute, Kind, Known, Link, Spelling

STATES = {True: "ENABLED", False: "DISABLED", "true": "ENABLED", "false": "DISABLED"}

EVENT_RULE = Kind(
    name="event_rule",
    title="EventBridge rule",
    terraform=("aws_cloudwatch_event_rule",),
    cloudformation=("AWS::Events::Rule",),
    arn="arn:{partition}:events:{region}:{account}:rule/{name}",
    attributes=(
        Attribute("name", TEXT, "name", "Name", "ListRules:Rules[]/Name", default=GENERATED),
        Attribute("arn", TEXT, "arn", (), "ListRules:Rules[]/Arn", default=GENERATED),
        # None: a rule that runs on a schedule.
        Attribute("event_pattern", DOCUMENT, "event_pattern", "EventPattern", "ListRules:Rules[]/EventPattern"),
        Attribute(
            "event_bus_name",
            TEXT,
            "event_bus_name",
            "EventBusName",
            "ListRules:Rules[]/EventBusName",
            default="default",
        ),
        # Terraform's older flag cannot say that read-only calls are wanted too.
        Attribute(
            "state",
            TEXT,
            ("state", Spelling("is_enabled", STATES)),
            "State",
            "ListRules:Rules[]/State",
            default="ENABLED",
            one_of=("ENABLED", "DISABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"),
        ),
        # In Terraform each target is a resource of its own.
        Attribute(
            "target_arns",
            TEXTS,
            (),
            "Targets[].Arn",
            "ListTargetsByRule:Targets[].Arn",
            default=[],
            defaults={"terraform": []},
        ),
    ),
    known=(
        Known(
            "ListRules:Rules[]/",
            ("event_pattern", "state"),
            ("Description", "ScheduleExpression", "RoleArn", "ManagedBy", "CreatedBy"),
        ),
    ),
    links=(
        Link("targets", to="event_target", inverse="rule"),
        Link("target_topics", to="topic", by="target_arns", keys=("arn",)),
    ),
)

EVENT_TARGET = Kind(
    name="event_target",
    title="EventBridge target",
    terraform=("aws_cloudwatch_event_target",),
    cloudformation=(),
    attributes=(
        Attribute("rule_name", TEXT, "rule"),
        Attribute("target_arn", TEXT, "arn"),
    ),
    links=(
        Link("rule", to="event_rule", by="rule_name", keys=("name", "arn")),
        Link("topic", to="topic", by="target_arn", keys=("arn",)),
    ),
)
