# ruff: noqa: E501 - a table reads best with one case a line
"""What identity policies, boundaries and service control policies let principals do."""

from __future__ import annotations

from typing import Any

import pytest

from ctguard.model.document import read_document
from ctguard.model.logic import Status
from ctguard.model.values import PartialText, Unknown
from ctguard.policy.delivery_role import grants_only_delivery, trusts_only_cloudtrail
from ctguard.policy.identity import Target, exemptions_of, grants_whole_service, members_cannot, nobody_may
from tests.policy.builders import document
from tests.policy.generated import BUCKET, FRIEND, KEY, OWN, STRANGER, TRAIL

PASS, FAIL, UNKNOWN = Status.PASS, Status.FAIL, Status.UNKNOWN
STOP = Target("cloudtrail:StopLogging", TRAIL)
ADMIN_POLICY = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def doc(*statements: Any):
    return read_document(document(*statements))


def allowing(action: Any, resource: Any = "*", **operators: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource} | ({"Condition": operators} if operators else {})


def denying(action: Any, resource: Any = "*", **operators: Any) -> dict[str, Any]:
    return allowing(action, resource, **operators) | {"Effect": "Deny"}


TAMPERING = [
    ("everything", [ADMIN_POLICY], FAIL),
    ("the action", [allowing("cloudtrail:StopLogging")], FAIL),
    ("the action in other letters", [allowing("CloudTrail:stoplogging")], FAIL),
    ("a wildcard", [allowing("cloudtrail:Stop*")], FAIL),
    ("all but IAM", [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}], FAIL),
    ("all but this", [{"Effect": "Allow", "NotAction": "cloudtrail:Stop*", "Resource": "*"}], PASS),
    ("reading", [allowing(["cloudtrail:Get*", "cloudtrail:Describe*", "cloudtrail:LookupEvents"])], PASS),
    ("other trails", [allowing("cloudtrail:*", f"arn:aws:cloudtrail:*:{STRANGER}:trail/*")], PASS),
    ("all other resources", [{"Effect": "Allow", "Action": "cloudtrail:*", "NotResource": TRAIL}], PASS),
    ("with multi-factor authentication", [allowing("cloudtrail:*", "*", Bool={"aws:MultiFactorAuthPresent": "true"})], FAIL),
    ("denied", [ADMIN_POLICY, denying("cloudtrail:Stop*")], PASS),
    ("denied elsewhere", [ADMIN_POLICY, denying("cloudtrail:*", f"{TRAIL}2")], FAIL),
    ("denied without multi-factor authentication", [ADMIN_POLICY, denying("cloudtrail:*", "*", BoolIfExists={"aws:MultiFactorAuthPresent": "false"})], FAIL),
    ("denied either way", [ADMIN_POLICY, denying("cloudtrail:*", "*", Null={"aws:TokenIssueTime": "true"}), denying("cloudtrail:*", "*", Null={"aws:TokenIssueTime": "false"})], PASS),
    ("for services only", [allowing("cloudtrail:*", "*", Bool={"aws:PrincipalIsAWSService": "true"})], PASS),
    ("an action that nobody knows", [allowing(Unknown("var.actions"))], UNKNOWN),
    ("nothing", [allowing("s3:GetObject")], PASS),
]  # fmt: skip


@pytest.mark.parametrize(("statements", "expected"), [row[1:] for row in TAMPERING], ids=[row[0] for row in TAMPERING])
def test_identity_policies_let_nobody_stop_the_trail(statements, expected):
    found = nobody_may([[doc(*statements)]], [STOP])

    assert found.status is expected
    assert (found.witness is not None) is (expected is FAIL)


def test_several_policies_add_up_and_a_boundary_takes_away():
    reading, writing = doc(allowing("cloudtrail:Get*")), doc(allowing("cloudtrail:*"))

    assert nobody_may([[reading, writing]], [STOP]).status is FAIL
    assert nobody_may([[writing], [reading]], [STOP]).status is PASS
    assert nobody_may([[writing], [doc(ADMIN_POLICY)]], [STOP]).status is FAIL
    assert nobody_may([[writing], [doc(ADMIN_POLICY, denying("cloudtrail:Stop*"))]], [STOP]).status is PASS


def test_conditions_of_both_layers_must_hold_together():
    by_phone, by_key = {"StringEquals": {"aws:SourceVpce": "vpce-1"}}, {"StringEquals": {"aws:SourceVpce": "vpce-2"}}
    first, second = doc(allowing("*") | {"Condition": by_phone}), doc(allowing("*") | {"Condition": by_key})

    assert nobody_may([[first], [first]], [STOP]).status is FAIL
    assert nobody_may([[first], [second]], [STOP]).status is PASS


def test_each_target_that_is_allowed_is_shown():
    targets = [STOP, Target("s3:DeleteObject", f"{BUCKET}/x"), Target("kms:DisableKey", KEY)]

    found = nobody_may([[doc(allowing(["cloudtrail:StopLogging", "kms:*"]))]], targets)

    assert [one.request.action for one in found.witnesses] == ["cloudtrail:StopLogging", "kms:DisableKey"]


