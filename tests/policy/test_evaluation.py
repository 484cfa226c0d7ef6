# ruff: noqa: E501 - a table reads best with one case a line
"""The evaluator, which everything else is checked against: conditions, matching, the decision."""

from __future__ import annotations

from typing import Any

import pytest

from ctguard.model.document import read_document
from ctguard.model.values import PartialText, Unknown
from ctguard.policy.evaluate import decide
from ctguard.policy.grammar import parse_policy
from ctguard.policy.pattern import compile_pattern
from ctguard.policy.principals import Entry, covers
from ctguard.policy.request import AWS, Caller, Request, caller_of
from tests.policy.builders import allow, but, deny, document
from tests.policy.generated import ADMIN, BUCKET, FRIEND, OWN, STRANGER, TRAIL

CONDITIONS: list[tuple[str, str, str, Any, dict[str, Any], bool | None]] = [
    # name, operator, key, values, what the request carries, whether it holds
    ("equal", "StringEquals", "aws:SourceArn", TRAIL, {"aws:sourcearn": TRAIL}, True),
    ("equal but for letters", "StringEquals", "aws:username", "Bob", {"aws:username": "bob"}, False),
    ("equal whatever the letters", "StringEqualsIgnoreCase", "aws:username", "BOB", {"aws:username": "bob"}, True),
    ("not equal whatever the letters", "StringNotEqualsIgnoreCase", "aws:username", "BOB", {"aws:username": "bob"}, False),
    ("a star that is none", "StringEquals", "s3:prefix", "a*", {"s3:prefix": "ab"}, False),
    ("a star", "StringLike", "s3:prefix", "a*c", {"s3:prefix": "abbc"}, True),
    ("a star for nothing", "StringLike", "s3:prefix", "a*c", {"s3:prefix": "ac"}, True),
    ("a question mark", "StringLike", "s3:prefix", "a?c", {"s3:prefix": "abc"}, True),
    ("a question mark for nothing", "StringLike", "s3:prefix", "a?c", {"s3:prefix": "ac"}, False),
    ("many stars", "StringLike", "s3:prefix", "*a*b*c*", {"s3:prefix": "xaxbxcx"}, True),
    ("stars that must share", "StringLike", "s3:prefix", "*ab*b", {"s3:prefix": "ab"}, False),
    ("letters matter to patterns", "StringLike", "s3:prefix", "A*", {"s3:prefix": "ab"}, False),
    ("none of several", "StringNotLike", "s3:prefix", ["a*", "b*"], {"s3:prefix": "c"}, True),
    ("one of several", "StringNotLike", "s3:prefix", ["a*", "b*"], {"s3:prefix": "bx"}, False),
    ("missing", "StringEquals", "s3:prefix", "a", {}, False),
    ("missing, negated", "StringNotEquals", "s3:prefix", "a", {}, True),
    ("missing, if there is one", "StringEqualsIfExists", "s3:prefix", "a", {}, True),
    ("there, if there is one", "StringEqualsIfExists", "s3:prefix", "a", {"s3:prefix": "b"}, False),
    ("missing, negated, if there is one", "StringNotEqualsIfExists", "s3:prefix", "a", {}, True),
    ("null and missing", "Null", "s3:prefix", "true", {}, True),
    ("null and there", "Null", "s3:prefix", True, {"s3:prefix": ""}, False),
    ("not null and there", "Null", "s3:prefix", "false", {"s3:prefix": ""}, True),
    ("no values", "StringEquals", "s3:prefix", [], {"s3:prefix": "a"}, False),
    ("no values, negated", "StringNotEquals", "s3:prefix", [], {"s3:prefix": "a"}, True),
    ("a boolean", "Bool", "aws:SecureTransport", "False", {"aws:securetransport": "false"}, True),
    ("another boolean", "Bool", "aws:SecureTransport", True, {"aws:securetransport": "false"}, False),
    ("a missing boolean", "BoolIfExists", "aws:MultiFactorAuthPresent", "false", {}, True),
    ("numbers", "NumericEquals", "s3:max-keys", "10", {"s3:max-keys": "10.0"}, True),
    ("less", "NumericLessThan", "s3:TlsVersion", 1.2, {"s3:tlsversion": "1.1"}, True),
    ("not less", "NumericLessThan", "s3:TlsVersion", 1.2, {"s3:tlsversion": "1.2"}, False),
    ("at least", "NumericGreaterThanEquals", "s3:TlsVersion", "1.2", {"s3:tlsversion": "1.2"}, True),
    ("a number that is none", "NumericLessThan", "s3:max-keys", "10", {"s3:max-keys": "few"}, False),
    ("a number that is none, negated", "NumericNotEquals", "s3:max-keys", "10", {"s3:max-keys": "few"}, True),
    ("before", "DateLessThan", "aws:CurrentTime", "2026-01-01T00:00:00Z", {"aws:currenttime": "2025-12-31T23:59:59Z"}, True),
    ("at once, in another zone", "DateEquals", "aws:CurrentTime", "2026-01-01T00:00:00Z", {"aws:currenttime": "2026-01-01T01:00:00+01:00"}, True),
    ("after, in seconds", "DateGreaterThan", "aws:EpochTime", "1767225600", {"aws:epochtime": "1767225601"}, True),
    ("in a network", "IpAddress", "aws:SourceIp", "203.0.113.0/24", {"aws:sourceip": "203.0.113.255"}, True),
    ("not in a network", "IpAddress", "aws:SourceIp", "203.0.113.0/24", {"aws:sourceip": "203.0.114.0"}, False),
    ("one address", "IpAddress", "aws:SourceIp", "203.0.113.9", {"aws:sourceip": "203.0.113.9"}, True),
    ("the other protocol", "IpAddress", "aws:SourceIp", "0.0.0.0/0", {"aws:sourceip": "2001:db8::1"}, False),
    ("the other protocol, negated", "NotIpAddress", "aws:SourceIp", "0.0.0.0/0", {"aws:sourceip": "2001:db8::1"}, True),
    ("in a network of six", "IpAddress", "aws:SourceIp", "2001:db8::/32", {"aws:sourceip": "2001:db8:1::1"}, True),
    ("in none of several", "NotIpAddress", "aws:SourceIp", ["203.0.113.0/24", "198.51.100.0/24"], {"aws:sourceip": "198.51.100.7"}, False),
    ("bytes", "BinaryEquals", "aws:username", "QmluYXJ5", {"aws:username": "QmluYXJ5"}, True),
    ("an ARN by components", "ArnLike", "aws:SourceArn", f"arn:aws:cloudtrail:*:{OWN}:trail/*", {"aws:sourcearn": TRAIL}, True),
    ("ArnEquals is ArnLike", "ArnEquals", "aws:SourceArn", "arn:aws:cloudtrail:*:*:trail/*", {"aws:sourcearn": TRAIL}, True),
    ("a star stays in its component", "ArnLike", "aws:SourceArn", f"arn:aws:x:*:{OWN}:y/*", {"aws:sourcearn": f"arn:aws:x:r:{STRANGER}:a:{OWN}:y/z"}, False),
    ("a star of a text does not", "StringLike", "aws:SourceArn", f"arn:aws:x:*:{OWN}:y/*", {"aws:sourcearn": f"arn:aws:x:r:{STRANGER}:a:{OWN}:y/z"}, True),
    ("the last component may hold colons", "ArnLike", "aws:SourceArn", f"arn:aws:logs:*:{OWN}:*", {"aws:sourcearn": f"arn:aws:logs:r:{OWN}:log-group:x:y"}, True),
    ("what is no ARN", "ArnLike", "aws:SourceArn", "arn:*:*:*:*:*", {"aws:sourcearn": "my-trail"}, False),
    ("what is no ARN, negated", "ArnNotLike", "aws:SourceArn", "arn:*:*:*:*:*", {"aws:sourcearn": "my-trail"}, True),
    ("a pattern that is no ARN", "ArnLike", "aws:SourceArn", "*", {"aws:sourcearn": TRAIL}, None),
    ("a pattern that is no ARN and fits nothing", "ArnLike", "aws:SourceArn", "x", {"aws:sourcearn": TRAIL}, False),
    ("every value is one of these", "ForAllValues:StringEquals", "aws:TagKeys", ["a", "b"], {"aws:tagkeys": ("a", "b")}, True),
    ("not every value is one of these", "ForAllValues:StringEquals", "aws:TagKeys", ["a", "b"], {"aws:tagkeys": ("a", "c")}, False),
    ("every value, of none", "ForAllValues:StringEquals", "aws:TagKeys", ["a"], {}, True),
    ("every value is none of these", "ForAllValues:StringNotEquals", "aws:TagKeys", ["a"], {"aws:tagkeys": ("b", "c")}, True),
    ("some value is one of these", "ForAnyValue:StringLike", "aws:TagKeys", ["a*"], {"aws:tagkeys": ("b", "ab")}, True),
    ("some value, of none", "ForAnyValue:StringEquals", "aws:TagKeys", ["a"], {}, False),
    ("some value is none of these", "ForAnyValue:StringNotEquals", "aws:TagKeys", ["a"], {"aws:tagkeys": ("a", "c")}, True),
    ("some value is none of these, of none", "ForAnyValue:StringNotEquals", "aws:TagKeys", ["a"], {}, False),
    ("some value if there is one", "ForAnyValue:StringEqualsIfExists", "aws:TagKeys", ["a"], {}, True),
    ("several values of a plain operator", "StringEquals", "aws:TagKeys", ["a"], {"aws:tagkeys": ("a", "b")}, None),
    ("one value of a plain operator", "StringEquals", "aws:TagKeys", ["a"], {"aws:tagkeys": ("a",)}, True),
    ("a variable", "StringLike", "s3:prefix", "home/${aws:username}/*", {"aws:username": "bob", "s3:prefix": "home/bob/x"}, True),
    ("a variable in other letters", "StringLike", "s3:prefix", "${AWS:UserName}", {"aws:username": "bob", "s3:prefix": "bob"}, True),
    ("a variable's stars are none", "StringLike", "s3:prefix", "${aws:username}", {"aws:username": "b*", "s3:prefix": "bob"}, False),
    ("a missing variable", "StringEquals", "s3:prefix", "${aws:username}", {"s3:prefix": ""}, False),
    ("a missing variable, negated", "StringNotEquals", "s3:prefix", "${aws:username}", {"s3:prefix": "x"}, True),
    ("a missing variable with a default", "StringEquals", "s3:prefix", "${aws:username, 'all'}", {"s3:prefix": "all"}, True),
    ("a variable of several values", "StringEquals", "s3:prefix", "${aws:TagKeys}", {"aws:tagkeys": ("a", "b"), "s3:prefix": "a"}, False),
    ("a literal star", "StringLike", "s3:prefix", "a${*}", {"s3:prefix": "ab"}, False),
    ("a literal star that is there", "StringLike", "s3:prefix", "a${*}", {"s3:prefix": "a*"}, True),
    ("a literal dollar", "StringEquals", "s3:prefix", "${$}x", {"s3:prefix": "$x"}, True),
    ("an operator that there is not", "StringIs", "s3:prefix", "a", {"s3:prefix": "a"}, None),
    ("an operator in other letters", "stringEquals", "s3:prefix", "a", {"s3:prefix": "a"}, None),
    ("a quantifier that there is not", "ForSomeValue:StringEquals", "s3:prefix", "a", {"s3:prefix": "a"}, None),
]  # fmt: skip


