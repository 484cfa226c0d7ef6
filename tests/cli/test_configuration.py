"""`ctguard.yaml` decides what it says it decides, and is refused with file and line for anything else."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

import ctguard
from tests.command import here

TRAIL = """\
resource "aws_cloudtrail" "audit" {
  name                  = "audit"
  s3_bucket_name        = "elsewhere"
  is_multi_region_trail = false
}
"""
ONE_RULE = ("--select", "trail-multi-region")


@pytest.fixture
def run(tmp_path):
    """Return the command line in a repository that holds one trail, with one failure of a high severity."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "main.tf").write_text(TRAIL)
    return partial(here, tmp_path)


def test_options_come_from_the_file_and_the_command_line_wins(run, tmp_path):
    (tmp_path / "ctguard.yaml").write_text("defaults: {scan: {select: [trail-multi-region], fail-on: critical}}\n")

    assert run("scan").status == 0
    assert {one["rule_id"] for one in run("scan", "-f", "json").run["findings"]} == {"trail-multi-region"}
    assert run("scan", "--fail-on", "high").status == 1
    assert run("scan", "--no-config", *ONE_RULE).status == 1


def test_commands_below_a_group_have_their_own(run, tmp_path):
    (tmp_path / "ctguard.yaml").write_text("defaults:\n  rules list: {select: [trail-multi-region], format: json}\n")

    assert [one["id"] for one in json.loads(run("rules", "list").out)] == ["trail-multi-region"]


def test_the_file_is_found_from_the_scanned_path_up_to_the_root_of_the_repository(run, tmp_path):
    inner = tmp_path / "repo" / "modules" / "trail"
    inner.mkdir(parents=True)
    (inner / "main.tf").write_text(TRAIL)
    (tmp_path / "ctguard.yaml").write_text("severity: {trail-multi-region: info}\n")

    severity = lambda *words: run("scan", *words, *ONE_RULE, "-f", "json").run["findings"][0]["severity"]  # noqa: E731

    assert severity("repo/modules/trail") == "info"
    (tmp_path / "repo" / ".git").mkdir()
    assert severity("repo/modules/trail") == "high", "a repository ends the way up"
    (tmp_path / "repo" / "ctguard.yaml").write_text("severity: {trail-multi-region: low}\n")
    assert severity("repo/modules/trail/main.tf") == "low"
    assert severity("main.tf", "repo") == "info", "of several paths the folder that holds all of them counts"
    assert severity("repo", "--config", "ctguard.yaml") == "info"


def test_outside_of_a_repository_the_way_ends_at_the_current_folder(tmp_path):
    (tmp_path / "ctguard.yaml").write_text("severity: {trail-multi-region: info}\n")
    (tmp_path / "job" / "code").mkdir(parents=True)
    (tmp_path / "job" / "code" / "main.tf").write_text(TRAIL)
    severity = lambda folder, path: here(folder, "scan", path, *ONE_RULE, "-f", "json").run["findings"][0]["severity"]  # noqa: E731

    assert severity(tmp_path, "job/code") == "info"
    assert severity(tmp_path / "job", "code") == "high", "what somebody left above decides nothing"


def test_the_report_says_whose_words_decided(run, tmp_path):
    (tmp_path / "ctguard.yaml").write_text("")

    assert "configured by ctguard.yaml" in run("scan").out
    assert "configured by" not in run("scan", "--no-config").out


def test_parameters_change_what_a_rule_asks_and_show_where_they_are_set(run, tmp_path):
    tagged = ("scan", "--select", "trail-tags", "-f", "json")
    (tmp_path / "main.tf").write_text(TRAIL.replace("}", '  tags = { team = "a" }\n}'))
    status = lambda: run(*tagged).run["findings"][0]["status"]  # noqa: E731

    assert status() == "pass"
    (tmp_path / "ctguard.yaml").write_text("parameters:\n  trail-tags: {keys: [owner]}\n")
    assert status() == "fail"
    shown = run("rules", "show", "trail-tags").out
    assert "`keys` (default `[]`)" in shown
    assert '`keys` is `["owner"]` here (ctguard.yaml:2)' in shown
    told = json.loads(run("rules", "show", "trail-tags", "-f", "json").out)["parameters"]["keys"]
    assert told["value"] == ["owner"]
    assert told["set_at"] == "ctguard.yaml:2"