def test_the_principal_itself_may_be_told_by_conditions():
    admin = f"arn:aws:iam::{OWN}:role/Admin"
    policy = doc(allowing("*", "*", ArnEquals={"aws:PrincipalArn": admin}))

    assert nobody_may([[policy]], [STOP], principal_arn=admin).status is FAIL
    assert nobody_may([[policy]], [STOP], principal_arn=f"{admin}2").status is PASS


def test_a_resource_that_is_not_known_is_certain_only_where_all_are_alike():
    bucket = PartialText(("arn:aws:s3:::", Unknown("aws_s3_bucket.logs.bucket"), "/x"))
    target = [Target("s3:DeleteObject", bucket)]

    assert nobody_may([[doc(allowing("s3:*"))]], target).status is FAIL
    assert nobody_may([[doc(allowing("s3:*", "arn:aws:s3:::*"))]], target).status is FAIL
    assert nobody_may([[doc(allowing("s3:*", "arn:aws:s3:::app/*"))]], target).status is UNKNOWN
    assert nobody_may([[doc(allowing("s3:*", "arn:aws:sqs:::app/*"))]], target).status is PASS


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([allowing("cloudtrail:*")], FAIL),
        ([ADMIN_POLICY], FAIL),
        ([allowing("cloudtrail:*", "arn:aws:cloudtrail:*:*:*")], FAIL),
        ([allowing("cloudtrail:*", TRAIL)], PASS),
        ([allowing(["cloudtrail:Get*", "cloudtrail:List*"])], PASS),
        ([allowing("cloudtrail:*"), denying("cloudtrail:DeleteTrail")], PASS),
        ([{"Effect": "Allow", "NotAction": ["iam:*", "organizations:*"], "Resource": "*"}], FAIL),
        ([allowing(Unknown("var.actions"))], UNKNOWN),
    ],
)
def test_full_access_is_every_action_on_every_resource(statements, expected):
    assert grants_whole_service([[doc(*statements)]], "cloudtrail").status is expected


