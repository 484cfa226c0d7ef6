# ruff: noqa: E501 - a table reads best with one case a line
"""The verdict on topic policies, clause by clause, each both ways."""

from __future__ import annotations

import pytest

from tests.policy.builders import DEFAULT_TOPIC, PUBLISH, ROOT, TRAIL_SERVICE, allow, but, deny, under, verdict
from tests.policy.generated import FOREIGN_TRAIL, FRIEND, ORG, OWN, STRANGER, TOPIC, TRAIL

ALARMS = {"Service": "cloudwatch.amazonaws.com"}
OTHER_TOPIC = f"{TOPIC}-other"

PUBLISHING = [
    # name, statements, least privilege, topic_source_arn, delivers
    ("as documented", [PUBLISH], True, True, True),
    ("with the default statement", [DEFAULT_TOPIC, PUBLISH], True, True, True),
    ("the default statement alone", [DEFAULT_TOPIC], True, None, False),
    ("no statement for CloudTrail", [allow({"AWS": ROOT}, "sns:Publish", TOPIC)], True, None, False),
    ("without a condition", [but(PUBLISH, Condition=None)], False, False, True),
    ("by the account alone", [under(PUBLISH, StringEquals={"aws:SourceAccount": OWN})], True, False, True),
    ("by the account, everybody", [allow("*", "sns:Publish", TOPIC, StringEquals={"aws:SourceAccount": OWN})], True, False, True),
    ("by the account and any ARN that must be there", [under(PUBLISH, StringEquals={"aws:SourceAccount": OWN}, Null={"aws:SourceArn": "false"})], True, False, True),
    ("by an ARN without account", [under(PUBLISH, ArnLike={"aws:SourceArn": "arn:aws:cloudtrail:*:*:trail/main"})], False, False, True),
    ("by an ARN if there is one", [under(PUBLISH, StringEqualsIfExists={"aws:SourceArn": TRAIL})], False, False, True),
    ("by an ARN if there is one, and the account", [under(PUBLISH, StringEqualsIfExists={"aws:SourceArn": TRAIL}, StringEquals={"aws:SourceAccount": OWN})], True, False, True),
    ("by any own trail", [under(PUBLISH, ArnLike={"aws:SourceArn": f"arn:aws:cloudtrail:*:{OWN}:trail/*"})], True, True, True),
    ("by a foreign trail", [under(PUBLISH, StringEquals={"aws:SourceArn": FOREIGN_TRAIL})], False, False, False),
    ("by a wildcard that is none", [under(PUBLISH, StringEquals={"aws:SourceArn": f"arn:aws:cloudtrail:us-east-1:{OWN}:trail/*"})], True, None, False),
    ("by the principal's organization", [under(PUBLISH, StringEquals={"aws:PrincipalOrgID": ORG})], True, None, False),
    ("from an endpoint", [under(PUBLISH, StringEquals={"aws:SourceVpce": "vpce-1"})], True, None, False),
    ("to another topic", [but(PUBLISH, Resource=OTHER_TOPIC)], True, None, False),
    ("to every topic", [but(PUBLISH, Resource="*")], True, True, True),
    ("denied again", [PUBLISH, deny("*", "sns:Publish", TOPIC, Bool={"aws:SecureTransport": "true"})], True, None, False),
    ("denied without TLS", [PUBLISH, deny("*", "sns:Publish", TOPIC, Bool={"aws:SecureTransport": "false"})], True, True, True),
    ("unbound, denied without the ARN", [but(PUBLISH, Condition=None), deny(TRAIL_SERVICE, "sns:Publish", TOPIC, StringNotEquals={"aws:SourceArn": TRAIL})], True, True, True),
    ("unbound, denied to other accounts", [but(PUBLISH, Condition=None), deny(TRAIL_SERVICE, "sns:*", TOPIC, StringNotEquals={"aws:SourceAccount": OWN})], True, False, True),
    ("once bound, once not", [PUBLISH, but(PUBLISH, Condition=None)], False, False, True),
    ("to the service, and more", [but(PUBLISH, Action=["SNS:Publish", "SNS:SetTopicAttributes"])], False, True, True),
    ("with a wildcard", [but(PUBLISH, Action="sns:P*")], False, True, True),
    ("with subscribing", [but(PUBLISH, Action=["sns:Publish", "sns:Subscribe"])], True, True, True),
]  # fmt: skip

