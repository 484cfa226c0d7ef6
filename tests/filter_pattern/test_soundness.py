"""The decision over all events against the meaning of single events."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctguard.filter_pattern import (
    Filter,
    Verdict,
    control_named,
    coverage,
    demands,
    match,
    parse_pattern,
    print_pattern,
)
from ctguard.filter_pattern.syntax import All, AnyOf, Condition, Form, JsonPattern, Operand, Operator
from tests.filter_pattern.events import CONTROLS, NAMES, covering, event, names_of, sign_in, source_of

VALUES = {
    ("eventName",): [
        "ConsoleLogin",
        "CreateTrail",
        "StopLogging",
        "DeletePolicy",
        "*Policy",
        "Create*",
        "*",
        "HeadBucket",
    ],
    ("eventSource",): ["iam.amazonaws.com", "*.amazonaws.com", "signin*", "ec2.amazonaws.com"],
    ("awsRegion",): ["us-east-1", "eu-*", "*"],
    ("errorCode",): ["AccessDenied", "AccessDenied*", "*UnauthorizedOperation", "*"],
    ("errorMessage",): ["Failed authentication", "Fail*"],
    ("eventType",): ["AwsApiCall", "AwsServiceEvent", "AwsConsole*", "Aws*"],
    ("sourceIPAddress",): ["10.*", "delivery.logs.amazonaws.com", "198.51.100.7"],
    ("userIdentity", "type"): ["Root", "IAMUser", "R*"],
    ("userIdentity", "userName"): ["bob", "*"],
    ("userIdentity", "arn"): ["*:root", "arn:aws:*"],
    ("userIdentity", "invokedBy"): ["*.amazonaws.com"],
    ("userIdentity", "sessionContext", "attributes", "mfaAuthenticated"): ["true", "false"],
    ("additionalEventData", "MFAUsed"): ["Yes", "No", "*"],
    ("responseElements", "ConsoleLogin"): ["Success", "Failure"],
    ("requestParameters", "items", 0, "id"): ["x", "5"],
}
UNARY = [Operator.NOT_EXISTS, Operator.IS_NULL, Operator.IS_TRUE]


def some_condition(chance: random.Random) -> Condition:
    path = chance.choice(list(VALUES))
    if chance.random() < 0.2:
        return Condition(path, chance.choice(UNARY))
    operator = Operator.EQUAL if chance.random() < 0.7 else Operator.NOT_EQUAL
    text = chance.choice(VALUES[path])
    return Condition(path, operator, Operand(text, Form.QUOTED if " " in text else Form.BARE))


def some_expression(chance: random.Random, depth: int = 0):
    if depth == 3 or chance.random() < 0.3:
        return some_condition(chance)
    parts = tuple(some_expression(chance, depth + 1) for _ in range(chance.randrange(2, 4)))
    return AnyOf(parts) if chance.random() < 0.5 else All(parts)


def some_event(chance: random.Random, control: str):
    """Return an event of the kind that `control` is about, often demanded."""
    made = sign_in() if chance.random() < 0.3 or control.startswith("console") else event()
    if control in NAMES:
        made |= {"eventSource": source_of(control), "eventName": chance.choice(names_of(control))}
    if control == "unauthorized-api-calls" or chance.random() < 0.3:
        made["errorCode"] = chance.choice(
            ["AccessDenied", "AccessDeniedException", "Client.UnauthorizedOperation", "Other"]
        )
    made["awsRegion"] = chance.choice(["us-east-1", "eu-west-1", "eu-", "x"])
    made["sourceIPAddress"] = chance.choice(["10.0.0.1", "198.51.100.7", "delivery.logs.amazonaws.com", "AWS Internal"])
    made["eventType"] = chance.choice(["AwsApiCall", "AwsServiceEvent", "AwsConsoleAction", "AwsConsoleSignIn"])
    if made["eventName"] == "ConsoleLogin" and (control == "console-auth-failures" or chance.random() < 0.4):
        made |= {"errorMessage": "Failed authentication", "responseElements": {"ConsoleLogin": "Failure"}}
    if control == "root-usage" or chance.random() < 0.3:
        made["userIdentity"] = {"type": "Root", "arn": "arn:aws:iam::111122223333:root"}
    elif chance.random() < 0.5:
        made["userIdentity"] = {"type": chance.choice(["IAMUser", "R2"]), "userName": chance.choice(["bob", "", "eve"])}
    if chance.random() < 0.2:
        made["userIdentity"]["invokedBy"] = "autoscaling.amazonaws.com"
    if chance.random() < 0.3:
        made["userIdentity"]["sessionContext"] = {"attributes": {"mfaAuthenticated": chance.choice(["true", "false"])}}
    if chance.random() < 0.3:
        made["requestParameters"] = chance.choice(
            [None, {}, {"items": []}, {"items": [{"id": chance.choice(["x", 5, None])}]}]
        )
    return made


def rewritten(chance: random.Random, expression):
    """Return an expression of the same meaning: reordered, regrouped, repeated, distributed."""
    if isinstance(expression, Condition):
        return expression
    parts = [rewritten(chance, part) for part in expression.parts]
    chance.shuffle(parts)
    kind = type(expression)
    if chance.random() < 0.3:
        parts.append(parts[0])
    if len(parts) > 2 and chance.random() < 0.5:
        parts = [kind(tuple(parts[:2])), *parts[2:]]
    if isinstance(expression, All) and isinstance(parts[0], AnyOf) and chance.random() < 0.5:
        rest = tuple(parts[1:])
        return AnyOf(tuple(All((part, *rest)) for part in parts[0].parts))
    return kind(tuple(parts))


@settings(max_examples=150, deadline=None)
@given(st.randoms(use_true_random=False))
def test_a_pattern_and_its_rewriting_match_the_same_events(chance):
    expression = some_expression(chance)
    pattern = JsonPattern(expression)
    other = parse_pattern(print_pattern(JsonPattern(rewritten(chance, expression))))

    for control in chance.sample(CONTROLS, 5):
        one = some_event(chance, control)
        assert match(pattern, one) == match(other, one)


@settings(max_examples=250, deadline=None)
@given(st.randoms(use_true_random=False))
def test_verdicts_agree_with_single_events(chance):
    name = chance.choice(CONTROLS)
    control = control_named(name)
    base = parse_pattern(f"{{ {covering(name)} }}").expression
    shape = chance.randrange(5)
    patterns = [
        [AnyOf((base, some_expression(chance)))],
        [All((base, some_expression(chance)))],
        [All((base, some_expression(chance, 2))), All((base, some_expression(chance, 2)))],
        [AnyOf((some_expression(chance), some_expression(chance)))],
        [All((base, AnyOf((some_condition(chance), some_condition(chance), some_condition(chance)))))],
    ][shape]
    patterns = [JsonPattern(pattern) for pattern in patterns]

    found = coverage(control, [Filter(pattern) for pattern in patterns])

    for witness in found.missed:
        assert demands(control, witness)
        assert all(match(pattern, witness) is False for pattern in patterns)
    assert bool(found.missed) == (found.verdict is Verdict.MISSES)
    for _ in range(25):
        one = some_event(chance, name)
        if demands(control, one):
            answers = {match(pattern, one) for pattern in patterns}
            assert not (found.verdict is Verdict.COVERS and True not in answers)
            assert not (found.verdict is None and answers == {False})


@pytest.mark.parametrize("control", CONTROLS)
def test_the_events_of_these_tests_are_often_demanded(control):
    chance = random.Random(1)

    assert sum(demands(control_named(control), some_event(chance, control)) for _ in range(100)) > 5
