"""JUnit XML, GitLab code quality and GitHub annotations, read as their readers read them."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest
from lxml import etree

from ctguard.model.logic import Status
from ctguard.model.visible import shortened, visible
from ctguard.render import render
from tests.render.builders import make_finding, make_run
from tests.render.payloads import PAYLOADS, hostile_run
from tests.render.scenes import account_run, code_run

XSD = etree.XMLSchema(etree.parse(Path(__file__).parent / "schemas" / "junit-10.xsd"))


def junit(run):
    document = etree.fromstring(render(run, "junit").encode())
    XSD.assertValid(document)
    return document


def test_junit_is_red_for_open_failures_and_errors_and_for_nothing_else():
    document = junit(code_run())

    assert (document.get("failures"), document.get("errors")) == ("7", "1")
    assert len(document.findall(".//failure")) == 7
    assert [one.get("message") for one in document.iter("error")] == [
        "expected '}' before the end of the file; close the block"
    ]


def test_junit_skips_what_is_neither_red_nor_green_and_says_which_it_is():
    kinds = Counter(one.get("type") for one in junit(code_run()).iter("skipped"))

    assert kinds == {"unknown": 4, "not_applicable": 1, "waived": 1, "baseline": 1}
    assert junit(code_run()).find(".//skipped[@type='unknown']").get("message").startswith("Unknown: ")


def test_junit_counts_agree_with_its_tests():
    for run in (code_run(), account_run(), make_run()):
        for suite in junit(run).iter("testsuite"):
            for name, element in (
                ("tests", "testcase"),
                ("failures", "testcase/failure"),
                ("errors", "testcase/error"),
            ):
                assert int(suite.get(name)) == len(suite.findall(element))
            assert int(suite.get("skipped", "0")) == len(suite.findall("testcase/skipped"))


def test_junit_has_the_answer_and_a_failure_has_place_reason_witness_and_fix():
    document = junit(code_run())

    properties = {one.get("name"): one.get("value") for one in document.iter("property")}
    assert properties["trail aws_cloudtrail.audit"].startswith("not_trusted: recorded fail, ")
    failure = document.find(".//testcase[@classname='bucket-least-privilege']/failure")
    assert "place: modules/logs/policy.tf:14" in failure.text
    assert "gets through: s3:PutObject" in failure.text
    assert "fix: Add a StringEquals condition" in failure.text


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_junit_parses_whatever_the_content_and_shows_it(payload):
    document = junit(hostile_run(payload))

    assert {one.tag for one in document.iter()} <= {
        "testsuites", "testsuite", "testcase", "properties", "property", "failure", "skipped", "error",
    }  # fmt: skip
    assert len(document.findall(".//testcase")) == 11
    assert document.find(".//failure").get("message") == (visible(shortened(payload, 1000)).strip() or "-")
    assert "##[" not in render(hostile_run(payload), "junit")


def gitlab(run) -> list:
    issues = json.loads(render(run, "gitlab"))
    for issue in issues:
        assert set(issue) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert issue["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert all(
            isinstance(issue[name], str) and issue[name] for name in ("description", "check_name", "fingerprint")
        )
        assert set(issue["location"]) == {"path", "lines"}
        assert issue["location"]["path"]
        assert not issue["location"]["path"].startswith("./")
        assert issue["location"]["lines"]["begin"] >= 1
    return issues


def test_gitlab_gets_open_failures_unknowns_as_info_and_errors():
    issues = gitlab(code_run())

    assert Counter(issue["severity"] for issue in issues) == {
        "blocker": 1, "critical": 3, "major": 3 + 1, "info": 4,
    }  # fmt: skip
    assert issues[0]["location"] == {"path": "modules/logs/policy.tf", "lines": {"begin": 14}}
    assert all(issue["description"].startswith("Unknown: ") for issue in issues if issue["severity"] == "info")
    assert issues[-1]["location"] == {"path": "modules/broken/main.tf", "lines": {"begin": 12}}


def test_gitlab_keeps_two_findings_with_one_fingerprint_apart():
    issues = gitlab(make_run([make_finding(fingerprint="same"), make_finding(fingerprint="same")]))

    assert len({issue["fingerprint"] for issue in issues}) == 2


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_gitlab_stays_whole_whatever_the_content(payload):
    issues = gitlab(hostile_run(payload))

    assert len(issues) == 4 + 2 + 1
    assert all(issue["description"] == visible(issue["description"]) for issue in issues)


COMMAND = re.compile(r"^::(?P<name>error|warning|notice) (?P<properties>[^:]*)::(?P<data>.*)$")


def annotations(run) -> list[tuple[str, dict[str, str], str]]:
    """Read workflow commands as the runner does: properties cut at commas, then unescaped."""
    read = []
    for line in render(run, "github").removesuffix("\n").split("\n"):
        match = COMMAND.match(line)
        assert match, line
        pairs = (pair.split("=", 1) for pair in match["properties"].split(",") if pair)
        properties = {key: plain(value.replace("%3A", ":").replace("%2C", ",")) for key, value in pairs}
        assert set(properties) <= {"file", "line", "endLine", "title"}
        read.append((match["name"], properties, plain(match["data"])))
    return read


def plain(text: str) -> str:
    return text.replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%")


def test_github_gets_errors_first_then_causes_unknowns_and_the_answer():
    read = annotations(code_run())

    assert [name for name, _, _ in read] == ["error", "error", "error", "warning"] + ["notice"] * 7
    assert read[1][1] == {
        "file": "modules/logs/policy.tf",
        "line": "14",
        "endLine": "21",
        "title": "bucket-least-privilege (critical)",
    }
    assert "(4 more follow from this)" in read[3][2]
    assert read[-1] == (
        "notice",
        {"title": "None of 2 trails can be trusted"},
        "8 pass, 8 fail, 4 unknown, 1 not applicable, 1 waived, 1 error",
    )


def test_github_gets_findings_without_a_place_too():
    (finding, _) = annotations(make_run([make_finding(status=Status.UNKNOWN)]))

    assert finding[0] == "notice"
    assert "file" not in finding[1]


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_github_obeys_nothing_in_the_content(payload):
    read = annotations(hostile_run(payload))

    assert len(read) == 9
    assert all("##[" not in text and text == visible(text) for _, _, text in read)
    assert read[1][1].get("title") == visible(shortened(f"{payload} (high)", 4000))


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_no_line_of_the_console_is_a_command_of_a_build_log(payload):
    for verbose in (False, True):
        report = render(hostile_run(payload), "console", verbose=verbose, notes=[payload], opening=[payload])
        assert not [line for line in report.split("\n") if line.lstrip().startswith("::") or "##[" in line]
        assert all(line == visible(line) for line in report.split("\n"))
