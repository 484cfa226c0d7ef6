"""SARIF, as its schema and GitHub's limits want it."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import unquote, urlsplit

import jsonschema
import pytest

from ctguard.model.finding import Control
from ctguard.model.logic import Status
from ctguard.model.visible import visible
from ctguard.render import render, sarif
from ctguard.render.file_uri import file_uri, host_path
from tests.render.builders import make_finding, make_location, make_run
from tests.render.payloads import PAYLOADS, hostile_run
from tests.render.scenes import account_run, code_run

SCHEMA = json.loads((Path(__file__).parent / "schemas" / "sarif-2.1.0.json").read_text(encoding="utf-8"))
VALID = jsonschema.Draft202012Validator(SCHEMA)


def log(run) -> dict:
    document = json.loads(render(run, "sarif"))
    assert not list(VALID.iter_errors(document))
    return document["runs"][0]


def test_failures_and_unknowns_are_results_and_the_rest_is_counted():
    run = code_run()

    kinds = [result["kind"] for result in log(run)["results"]]

    assert kinds.count("fail") == run.summary["fail"] + run.summary["waived"]
    assert kinds.count("open") == run.summary["unknown"]
    assert log(run)["properties"]["summary"] == dict(run.summary)


def test_only_failures_have_a_level():
    for result in log(code_run())["results"]:
        assert (result["level"] == "none") == (result["kind"] == "open")


def test_a_result_points_to_the_lines_to_edit_and_to_those_that_say_why():
    result = log(code_run())["results"][0]

    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "modules/logs/policy.tf", "uriBaseId": "%SRCROOT%"}
    assert place["region"] == {"startLine": 14, "endLine": 21}
    assert [one["physicalLocation"]["artifactLocation"]["uri"] for one in result["relatedLocations"]] == [
        "infra/trail.tf"
    ]


def test_a_result_bears_its_fingerprint_where_github_reads_it():
    finding = code_run().findings[0]

    prints = log(code_run())["results"][0]["partialFingerprints"]

    assert prints["ctguardFingerprint/v1"] == finding.fingerprint
    assert prints["primaryLocationLineHash"].startswith(finding.fingerprint)


def test_each_rule_is_described_once_with_help_severity_and_few_enough_tags():
    controls = [Control("nist-800-53-r5", f"AU-{number}") for number in range(60)]
    run = make_run([*code_run().findings, make_finding("rule-of-many-controls", controls=controls)])

    rules = log(run)["tool"]["driver"]["rules"]

    assert len({rule["id"] for rule in rules}) == len(rules)
    assert max(len(rule["properties"]["tags"]) for rule in rules) <= 20
    (rule,) = (rule for rule in rules if rule["id"] == "bucket-least-privilege")
    assert rule["properties"]["security-severity"] == "9.5"
    assert "StringEquals" in rule["help"]["markdown"]
    for result in log(run)["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]


def test_what_was_accepted_is_suppressed_and_what_was_there_before_is_unchanged():
    results = {result["ruleId"]: result for result in log(code_run())["results"]}

    (suppression,) = results["bucket-object-lock"]["suppressions"]
    assert suppression["justification"].startswith("accepted by dana@example.com until 2027-01-31")
    assert results["trail-log-validation"]["baselineState"] == "unchanged"
    assert results["trail-multi-region"]["baselineState"] == "new"


def test_errors_of_the_run_are_notifications_and_it_says_that_it_was_not_whole():
    (invocation,) = log(code_run())["invocations"]

    assert invocation["executionSuccessful"] is False
    assert invocation["toolExecutionNotifications"][0]["message"]["text"].startswith(
        "modules/broken/main.tf:12: expected"
    )


def test_a_finding_of_an_account_has_a_place_all_the_same():
    for result in log(account_run())["results"]:
        place = result["locations"][0]
        assert place["physicalLocation"]["artifactLocation"]["uri"].startswith("arn%3Aaws%3A")
        assert place["logicalLocations"][0]["fullyQualifiedName"].startswith("arn:aws:")


def test_more_results_than_github_takes_are_cut_with_a_notice(monkeypatch):
    monkeypatch.setattr(sarif, "RESULTS", 5)
    run = make_run(make_finding(f"rule-{number}") for number in range(8))

    written = log(run)

    assert len(written["results"]) == len(written["tool"]["driver"]["rules"]) == 5
    assert (
        "3 more results are not in this file"
        in written["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]
    )


@pytest.mark.parametrize(
    ("path", "uri", "relative"),
    [
        ("infra/main.tf", "infra/main.tf", True),
        ("./infra//main.tf", "infra/main.tf", True),
        ("a b/\u00e4?#%.tf", "a%20b/%C3%A4%3F%23%25.tf", True),
        ("x:y/z.tf", "x%3Ay/z.tf", True),
        ("../up.tf", "../up.tf", False),
        ("a/../../up.tf", "../up.tf", False),
        ("/etc/pass wd", "file:///etc/pass%20wd", False),
        ("C:\\Users\\x y\\main.tf", "file:///C:/Users/x%20y/main.tf", False),
        ("\\\\server\\share\\main.tf", "file://server/share/main.tf", False),
        ("odd\\name.tf", "odd%5Cname.tf", True),
        ("http://evil.example/a", "http%3A/evil.example/a", True),
        ("caf\udce9.tf", "caf%ED%B3%A9.tf", True),
        ("", "-", True),
    ],
)
def test_paths_become_relative_encoded_uris_where_they_can(path, uri, relative):
    assert file_uri(path) == (uri, relative)
    assert urlsplit(uri).scheme in ("", "file")


def test_paths_for_code_hosts_have_slashes_and_nothing_hidden():
    assert host_path("./a/b.tf") == "a/b.tf"
    assert host_path("C:\\x\\main.tf") == "C:/x/main.tf"
    assert host_path("a\u202eb\n.tf") == "a\\u202eb\\n.tf"


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_content_that_attacks_the_reader_stays_valid_and_text(payload):
    written = log(hostile_run(payload))

    assert len(written["results"]) == 8
    for result in written["results"]:
        text = result["message"]["text"]
        assert "](" not in text
        assert text == visible(text)
        for location in result["locations"]:
            uri = location["physicalLocation"]["artifactLocation"]["uri"]
            assert urlsplit(uri).scheme in ("", "file")
            assert uri.isascii()
            assert not set(uri) & set(' <>"{}|\\^`\n\r\t')
            assert unquote(uri) or not payload
    assert written["tool"]["driver"]["rules"][0]["help"]["markdown"]


def test_unknown_says_so_in_words():
    run = make_run([make_finding(status=Status.UNKNOWN, location=make_location())])

    assert log(run)["results"][0]["message"]["text"].startswith("Unknown: ")
