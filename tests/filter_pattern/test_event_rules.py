"""EventBridge: what event patterns match, and whether rules see what a control demands."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctguard.filter_pattern import (
    EventPatternError,
    EventRule,
    Verdict,
    control_named,
    demands,
    match_event,
    parse_event_pattern,
    rule_coverage,
)
from ctguard.model.values import Document, PartialText, Unknown
from tests.filter_pattern.events import CONTROLS, NAMES, event, names_of, source_of

COVERS, MISSES = Verdict.COVERS, Verdict.MISSES
WITH_READS = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
MISSING = object()


@pytest.mark.parametrize(
    ("alternative", "value", "expected"),
    [
        ("a", "a", True),
        ("a", "A", False),
        ("a*", "ab", False),
        ("", "", True),
        (5, 5, True),
        (5, "5", False),
        (1, True, False),
        (True, True, True),
        (None, None, True),
        (None, MISSING, False),
        ("a", None, False),
        ({"prefix": "a"}, "abc", True),
        ({"prefix": {"equals-ignore-case": "A"}}, "abc", True),
        ({"suffix": ".png"}, "x.png", True),
        ({"suffix": ".png"}, "x.PNG", False),
        ({"equals-ignore-case": "AbC"}, "aBc", True),
        ({"wildcard": "a*c"}, "abbc", True),
        ({"wildcard": "a\\*c"}, "abc", False),
        ({"wildcard": "a\\*c"}, "a*c", True),
        ({"anything-but": "a"}, "b", True),
        ({"anything-but": "a"}, "a", False),
        ({"anything-but": ["a", "b"]}, "c", True),
        ({"anything-but": ["a", "b"]}, MISSING, False),
        ({"anything-but": {"prefix": "a"}}, "abc", False),
        ({"anything-but": {"suffix": ["a", "b"]}}, "xb", False),
        ({"anything-but": {"wildcard": "*lib*"}}, "a/lib/b", False),
        ({"anything-but": {"equals-ignore-case": ["X"]}}, "x", False),
        ({"anything-but": 5}, 6, True),
        ({"anything-but": "a"}, 6, None),
        ({"exists": True}, "", True),
        ({"exists": True}, MISSING, False),
        ({"exists": False}, MISSING, True),
        ({"exists": False}, "x", False),
        ({"exists": True}, {"x": 1}, None),
        ({"numeric": [">", 0, "<=", 5]}, 5, True),
        ({"numeric": [">", 0, "<=", 5]}, 6, False),
        ({"numeric": ["=", 5]}, "5", False),
        ({"cidr": "10.0.0.0/24"}, "10.0.0.255", True),
        ({"cidr": "10.0.0.0/24"}, "10.0.1.0", False),
        ({"cidr": "10.0.0.0/24"}, "not an address", False),
        ("a", ["x", "a"], True),
        ("a", [], False),
        ({"anything-but": "a"}, ["x", "a"], None),
    ],
)
def test_an_alternative_takes_a_value(alternative, value, expected):
    pattern = parse_event_pattern({"detail": {"field": [alternative]}})
    event = {"detail": {} if value is MISSING else {"field": value}}

    assert match_event(pattern, event) is expected


def test_fields_are_joined_by_and_alternatives_by_or_and_or_by_or():
    pattern = parse_event_pattern(
        json.dumps({"source": ["a", "b"], "$or": [{"detail": {"x": [1]}}, {"detail": {"y": [2]}, "region": ["r"]}]})
    )

    assert match_event(pattern, {"source": "b", "detail": {"x": 1}}) is True
    assert match_event(pattern, {"source": "b", "region": "r", "detail": {"y": 2}}) is True
    assert match_event(pattern, {"source": "b", "region": "q", "detail": {"y": 2}}) is False
    assert match_event(pattern, {"source": "c", "detail": {"x": 1}}) is False


def test_objects_in_lists_are_looked_into():
    pattern = parse_event_pattern({"detail": {"resources": {"ARN": [{"suffix": ":x"}]}}})

    assert match_event(pattern, {"detail": {"resources": [{"ARN": "a:y"}, {"ARN": "a:x"}]}}) is True


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "[]",
        "{}",
        "{",
        '{"a": "b"}',
        '{"a": []}',
        '{"a": {}}',
        '{"a": [{"prefix": 1}]}',
        '{"a": [{"prefix": "x", "suffix": "y"}]}',
        '{"a": [{"like": "x"}]}',
        '{"a": [["x"]]}',
        '{"a": [{"numeric": [">"]}]}',
        '{"a": [{"cidr": "10.0.0/99"}]}',
        '{"a": [{"anything-but": {"exists": true}}]}',
        '{"a": [{"exists": "yes"}]}',
        '{"a":' * 500 + "1" + "}" * 500,
        "[" * 100_000,
    ],
)
def test_a_pattern_that_cannot_be_read_is_an_error(pattern):
    with pytest.raises(EventPatternError):
        parse_event_pattern(pattern)


def usual(control, **detail):
    """Return the event pattern that guides show for a control of named events."""
    return {
        "source": [f"aws.{NAMES[control][0]}"],
        "detail-type": ["AWS API Call via CloudTrail"],
        "detail": {"eventSource": [source_of(control)], "eventName": names_of(control), **detail},
    }


@pytest.mark.parametrize("control", NAMES)
def test_the_usual_rule_covers_and_with_a_name_less_it_misses(control):
    less = {**usual(control), "detail": {"eventName": names_of(control)[1:]}}

    assert rule_coverage(control_named(control), [EventRule(usual(control))]).verdict is COVERS
    missed = rule_coverage(control_named(control), [EventRule(json.dumps(less))]).missed
    assert [one["detail"]["eventName"] for one in missed] == names_of(control)[:1]


CHANGES = "cloudtrail-changes"


@pytest.mark.parametrize(
    ("detail", "expected"),
    [
        ({"eventName": [{"wildcard": "*Trail"}, {"prefix": "Sto"}, {"suffix": "Logging"}]}, COVERS),
        ({"eventName": [{"anything-but": "DescribeTrails"}]}, COVERS),
        ({"eventName": [{"anything-but": ["StopLogging"]}]}, MISSES),
        ({"eventName": [{"anything-but": {"prefix": "Stop"}}]}, MISSES),
        ({"eventName": [{"equals-ignore-case": name.upper()} for name in names_of(CHANGES)]}, COVERS),
        ({"eventSource": [source_of(CHANGES)]}, COVERS),
        ({"errorCode": [{"exists": False}]}, MISSES),
        ({"sourceIPAddress": [{"cidr": "10.0.0.0/8"}]}, MISSES),
        ({"sourceIPAddress": [{"anything-but": {"prefix": "10."}}]}, MISSES),
        ({"sourceIPAddress": [{"exists": True}]}, COVERS),
        ({"$or": [{"errorCode": [{"exists": False}]}, {"errorCode": [{"exists": True}]}]}, COVERS),
        ({"userIdentity": {"type": [{"anything-but": "AWSService"}]}}, MISSES),
        ({"requestParameters": {"x": [{"numeric": [">", 1]}]}}, MISSES),
        ({"requestParameters": {"x": [{"cidr": "::1/128"}]}}, None),
    ],
)
def test_patterns_are_judged_by_meaning(detail, expected):
    pattern = {"detail": {"eventName": names_of(CHANGES), **detail}}
    if "eventName" in detail or "eventSource" in detail:
        pattern = {"detail": detail}
    found = rule_coverage(control_named(CHANGES), [EventRule(pattern)])

    assert found.verdict is expected
    for witness in found.missed:
        assert demands(control_named(CHANGES), witness["detail"])
        assert match_event(parse_event_pattern(pattern), witness) is False


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"state": "DISABLED"}, MISSES),
        ({"state": WITH_READS}, COVERS),
        ({"state": Unknown("var.state")}, None),
        ({"bus": "audit"}, None),
        ({"bus": Unknown("var.bus")}, None),
    ],
)
def test_state_and_bus_of_a_rule_count(options, expected):
    assert rule_coverage(control_named(CHANGES), [EventRule(usual(CHANGES), **options)]).verdict is expected


@pytest.mark.parametrize(("account", "expected"), [("111122223333", COVERS), ("999988887777", MISSES), (None, None)])
def test_a_pattern_on_the_account_is_compared_with_the_rules_own(account, expected):
    pattern = {**usual(CHANGES), "account": ["111122223333"]}

    assert rule_coverage(control_named(CHANGES), [EventRule(pattern, account=account)]).verdict is expected


@pytest.mark.parametrize(
    "pattern", [Unknown("var.pattern"), PartialText(("{", Unknown("x"), "}")), {"source": [Unknown("var.s")]}, None]
)
def test_a_pattern_that_is_not_known_is_open(pattern):
    assert rule_coverage(control_named(CHANGES), [EventRule(pattern)]).verdict is None
    assert (
        rule_coverage(control_named(CHANGES), [EventRule(pattern), EventRule(Document(usual(CHANGES)))]).verdict
        is COVERS
    )


REFUSED = {"detail": {"errorCode": [{"suffix": "UnauthorizedOperation"}, {"prefix": "AccessDenied"}]}}
ROOT = {"detail": {"userIdentity": {"type": ["Root"]}}}
FAILED = {"detail": {"eventName": ["ConsoleLogin"], "errorMessage": ["Failed authentication"]}}
NO_MFA = {
    "detail-type": ["AWS Console Sign In via CloudTrail"],
    "detail": {"eventName": ["ConsoleLogin"], "additionalEventData": {"MFAUsed": ["No"]}},
}


@pytest.mark.parametrize(
    ("control", "pattern", "state", "expected"),
    [
        ("unauthorized-api-calls", REFUSED, WITH_READS, COVERS),
        ("unauthorized-api-calls", REFUSED, "ENABLED", MISSES),
        ("unauthorized-api-calls", {"source": ["aws.s3"], **REFUSED}, WITH_READS, MISSES),
        ("unauthorized-api-calls", {"source": [{"prefix": "aws."}], **REFUSED}, WITH_READS, COVERS),
        ("root-usage", ROOT, WITH_READS, COVERS),
        ("root-usage", ROOT, "ENABLED", MISSES),
        ("root-usage", {"detail-type": ["AWS Console Sign In via CloudTrail"], **ROOT}, WITH_READS, MISSES),
        ("console-auth-failures", FAILED, "ENABLED", COVERS),
        ("console-auth-failures", {"detail-type": ["AWS API Call via CloudTrail"], **FAILED}, "ENABLED", MISSES),
        ("console-auth-failures", {"detail-type": ["AWS Console Signin via CloudTrail"], **FAILED}, "ENABLED", None),
        ("console-signin-no-mfa", NO_MFA, "ENABLED", COVERS),
    ],
)
def test_calls_that_only_read_reach_a_rule_only_in_its_widest_state(control, pattern, state, expected):
    found = rule_coverage(control_named(control), [EventRule(pattern, state)])

    assert found.verdict is expected
    for witness in found.missed:
        service = witness["detail"]["eventSource"].removesuffix(".amazonaws.com")
        assert witness["source"] == f"aws.{service}"
        assert demands(control_named(control), witness["detail"])


def test_what_an_enabled_rule_does_not_get_is_a_read():
    found = rule_coverage(control_named("root-usage"), [EventRule(ROOT)])

    assert found.missed[0]["detail"]["readOnly"] is True
    assert found.missed[0]["detail"]["eventName"].startswith(("Describe", "Get", "List"))


@pytest.mark.parametrize("control", CONTROLS)
def test_no_rule_sees_nothing(control):
    assert rule_coverage(control_named(control), []).verdict is MISSES


FIELDS = {
    ("eventName",): [
        "StopLogging",
        "CreateTrail",
        "GetObject",
        {"prefix": "St"},
        {"suffix": "Trail"},
        {"wildcard": "*l*a*"},
    ],
    ("eventSource",): ["cloudtrail.amazonaws.com", {"suffix": ".amazonaws.com"}],
    ("errorCode",): [
        "AccessDenied",
        {"prefix": "Access"},
        {"exists": False},
        {"exists": True},
        {"anything-but": "Other"},
    ],
    ("awsRegion",): ["us-east-1", {"anything-but": {"prefix": "us-"}}],
    ("userIdentity", "type"): ["Root", {"anything-but": ["Root", "AWSService"]}, {"equals-ignore-case": "root"}],
    ("userIdentity", "invokedBy"): [{"exists": False}, {"wildcard": "*.amazonaws.com"}],
    ("sourceIPAddress",): [{"cidr": "198.51.100.0/24"}, {"anything-but": {"prefix": "10."}}],
    ("requestParameters", "size"): [{"numeric": [">", 5]}, 3, {"exists": False}, "x"],
}


def some_pattern(chance):
    detail = {}
    for path in chance.sample(list(FIELDS), chance.randrange(0, 4)):
        target = detail
        for name in path[:-1]:
            target = target.setdefault(name, {})
        target[path[-1]] = chance.sample(FIELDS[path], chance.randrange(1, 3))
    if chance.random() < 0.4:
        detail["$or"] = [{"eventName": ["StopLogging", {"wildcard": "*Trail"}]}, {"errorCode": [{"exists": True}]}]
    return {"detail": detail} if detail else {"source": [{"prefix": "aws."}]}


def some_delivered_event(chance):
    detail = event(
        eventSource=source_of(CHANGES),
        eventName=chance.choice(names_of(CHANGES)),
        sourceIPAddress=chance.choice(["10.0.0.1", "198.51.100.7", "AWS Internal"]),
        userIdentity={"type": chance.choice(["IAMUser", "AWSService"])},
    )
    if chance.random() < 0.5:
        detail["errorCode"] = chance.choice(["AccessDenied", "Other"])
    if chance.random() < 0.5:
        detail["requestParameters"] = chance.choice([None, {}, {"size": 3}, {"size": 9}, {"size": "x"}])
    if chance.random() < 0.3:
        detail["userIdentity"] = {"type": "Root", "arn": "arn:aws:iam::111122223333:root"}
    return {
        "source": "aws.cloudtrail",
        "detail-type": "AWS API Call via CloudTrail",
        "region": "us-east-1",
        "detail": {**detail, "awsRegion": "us-east-1"},
    }


@settings(max_examples=200, deadline=None)
@given(st.randoms(use_true_random=False))
def test_verdicts_agree_with_single_events(chance):
    documents = [some_pattern(chance) for _ in range(chance.randrange(1, 4))]
    patterns = [parse_event_pattern(document) for document in documents]

    found = rule_coverage(control_named(CHANGES), [EventRule(document) for document in documents])

    for witness in found.missed:
        assert all(match_event(pattern, witness) is False for pattern in patterns)
    for _ in range(20):
        one = some_delivered_event(chance)
        answers = {match_event(pattern, one) for pattern in patterns}
        assert not (found.verdict is COVERS and True not in answers)
        assert not (found.verdict is None and answers == {False})
