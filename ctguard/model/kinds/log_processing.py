"""What reads, changes or moves log events beside metric filters: log alarms, account policies, telemetry rules.

Sources: CloudWatch API Reference (DescribeAlarms with AlarmTypes, PutLogAlarm), CloudWatch Logs API Reference
(DescribeAccountPolicies), the AWS provider's aws_cloudwatch_log_account_policy, the schemas of
AWS::CloudWatch::LogAlarm, AWS::Logs::AccountPolicy and AWS::ObservabilityAdmin::*.
"""

from ctguard.model.kinds.attribute import BOOL, GENERATED, TEXT, TEXTS, Attribute, Kind, Link

LOG_ALARM = Kind(
    name="log_alarm",
    title="CloudWatch log alarm",
    terraform=(),
    cloudformation=("AWS::CloudWatch::LogAlarm",),
    arn="arn:{partition}:cloudwatch:{region}:{account}:alarm:{name}",
    attributes=(
        Attribute("name", TEXT, (), "AlarmName", "DescribeAlarms:LogAlarms[]/AlarmName", default=GENERATED),
        Attribute("arn", TEXT, (), (), "DescribeAlarms:LogAlarms[]/AlarmArn", default=GENERATED),
        # Nothing: the query itself may name log groups.
        Attribute(
            "log_group_identifiers",
            TEXTS,
            (),
            "ScheduledQueryConfiguration.LogGroupIdentifiers",
            "DescribeAlarms:LogAlarms[]/ScheduledQueryConfiguration.LogGroupIdentifiers",
            default=[],
        ),
        Attribute(
            "actions_enabled", BOOL, (), "ActionsEnabled", "DescribeAlarms:LogAlarms[]/ActionsEnabled", default=True
        ),
        Attribute("alarm_actions", TEXTS, (), "AlarmActions", "DescribeAlarms:LogAlarms[]/AlarmActions", default=[]),
    ),
    links=(Link("log_groups", to="log_group", by="log_group_identifiers", keys=("name", "arn")),),
)

LOG_ACCOUNT_POLICY = Kind(
    name="log_account_policy",
    title="CloudWatch Logs account policy",
    terraform=("aws_cloudwatch_log_account_policy",),
    cloudformation=("AWS::Logs::AccountPolicy",),
    attributes=(
        Attribute(
            "name",
            TEXT,
            "policy_name",
            "PolicyName",
            "DescribeAccountPolicies:accountPolicies[]/policyName",
            default=GENERATED,
        ),
        Attribute(
            "policy_type",
            TEXT,
            "policy_type",
            "PolicyType",
            "DescribeAccountPolicies:accountPolicies[]/policyType",
        ),
    ),
)

TELEMETRY_RULE = Kind(
    name="telemetry_rule",
    title="CloudWatch telemetry rule",
    terraform=("aws_observabilityadmin_telemetry_rule", "aws_observabilityadmin_telemetry_rule_for_organization"),
    cloudformation=("AWS::ObservabilityAdmin::TelemetryRule", "AWS::ObservabilityAdmin::OrganizationTelemetryRule"),
    attributes=(
        Attribute("name", TEXT, "rule_name", "RuleName", default=GENERATED),
        # AWS::CloudTrail: events of CloudTrail come into log groups without a trail.
        Attribute("resource_type", TEXT, "rule[0].resource_type", "Rule.ResourceType"),
    ),
)

CENTRALIZATION_RULE = Kind(
    name="centralization_rule",
    title="CloudWatch Logs centralization rule",
    terraform=("aws_observabilityadmin_centralization_rule_for_organization",),
    cloudformation=("AWS::ObservabilityAdmin::OrganizationCentralizationRule",),
    attributes=(Attribute("name", TEXT, "rule_name", "RuleName", default=GENERATED),),
)