def holds(operator, key, values, carried, version="2012-10-17"):
    policy = parse_policy(read_document(document(allow("*", "*", "*", **{operator: {key: values}}), version=version)))
    return decide(policy, Request(Caller("Anonymous", "anonymous"), "s3:GetObject", BUCKET, carried)).allowed


@pytest.mark.parametrize(
    ["operator", "key", "values", "carried", "expected"],
    [row[1:] for row in CONDITIONS],
    ids=[row[0] for row in CONDITIONS],
)
def test_conditions_hold_as_iam_says(operator, key, values, carried, expected):
    assert holds(operator, key, values, carried) is expected
    assert holds(operator, key.swapcase(), values, carried) is expected


def test_variables_are_literal_text_in_the_old_version():
    carried = {"aws:username": "bob", "s3:prefix": "bob"}

    assert holds("StringEquals", "s3:prefix", "${aws:username}", carried) is True
    assert holds("StringEquals", "s3:prefix", "${aws:username}", carried, version="2008-10-17") is False
    assert (
        holds("StringEquals", "s3:prefix", "${aws:username}", {"s3:prefix": "${aws:username}"}, version="2008-10-17")
        is True
    )


ROLE, SESSION = f"arn:aws:iam::{OWN}:role/team/Reader", f"arn:aws:sts::{OWN}:assumed-role/Reader/me"
PRINCIPALS = [
    ("an account for its user", OWN, f"arn:aws:iam::{OWN}:user/bob", True),
    ("a root for its account's roles", f"arn:aws:iam::{OWN}:root", ROLE, True),
    ("a root for another account", f"arn:aws:iam::{OWN}:root", f"arn:aws:iam::{FRIEND}:role/x", False),
    ("a role for itself", ROLE, ROLE, True),
    ("a role for its sessions", ROLE, SESSION, True),
    ("a session for itself", SESSION, SESSION, True),
    ("a session for its role", SESSION, ROLE, False),
    ("a role for another session", f"arn:aws:iam::{OWN}:role/Writer", SESSION, False),
    ("a role for the same name elsewhere", ROLE, f"arn:aws:sts::{FRIEND}:assumed-role/Reader/me", False),
    ("a user for itself", f"arn:aws:iam::{OWN}:user/bob", f"arn:aws:iam::{OWN}:user/bob", True),
    ("a user in other letters", f"arn:aws:iam::{OWN}:user/Bob", f"arn:aws:iam::{OWN}:user/bob", False),
    ("a wildcard inside", f"arn:aws:iam::{OWN}:role/*", ROLE, False),
    ("an account for nobody", OWN, "anonymous", False),
    ("an account for a service", OWN, "cloudtrail.amazonaws.com", False),
]  # fmt: skip


