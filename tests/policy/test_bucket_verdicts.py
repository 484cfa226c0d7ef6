# ruff: noqa: E501 - a table reads best with one case a line
"""The verdict on bucket policies, clause by clause, each both ways."""

from __future__ import annotations

import pytest

from ctguard.model.document import read_document
from ctguard.policy.evaluate import decide
from ctguard.policy.grammar import parse_policy
from tests.policy.builders import (
    ACL_CHECK,
    LOGS,
    ROOT,
    TLS_ONLY,
    TRAIL_SERVICE,
    WRITE,
    allow,
    but,
    deny,
    document,
    under,
    verdict,
)
from tests.policy.generated import (
    BUCKET,
    FOREIGN_TRAIL,
    FRIEND,
    MEMBER,
    MEMBER_TRAIL,
    ORG,
    OTHER_ORG,
    OWN,
    STRANGER,
    TRAIL,
)

OBJECTS = f"{BUCKET}/*"
OTHER_LETTERS = f"{BUCKET.replace('acme', 'Acme')}/*"
READER = {"AWS": f"arn:aws:iam::{FRIEND}:role/Auditor"}
SOURCE_ARN, SOURCE_ACCOUNT = "aws:SourceArn", "aws:SourceAccount"

GOOD_OTHERWISE = [
    # name, the write statement or further statements beside the good ones, least privilege
    ("by the trail's ARN", [under(WRITE, StringEquals={SOURCE_ARN: TRAIL})], True),
    ("by any trail of the account", [under(WRITE, StringLike={SOURCE_ARN: f"arn:aws:cloudtrail:*:{OWN}:trail/*"})], True),
    ("by any trail of the account, as an ARN", [under(WRITE, ArnLike={SOURCE_ARN: f"arn:aws:cloudtrail:*:{OWN}:trail/*"})], True),
    ("by the account", [under(WRITE, StringEquals={SOURCE_ACCOUNT: OWN})], True),
    ("by either of two keys, each bound", [under(WRITE, StringEquals={SOURCE_ACCOUNT: OWN}), under(WRITE, StringEquals={SOURCE_ARN: TRAIL})], True),
    ("by nothing", [but(WRITE, Condition=None)], False),
    ("by the ACL header only", [under(WRITE, StringEquals={"s3:x-amz-acl": "bucket-owner-full-control"})], False),
    ("by the ARN if there is one", [under(WRITE, StringEqualsIfExists={SOURCE_ARN: TRAIL})], False),
    ("by a source that must be there, whichever", [under(WRITE, Null={SOURCE_ARN: "false"})], False),
    ("by any account's trail", [under(WRITE, StringLike={SOURCE_ARN: "arn:aws:cloudtrail:*:*:trail/*"})], False),
    ("by a prefix of the ARN", [under(WRITE, StringLike={SOURCE_ARN: "arn:aws:cloudtrail:us-east-1:*"})], False),
    ("by a prefix of the account", [under(WRITE, StringLike={SOURCE_ACCOUNT: "1111*"})], False),
    ("by not being one stranger", [under(WRITE, StringNotEquals={SOURCE_ACCOUNT: STRANGER})], False),
    ("by a foreign trail", [under(WRITE, StringEquals={SOURCE_ARN: FOREIGN_TRAIL})], False),
    ("by an own and a foreign trail", [under(WRITE, StringEquals={SOURCE_ARN: [TRAIL, FOREIGN_TRAIL]})], False),
    ("by a wildcard that is none", [under(WRITE, StringEquals={SOURCE_ARN: "arn:aws:cloudtrail:*:*:trail/*"})], True),
    ("by all values of the ARN, or none", [under(WRITE, **{"ForAllValues:StringEquals": {SOURCE_ARN: TRAIL}})], False),
    ("by some value of the ARN", [under(WRITE, **{"ForAnyValue:StringEquals": {SOURCE_ARN: TRAIL}})], True),
    ("by an organization that nobody has", [under(WRITE, StringEquals={"aws:SourceOrgID": ORG})], False),
    ("by the principal's organization, which a service never carries", [under(WRITE, StringEquals={"aws:PrincipalOrgID": ORG})], True),
    ("by the account as number", [under(WRITE, NumericEquals={SOURCE_ACCOUNT: OWN})], True),
    ("by the account in other letters", [under(WRITE, stringequals={SOURCE_ACCOUNT: OWN})], None),
    ("by key names in other letters", [under(WRITE, StringEquals={"AWS:SOURCEACCOUNT": OWN})], True),
    ("by a key that does not exist", [under(WRITE, StringEquals={"aws:SourceARNs": TRAIL})], None),
    ("for everybody with the trail's ARN", [under(but(WRITE, Principal="*"), StringEquals={SOURCE_ARN: TRAIL})], False),
    ("for everybody with the account", [under(but(WRITE, Principal="*"), StringEquals={SOURCE_ACCOUNT: OWN})], False),
    ("for everybody who is CloudTrail", [under(but(WRITE, Principal={"AWS": "*"}), StringEquals={"aws:PrincipalServiceName": "cloudtrail.amazonaws.com", SOURCE_ACCOUNT: OWN})], True),
    ("for every service with the account", [under(but(WRITE, Principal="*"), StringEquals={SOURCE_ACCOUNT: OWN}, Bool={"aws:PrincipalIsAWSService": "true"})], False),
    ("on the whole bucket", [but(WRITE, Resource=OBJECTS)], True),
    ("on everything", [but(WRITE, Resource="*")], True),
    ("on all but other buckets", [but(WRITE, Resource=None, NotResource="arn:aws:s3:::other*")], True),
    ("with deletion", [but(WRITE, Action=["s3:PutObject", "s3:DeleteObject"])], False),
    ("with tags", [but(WRITE, Action=["s3:PutObject", "s3:PutObjectTagging"])], False),
    ("with the policy, on the wrong resource", [but(WRITE, Action=["s3:PutObject", "s3:PutBucketPolicy"])], True),
    ("with all that begins with Put", [but(WRITE, Action="s3:Put*")], False),
    ("with reading", [but(WRITE, Action=["s3:PutObject", "s3:GetObject", "s3:List*"], Resource=[BUCKET, OBJECTS])], True),
    ("with reading, unbound", [allow(TRAIL_SERVICE, ["s3:GetObject", "s3:ListBucket", "s3:GetBucketLocation"], [BUCKET, OBJECTS])], True),
    ("with an action of tomorrow", [but(WRITE, Action=["s3:PutObject", "s3:RewriteObject"])], False),
    ("with everything but deletion", [but(WRITE, Action=None, NotAction="s3:Delete*")], False),
    ("unbound, but denied to all but the own account", [but(WRITE, Condition=None), deny(TRAIL_SERVICE, "s3:*", OBJECTS, StringNotEquals={SOURCE_ACCOUNT: OWN})], True),
    ("unbound, denied only where the key is there", [but(WRITE, Condition=None), deny(TRAIL_SERVICE, "s3:*", OBJECTS, StringNotEqualsIfExists={SOURCE_ACCOUNT: OWN})], True),
    ("unbound, and denied when the account is null", [but(WRITE, Condition=None), deny("*", "s3:*", OBJECTS, Null={SOURCE_ACCOUNT: "true"})], False),
    ("unbound, denied by two halves", [but(WRITE, Condition=None), deny("*", "s3:*", OBJECTS, Null={SOURCE_ACCOUNT: "true"}), deny("*", "s3:*", OBJECTS, StringNotEquals={SOURCE_ACCOUNT: OWN})], True),
    ("unbound on a part that is denied", [but(WRITE, Resource=f"{BUCKET}/x/*", Condition=None), deny("*", "*", f"{BUCKET}/x*")], True),
    ("unbound on a part that is denied in part", [but(WRITE, Resource=f"{BUCKET}/x*", Condition=None), deny("*", "*", f"{BUCKET}/x/*")], False),
    ("unbound, denied outside of a folder and inside of it", [but(WRITE, Condition=None), deny("*", "*", OBJECTS) | {"Resource": LOGS}, but(deny("*", "s3:PutObject"), Resource=None, NotResource=LOGS)], True),
    ("unbound, and the Deny misspells the bucket", [but(WRITE, Condition=None), deny("*", "s3:*", OTHER_LETTERS)], False),
]  # fmt: skip

