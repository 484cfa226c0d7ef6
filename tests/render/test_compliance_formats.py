"""OCSF, ASFF and OSCAL, checked by the models and schemas of those who read them."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import botocore.session
import jsonschema
import pytest
from botocore.validate import ParamValidator
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from msgspec.structs import replace
from py_ocsf_models.events.findings.compliance_finding import ComplianceFinding

from ctguard.model.finding import Control
from ctguard.model.logic import Status
from ctguard.model.visible import visible
from ctguard.render import render
from ctguard.render.oscal import control_id
from tests.render.builders import make_finding, make_run
from tests.render.payloads import PAYLOADS, hostile_run
from tests.render.scenes import account_run, code_run

RUNS = {"code": code_run(), "accounts": account_run(), "empty": make_run()}


def ocsf(run) -> list[dict]:
    events = json.loads(render(run, "ocsf"))
    for event in events:
        ComplianceFinding.model_validate(event)
        assert event["type_uid"] == event["class_uid"] * 100 + event["activity_id"]
    return events


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_ocsf_has_an_event_for_every_finding_and_error(run):
    assert len(ocsf(run)) == len(run.findings) + len(run.errors)


def test_ocsf_has_a_status_for_each_of_ours():
    events = ocsf(code_run())

    told = {(event["unmapped"]["ctguard"]["status"], event["compliance"]["status_id"]) for event in events}
    assert told == {("pass", 1), ("unknown", 2), ("fail", 3), ("not_applicable", 99), ("error", 0)}


def test_ocsf_says_which_account_and_region_where_they_are_known():
    cloud = ocsf(account_run())[0]["cloud"]

    assert cloud["account"]["uid"] == "444455556666"
    assert cloud["region"] == "eu-central-1"
    assert "cloud" not in ocsf(code_run())[0]


def test_ocsf_bears_witness_remediation_controls_and_waivers():
    events = {event["finding_info"]["analytic"]["uid"]: event for event in ocsf(code_run())[:9]}

    grants = events["bucket-least-privilege"]
    assert grants["evidences"][0]["data"]["action"] == "s3:PutObject"
    assert grants["remediation"]["desc"].startswith("Add a StringEquals")
    assert grants["compliance"]["requirements"] == ["nist-800-53-r5 AU-9", "pci-dss-4.0.1 10.3.2", "soc-2 CC6.1"]
    assert events["bucket-object-lock"]["status"] == "Suppressed"


SECURITY_HUB = botocore.session.get_session().get_service_model("securityhub")
IMPORT = SECURITY_HUB.operation_model("BatchImportFindings").input_shape
LONGEST = {"Id": 512, "GeneratorId": 512, "Title": 256, "Description": 1024}
"""Security Hub User Guide, "AWS Security Finding Format (ASFF)"; the service model states no lengths."""


def texts(value) -> list[str]:
    if isinstance(value, dict):
        return [one for item in value.values() for one in texts(item)]
    if isinstance(value, list):
        return [one for item in value for one in texts(item)]
    return [value] if isinstance(value, str) else []


def asff(run, **options) -> list[dict]:
    findings = json.loads(render(run, "asff", **options))
    for at in range(0, len(findings), 100):
        batch = findings[at : at + 100]
        assert not ParamValidator().validate({"Findings": batch}, IMPORT).has_errors()
        assert len(json.dumps(batch)) < 6 * 2**20
    shape = IMPORT.members["Findings"].member.members
    for finding in findings:
        assert all(re.search(r"\S", one) for one in texts(finding)), "the service demands non-empty texts"
        assert finding["Severity"]["Label"] in shape["Severity"].members["Label"].enum
        assert finding["Compliance"]["Status"] in shape["Compliance"].members["Status"].enum
        assert finding["Workflow"]["Status"] in shape["Workflow"].members["Status"].enum
        assert all(len(finding[name]) <= longest for name, longest in LONGEST.items())
        assert len(finding["ProductFields"]) <= 50
        assert len(json.dumps(finding)) < 240 * 1024
    return findings


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_asff_has_a_finding_for_each_of_ours_and_for_each_error(run):
    findings = asff(run)

    assert len(findings) == len(run.findings) + len(run.errors)
    assert len({finding["Id"] for finding in findings}) == len(findings)


def test_asff_has_a_status_for_each_of_ours():
    told = {(one["ProductFields"]["ctguard/status"], one["Compliance"]["Status"]) for one in asff(code_run())}

    assert told == {
        ("pass", "PASSED"),
        ("fail", "FAILED"),
        ("unknown", "WARNING"),
        ("not_applicable", "NOT_AVAILABLE"),
        ("error", "WARNING"),
    }


def test_asff_belongs_to_the_account_of_the_resource_or_to_the_one_that_is_named():
    live = asff(account_run())[0]
    assert (live["AwsAccountId"], live["Region"]) == ("444455556666", "eu-central-1")
    assert live["Resources"][0]["Type"] == "AwsCloudTrailTrail"

    code = asff(code_run(), account_id="123456789012", region="us-gov-west-1")[0]
    assert code["ProductArn"] == "arn:aws-us-gov:securityhub:us-gov-west-1:123456789012:product/123456789012/default"


def test_asff_suppresses_what_was_waived_and_notes_why():
    (waived,) = (one for one in asff(code_run()) if one["GeneratorId"] == "ctguard/bucket-object-lock")

    assert waived["Workflow"]["Status"] == "SUPPRESSED"
    assert waived["Note"]["Text"].startswith("waived until 2027-01-31 by dana@example.com")


def oscal_schema() -> dict:
    """The schema of NIST, its Unicode classes written as Python's `re` knows them."""
    text = (Path(__file__).parent / "schemas" / "oscal_assessment-results_schema.json").read_text(encoding="utf-8")
    return json.loads(text.replace("\\\\p{L}", "[^\\\\W\\\\d_]").replace("\\\\p{N}", "\\\\d"))


