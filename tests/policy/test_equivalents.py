# ruff: noqa: E501 - a table reads best with one case a line
"""Spelling changes nothing; meaning changes everything.

CloudTrail's documented policies in other words keep their verdict, and lose it
as soon as one clause is widened, with a request that fits.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from ctguard.model.document import read_document
from ctguard.policy.context import PolicyContext
from ctguard.policy.evaluate import decide
from ctguard.policy.grammar import parse_policy
from ctguard.policy.verdict import check
from tests.policy.builders import ACL_CHECK, ENCRYPT, GOOD, PUBLISH, WRITE, but, document, surroundings, under
from tests.policy.generated import BUCKET, FOREIGN_TRAIL, FRIEND, OWN, TRAIL

Change = Callable[[dict[str, Any]], dict[str, Any]]


def each(change: Change) -> Change:
    """Change every statement."""

    def changed(policy: dict[str, Any]) -> dict[str, Any]:
        return policy | {"Statement": [change(copy.deepcopy(one)) for one in policy["Statement"]]}

    return changed


def listed(statement: dict[str, Any]) -> dict[str, Any]:
    for name in ("Action", "Resource"):
        value = statement[name]
        statement[name] = value if isinstance(value, list) else [value]
    statement["Condition"] = {
        operator: {key: value if isinstance(value, list) else [value] for key, value in keys.items()}
        for operator, keys in statement.get("Condition", {}).items()
    }
    return statement


def in_other_letters(statement: dict[str, Any]) -> dict[str, Any]:
    actions = statement["Action"]
    statement["Action"] = [one.swapcase() for one in ([actions] if isinstance(actions, str) else actions)]
    statement["Condition"] = {
        operator: {key.swapcase(): value for key, value in keys.items()}
        for operator, keys in statement.get("Condition", {}).items()
    }
    return statement


def with_operator(old: str, new: str) -> Change:
    def changed(statement: dict[str, Any]) -> dict[str, Any]:
        condition = statement.get("Condition", {})
        if old in condition:
            condition[new] = condition.pop(old) | condition.get(new, {})
        return statement

    return each(changed)


def with_wildcards(statement: dict[str, Any]) -> dict[str, Any]:
    spelled = {
        "s3:PutObject": "s3:Put?bject",
        "s3:GetBucketAcl": "s3:GetBucketAc?",
        "SNS:Publish": "sns:Publis*",
        "kms:DescribeKey": "kms:Describe*",
    }
    if isinstance(statement["Action"], str):
        statement["Action"] = spelled.get(statement["Action"], statement["Action"])
    return statement


def with_numbers_and_booleans(statement: dict[str, Any]) -> dict[str, Any]:
    text = json.dumps(statement).replace('"false"', "false")
    return json.loads(text)


def _arns(statement: dict[str, Any], operator: str) -> dict[str, Any]:
    keys = statement.get("Condition", {}).get("StringEquals", {})
    if "aws:SourceArn" in keys:
        statement["Condition"].setdefault(operator, {})["aws:SourceArn"] = keys.pop("aws:SourceArn")
    return without_empty_tests(statement)


def without_empty_tests(statement: dict[str, Any]) -> dict[str, Any]:
    condition = {operator: keys for operator, keys in statement.get("Condition", {}).items() if keys}
    return statement | ({"Condition": condition} if "Condition" in statement else {})


def _by_service_name(statement: dict[str, Any]) -> dict[str, Any]:
    if statement["Principal"] == {"Service": "cloudtrail.amazonaws.com"}:
        statement["Principal"] = "*"
        statement["Condition"].setdefault("StringEquals", {})["aws:PrincipalServiceName"] = "cloudtrail.amazonaws.com"
    return statement


def _denied_instead(policy: dict[str, Any]) -> dict[str, Any]:
    """Say who is let in by denying everybody else."""
    statements = []
    for one in policy["Statement"]:
        statements.append(one)
        arn = one.get("Condition", {}).get("StringEquals", {}).get("aws:SourceArn")
        if arn is not None and one["Principal"] == {"Service": "cloudtrail.amazonaws.com"}:
            loose = copy.deepcopy(one)
            del loose["Condition"]["StringEquals"]["aws:SourceArn"]
            denying = {**one, "Effect": "Deny", "Condition": {"StringNotEquals": {"aws:SourceArn": arn}}}
            statements[-1:] = [without_empty_tests(loose), denying]
    return policy | {"Statement": statements}


EQUIVALENT: dict[str, Change] = {
    "as it is": lambda policy: policy,
    "statements the other way round": lambda policy: policy | {"Statement": policy["Statement"][::-1]},
    "statements twice": lambda policy: policy | {"Statement": policy["Statement"] * 2},
    "lists everywhere": each(listed),
    "actions and keys in other letters": each(in_other_letters),
    "wildcards that match one thing": each(with_wildcards),
    "ArnEquals for StringEquals on ARNs": each(partial(_arns, operator="ArnEquals")),
    "ArnLike for StringEquals on ARNs": each(partial(_arns, operator="ArnLike")),
    "ForAnyValue on single values": with_operator("StringEquals", "ForAnyValue:StringEquals"),
    "the old version": lambda policy: policy | {"Version": "2008-10-17"},
    "no version": lambda policy: {name: value for name, value in policy.items() if name != "Version"},
    "booleans for texts": each(with_numbers_and_booleans),
    "a Sid and an Id": lambda policy: each(lambda one: one | {"Sid": "S"})(policy) | {"Id": "mine"},
    "elements in another order": each(lambda one: dict(reversed(one.items()))),
    "the service's name as a condition": each(_by_service_name),
    "a Deny instead of a condition": _denied_instead,
}


@pytest.mark.parametrize("change", EQUIVALENT.values(), ids=EQUIVALENT)
@pytest.mark.parametrize("kind", GOOD)
def test_equivalent_spellings_get_one_verdict(kind, change):
    policy = change(copy.deepcopy(document(*GOOD[kind])))

    judged = check(read_document(policy), kind, PolicyContext.from_json(surroundings(kind)))

    assert (judged.least_privilege, judged.delivers) == (True, True)
    assert judged.topic_source_arn is (True if kind == "sns" else None)


EVERY_TRAIL = "arn:aws:cloudtrail:*:*:trail/*"
WIDENED: list[tuple[str, str, dict[str, Any], dict[str, Any], str]] = [
    # kind, name, the statement, what it becomes, the kind of excess
    ("s3", "anybody may write", WRITE, but(WRITE, Principal="*"), "service-write"),
    ("s3", "a service more may write", WRITE, but(WRITE, Principal={"Service": ["cloudtrail.amazonaws.com", "config.amazonaws.com"]}), "service-write"),
    ("s3", "an account may write", WRITE, but(WRITE, Principal={"Service": "cloudtrail.amazonaws.com", "AWS": FRIEND}, Condition=None), "principal-write"),
    ("s3", "the trail may do more", WRITE, but(WRITE, Action="s3:*"), "service-more"),
    ("s3", "the trail may delete", WRITE, but(WRITE, Action=["s3:PutObject", "s3:DeleteObject"]), "service-more"),
    ("s3", "without conditions", WRITE, but(WRITE, Condition=None), "unbound"),
    ("s3", "without the trail's ARN", WRITE, under(WRITE, StringEquals={"s3:x-amz-acl": "bucket-owner-full-control"}), "unbound"),
    ("s3", "for every trail", WRITE, under(WRITE, StringLike={"aws:SourceArn": EVERY_TRAIL}), "unbound"),
    ("s3", "for a foreign trail too", WRITE, under(WRITE, StringEquals={"aws:SourceArn": [TRAIL, FOREIGN_TRAIL]}), "unbound"),
    ("s3", "if there is an ARN", WRITE, under(WRITE, StringEqualsIfExists={"aws:SourceArn": TRAIL}), "unbound"),
    ("s3", "the ACL check for anybody, and reading", ACL_CHECK, but(ACL_CHECK, Principal="*", Action="s3:Get*", Condition=None), "anonymous-read"),
    ("s3", "the ACL check with all actions", ACL_CHECK, but(ACL_CHECK, Action="s3:*"), "service-more"),
    ("sns", "anybody may publish", PUBLISH, but(PUBLISH, Principal="*", Condition=None), "anonymous-write"),
    ("sns", "the trail may do more", PUBLISH, but(PUBLISH, Action="sns:*"), "service-more"),
    ("sns", "without conditions", PUBLISH, but(PUBLISH, Condition=None), "unbound"),
    ("sns", "for every trail", PUBLISH, under(PUBLISH, ArnLike={"aws:SourceArn": EVERY_TRAIL}), "unbound"),
    ("sns", "if there is an ARN", PUBLISH, under(PUBLISH, ArnLikeIfExists={"aws:SourceArn": TRAIL}), "unbound"),
    ("kms", "anybody may encrypt", ENCRYPT, but(ENCRYPT, Principal="*", Condition=None), "stranger-use"),
    ("kms", "the trail may do more", ENCRYPT, but(ENCRYPT, Action="kms:*"), "service-more"),
    ("kms", "without conditions", ENCRYPT, but(ENCRYPT, Condition=None), "unbound"),
    ("kms", "for every trail", ENCRYPT, under(ENCRYPT, StringLike={"kms:EncryptionContext:aws:cloudtrail:arn": EVERY_TRAIL}), "unbound"),
    ("kms", "for a role that administers", GOOD["kms"][3], but(GOOD["kms"][3], Action="kms:*"), "administration"),
    ("kms", "the root's rights for everybody of the account", GOOD["kms"][0], but(GOOD["kms"][0], Principal="*", Condition={"StringEquals": {"kms:CallerAccount": OWN}}), "administration"),
]  # fmt: skip


@pytest.mark.parametrize(
    ["kind", "statement", "wider", "excess"],
    [(row[0], *row[2:]) for row in WIDENED],
    ids=[f"{row[0]}: {row[1]}" for row in WIDENED],
)
def test_one_clause_widened_fails_with_a_fitting_witness(kind, statement, wider, excess):
    policy = document(*(wider if one is statement else one for one in GOOD[kind]))

    judged = check(read_document(policy), kind, PolicyContext.from_json(surroundings(kind)))

    assert judged.least_privilege is False
    assert excess in {one.kind for one in judged.excess}
    parsed = parse_policy(read_document(policy))
    assert all(decide(parsed, one.request).allowed for one in judged.excess)


def test_widened_resource_alone_is_no_excess():
    wide = [but(one, Resource=["*"]) if one["Effect"] == "Allow" else one for one in GOOD["s3"]]

    judged = check(read_document(document(*wide)), "s3", PolicyContext.from_json(surroundings("s3")))

    assert judged.least_privilege is True
    assert BUCKET not in json.dumps(wide[0])
