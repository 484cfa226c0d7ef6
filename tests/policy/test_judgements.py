# ruff: noqa: E501 - a table reads best with one case a line
"""Single questions about policies, each answered both ways."""

from __future__ import annotations

from typing import Any

import pytest

from ctguard.model.document import read_document
from ctguard.model.logic import Status
from ctguard.model.values import Unknown
from ctguard.policy import judgements as about
from ctguard.policy.context import PolicyContext
from tests.policy.builders import (
    ACL_CHECK,
    DECRYPT,
    DEFAULT_TOPIC,
    DESCRIBE,
    ENCRYPT,
    GOOD,
    KEY_ROOT,
    LEFT_OUT,
    PUBLISH,
    TLS_ONLY,
    TRAIL_SERVICE,
    WRITE,
    allow,
    but,
    deny,
    document,
    surroundings,
    under,
)
from tests.policy.generated import ADMIN, BUCKET, FRIEND, KEY, ORG, OWN, STRANGER, TOPIC

PASS, FAIL, UNKNOWN = Status.PASS, Status.FAIL, Status.UNKNOWN
OBJECTS = f"{BUCKET}/*"
ROLE = {"AWS": f"arn:aws:iam::{OWN}:role/Admin"}
CONTEXT = "kms:EncryptionContext:aws:cloudtrail:arn"


def doc(*statements: Any):
    return read_document(document(*statements))


def around(kind: str, **changed: Any) -> PolicyContext:
    return PolicyContext.from_json(surroundings(kind, **changed))


PUBLIC = [
    ("s3", "nobody", GOOD["s3"], PASS),
    ("s3", "everybody reads", [allow("*", "s3:GetObject", OBJECTS)], FAIL),
    ("s3", "everybody writes", [allow({"AWS": "*"}, "s3:PutObject", OBJECTS)], FAIL),
    ("s3", "everybody but one", [but(allow("*", "s3:GetObject", OBJECTS), Principal=None, NotPrincipal={"AWS": OWN})], FAIL),
    ("s3", "from a narrow network", [allow("*", "s3:GetObject", OBJECTS, IpAddress={"aws:SourceIp": "203.0.113.0/24"})], PASS),
    ("s3", "from a wide network", [allow("*", "s3:GetObject", OBJECTS, IpAddress={"aws:SourceIp": "0.0.0.0/1"})], FAIL),
    ("s3", "from everywhere but a network", [allow("*", "s3:GetObject", OBJECTS, NotIpAddress={"aws:SourceIp": "203.0.113.0/24"})], FAIL),
    ("s3", "through an endpoint", [allow("*", "s3:GetObject", OBJECTS, StringEquals={"aws:SourceVpce": "vpce-1"})], PASS),
    ("s3", "through some endpoint", [allow("*", "s3:GetObject", OBJECTS, StringLike={"aws:SourceVpce": "vpce-*"})], FAIL),
    ("s3", "through an endpoint if there is one", [allow("*", "s3:GetObject", OBJECTS, StringEqualsIfExists={"aws:SourceVpce": "vpce-1"})], FAIL),
    ("s3", "everybody, fenced by an endpoint", [allow("*", "s3:GetObject", OBJECTS), deny("*", "s3:*", OBJECTS, StringNotEquals={"aws:SourceVpce": "vpce-1"})], PASS),
    ("s3", "through access points of an account", [allow("*", "s3:*", [BUCKET, OBJECTS], StringEquals={"s3:DataAccessPointAccount": OWN})], PASS),
    ("s3", "of an organization", [allow("*", "s3:GetObject", OBJECTS, StringEquals={"aws:PrincipalOrgID": ORG})], PASS),
    ("s3", "with a referer", [allow("*", "s3:GetObject", OBJECTS, StringLike={"aws:Referer": "https://x/*"})], FAIL),
    ("s3", "for sources", [allow("*", "s3:PutObject", OBJECTS, StringLike={"aws:SourceArn": "*"})], PASS),
    ("s3", "a named stranger", [allow({"AWS": STRANGER}, "s3:*", OBJECTS)], PASS),
    ("s3", "whom nobody knows", [allow({"AWS": Unknown("var.x")}, "s3:*", OBJECTS)], UNKNOWN),
    ("sns", "the default statement", [DEFAULT_TOPIC, PUBLISH], PASS),
    ("sns", "everybody subscribes", [allow("*", "sns:Subscribe", TOPIC)], FAIL),
    ("kms", "the documented policy", GOOD["kms"], PASS),
    ("kms", "callers of the account", [allow("*", "kms:*", StringEquals={"kms:CallerAccount": OWN})], PASS),
    ("kms", "everybody through a service", [allow("*", "kms:Decrypt", StringEquals={"kms:ViaService": "s3.us-east-1.amazonaws.com"})], FAIL),
]  # fmt: skip


