"""Do patterns cover a control, for all events: the verdict, and the event that goes unseen."""

from __future__ import annotations

import random
import time

import pytest

from ctguard.filter_pattern import (
    Filter,
    Verdict,
    control_named,
    coverage,
    demands,
    match,
    metric_filter,
    parse_criteria,
    parse_pattern,
)
from ctguard.model.values import PartialText, Unknown
from tests.filter_pattern.events import CONTROLS, NAMES, any_name, covering, names_of, source_of

COVERS, MISSES = Verdict.COVERS, Verdict.MISSES


def judge(control, *patterns, **options):
    filters = [pattern if isinstance(pattern, Filter) else Filter(pattern) for pattern in patterns]
    return coverage(control_named(control), filters, **options)


def check_witnesses(control, patterns, found):
    for event in found.missed:
        assert demands(control_named(control), event)
        assert all(match(parse_pattern(pattern), event) is False for pattern in patterns)


@pytest.mark.parametrize("control", CONTROLS)
def test_a_plain_pattern_covers_its_control(control):
    found = judge(control, f"{{ {covering(control)} }}")

    assert found.verdict is COVERS
    assert found.missed == ()
    assert found.overbroad is None


def rewritings(control):
    """Return other ways to write the pattern of a control of named events."""
    names = names_of(control)
    shuffled = random.Random(7).sample(names, len(names))
    half = len(names) // 2
    source = f"$.eventSource = {source_of(control)}"
    return {
        "no blanks": ["{" + any_name(names).replace(" ", "") + "}"],
        "no parentheses": ["{" + " || ".join(f"$.eventName = {name}" for name in names) + "}"],
        "quoted": ["{" + " || ".join(f'($.eventName = "{name}")' for name in shuffled) + "}"],
        "many parentheses": ["{((" + ") || (".join(f"(($.eventName={name}))" for name in names) + "))}"],
        "with the source": ["{(" + source + ") && (" + any_name(shuffled) + ")}"],
        "the source last": ["{ (" + any_name(names) + f') && $.eventSource = "{NAMES[control][0]}.*" }}'],
        "distributed": ["{" + " || ".join(f"({source} && $.eventName = {name})" for name in names) + "}"],
        "split": ["{" + any_name(names[:half]) + "}", "{" + any_name(names[half:]) + "}"],
        "one filter each": [f"{{ $.eventName = {name} }}" for name in shuffled],
        "wildcards": ["{" + " || ".join(f'$.eventName = "{name[:-2]}*"' for name in names) + "}"],
        "regular expressions": [f"{{ $.eventName = %^{name}$% }}" for name in names],
        "one regular expression": ["{ $.eventName = %^" + "$|^".join(names) + "$% }"],
        "what is always true beside it": ["{(" + any_name(names) + ') && $.awsRegion = "*" && $.eventType = "Aws*"}'],
        "both halves of a condition": [
            "{(" + any_name(names) + ") && $.errorCode NOT EXISTS}",
            "{(" + any_name(names) + ') && $.errorCode = "*"}',
        ],
        "a condition and its opposite": [
            "{(" + any_name(names) + ') && ($.userIdentity.type = "Root" || $.userIdentity.type != "Root")}'
        ],
        "de Morgan": [
            "{(" + any_name(names) + ') && ($.awsRegion = "eu-*" || ($.awsRegion != "eu-*" && $.awsRegion != "us-*") '
            '|| $.awsRegion = "us-*")}'
        ],
        "everything": [""],
    }


@pytest.mark.parametrize("control", NAMES)
def test_other_spellings_of_the_same_meaning_cover_too(control):
    for name, patterns in rewritings(control).items():
        found = judge(control, *patterns)

        assert (name, found.verdict) == (name, COVERS)


