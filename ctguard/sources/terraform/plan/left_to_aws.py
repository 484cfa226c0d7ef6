"""Attributes that the provider fills in when nobody configures them.

A plan marks them as unknown, or shows the provider's default, although nothing
is stated: leaving them out lets them count as omitted, as they do in the source.
Blocks that only the configuration can bring are not here: where such a one is
unknown, a `dynamic` block decides. (Optional and computed arguments in the AWS
provider's schema, versions 2 to 6.)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_EVERYWHERE: Final = frozenset(
    {"arn", "bucket", "id", "key_id", "name", "name_prefix", "owner", "owner_id", "region", "tags_all"}
)

LEFT_TO_AWS: Final[dict[str, frozenset[str]]] = {
    "aws_cloudtrail": _EVERYWHERE | {"home_region", "sns_topic_arn"},
    "aws_cloudtrail_event_data_store": _EVERYWHERE | {"advanced_event_selector"},
    "aws_cloudwatch_log_group": _EVERYWHERE | {"deletion_protection_enabled", "log_group_class"},
    "aws_config_configuration_recorder": _EVERYWHERE | {"recording_group", "recording_mode"},
    "aws_iam_role": _EVERYWHERE | {"create_date", "inline_policy", "managed_policy_arns", "unique_id"},
    "aws_kms_external_key": _EVERYWHERE | {"key_state", "key_usage", "multi_region", "policy"},
    "aws_kms_key": _EVERYWHERE
    | {"customer_master_key_spec", "key_usage", "multi_region", "policy", "rotation_period_in_days"},
    "aws_kms_replica_key": _EVERYWHERE | {"key_rotation_enabled", "key_spec", "key_usage", "policy"},
    "aws_organizations_organization": _EVERYWHERE | {"master_account_id", "roots"},
    "aws_s3_bucket": _EVERYWHERE
    | {
        "acceleration_status",
        "acl",
        "bucket_domain_name",
        "bucket_region",
        "bucket_regional_domain_name",
        "cors_rule",
        "grant",
        "hosted_zone_id",
        "lifecycle_rule",
        "logging",
        "object_lock_configuration",
        "object_lock_enabled",
        "policy",
        "replication_configuration",
        "request_payer",
        "server_side_encryption_configuration",
        "versioning",
        "website",
        "website_domain",
        "website_endpoint",
    },
    "aws_s3_bucket_acl": _EVERYWHERE | {"access_control_policy"},
    "aws_sns_topic": _EVERYWHERE | {"beginning_archive_time", "policy", "signature_version", "tracing_config"},
    "aws_sns_topic_subscription": _EVERYWHERE
    | {"confirmation_was_authenticated", "filter_policy_scope", "pending_confirmation"},
}

# Defaults that say "nothing is stated": a rule tells an explicit one from an omitted one.
_SAYS_NOTHING: Final[dict[str, Mapping[str, Any]]] = {"aws_cloudwatch_log_group": {"retention_in_days": 0}}


def configured(type_: str, after: Any, unknown: Any, expressions: Any, *, is_new: bool) -> tuple[Any, Any]:
    """Return planned values and unknown marks without those that nobody configured, if it is known what was.

    Only a new resource gets the defaults: one that is there already keeps what it has.
    """
    if not isinstance(expressions, dict):
        return after, unknown
    if isinstance(unknown, dict):
        left_out = (LEFT_TO_AWS.get(type_, _EVERYWHERE) if is_new else _EVERYWHERE) - expressions.keys()
        unknown = {name: mark for name, mark in unknown.items() if name not in left_out}
    says_nothing = _SAYS_NOTHING.get(type_, {})
    if isinstance(after, dict) and says_nothing:
        after = {
            name: value
            for name, value in after.items()
            if name in expressions or name not in says_nothing or value != says_nothing[name]
        }
    return after, unknown