FULL_ACCESS = doc(ADMIN_POLICY)
BREAK_GLASS = "arn:aws:iam::*:role/BreakGlass"
PROTECTING = denying(["cloudtrail:StopLogging", "cloudtrail:DeleteTrail"])
TARGETS = [Target("cloudtrail:StopLogging"), Target("cloudtrail:DeleteTrail")]
SCPS = [
    ("none but full access", [[FULL_ACCESS]], (), FAIL),
    ("a Deny", [[FULL_ACCESS, doc(PROTECTING)]], (), PASS),
    ("a Deny further down", [[FULL_ACCESS], [FULL_ACCESS, doc(PROTECTING)], [FULL_ACCESS]], (), PASS),
    ("a Deny of one action", [[FULL_ACCESS, doc(denying("cloudtrail:StopLogging"))]], (), FAIL),
    ("a Deny by what it leaves", [[FULL_ACCESS, doc({"Effect": "Deny", "NotAction": ["ec2:*"], "Resource": "*"})]], (), PASS),
    ("a level without it", [[doc(allowing("ec2:*"))], [FULL_ACCESS]], (), PASS),
    ("an Allow by what it leaves", [[doc({"Effect": "Allow", "NotAction": "cloudtrail:*", "Resource": "*"})]], (), PASS),
    ("an Allow on other resources", [[doc({"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:cloudtrail:*:*:*"})]], (), PASS),
    ("a Deny but for a role", [[FULL_ACCESS, doc(PROTECTING | {"Condition": {"ArnNotLike": {"aws:PrincipalArn": BREAK_GLASS}}})]], (BREAK_GLASS,), PASS),
    ("a Deny but for a role that nobody listed", [[FULL_ACCESS, doc(PROTECTING | {"Condition": {"ArnNotLike": {"aws:PrincipalArn": BREAK_GLASS}}})]], (), FAIL),
    ("a Deny but for all roles", [[FULL_ACCESS, doc(PROTECTING | {"Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}}})]], (BREAK_GLASS,), FAIL),
    ("a Deny in one region", [[FULL_ACCESS, doc(PROTECTING | {"Condition": {"StringEquals": {"aws:RequestedRegion": "us-east-1"}}})]], (), FAIL),
    ("a conditional Allow", [[doc(allowing("*", "*", ArnLike={"aws:PrincipalArn": BREAK_GLASS}))]], (BREAK_GLASS,), PASS),
    ("a Deny on one trail", [[FULL_ACCESS, doc(denying("cloudtrail:*", TRAIL))]], (), FAIL),
    ("a Deny of what nobody knows", [[FULL_ACCESS, doc(denying(Unknown("var.actions")))]], (), UNKNOWN),
]  # fmt: skip


@pytest.mark.parametrize(["levels", "exempt", "expected"], [row[1:] for row in SCPS], ids=[row[0] for row in SCPS])
def test_service_control_policies_keep_members_from_the_trail(levels, exempt, expected):
    assert members_cannot(levels, TARGETS, exempt=exempt).status is expected


def test_exemptions_are_single_names():
    levels = [
        [doc(PROTECTING | {"Condition": {"ArnNotLike": {"aws:PrincipalArn": [BREAK_GLASS, "arn:aws:iam::*:role/*"]}}})]
    ]

    assert exemptions_of(levels) == (BREAK_GLASS,)


def trust(*principals: Any, action: Any = "sts:AssumeRole", **operators: Any):
    statements = [{"Effect": "Allow", "Principal": one, "Action": action} for one in principals]
    return doc(*(one | ({"Condition": operators} if operators else {}) for one in statements))


TRAIL_SERVICE = {"Service": "cloudtrail.amazonaws.com"}
TRUSTS = [
    ("the service", trust(TRAIL_SERVICE), PASS),
    ("the service for the account", trust(TRAIL_SERVICE, StringEquals={"aws:SourceAccount": OWN}), PASS),
    ("another service too", trust({"Service": ["cloudtrail.amazonaws.com", "ec2.amazonaws.com"]}), FAIL),
    ("an account too", trust(TRAIL_SERVICE, {"AWS": FRIEND}), FAIL),
    ("everybody", trust("*"), FAIL),
    ("everybody who is the service", trust("*", StringEquals={"aws:PrincipalServiceName": "cloudtrail.amazonaws.com"}), PASS),
    ("a federation", trust(TRAIL_SERVICE, {"Federated": "accounts.google.com"}, action="sts:AssumeRole*"), FAIL),
    ("nobody who is CloudTrail", trust({"Service": "config.amazonaws.com"}), FAIL),
    ("the service, tagging", trust(TRAIL_SERVICE, action="sts:TagSession"), FAIL),
    ("somebody", trust(TRAIL_SERVICE, {"AWS": Unknown("var.who")}), UNKNOWN),
]  # fmt: skip


@pytest.mark.parametrize(("document", "expected"), [row[1:] for row in TRUSTS], ids=[row[0] for row in TRUSTS])
def test_the_delivery_role_trusts_cloudtrail_alone(document, expected):
    found = trusts_only_cloudtrail(document)

    assert found.status is expected
    assert found.because


GROUP = f"arn:aws:logs:us-east-1:{OWN}:log-group:trail"
NEEDED = ["logs:CreateLogStream", "logs:PutLogEvents"]
PERMISSIONS = [
    ("as documented", allowing(NEEDED, f"{GROUP}:log-stream:{OWN}_CloudTrail_us-east-1*"), PASS),
    ("the whole group", allowing(NEEDED, f"{GROUP}:*"), PASS),
    ("the group's own ARN", allowing(NEEDED, GROUP), PASS),
    ("groups that begin alike", allowing(NEEDED, f"{GROUP}*"), FAIL),
    ("every group", allowing(NEEDED, "*"), FAIL),
    ("every action", allowing("logs:*", f"{GROUP}:*"), FAIL),
    ("what begins with Put", allowing("logs:Put*", f"{GROUP}:*"), FAIL),
    ("a wildcard that matches one", allowing(["logs:CreateLogStrea?", "logs:PutLogEvent?"], f"{GROUP}:*"), FAIL),
    ("deletion of what nobody calls so", allowing([*NEEDED, "logs:DeleteEverything"], f"{GROUP}:*"), FAIL),
    ("another service", allowing([*NEEDED, "s3:PutObject"], "*"), FAIL),
    ("all but some", {"Effect": "Allow", "NotAction": "logs:Delete*", "Resource": f"{GROUP}:*"}, FAIL),
]  # fmt: skip


@pytest.mark.parametrize(
    ("statement", "expected"), [row[1:] for row in PERMISSIONS], ids=[row[0] for row in PERMISSIONS]
)
def test_the_delivery_role_may_do_nothing_else(statement, expected):
    found = grants_only_delivery([doc(statement)], f"{GROUP}:*")

    assert found.status is expected


def test_a_deny_takes_the_rest_away():
    wide = doc(allowing("logs:*", f"{GROUP}:*"), {"Effect": "Deny", "NotAction": NEEDED, "Resource": "*"})

    assert grants_only_delivery([wide], GROUP).status is PASS


def test_a_log_group_that_is_not_known_is_the_same_in_the_policy():
    group = Unknown("aws_cloudwatch_log_group.trail.arn", is_set=True)

    own = doc(allowing(NEEDED, PartialText((group, ":*"))))

    assert grants_only_delivery([own], group).status is PASS
    assert grants_only_delivery([doc(allowing(NEEDED, "*"))], group).status is FAIL
    assert grants_only_delivery([doc(allowing(NEEDED, f"{GROUP}:*"))], group).status is UNKNOWN
