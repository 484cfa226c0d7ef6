# ruff: noqa: E501 - a table reads best with one case a line
"""Random policies and requests, drawn from one small world of names so that they meet."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from ctguard.policy.request import Caller, Request, Value, account_of

OWN, MEMBER, FRIEND, STRANGER = "111122223333", "222233334444", "333344445555", "999988887777"
ORG, OTHER_ORG = "o-ourorganiz", "o-otherorgan"
BUCKET = "arn:aws:s3:::acme-trail-logs"
TOPIC = f"arn:aws:sns:us-east-1:{OWN}:trail-topic"
KEY = f"arn:aws:kms:us-east-1:{OWN}:key/1234abcd"
TRAIL = f"arn:aws:cloudtrail:us-east-1:{OWN}:trail/main"
MEMBER_TRAIL = f"arn:aws:cloudtrail:eu-west-1:{MEMBER}:trail/second"
FOREIGN_TRAIL = f"arn:aws:cloudtrail:us-east-1:{STRANGER}:trail/main"
ADMIN = f"arn:aws:iam::{OWN}:role/KeyAdmin"
RESOURCE = {"s3": BUCKET, "sns": TOPIC, "kms": KEY}


def context(kind: str, **changed: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "partition": "aws",
        "account_id": OWN,
        "trail_arns": [TRAIL],
        "trail_accounts": [OWN],
        "log_accounts": [OWN],
        "is_organization_trail": False,
        "org_id": None,
        "multi_region": True,
        "log_file_validation": True,
        "kms_key_arn": None,
    }
    given |= {
        "s3": {"bucket": "acme-trail-logs", "bucket_owner": OWN, "prefix": None},
        "sns": {"topic_arn": TOPIC, "topic_owner": OWN},
        "kms": {"key_arn": KEY, "key_owner": OWN, "key_admins": [ADMIN]},
    }[kind]
    return given | changed


ACTIONS = {
    "s3": ["s3:PutObject", "s3:GetObject", "s3:DeleteObject", "s3:GetBucketAcl", "s3:PutBucketPolicy", "s3:ListBucket",
           "s3:*", "s3:Put*", "s3:Get*", "s3:*Object", "*", "S3:putobject", "s3:PutObject*", "s3:?etObject", "s3:List*"],
    "sns": ["sns:Publish", "SNS:Publish", "sns:*", "sns:Subscribe", "sns:SetTopicAttributes", "sns:Get*", "*",
            "sns:AddPermission", "sns:Receive", "sns:P*"],
    "kms": ["kms:*", "kms:Decrypt", "kms:GenerateDataKey*", "kms:GenerateDataKey", "kms:DescribeKey", "kms:PutKeyPolicy",
            "kms:CreateGrant", "kms:ScheduleKeyDeletion", "kms:*Key*", "kms:Encrypt", "*", "kms:Re*"],
}  # fmt: skip
CONCRETE = {
    "s3": ["s3:PutObject", "s3:GetObject", "s3:DeleteObject", "s3:GetBucketAcl", "s3:PutBucketPolicy", "s3:ListBucket",
           "s3:PutObjectAcl", "s3:DeleteBucket"],
    "sns": ["sns:Publish", "sns:Subscribe", "sns:SetTopicAttributes", "sns:GetTopicAttributes", "sns:AddPermission"],
    "kms": ["kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey", "kms:PutKeyPolicy", "kms:CreateGrant",
            "kms:ScheduleKeyDeletion", "kms:Encrypt", "kms:ReEncryptFrom"],
}  # fmt: skip
RESOURCES = {
    "s3": [BUCKET, f"{BUCKET}/*", f"{BUCKET}/AWSLogs/{OWN}/*", f"{BUCKET}*", "*", "arn:aws:s3:::other/*",
           f"{BUCKET}/AWSLogs/*/CloudTrail/*", f"{BUCKET}/public/*", "arn:aws:s3:::acme-*", f"{BUCKET}/AWSLogs/?????/*",
           f"{BUCKET}/AWSLogs/${{aws:SourceAccount}}/*", f"{BUCKET}/home/${{aws:username}}/*"],
    "sns": [TOPIC, "*", "arn:aws:sns:*:*:trail-topic", "arn:aws:sns:us-east-1:111122223333:*", "arn:aws:sns:us-east-1:111122223333:x"],
    "kms": ["*", KEY, "arn:aws:kms:*:*:key/*", "arn:aws:kms:us-east-1:111122223333:key/other"],
}  # fmt: skip
PRINCIPALS: list[Any] = [
    "*", {"AWS": "*"}, {"Service": "cloudtrail.amazonaws.com"}, {"Service": "config.amazonaws.com"},
    {"Service": ["cloudtrail.amazonaws.com", "delivery.logs.amazonaws.com"]},
    {"AWS": OWN}, {"AWS": f"arn:aws:iam::{OWN}:root"}, {"AWS": f"arn:aws:iam::{OWN}:role/Reader"}, {"AWS": ADMIN},
    {"AWS": [FRIEND, f"arn:aws:iam::{OWN}:user/alice"]}, {"AWS": f"arn:aws:iam::{FRIEND}:role/x", "Service": "cloudtrail.amazonaws.com"},
    {"AWS": f"arn:aws:sts::{FRIEND}:assumed-role/x/session"},
]  # fmt: skip
TESTS: list[tuple[str, str, list[Any]]] = [
    ("StringEquals", "aws:SourceArn", [TRAIL, FOREIGN_TRAIL, f"arn:aws:cloudtrail:us-east-1:{OWN}:trail/*"]),
    ("StringEqualsIfExists", "aws:SourceArn", [TRAIL]),
    ("StringLike", "aws:SourceArn", [f"arn:aws:cloudtrail:*:{OWN}:trail/*", "arn:aws:cloudtrail:*", "*", "arn:aws:*:trail/main"]),
    ("ArnLike", "AWS:SourceArn", [f"arn:aws:cloudtrail:*:{OWN}:trail/*", "arn:aws:cloudtrail:*:*:trail/*", "arn:*:*:*:*:*"]),
    ("ArnNotLike", "aws:SourceArn", [f"arn:aws:cloudtrail:*:{STRANGER}:trail/*"]),
    ("ArnEquals", "aws:SourceArn", [TRAIL, MEMBER_TRAIL]),
    ("StringEquals", "aws:SourceAccount", [OWN, MEMBER, STRANGER]),
    ("StringLike", "aws:SourceAccount", ["1111*", "*", "?11122223333"]),
    ("StringNotEquals", "aws:SourceAccount", [STRANGER, OWN]),
    ("StringNotEqualsIfExists", "aws:SourceAccount", [OWN]),
    ("StringEquals", "aws:SourceOrgID", [ORG, OTHER_ORG]),
    ("StringNotEqualsIfExists", "aws:SourceOrgID", [ORG]),
    ("Null", "aws:SourceArn", ["true", "false"]),
    ("Null", "aws:PrincipalArn", ["true", "false"]),
    ("Bool", "aws:SecureTransport", ["true", "false", True]),
    ("BoolIfExists", "aws:MultiFactorAuthPresent", ["false", "true"]),
    ("Bool", "aws:PrincipalIsAWSService", ["true", "false"]),
    ("StringEquals", "aws:PrincipalOrgID", [ORG, OTHER_ORG]),
    ("StringNotEquals", "aws:PrincipalOrgID", [ORG]),
    ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", [f"{ORG}/r-*/*", "o-*"]),
    ("ForAllValues:StringLike", "aws:PrincipalOrgPaths", [f"{ORG}/*"]),
    ("StringEquals", "aws:PrincipalAccount", [OWN, FRIEND]),
    ("StringNotEquals", "aws:PrincipalAccount", [OWN, STRANGER]),
    ("StringLike", "aws:PrincipalAccount", ["3333*", "9*"]),
    ("ArnLike", "aws:PrincipalArn", [f"arn:aws:iam::{OWN}:role/*", "arn:aws:iam::*:role/Reader", f"arn:aws:iam::{FRIEND}:root"]),
    ("ArnNotEquals", "aws:PrincipalArn", [ADMIN, f"arn:aws:iam::{OWN}:role/Reader"]),
    ("StringEquals", "aws:PrincipalServiceName", ["cloudtrail.amazonaws.com"]),
    ("StringEquals", "s3:x-amz-acl", ["bucket-owner-full-control"]),
    ("StringNotEquals", "s3:x-amz-acl", ["bucket-owner-full-control", "private"]),
    ("StringEqualsIgnoreCase", "aws:username", ["ALICE", "bob"]),
    ("IpAddress", "aws:SourceIp", ["203.0.113.0/24", "0.0.0.0/0", "10.0.0.0/8"]),
    ("NotIpAddress", "aws:SourceIp", ["203.0.113.0/24", "2001:db8::/32"]),
    ("StringEquals", "aws:SourceVpce", ["vpce-1"]),
    ("StringNotEqualsIfExists", "aws:SourceVpce", ["vpce-1"]),
    ("NumericLessThan", "s3:TlsVersion", ["1.2", 1.3]),
    ("DateGreaterThan", "aws:CurrentTime", ["2030-01-01T00:00:00Z"]),
    ("ForAllValues:StringEquals", "aws:TagKeys", ["a", "b"]),
    ("ForAnyValue:StringNotEquals", "aws:TagKeys", ["a"]),
    ("StringEquals", "kms:CallerAccount", [OWN, FRIEND]),
    ("StringLike", "kms:EncryptionContext:aws:cloudtrail:arn", [f"arn:aws:cloudtrail:*:{OWN}:trail/*", "arn:aws:cloudtrail:*"]),
    ("Bool", "kms:GrantIsForAWSResource", ["true", "false"]),
    ("StringEquals", "AWS:SourceOwner", [OWN, STRANGER]),
    ("StringEquals", "aws:PrincipalTag/team", ["${aws:username}", "audit"]),
    ("StringEquals", "aws:ResourceAccount", ["${aws:PrincipalAccount}", OWN]),
]  # fmt: skip


CHOSEN_BY_CALLERS = {"s3:x-amz-acl", "s3:tlsversion", "aws:tagkeys", "kms:grantisforawsresource"}


class World:
    """Draws policies and requests; the same seed gives the same ones."""

    def __init__(self, seed: int, kind: str) -> None:
        self.random = random.Random(seed)
        self.kind = kind
        self.hints: dict[str, list[str]] = {}
        self.places: list[str] = []

    def policy(self) -> dict[str, Any]:
        count = self.random.choice([1, 1, 2, 2, 3, 4, 6])
        return {
            "Version": self.random.choice(["2012-10-17", "2012-10-17", "2012-10-17", "2008-10-17"]),
            "Statement": [self.statement() for _ in range(count)],
        }

    def statement(self, effect: str | None = None) -> dict[str, Any]:
        draw = self.random
        statement: dict[str, Any] = {"Effect": effect or draw.choice(["Allow", "Allow", "Deny"])}
        statement[draw.choice(["Principal"] * 9 + ["NotPrincipal"])] = draw.choice(PRINCIPALS)
        statement[draw.choice(["Action"] * 8 + ["NotAction"])] = self._some(ACTIONS[self.kind])
        statement[draw.choice(["Resource"] * 8 + ["NotResource"])] = self._some(RESOURCES[self.kind])
        conditions: dict[str, dict[str, Any]] = {}
        for _ in range(draw.choice([0, 1, 1, 1, 2, 3])):
            operator, key, values = draw.choice(TESTS)
            conditions.setdefault(operator, {})[key] = self._some(values)
        if conditions:
            statement["Condition"] = conditions
        self._note(statement)
        return statement

    def _note(self, statement: dict[str, Any]) -> None:
        """Keep what a statement tests, so that requests come near it."""
        for keys in statement.get("Condition", {}).values():
            for key, values in keys.items():
                listed = values if isinstance(values, list) else [values]
                texts = [str(one).lower() if isinstance(one, bool) else str(one) for one in listed]
                self.hints.setdefault(key.lower(), []).extend(one.replace("*", "x").replace("?", "1") for one in texts)
        resources = statement.get("Resource", statement.get("NotResource"))
        for pattern in resources if isinstance(resources, list) else [resources]:
            name = pattern.replace("*", "x").replace("?", "1")
            if name.startswith(f"{BUCKET}/") and "$" not in name:
                self.places.append(name)

    def _some(self, values: list[Any]) -> Any:
        chosen = self.random.sample(values, k=min(len(values), self.random.choice([1, 1, 2])))
        return chosen[0] if len(chosen) == 1 and self.random.random() < 0.7 else chosen

    def request(self) -> Request:
        draw = self.random
        carried: dict[str, Value] = {"aws:securetransport": draw.choice(["true", "true", "false"])}
        caller = draw.choice([self._anonymous, self._service, self._service, self._principal, self._principal])(carried)
        self._extras(caller, carried)
        resource = RESOURCE[self.kind]
        action = draw.choice(CONCRETE[self.kind])
        if self.kind == "s3" and action.endswith(("Object", "ObjectAcl")):
            names = [f"AWSLogs/{OWN}/CloudTrail/x", "public/x", "x", f"AWSLogs/{STRANGER}/x", "home/alice/x"]
            resource = draw.choice([*self.places, *(f"{resource}/{name}" for name in names)])
        for key, values in self.hints.items():
            if key in CHOSEN_BY_CALLERS and draw.random() < 0.6:
                value = draw.choice(values)
                carried[key] = (value,) if key == "aws:tagkeys" else value
        return Request(caller, action, resource, carried)

    def _anonymous(self, carried: dict[str, Value]) -> Caller:
        carried["aws:principalaccount"] = "anonymous"
        carried["aws:principalisawsservice"] = "false"
        return Caller("Anonymous", "anonymous")

    def _service(self, carried: dict[str, Value]) -> Caller:
        draw = self.random
        name = draw.choice(["cloudtrail.amazonaws.com"] * 3 + ["config.amazonaws.com", "delivery.logs.amazonaws.com"])
        account = draw.choice([OWN, MEMBER, STRANGER, STRANGER])
        trail = draw.choice(
            [
                f"arn:aws:cloudtrail:us-east-1:{account}:trail/main",
                f"arn:aws:cloudtrail:eu-west-1:{account}:trail/second",
            ]
        )
        other = f"arn:aws:config:us-east-1:{account}:config-rule/x"
        carried["aws:securetransport"] = "true"
        carried["aws:principalisawsservice"] = "true"
        carried["aws:principalservicename"] = name
        if draw.random() < 0.8:
            carried["aws:sourcearn"] = trail if name.startswith("cloudtrail") else other
        if draw.random() < 0.7:
            carried["aws:sourceaccount"] = account
        if draw.random() < 0.4:
            carried["aws:sourceorgid"] = draw.choice([ORG, OTHER_ORG]) if account != STRANGER else OTHER_ORG
        if self.kind == "kms" and name.startswith("cloudtrail") and draw.random() < 0.6:
            carried["kms:encryptioncontext:aws:cloudtrail:arn"] = trail
        if self.kind == "sns" and not name.startswith("cloudtrail") and draw.random() < 0.4:
            carried["aws:sourceowner"] = account
        return Caller("Service", name)

    def _principal(self, carried: dict[str, Value]) -> Caller:
        draw = self.random
        account = draw.choice([OWN, FRIEND, MEMBER, STRANGER, STRANGER])
        name = draw.choice(["root", "role/Reader", "role/x", "role/KeyAdmin", "user/alice", "user/bob"])
        arn = f"arn:aws:iam::{account}:{name}"
        carried |= {"aws:principalarn": arn, "aws:principalaccount": account, "kms:calleraccount": account}
        carried |= {"aws:principalisawsservice": "false", "aws:sourceowner": account}
        if name.startswith("user"):
            carried["aws:username"] = name.removeprefix("user/")
        if (org := draw.choice([None, ORG if account != STRANGER else OTHER_ORG])) is not None:
            carried["aws:principalorgid"] = org
            if draw.random() < 0.7:
                carried["aws:principalorgpaths"] = (f"{org}/r-ab12/ou-1/",)
        for key, values in (("aws:sourceip", ["203.0.113.9", "198.51.100.1", "2001:db8::1", "10.1.1.1"]),
                            ("aws:sourcevpce", ["vpce-1", "vpce-2"]),
                            ("aws:multifactorauthpresent", ["true", "false"]),
                            ("aws:principaltag/team", ["audit", "alice", "x"])):  # fmt: skip
            if draw.random() < 0.5:
                carried[key] = draw.choice(values)
        return Caller("AWS", arn, account)

    def _extras(self, caller: Caller, carried: dict[str, Value]) -> None:
        draw = self.random
        options: Mapping[str, list[Any]] = {
            "s3:x-amz-acl": ["bucket-owner-full-control", "private", "public-read"],
            "s3:tlsversion": ["1.1", "1.2", "1.3"],
            "aws:tagkeys": [("a",), ("a", "c"), ("b",)],
            "kms:grantisforawsresource": ["true", "false"],
        }
        for key, values in options.items():
            if draw.random() < 0.5:
                carried[key] = draw.choice(values)
        moment = draw.choice([("2026-06-01T00:00:00Z", "1780272000"), ("2031-01-01T00:00:00Z", "1924992000")])
        carried["aws:currenttime"], carried["aws:epochtime"] = moment
        carried["aws:resourceaccount"] = account_of(RESOURCE[self.kind]) or OWN
        if self.kind == "kms" and caller.type == "AWS" and draw.random() < 0.5:
            carried["kms:encryptioncontext:aws:cloudtrail:arn"] = draw.choice([TRAIL, FOREIGN_TRAIL])
