"""What CI is given: the action of GitHub and the template of GitLab, read as their runners read them, and run."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
TEMPLATE = yaml.safe_load((ROOT / "templates" / "gitlab-ci.yml").read_text(encoding="utf-8"))
TRAIL = 'resource "aws_cloudtrail" "t" {\n  name           = "t"\n  s3_bucket_name = "elsewhere"\n}\n'
STEPS = {step.get("name"): step for step in ACTION["runs"]["steps"]}


@pytest.fixture
def repository(tmp_path):
    """A repository with a trail, a `ctguard` on the path, and what GitHub gives a step."""
    (tmp_path / "repo" / "infra").mkdir(parents=True)
    (tmp_path / "repo" / "infra" / "main.tf").write_text(TRAIL)
    (tmp_path / "bin").mkdir()
    command = tmp_path / "bin" / "ctguard"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m ctguard "$@"\n')
    command.chmod(0o755)
    return tmp_path


def run_step(repository: Path, step: dict, **inputs: str) -> tuple[int, str, dict[str, str]]:
    """Run a step of the action as GitHub does; return status, what it printed and its outputs."""
    given = {name: str(row.get("default", "")) for name, row in ACTION["inputs"].items()} | inputs

    def filled(text: str) -> str:
        return re.sub(r"\$\{\{ inputs\.([a-z-]+) \}\}", lambda match: given[match[1]], text)

    output = repository / "output"
    environment = {
        **os.environ,
        "PATH": f"{repository / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "GITHUB_OUTPUT": str(output),
        **{name: filled(value) for name, value in step["env"].items()},
    }
    script = repository / "step.sh"
    script.write_text(step["run"])
    words = ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)]
    done = subprocess.run(
        words, cwd=repository / "repo", env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    told = dict(line.split("=", 1) for line in output.read_text().splitlines()) if output.exists() else {}
    return done.returncode, done.stdout + done.stderr, told


def test_the_action_annotates_writes_sarif_and_fails_as_the_scan_does(repository):
    status, printed, outputs = run_step(repository, STEPS["Scan"], paths="infra\n")

    assert status == 1
    assert outputs == {"status": "1", "sarif": "ctguard.sarif"}
    assert "::error file=infra/main.tf" in printed
    sarif = json.loads((repository / "repo" / "ctguard.sarif").read_text())
    assert sarif["runs"][0]["results"]


def test_the_action_passes_on_options_and_several_paths(repository):
    (repository / "repo" / "more folders").mkdir()
    (repository / "repo" / "more folders" / "a b.tf").write_text(TRAIL)

    status, _, _ = run_step(
        repository, STEPS["Scan"], paths="infra\nmore folders", arguments="--select\ntrail-multi-region\n-o\nrun.json",
        html="out.html", **{"fail-on": "critical"},
    )  # fmt: skip

    run = json.loads((repository / "repo" / "run.json").read_text())
    assert status == 0
    assert {one["rule_id"] for one in run["findings"]} == {"trail-multi-region"}
    assert len(run["trails"]) == 2
    assert (repository / "repo" / "out.html").read_text().startswith("<!doctype html>")


@pytest.mark.parametrize("name", ["paths", "arguments", "sarif", "html", "fail-on", "annotations"])
@pytest.mark.parametrize(
    "attack",
    ["$(touch owned)", "`touch owned`", "'; touch owned; '", '"; touch owned; "', "x\nsarif=evil\n& touch owned"],
)
def test_what_inputs_hold_is_never_run_and_sets_no_output(repository, name, attack):
    _, _, outputs = run_step(repository, STEPS["Scan"], **{name: attack})

    assert not list(repository.rglob("owned"))
    assert set(outputs) == {"status", "sarif"}
    assert outputs["sarif"] != "evil"


def test_no_script_of_the_action_has_an_expression_in_its_text():
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step.get("run", "")
        assert step.get("shell", "bash") == "bash"


def test_the_installing_step_installs_the_action_itself_and_puts_it_on_the_path(repository):
    calls = repository / "calls"
    place = repository / "runner temp"
    recorder = f'#!/bin/sh\nprintf "%s|" "$@" >> "{calls}"\necho >> "{calls}"\n'
    for path in (repository / "bin" / "python", place / "ctguard" / "bin" / "python"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(recorder)
        path.chmod(0o755)
    step = STEPS["Install ctguard"]
    step = {
        **step,
        "env": {"ACTION_PATH": "/an action/x", "RUNNER_TEMP": str(place), "GITHUB_PATH": str(repository / "p")},
    }

    status, _, _ = run_step(repository, step)

    assert status == 0
    assert calls.read_text().splitlines()[-1].endswith("|install|--quiet|/an action/x|")
    assert (repository / "p").read_text() == f"{place}/ctguard/bin\n"


def test_the_page_on_ci_tells_of_every_input_and_its_default():
    page = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")

    for name, row in ACTION["inputs"].items():
        (line,) = [one for one in page.splitlines() if one.startswith(f"| `{name}` |")]
        assert not row["default"] or f"`{row['default']}`" in line
    for name in TEMPLATE["ctguard"]["variables"]:
        assert f"| `{name}` |" in page


def test_the_example_workflow_uses_inputs_and_outputs_that_there_are():
    workflow = yaml.safe_load((ROOT / "examples" / "ci" / "github.yml").read_text(encoding="utf-8"))

    steps = workflow["jobs"]["ctguard"]["steps"]
    (ours,) = [step for step in steps if step.get("id") == "ctguard"]
    assert set(ours["with"]) <= set(ACTION["inputs"])
    used = re.findall(r"steps\.ctguard\.outputs\.([a-z]+)", json.dumps(steps))
    assert set(used) <= set(ACTION["outputs"])


def test_the_job_of_gitlab_writes_the_reports_that_it_names(repository):
    job = TEMPLATE["ctguard"]
    command = next(line for line in job["script"] if line.startswith("ctguard"))
    variables = {**job["variables"], "CTGUARD_PATH": "infra"}
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=repository / "repo",
        env={**os.environ, **variables, "PATH": f"{repository / 'bin'}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 1
    for path in (*job["artifacts"]["paths"], *job["artifacts"]["reports"].values()):
        assert (repository / "repo" / path).stat().st_size > 0


def test_the_job_of_gitlab_says_what_must_be_set(repository):
    first = TEMPLATE["ctguard"]["script"][0]

    done = subprocess.run(
        ["bash", "-ec", first], env={"CTGUARD_PACKAGE": ""}, capture_output=True, text=True, check=False
    )

    assert done.returncode == 2
    assert "CTGUARD_PACKAGE" in done.stdout
