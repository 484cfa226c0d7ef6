"""The HTML report for an auditor: each control with criterion, population, procedure, evidence, result and limits."""

from __future__ import annotations

import hashlib
import json

import lxml.html
import pytest
from msgspec.structs import replace

from ctguard.model.finding import Audited, AuditedAccount, Control
from ctguard.render import render
from tests.render.builders import make_run
from tests.render.payloads import PAYLOADS, hostile_run
from tests.render.scenes import account_run, code_run, large_run


def page(run):
    return lxml.html.document_fromstring(render(run, "html", view="auditor"))


def text(element) -> str:
    return " ".join(element.text_content().split())


def fields(element) -> dict[str, str]:
    return {text(row.find("dt")): text(row.find("dd")) for row in element.xpath(".//dl/div")}


def test_a_control_says_all_that_an_assessor_writes_down():
    control = page(code_run()).get_element_by_id("control-nist-800-53-r5-AU-9")

    assert text(control.find("h3")) == "AU-9 not satisfied"
    told = fields(control)
    assert told["Criterion"].startswith("Nobody but this account's trails can write to the log bucket (T")
    assert told["Population"] == "1 bucket, all of them"
    assert told["Procedure"].startswith("Inspection of configuration, test T")
    assert told["Result"] == "1 fail"
    assert told["Evidence"].startswith("sha256:")


def test_the_evidence_of_a_control_is_the_hash_of_its_findings_in_the_saved_run():
    run = code_run()
    saved = json.loads(render(run, "json"))

    def lines(control: str) -> bytes:
        found = [
            one for one in saved["findings"] if {"framework": "nist-800-53-r5", "control": control} in one["controls"]
        ]
        return b"".join(json.dumps(one, separators=(",", ":"), ensure_ascii=False).encode() + b"\n" for one in found)

    for control in ("AU-9", "AU-12", "SC-12"):
        told = fields(page(run).get_element_by_id(f"control-nist-800-53-r5-{control}"))
        assert told["Evidence"] == f"sha256:{hashlib.sha256(lines(control)).hexdigest()}"


def test_an_exception_names_owner_and_last_day_at_its_control_and_among_all():
    document = page(code_run())

    told = fields(document.get_element_by_id("control-nist-800-53-r5-AU-9-2"))
    assert told["Exception"].endswith(
        "dana@example.com, until 2027-01-31: the bucket is copied to a locked one each night"
    )
    assert text(document.get_element_by_id("control-nist-800-53-r5-AU-9-2").find("h3")).endswith("exception accepted")
    assert len(document.xpath("//section[@id='exceptions']//tbody/tr")) == 1


def test_what_could_not_be_decided_is_not_called_tested():
    document = page(code_run())

    control = document.get_element_by_id("control-nist-800-53-r5-SC-12")
    assert text(control.find("h3")) == "SC-12 not determined"
    assert "key-least-privilege on module.keys.aws_kms_key.trail: cannot be known" in fields(control)["Not tested"]
    limits = [text(one) for one in document.xpath("//ul[@class='limits']/li")]
    assert limits[0] == "var.org_id has no value: 3 items undetermined; set var.org_id"
    assert limits[-1].startswith("modules/broken/main.tf:12 (syntax)")


def test_the_first_page_says_who_asked_whom_and_which_accounts_were_not_entered():
    run = account_run()
    accounts = (
        AuditedAccount("111122223333", "main", "entered", "arn:aws:sts::111122223333:assumed-role/CtguardAudit/x"),
        AuditedAccount("777788889999", None, "not_entered", None, "AccessDenied: not authorized"),
    )
    reach = Audited("arn:aws:iam::111122223333:user/auditor", accounts, ("eu-west-1", "us-east-1"))

    document = page(replace(run, run=replace(run.run, audited=reach)))

    told = fields(document.get_element_by_id("scope"))
    assert told["Performed by"] == "arn:aws:iam::111122223333:user/auditor"
    assert told["Accounts"] == "2 found, 1 entered, 1 not entered"
    assert told["Regions"] == "eu-west-1, us-east-1"
    assert "AccessDenied: not authorized" in text(document.get_element_by_id("scope"))


def test_an_assessment_of_code_says_that_nobody_was_asked():
    told = fields(page(code_run()).get_element_by_id("scope"))

    assert told["Performed by"].startswith("not recorded, since code was read")
    assert told["Inputs"] == "infra, modules"


def test_every_test_lists_all_that_it_judged_with_the_hash_of_each_finding():
    run = code_run()
    document = page(run)

    rows = document.xpath("//section[@id='tests']//tbody/tr")
    assert len(rows) == len(run.findings)
    procedure = text(document.get_element_by_id("test-trail-multi-region").find_class("procedure")[0])
    assert procedure == "The configuration of each trail was inspected: is_multi_region_trail (must be true)."


@pytest.mark.parametrize("run", [code_run(), account_run(), make_run()], ids=["code", "accounts", "empty"])
def test_every_link_leads_to_an_anchor_of_the_page(run):
    document = page(run)

    ids = document.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert set(document.xpath("//a/@href")) <= {f"#{name}" for name in ids}


PLAIN = [(one.tag, sorted(one.keys())) for one in page(hostile_run("plain")).iter()]


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_content_that_attacks_the_reader_stays_text(payload):
    if payload.strip():
        assert [(one.tag, sorted(one.keys())) for one in page(hostile_run(payload)).iter()] == PLAIN


def test_five_hundred_findings_with_all_frameworks_stay_under_a_megabyte():
    frameworks = ("cis-aws-5.0.0", "nist-800-53-r5", "pci-dss-4.0.1", "hipaa", "soc-2", "iso-27001", "csf-2.0", "gdpr")
    controls = tuple(Control(framework, f"10.{number}") for framework in frameworks for number in range(4))
    run = large_run(500)

    report = render(replace(run, findings=tuple(replace(one, controls=controls) for one in run.findings)), "html",
                    view="auditor")  # fmt: skip

    assert len(report.encode()) < 1_000_000