def test_a_glob_sets_what_several_rules_share_and_a_rule_by_itself_wins(run, tmp_path):
    (tmp_path / "ctguard.yaml").write_text(
        'parameters:\n  bucket-policy-readers: {allowed: [o-mine]}\n  "bucket-*": {allowed: [o-all]}\n'
    )
    value = lambda rule: json.loads(run("rules", "show", rule, "-f", "json").out)["parameters"]["allowed"]["value"]  # noqa: E731

    assert value("bucket-policy-readers") == ["o-mine"]
    assert value("bucket-policy-deleters") == ["o-all"]


def test_what_decides_a_verdict_is_in_the_digest_of_the_rules(run, tmp_path):
    digest = lambda: run("scan", "-f", "json").run["run"]["rules_digest"]  # noqa: E731
    plain = digest()

    (tmp_path / "ctguard.yaml").write_text("defaults: {scan: {fail-on: high}}\n")
    assert digest() == plain
    (tmp_path / "ctguard.yaml").write_text("parameters: {bucket-retention: {days: 2555}}\n")
    longer = digest()
    assert longer != plain
    (tmp_path / "ctguard.yaml").write_text("parameters: {bucket-retention: {days: 2556}}\n")
    assert digest() not in (plain, longer)


def test_folders_of_rules_are_seen_from_the_file(run, tmp_path):
    run("rules", "new", "our-trail", "--to", "policies/ours")
    (tmp_path / "policies" / "ctguard.yaml").write_text("rules: [ours]\n")

    assert run("scan", "--config", "policies/ctguard.yaml", "--select", "our-trail").status in (0, 1)
    assert run("scan", "--select", "our-trail").status == 2


REFUSED = {
    "an unknown word": ("wavers: []", ":1: wavers", "waivers"),
    "a list": ("[]", ":1: the file", "schema"),
    "an unknown rule": ("severity: {trail-multi-regoin: low}", ":1: there is no rule", "trail-multi-region"),
    "an unknown severity": ("severity:\n  trail-tags: hgh", ":2: severity.trail-tags", "critical, high"),
    "an unknown parameter": ("parameters:\n  bucket-retention:\n    day: 7", ":3: bucket-retention", "days"),
    "a glob none of whose rules has it": ('parameters: {"topic-*": {days: 7}}', ":1: topic-*", "allowed"),
    "a number in quotes": ('parameters: {bucket-retention: {days: "7"}}', ":1: days", "without quotes"),
    "a flag for a number": ("parameters: {bucket-retention: {days: yes}}", ":1: days", "without quotes"),
    "a negative number": ("parameters: {bucket-retention: {days: -1}}", ":1: days", "from 0"),
    "an account id that YAML reads as octal": (
        "parameters:\n  bucket-policy-readers:\n    allowed: [012345670123]",
        ":3: allowed",
        "in quotes",
    ),
    "an account id that is a number": (
        "parameters: {bucket-policy-readers: {allowed: [111122223333]}}",
        ":1: allowed",
        "in quotes",
    ),
    "text for a list": ("parameters: {bucket-policy-readers: {allowed: o-1}}", ":1: allowed", "[one, two]"),
    "monitoring of a rule that there is not": (
        "monitoring:\n  external:\n    - rules: [monitor-nothing]\n      by: a SIEM\n      reason: a ticket",
        ":3: there is no rule",
        "did you mean monitor-",
    ),
    "monitoring that nobody runs": ("monitoring: {external: [{rules: ['monitor-*']}]}", ":1: monitoring", "use:"),
    "an unknown command": ("defaults: {scna: {select: a}}", ":1: there is no command", "scan"),
    "an unknown option": ("defaults:\n  scan:\n    selct: a", ":3: scan", "select"),
    "an argument of a command": ("defaults: {scan: {paths: [a]}}", ":1: scan", "use:"),
    "rules as an option": ("defaults: {scan: {rules: [a]}}", ":1: scan", "use:"),
    "a value that the option refuses": ("defaults: {scan: {fail-on: hgh}}", ":1: fail-on", "--help"),
    "text for a flag": ("defaults: {scan: {quiet: 'no'}}", ":1: quiet", "true or false"),
    "an account id as a number": ("defaults: {scan: {account: 012345670123}}", ":1: account", "quotes"),
    "a folder that is not there": ("rules:\n  - nowhere", ":2: there is no folder", "folder"),
    "a baseline that is not there": ("baseline: gone.json", "gone.json", "saved run"),
    "an alias": ("rules: &a []\nwaivers: *a", ":2: an alias", "write it out"),
    "a bomb of aliases": (
        "a: &a [x, x]\n" + "\n".join(f"{b}: &{b} [*{a}, *{a}]" for a, b in zip("abcdefgh", "bcdefghi", strict=True)),
        ":2: an alias",
        "write it out",
    ),
    "a tag": ("rules: !!python/object:os.system []", ":1: a tag", "plain"),
    "the same word twice": ("rules: []\nrules: []", ":2: rules is already given", "keep one"),
    "many levels": ("a: " + "[" * 60 + "]" * 60, "levels", "flatten"),
    "no YAML": ("a: [", ":2:", "mend"),
    "a day that there is not": ("waivers:\n  - expires: 2027-02-30", ":2: day", "mend"),
}


