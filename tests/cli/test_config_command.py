"""`ctguard config show` and `ctguard init`: what applies and whence, and a beginning that works."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest
import yaml

from tests.command import here

TRAIL = 'resource "aws_cloudtrail" "t" {\n  name = "t"\n  s3_bucket_name = "b"\n}\n'
FILE = """\
defaults:
  scan:
    fail-on: high
    ignore: [iam-*]
  logs depth: {region: eu-central-1}
parameters:
  bucket-retention: {days: 2555}
  "bucket-*":
    allowed: [o-1]
severity: {trail-tags: high}
waivers:
  - {rule: trail-tags, resource: x, owner: lena, reason: soon, expires: 2999-01-01}
baseline: run.json
"""


@pytest.fixture
def run(tmp_path):
    (tmp_path / ".git").mkdir()
    return partial(here, tmp_path)


@pytest.fixture
def shown(run, tmp_path):
    """Return a function that shows what applies, as data."""
    (tmp_path / "ctguard.yaml").write_text(FILE)
    return lambda *words: json.loads(run("config", "show", "-f", "json", *words).out)


def options(whole):
    return {one["name"]: (one["value"], one["from"]) for one in whole["options"]}


def test_every_option_says_where_its_value_is_from(shown):
    found = options(shown("scan", ".", "--scope", "all"))

    assert found["--fail-on"] == ("high", "ctguard.yaml:3")
    assert found["--ignore"] == (["iam-*"], "ctguard.yaml:4")
    assert found["--baseline"] == ("run.json", "ctguard.yaml:13")
    assert found["--scope"] == ("all", "command line")
    assert found["--select"] == ([], "default")
    assert options(shown("scan", "--fail-on", "low"))["--fail-on"] == ("low", "command line")


def test_a_command_below_a_group_and_other_sources_are_shown(shown):
    assert options(shown("logs", "depth", "--trail-arn", "x"))["--region"] == (["eu-central-1"], "ctguard.yaml:5")


def test_parameters_severities_and_waivers_say_where_they_are_from(shown):
    whole = shown()
    parameters = {(one["rule"], one["name"]): (one["value"], one["from"]) for one in whole["parameters"]}

    assert parameters["bucket-retention", "days"] == (2555, "ctguard.yaml:7")
    assert parameters["bucket-policy-readers", "allowed"] == (["o-1"], "ctguard.yaml:9")
    assert parameters["key-deletion", "days"] == (7, "default")
    assert whole["severity"] == [{"rule": "trail-tags", "value": "high", "from": "ctguard.yaml:10"}]
    assert [(one["owner"], one["from"]) for one in whole["waivers"]] == [("lena", "ctguard.yaml:12")]


def test_without_a_file_there_are_defaults(run, shown):
    whole = shown("scan", "--no-config")

    assert whole["file"] is None
    assert {source for _, source in options(whole).values()} == {"default"}
    assert "no ctguard.yaml applies here" in run("config", "show", "scan", "--no-config").out


def test_every_parameter_of_every_rule_is_shown_and_can_be_set_to_its_default(run, shown, tmp_path):
    parameters = shown()["parameters"]
    written: dict[str, dict[str, object]] = {}
    for one in parameters:
        written.setdefault(one["rule"], {})[one["name"]] = one["value"]
        page = (Path(__file__).parents[2] / "docs" / "rules" / f"{one['rule']}.md").read_text()
        assert f"- `{one['name']}` (default `" in page
    (tmp_path / "ctguard.yaml").write_text(yaml.safe_dump({"parameters": written}))

    assert {one["from"].partition(":")[0] for one in shown()["parameters"]} == {"ctguard.yaml"}


@pytest.mark.parametrize("words", [("nope",), ("logs",), ("scan", "--fail-on", "hgh"), ("config", "schema", "--nope")])
def test_what_cannot_be_shown_is_2(run, words):
    done = run("config", "show", *words)

    assert done.status == 2
    assert done.err.startswith("ctguard: ")
    assert "Traceback" not in done.err


def test_the_whole_file_is_checked_whichever_command_runs(run, tmp_path):
    (tmp_path / "ctguard.yaml").write_text("defaults:\n  scan: {}\n  logs depth:\n    regoin: x\n")

    for words in (("config", "show"), ("scan",), ("rules", "list")):
        done = run(*words)
        assert done.status == 2
        assert done.err.startswith("ctguard: ctguard.yaml:4: logs depth has no option regoin")
    (tmp_path / "ctguard.yaml").write_text("defaults:\n  logs verfy: {}\n")
    assert "did you mean verify?" in run("scan").err


def test_init_writes_what_works_as_it_is(run, tmp_path):
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / "main.tf").write_text(TRAIL)
    (tmp_path / "infra" / "prod.tfvars").write_text("")

    assert run("init").status == 0
    text = (tmp_path / "ctguard.yaml").read_text()
    assert "Terraform module          infra\n" in text
    assert "infra/prod.tfvars" in text
    assert run("config", "show").status == 0
    assert run("scan", "--fail-on", "critical").status == 0
    with_examples = "\n".join(
        line.replace("#   ", "  ", 1) if line.startswith("#   ") else line for line in text.split("\n")
    )
    for empty in ("parameters: {}", "waivers: []"):
        with_examples = with_examples.replace(empty, empty.split(" ")[0])
    (tmp_path / "ctguard.yaml").write_text(with_examples.replace("  Terraform module", "# Terraform module"))
    assert run("config", "show").err == "", "what it proposes is right, too"


def test_the_hook_is_the_one_that_ships(run, tmp_path):
    run("init")
    [entry] = yaml.safe_load((tmp_path / ".pre-commit-config.yaml").read_text())["repos"]
    ours = yaml.safe_load((Path(__file__).parents[2] / ".pre-commit-hooks.yaml").read_text())[0]

    [hook] = entry["hooks"]
    same = ("id", "name", "entry", "types_or", "files", "require_serial")
    assert {name: hook[name] for name in same} == {name: ours[name] for name in same}


def test_init_overwrites_nothing_that_it_was_not_told_to(run, tmp_path):
    (tmp_path / "ctguard.yaml").write_text("severity: {trail-tags: high}\n")

    done = run("init")

    assert done.status == 2
    assert "--force" in done.err
    assert (tmp_path / "ctguard.yaml").read_text() == "severity: {trail-tags: high}\n"
    assert not (tmp_path / ".pre-commit-config.yaml").exists()
    assert run("init", "--force").status == 0
    assert "fail-on" in (tmp_path / "ctguard.yaml").read_text()


@pytest.mark.parametrize(
    "text",
    [
        "repos:\n- repo: a\n  rev: v1\n  hooks: [{id: a}]\n",
        "default_stages: [manual]\nrepos: # ours\n\n  # first\n  - repo: a\n    hooks:\n      - id: a\nexclude: x\n",
        "repos:\r\n  - repo: a\r\n    rev: v1\r\n    hooks: [{id: a}]\r\n",
        "",
    ],
)
def test_a_pre_commit_configuration_keeps_what_it_has(run, tmp_path, text):
    path = tmp_path / ".pre-commit-config.yaml"
    path.write_bytes(text.encode())

    assert run("init").status == 0
    before, after = yaml.safe_load(text) or {"repos": []}, yaml.safe_load(path.read_bytes())
    assert after["repos"][0]["hooks"][0]["id"] == "ctguard"
    assert {**after, "repos": after["repos"][1:]} == before
    assert all(line in path.read_bytes().decode() for line in text.splitlines())
    once = path.read_bytes()
    assert run("init", "--force").status == 0
    assert path.read_bytes() == once


@pytest.mark.parametrize("text", ["repos: []\n", "repos: [{repo: a}]\n", "- a\n"])
def test_where_the_entry_cannot_be_added_it_is_shown_and_nothing_is_written(run, tmp_path, text):
    (tmp_path / ".pre-commit-config.yaml").write_text(text)

    done = run("init")

    assert done.status == 2
    assert "id: ctguard" in done.err
    assert (tmp_path / ".pre-commit-config.yaml").read_text() == text
    assert not (tmp_path / "ctguard.yaml").exists()