def slips(control):
    """Return patterns that look right and are not, each with a name that must go unseen (or any)."""
    names = names_of(control)
    everything = any_name(names)
    dropped = names[-1]
    session = "$.userIdentity.sessionContext.attributes.mfaAuthenticated"
    return [
        ("one name dropped", any_name(names[:-1]), dropped),
        ("one name misspelled", any_name([*names[:-1], dropped.lower()]), dropped),
        ("and for or", everything.replace("||", "&&"), None),
        ("one region", f"({everything}) && ($.awsRegion = us-east-1)", None),
        ("one account", f"({everything}) && ($.recipientAccountId = 111122223333)", None),
        ("no services", f'({everything}) && ($.userIdentity.type != "AWSService")', None),
        ("no address inside", f'({everything}) && ($.sourceIPAddress != "10.*")', None),
        ("only successes", f"({everything}) && ($.errorCode NOT EXISTS)", None),
        ("only failures", f'({everything}) && ($.errorCode = "*")', None),
        ("only people with MFA", f'({everything}) && ({session} = "true")', None),
        ("wrong source", f"({everything}) && ($.eventSource = sns.amazonaws.com)", None),
        ("wrong field", everything.replace("$.eventName", "$.eventname"), None),
        ("nested field", everything.replace("$.eventName", "$.detail.eventName"), None),
        ("precedence", f"$.eventSource = sns.amazonaws.com && {everything}", names[0]),
        ("not this name", f'$.eventName != "{dropped}"', dropped),
    ]  # fmt: skip


@pytest.mark.parametrize("control", NAMES)
def test_each_slip_misses_and_shows_the_event(control):
    for name, expression, unseen in slips(control):
        pattern = f"{{ {expression} }}"
        found = judge(control, pattern)

        assert (name, found.verdict) == (name, MISSES)
        assert found.missed
        check_witnesses(control, [pattern], found)
        if unseen:
            assert [event["eventName"] for event in found.missed] == [unseen]


@pytest.mark.parametrize(
    ("control", "expression", "expected"),
    [
        ("unauthorized-api-calls", '$.errorCode = "*Unauthorized*" || $.errorCode = "AccessDenied*"', COVERS),
        ("unauthorized-api-calls", '$.errorCode = "*"', COVERS),
        ("unauthorized-api-calls", "$.errorCode = %UnauthorizedOperation$|^AccessDenied%", COVERS),
        ("unauthorized-api-calls", '$.errorCode = "AccessDenied*"', MISSES),
        ("unauthorized-api-calls", '$.errorCode = "*UnauthorizedOperation" || $.errorCode = "AccessDenied"', MISSES),
        (
            "unauthorized-api-calls",
            '$.errorCode = "Client.UnauthorizedOperation" || $.errorCode = "AccessDenied*"',
            MISSES,
        ),
        (
            "unauthorized-api-calls",
            '($.errorCode = "*UnauthorizedOperation" || $.errorCode = "AccessDenied*") && '
            '$.sourceIPAddress != "delivery.logs.amazonaws.com" && $.eventName != "HeadBucket"',
            COVERS,
        ),
        (
            "unauthorized-api-calls",
            '($.errorCode = "*UnauthorizedOperation" || $.errorCode = "AccessDenied*") && $.eventName != "Head*"',
            MISSES,
        ),
        ("unauthorized-api-calls", '$.eventName = "*"', COVERS),
        ("console-signin-no-mfa", '$.eventName = ConsoleLogin && $.additionalEventData.MFAUsed = "No"', COVERS),
        ("console-signin-no-mfa", '$.additionalEventData.MFAUsed != "Yes"', COVERS),
        (
            "console-signin-no-mfa",
            '$.eventName = "ConsoleLogin" && $.additionalEventData.MFAUsed != "Yes" && $.userIdentity.type = "IAMUser" '
            '&& $.responseElements.ConsoleLogin = "Success"',
            COVERS,
        ),
        ("console-signin-no-mfa", "$.eventName = ConsoleLogin && $.errorMessage NOT EXISTS", COVERS),
        ("console-signin-no-mfa", "$.eventName = ConsoleLogin && $.additionalEventData.MFAUsed NOT EXISTS", MISSES),
        ("console-signin-no-mfa", '$.eventName = ConsoleLogin && $.additionalEventData.MFAUsed = "Yes"', MISSES),
        ("console-signin-no-mfa", "$.eventName = ConsoleLogin && $.userIdentity.type = Root", MISSES),
        ("root-usage", '$.userIdentity.type = "Root"', COVERS),
        ("root-usage", '$.userIdentity.arn = "*:root"', COVERS),
        ("root-usage", '$.userIdentity.type = "Root" && $.userIdentity.userName NOT EXISTS', COVERS),
        ("root-usage", '$.userIdentity.arn = "arn:aws:iam::*:root"', MISSES),
        ("root-usage", '$.userIdentity.type = "Root" && $.eventType = "AwsApiCall"', MISSES),
        ("root-usage", '$.userIdentity.type = "Root" && $.eventType = "AwsConsoleSignIn"', MISSES),
        (
            "root-usage",
            "$.userIdentity.type = Root && ($.eventType = AwsApiCall || $.eventType = AwsConsole*)",
            COVERS,
        ),
        ("root-usage", '$.userIdentity.type = "Root" && $.userIdentity.invokedBy = "*"', MISSES),
        ("root-usage", '$.userIdentity.userName = "root"', MISSES),
        ("root-usage", '$.userIdentity.type = "Root" && $.eventName != "ConsoleLogin"', MISSES),
        ("root-usage", '$.userIdentity.type = "Root" && $.responseElements.ConsoleLogin != "Failure"', MISSES),
        (
            "root-usage",
            '$.userIdentity.type = "Root" && ($.eventName != "ConsoleLogin" || '
            '$.responseElements.ConsoleLogin = "Success" || $.errorMessage = "*")',
            COVERS,
        ),
        ("console-auth-failures", "$.eventName = ConsoleLogin && $.responseElements.ConsoleLogin = Failure", COVERS),
        ("console-auth-failures", '$.errorMessage = "Failed authentication"', COVERS),
        ("console-auth-failures", '$.errorMessage = "Failed auth*"', COVERS),
        ("console-auth-failures", '$.errorMessage = "failed authentication"', MISSES),
        ("console-auth-failures", "$.eventName = ConsoleLogin && $.responseElements.ConsoleLogin = Success", MISSES),
        ("console-auth-failures", "$.eventSource = signin.amazonaws.com", COVERS),
    ],
)
def test_controls_that_are_not_about_names_are_judged_by_their_events(control, expression, expected):
    pattern = f"{{ {expression} }}"
    found = judge(control, pattern)

    assert found.verdict is expected
    check_witnesses(control, [pattern], found)


