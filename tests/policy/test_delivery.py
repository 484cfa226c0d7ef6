# ruff: noqa: E501 - a table reads best with one case a line
"""Can CloudTrail still deliver? Each thing that a delivery needs, there and missing."""

from __future__ import annotations

import pytest

from ctguard.model.document import read_document
from ctguard.policy.evaluate import decide
from ctguard.policy.grammar import parse_policy
from tests.policy.builders import ACL_CHECK, LOGS, TLS_ONLY, WRITE, allow, but, deny, document, under, verdict
from tests.policy.generated import BUCKET, MEMBER, MEMBER_TRAIL, ORG, OWN, STRANGER, TRAIL

OBJECTS = f"{BUCKET}/*"
ORG_LOGS = f"{BUCKET}/AWSLogs/{ORG}/*"
SSE, SSE_KEY = "s3:x-amz-server-side-encryption", "s3:x-amz-server-side-encryption-aws-kms-key-id"
KMS_KEY = f"arn:aws:kms:us-east-1:{OWN}:key/1"

CASES = [
    # name, statements, context, delivers
    ("as documented", [ACL_CHECK, WRITE, TLS_ONLY], {}, True),
    ("no ACL check", [WRITE], {}, False),
    ("no write", [ACL_CHECK], {}, False),
    ("the write for another trail", [ACL_CHECK, under(WRITE, StringEquals={"aws:SourceArn": f"{TRAIL}2"})], {}, False),
    ("a wildcard that is none", [ACL_CHECK, under(WRITE, StringEquals={"aws:SourceArn": f"arn:aws:cloudtrail:us-east-1:{OWN}:trail/*"})], {}, False),
    ("another account's folder", [ACL_CHECK, but(WRITE, Resource=f"{BUCKET}/AWSLogs/{STRANGER}/*")], {}, False),
    ("the folder under a prefix, without one", [ACL_CHECK, but(WRITE, Resource=f"{BUCKET}/audit/AWSLogs/{OWN}/*")], {}, False),
    ("the folder under a prefix", [ACL_CHECK, but(WRITE, Resource=f"{BUCKET}/audit/AWSLogs/{OWN}/*")], {"prefix": "audit"}, True),
    ("no folder under a prefix", [ACL_CHECK, WRITE], {"prefix": "audit"}, False),
    ("the log files only", [ACL_CHECK, but(WRITE, Resource=f"{BUCKET}/AWSLogs/{OWN}/CloudTrail/*")], {}, False),
    ("the log files only, without digests", [ACL_CHECK, but(WRITE, Resource=f"{BUCKET}/AWSLogs/{OWN}/CloudTrail/*")], {"log_file_validation": False}, True),
    ("the home region only", [ACL_CHECK, but(WRITE, Resource=[f"{BUCKET}/AWSLogs/{OWN}/CloudTrail*/us-east-1/*"])], {}, False),
    ("the home region only, of a trail of one region", [ACL_CHECK, but(WRITE, Resource=[f"{BUCKET}/AWSLogs/{OWN}/CloudTrail*/us-east-1/*"])], {"multi_region": False}, True),
    ("one year only", [ACL_CHECK, but(WRITE, Resource=f"{BUCKET}/AWSLogs/{OWN}/*/2025/*")], {}, False),
    ("compressed files only", [ACL_CHECK, but(WRITE, Resource=f"{LOGS}.json.gz")], {}, True),
    ("the bucket misspelled", [ACL_CHECK, but(WRITE, Resource=LOGS.replace("acme", "Acme"))], {}, False),
    ("the ACL check on the objects", [but(ACL_CHECK, Resource=OBJECTS), WRITE], {}, False),
    ("the ACL check with the header that it does not carry", [under(ACL_CHECK, StringEquals={"s3:x-amz-acl": "bucket-owner-full-control"}), WRITE], {}, False),
    ("another canned ACL", [ACL_CHECK, under(WRITE, StringEquals={"s3:x-amz-acl": "private"})], {}, False),
    ("per-region accounts instead of the service", [but(ACL_CHECK, Principal={"AWS": "086441151436"}), but(WRITE, Principal={"AWS": "086441151436"})], {}, False),
    ("everybody but one", [but(ACL_CHECK, Principal=None, NotPrincipal={"AWS": STRANGER}), WRITE], {}, True),
    ("only the source's own folder", [ACL_CHECK, but(WRITE, Resource=f"{BUCKET}/AWSLogs/${{aws:SourceAccount}}/*")], {}, True),
    ("a variable of the old version", [ACL_CHECK, but(WRITE, Resource=f"{BUCKET}/AWSLogs/${{aws:SourceAccount}}/*")], {"version": "2008-10-17"}, False),
    ("by the principal's organization", [ACL_CHECK, under(WRITE, StringEquals={"aws:PrincipalOrgID": ORG})], {"org_id": ORG}, False),
    ("by the source's organization", [ACL_CHECK, under(WRITE, StringEquals={"aws:SourceOrgID": ORG})], {"org_id": ORG}, True),
    ("by the source's organization, without one", [ACL_CHECK, under(WRITE, StringEquals={"aws:SourceOrgID": ORG})], {"org_id": None}, False),
    ("from an endpoint", [ACL_CHECK, under(WRITE, StringEquals={"aws:SourceVpce": "vpce-1"})], {}, False),
    ("from an address", [ACL_CHECK, under(WRITE, IpAddress={"aws:SourceIp": "0.0.0.0/0"})], {}, False),
    ("with multi-factor authentication denied if there is none", [ACL_CHECK, WRITE, deny("*", "s3:*", OBJECTS, BoolIfExists={"aws:MultiFactorAuthPresent": "false"})], {}, False),
    ("with multi-factor authentication denied where it is false", [ACL_CHECK, WRITE, deny("*", "s3:*", OBJECTS, Bool={"aws:MultiFactorAuthPresent": "false"})], {}, True),
    ("a fence around the organization", [ACL_CHECK, WRITE, deny("*", "s3:*", OBJECTS, StringNotEquals={"aws:PrincipalOrgID": ORG})], {"org_id": ORG}, False),
    ("a fence around the organization, open for services", [ACL_CHECK, WRITE, deny("*", "s3:*", OBJECTS, StringNotEquals={"aws:PrincipalOrgID": ORG}, BoolIfExists={"aws:PrincipalIsAWSService": "false"})], {"org_id": ORG}, True),
    ("a fence around an endpoint", [ACL_CHECK, WRITE, deny("*", "s3:PutObject", OBJECTS, StringNotEquals={"aws:SourceVpce": "vpce-1"})], {}, False),
    ("a fence around addresses", [ACL_CHECK, WRITE, deny("*", "s3:*", OBJECTS, NotIpAddress={"aws:SourceIp": "203.0.113.0/24"})], {}, False),
    ("a fence around addresses, where one is known", [ACL_CHECK, WRITE, deny("*", "s3:*", OBJECTS, NotIpAddressIfExists={"aws:SourceIp": "203.0.113.0/24"}, Bool={"aws:ViaAWSService": "true"})], {}, True),
    ("only encrypted uploads, to a trail without a key", [ACL_CHECK, WRITE, deny("*", "s3:PutObject", OBJECTS, Null={SSE: "true"})], {}, False),
    ("only uploads encrypted by KMS", [ACL_CHECK, WRITE, deny("*", "s3:PutObject", OBJECTS, StringNotEquals={SSE: "aws:kms"})], {"kms_key_arn": KMS_KEY}, True),
    ("only uploads encrypted by KMS, to a trail without a key", [ACL_CHECK, WRITE, deny("*", "s3:PutObject", OBJECTS, StringNotEquals={SSE: "aws:kms"})], {}, False),
    ("only uploads encrypted by S3", [ACL_CHECK, WRITE, deny("*", "s3:PutObject", OBJECTS, StringNotEquals={SSE: "AES256"})], {"kms_key_arn": KMS_KEY}, False),
    ("only uploads under the trail's key", [ACL_CHECK, WRITE, deny("*", "s3:PutObject", OBJECTS, StringNotEquals={SSE_KEY: KMS_KEY})], {"kms_key_arn": KMS_KEY}, True),
    ("only uploads under another key", [ACL_CHECK, WRITE, deny("*", "s3:PutObject", OBJECTS, StringNotEquals={SSE_KEY: f"{KMS_KEY}2"})], {"kms_key_arn": KMS_KEY}, False),
    ("only TLS 1.2", [ACL_CHECK, WRITE, deny("*", "s3:*", [BUCKET, OBJECTS], NumericLessThan={"s3:TlsVersion": "1.2"})], {}, True),
    ("only TLS 1.3", [ACL_CHECK, WRITE, deny("*", "s3:*", [BUCKET, OBJECTS], NumericLessThan={"s3:TlsVersion": 1.3})], {}, None),
    ("since some day", [ACL_CHECK, under(WRITE, DateGreaterThan={"aws:CurrentTime": "2020-01-01T00:00:00Z"})], {}, True),
    ("until a day long past", [ACL_CHECK, under(WRITE, DateLessThan={"aws:EpochTime": "1577836800"})], {}, False),
    ("until some day", [ACL_CHECK, under(WRITE, DateLessThan={"aws:CurrentTime": "2030-01-01T00:00:00Z"})], {}, None),
    ("deletion denied to all", [ACL_CHECK, WRITE, deny("*", ["s3:DeleteObject*", "s3:PutBucketPolicy"], "*")], {}, True),
    ("all denied but the service", [ACL_CHECK, WRITE, but(deny("*", "s3:*", OBJECTS), Principal=None, NotPrincipal={"Service": "cloudtrail.amazonaws.com"})], {}, True),
    ("all denied but a role", [ACL_CHECK, WRITE, deny("*", "s3:*", OBJECTS, ArnNotEquals={"aws:PrincipalArn": f"arn:aws:iam::{OWN}:role/Admin"})], {}, False),
    ("one region denied", [ACL_CHECK, WRITE, deny("*", "s3:PutObject", f"{BUCKET}/AWSLogs/{OWN}/*/eu-west-3/*")], {}, False),
    ("a region that is none denied", [ACL_CHECK, WRITE, deny("*", "s3:PutObject", f"{BUCKET}/AWSLogs/{OWN}/*/moon-base-1/*")], {}, True),
    ("two trails, one of them allowed", [ACL_CHECK, WRITE], {"trail_arns": [TRAIL, MEMBER_TRAIL]}, False),
    ("two trails", [but(ACL_CHECK, Condition=None), under(but(WRITE, Resource=OBJECTS), StringEquals={"aws:SourceAccount": [OWN, MEMBER]})], {"trail_arns": [TRAIL, MEMBER_TRAIL]}, True),
    ("an organization trail", [ACL_CHECK, WRITE, but(WRITE, Resource=ORG_LOGS)], {"is_organization_trail": True, "org_id": ORG, "log_accounts": [OWN, MEMBER]}, True),
    ("an organization trail without its folder", [ACL_CHECK, WRITE], {"is_organization_trail": True, "org_id": ORG, "log_accounts": [OWN, MEMBER]}, False),
    ("an organization trail with one member's folder", [ACL_CHECK, but(WRITE, Resource=f"{BUCKET}/AWSLogs/{ORG}/{OWN}/*")], {"is_organization_trail": True, "org_id": ORG, "log_accounts": [OWN, MEMBER]}, False),
    ("no trail at all", [allow("*", "s3:GetObject", OBJECTS)], {"trail_arns": []}, True),
]  # fmt: skip


