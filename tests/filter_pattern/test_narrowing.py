"""Names of controls, and what else can be proved of a filter: never matching, narrowed, looking at no field."""

from __future__ import annotations

import pytest

from ctguard.filter_pattern import (
    CONTROLS,
    Filter,
    PatternError,
    control_named,
    demands,
    match,
    narrowings,
    parse_criteria,
    parse_pattern,
    unheard_fields,
    unmatchable,
)
from ctguard.model.errors import UsageError
from ctguard.model.values import Unknown
from tests.filter_pattern.events import CONTROLS as IDS
from tests.filter_pattern.events import covering


def test_there_are_fifteen_controls_in_the_order_of_the_benchmark():
    assert sorted(control.id for control in CONTROLS) == sorted(IDS)
    assert [control.number for control in CONTROLS] == list(range(1, 16))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("root-usage", "root-usage"),
        ("monitor-root-usage", "root-usage"),
        ("cis-aws-1.2.0:3.3", "root-usage"),
        ("cis-aws-1.4:4.3", "root-usage"),
        ("cis-aws-4.0.1:4.15", "organizations-changes"),
        ("cis-aws-5.0.0:4.5", "cloudtrail-changes"),
        ("CIS-AWS-7.0.0:5.1", "unauthorized-api-calls"),
    ],
)
def test_a_control_goes_by_several_names(name, expected):
    assert control_named(name).id == expected


@pytest.mark.parametrize(
    "name", ["", "root", "cis-aws-5.0.0:5.3", "cis-aws-1.2.0:3.15", "cis-aws-9.0.0:4.1", "cis-aws-5.0.0:4.16"]
)
def test_other_names_are_an_error_that_says_what_to_use(name):
    with pytest.raises(UsageError) as fault:
        control_named(name)

    assert "cis-aws-5.0.0:4.5" in fault.value.hint


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("$.eventName = CreateTrail && $.eventName = DeleteTrail", True),
        ('$.eventName = "Create*" && $.eventName = "*Trail"', False),
        ('$.eventName = "Create*" && $.eventName = "Delete*"', True),
        ("$.eventName = %^Create% && $.eventName = %^Delete%", True),
        ("$.eventName > 5", True),
        ("$.eventName IS NULL", False),  # what IS NULL makes of a missing field is not documented
        ("$.eventName IS TRUE", True),
        ("$.userIdentity = Root", True),
        ("$.userIdentity.type.name = Root", True),
        ("$.errorCode NOT EXISTS && $.errorCode = AccessDenied", True),
        ("$.readOnly IS TRUE && $.readOnly IS FALSE", True),
        ("$.readOnly IS TRUE", False),
        ("$.requestParameters.x > 5 && $.requestParameters.x < 5", True),
        ("$.requestParameters.x > 5 && $.requestParameters.x < 6", False),
        ("$.requestParameters NOT EXISTS && $.requestParameters.x = 1", True),
        ("$.resources[1].type = x && $.resources[0].type NOT EXISTS", False),
        ("$.resources[1] NOT EXISTS && $.resources[1].type = x", True),
        ('$.errorMessage != "x"', False),
    ],
)
def test_a_pattern_that_can_never_match_is_proved_so(expression, expected):
    assert unmatchable(Filter(f"{{ {expression} }}")) is expected


def test_what_is_not_known_may_match():
    assert unmatchable(Filter(Unknown("var.pattern"))) is False
    assert unmatchable(Filter("some text")) is False


@pytest.mark.parametrize(
    ("clause", "kinds"),
    [
        ("$.awsRegion = us-east-1", ["region"]),
        ("$.recipientAccountId = 111122223333", ["account"]),
        ('$.userIdentity.arn != "*admin*"', ["principal"]),
        ('$.sourceIPAddress != "10.*" && $.awsRegion != "eu-*"', ["source address", "region"]),
        ('$.awsRegion = "*"', []),
        ('$.errorCode = "x"', []),
    ],
)
def test_a_clause_that_hides_demanded_events_is_a_narrowing(clause, kinds):
    control = control_named("cloudtrail-changes")
    pattern = "{ (" + covering("cloudtrail-changes") + f") && {clause} }}"

    found = narrowings(control, [Filter(pattern)])

    assert [one.kind for one in found] == kinds
    for one in found:
        assert demands(control, one.witness)
        assert match(parse_pattern(pattern), one.witness) is False


def test_what_the_control_itself_leaves_out_narrows_nothing():
    pattern = '{ ($.errorCode = "AccessDenied*") && $.sourceIPAddress != delivery.logs.amazonaws.com }'

    assert narrowings(control_named("unauthorized-api-calls"), [Filter(pattern)]) == ()
    assert narrowings(control_named("root-usage"), [Filter("{ $.userIdentity.type = Root }")]) == ()


def test_fields_that_records_do_not_have_are_named_with_the_one_that_was_meant():
    pattern = "{ $.eventname = x && $.userIdentity.userNam = y && $.zebra = z && $.requestParameters.any = w }"

    assert unheard_fields([Filter(pattern)]) == {
        "$.eventname": "$.eventName",
        "$.userIdentity.userNam": "$.userIdentity.userName",
        "$.zebra": "",
    }


@pytest.mark.parametrize(
    "text",
    [
        "",
        "@aws.region",
        "@aws.region = ",
        "@aws.service = x",
        "@aws.region IN x",
        "@aws.region = 'a*'",
        "@aws.region = 'a' &&",
        "(@aws.region = 'a'",
    ],
)
def test_criteria_that_cannot_be_read_are_an_error(text):
    with pytest.raises(PatternError):
        parse_criteria(text)
