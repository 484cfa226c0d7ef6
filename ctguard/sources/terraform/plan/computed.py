"""Tell what a plan leaves open because nobody stated it from what it leaves open because nobody knows it yet.

The provider marks some arguments as computed: omitted, they are "known after
apply" although a new resource simply gets AWS's default, which the attribute
tables hold. Since version 4 that is all inline blocks of a bucket.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

BUCKET: Final = (
    "acl",
    "grant",
    "lifecycle_rule",
    "logging",
    "object_lock_configuration",
    "object_lock_enabled",
    "policy",
    "replication_configuration",
    "server_side_encryption_configuration",
    "versioning",
    "website",
)

COMPUTED: Final[Mapping[str, frozenset[str]]] = {
    "aws_s3_bucket": frozenset(BUCKET),
    "aws_kms_key": frozenset(
        {"key_usage", "customer_master_key_spec", "multi_region", "policy", "rotation_period_in_days"}
    ),
    "aws_sns_topic": frozenset({"policy"}),
    "aws_cloudwatch_log_group": frozenset({"log_group_class"}),
    "aws_cloudtrail_event_data_store": frozenset({"advanced_event_selector"}),
}
"""Arguments that the AWS provider computes when they are omitted, of the types that rules speak of."""

FILLED: Final[Mapping[tuple[str, str], object]] = {("aws_cloudwatch_log_group", "retention_in_days"): 0}
"""Values that the provider fills in for an omitted argument, where stating them says more than leaving them out."""

CREATES: Final = frozenset({("create",), ("delete", "create"), ("create", "delete"), ("create", "forget")})


def is_filled(type_: str, name: str, value: object) -> bool:
    """Say whether a known value may be only what the provider fills in for an argument that nobody states."""
    return (type_, name) in FILLED and FILLED[type_, name] == value


def has_default(type_: str, name: str, actions: list[str]) -> bool:
    """Say whether a new resource gets AWS's default for an argument that its configuration does not give."""
    return tuple(actions) in CREATES and name in COMPUTED.get(type_, ())