@pytest.mark.parametrize(
    ("statements", "changed", "expected"), [row[1:] for row in CASES], ids=[row[0] for row in CASES]
)
def test_deliveries_are_allowed_or_shown_refused(statements, changed, expected):
    judged = verdict("s3", *statements, **changed)

    assert judged.delivers is expected
    assert bool(judged.undelivered) is (expected is False)
    policy = parse_policy(read_document(document(*statements, version=changed.get("version", "2012-10-17"))))
    assert all(decide(policy, one.request).allowed is False for one in judged.undelivered)


def test_a_refused_delivery_says_by_what():
    denied = verdict("s3", ACL_CHECK, WRITE, deny("*", "s3:*", OBJECTS, Null={SSE: "true"}) | {"Sid": "Encrypted"})
    missing = verdict("s3", ACL_CHECK, but(WRITE, Resource=f"{BUCKET}/AWSLogs/{STRANGER}/*"))
    unmet = verdict("s3", under(ACL_CHECK, StringEquals={"aws:SourceArn": MEMBER_TRAIL}), WRITE)
    nothing = verdict("s3", TLS_ONLY)

    assert 'statement 3 ("Encrypted") denies it' in denied.undelivered[0].why
    assert 'statement 2 ("Write") would, but does not speak of' in missing.undelivered[0].why
    assert f"asks for {MEMBER_TRAIL}; the request carries {TRAIL}" in unmet.undelivered[0].why
    assert "no statement allows cloudtrail.amazonaws.com to" in nothing.undelivered[0].why


def test_one_cause_is_shown_once():
    judged = verdict("s3", ACL_CHECK)

    assert len(judged.undelivered) == 1


@pytest.mark.parametrize("partition", ["aws-cn", "aws-us-gov"])
def test_other_partitions_have_their_own_regions(partition):
    region = {"aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}[partition]
    trail = f"arn:{partition}:cloudtrail:{region}:{OWN}:trail/main"
    there = {"bucket": "acme-trail-logs", "partition": partition, "trail_arns": [trail]}
    statements = [
        allow({"Service": "cloudtrail.amazonaws.com"}, "s3:GetBucketAcl", f"arn:{partition}:s3:::acme-trail-logs"),
        allow(
            {"Service": "cloudtrail.amazonaws.com"},
            "s3:PutObject",
            f"arn:{partition}:s3:::acme-trail-logs/AWSLogs/{OWN}/*",
            StringEquals={"aws:SourceArn": trail},
        ),
    ]

    judged = verdict("s3", *statements, **there)

    assert (judged.least_privilege, judged.delivers) == (True, True)
