"""Judgements: what a rule decides by meaning, under a name that its YAML can use.

A judgement is a function of the context and its arguments to an `Outcome`; the
semantics behind it live on floor 1. To add one, write the function in a module
here and name it in the table.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Final

from msgspec import Struct

from ctguard.engine.outcome import Context, Outcome
from ctguard.model.values import Value


class Entry(Struct, frozen=True):
    """Where a judgement is written, and the arguments that a rule gives it."""

    module: str
    function: str
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()

    @property
    def arguments(self) -> tuple[str, ...]:
        return self.required + self.optional

    @property
    def usage(self) -> str:
        """What it takes, in words."""
        optional = [f"{name} (may be left out)" for name in self.optional]
        return ", ".join([*self.required, *optional]) or "no arguments"


JUDGEMENTS: Final[dict[str, Entry]] = {
    # name in a rule: module here, function, arguments
    "records-management-events": Entry("coverage", "records_management_events"),
    "records-all-sources": Entry("coverage", "records_all_sources"),
    "records-data-events": Entry("coverage", "records_data_events", ("access",), ("resource_type", "buckets")),
    "records-log-bucket-access": Entry("coverage", "records_log_bucket_access"),
    "records-insights": Entry("coverage", "records_insights"),
    "records-every-region": Entry("account_coverage", "records_every_region"),
    "records-data-events-of": Entry("coverage", "records_data_events_of", ("resource_types",)),
    "records-network-activity": Entry("coverage", "records_network_activity"),
    "delivered-lately": Entry("delivery", "delivered_lately", ("attribute", "hours")),
    "delivers-without-error": Entry("delivery", "delivers_without_error"),
    "unchanged-lately": Entry("trail_changes", "unchanged_lately", ("days", "accepted")),
    "files-are-proven": Entry("log_files", "files_are_proven", ("hours",)),
    "nobody-weakened-it": Entry("log_files", "nobody_weakened_it"),
    "sees-trails-of-others": Entry("inheritance", "sees_trails_of_others"),
    "owners-decide": Entry("inheritance", "owners_decide"),
    "reaches-every-member": Entry("members", "reaches_every_member", ("hours",)),
    "delegates-only-to": Entry("members", "delegates_only_to", ("accounts",)),
    "keeps-strangers-away": Entry("log_group_access", "keeps_strangers_away"),
    "is-there": Entry("whereabouts", "is_there"),
    "belongs-to-expected-account": Entry("whereabouts", "belongs_to_expected_account", ("accounts",)),
    "managed-rules-hold": Entry("config_rules", "managed_rules_hold", ("identifiers",)),
    "records-no-copy": Entry("coverage", "records_no_copy"),
    "has-no-self-loop": Entry("coverage", "has_no_self_loop"),
    "each-filter-can-match": Entry("metric_filters", "each_can_match"),
    "has-tags": Entry("tags", "has_tags", ("keys",)),
    "has-live-action": Entry("notification", "has_live_action"),
    "has-subscriber": Entry("notification", "has_subscriber"),
    "in-region-of-its-buckets": Entry("regions", "in_region_of_its_buckets"),
    "in-region-of-global-services": Entry("regions", "in_region_of_global_services"),
    "is-monitored": Entry("monitors", "is_monitored", ("control",)),
    "is-not-muted": Entry("notification", "is_not_muted"),
    "keeps-logs": Entry("retention", "keeps_logs", ("days", "noncurrent_days", "readable_days")),
    "locked-for": Entry("object_lock", "locked_for", ("days",)),
    "logs-to-another-bucket": Entry("access_logs", "logs_to_another_bucket"),
    "manages-an-organization": Entry("organization", "manages_an_organization"),
    "no-filter-is-narrowed": Entry("metric_filters", "none_is_narrowed", ("accepted",)),
    "one-event-trips-it": Entry("alarms", "one_event_trips_it"),
    "organization-blocks-public-access": Entry("public_access", "organization_blocks_public_access"),
    "event-rules-see-tampering": Entry("tampering", "rules_see_tampering", ("events",)),
    "reads-a-filter": Entry("alarms", "reads_a_filter"),
    "uses-customer-key": Entry("encryption", "uses_customer_key"),
    "allows-none-of": Entry("identities", "allows_none_of", ("actions",)),
    "delivery-role-is-narrow": Entry("identities", "delivery_role_is_narrow"),
    "key-lets-topic-publish": Entry("policies", "key_lets_topic_publish"),
    "members-cannot-tamper": Entry("identities", "members_cannot_tamper", ("actions", "allowed")),
    "stops-short-of": Entry("identities", "stops_short_of", ("service",)),
    "binds-by-encryption-context": Entry("policies", "binds_by_encryption_context"),
    "binds-cloudtrail": Entry("policies", "binds_cloudtrail"),
    "demands-tls": Entry("policies", "demands_tls"),
    "has-listed-readers": Entry("policies", "has_listed_readers", ("allowed",)),
    "has-no-deleters": Entry("policies", "has_no_deleters", ("allowed",)),
    "has-no-foreign-writers": Entry("policies", "has_no_foreign_writers", ("allowed",)),
    "has-no-guardrail-changers": Entry("policies", "has_no_guardrail_changers", ("allowed",)),
    "has-no-not-elements": Entry("policies", "has_no_not_elements"),
    "is-least-privilege": Entry("policies", "is_least_privilege"),
    "lets-this-trail-encrypt": Entry("policies", "lets_this_trail_encrypt"),
    "lets-trails-deliver": Entry("policies", "lets_trails_deliver"),
    "names-the-trail": Entry("policies", "names_the_trail"),
    "restricts-decrypt": Entry("policies", "restricts_decrypt", ("allowed",)),
    "shuts-other-accounts-out": Entry("policies", "shuts_other_accounts_out", ("allowed",)),
    "shuts-strangers-out": Entry("policies", "shuts_strangers_out"),
}


def looks_at(name: str) -> frozenset[str]:
    """Return the attributes of the judged resource that a judgement decides by."""
    entry = JUDGEMENTS[name]
    found: frozenset[str] = import_module(f"{__name__}.{entry.module}").LOOKS_AT[entry.function]
    return found


def judge(name: str, context: Context, arguments: Mapping[str, Value]) -> Outcome:
    """Return what the judgement `name` says of the context's resource."""
    entry = JUDGEMENTS[name]
    outcome: Outcome = getattr(import_module(f"{__name__}.{entry.module}"), entry.function)(context, **arguments)
    return outcome
