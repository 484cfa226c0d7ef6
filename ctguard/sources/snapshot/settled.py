"""Make one call of each question that a run holds answers to, and tell what no answer of AWS can be.

What is not sure becomes a failed call: so what it would have told is unknown, and the run has an error that names it.
No outcome depends on the order of calls.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from msgspec.structs import replace

from ctguard.model.visible import visible
from ctguard.sources.snapshot.asked import DIFFERENT, MALFORMED, best, is_answer
from ctguard.sources.snapshot.facts import Call, Failure

TEXT: Final = ""
MAP: Final = "{}"
LISTS: Final[Mapping[str, Mapping[str, str]]] = {
    "DescribeTrails": {"trailList": "TrailARN S3BucketName S3KeyPrefix KmsKeyId SnsTopicARN CloudWatchLogsLogGroupArn"},
    "GetEventSelectors": {"EventSelectors": MAP, "AdvancedEventSelectors": MAP},
    "ListEventDataStores": {"EventDataStores": "EventDataStoreArn"},
    "LookupEvents": {"Events": "EventName"},
    "ListTags": {"ResourceTagList": "ResourceId"},
    "ListObjectsV2": {"CommonPrefixes": "Prefix"},
    "DescribeRegions": {"Regions": "RegionName"},
    "DescribeAlarms": {"MetricAlarms": "AlarmArn", "CompositeAlarms": "AlarmArn", "LogAlarms": "AlarmArn"},
    "ListAlarmMuteRules": {"AlarmMuteRuleSummaries": "AlarmMuteRuleArn"},
    "DescribeConfigurationRecorders": {"ConfigurationRecorders": "name arn"},
    "DescribeConfigurationRecorderStatus": {"ConfigurationRecordersStatus": "name"},
    "DescribeConfigurationAggregators": {
        "ConfigurationAggregators": "ConfigurationAggregatorName ConfigurationAggregatorArn"
    },
    "DescribeConfigRules": {"ConfigRules": "ConfigRuleName ConfigRuleArn"},
    "DescribeComplianceByConfigRule": {"ComplianceByConfigRules": "ConfigRuleName"},
    "ListRules": {"Rules": "Arn Name"},
    "ListGrants": {"Grants": "GrantId"},
    "ListSubscriptionsByTopic": {"Subscriptions": "SubscriptionArn"},
    "DescribeLogGroups": {"logGroups": "logGroupName arn logGroupArn"},
    "DescribeMetricFilters": {"metricFilters": "filterName"},
    "DescribeSubscriptionFilters": {"subscriptionFilters": "filterName"},
    "DescribeAccountPolicies": {"accountPolicies": "policyName"},
    "ListRolePolicies": {"PolicyNames": TEXT},
    "GetAccountAuthorizationDetails": {
        **{"Policies": "Arn", "UserDetailList": "Arn", "GroupDetailList": "Arn", "RoleDetailList": "Arn"}
    },
    "ListPolicies": {"Policies": "Id"},
}
"""The lists in replies by operation, with the members of an entry that are text.

No entry lacks the first of them; with TEXT, entries are text themselves, with MAP objects of any members.
"""


def settled(calls: Iterable[Call]) -> list[Call]:
    """Return the calls with one for each question of an account, each of a shape that a reader can look into."""
    by_question: dict[str, list[Call]] = defaultdict(list)
    for call in calls:
        by_question[_question(call)].append(_well_formed(call))
    return [_one(several) for several in by_question.values()]


def _question(call: Call) -> str:
    return json.dumps([call.account, call.region, call.service, call.operation, call.parameters], sort_keys=True)


def _one(several: Sequence[Call]) -> Call:
    """Return the call that answers; where answers differ, one that says so."""
    found = best(several)
    assert found is not None
    if len(several) == 1:
        return found
    answers = [call for call in several if call.reply is not None or is_answer(call)]
    if len({_told(call) for call in answers}) < 2:
        return found
    times = " and ".join(sorted({visible(call.time) or "an unknown time" for call in answers}))
    message = f"answers of {times}"
    return replace(found, reply=None, failure=Failure(DIFFERENT, message))


def _told(call: Call) -> str:
    return json.dumps([call.reply, call.failure.code if call.failure else None], sort_keys=True)


def _well_formed(call: Call) -> Call:
    """Return a call as it is, or in part where a list in its reply is none or has entries that are none."""
    reply, lists = call.reply or {}, LISTS.get(call.operation, {})
    kept = {
        name: [entry for entry in reply[name] if _is_entry(entry, members)] if isinstance(reply[name], list) else []
        for name, members in lists.items()
        if reply.get(name) is not None
    }
    odd = [name for name, entries in kept.items() if entries != reply[name]]
    if not odd:
        return call
    message = f"{', '.join(odd)} of the reply is not what AWS says"
    return replace(call, reply={**reply, **kept}, failure=call.failure or Failure(MALFORMED, message))


def _is_entry(entry: Any, members: str) -> bool:
    if members == TEXT:
        return isinstance(entry, str)
    if members == MAP:
        return isinstance(entry, dict)
    first, *others = members.split()
    if not isinstance(entry, dict) or not isinstance(value := entry.get(first), str):
        return False
    # What a trail is, where and whose, is told by its ARN alone.
    if first == "TrailARN" and not (value.startswith("arn:") and value.count(":") >= 5):
        return False
    return all(isinstance(entry.get(name), str | None) for name in others)
