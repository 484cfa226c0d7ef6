# ruff: noqa: E501 - a table reads best with one case a line
"""What is not known keeps a verdict open only where the verdict hangs on it."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from ctguard.model.document import read_document
from ctguard.model.values import PartialList, PartialMap, PartialText, Reference, Unknown
from ctguard.policy.context import NOT_GIVEN, PolicyContext
from ctguard.policy.verdict import check
from tests.policy.builders import (
    ACL_CHECK,
    GOOD,
    LEFT_OUT,
    PUBLISH,
    WRITE,
    allow,
    but,
    deny,
    document,
    surroundings,
    under,
    verdict,
)
from tests.policy.generated import BUCKET, FRIEND, KEY, ORG, OWN, STRANGER, TOPIC, TRAIL

ACCOUNT = Unknown("data.aws_caller_identity.current.account_id", is_set=True)
REGION = Unknown("data.aws_region.current.name", is_set=True)
ORGANIZATION = Unknown("var.org_id")
NAME = Unknown("var.name")
BUCKET_ARN = Unknown("aws_s3_bucket.logs.arn", is_set=True, refers_to=Reference("aws_s3_bucket.logs", "arn"))
BUCKET_NAME = Unknown("aws_s3_bucket.logs.bucket", is_set=True)
OBJECTS = f"{BUCKET}/*"


def judged(kind: str, *statements: Any, **context: Any):
    known = {name: value for name, value in context.items() if value is not LEFT_OUT}
    return check(read_document(document(*statements)), kind, PolicyContext(**known))


def around(kind: str, **changed: Any) -> dict[str, Any]:
    given = surroundings(kind)
    lists = {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}
    return lists | changed


def text(*parts):
    return PartialText(parts)


TRAIL_OF_ACCOUNT = text("arn:aws:cloudtrail:", REGION, ":", ACCOUNT, ":trail/main")
FOLDER_OF_ACCOUNT = text("arn:aws:s3:::acme-trail-logs/AWSLogs/", ACCOUNT, "/*")


def test_an_account_that_nobody_knows_is_the_same_everywhere():
    statements = [
        under(ACL_CHECK, StringEquals={"aws:SourceArn": TRAIL_OF_ACCOUNT}),
        under(but(WRITE, Resource=FOLDER_OF_ACCOUNT), StringEquals={"aws:SourceArn": TRAIL_OF_ACCOUNT}),
    ]

    found = judged(
        "s3",
        *statements,
        **around(
            "s3", trail_arns=(TRAIL_OF_ACCOUNT,), trail_accounts=(ACCOUNT,), bucket_owner=ACCOUNT, account_id=ACCOUNT
        ),
    )

    assert (found.least_privilege, found.delivers) == (True, True)


def test_an_account_that_may_be_another_keeps_the_verdict_open():
    by_account = under(WRITE, StringEquals={"aws:SourceAccount": ACCOUNT})

    found = judged("s3", ACL_CHECK, by_account, **around("s3"))

    assert (found.least_privilege, found.delivers) == (None, None)
    assert [(one.what, one.unknown) for one in found.undecided] == [("least_privilege", ACCOUNT), ("delivers", ACCOUNT)]


def test_an_own_account_that_nobody_knows_may_be_one_that_the_policy_names():
    by_name = under(WRITE, StringEquals={"aws:SourceAccount": FRIEND})

    found = judged("s3", ACL_CHECK, by_name, **around("s3", trail_arns=(TRAIL_OF_ACCOUNT,), trail_accounts=(ACCOUNT,)))

    assert found.least_privilege is None
    assert {one.unknown for one in found.undecided if one.what == "least_privilege"} == {ACCOUNT}


@pytest.mark.parametrize(
    ("statement", "least", "delivers"),
    [
        (but(WRITE, Condition=None), False, True),
        (allow("*", "s3:*", OBJECTS), False, None),
        (under(WRITE, StringEquals={"aws:SourceArn": TRAIL}), None, None),
    ],
    ids=["bound by nothing", "for everybody", "bound to some account"],
)
def test_an_unknown_account_does_not_hide_what_is_wrong_for_every_account(statement, least, delivers):
    with_acl = but(ACL_CHECK, Condition=None)
    found = judged(
        "s3",
        with_acl,
        but(statement, Resource="*"),
        **around("s3", trail_arns=(TRAIL_OF_ACCOUNT,), trail_accounts=(ACCOUNT,)),
    )

    assert found.least_privilege is least
    assert found.delivers is delivers or delivers is None


def test_a_bucket_known_by_reference_is_the_policy_s_own():
    write = under(
        but(WRITE, Resource=PartialText((BUCKET_ARN, f"/AWSLogs/{OWN}/*"))), StringEquals={"aws:SourceArn": TRAIL}
    )
    check_acl = but(ACL_CHECK, Resource=BUCKET_ARN)
    same = {"aws_s3_bucket.logs.arn": text("arn:aws:s3:::", BUCKET_NAME)}

    found = judged("s3", check_acl, write, **around("s3", bucket=BUCKET_NAME, same=same))
    open_ = judged("s3", check_acl, write, **around("s3", bucket=BUCKET_NAME))

    assert (found.least_privilege, found.delivers) == (True, True)
    assert (open_.least_privilege, open_.delivers) == (True, None)


def test_a_bucket_that_nobody_knows_may_be_the_one_named():
    found = judged(
        "s3", *GOOD["s3"][:2], allow({"AWS": FRIEND}, "s3:*", OBJECTS), **around("s3", bucket=NOT_GIVEN["bucket"])
    )

    assert (found.least_privilege, found.delivers) == (None, None)
    assert {one.because for one in found.undecided} == {"context.bucket is not given"}


UNKNOWN_PARTS = [
    # name, statements, least privilege
    ("a reader", allow({"AWS": Unknown("var.reader")}, "s3:GetObject", OBJECTS), None),
    ("a reader that is somebody", allow({"AWS": Unknown("aws_iam_role.reader.arn", is_set=True)}, "s3:GetObject", OBJECTS), True),
    ("an account of a reader", allow({"AWS": text("arn:aws:iam::", ACCOUNT, ":root")}, "s3:GetObject", OBJECTS), True),
    ("a reader beside everybody", allow({"AWS": ["*", Unknown("var.reader")]}, "s3:GetObject", OBJECTS), False),
    ("a writer's account", allow({"AWS": text("arn:aws:iam::", ACCOUNT, ":root")}, "s3:PutObject", OBJECTS), False),
    ("a writer", allow({"AWS": Unknown("aws_iam_role.writer.arn", is_set=True)}, "s3:PutObject", OBJECTS), False),
    ("a writer who may be nobody", allow({"AWS": Unknown("var.writer")}, "s3:PutObject", OBJECTS), None),
    ("an action", allow({"AWS": FRIEND}, text("s3:Get", NAME), OBJECTS), True),
    ("any action", allow({"AWS": FRIEND}, Unknown("var.actions"), OBJECTS), None),
    ("some action, and one that is known", allow({"AWS": FRIEND}, [text("s3:Put", NAME), "s3:PutObjectAcl"], OBJECTS), False),
    ("any action of reading", allow({"AWS": FRIEND}, ["s3:GetObject", Unknown("var.actions")], OBJECTS), None),
    ("a resource elsewhere", allow({"AWS": FRIEND}, "s3:*", text("arn:aws:s3:::other-", NAME, "/*")), True),
    ("a resource that may be here", allow({"AWS": FRIEND}, "s3:*", text("arn:aws:s3:::", NAME, "/*")), None),
    ("a part of the bucket", allow({"AWS": FRIEND}, "s3:DeleteObject", text(f"{BUCKET}/", NAME)), None),
    ("a part of the bucket, beside all of it", allow({"AWS": FRIEND}, "s3:DeleteObject", [text(f"{BUCKET}/", NAME), OBJECTS]), False),
    ("a list with more", allow({"AWS": FRIEND}, PartialList(("s3:GetObject",), NAME), OBJECTS), None),
    ("a condition's value", allow("*", "s3:GetObject", OBJECTS, StringEquals={"aws:PrincipalOrgID": ORGANIZATION}), True),
    ("a condition's value that may be a wildcard", allow("*", "s3:GetObject", OBJECTS, StringLike={"aws:PrincipalOrgID": ORGANIZATION}), None),
    ("a condition's value that can be none", allow("*", "s3:GetObject", OBJECTS, ArnLike={"aws:PrincipalArn": text("arn:aws:iam::", ACCOUNT, ":role/*")}), True),
    ("a Deny to all but an account", [allow("*", "s3:GetObject", OBJECTS), deny("*", "s3:*", OBJECTS, StringNotEquals={"aws:PrincipalAccount": ACCOUNT})], True),
    ("a condition's value that does not help", allow("*", "s3:GetObject", OBJECTS, IpAddress={"aws:SourceIp": Unknown("var.ips")}), None),
    ("a condition beside", allow("*", "s3:GetObject", OBJECTS) | {"Condition": PartialMap({"StringEquals": {"aws:PrincipalAccount": OWN}}, NAME)}, True),
    ("all conditions", allow("*", "s3:GetObject", OBJECTS) | {"Condition": NAME}, None),
    ("an effect", but(allow({"AWS": FRIEND}, "s3:*", OBJECTS), Effect=NAME), None),
    ("an effect of no consequence", but(allow({"AWS": FRIEND}, "s3:Get*", OBJECTS), Effect=NAME), True),
    ("a whole statement", NAME, None),
    ("a Deny's principal", [allow({"AWS": FRIEND}, "s3:DeleteObject", OBJECTS), deny({"AWS": NAME}, "s3:*", OBJECTS)], None),
    ("a Deny's condition that cannot matter", [allow({"AWS": FRIEND}, "s3:DeleteObject", OBJECTS), deny("*", "s3:*", f"{BUCKET}/x", StringEquals={"aws:userid": NAME})], False),
]  # fmt: skip


@pytest.mark.parametrize(
    ("statements", "expected"), [row[1:] for row in UNKNOWN_PARTS], ids=[row[0] for row in UNKNOWN_PARTS]
)
def test_an_unknown_part_keeps_the_verdict_open_only_where_it_decides(statements, expected):
    several = statements if isinstance(statements, list) else [statements]

    found = judged("s3", ACL_CHECK, WRITE, *several, **around("s3"))

    assert found.least_privilege is expected
    reasons = [one for one in found.undecided if one.what == "least_privilege"]
    assert bool(reasons) is (expected is None)
    assert all(one.unknown is not None for one in reasons)


def test_a_document_of_which_nothing_is_known_is_not_judged():
    found = check(read_document(NAME), "s3", PolicyContext(**around("s3")))

    assert (found.least_privilege, found.delivers) == (None, None)


HANGS_ON = [
    # kind, field, statements, least privilege, delivers without it
    ("s3", "trail_accounts", [ACL_CHECK, WRITE], True, True),
    ("s3", "trail_accounts", [ACL_CHECK, WRITE, under(WRITE, StringEquals={"aws:SourceAccount": FRIEND})], None, True),
    ("s3", "trail_accounts", [ACL_CHECK, but(WRITE, Condition=None)], False, True),
    ("s3", "trail_arns", [ACL_CHECK, WRITE], True, None),
    ("s3", "prefix", [ACL_CHECK, WRITE], True, None),
    ("s3", "prefix", [ACL_CHECK, but(WRITE, Resource=OBJECTS)], True, True),
    ("s3", "prefix", [ACL_CHECK], True, False),
    ("s3", "multi_region", [ACL_CHECK, WRITE], True, True),
    ("s3", "multi_region", [ACL_CHECK, but(WRITE, Resource=f"{BUCKET}/AWSLogs/{OWN}/*/us-east-1/*")], True, None),
    ("s3", "log_file_validation", [ACL_CHECK, but(WRITE, Resource=f"{BUCKET}/AWSLogs/{OWN}/CloudTrail/*")], True, None),
    ("s3", "kms_key_arn", [ACL_CHECK, WRITE, deny("*", "s3:PutObject", OBJECTS, StringNotEquals={"s3:x-amz-server-side-encryption": "aws:kms"})], True, None),
    ("s3", "is_organization_trail", [ACL_CHECK, WRITE], True, None),
    ("s3", "is_organization_trail", [ACL_CHECK, but(WRITE, Resource=OBJECTS)], True, True),
    ("s3", "org_id", [ACL_CHECK, under(WRITE, StringEquals={"aws:SourceOrgID": ORG})], None, None),
    ("s3", "org_id", [ACL_CHECK, WRITE], True, True),
    ("s3", "bucket", [ACL_CHECK, WRITE], True, None),
    ("s3", "bucket_owner", [ACL_CHECK, WRITE], True, True),
    ("s3", "account_id", [ACL_CHECK, WRITE], True, True),
    ("s3", "partition", [ACL_CHECK, WRITE], True, True),
    ("s3", "log_accounts", [ACL_CHECK, WRITE], True, True),
    ("sns", "topic_owner", [PUBLISH, allow({"AWS": OWN}, "sns:*", TOPIC)], True, True),
    ("sns", "topic_arn", [PUBLISH], True, None),
    ("sns", "topic_arn", [but(PUBLISH, Resource="*")], True, True),
    ("kms", "key_arn", GOOD["kms"], True, True),
    ("kms", "key_arn", [*GOOD["kms"][:2], but(GOOD["kms"][2], Resource=KEY)], True, None),
    ("kms", "key_owner", GOOD["kms"], True, True),
    ("kms", "key_admins", GOOD["kms"], True, True),
    ("kms", "key_admins", [*GOOD["kms"], allow({"AWS": f"arn:aws:iam::{OWN}:role/Ops"}, "kms:*")], None, True),
    ("kms", "key_admins", [*GOOD["kms"], allow("*", "kms:*", StringEquals={"kms:CallerAccount": OWN})], False, True),
]  # fmt: skip


@pytest.mark.parametrize(
    ["kind", "field", "statements", "least", "delivers"],
    HANGS_ON,
    ids=[f"{row[0]}: {row[1]} {number}" for number, row in enumerate(HANGS_ON)],
)
def test_a_field_left_out_opens_only_what_hangs_on_it(kind, field, statements, least, delivers):
    found = verdict(kind, *statements, **{field: LEFT_OUT})

    assert (found.least_privilege, found.delivers) == (least, delivers)
    for one in found.undecided:
        assert one.unknown == NOT_GIVEN[field], one


def test_a_topic_of_which_neither_name_nor_owner_is_known():
    own_or_not = allow({"AWS": STRANGER}, "sns:Publish", "*")

    found = verdict("sns", but(PUBLISH, Resource="*"), own_or_not, topic_arn=LEFT_OUT, topic_owner=LEFT_OUT)

    assert found.least_privilege is None
    assert {one.because for one in found.undecided} == {"context.topic_owner is not given"}


def test_the_folder_of_an_organization_that_is_not_known_may_be_the_one_named():
    by_folder = but(WRITE, Resource=f"{BUCKET}/AWSLogs/{ORG}/*")
    of_organization = {"is_organization_trail": True, "org_id": LEFT_OUT}

    named = verdict("s3", ACL_CHECK, by_folder, **of_organization)
    wide = verdict("s3", ACL_CHECK, but(WRITE, Resource=OBJECTS), **of_organization)

    assert (named.delivers, wide.delivers) == (None, True)
    assert verdict("s3", ACL_CHECK, by_folder, is_organization_trail=True, org_id=None).delivers is None
    assert [one.because for one in named.undecided] == ["context.org_id is not given"]


@pytest.mark.parametrize("kind", GOOD)
def test_knowing_less_never_turns_the_verdict(kind):
    wrong = {"s3": but(WRITE, Condition=None), "sns": but(PUBLISH, Condition=None), "kms": allow("*", "kms:*")}[kind]
    for statements in (GOOD[kind], [wrong], [*GOOD[kind], wrong]):
        known = verdict(kind, *statements)
        for field in surroundings(kind):
            less = verdict(kind, *statements, **{field: LEFT_OUT})
            assert less.least_privilege in (known.least_privilege, None)
            assert less.delivers in (known.delivers, None)
            assert less.topic_source_arn in (known.topic_source_arn, None)


def leaves(value: Any, path: tuple[Any, ...] = ()):
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, (*path, index))
    elif path[-1] not in ("Version", "Sid"):
        yield path


@pytest.mark.parametrize("kind", GOOD)
def test_forgetting_any_part_of_a_policy_never_turns_the_verdict(kind):
    policy = document(*GOOD[kind])
    context = PolicyContext.from_json(surroundings(kind))
    known = check(read_document(policy), kind, context)

    for path in leaves(policy):
        forgotten = copy.deepcopy(policy)
        at: Any = forgotten
        for step in path[:-1]:
            at = at[step]
        at[path[-1]] = Unknown("var.forgotten")
        less = check(read_document(forgotten), kind, context)
        assert less.least_privilege in (known.least_privilege, None), path
        assert less.delivers in (known.delivers, None), path