@pytest.mark.parametrize(("text", "place", "cure"), REFUSED.values(), ids=REFUSED)
def test_what_is_wrong_is_refused_with_file_and_line_and_what_is_allowed(run, tmp_path, text, place, cure):
    (tmp_path / "ctguard.yaml").write_text(text + "\n")

    done = run("scan")

    assert done.status == 2
    assert done.out == ""
    first, *_, hint = done.err.splitlines()
    assert place in first
    assert first.startswith("ctguard: ")
    assert cure in hint


@pytest.mark.parametrize("content", [b"\xff\xfe\x00r", b"a: \x00", b"x" * 1_100_000])
def test_what_is_no_text_is_refused(run, tmp_path, content):
    (tmp_path / "ctguard.yaml").write_bytes(content)

    done = run("scan")

    assert done.status == 2
    assert done.err.startswith("ctguard: ctguard.yaml")
    assert "Traceback" not in done.err


HOSTILE = '"\\e]52;c;eA==\\a\\u202e"'


@pytest.mark.parametrize(
    "text",
    [
        f"{HOSTILE}: 1",
        f"severity: {{{HOSTILE}: low}}",
        f"severity: {{trail-tags: {HOSTILE}}}",
        f"parameters: {{trail-tags: {{{HOSTILE}: 1}}}}",
        f"parameters: {{bucket-retention: {{days: {HOSTILE}}}}}",
        f"parameters: {{trail-tags: {{keys: [{HOSTILE}]}}}}",
        f"defaults: {{{HOSTILE}: {{}}}}",
        f"defaults: {{scan: {{{HOSTILE}: a}}}}",
        f"defaults: {{scan: {{fail-on: {HOSTILE}}}}}",
        f"rules: [{HOSTILE}]",
        f"baseline: {HOSTILE}",
        f"waivers: [{{rule: {HOSTILE}, resource: a, owner: b, reason: c, expires: 2027-01-31}}]",
        f"waivers: [{{rule: trail-tags, resource: {HOSTILE}, owner: {HOSTILE}, reason: c, expires: 2027-01-31}}]",
    ],
)
def test_hostile_words_are_made_visible(run, tmp_path, text):
    (tmp_path / "ctguard.yaml").write_text(text + "\n")

    for words in (("scan",), ("config", "show"), ("rules", "show", "trail-tags")):
        done = run(*words)
        assert not {"\x1b", "\u202e", "\a"} & set(done.out + done.err)


def test_config_and_no_config_say_two_things(run, tmp_path):
    (tmp_path / "ctguard.yaml").write_text("")

    for words in (("--config", "ctguard.yaml", "--no-config"), ("--no-config", "--config", "ctguard.yaml")):
        assert run("scan", *words).status == 2
    assert run("scan", "--config", "gone.yaml").status == 2
    assert run("scan", "--config", ".").status == 2


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(run, tmp_path):
    (tmp_path / "ctguard.yaml").write_bytes(b"\xef\xbb\xbfdefaults:\r\n  scan:\r\n    fail-on: critical\r\n")

    assert run("scan").status == 0


def test_the_schema_that_ships_knows_what_the_program_reads(run, tmp_path):
    schema = json.loads(run("config", "schema").out)
    check = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)

    assert schema == json.loads((Path(ctguard.__file__).parent / "schemas" / "config.schema.json").read_text())
    assert check.is_valid({"waivers": [], "parameters": {"trail-tags": {"keys": ["owner"]}}, "baseline": "run.json"})
    whole = {"rule": "a", "resource": "b", "owner": "c", "reason": "d", "expires": "2027-01-31"}
    assert check.is_valid({"waivers": [whole]})
    assert not check.is_valid({"waivers": [{**whole, "expires": "soon"}]})
    assert not check.is_valid({"waivers": [{**whole, "until": "2027-01-31"}]})
    assert not check.is_valid({"wavers": []})
    for field in whole:
        assert not check.is_valid({"waivers": [{name: value for name, value in whole.items() if name != field}]})
