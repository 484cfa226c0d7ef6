# ruff: noqa: E501 - a table reads best with one case a line
"""The verdict on key policies, clause by clause, each both ways."""

from __future__ import annotations

import pytest

from tests.policy.builders import (
    DECRYPT,
    DESCRIBE,
    ENCRYPT,
    GOOD,
    KEY_ROOT,
    ROOT,
    TRAIL_SERVICE,
    allow,
    but,
    deny,
    under,
    verdict,
)
from tests.policy.generated import ADMIN, FOREIGN_TRAIL, FRIEND, KEY, ORG, OWN, STRANGER, TRAIL

CONTEXT = "kms:EncryptionContext:aws:cloudtrail:arn"
OWN_CONTEXT = f"arn:aws:cloudtrail:*:{OWN}:trail/*"
ROLE = {"AWS": f"arn:aws:iam::{OWN}:role/Application"}
CONSOLE_USER = allow(ROLE, ["kms:CreateGrant", "kms:ListGrants"], Bool={"kms:GrantIsForAWSResource": True})

FOR_CLOUDTRAIL = [
    # name, statements beside the root's, least privilege, delivers
    ("as documented", [ENCRYPT, DESCRIBE, DECRYPT], True, True),
    ("by the trail alone", [under(ENCRYPT, StringEquals={"aws:SourceArn": TRAIL}), DESCRIBE], True, True),
    ("by the encryption context alone", [under(ENCRYPT, StringLike={CONTEXT: OWN_CONTEXT}), DESCRIBE], True, True),
    ("by the encryption context of one trail", [under(ENCRYPT, StringEquals={CONTEXT: TRAIL}), DESCRIBE], True, True),
    ("by the account", [under(ENCRYPT, StringEquals={"aws:SourceAccount": OWN}), DESCRIBE], True, True),
    ("by no condition", [but(ENCRYPT, Condition=None), DESCRIBE], False, True),
    ("by any encryption context", [under(ENCRYPT, StringLike={CONTEXT: "arn:aws:cloudtrail:*:*:trail/*"}), DESCRIBE], False, True),
    ("by an encryption context that must be there", [under(ENCRYPT, Null={CONTEXT: "false"}), DESCRIBE], False, True),
    ("by a foreign encryption context", [under(ENCRYPT, StringEquals={CONTEXT: FOREIGN_TRAIL}), DESCRIBE], False, False),
    ("by the encryption context if there is one", [under(ENCRYPT, StringLikeIfExists={CONTEXT: OWN_CONTEXT}), DESCRIBE], False, True),
    ("unbound, denied outside of the encryption context", [but(ENCRYPT, Condition=None), DESCRIBE, deny(TRAIL_SERVICE, "kms:GenerateDataKey*", StringNotLike={CONTEXT: OWN_CONTEXT})], True, True),
    ("describing for anybody", [ENCRYPT, but(DESCRIBE, Condition=None)], True, True),
    ("describing under the encryption context, which it does not carry", [ENCRYPT, under(DESCRIBE, StringLike={CONTEXT: OWN_CONTEXT})], True, False),
    ("not describing", [ENCRYPT], True, False),
    ("not encrypting", [DESCRIBE], True, False),
    ("with bound decryption", [but(ENCRYPT, Action=["kms:GenerateDataKey*", "kms:Decrypt"]), DESCRIBE], True, True),
    ("with unbound decryption", [ENCRYPT, DESCRIBE, allow(TRAIL_SERVICE, "kms:Decrypt")], False, True),
    ("with encryption, bound", [but(ENCRYPT, Action=["kms:GenerateDataKey*", "kms:Encrypt", "kms:ReEncrypt*"]), DESCRIBE], True, True),
    ("with encryption, unbound", [ENCRYPT, DESCRIBE, allow(TRAIL_SERVICE, "kms:Encrypt")], False, True),
    ("with all actions, bound", [but(ENCRYPT, Action="kms:*"), DESCRIBE], False, True),
    ("with grants", [under(but(ENCRYPT, Action=["kms:GenerateDataKey*", "kms:CreateGrant"]), StringEquals={"aws:SourceArn": TRAIL}), DESCRIBE], False, True),
    ("with grants for services", [ENCRYPT, DESCRIBE, allow(TRAIL_SERVICE, "kms:CreateGrant", Bool={"kms:GrantIsForAWSResource": "true"})], True, True),
    ("on the key itself", [but(ENCRYPT, Resource=KEY), but(DESCRIBE, Resource=KEY)], True, True),
    ("on another key", [but(ENCRYPT, Resource=f"{KEY}0"), DESCRIBE], True, False),
    ("for a caller's account, which a service has not", [under(ENCRYPT, StringEquals={"kms:CallerAccount": OWN}), DESCRIBE], True, False),
    ("denied again by the organization", [ENCRYPT, DESCRIBE, deny("*", "kms:*", StringNotEquals={"aws:PrincipalOrgID": ORG})], True, False),
    ("denied again by the organization, but for services", [ENCRYPT, DESCRIBE, deny("*", "kms:*", StringNotEquals={"aws:PrincipalOrgID": ORG}, Bool={"aws:PrincipalIsAWSService": "false"})], True, True),
]  # fmt: skip