@pytest.mark.parametrize(
    ["kind", "statements", "expected"],
    [(row[0], *row[2:]) for row in PUBLIC],
    ids=[f"{row[0]}: {row[1]}" for row in PUBLIC],
)
def test_strangers_are_kept_out(kind, statements, expected):
    found = about.nobody_outside(doc(*statements), kind, around(kind))

    assert found.status is expected
    assert (found.witness is not None) is (expected is FAIL)


TRANSPORT = [
    ("as it should be", [TLS_ONLY], PASS),
    ("no Deny at all", [ACL_CHECK, WRITE], FAIL),
    ("an Allow with TLS", [allow("*", "s3:*", [BUCKET, OBJECTS], Bool={"aws:SecureTransport": "true"})], FAIL),
    ("objects only", [but(TLS_ONLY, Resource=OBJECTS)], FAIL),
    ("the bucket only", [but(TLS_ONLY, Resource=BUCKET)], FAIL),
    ("in two statements", [but(TLS_ONLY, Resource=OBJECTS), but(TLS_ONLY, Resource=BUCKET)], PASS),
    ("by one pattern", [but(TLS_ONLY, Resource=f"{BUCKET}*")], PASS),
    ("some actions", [but(TLS_ONLY, Action=["s3:GetObject", "s3:PutObject"])], FAIL),
    ("all actions of all services", [but(TLS_ONLY, Action="*")], PASS),
    ("all actions but one", [but(TLS_ONLY, Action=None, NotAction="s3:GetObject")], FAIL),
    ("one account", [but(TLS_ONLY, Principal={"AWS": OWN})], FAIL),
    ("everybody but services", [under(TLS_ONLY, Bool={"aws:SecureTransport": "false", "aws:PrincipalIsAWSService": "false"})], PASS),
    ("everybody but a role", [under(TLS_ONLY, Bool={"aws:SecureTransport": "false"}, ArnNotEquals={"aws:PrincipalArn": ROLE["AWS"]})], FAIL),
    ("unless TLS is true", [under(TLS_ONLY, BoolIfExists={"aws:SecureTransport": "false"})], PASS),
    ("by a text", [under(TLS_ONLY, StringNotEquals={"aws:SecureTransport": "true"})], PASS),
    ("by the version of TLS", [under(TLS_ONLY, NumericLessThan={"s3:TlsVersion": "1.2"})], FAIL),
    ("the wrong way round", [under(TLS_ONLY, Bool={"aws:SecureTransport": "true"})], FAIL),
    ("on what is not known", [but(TLS_ONLY, Resource=Unknown("var.x"))], UNKNOWN),
]  # fmt: skip


@pytest.mark.parametrize(("statements", "expected"), [row[1:] for row in TRANSPORT], ids=[row[0] for row in TRANSPORT])
def test_plaintext_is_denied_to_everybody_for_everything(statements, expected):
    found = about.secure_transport(doc(*statements), around("s3"))

    assert found.status is expected
    if expected is FAIL:
        assert found.witness is not None
        assert found.witness["context"]["aws:SecureTransport"] == "false"
        repaired = doc(*statements, found.witness["suggestion"])
        assert about.secure_transport(repaired, around("s3")).status is PASS


