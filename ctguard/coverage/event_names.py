"""Names of events that really occur, so that witnesses are events and narrowing by name is judged by meaning.

Sources: user guide, "Logging data events" and the event references of Amazon S3,
AWS Lambda, Amazon DynamoDB and AWS KMS. The lists are not complete; what is
not in them is judged by its verb, or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping

DATA_EVENTS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "AWS::S3::Object": {
        "read": (
            "GetObject",
            "HeadObject",
            "GetObjectAcl",
            "GetObjectTagging",
            "GetObjectAttributes",
            "GetObjectLegalHold",
            "GetObjectRetention",
            "ListParts",
        ),
        "write": (
            "PutObject",
            "DeleteObject",
            "DeleteObjects",
            "CopyObject",
            "PutObjectAcl",
            "PutObjectTagging",
            "DeleteObjectTagging",
            "PutObjectLegalHold",
            "PutObjectRetention",
            "RestoreObject",
            "CreateMultipartUpload",
            "UploadPart",
            "CompleteMultipartUpload",
            "AbortMultipartUpload",
        ),
    },
    "AWS::Lambda::Function": {"read": (), "write": ("Invoke",)},
    "AWS::DynamoDB::Table": {
        "read": ("GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems"),
        "write": ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"),
    },
}

DATA_SOURCES: Mapping[str, str] = {
    "AWS::S3::Object": "s3.amazonaws.com",
    "AWS::Lambda::Function": "lambda.amazonaws.com",
    "AWS::DynamoDB::Table": "dynamodb.amazonaws.com",
}

MANAGEMENT_EVENTS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "kms.amazonaws.com": {
        "read": ("Decrypt", "GenerateDataKey", "DescribeKey", "Encrypt", "GetKeyPolicy"),
        "write": ("ScheduleKeyDeletion", "DisableKey", "CreateKey", "PutKeyPolicy", "CreateGrant"),
    },
    "rdsdata.amazonaws.com": {
        "read": ("ExecuteSql",),
        "write": ("ExecuteStatement", "BatchExecuteStatement", "BeginTransaction"),
    },
    "cloudtrail.amazonaws.com": {
        "read": ("DescribeTrails", "GetTrailStatus", "LookupEvents"),
        "write": ("StopLogging", "DeleteTrail", "UpdateTrail", "PutEventSelectors"),
    },
    "iam.amazonaws.com": {
        "read": ("GetUser", "ListUsers", "GetRole", "ListRoles"),
        "write": ("CreateUser", "AttachRolePolicy", "CreateAccessKey", "PutRolePolicy"),
    },
}

_READING = ("Get", "List", "Describe", "Lookup", "Head", "Search", "BatchGet")
_WRITING = (
    "Create",
    "Put",
    "Delete",
    "Update",
    "Modify",
    "Attach",
    "Detach",
    "Stop",
    "Start",
    "Run",
    "Terminate",
    "Authorize",
    "Revoke",
)


def access_of(name: str) -> str | None:
    """Return whether an event of this name reads or writes, judging by its verb, or None."""
    if name.startswith(_READING):
        return "read"
    return "write" if name.startswith(_WRITING) else None
