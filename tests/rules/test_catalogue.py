"""The catalogue: every rule that ctguard promises, how grave it is, and which are off until somebody selects them.

Ids never change, since waivers, dashboards and other tools rely on them. What was promised first must be on by default.
"""

import pytest

from ctguard.engine.pack import load_pack

RULES = load_pack().rules

PROMISED = {
    "promised first": {
        "critical": """
            bucket-exists bucket-policy-trail-can-write bucket-public-acl bucket-public-policy
            key-policy-public key-policy-trail-can-encrypt trail-delivery-error trail-exists
            trail-logging-enabled
        """,
        "high": """
            alarm-actions alarm-effective bucket-force-destroy bucket-least-privilege bucket-policy-deleters
            bucket-policy-foreign-writers bucket-policy-guardrail-changers bucket-policy-source-arn
            bucket-public-access-block bucket-retention bucket-versioning iam-cloudtrail-tamper
            iam-log-store-tamper key-deletion key-enabled key-least-privilege key-policy-encryption-context
            key-policy-source-arn log-group-exists log-group-standard-class monitor-cloudtrail-changes
            monitor-root-usage topic-key-usable topic-least-privilege topic-policy-public
            trail-cloudwatch-delivery-error trail-coverage-union trail-delivery-recent
            trail-digest-chain-valid trail-digest-delivery-error trail-global-service-events
            trail-kms-encryption trail-kms-key-usable trail-log-validation trail-management-events
            trail-multi-region trail-no-excluded-sources
        """,
        "medium": """
            bucket-access-logging bucket-mfa-delete bucket-object-lock bucket-owner-account
            bucket-secure-transport config-recorder-on iam-cloudtrail-full-access key-rotation
            log-group-encryption log-group-retention monitor-config-changes monitor-console-auth-failures
            monitor-console-signin-no-mfa monitor-iam-policy-changes monitor-kms-disable-or-delete
            monitor-nacl-changes monitor-network-gateway-changes monitor-organizations-changes
            monitor-route-table-changes monitor-s3-policy-changes monitor-security-group-changes
            monitor-unauthorized-api-calls monitor-vpc-changes topic-encryption topic-source-arn
            topic-subscriber trail-cloudwatch-delivery-recent trail-cloudwatch-logs trail-notification-error
            trail-organization trail-s3-data-events-write
        """,
        "low": """
            trail-s3-data-events-read
        """,
        "info": """
            trail-shadow-resolved
        """,
    },
    "promised next": {
        "high": """
            bucket-policy-not-elements event-data-store-ingesting event-data-store-termination-protection
            key-same-region log-group-resource-policy monitor-filter-unmatchable topic-can-publish
            trail-org-member-coverage trail-recently-stopped
        """,
        "medium": """
            bucket-acl-disabled bucket-encryption-kms bucket-policy-readers config-recorder-cloudtrail
            event-data-store-kms-encryption event-data-store-retention eventbridge-trail-tamper
            key-decrypt-restricted monitor-filter-narrowed scp-protects-trail topic-cross-account
            trail-cloudwatch-role trail-delegated-admin trail-log-bucket-data-events
        """,
        "low": """
            bucket-access-logging-target config-aggregator trail-duplicate-management-events trail-insights
            trail-sns-topic
        """,
    },
    "optional": {
        "high": """
            event-data-store-resource-policy
        """,
        "medium": """
            event-data-store-scope
        """,
        "low": """
            bucket-dedicated bucket-event-notifications bucket-replication config-rules-cloudtrail
            topic-https-only trail-bedrock-data-events trail-data-events-self-loop trail-lambda-data-events
        """,
        "info": """
            trail-network-activity-events trail-tags
        """,
    },
}
LISTED = [
    pytest.param(rule_id, severity, promise, id=rule_id)
    for promise, by_severity in PROMISED.items()
    for severity, ids in by_severity.items()
    for rule_id in ids.split()
]

ASK_FOR_MORE = {"trail-sns-topic"}
"""Settings that are a matter of taste."""

PARTS_OF_A_WHOLE = {
    *("bucket-policy-source-arn", "bucket-policy-foreign-writers", "bucket-policy-deleters"),
    *("bucket-policy-guardrail-changers", "bucket-policy-readers", "bucket-policy-not-elements"),
    *("key-policy-encryption-context", "key-policy-source-arn", "key-decrypt-restricted"),
}
"""Single sides of what bucket-least-privilege and key-least-privilege judge whole: on by default they would tell one
fault several times."""

ONLY_AN_ACCOUNT_SHOWS = """
    bucket-exists bucket-owner-account log-group-exists log-group-resource-policy trail-cloudwatch-delivery-error
    trail-cloudwatch-delivery-recent trail-coverage-union trail-delegated-admin trail-delivery-error
    trail-delivery-recent trail-digest-chain-valid trail-digest-delivery-error trail-exists trail-notification-error
    trail-org-member-coverage trail-recently-stopped trail-shadow-resolved
"""


def test_the_catalogue_has_the_rules_that_are_promised():
    assert len(LISTED) == len({one.id for one in LISTED}) == 119


@pytest.mark.parametrize(("rule_id", "severity", "promise"), LISTED)
def test_a_rule_of_the_catalogue_is_there_and_as_grave_as_promised(rule_id, severity, promise):
    assert RULES[rule_id].severity == severity


@pytest.mark.parametrize(("rule_id", "severity", "promise"), LISTED)
def test_a_rule_is_on_by_default_unless_there_is_a_reason(rule_id, severity, promise):
    off = promise == "optional" or rule_id in ASK_FOR_MORE | PARTS_OF_A_WHOLE

    assert RULES[rule_id].opt_in == off


@pytest.mark.parametrize("rule_id", ONLY_AN_ACCOUNT_SHOWS.split())
def test_what_only_an_account_shows_is_asked_of_accounts_only(rule_id):
    assert RULES[rule_id].inputs == ("live",)
