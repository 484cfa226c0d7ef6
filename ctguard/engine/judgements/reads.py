"""What judgements read beside the attributes of the resource that they judge: along links, and of what is near.

An audit asks AWS for nothing that no rule reads, so that a judgement says here what it reads, as `kind.attribute`;
`account_id` is the account that a resource is of. Attributes that the API tells in one reply need not all be listed.
A test follows every judgement through the cases of the rules, and another one through a whole account.
"""

from __future__ import annotations

from typing import Final

TRAILS: Final = frozenset({"trail.arn"})
SELECTORS: Final = frozenset({"trail.event_selectors"})
RECORDED: Final = SELECTORS | {"trail.is_logging"}
AROUND_A_POLICY: Final = TRAILS | {"organization.id"}
"""Whose a policy's resource is, which trails use it, and the organization that they are of."""

FILTERS: Final = frozenset(
    {
        *("metric_filter.filter_pattern", "log_group.log_group_class", "log_group.data_protection_policy"),
        *("log_group.transformer", "log_account_policy.policy_type"),
    }
)
SUBSCRIBERS: Final = frozenset({"topic.policy", "subscription.protocol", "subscription.filter_policy"})
ACTIONS: Final = frozenset({"alarm.alarm_actions", "composite_alarm.alarm_rule", "topic.is_present"})
MUTES: Final = frozenset({"alarm_mute_rule.status", "alarm_mute_rule.alarm_names", "alarm_mute_rule.name"})
EVENT_RULES: Final = frozenset({"event_rule.event_pattern", "event_rule.target_arns", "account.enabled_regions"})
METRICS: Final = frozenset({"metric_filter.metric_transformations", "alarm.metric_name"})

NOW: Final = frozenset({"account.observed_at"})
SEEN: Final = frozenset({"account.trail_arns"})
MEMBERS: Final = frozenset({"organization.accounts"})

READS: Final = {
    "belongs-to-expected-account": TRAILS | MEMBERS | {"bucket.account_id", "organization.management_account_id"},
    "binds-by-encryption-context": AROUND_A_POLICY,
    "binds-cloudtrail": AROUND_A_POLICY,
    "delivery-role-is-narrow": frozenset(
        {
            *("role.assume_role_policy", "role.inline_policies", "role.attached_policies"),
            *("role.managed_policies.document", "log_group.arn"),
        }
    ),
    "delivered-lately": NOW | {"trail.start_logging_time"},
    "delivers-without-error": NOW | {"trail.latest_delivery_time"},
    "demands-tls": AROUND_A_POLICY,
    "each-filter-can-match": FILTERS | METRICS,
    "event-rules-see-tampering": (
        EVENT_RULES | RECORDED | SUBSCRIBERS | FILTERS | METRICS | {"bucket.policy", "bucket.topic_notifications"}
    ),
    "has-listed-readers": AROUND_A_POLICY,
    "has-live-action": ACTIONS,
    "has-no-deleters": AROUND_A_POLICY,
    "has-no-foreign-writers": AROUND_A_POLICY,
    "has-no-guardrail-changers": AROUND_A_POLICY,
    "has-no-not-elements": AROUND_A_POLICY,
    "has-no-self-loop": SELECTORS,
    "has-subscriber": SUBSCRIBERS,
    "in-region-of-its-buckets": TRAILS | {"bucket.arn"},
    "is-least-privilege": AROUND_A_POLICY,
    "is-monitored": RECORDED | FILTERS | METRICS | ACTIONS | MUTES | SUBSCRIBERS | EVENT_RULES | {"log_alarm.name"},
    "is-not-muted": MUTES,
    "keeps-logs": TRAILS,
    "keeps-strangers-away": frozenset({"log_group.arn", "organization.id"}),
    "key-lets-topic-publish": AROUND_A_POLICY | {"key.policy", "topic.kms_master_key_id"},
    "lets-this-trail-encrypt": AROUND_A_POLICY | {"key.policy"},
    "lets-trails-deliver": AROUND_A_POLICY,
    "managed-rules-hold": frozenset({"config_rule.source.source_identifier", "config_rule.compliance_type"}),
    "manages-an-organization": frozenset(
        {"account.account_id", "organization.management_account_id", "organization.delegated_administrators"}
    ),
    "members-cannot-tamper": frozenset({"organization_policy.content", "organization_policy.targets"}),
    "names-the-trail": AROUND_A_POLICY,
    "no-filter-is-narrowed": FILTERS | METRICS,
    "one-event-trips-it": METRICS,
    "owners-decide": SEEN,
    "reaches-every-member": NOW | SEEN | MEMBERS,
    "reads-a-filter": METRICS,
    "records-every-region": SEEN | RECORDED | {"trail.home_region", "account.enabled_regions"},
    "records-insights": SELECTORS | {"trail.insight_selectors"},
    "records-log-bucket-access": RECORDED | {"bucket.logging.configuration"},
    "records-management-events": SELECTORS,
    "records-no-copy": RECORDED,
    "restricts-decrypt": AROUND_A_POLICY,
    "shuts-other-accounts-out": AROUND_A_POLICY,
    "shuts-strangers-out": AROUND_A_POLICY,
    "sees-trails-of-others": SEEN,
    "unchanged-lately": NOW | {"account.trail_changes"},
    "uses-customer-key": frozenset({"key.key_manager"}),
}
"""Judgements that are not listed read nothing but the attributes of the judged resource (`LOOKS_AT` of each)."""