@pytest.mark.parametrize(
    ["entry", "name", "expected"], [row[1:] for row in PRINCIPALS], ids=[row[0] for row in PRINCIPALS]
)
def test_principals_stand_for_themselves_their_accounts_and_sessions(entry, name, expected):
    assert covers(Entry(AWS, compile_pattern(entry, wild=False)), caller_of(name)) is expected


NOT_PRINCIPALS = [
    ("another account", [OWN], f"arn:aws:iam::{FRIEND}:role/x", True),
    ("the listed root", [OWN], f"arn:aws:iam::{OWN}:root", False),
    ("a role with its account", [OWN, ADMIN], ADMIN, False),
    ("a role without its account", [ADMIN], ADMIN, None),
    ("a role by its account alone", [OWN], ADMIN, False),
    ("nobody", [OWN], "anonymous", True),
    ("a service", [OWN], "cloudtrail.amazonaws.com", True),
]  # fmt: skip


@pytest.mark.parametrize(
    ["listed", "name", "denied"], [row[1:] for row in NOT_PRINCIPALS], ids=[row[0] for row in NOT_PRINCIPALS]
)
def test_not_principal_speaks_of_everybody_else(listed, name, denied):
    fence = but(deny("*", "*"), Principal=None, NotPrincipal={"AWS": listed})
    policy = parse_policy(read_document(document(allow("*", "*"), fence)))

    allowed = decide(policy, Request(caller_of(name), "s3:GetObject", BUCKET)).allowed

    assert allowed is (None if denied is None else not denied)