QUESTIONS = [
    # question, statements, status
    (lambda d: about.cross_account(d, "sns", around("sns")), [PUBLISH, DEFAULT_TOPIC], PASS),
    (lambda d: about.cross_account(d, "sns", around("sns")), [allow({"AWS": FRIEND}, "sns:Subscribe", TOPIC)], FAIL),
    (lambda d: about.cross_account(d, "sns", around("sns"), [FRIEND]), [allow({"AWS": FRIEND}, "sns:Subscribe", TOPIC)], PASS),
    (lambda d: about.cross_account(d, "sns", around("sns"), [f"arn:aws:iam::{FRIEND}:role/x"]), [allow({"AWS": FRIEND}, "sns:Subscribe", TOPIC)], FAIL),
    (lambda d: about.cross_account(d, "sns", around("sns"), [f"arn:aws:iam::{FRIEND}:role/x"]), [allow({"AWS": f"arn:aws:iam::{FRIEND}:role/x"}, "sns:Subscribe", TOPIC)], PASS),
    (lambda d: about.cross_account(d, "sns", around("sns"), [ORG]), [allow("*", "sns:Subscribe", TOPIC, StringEquals={"aws:PrincipalOrgID": ORG})], PASS),
    (lambda d: about.cross_account(d, "sns", around("sns")), [allow("*", "sns:Subscribe", TOPIC, StringEquals={"aws:PrincipalOrgID": ORG})], FAIL),
    (lambda d: about.cross_account(d, "s3", around("s3", bucket_owner=LEFT_OUT)), [allow({"AWS": FRIEND}, "s3:GetObject", OBJECTS)], UNKNOWN),
    (about.no_not_elements, GOOD["s3"], PASS),
    (about.no_not_elements, [but(WRITE, Action=None, NotAction="s3:Delete*")], FAIL),
    (about.no_not_elements, [but(WRITE, Resource=None, NotResource="arn:aws:s3:::x/*")], FAIL),
    (about.no_not_elements, [but(deny("*", "s3:*"), Principal=None, NotPrincipal={"AWS": OWN})], PASS),
    (lambda d: about.bound_by_source(d, "s3", around("s3")), [WRITE], PASS),
    (lambda d: about.bound_by_source(d, "s3", around("s3")), [but(WRITE, Condition=None)], FAIL),
    (lambda d: about.bound_by_source(d, "kms", around("kms")), [ENCRYPT], PASS),
    (lambda d: about.bound_by_source(d, "kms", around("kms")), [under(ENCRYPT, StringLike={CONTEXT: f"arn:aws:cloudtrail:*:{OWN}:trail/*"})], FAIL),
    (lambda d: about.bound_by_encryption_context(d, around("kms")), [ENCRYPT], PASS),
    (lambda d: about.bound_by_encryption_context(d, around("kms")), [under(ENCRYPT, StringEquals={"aws:SourceAccount": OWN})], FAIL),
    (lambda d: about.bound_by_encryption_context(d, around("kms")), [under(ENCRYPT, StringLike={CONTEXT: "arn:aws:cloudtrail:*:*:trail/*"})], FAIL),
    (lambda d: about.foreign_writers(d, around("s3")), [WRITE], PASS),
    (lambda d: about.foreign_writers(d, around("s3")), [allow(ROLE, "s3:Put*", OBJECTS)], FAIL),
    (lambda d: about.foreign_writers(d, around("s3"), [ROLE["AWS"]]), [allow(ROLE, "s3:Put*", OBJECTS)], PASS),
    (lambda d: about.foreign_writers(d, around("s3"), ["config.amazonaws.com"]), [allow({"Service": "config.amazonaws.com"}, "s3:PutObject", OBJECTS)], PASS),
    (lambda d: about.foreign_writers(d, around("s3")), [allow(ROLE, "s3:DeleteObject", OBJECTS)], PASS),
    (lambda d: about.deleters(d, around("s3")), [allow(ROLE, "s3:DeleteObject*", OBJECTS)], FAIL),
    (lambda d: about.deleters(d, around("s3")), [allow(TRAIL_SERVICE, "s3:*", OBJECTS)], FAIL),
    (lambda d: about.deleters(d, around("s3"), [ROLE["AWS"]]), [allow(ROLE, "s3:DeleteObject*", OBJECTS)], PASS),
    (lambda d: about.deleters(d, around("s3")), [allow(ROLE, "s3:DeleteObject", OBJECTS), deny("*", "s3:Delete*", "*")], PASS),
    (lambda d: about.guardrail_changers(d, around("s3")), [allow(ROLE, "s3:PutLifecycleConfiguration", BUCKET)], FAIL),
    (lambda d: about.guardrail_changers(d, around("s3")), [allow(ROLE, "s3:PutBucketAbac", BUCKET)], FAIL),
    (lambda d: about.guardrail_changers(d, around("s3")), [allow(ROLE, "s3:PutObject", OBJECTS)], PASS),
    (lambda d: about.readers_listed(d, "s3", around("s3"), []), [allow({"AWS": FRIEND}, "s3:GetObject", OBJECTS)], FAIL),
    (lambda d: about.readers_listed(d, "s3", around("s3"), [FRIEND]), [allow({"AWS": FRIEND}, "s3:GetObject", OBJECTS)], PASS),
    (lambda d: about.decrypt_restricted(d, around("kms")), [KEY_ROOT, ENCRYPT, DESCRIBE], PASS),
    (lambda d: about.decrypt_restricted(d, around("kms")), [KEY_ROOT, DECRYPT], FAIL),
    (lambda d: about.decrypt_restricted(d, around("kms"), [DECRYPT["Principal"]["AWS"]]), [KEY_ROOT, DECRYPT], PASS),
    (lambda d: about.decrypt_restricted(d, around("kms")), [allow({"AWS": ADMIN}, "kms:*")], PASS),
    (lambda d: about.decrypt_restricted(d, around("kms")), [allow("*", "kms:Decrypt", StringEquals={"kms:CallerAccount": OWN})], FAIL),
    (lambda d: about.decrypt_restricted(d, around("kms")), [but(ENCRYPT, Action="kms:Decrypt")], FAIL),
    (lambda d: about.decrypt_restricted(d, around("kms"), service_needs_decrypt=True), [but(ENCRYPT, Action="kms:Decrypt")], PASS),
    (lambda d: about.decrypt_restricted(d, around("kms"), service_needs_decrypt=True), [allow(TRAIL_SERVICE, "kms:Decrypt")], FAIL),
    (lambda d: about.trail_can_deliver(d, "s3", around("s3")), [ACL_CHECK, WRITE], PASS),
    (lambda d: about.trail_can_deliver(d, "s3", around("s3")), [WRITE], FAIL),
    (lambda d: about.trail_can_deliver(d, "s3", around("s3", prefix=LEFT_OUT)), [ACL_CHECK, WRITE], UNKNOWN),
    (lambda d: about.topic_key_usable(d, around("kms")), [KEY_ROOT], FAIL),
    (lambda d: about.topic_key_usable(d, around("kms")), [allow({"Service": ["cloudtrail.amazonaws.com", "cloudwatch.amazonaws.com"]}, ["kms:GenerateDataKey*", "kms:Decrypt"])], PASS),
    (lambda d: about.topic_key_usable(d, around("kms")), [allow(TRAIL_SERVICE, ["kms:GenerateDataKey*", "kms:Decrypt"])], FAIL),
    (lambda d: about.topic_key_usable(d, around("kms"), ["cloudtrail.amazonaws.com"]), [allow(TRAIL_SERVICE, ["kms:GenerateDataKey*", "kms:Decrypt"])], PASS),
    (lambda d: about.topic_key_usable(d, around("kms"), ["cloudtrail.amazonaws.com"]), [allow(TRAIL_SERVICE, "kms:GenerateDataKey*")], FAIL),
    (lambda d: about.topic_key_usable(d, around("kms"), ["cloudwatch.amazonaws.com"]), [allow({"Service": "cloudwatch.amazonaws.com"}, ["kms:GenerateDataKey*", "kms:Decrypt"], StringEquals={"aws:SourceAccount": OWN})], UNKNOWN),
]  # fmt: skip


