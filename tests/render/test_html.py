"""The HTML report as a document: what it says, in which order, with which anchors."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from itertools import pairwise

import lxml.html
import pytest
from msgspec.structs import replace

from ctguard.model.errors import UsageError
from ctguard.model.finding import Control
from ctguard.model.logic import Status
from ctguard.model.visible import shortened, visible
from ctguard.render import render
from tests.render.builders import LEGACY, TRAIL, make_finding, make_run, make_verdict
from tests.render.payloads import PAYLOADS, hostile_run
from tests.render.scenes import account_run, code_run, large_run


def page(run, **options):
    return lxml.html.document_fromstring(render(run, "html", **options))


def text(element) -> str:
    return " ".join(element.text_content().split())


@pytest.mark.parametrize(
    ("verdicts", "headline"),
    [
        (["trusted"], "Trail audit can be trusted"),
        (["not_trusted"], "Trail audit cannot be trusted"),
        (["undetermined"], "It is not known whether trail audit can be trusted"),
        (["trusted", "trusted"], "All 2 trails can be trusted"),
        (["trusted", "undetermined"], "1 of 2 trails can be trusted"),
        (["not_trusted", "undetermined"], "None of 2 trails can be trusted"),
        (["undetermined", "undetermined"], "It is not known whether any of 2 trails can be trusted"),
        ([], "No trail in this input"),
    ],
)
def test_it_opens_with_the_answer(verdicts, headline):
    run = make_run([make_finding()], trails=[make_verdict(TRAIL, verdict) for verdict in verdicts])

    document = page(run)

    assert text(document.xpath("//h1 | //h2 | //h3")[0]) == headline
    assert document.findtext(".//title").startswith(headline)


def test_each_dimension_of_a_trail_says_its_status_and_links_to_what_decided_it():
    document = page(code_run())

    rows = document.xpath("//article[@id='trail-1']//li")
    assert [text(row.find_class("word")[0]) for row in rows] == [
        "fail", "not judged", "not judged", "fail", "unknown", "fail",
    ]  # fmt: skip
    link = rows[0].xpath(".//a")[0]
    assert text(document.get_element_by_id(link.get("href")[1:]).xpath(".//p[@class='message']")[0]) == (
        "Trail audit records only its home region eu-west-1"
    )


def test_many_trails_become_a_table_with_a_row_each():
    trails = [make_verdict(replace(LEGACY, name=f"t{n}"), "trusted", recorded="pass") for n in range(9)]

    assert len(page(make_run([make_finding()], trails=trails)).xpath("//section[@id='answer']//tbody/tr")) == 9


def test_every_finding_is_there_once_with_its_place_explanation_and_link():
    run = code_run()
    document = page(run)

    for finding in run.findings:
        told = document.get_element_by_id(f"f-{finding.fingerprint}")
        said = text(told)
        assert finding.resource.address in said
        assert finding.location is None or finding.location.path in said
        for leaf in finding.explanation:
            assert leaf.path in said
            assert leaf.actual in said


def test_a_failure_shows_its_witness_fix_and_controls():
    document = page(code_run())

    rule = document.get_element_by_id("rule-bucket-least-privilege")
    said = text(rule)
    assert "Gets through: s3:PutObject on arn:aws:s3:::acme-audit-logs" in said
    assert '"aws:SourceArn": "arn:aws:cloudtrail:us-east-1:999988887777:trail/stranger"' in said
    assert "Add a StringEquals condition on aws:SourceArn" in said
    assert 'test     = "StringEquals"' in rule.text_content()
    assert [link.text for link in rule.xpath(".//dl[@class='controls']//a")] == ["AU-9", "10.3.2", "CC6.1"]


def test_consequences_stand_inside_their_cause():
    document = page(code_run())

    (cause,) = (one for one in code_run().findings if one.rule_id == "trail-cloudwatch-logs")
    inside = document.get_element_by_id(f"f-{cause.fingerprint}").xpath(".//article")
    assert len(inside) == 4
    assert "4 more follow from this" in text(document.get_element_by_id(f"f-{cause.fingerprint}"))


def test_unknowns_stand_under_the_value_that_is_missing():
    groups = page(code_run()).xpath("//section[@class='missing']")

    assert [text(group.xpath(".//h3")[0]) for group in groups] == ["set var.org_id", "set var.keep_days"]
    assert text(groups[0].find_class("resolves")[0]) == "3 resolved by this"
    assert len(groups[0].xpath(".//article")) == 3


def test_an_unknown_that_lacks_two_values_is_told_once_and_pointed_to_again():
    run = code_run()
    first, second = run.unknowns
    both = replace(run, unknowns=(first, replace(second, findings=second.findings + first.findings[:1])))

    groups = page(both).xpath("//section[@class='missing']")
    assert len(groups[1].xpath(".//article")) == 1
    assert groups[1].xpath(".//p[@class='again']/a/@href") == [f"#f-{first.findings[0]}"]


def test_a_waiver_says_who_why_and_until_when():
    assert "Accepted by dana@example.com until 2027-01-31: the bucket is copied" in text(page(code_run()))


def test_each_control_has_its_anchor_the_worst_result_and_links_to_what_fails():
    document = page(code_run())

    row = document.get_element_by_id("control-cis-aws-5.0.0-3.1")
    assert [text(cell) for cell in row] == ["3.1", "fail", "1 fail, 2 pass, 1 not applicable", "trail-multi-region"]


def test_controls_are_in_the_order_of_their_numbers():
    numbers = ["3.10", "3.2", "3.1", "10.1"]
    run = make_run([make_finding(controls=[Control("cis", number) for number in numbers])])

    assert page(run).xpath("//details[@id='framework-cis']//tbody//th/text()") == ["3.1", "3.2", "3.10", "10.1"]


def test_accounts_by_regions_say_where_something_fails():
    table = page(account_run()).find_class("matrix")[0]

    assert [text(cell) for cell in table.xpath(".//thead//th")] == ["Account", "eu-central-1", "eu-west-1", "us-east-1"]
    assert [text(cell) for cell in table.xpath(".//tbody/tr[2]/*")] == ["444455556666", "3 fail", "1 pass", "1 fail"]


RUNS = {"code": code_run(), "accounts": account_run(), "empty": make_run(), "large": large_run()}


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_every_link_leads_to_an_anchor_of_the_page_and_every_anchor_is_its_own(run):
    document = page(run)

    ids = Counter(document.xpath("//@id"))
    assert max(ids.values()) == 1
    assert set(document.xpath("//a/@href")) <= {f"#{name}" for name in ids}
    assert document.xpath("//link/@href") == ["data:,"]


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_headings_leave_no_level_out(run):
    levels = [int(heading.tag[1]) for heading in page(run).xpath("//h1 | //h2 | //h3 | //h4")]

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_nothing_is_hidden_without_a_script_but_what_needs_one():
    document = page(code_run())

    assert [one.get("id") for one in document.xpath("//*[@hidden]")] == ["theme", "tools"]


def test_the_policy_lets_the_own_style_and_script_run_and_nothing_else():
    document = page(code_run())

    policy = document.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    allowed = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert allowed["default-src"] == "'none'"
    for name, element in (("style-src", "style"), ("script-src", "script")):
        (found,) = document.xpath(f"//{element}")
        digest = base64.b64encode(hashlib.sha256(found.text.encode()).digest()).decode()
        assert allowed[name] == f"'sha256-{digest}'"


PLAIN = [(one.tag, sorted(one.keys())) for one in page(hostile_run("plain")).iter()]


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_content_that_attacks_the_reader_stays_text(payload):
    document = page(hostile_run(payload))

    if payload.strip():
        # The same elements with the same attributes: content added none and took none away.
        assert [(one.tag, sorted(one.keys())) for one in document.iter()] == PLAIN
    assert all(href.startswith("#") for href in document.xpath("//a/@href"))
    messages = {one.text_content() for one in document.find_class("message")}
    assert messages == {visible(shortened(payload, 2000))}


def test_findings_with_one_fingerprint_keep_anchors_of_their_own():
    run = make_run([make_finding(fingerprint="same"), make_finding(fingerprint="same", status=Status.PASS)])

    assert page(run).get_element_by_id("f-same-2") is not None


def test_five_hundred_findings_with_all_frameworks_stay_under_a_megabyte():
    frameworks = ("cis-aws-5.0.0", "nist-800-53-r5", "pci-dss-4.0.1", "hipaa", "soc-2", "iso-27001", "csf-2.0", "gdpr")
    controls = [Control(framework, f"10.{number}") for framework in frameworks for number in range(4)]
    run = large_run(500)

    report = render(
        replace(run, findings=tuple(replace(one, controls=tuple(controls)) for one in run.findings)), "html"
    )

    assert len(report.encode()) < 1_000_000


def test_a_view_that_is_not_there_is_refused_with_the_choices():
    with pytest.raises(UsageError) as refusal:
        render(make_run(), "html", view="cinema")

    assert "engineer" in refusal.value.hint