ADMINISTRATION = [
    ("the own root", KEY_ROOT, True),
    ("the own account's id", but(KEY_ROOT, Principal={"AWS": OWN}), True),
    ("a named administrator", allow({"AWS": ADMIN}, "kms:*"), True),
    ("a role that is none", allow(ROLE, "kms:PutKeyPolicy"), False),
    ("a user that is none", allow({"AWS": f"arn:aws:iam::{OWN}:user/alice"}, "kms:ScheduleKeyDeletion"), False),
    ("everybody of the account, directly", allow("*", "kms:*", StringEquals={"kms:CallerAccount": OWN}), False),
    ("the account by condition, directly", allow({"AWS": "*"}, "kms:DisableKey", StringEquals={"aws:PrincipalAccount": OWN}), False),
    ("only the root user, by condition", allow("*", "kms:*", ArnEquals={"aws:PrincipalArn": ROOT}), True),
    ("the administrator by condition", allow("*", "kms:DisableKey", ArnEquals={"aws:PrincipalArn": ADMIN}), True),
    ("another account's root", allow({"AWS": FRIEND}, "kms:RevokeGrant"), False),
    ("another account's root, using", allow({"AWS": FRIEND}, ["kms:Decrypt", "kms:DescribeKey"]), True),
    ("grants", allow(ROLE, "kms:CreateGrant"), False),
    ("grants for services", CONSOLE_USER, True),
    ("grants for services or none", allow(ROLE, "kms:CreateGrant", BoolIfExists={"kms:GrantIsForAWSResource": "true"}), False),
    ("grants that are not for services", allow(ROLE, "kms:CreateGrant", Bool={"kms:GrantIsForAWSResource": "false"}), False),
    ("revoking for services", allow(ROLE, ["kms:CreateGrant", "kms:RevokeGrant"], Bool={"kms:GrantIsForAWSResource": "true"}), False),
    ("aliases", allow(ROLE, ["kms:CreateAlias", "kms:UpdateAlias", "kms:DeleteAlias"]), True),
    ("rotation on", allow(ROLE, "kms:EnableKeyRotation"), True),
    ("rotation off", allow(ROLE, "kms:DisableKeyRotation"), False),
    ("what nobody knows yet", allow(ROLE, "kms:MeltKey"), None),
    ("a service", allow({"Service": "logs.amazonaws.com"}, "kms:DisableKey"), False),
    ("a service, using", allow({"Service": "logs.amazonaws.com"}, ["kms:Encrypt*", "kms:Decrypt*", "kms:GenerateDataKey*"]), True),
    ("everybody of the account but not administering", allow("*", ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey*"], StringEquals={"kms:CallerAccount": OWN, "kms:ViaService": "s3.us-east-1.amazonaws.com"}), True),
    ("everybody but the root, denied", [allow("*", "kms:*", StringEquals={"kms:CallerAccount": OWN}), deny("*", "kms:*", ArnNotEquals={"aws:PrincipalArn": [ROOT, ADMIN]})], True),
    ("all but administration", but(allow(ROLE, "kms:*"), Action=None, NotAction=["kms:*Key*", "kms:*Grant*", "kms:UpdatePrimaryRegion"]), True),
]  # fmt: skip

USE = [
    ("everybody", allow("*", "kms:Decrypt"), False),
    ("everybody through a service", allow("*", "kms:Decrypt", StringEquals={"kms:ViaService": "s3.us-east-1.amazonaws.com"}), False),
    ("everybody with an encryption context", allow("*", "kms:Decrypt", Null={CONTEXT: "false"}), False),
    ("everybody with an own encryption context", allow("*", "kms:Decrypt", StringLike={CONTEXT: OWN_CONTEXT}), False),
    ("everybody of named accounts", allow("*", "kms:Decrypt", StringEquals={"kms:CallerAccount": [OWN, FRIEND]}), True),
    ("everybody of an organization", allow("*", "kms:Decrypt", StringEquals={"aws:PrincipalOrgID": ORG}), True),
    ("everybody of any organization", allow("*", "kms:Decrypt", Null={"aws:PrincipalOrgID": "false"}), False),
    ("everybody who describes", allow("*", "kms:DescribeKey"), True),
    ("everybody who grants to services", allow("*", "kms:CreateGrant", Bool={"kms:GrantIsForAWSResource": "true"}), False),
    ("sources of the account", allow("*", ["kms:Decrypt", "kms:GenerateDataKey*"], StringEquals={"aws:SourceAccount": OWN}), True),
    ("a stranger by name", allow({"AWS": STRANGER}, "kms:Decrypt"), True),
    ("everybody, denied to others", [allow("*", "kms:Decrypt"), deny("*", "kms:*", StringNotEquals={"kms:CallerAccount": OWN})], True),
    ("everybody, denied to others who say so", [allow("*", "kms:Decrypt"), deny("*", "kms:*", StringNotEqualsIfExists={"aws:PrincipalOrgID": ORG})], True),
    ("everybody, denied only to others who say so", [allow("*", "kms:Decrypt"), deny("*", "kms:*", StringNotEquals={"aws:PrincipalOrgID": ORG}, Null={"aws:PrincipalOrgID": "false"})], False),
    ("a reader", DECRYPT, True),
]  # fmt: skip


@pytest.mark.parametrize(
    ["statements", "least", "delivers"],
    [row[1:] for row in FOR_CLOUDTRAIL],
    ids=[row[0] for row in FOR_CLOUDTRAIL],
)
def test_cloudtrail_gets_data_keys_for_own_trails_only(statements, least, delivers):
    judged = verdict("kms", KEY_ROOT, *statements)

    assert (judged.least_privilege, judged.delivers) == (least, delivers)


@pytest.mark.parametrize(
    ("statements", "expected"), [row[1:] for row in ADMINISTRATION], ids=[row[0] for row in ADMINISTRATION]
)
def test_only_root_and_administrators_administer(statements, expected):
    several = statements if isinstance(statements, list) else [statements]

    judged = verdict("kms", ENCRYPT, DESCRIBE, *several)

    assert judged.least_privilege is expected


@pytest.mark.parametrize(("statements", "expected"), [row[1:] for row in USE], ids=[row[0] for row in USE])
def test_only_those_named_may_use_the_key(statements, expected):
    several = statements if isinstance(statements, list) else [statements]

    judged = verdict("kms", *GOOD["kms"], *several)

    assert judged.least_privilege is expected


def test_decrypting_readers_are_reported():
    judged = verdict("kms", *GOOD["kms"])

    assert [(one.id, one.action) for one in judged.readers] == [
        (ROOT, "kms:Decrypt"),
        (f"arn:aws:iam::{OWN}:role/LogReader", "kms:Decrypt"),
    ]
