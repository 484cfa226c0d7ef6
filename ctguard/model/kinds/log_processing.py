"""What reads or changes log events beside metric filters: log alarms, and policies for all log groups of an account.

Sources: CloudWatch API Reference (DescribeAlarms with AlarmTypes, PutLogAlarm), CloudWatch Logs API Reference
(DescribeAccountPolicies), the AWS provider's aws_cloudwatch_log_account_policy, the schemas of
AWS::CloudWatch::LogAlarm and AWS::Logs::AccountPolicy.
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