OSCAL = jsonschema.Draft7Validator(oscal_schema())


def oscal(run) -> dict:
    document = json.loads(render(run, "oscal"))
    assert not [error.message for error in OSCAL.iter_errors(document)]
    return document["assessment-results"]["results"][0]


def uuids(value, keys: tuple[str, ...]) -> list[str]:
    if isinstance(value, dict):
        mine = [item for key, item in value.items() if key in keys]
        return [*mine, *(one for item in value.values() for one in uuids(item, keys))]
    return [one for item in value for one in uuids(item, keys)] if isinstance(value, list) else []


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_oscal_has_an_observation_for_each_finding_and_no_id_twice_or_astray(run):
    result = oscal(run)

    assert len(result.get("observations", [])) == len(run.findings)
    defined = Counter(uuids(result, ("uuid",)))
    assert max(defined.values()) == 1
    referred = uuids(result, ("observation-uuid", "risk-uuid", "subject-uuid", "actor-uuid"))
    assert set(referred) <= set(defined)


@pytest.mark.parametrize(
    ("statuses", "state", "reason"),
    [
        ([Status.PASS], "satisfied", "pass"),
        ([Status.PASS, Status.FAIL, Status.UNKNOWN], "not-satisfied", "fail"),
        ([Status.PASS, Status.UNKNOWN], "not-satisfied", "other"),
        ([Status.PASS, Status.NOT_APPLICABLE], "satisfied", "pass"),
        ([Status.NOT_APPLICABLE], "satisfied", "other"),
    ],
)
def test_oscal_calls_a_control_satisfied_only_by_what_was_seen_to_hold(statuses, state, reason):
    findings = [make_finding(f"rule-{status}", status, controls=[Control("soc-2", "CC7.2")]) for status in statuses]

    (finding,) = oscal(make_run(findings))["findings"]

    status = finding["target"]["status"]
    assert (status["state"], status["reason"]) == (state, reason)
    assert finding["target"]["target-id"] == "soc-2_CC7.2"


@pytest.mark.parametrize(
    ("control", "token"),
    [
        (Control("nist-800-53-r5", "AU-12"), "au-12"),
        (Control("nist-800-53-r5", "AC-2(4)"), "ac-2.4"),
        (Control("cis-aws-5.0.0", "3.1"), "cis-aws-5.0.0_3.1"),
        (Control("hipaa", "164.308(a)(1)(ii)(D)"), "hipaa_164.308_a_1_ii_D"),
        (Control("3x", "\u00a7 1"), "_3x_1"),
    ],
)
def test_oscal_names_a_control_as_the_catalogue_of_nist_does_or_by_framework_and_number(control, token):
    assert control_id(control) == token


def test_oscal_takes_a_waiver_for_an_approved_deviation_with_its_deadline():
    risks = {risk["status"]: risk for risk in oscal(code_run())["risks"]}

    assert risks["deviation-approved"]["deadline"] == "2027-01-31T23:59:59Z"
    assert len(oscal(code_run())["risks"]) == 9


def test_oscal_logs_what_could_not_be_read():
    (entry,) = oscal(code_run())["assessment-log"]["entries"]

    assert entry["title"] == "syntax: modules/broken/main.tf:12"


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_whatever_the_content_all_three_stay_valid_and_hide_nothing(payload):
    run = hostile_run(payload)

    for documents in (ocsf(run), asff(run), oscal(run)):
        assert all(one == visible(one) for one in texts(documents))
    assert len(ocsf(run)) == len(asff(run)) == 11
    assert len(oscal(run)["observations"]) == 10


def test_long_values_are_shortened_with_a_hash_of_the_whole():
    run = make_run([make_finding(message="x" * 1_000_000, witness={"policy": "y" * 1_000_000})])

    for name in ("ocsf", "asff", "oscal", "sarif", "junit", "gitlab", "github", "markdown", "html", "csv", "console"):
        report = render(run, name)
        text = report if isinstance(report, str) else report.decode()
        assert len(text) < 150_000
        assert "1000000 characters, sha256" in text


def test_a_moment_that_is_none_does_not_stop_a_report():
    run = code_run()
    run = replace(run, run=replace(run.run, started_at="yesterday", finished_at=""))

    assert ocsf(run)[0]["time"] == 0
    assert asff(run)[0]["CreatedAt"] == "1970-01-01T00:00:00Z"
    assert oscal(run)["start"] == "1970-01-01T00:00:00Z"


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=40))
def test_any_text_in_any_field_gives_documents_that_are_valid(text):
    run = hostile_run(text)

    assert len(ocsf(run)) == len(asff(run)) == 11
    assert len(oscal(run)["observations"]) == 10
    etree.fromstring(render(run, "junit").encode())
    for name in ("json", "sarif", "gitlab"):
        json.loads(render(run, name))
