"""Secrets are taken out of a run, and nothing else is."""

from __future__ import annotations

from typing import Any

import pytest

from ctguard.model.errors import Fault
from ctguard.model.finding import Finding, Leaf, Remediation, Run, RunInfo, Subject, Tool, UnknownGroup
from ctguard.model.logic import Status
from ctguard.run.masking import MASK, masked

FINGERPRINT = "0123456789abcdef0123456789abcdef"


def a_run(text: str, witness: dict[str, Any] | None = None) -> Run:
    """Return a run in which `text` stands wherever a value of the input may stand."""
    finding = Finding(
        rule_id="trail-logging-enabled",
        status=Status.UNKNOWN,
        severity="critical",
        title="The trail logs",
        message=f"Trail {text} does not log",
        resource=Subject("trail", f"aws_cloudtrail.{text}", (text,), text, text, text, text),
        location=None,
        explanation=(Leaf(text, text, text, Status.FAIL, text),),
        witness=witness,
        remediation=Remediation(text),
        controls=(),
        fingerprint=FINGERPRINT,
    )
    return Run(
        tool=Tool("ctguard", "1"),
        run=RunInfo("id", "scan", "then", "now", (text,), "sha256:0"),
        summary={"unknown": 1},
        trails=(),
        unknowns=(UnknownGroup(text, text, (FINGERPRINT,)),),
        findings=(finding,),
        errors=(Fault(text, "syntax", text),),
    )


def test_a_secret_is_replaced_wherever_a_value_may_stand():
    run = masked(a_run("hush-hush", {"hush-hush": ["hush-hush", {"status": "hush-hush"}]}), frozenset({"hush-hush"}))

    assert "hush" not in repr(run)
    assert run.findings[0].message == f"Trail {MASK} does not log"
    assert run.findings[0].witness == {MASK: [MASK, {"status": MASK}]}


@pytest.mark.parametrize(
    "word",
    ["unknown", "critical", "status", "findings", "message", "syntax", "trail", "abcdef", "trail-logging-enabled"],
)
def test_a_secret_that_is_a_word_of_ours_breaks_no_run(word):
    run = masked(a_run(word), frozenset({word}))

    (finding,) = run.findings
    assert (finding.status, finding.severity, finding.rule_id) == (Status.UNKNOWN, "critical", "trail-logging-enabled")
    assert (finding.resource.type, finding.resource.name, run.errors[0].kind) == ("trail", MASK, "syntax")
    assert run.unknowns[0].findings == (finding.fingerprint,)


def test_the_beginning_of_a_secret_where_a_value_was_cut_is_replaced_too():
    run = masked(a_run("name: aaaahush-hu... (999 characters)"), frozenset({"hush-hush"}))

    assert run.findings[0].message == f"Trail name: aaaa{MASK}... (999 characters) does not log"


def test_the_longest_of_secrets_that_overlap_is_replaced():
    run = masked(a_run("hush-hush-now"), frozenset({"hush-hush", "hush-hush-now"}))

    assert run.findings[0].resource.name == MASK


def test_what_is_too_short_to_hide_stays():
    assert masked(a_run("true"), frozenset({"true", ""})) == a_run("true")
