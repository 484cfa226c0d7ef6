"""Calls on who is told: topics, log groups, metric filters, alarms and event rules."""

from __future__ import annotations

from typing import Final

from ctguard.sources.aws.plan.shape import Pages, PlannedCall

TRAILS: Final = ("cloudtrail.DescribeTrails",)
NO_RESOURCE: Final = frozenset({"ResourceNotFoundException"})
NO_TOPIC: Final = frozenset({"NotFound", "NotFoundException"})


def _of_account_policies(policy_type: str) -> PlannedCall:
    return PlannedCall(
        service="logs",
        operation="DescribeAccountPolicies",
        each="policed log region",
        gives=("log_account_policy",),
        given={"policyType": policy_type},
        needs=("logs.DescribeLogGroups", "logs.DescribeMetricFilters"),
        unset=NO_RESOURCE,
        pages=Pages(("accountPolicies",), "nextToken"),
    )


WATCH_CALLS: Final = (
    # Topics and who is subscribed to them.
    PlannedCall(
        service="sns",
        operation="ListTopics",
        each="region",
        gives=("topic",),
        needs=("ec2.DescribeRegions",),
        pages=Pages(("Topics",)),
        everything=True,
    ),
    PlannedCall(
        service="sns",
        operation="GetTopicAttributes",
        each="topic",
        gives=("topic", "topic.is_present"),
        takes={"TopicArn": "arn"},
        needs=TRAILS,
        gone=NO_TOPIC,
        holds=("Attributes",),
    ),
    PlannedCall(
        service="sns",
        operation="ListSubscriptionsByTopic",
        each="topic",
        gives=("subscription",),
        takes={"TopicArn": "arn"},
        needs=TRAILS,
        gone=NO_TOPIC,
        pages=Pages(("Subscriptions",)),
    ),
    PlannedCall(
        service="sns",
        operation="GetSubscriptionAttributes",
        each="subscription",
        gives=("subscription",),
        takes={"SubscriptionArn": "arn"},
        needs=("sns.ListSubscriptionsByTopic",),
        gone=NO_TOPIC,
        holds=("Attributes",),
    ),
    # Log groups and their filters. Of the groups whose names begin alike the reader takes the one that is meant.
    PlannedCall(
        service="logs",
        operation="DescribeLogGroups",
        each="log group",
        gives=("log_group", "log_group.is_present"),
        takes={"logGroupNamePrefix": "name"},
        needs=TRAILS,
        pages=Pages(("logGroups",), "nextToken"),
    ),
    PlannedCall(
        service="logs",
        operation="DescribeLogGroups",
        each="region",
        gives=("log_group",),
        needs=("ec2.DescribeRegions",),
        pages=Pages(("logGroups",), "nextToken"),
        everything=True,
    ),
    PlannedCall(
        service="logs",
        operation="DescribeMetricFilters",
        each="log group",
        gives=("metric_filter",),
        takes={"logGroupName": "name"},
        needs=TRAILS,
        gone=NO_RESOURCE,
        pages=Pages(("metricFilters",), "nextToken"),
    ),
    PlannedCall(
        service="logs",
        operation="GetDataProtectionPolicy",
        each="protected log group",
        gives=("log_group",),
        takes={"logGroupIdentifier": "name"},
        needs=("logs.DescribeLogGroups",),
        unset=NO_RESOURCE,
    ),
    PlannedCall(
        service="logs",
        operation="GetTransformer",
        each="transformed log group",
        gives=("log_group",),
        takes={"logGroupIdentifier": "name"},
        needs=("logs.DescribeMetricFilters",),
        unset=NO_RESOURCE,
    ),
    PlannedCall(
        service="logs",
        operation="DescribeResourcePolicies",
        each="log region",
        gives=("log_group",),
        needs=TRAILS,
        pages=Pages(("resourcePolicies",), "nextToken"),
    ),
    _of_account_policies("DATA_PROTECTION_POLICY"),
    _of_account_policies("TRANSFORMER_POLICY"),
    # Alarms. Without AlarmTypes only metric alarms come back.
    PlannedCall(
        service="cloudwatch",
        operation="DescribeAlarms",
        each="log region",
        gives=("alarm", "composite_alarm", "log_alarm"),
        given={"AlarmTypes": ["MetricAlarm", "CompositeAlarm", "LogAlarm"]},
        needs=TRAILS,
        pages=Pages(("MetricAlarms", "CompositeAlarms", "LogAlarms")),
    ),
    PlannedCall(
        service="cloudwatch",
        operation="ListAlarmMuteRules",
        each="log region",
        gives=("alarm_mute_rule",),
        needs=("cloudwatch.DescribeAlarms",),
        pages=Pages(("AlarmMuteRuleSummaries",)),
    ),
    PlannedCall(
        service="cloudwatch",
        operation="GetAlarmMuteRule",
        each="mute rule",
        gives=("alarm_mute_rule",),
        takes={"AlarmMuteRuleName": "name"},
        needs=("cloudwatch.ListAlarmMuteRules",),
    ),
    # EventBridge rules of the default bus, to which CloudTrail's events come.
    PlannedCall(
        service="events",
        operation="ListRules",
        each="event region",
        gives=("event_rule",),
        needs=TRAILS,
        pages=Pages(("Rules",)),
    ),
    PlannedCall(
        service="events",
        operation="ListTargetsByRule",
        each="event rule",
        gives=("event_rule", "event_target"),
        takes={"Rule": "name"},
        needs=("events.ListRules",),
        pages=Pages(("Targets",)),
    ),
)
