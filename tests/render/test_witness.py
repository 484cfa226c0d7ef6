"""A witness in one line."""

from __future__ import annotations

import pytest

from ctguard.render.witness import witness_of
from tests.render.builders import make_finding, make_leaf
from tests.render.scenes import WITNESS_EVENT, WITNESS_REQUEST

DEEP: dict = {}
for _ in range(500):
    DEEP = {"a": DEEP}

CASES = {
    "nothing": (None, None),
    "empty": ({}, None),
    "a request": (
        {**WITNESS_REQUEST, "resource": "arn:aws:s3:::b/x", "context": {"aws:SecureTransport": True}, "why": ""},
        (
            "gets through",
            "s3:PutObject on arn:aws:s3:::b/x by Service cloudtrail.amazonaws.com with aws:SecureTransport=true",
        ),
    ),
    "an anonymous request": (
        {"action": "s3:GetObject", "principal": "*", "why": "nobody asked who it is"},
        ("gets through", "s3:GetObject by * (nobody asked who it is)"),
    ),
    "an event": (
        WITNESS_EVENT,
        (
            "goes unseen",
            "DescribeInstances of ec2.amazonaws.com "
            "(eventCategory=Management, awsRegion=ap-southeast-2, readOnly=true)",
        ),
    ),
    "an event with parts": (
        {"eventName": "ConsoleLogin", "userIdentity": {"type": "Root", "invokedBy": None}, "list": [1, 2.5]},
        ("goes unseen", "ConsoleLogin (userIdentity={type=Root, invokedBy=null}, list=[1, 2.5])"),
    ),
    "a whole record": (
        {
            "eventVersion": "1.11",
            "userIdentity": {"type": "Root", "principalId": "1", "arn": "arn:aws:iam::1:root"},
            "eventTime": "2026-11-20T09:30:00Z",
            "eventName": "RunInstances",
            "eventSource": "ec2.amazonaws.com",
            "awsRegion": "us-east-1",
            "requestParameters": None,
            "errorCode": "AccessDenied",
        },
        (
            "goes unseen",
            "RunInstances of ec2.amazonaws.com (userIdentity={type=Root, arn=arn:aws:iam::1:root}, "
            "awsRegion=us-east-1, errorCode=AccessDenied, and 3 more fields)",
        ),
    ),
    "something else": ({"file": "x", "hour": 3}, ("example", "file=x, hour=3")),
    "too deep": (DEEP, ("example", "a={a={a={a=...}}}")),
    "no texts": ({"action": 1, "eventName": ["x"]}, ("example", "action=1, eventName=[x]")),
}


@pytest.mark.parametrize(("witness", "told"), CASES.values(), ids=CASES)
def test_a_witness_becomes_one_line(witness, told):
    assert witness_of(make_finding(witness=witness)) == told


def test_a_reason_that_a_condition_gives_is_not_told_twice():
    leaf = make_leaf(because=f"statement 1: {WITNESS_REQUEST['why']}")

    finding = make_finding(witness=WITNESS_REQUEST, explanation=[leaf])

    assert WITNESS_REQUEST["why"] not in witness_of(finding)[1]