OTHERS = [
    ("alarms of the account", allow(ALARMS, "sns:Publish", TOPIC, ArnLike={"aws:SourceArn": f"arn:aws:cloudwatch:us-east-1:{OWN}:alarm:*"}), True),
    ("alarms by account", allow(ALARMS, "sns:Publish", TOPIC, StringEquals={"aws:SourceAccount": OWN}), True),
    ("alarms by owner", allow(ALARMS, "sns:Publish", TOPIC, StringEquals={"aws:SourceOwner": OWN}), True),
    ("alarms of anybody", allow(ALARMS, "sns:Publish", TOPIC), False),
    ("alarms of the organization", allow(ALARMS, "sns:Publish", TOPIC, StringEquals={"aws:SourceOrgID": ORG}), False),
    ("alarms of an account, by a pattern that reaches over colons", allow(ALARMS, "sns:Publish", TOPIC, StringLike={"aws:SourceArn": f"arn:aws:cloudwatch:*:{OWN}:alarm:*"}), False),
    ("the same by components", allow(ALARMS, "sns:Publish", TOPIC, ArnLike={"aws:SourceArn": f"arn:aws:cloudwatch:*:{OWN}:alarm:*"}), True),
    ("a bucket of whomever", allow({"Service": "s3.amazonaws.com"}, "sns:Publish", TOPIC, ArnLike={"aws:SourceArn": "arn:aws:s3:::some-bucket"}), False),
    ("a bucket of the account", allow({"Service": "s3.amazonaws.com"}, "sns:Publish", TOPIC, ArnLike={"aws:SourceArn": "arn:aws:s3:::some-bucket"}, StringEquals={"aws:SourceAccount": OWN}), True),
    ("an own role", allow({"AWS": f"arn:aws:iam::{OWN}:role/x"}, "sns:*", TOPIC), True),
    ("the own root", allow({"AWS": ROOT}, "sns:*", TOPIC), True),
    ("the own account by condition", allow("*", "sns:*", TOPIC, StringEquals={"aws:PrincipalAccount": OWN}), True),
    ("the own account as owner", DEFAULT_TOPIC, True),
    ("another account as owner", under(DEFAULT_TOPIC, StringEquals={"AWS:SourceOwner": STRANGER}), False),
    ("an account that publishes", allow({"AWS": FRIEND}, "sns:Publish", TOPIC), False),
    ("an account that subscribes", allow({"AWS": FRIEND}, ["sns:Subscribe", "sns:Receive", "sns:GetTopicAttributes"], TOPIC), True),
    ("an account that changes the topic", allow({"AWS": FRIEND}, "sns:SetTopicAttributes", TOPIC), False),
    ("an account that gives permission", allow({"AWS": f"arn:aws:iam::{FRIEND}:role/x"}, "sns:AddPermission", TOPIC), False),
    ("an organization that publishes", allow("*", "sns:Publish", TOPIC, StringEquals={"aws:PrincipalOrgID": ORG}), False),
    ("an organization that subscribes", allow("*", "sns:Subscribe", TOPIC, StringEquals={"aws:PrincipalOrgID": ORG}), True),
    ("everybody who subscribes", allow("*", "sns:Subscribe", TOPIC), False),
    ("everybody who subscribes by https", allow("*", "sns:Subscribe", TOPIC, StringEquals={"sns:Protocol": "https"}, StringLike={"sns:Endpoint": "https://example.com/*"}), False),
    ("everybody who publishes from an address", allow("*", "sns:Publish", TOPIC, IpAddress={"aws:SourceIp": "203.0.113.0/24"}), False),
    ("a service that deletes", allow(ALARMS, "sns:DeleteTopic", TOPIC, StringEquals={"aws:SourceAccount": OWN}), False),
    ("a service that deletes, by owner", allow(ALARMS, "sns:DeleteTopic", TOPIC, StringEquals={"aws:SourceOwner": OWN}), False),
    ("a service that subscribes", allow(ALARMS, "sns:Subscribe", TOPIC), True),
]  # fmt: skip


@pytest.mark.parametrize(
    ["statements", "least", "by_arn", "delivers"],
    [row[1:] for row in PUBLISHING],
    ids=[row[0] for row in PUBLISHING],
)
def test_cloudtrail_may_publish_for_own_trails_only(statements, least, by_arn, delivers):
    judged = verdict("sns", *statements)

    assert (judged.least_privilege, judged.topic_source_arn, judged.delivers) == (least, by_arn, delivers)
    assert bool(judged.unbound) is (by_arn is False)


@pytest.mark.parametrize(("statement", "expected"), [row[1:] for row in OTHERS], ids=[row[0] for row in OTHERS])
def test_others_may_publish_only_from_the_own_account(statement, expected):
    judged = verdict("sns", PUBLISH, statement)

    assert judged.least_privilege is expected
    assert judged.topic_source_arn is True


def test_owner_is_read_from_the_topic_itself():
    own = allow({"AWS": ROOT}, "sns:*", TOPIC)

    judged = verdict("sns", PUBLISH, own, topic_owner=STRANGER)

    assert judged.least_privilege is True


def test_an_undecided_source_arn_says_that_nothing_is_granted():
    judged = verdict("sns", DEFAULT_TOPIC)

    assert [(one.what, one.because) for one in judged.undecided] == [
        ("topic_source_arn", "the policy grants CloudTrail no Publish that could ever happen")
    ]