OTHER_WRITERS = [
    ("an account's root", allow({"AWS": ROOT}, "s3:*", [BUCKET, OBJECTS]), False),
    ("an account's id", allow({"AWS": OWN}, "s3:PutObject", OBJECTS), False),
    ("an own role", allow({"AWS": f"arn:aws:iam::{OWN}:role/Admin"}, "s3:PutBucketPolicy", BUCKET), False),
    ("an own role on the wrong resource", allow({"AWS": f"arn:aws:iam::{OWN}:role/Admin"}, "s3:PutBucketPolicy", OBJECTS), True),
    ("a retired account of CloudTrail", allow({"AWS": "arn:aws:iam::086441151436:root"}, "s3:PutObject", LOGS), False),
    ("the same, checking the ACL", allow({"AWS": "arn:aws:iam::086441151436:root"}, "s3:GetBucketAcl", BUCKET), True),
    ("another service for the own account", allow({"Service": "config.amazonaws.com"}, "s3:PutObject", OBJECTS, StringEquals={SOURCE_ACCOUNT: OWN}), False),
    ("another service, checking the ACL", allow({"Service": "config.amazonaws.com"}, ["s3:GetBucketAcl", "s3:ListBucket"], BUCKET), True),
    ("a service beside CloudTrail", but(WRITE, Principal={"Service": ["cloudtrail.amazonaws.com", "config.amazonaws.com"]}), False),
    ("a service beside CloudTrail, by account", under(but(WRITE, Principal={"Service": ["cloudtrail.amazonaws.com", "config.amazonaws.com"]}), StringEquals={SOURCE_ACCOUNT: OWN}), False),
    ("every service", but(WRITE, Principal={"Service": "*"}, Condition=None), False),
    ("a canonical user", allow({"CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}, "s3:PutObject", OBJECTS), False),
    ("a canonical user who reads", allow({"CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}, "s3:GetObject", OBJECTS), True),
    ("a session", allow({"AWS": f"arn:aws:sts::{OWN}:assumed-role/Admin/me"}, "s3:DeleteObject", OBJECTS), False),
    ("a deleted role", allow({"AWS": "AROAEXAMPLEEXAMPLE123"}, "s3:DeleteObject", OBJECTS), False),
    ("a named role with multi-factor authentication", allow({"AWS": f"arn:aws:iam::{OWN}:role/Admin"}, "s3:DeleteObject", OBJECTS, Bool={"aws:MultiFactorAuthPresent": "true"}), False),
    ("a named role from an endpoint", allow({"AWS": f"arn:aws:iam::{OWN}:role/Admin"}, "s3:PutObject", OBJECTS, StringEquals={"aws:SourceVpce": "vpce-1"}), False),
    ("own principals who are no principals", allow("*", "s3:PutObject", OBJECTS, StringEquals={"aws:PrincipalAccount": OWN, "aws:PrincipalType": "Robot"}), True),
    ("the organization", allow("*", "s3:PutObject", OBJECTS, StringEquals={"aws:PrincipalOrgID": ORG}), False),
    ("everybody but the own root", but(allow("*", "s3:PutObject", OBJECTS), Principal=None, NotPrincipal={"AWS": ROOT}), False),
    ("replication", allow({"AWS": f"arn:aws:iam::{FRIEND}:role/Replicator"}, ["s3:ReplicateObject", "s3:ReplicateDelete"], OBJECTS), False),
    ("governance retention", allow(READER, "s3:BypassGovernanceRetention", OBJECTS), False),
    ("re-encryption", allow(READER, "s3:UpdateObjectEncryption", OBJECTS), False),
    ("bucket tags that decide", allow(READER, "s3:PutBucketAbac", BUCKET), False),
    ("tags of the bucket", allow(READER, "s3:TagResource", BUCKET), False),
    ("an access point", allow(READER, "s3:CreateAccessPoint", BUCKET), False),
    ("actions of another service", allow(READER, "sqs:*", "*"), True),
    ("another bucket", allow(READER, "s3:*", ["arn:aws:s3:::other", "arn:aws:s3:::other/*"]), True),
    ("buckets that begin alike", allow(READER, "s3:*", f"{BUCKET[:-2]}*"), False),
    ("a bucket in other letters", allow(READER, "s3:*", OTHER_LETTERS), True),
    ("a user in a folder of that name", allow({"AWS": f"arn:aws:iam::{FRIEND}:user/alice"}, "s3:PutObject", f"{BUCKET}/${{aws:username}}/*"), False),
    ("a role in a folder of its user's name, which it has not", allow(READER, "s3:PutObject", f"{BUCKET}/${{aws:username}}/*"), True),
]  # fmt: skip

READERS = [
    ("everybody", allow("*", "s3:GetObject", OBJECTS), False),
    ("everybody, in the long form", allow({"AWS": "*"}, "s3:GetObject", OBJECTS), False),
    ("everybody from an address", allow("*", "s3:GetObject", OBJECTS, IpAddress={"aws:SourceIp": "203.0.113.0/24"}), False),
    ("everybody through an endpoint", allow("*", "s3:GetObject", OBJECTS, StringEquals={"aws:SourceVpce": "vpce-1"}), False),
    ("everybody with a referer", allow("*", "s3:GetObject", OBJECTS, StringLike={"aws:Referer": "https://example.com/*"}), False),
    ("everybody with a name", allow("*", "s3:GetObject", OBJECTS, StringEquals={"aws:username": "alice"}), False),
    ("everybody with a tag", allow("*", "s3:GetObject", OBJECTS, StringEquals={"aws:PrincipalTag/team": "audit"}), False),
    ("everybody with credentials", allow("*", "s3:GetObject", OBJECTS, Null={"aws:PrincipalArn": "false"}), False),
    ("everybody without credentials, who is nobody", allow("*", "s3:GetObject", OBJECTS, Null={"aws:PrincipalType": "true", "aws:PrincipalArn": "true"}, Bool={"aws:PrincipalIsAWSService": "false"}), True),
    ("a role of that name in any account", allow("*", "s3:GetObject", OBJECTS, ArnLike={"aws:PrincipalArn": "arn:aws:iam::*:role/Auditor"}), False),
    ("a federated user of that name in any account", allow("*", "s3:GetObject", OBJECTS, ArnLike={"aws:PrincipalArn": "arn:aws:sts::*:federated-user/Auditor"}), False),
    ("a session of that name, which a principal's ARN never names", allow("*", "s3:GetObject", OBJECTS, ArnLike={"aws:PrincipalArn": "arn:aws:sts::*:assumed-role/Auditor/*"}), True),
    ("a role of that name in one account", allow("*", "s3:GetObject", OBJECTS, ArnLike={"aws:PrincipalArn": f"arn:aws:iam::{FRIEND}:role/*"}), True),
    ("the own account by condition", allow("*", "s3:GetObject", OBJECTS, StringEquals={"aws:PrincipalAccount": OWN}), True),
    ("a friend by condition", allow("*", "s3:GetObject", OBJECTS, StringEquals={"aws:PrincipalAccount": [OWN, FRIEND]}), True),
    ("accounts that begin alike", allow("*", "s3:GetObject", OBJECTS, StringLike={"aws:PrincipalAccount": "1111*"}), False),
    ("an organization", allow("*", "s3:GetObject", OBJECTS, StringEquals={"aws:PrincipalOrgID": ORG}), True),
    ("any organization", allow("*", "s3:GetObject", OBJECTS, StringLike={"aws:PrincipalOrgID": "o-*"}), False),
    ("an organization if there is one", allow("*", "s3:GetObject", OBJECTS, StringEqualsIfExists={"aws:PrincipalOrgID": ORG}), False),
    ("a unit of an organization", allow("*", "s3:GetObject", OBJECTS, **{"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": f"{ORG}/r-ab12/ou-ab12-*"}}), True),
    ("all paths of an organization, or none", allow("*", "s3:GetObject", OBJECTS, **{"ForAllValues:StringLike": {"aws:PrincipalOrgPaths": f"{ORG}/*"}}), False),
    ("a unit wherever", allow("*", "s3:GetObject", OBJECTS, **{"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-*/r-*/ou-audit/*"}}), False),
    ("one role by its unique id", allow("*", "s3:GetObject", OBJECTS, StringLike={"aws:userid": "AROAEXAMPLEEXAMPLE123:*"}), True),
    ("any role session of that name", allow("*", "s3:GetObject", OBJECTS, StringLike={"aws:userid": "*:audit"}), False),
    ("services only", allow("*", "s3:GetBucketAcl", BUCKET, Bool={"aws:PrincipalIsAWSService": "true"}), True),
    ("everybody, denied to strangers", [allow("*", "s3:GetObject", OBJECTS), deny("*", "s3:*", OBJECTS, StringNotEquals={"aws:PrincipalAccount": [OWN, FRIEND]})], True),
    ("everybody, denied to strangers who say so", [allow("*", "s3:GetObject", OBJECTS), deny("*", "s3:*", OBJECTS, StringNotEqualsIfExists={"aws:PrincipalOrgID": ORG})], True),
    ("everybody, denied to named strangers", [allow("*", "s3:GetObject", OBJECTS), deny({"AWS": STRANGER}, "s3:*", OBJECTS)], False),
    ("everybody, denied by credentials only", [allow("*", "s3:GetObject", OBJECTS), deny("*", "s3:*", OBJECTS, Null={"aws:PrincipalArn": "true"})], False),
    ("everybody, denied without TLS", [allow("*", "s3:GetObject", OBJECTS), TLS_ONLY], False),
    ("everybody but one", but(allow("*", "s3:GetObject", OBJECTS), Principal=None, NotPrincipal={"AWS": FRIEND}), False),
    ("a listing for everybody, of a prefix", allow("*", "s3:ListBucket", BUCKET, StringLike={"s3:prefix": "public/*"}), False),
    ("a listing on objects, which is none", allow("*", "s3:ListBucket", OBJECTS), True),
    ("named roles", allow(READER, ["s3:GetObject*", "s3:List*"], [BUCKET, OBJECTS]), True),
    ("a named account", allow({"AWS": FRIEND}, "s3:Get*", [BUCKET, OBJECTS]), True),
    ("an origin access identity", allow({"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"}, "s3:GetObject", OBJECTS), True),
    ("the resource's own organization", allow("*", "s3:GetObject", OBJECTS, StringEquals={"aws:PrincipalOrgID": "${aws:ResourceOrgID}"}), True),
    ("whoever names himself", allow("*", "s3:GetObject", f"{BUCKET}/home/${{aws:username}}/*"), False),
    ("whoever is tagged as he is named", allow("*", "s3:GetObject", OBJECTS, StringEquals={"aws:PrincipalTag/name": "${aws:username}"}), False),
    ("sources only", allow("*", "s3:GetObject", OBJECTS, Null={SOURCE_ARN: "false"}), True),
    ("one moment in time", allow("*", "s3:GetObject", OBJECTS, DateEquals={"aws:CurrentTime": "2026-01-01T00:00:00Z"}), False),
    ("a time that never comes", allow("*", "s3:GetObject", OBJECTS, DateGreaterThan={"aws:CurrentTime": "2026-01-02"}, DateLessThan={"aws:EpochTime": "1767225600"}), True),
    ("numbers between two", allow("*", "s3:GetObject", OBJECTS, NumericGreaterThan={"s3:TlsVersion": "1.1"}, NumericLessThan={"s3:TlsVersion": "1.3"}), False),
    ("numbers between none", allow("*", "s3:GetObject", OBJECTS, NumericGreaterThan={"s3:TlsVersion": "1.3"}, NumericLessThan={"s3:TlsVersion": "1.2"}), True),
    ("addresses in a range but not in it", allow("*", "s3:GetObject", OBJECTS, IpAddress={"aws:SourceIp": "203.0.113.0/25"}, NotIpAddress={"aws:SourceIp": "203.0.113.0/24"}), True),
    ("addresses in a range but for a part", allow("*", "s3:GetObject", OBJECTS, IpAddress={"aws:SourceIp": "203.0.113.0/24"}, NotIpAddress={"aws:SourceIp": ["203.0.113.0/25", "203.0.113.128/26"]}), False),
]  # fmt: skip


@pytest.mark.parametrize(
    ("statements", "expected"), [row[1:] for row in GOOD_OTHERWISE], ids=[row[0] for row in GOOD_OTHERWISE]
)
def test_cloudtrail_may_write_for_own_trails_only(statements, expected):
    judged = verdict("s3", ACL_CHECK, *statements)

    assert judged.least_privilege is expected
    assert bool(judged.excess) is (expected is False)


@pytest.mark.parametrize(
    ("statement", "expected"), [row[1:] for row in OTHER_WRITERS], ids=[row[0] for row in OTHER_WRITERS]
)
def test_nobody_else_may_write_or_change_anything(statement, expected):
    judged = verdict("s3", ACL_CHECK, WRITE, statement)

    assert judged.least_privilege is expected


@pytest.mark.parametrize(("statements", "expected"), [row[1:] for row in READERS], ids=[row[0] for row in READERS])
def test_only_those_named_may_read(statements, expected):
    several = statements if isinstance(statements, list) else [statements]

    judged = verdict("s3", ACL_CHECK, WRITE, *several, org_id=ORG)

    assert judged.least_privilege is expected


def test_organization_binds_only_when_it_is_the_own_one():
    by_org = under(WRITE, StringEquals={"aws:SourceOrgID": ORG})

    assert verdict("s3", by_org, org_id=ORG).least_privilege is True
    assert verdict("s3", by_org, org_id=OTHER_ORG).least_privilege is False
    assert verdict("s3", by_org, org_id=None).least_privilege is False


def test_trails_of_member_accounts_are_own_when_the_context_says_so():
    both = under(WRITE, StringEquals={SOURCE_ARN: [TRAIL, MEMBER_TRAIL]})

    assert verdict("s3", both).least_privilege is False
    assert verdict("s3", both, trail_accounts=[OWN, MEMBER]).least_privilege is True


def test_each_excess_is_shown_once_for_each_statement_and_kind_and_confirmed():
    statements = [
        but(WRITE, Condition=None),
        allow("*", "s3:*", [BUCKET, OBJECTS]),
        allow({"AWS": FRIEND}, "s3:PutObject", OBJECTS),
    ]

    judged = verdict("s3", *statements)

    assert [(one.statement.position, one.kind) for one in judged.excess] == [
        (0, "unbound"), (1, "unbound"), (1, "service-more"), (1, "anonymous-write"), (1, "principal-write"),
        (1, "service-write"), (1, "anonymous-read"), (1, "stranger-read"), (2, "principal-write"),
    ]  # fmt: skip
    policy = parse_policy(read_document(document(*statements)))
    assert all(decide(policy, one.request).allowed for one in judged.excess)


def test_suggestion_is_without_that_excess():
    loose = but(WRITE, Condition={"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}})

    suggested = verdict("s3", ACL_CHECK, loose).excess[0].suggestion

    assert suggested == WRITE
    assert verdict("s3", ACL_CHECK, suggested).least_privilege is True
    assert verdict("s3", ACL_CHECK, suggested).delivers is True


def test_readers_are_reported():
    judged = verdict(
        "s3",
        WRITE,
        allow(READER, "s3:GetObject", OBJECTS),
        allow("*", "s3:Get*", OBJECTS, StringEquals={"aws:PrincipalOrgID": ORG}),
    )

    assert [(one.type, one.id) for one in judged.readers] == [("AWS", READER["AWS"]), ("Organization", ORG)]
