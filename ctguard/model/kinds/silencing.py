"""What stands between an alarm's state and its actions: composite alarms and mute rules.

Sources: CloudWatch API Reference (DescribeAlarms with AlarmTypes, ListAlarmMuteRules), the AWS provider's
aws_cloudwatch_composite_alarm and aws_cloudwatch_alarm_mute_rule, the schemas of AWS::CloudWatch::CompositeAlarm
and AWS::CloudWatch::AlarmMuteRule.
"""

from ctguard.model.kinds.attribute import ANY, BOOL, GENERATED, TEXT, TEXTS, Attribute, Kind, Link

COMPOSITE_ALARM = Kind(
    name="composite_alarm",
    title="CloudWatch composite alarm",
    terraform=("aws_cloudwatch_composite_alarm",),
    cloudformation=("AWS::CloudWatch::CompositeAlarm",),
    arn="arn:{partition}:cloudwatch:{region}:{account}:alarm:{name}",
    attributes=(
        Attribute(
            "name", TEXT, "alarm_name", "AlarmName", "DescribeAlarms:CompositeAlarms[]/AlarmName", default=GENERATED
        ),
        Attribute("arn", TEXT, "arn", (), "DescribeAlarms:CompositeAlarms[]/AlarmArn", default=GENERATED),
        Attribute("alarm_rule", TEXT, "alarm_rule", "AlarmRule", "DescribeAlarms:CompositeAlarms[]/AlarmRule"),
        Attribute(
            "actions_enabled",
            BOOL,
            "actions_enabled",
            "ActionsEnabled",
            "DescribeAlarms:CompositeAlarms[]/ActionsEnabled",
            default=True,
        ),
        Attribute(
            "alarm_actions",
            TEXTS,
            "alarm_actions",
            "AlarmActions",
            "DescribeAlarms:CompositeAlarms[]/AlarmActions",
            default=[],
        ),
        Attribute(
            "actions_suppressor",
            ANY,
            "actions_suppressor",
            "ActionsSuppressor",
            "DescribeAlarms:CompositeAlarms[]/ActionsSuppressor",
        ),
    ),
)

ALARM_MUTE_RULE = Kind(
    name="alarm_mute_rule",
    title="CloudWatch alarm mute rule",
    terraform=("aws_cloudwatch_alarm_mute_rule",),
    cloudformation=("AWS::CloudWatch::AlarmMuteRule",),
    attributes=(
        Attribute("name", TEXT, "name", "Name", "GetAlarmMuteRule:Name", default=GENERATED),
        Attribute(
            "arn", TEXT, "arn", (), "ListAlarmMuteRules:AlarmMuteRuleSummaries[]/AlarmMuteRuleArn", default=GENERATED
        ),
        Attribute(
            "alarm_names",
            TEXTS,
            "mute_targets[0].alarm_names",
            "MuteTargets.AlarmNames",
            "GetAlarmMuteRule:MuteTargets.AlarmNames",
            default=[],
        ),
        Attribute(
            "schedule.expression",
            TEXT,
            "rule[0].schedule[0].expression",
            "Rule.Schedule.Expression",
            "GetAlarmMuteRule:Rule.Schedule.Expression",
        ),
        Attribute(
            "schedule.duration",
            TEXT,
            "rule[0].schedule[0].duration",
            "Rule.Schedule.Duration",
            "GetAlarmMuteRule:Rule.Schedule.Duration",
        ),
        # What code declares is to come; an account shows ACTIVE, SCHEDULED or EXPIRED.
        Attribute(
            "status",
            TEXT,
            (),
            (),
            "ListAlarmMuteRules:AlarmMuteRuleSummaries[]/Status",
            defaults={"terraform": "SCHEDULED", "cloudformation": "SCHEDULED"},
            one_of=("SCHEDULED", "ACTIVE", "EXPIRED"),
            always_told=True,
        ),
    ),
    links=(Link("alarms", to="alarm", by="alarm_names", keys=("name", "arn")),),
)
