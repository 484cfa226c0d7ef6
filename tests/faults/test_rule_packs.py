"""A rule pack can be wrong or meant badly: it is refused with file and line, or does no harm."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tests.command import Done, here, in_a_process
from tests.faults.inputs import GOOD_TF

RULE = """\
id: mine
title: It is as it should be
severity: low
resource: trail
require:
  is_logging: false
message: "Trail {name} logs"
why: Because.
fix: Mend it.
cases:
  - expect: fail
    given:
      trail.good: {is_logging: true}
"""
REQUIRED = "is_logging: false"
TWENTY_SECONDS = 20


def scan(folder: Path, *words: str, rule: str = RULE, name: str = "mine.yaml") -> Done:
    (folder / "main.tf").write_text(GOOD_TF)
    (folder / "pack").mkdir(exist_ok=True)
    (folder / "pack" / name).write_text(rule)
    return here(folder, "scan", "--rules", "pack", "--select", name.partition(".")[0], *words)


REFUSED = {
    "deep nesting": (RULE.replace(REQUIRED, "{not: " * 60 + f"{{{REQUIRED}}}" + "}" * 60), 6, "more than 40 levels"),
    "too large": (RULE + "# " + "x" * 1_100_000, None, "larger than"),
    "a pack that extends another": (RULE + "extends: mine\n", 14, "extends"),
    "a pack that includes itself": (RULE.replace(REQUIRED, "include: mine"), 6, "include is no attribute"),
    "an alias": (RULE.replace("Because.", "&a Because.") + "tags: [*a]\n", 14, "an alias"),
    "a tag on a list": (RULE.replace("Because.", "!!python/object/apply:os.mkdir [pwned]"), 8, "a tag"),
    "a tag on a text": (RULE.replace("Because.", "!!python/name:os.system pwned"), 8, "python/name"),
    "an attribute of Python": (RULE.replace(REQUIRED, "__class__: {set: true}"), 6, "__class__ is no attribute"),
    "a path into Python": (RULE.replace(REQUIRED, "name.__class__.__mro__: {set: true}"), 6, "is no attribute"),
    "a test that is none": (RULE.replace(REQUIRED, "name: {eval: '1'}"), 6, "eval is no test"),
    "a judgement that is none": (RULE.replace(REQUIRED, "judge: os.system"), 6, "os.system is no judgement"),
    "an argument into Python": (RULE.replace(REQUIRED, "judge: {__import__: {name: os}}"), 6, "is no judgement"),
    "Python in a message": (RULE.replace("{name}", "{name.__class__}"), 7, "is no attribute"),
    "an index in a message": (RULE.replace("{name}", "{0.__init__.__globals__}"), 7, "is no attribute"),
    "an id that is a path": (RULE.replace("id: mine", "id: ../../mine"), 1, "id:"),
    "an id of another file": (RULE.replace("id: mine", "id: yours"), 1, "yours"),
    "a field that is misspelt": (RULE.replace("severity:", "severty:"), 3, "severty"),
    "a severity that is misspelt": (RULE.replace("low", "lo"), 3, "severity"),
    "an attribute that is misspelt": (RULE.replace("is_logging: f", "is_loging: f"), 6, "is_loging"),
    "a key twice": (RULE + "title: Another\n", 14, "already given on line 2"),
    "nothing required": (RULE.replace(f"require:\n  {REQUIRED}", "require: {}"), 5, "require"),
    "an empty list of conditions": (RULE.replace(REQUIRED, "all_of: []"), 6, "list of conditions"),
    "a wrong type": (RULE.replace(REQUIRED, "is_logging: {at_least: x}"), 6, "at_least"),
    "a list for a rule": ("- a\n", 1, "dictionary"),
    "no YAML": ("id: [\n", 2, ""),
}


@pytest.mark.parametrize(("rule", "line", "says"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_meant_is_refused_with_its_line(rule, line, says, tmp_path):
    done = scan(tmp_path, rule=rule)

    assert done.status == 2
    assert done.out == ""
    assert done.err.startswith("ctguard: pack/mine.yaml")
    assert f"pack/mine.yaml{f':{line}' if line else ''}: " in done.err
    assert says in done.err
    assert "Traceback" not in done.err
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize(
    "condition",
    [
        pytest.param(f'name: {{matches: "{"*a" * 300}b"}}', id="a pattern of stars"),
        pytest.param('name: {matches: "(a+)+$"}', id="a regular expression, which patterns are not"),
        pytest.param("any_of:\n" + f"    - {REQUIRED}\n" * 10_000, id="ten thousand conditions"),
    ],
)
def test_a_condition_of_great_cost_ends_soon(condition, tmp_path):
    (tmp_path / "long.tf").write_text(GOOD_TF.replace('"t"', f'"{"a" * 2_000}"').replace('s3_bucket_name = "b"', ""))
    started = time.process_time()

    done = scan(tmp_path, "-f", "json", rule=RULE.replace(REQUIRED, condition))

    assert done.status in (0, 1)
    assert time.process_time() - started < TWENTY_SECONDS


def test_braces_and_signs_in_a_message_are_only_text(tmp_path):
    message = "{name!r:>9999999999} {{7*7}} %s %(name)s {% raw %} {Name}"

    done = scan(tmp_path, "-f", "json", "-o", "r.html", rule=RULE.replace("Trail {name} logs", message))

    assert done.run["findings"][0]["message"] == message
    assert "49" not in (tmp_path / "r.html").read_text().partition("<body")[2].partition("main.tf")[0]


ATTACK = "\x1b[2J\x1b]0;title\x07<script>alert(1)</script>\u202e ::error::x =cmd|x"


def test_what_a_rule_says_does_nothing_to_its_reader(tmp_path):
    written = RULE.replace("Trail {name} logs", ATTACK.encode("unicode_escape").decode())

    done = scan(tmp_path, "-o", "r.html", "-o", "r.md", "-o", "r.csv", "-o", "github:r.txt", rule=written)
    html, markdown, table, annotations = ((tmp_path / f"r.{end}").read_text() for end in ("html", "md", "csv", "txt"))

    assert not {"\x1b", "\x07", "\u202e"} & set(done.out)
    assert "<script>alert" not in html
    assert "<script>" not in markdown
    assert not [line for line in table.splitlines() if line.startswith(("=", "+", "-", "@"))]
    assert not [line for line in annotations.splitlines() if "::error::x" in line and not line.startswith("::")]


def test_a_shipped_rule_is_replaced_only_when_that_is_allowed_and_the_run_shows_it(tmp_path):
    rule = RULE.replace("id: mine", "id: trail-multi-region")

    refused = scan(tmp_path, rule=rule, name="trail-multi-region.yaml")
    allowed = scan(tmp_path, "--replace-rules", "-f", "json", rule=rule, name="trail-multi-region.yaml")
    shipped = here(tmp_path, "scan", "--select", "trail-multi-region", "-f", "json")

    assert refused.status == 2
    assert "--replace-rules" in refused.err
    assert allowed.run["findings"][0]["title"] == "It is as it should be"
    assert allowed.run["run"]["rules_digest"] != shipped.run["run"]["rules_digest"]


def test_a_pack_that_changes_has_another_digest(tmp_path):
    before = scan(tmp_path, "-f", "json").run["run"]["rules_digest"]

    again = scan(tmp_path, "-f", "json").run["run"]["rules_digest"]
    after = scan(tmp_path, "-f", "json", rule=RULE.replace("Because.", "Because!")).run["run"]["rules_digest"]

    assert before == again != after


def test_two_rules_of_one_id_are_refused(tmp_path):
    (tmp_path / "pack" / "sub").mkdir(parents=True)
    (tmp_path / "pack" / "sub" / "mine.yaml").write_text(RULE)

    done = scan(tmp_path)

    assert done.status == 2
    assert "pack/sub/mine.yaml:1: there is a rule mine already" in done.err


def test_links_out_of_a_pack_are_refused(tmp_path):
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "other.yaml").symlink_to("/etc/hostname")

    done = scan(tmp_path)

    assert done.status == 2
    assert "leads out of the pack" in done.err


def test_circles_and_pipes_in_a_pack_hold_nothing_up(tmp_path):
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "loop").symlink_to(".")
    os.mkfifo(tmp_path / "pack" / "pipe.yaml")
    (tmp_path / "main.tf").write_text(GOOD_TF)
    (tmp_path / "pack" / "mine.yaml").write_text(RULE)

    done = in_a_process(tmp_path, "scan", "--rules", "pack", "--select", "mine", "-f", "json")

    assert done.run["summary"]["fail"] == 1


@pytest.mark.parametrize("pack", ["pack.zip", "gone", "main.tf"])
def test_what_is_no_folder_is_no_pack(pack, tmp_path):
    (tmp_path / "pack.zip").write_bytes(b"PK\3\4")
    (tmp_path / "main.tf").write_text(GOOD_TF)

    done = here(tmp_path, "scan", "--rules", pack)

    assert done.status == 2
    assert f"{pack}: no such folder of rules" in done.err


def test_a_rule_that_is_no_text_is_refused(tmp_path):
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "other.yaml").write_bytes(RULE.encode("utf-16"))

    done = scan(tmp_path)

    assert done.status == 2
    assert "a rule file is UTF-8 text" in done.err
