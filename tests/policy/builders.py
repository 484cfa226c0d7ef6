# ruff: noqa: E501 - a table reads best with one case a line
"""Good policies around one trail, and ways to change them."""

from __future__ import annotations

import copy
from typing import Any

from ctguard.model.document import read_document
from ctguard.policy.context import PolicyContext
from ctguard.policy.verdict import PolicyVerdict, check
from tests.policy.generated import BUCKET, KEY, OWN, TOPIC, TRAIL, context

TRAIL_SERVICE = {"Service": "cloudtrail.amazonaws.com"}
LOGS = f"{BUCKET}/AWSLogs/{OWN}/*"
ROOT = f"arn:aws:iam::{OWN}:root"

ACL_CHECK = {
    "Sid": "AclCheck", "Effect": "Allow", "Principal": TRAIL_SERVICE, "Action": "s3:GetBucketAcl", "Resource": BUCKET,
    "Condition": {"StringEquals": {"aws:SourceArn": TRAIL}},
}  # fmt: skip
WRITE = {
    "Sid": "Write", "Effect": "Allow", "Principal": TRAIL_SERVICE, "Action": "s3:PutObject", "Resource": LOGS,
    "Condition": {"StringEquals": {"aws:SourceArn": TRAIL, "s3:x-amz-acl": "bucket-owner-full-control"}},
}  # fmt: skip
TLS_ONLY = {
    "Sid": "TlsOnly", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [BUCKET, f"{BUCKET}/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}  # fmt: skip
PUBLISH = {
    "Sid": "Publish", "Effect": "Allow", "Principal": TRAIL_SERVICE, "Action": "SNS:Publish", "Resource": TOPIC,
    "Condition": {"StringEquals": {"aws:SourceArn": TRAIL}},
}  # fmt: skip
DEFAULT_TOPIC = {
    "Sid": "__default_statement_ID", "Effect": "Allow", "Principal": {"AWS": "*"},
    "Action": ["SNS:GetTopicAttributes", "SNS:SetTopicAttributes", "SNS:AddPermission", "SNS:RemovePermission",
               "SNS:DeleteTopic", "SNS:Subscribe", "SNS:ListSubscriptionsByTopic", "SNS:Publish", "SNS:Receive"],
    "Resource": TOPIC, "Condition": {"StringEquals": {"AWS:SourceOwner": OWN}},
}  # fmt: skip
KEY_ROOT = {"Sid": "Root", "Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "kms:*", "Resource": "*"}
ENCRYPT = {
    "Sid": "Encrypt", "Effect": "Allow", "Principal": TRAIL_SERVICE, "Action": "kms:GenerateDataKey*", "Resource": "*",
    "Condition": {
        "StringEquals": {"aws:SourceArn": TRAIL},
        "StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": f"arn:aws:cloudtrail:*:{OWN}:trail/*"},
    },
}  # fmt: skip
DESCRIBE = {
    "Sid": "Describe", "Effect": "Allow", "Principal": TRAIL_SERVICE, "Action": "kms:DescribeKey", "Resource": "*",
    "Condition": {"StringEquals": {"aws:SourceArn": TRAIL}},
}  # fmt: skip
DECRYPT = {
    "Sid": "Read", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{OWN}:role/LogReader"}, "Action": "kms:Decrypt",
    "Resource": "*", "Condition": {"Null": {"kms:EncryptionContext:aws:cloudtrail:arn": "false"}},
}  # fmt: skip

GOOD = {
    "s3": [ACL_CHECK, WRITE, TLS_ONLY],
    "sns": [PUBLISH],
    "kms": [KEY_ROOT, ENCRYPT, DESCRIBE, DECRYPT],
}


def document(*statements: dict[str, Any], version: str = "2012-10-17") -> dict[str, Any]:
    return {"Version": version, "Statement": list(statements)}


def verdict(kind: str, *statements: dict[str, Any], version: str = "2012-10-17", **changed: Any) -> PolicyVerdict:
    """Judge a policy of these statements, in the usual surroundings but for what is changed (None: left out)."""
    return check(
        read_document(document(*statements, version=version)),
        kind,
        PolicyContext.from_json(surroundings(kind, **changed)),
    )  # type: ignore[arg-type]


LEFT_OUT = object()


def surroundings(kind: str, **changed: Any) -> dict[str, Any]:
    given = context(kind, **changed)
    return {name: value for name, value in given.items() if value is not LEFT_OUT}


def but(statement: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """Return the statement with other elements; None takes one away."""
    merged = copy.deepcopy(statement) | changed
    return {name: value for name, value in merged.items() if value is not None}


def under(statement: dict[str, Any], **operators: Any) -> dict[str, Any]:
    """Return the statement with only these conditions."""
    return but(statement, Condition=operators)


def allow(principal: Any, action: Any, resource: Any = "*", **operators: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource}
    return statement | ({"Condition": operators} if operators else {})


def deny(principal: Any, action: Any, resource: Any = "*", **operators: Any) -> dict[str, Any]:
    return allow(principal, action, resource, **operators) | {"Effect": "Deny"}


__all__ = ["KEY", "OWN", "TRAIL"]