@pytest.mark.parametrize(("question", "statements", "expected"), QUESTIONS, ids=map(str, range(len(QUESTIONS))))
def test_single_questions_are_answered_both_ways(question, statements, expected):
    found = question(doc(*statements))

    assert found.status is expected, found.because
    assert found.because
    if expected is FAIL and found.witnesses:
        assert all(one.why in found.because for one in found.witnesses)


def test_a_failure_names_its_statement_and_an_open_one_its_value():
    failing = about.nobody_outside(doc(WRITE, allow("*", "s3:GetObject", OBJECTS)), "s3", around("s3"))
    open_ = about.deleters(doc(allow(ROLE, Unknown("var.actions"), OBJECTS)), around("s3"))

    assert (failing.statement, failing.unknown) == (1, None)
    assert (open_.statement, open_.unknown) == (None, Unknown("var.actions"))


def test_key_uses_of_a_topic_carry_its_own_encryption_context():
    bound = allow(
        TRAIL_SERVICE,
        ["kms:GenerateDataKey*", "kms:Decrypt"],
        KEY,
        StringEquals={"kms:EncryptionContext:aws:sns:topicArn": TOPIC},
    )

    assert (
        about.topic_key_usable(doc(bound), around("kms", topic_arn=TOPIC), ["cloudtrail.amazonaws.com"]).status is PASS
    )
    assert (
        about.topic_key_usable(doc(bound), around("kms", topic_arn=f"{TOPIC}2"), ["cloudtrail.amazonaws.com"]).status
        is FAIL
    )
    assert about.topic_key_usable(doc(bound), around("kms"), ["cloudtrail.amazonaws.com"]).status is UNKNOWN
