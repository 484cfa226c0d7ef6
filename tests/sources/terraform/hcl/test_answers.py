"""Our evaluator against answers of the real terraform (see `record_answers.py`)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ctguard.model.values import Unknown
from ctguard.sources.terraform.functions import json_text
from tests.sources.terraform.hcl.conftest import declared
from tests.sources.terraform.hcl.record_answers import configuration

ANSWERS = json.loads((Path(__file__).parent / "answers.json").read_text(encoding="utf-8"))

# Where Terraform gives an answer and we give none, or the other way about, and why that is so.
UNKNOWN_HERE = {
    "1 - 0.9": "more digits than we keep",
    "1.1 * 1.1": "more digits than we keep",
}
FAULT_HERE = {"1e3": "the grammar knows an exponent only after a fraction"}
ACCEPTED_HERE = {
    "1 +\n2": "the grammar does not mind a line break outside of brackets",
    "<<EOT  \ntrailing space\nEOT": "nor white space after the mark of a heredoc",
}
SAME = [
    each
    for each in ANSWERS
    if each["expression"] not in {**UNKNOWN_HERE, **FAULT_HERE, **ACCEPTED_HERE} and each["answer"] is not None
]
REFUSED = [each["expression"] for each in ANSWERS if each["answer"] is None]


def read_answer(read, expression):
    """Return the unit, and the value of `expression` in it if there is one."""
    unit = read(configuration(expression) + 'resource "thing" "it" {\n  value = local.answer\n}\n')
    return unit, declared(unit, "thing.it").values.get("value") if unit.declarations else None


@pytest.mark.parametrize("answer", SAME, ids=lambda each: each["expression"])
def test_an_expression_is_what_terraform_says(read, answer):
    unit, value = read_answer(read, answer["expression"])

    assert unit.faults == ()
    assert json.loads(json_text(value)) == json.loads(answer["answer"])


@pytest.mark.parametrize("expression", [each for each in REFUSED if each not in ACCEPTED_HERE])
def test_an_expression_that_terraform_refuses_has_no_value(read, expression):
    unit, value = read_answer(read, expression)

    assert unit.faults or isinstance(value, Unknown)


@pytest.mark.parametrize("expression", UNKNOWN_HERE)
def test_a_number_with_more_digits_than_we_keep_is_unknown(read, expression):
    _, value = read_answer(read, expression)

    assert value.why == "has more digits than are kept here"