@pytest.mark.parametrize(
    ("clause", "because"),
    [
        ('($.errorCode = "*" || $.errorCode != "x")', "$.errorCode is missing"),
        ('($.requestParameters.name NOT EXISTS || $.requestParameters.name != "x" || $.requestParameters.name = "x" '
         "|| $.requestParameters.name IS NULL || $.requestParameters.name > 0 || $.requestParameters.name <= 0)", ""),
        ("($.readOnly not exists || $.readOnly IS TRUE || $.readOnly IS FALSE)", "not exists"),
    ],
)  # fmt: skip
def test_a_verdict_that_hangs_on_undocumented_behaviour_is_open(clause, because):
    pattern = "{(" + covering("cloudtrail-changes") + f") && {clause}}}"
    found = judge("cloudtrail-changes", pattern)

    assert found.verdict is not COVERS
    if because:
        assert found.verdict is None
        assert because in found.undecided[0]


@pytest.mark.parametrize("pattern", ["CreateTrail", '?CreateTrail ?"DeleteTrail"', "[a, b, c]", "%Trail%"])
def test_patterns_that_do_not_read_fields_are_open(pattern):
    found = judge("cloudtrail-changes", pattern)

    assert found.verdict is None
    assert found.undecided


def test_what_is_not_known_decides_nothing_unless_the_rest_does():
    whole = "{" + covering("cloudtrail-changes") + "}"
    unknown = Unknown("var.pattern")
    partial = PartialText(("{ $.eventName = ", unknown, " }"))

    assert judge("cloudtrail-changes", Filter(unknown)).verdict is None
    assert judge("cloudtrail-changes", Filter(partial)).verdict is None
    assert "var.pattern" in judge("cloudtrail-changes", Filter(unknown)).undecided[0]
    assert judge("cloudtrail-changes", Filter(unknown), whole).verdict is COVERS
    assert judge("cloudtrail-changes", Filter(whole, doubt="the log is transformed")).verdict is None
    assert judge("cloudtrail-changes").verdict is MISSES


