"""Every shipped rule does what the cases beside it say."""

import pytest

from ctguard.engine.cases import CaseResult, try_cases
from ctguard.engine.pack import load_pack

PACK = load_pack()
RESULTS = [result for rule in PACK.rules.values() for result in try_cases(rule)]
NEEDED = ("pass", "fail", "unknown")


def _id(result: CaseResult) -> str:
    return f"{result.rule_id}-{result.number}-{result.expected}"


@pytest.mark.parametrize("result", RESULTS, ids=_id)
def test_the_rule_decides_its_case_as_written(result):
    explained = [f"{leaf.path}: {leaf.actual}, wanted {leaf.expected}" for leaf in result.finding.explanation]

    assert result.finding.status.value == result.expected, [result.name, result.finding.message, *explained]


@pytest.mark.parametrize("rule_id", PACK.rules)
def test_every_rule_shows_a_pass_a_failure_and_an_unknown(rule_id):
    shown = {result.expected for result in RESULTS if result.rule_id == rule_id}

    assert shown.issuperset(NEEDED)


@pytest.mark.parametrize("result", [one for one in RESULTS if one.expected in NEEDED], ids=_id)
def test_a_verdict_says_what_it_rests_on(result):
    finding = result.finding

    assert any(leaf.status is finding.status for leaf in finding.explanation)
    assert "{" not in finding.message


@pytest.mark.parametrize("result", [one for one in RESULTS if one.expected == "unknown"], ids=_id)
def test_an_unknown_verdict_names_the_value_that_is_missing(result):
    assert "cannot be known, since " in result.finding.message
