# ruff: noqa: E501 - a table reads best with one case a line
"""What an attacker tried on `policy check`: each case once went wrong, and its name says how."""

from __future__ import annotations

import pytest

from ctguard.model.document import read_document
from ctguard.model.errors import DocumentError
from ctguard.model.values import Unknown, text
from ctguard.policy.grammar import parse_policy
from ctguard.policy.regions import REGIONS
from tests.policy.builders import (
    ACL_CHECK,
    DESCRIBE,
    ENCRYPT,
    GOOD,
    KEY_ROOT,
    PUBLISH,
    ROOT,
    TRAIL_SERVICE,
    WRITE,
    allow,
    but,
    deny,
    document,
    verdict,
)
from tests.policy.generated import ADMIN, BUCKET, FRIEND, ORG, OWN

OBJECTS = f"{BUCKET}/*"
ROLE = f"arn:aws:iam::{OWN}:role/x"
SESSION = f"arn:aws:sts::{OWN}:assumed-role/Reader/s"


def reading(principal, **changed):
    return document(*GOOD["s3"], but(allow(principal, "s3:GetObject", OBJECTS), **changed))


def conditioned(**operators):
    return document(ACL_CHECK, but(WRITE, Condition=operators))


MALFORMED = [
    # name, policy, what the message says
    ("all federated users were nobody", reading({"Federated": "*"}), '"[*]" is no principal of type Federated'),
    ("all canonical users were nobody", reading({"CanonicalUser": "*"}), "no principal of type CanonicalUser"),
    ("everybody but all services was nobody", document(*GOOD["s3"], but(deny("*", "s3:*"), Principal=None, NotPrincipal={"Service": "*"})), "no principal of type Service"),
    ("a word was a principal", reading({"AWS": "garbage"}), 'the principal "garbage" is neither'),
    ("a boolean was a principal", reading({"AWS": True}), 'the principal "true" is neither'),
    ("eleven digits were an account", reading({"AWS": "11112222333"}), "is neither an account id"),
    ("thirteen digits were an account", reading({"AWS": "1111222233334"}), "is neither an account id"),
    ("a bucket was a principal", reading({"AWS": "arn:aws:s3:::x"}), "is neither an account id"),
    ("a group was a principal", reading({"AWS": f"arn:aws:iam::{OWN}:group/x"}), "is neither an account id"),
    ("a role of no account was a principal", reading({"AWS": "arn:aws:iam::ACCOUNT:role/x"}), "is neither an account id"),
    ("a service was an AWS principal", reading({"AWS": "cloudtrail.amazonaws.com"}), "is neither an account id"),
    ("a word in NotPrincipal was a principal", document(but(deny("*", "s3:*"), Principal=None, NotPrincipal={"AWS": "x"})), "is neither an account id"),
    ("a word was a service", reading({"Service": "garbage"}), "is no service"),
    ("a variable without end was a text", reading({"AWS": OWN}, Resource=f"{BUCKET}/${{aws:username"), "is empty or has no end"),
    ("a variable without name was a text", reading({"AWS": OWN}, Resource=f"{BUCKET}/${{}}"), "is empty or has no end"),
    ("a variable without end was a value", conditioned(StringEquals={"aws:SourceAccount": "${aws:ResourceAccount"}), "is empty or has no end"),
    ("a key without name was undocumented", conditioned(StringEquals={"": "x"}), 'condition key ""'),
    ("a key without service was undocumented", conditioned(StringEquals={"SourceArn": "x"}), 'condition key "SourceArn"'),
    ("one key twice, in other letters", conditioned(StringEquals={"aws:SourceArn": "a", "AWS:sourcearn": "b"}), "twice, in other letters"),
    ("a resource of three components", reading({"AWS": OWN}, Resource="arn:aws:s3"), "six components"),
    ("an action of three components", reading({"AWS": OWN}, Action="s3:Get:Object"), "must look like"),
]  # fmt: skip


@pytest.mark.parametrize(("policy", "message"), [row[1:] for row in MALFORMED], ids=[row[0] for row in MALFORMED])
def test_what_aws_would_refuse_to_store_is_an_error(policy, message):
    with pytest.raises(DocumentError, match=message):
        parse_policy(read_document(policy))


PRINCIPALS = [
    {"AWS": OWN}, {"AWS": int(OWN)}, {"AWS": ROOT}, {"AWS": "*"}, {"AWS": f"arn:aws-cn:iam::{OWN}:user/path/name"},
    {"AWS": f"arn:aws-us-gov:iam::{OWN}:role/aws-service-role/x.amazonaws.com/X"}, {"AWS": SESSION},
    {"AWS": f"arn:aws:sts::{OWN}:federated-user/bob"}, {"AWS": "AROAABCDEFGHIJKLMNOPQ"}, {"AWS": "AIDAABCDEFGHIJKLMNOPQ"},
    {"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"},
    {"Service": "cloudtrail.amazonaws.com"}, {"Service": "logs.us-east-1.amazonaws.com"}, {"Service": "ec2.amazonaws.com.cn"},
    {"Service": "alexa-appkit.amazon.com"}, {"Service": "*"}, {"Federated": "accounts.google.com"},
    {"Federated": f"arn:aws:iam::{OWN}:saml-provider/x"}, {"CanonicalUser": "79a59df900b949e55d96a1e698fbaced"},
    {"AWS": text(["arn:aws:iam::", Unknown("var.account"), ":root"])}, {"AWS": Unknown("var.someone")},
    {"Service": text([Unknown("var.service"), ".amazonaws.com"])},
]  # fmt: skip