MATCHES = [
    ("s3:delete*", "s3:DeleteObject", True), ("s3:Get?bject", "s3:GetObject", True), ("*", "kms:Decrypt", True),
    ("s3:PutObject", "s3:PutObjectAcl", False), ("S3:PUTOBJECT", "s3:PutObject", True), ("s3:*Object", "s3:GetObjectAcl", False),
]  # fmt: skip


@pytest.mark.parametrize(("pattern", "action", "expected"), MATCHES, ids=[f"{one[0]} on {one[1]}" for one in MATCHES])
def test_actions_match_whatever_their_letters(pattern, action, expected):
    assert compile_pattern(pattern, wild=True, folded=True).matches(action) is expected


def request(action="s3:GetObject", resource=f"{BUCKET}/x"):
    return Request(Caller(AWS, ROLE, OWN), action, resource)


def test_an_explicit_deny_wins_and_names_its_statement():
    policy = parse_policy(read_document(document(allow("*", "s3:*"), deny("*", "s3:Get*"))))

    denied = decide(policy, request())
    allowed = decide(policy, request("s3:PutObject"))

    assert (denied.allowed, denied.statement and denied.statement.position) == (False, 1)
    assert (allowed.allowed, allowed.statement and allowed.statement.position) == (True, 0)


def test_what_nothing_allows_is_denied_by_nothing():
    decision = decide(parse_policy(read_document(document(allow("*", "s3:PutObject")))), request())

    assert (decision.allowed, decision.statement) == (False, None)