def test_a_masked_field_is_not_known():
    expression = covering("cloudtrail-changes")
    narrow = f'{{ ({expression}) && $.sourceIPAddress = "*" }}'

    assert judge("cloudtrail-changes", narrow).verdict is COVERS
    assert judge("cloudtrail-changes", Filter(narrow, masked=True)).verdict is None
    assert judge("cloudtrail-changes", Filter(f"{{ {expression} }}", masked=True)).verdict is COVERS


@pytest.mark.parametrize(
    ("criteria", "options", "expected"),
    [
        ('@aws.region = "us-east-1"', {}, MISSES),
        ('@aws.region = "us-east-1"', {"regions": ("us-east-1",)}, COVERS),
        ('@aws.region IN ["us-east-1", "eu-west-1"]', {"regions": ("us-east-1", "eu-west-1")}, COVERS),
        ('@aws.region IN ["us-east-1"]', {"regions": ("us-east-1", "eu-west-1")}, MISSES),
        ("@aws.account NOT IN ['444455556666']", {"accounts": ("111122223333",)}, COVERS),
        ("@aws.account != '111122223333' AND @aws.region = 'x'", {"accounts": ("111122223333",)}, MISSES),
        ("@aws.account = '1' OR @aws.account != '1'", {}, COVERS),
    ],
)
def test_selection_criteria_narrow_a_filter(criteria, options, expected):
    one = Filter("{" + covering("cloudtrail-changes") + "}", parse_criteria(criteria))

    assert judge("cloudtrail-changes", one, **options).verdict is expected


def test_rules_that_newer_benchmarks_list_are_reported_and_no_miss():
    control = "security-group-changes"
    without = judge(control, "{" + covering(control) + "}")
    with_it = judge(control, "{" + covering(control) + " || $.eventName = ModifySecurityGroupRules}")

    assert (without.verdict, without.unseen_further) == (COVERS, ("ModifySecurityGroupRules",))
    assert (with_it.verdict, with_it.unseen_further) == (COVERS, ())


@pytest.mark.parametrize(
    ("control", "expression"),
    [
        (
            "unauthorized-api-calls",
            '($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") || '
            '($.sourceIPAddress!="delivery.logs.amazonaws.com") || ($.eventName!="HeadBucket")',
        ),
        ("unauthorized-api-calls", '$.errorCode = "*"'),
        ("cloudtrail-changes", '$.eventName != "x"'),
        ("iam-policy-changes", "$.eventSource = iam.amazonaws.com"),
        ("root-usage", '$.userIdentity.type = "*"'),
        ("console-auth-failures", "$.eventName = ConsoleLogin"),
    ],
)
def test_a_pattern_that_covers_and_matches_far_more_is_overbroad(control, expression):
    found = judge(control, f"{{ {expression} }}")

    assert found.verdict is COVERS
    assert found.overbroad is not None
    assert not demands(control_named(control), found.overbroad)


def test_many_fields_and_greedy_expressions_end_in_time():
    fields = " && ".join(f"($.f{at} = a || $.g{at} = b || $.h{at} NOT EXISTS)" for at in range(60))
    started = time.process_time()

    for expression in (
        fields,
        fields.replace("&&", "||"),
        "$.eventName = %[ab]*a[ab]{14}b%",
        "$.eventName = " + "*a" * 200,
    ):
        judge("unauthorized-api-calls", f"{{ {expression} }}")

    assert time.process_time() - started < 20


WHOLE = "{" + covering("cloudtrail-changes") + "}"


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({}, COVERS),
        ({"field_selection_criteria": ""}, COVERS),
        ({"field_selection_criteria": '@aws.region = "us-east-1"'}, MISSES),
        ({"field_selection_criteria": "@aws.colour = red"}, None),
        ({"field_selection_criteria": Unknown("var.criteria")}, None),
        ({"apply_on_transformed_logs": True}, None),
        ({"apply_on_transformed_logs": Unknown("var.transformed")}, None),
        ({"apply_on_transformed_logs": True, "without_transformer": True}, COVERS),
    ],
)
def test_everything_that_gates_a_metric_filter_counts(attributes, expected):
    assert judge("cloudtrail-changes", metric_filter(WHOLE, **attributes)).verdict is expected


def test_a_metric_filter_whose_pattern_cannot_be_read_is_open_and_says_where():
    found = judge("cloudtrail-changes", metric_filter("{ $.a = "))

    assert found.verdict is None
    assert "position 9" in found.undecided[0]