@pytest.mark.parametrize("principal", PRINCIPALS, ids=str)
def test_every_form_of_principal_that_aws_stores_is_read(principal):
    parse_policy(read_document(reading(principal)))


RESOURCES = ["*", "arn:aws:s3*", "arn:*", "*:acme-trail-logs", "arn:aws:s3:::${aws:username}", f"{BUCKET}/${{*}}/${{aws:username, 'x'}}",
             text([Unknown("aws_s3_bucket.logs.arn"), "/*"]), Unknown("var.resource")]  # fmt: skip


@pytest.mark.parametrize("resource", RESOURCES, ids=str)
def test_every_form_of_resource_that_aws_stores_is_read(resource):
    parse_policy(read_document(reading({"AWS": OWN}, Resource=resource)))


def test_a_brace_without_end_is_a_text_in_the_old_version():
    old = reading({"AWS": OWN}, Resource=f"{BUCKET}/${{aws:username") | {"Version": "2008-10-17"}

    parse_policy(read_document(old))


KEYS = [
    # name, what stands beside the good statements, least privilege
    ("a reader's session got what the root's ARN delegates", [allow({"AWS": SESSION}, "kms:Decrypt")], True),
    ("a federated user got what the root's ARN delegates", [allow({"AWS": f"arn:aws:sts::{OWN}:federated-user/bob"}, "kms:Decrypt")], True),
    ("a session of an administrator was none", [allow({"AWS": ADMIN.replace(":iam:", ":sts:").replace("role", "assumed-role") + "/s"}, "kms:PutKeyPolicy")], True),
    ("a session of somebody else is none", [allow({"AWS": SESSION}, "kms:PutKeyPolicy")], False),
    ("a deleted administrator is none", [allow({"AWS": "AROAABCDEFGHIJKLMNOPQ"}, "kms:PutKeyPolicy")], False),
    ("everybody but the account was not decided", [allow({"AWS": ROLE}, "kms:DisableKey"), but(deny("*", "kms:*"), Principal=None, NotPrincipal={"AWS": OWN} | TRAIL_SERVICE)], False),
    ("random numbers were administration", [allow({"AWS": ROLE}, ["kms:Decrypt", "kms:GenerateRandom"])], True),
    ("key stores were administration", [allow({"AWS": ROLE}, "kms:DescribeCustomKeyStores")], True),
    ("an action that nobody knows was administration for certain", [allow({"AWS": ROLE}, "kms:MeltKey")], None),
]  # fmt: skip


@pytest.mark.parametrize(("statements", "least"), [row[1:] for row in KEYS], ids=[row[0] for row in KEYS])
def test_who_uses_and_who_administers_a_key(statements, least):
    judged = verdict("kms", KEY_ROOT, ENCRYPT, DESCRIBE, *statements)

    assert (judged.least_privilege, judged.delivers) == (least, True)


def wide(**operators):
    return but(WRITE, Condition=operators)