def test_not_action_and_not_resource_speak_of_the_rest():
    policy = parse_policy(
        read_document(
            document({"Effect": "Allow", "Principal": "*", "NotAction": "s3:Put*", "NotResource": f"{BUCKET}/secret/*"})
        )
    )

    assert decide(policy, request()).allowed is True
    assert decide(policy, request("s3:PutObject")).allowed is False
    assert decide(policy, request(resource=f"{BUCKET}/secret/x")).allowed is False


def test_resources_keep_their_letters_and_stars_cross_slashes():
    policy = parse_policy(read_document(document(allow("*", "*", f"{BUCKET}/a/*/c"))))

    assert decide(policy, request(resource=f"{BUCKET}/a/b/b/c")).allowed is True
    assert decide(policy, request(resource=f"{BUCKET}/A/b/c")).allowed is False


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([allow("*", "*", PartialText(("arn:aws:s3:::", Unknown("bucket"), "/x")))], None),
        ([allow("*", "*", PartialText(("arn:aws:s3:::", Unknown("bucket"), "/y")))], False),
        ([allow("*", "*", PartialText(("arn:aws:s3:::", Unknown("bucket"), "/x"))), allow("*", "*")], True),
        ([allow("*", "*"), deny("*", "*", Unknown("anything"))], None),
        ([allow("*", "s3:Put*"), deny("*", "*", Unknown("anything"))], False),
        ([allow("*", "*"), deny("*", "s3:Put*", Unknown("anything"))], True),
        ([but(allow("*", "*"), Effect=Unknown("effect"))], None),
        ([but(allow("*", "s3:Put*"), Effect=Unknown("effect"))], False),
        ([Unknown("statement")], None),
        ([Unknown("statement"), deny("*", "*")], False),
    ],
)
def test_a_decision_is_open_only_where_it_hangs_on_what_is_not_known(statements, expected):
    assert decide(parse_policy(read_document(document(*statements))), request()).allowed is expected