PREFIXES = [f"{n:02}*" for n in range(14)]
BUCKETS = [
    # name, the write statement or further statements, least privilege, delivers
    ("accounts up to a number were the own one", [wide(NumericLessThanEquals={"aws:SourceAccount": OWN})], False, True),
    ("accounts below a number were nobody", [wide(NumericLessThan={"aws:SourceAccount": 200000000000})], False, True),
    ("all accounts but a number were nobody", [wide(NumericNotEquals={"aws:SourceAccount": 999})], False, True),
    ("accounts beyond a number, as dates", [wide(DateGreaterThan={"aws:SourceAccount": "0"})], False, True),
    ("one account as a number", [wide(NumericEquals={"aws:SourceAccount": int(OWN)})], True, True),
    ("an ARN compared with a number", [wide(NumericLessThan={"aws:SourceArn": 5})], True, False),
    ("an ARN that is no number", [wide(NumericNotEquals={"aws:SourceArn": 5})], False, True),
    ("an account compared with a boolean was an account", [wide(Bool={"aws:SourceAccount": "true"})], True, False),
    ("a star was an account", [wide(StringEquals={"aws:SourceAccount": "*"})], True, False),
    ("a prefix was an account", [wide(StringEquals={"aws:SourceAccount": "1111*"})], True, False),
    ("a placeholder was an account", [wide(StringEquals={"aws:SourceArn": "arn:aws:cloudtrail:us-east-1:ACCOUNT:trail/x"})], True, False),
    ("a prefix in an ARN was an account", [wide(StringEquals={"aws:SourceArn": "arn:aws:cloudtrail:us-east-1:1111*:trail/x"})], True, False),
    ("a star was an organization", [wide(StringEquals={"aws:SourceOrgID": "*"})], True, False),
    ("fourteen prefixes left the delivery open", [wide(StringNotLike={"aws:SourceAccount": PREFIXES})], False, False),
    ("fourteen other prefixes left the delivery open", [wide(StringNotLike={"aws:SourceAccount": [f"{n:02}*" for n in range(20, 34)]})], False, True),
    ("channels of the own account were trails", [wide(ArnLike={"aws:SourceArn": f"arn:aws:cloudtrail:*:{OWN}:channel/*"})], False, False),
    ("whatever the own account has was a trail", [wide(ArnLike={"aws:SourceArn": f"arn:aws:cloudtrail:*:{OWN}:*"})], False, True),
    ("a channel with the own account is bound", [wide(ArnLike={"aws:SourceArn": f"arn:aws:cloudtrail:*:{OWN}:*"}, StringEquals={"aws:SourceAccount": OWN})], True, True),
    ("an account's number was a region", [wide(StringLike={"aws:SourceArn": f"arn:aws:cloudtrail:{OWN}:*:trail/*"})], True, False),
    ("everybody but the account was not decided", [WRITE, allow({"AWS": ROLE}, "s3:DeleteObject", OBJECTS), but(deny("*", "s3:*"), Principal=None, NotPrincipal={"AWS": OWN} | TRAIL_SERVICE)], False, True),
    ("everybody but another account is decided", [WRITE, allow({"AWS": ROLE}, "s3:DeleteObject", OBJECTS), but(deny("*", "s3:*"), Principal=None, NotPrincipal={"AWS": FRIEND} | TRAIL_SERVICE)], True, True),
]  # fmt: skip


@pytest.mark.parametrize(
    ("statements", "least", "delivers"), [row[1:] for row in BUCKETS], ids=[row[0] for row in BUCKETS]
)
def test_what_binds_the_trails_of_a_bucket(statements, least, delivers):
    judged = verdict("s3", ACL_CHECK, *statements)

    assert (judged.least_privilege, judged.delivers) == (least, delivers)


def test_witnesses_name_accounts_and_regions_that_can_exist():
    loose = wide(StringLike={"aws:SourceArn": "arn:aws:cloudtrail:*-*:*:trail/*"})

    judged = verdict("s3", ACL_CHECK, loose)

    region, account = judged.excess[0].request.context["aws:sourcearn"].split(":")[3:5]
    assert region in REGIONS["aws"]
    assert account.isdigit()
    assert len(account) == 12


PERIMETER = deny("*", "s3:*", [BUCKET, OBJECTS], StringNotEqualsIfExists={"aws:SourceOrgID": "${aws:ResourceOrgID}"},
                 Null={"aws:SourceAccount": "false"}, Bool={"aws:PrincipalIsAWSService": "true"})  # fmt: skip
PERIMETERS = [
    # name, changes of the context, delivers
    ("the usual perimeter stopped deliveries into the own bucket", {"org_id": ORG}, True),
    ("a bucket of another account may be outside", {"org_id": ORG, "bucket_owner": FRIEND}, None),
    ("a bucket of a member is inside", {"org_id": ORG, "bucket_owner": FRIEND, "log_accounts": [OWN, FRIEND]}, True),
]  # fmt: skip


@pytest.mark.parametrize(("changed", "delivers"), [row[1:] for row in PERIMETERS], ids=[row[0] for row in PERIMETERS])
def test_deliveries_carry_the_organization_of_the_bucket(changed, delivers):
    assert verdict("s3", ACL_CHECK, WRITE, PERIMETER, **changed).delivers is delivers


TOPICS = [
    # name, conditions, topic_source_arn
    ("channels were trails", {"ArnLike": {"aws:SourceArn": f"arn:aws:cloudtrail:*:{OWN}:channel/*"}}, False),
    ("whatever the account has was a trail", {"ArnLike": {"aws:SourceArn": f"arn:aws:cloudtrail:*:{OWN}:*"}}, False),
    ("whatever the account has was a trail, beside its id", {"ArnLike": {"aws:SourceArn": f"arn:aws:cloudtrail:*:{OWN}:*"}, "StringEquals": {"aws:SourceAccount": OWN}}, False),
    ("all trails of the account are trails", {"ArnLike": {"aws:SourceArn": f"arn:aws:cloudtrail:*:{OWN}:trail/*"}}, True),
]  # fmt: skip


@pytest.mark.parametrize(("operators", "expected"), [row[1:] for row in TOPICS], ids=[row[0] for row in TOPICS])
def test_the_source_of_a_notification_is_a_trail(operators, expected):
    assert verdict("sns", but(PUBLISH, Condition=operators)).topic_source_arn is expected


def test_messages_write_policy_variables_as_the_document_does():
    judged = verdict("s3", ACL_CHECK, wide(StringEquals={"aws:SourceAccount": "${aws:PrincipalAccount}"}))

    assert "${aws:PrincipalAccount}" in judged.undelivered[0].why
