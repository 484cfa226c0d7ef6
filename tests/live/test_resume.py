"""An audit that is cut short: what is on the disk stays whole, and `--resume` does the rest and only that."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time

import pytest

from tests.command import in_a_process
from tests.live.scenes import one_trail

RULES = "trail-logging-enabled,trail-insights,bucket-*,key-*,config-recorder-on,alarm-actions"
WORDS = ("audit", "--select", RULES, "-f", "json", "--snapshot", "facts.json")
KILLS = 5
ENTERING = {"GetCallerIdentity"}
"""Whoever goes on must find out again who it is."""


@pytest.fixture
def undisturbed(aws, audit, tmp_path):
    """Return the findings of an audit that nobody disturbs; its snapshot is there when the disturbed one begins."""
    one_trail(aws)
    done = audit(*WORDS[1:])
    assert done.status == 1, done.err
    aws.forget()
    return told(done.run)


def told(run):
    """Return the verdicts of a run; explanations tell times."""
    return [(one["rule_id"], one["resource"]["address"], one["status"]) for one in run["findings"]]


def begin(aws, folder, *words) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "ctguard", *WORDS, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
        env={**os.environ, **aws.environment},
    )


def journaled(folder) -> set[str]:
    """Return the calls that the journal holds as done; the last line may be torn, no other."""
    *lines, last = (folder / "facts.json.journal").read_bytes().split(b"\n")
    head, *rest = map(json.loads, lines)
    assert head["asked"]
    assert b"\n" not in last
    return {asked(line["call"]) for line in rest if "call" in line}


def asked(call) -> str:
    return json.dumps([call["service"], call["operation"], call["region"], call["parameters"]], sort_keys=True)


def asked_of(aws) -> list[str]:
    return [asked(call) for call in aws.calls() if call["operation"] not in ENTERING]


@pytest.mark.parametrize("seed", range(4))
def test_killed_at_any_moment_it_goes_on_and_repeats_nothing(aws, tmp_path, undisturbed, seed):
    old = (tmp_path / "facts.json").read_bytes()
    moments = random.Random(seed)
    done: set[str] = set()
    for words in [(), *[("--resume",)] * (KILLS - 1)]:
        process = begin(aws, tmp_path, *words)
        aws.on("*", die=process.pid, after=moments.randint(0, 5))
        process.communicate(timeout=60)

        assert process.returncode == -signal.SIGKILL
        assert (tmp_path / "facts.json").read_bytes() == old
        assert sorted(path.name for path in tmp_path.iterdir()) == ["facts.json", "facts.json.journal"]
        assert done.isdisjoint(asked_of(aws))
        assert done <= (done := journaled(tmp_path))
        aws.clear()
        aws.enable("us-east-1", "eu-west-1", "eu-central-1")
        aws.forget()

    resumed = in_a_process(tmp_path, *WORDS, "--resume", **aws.environment)

    assert told(resumed.run) == undisturbed
    assert resumed.run["errors"] == []
    assert done.isdisjoint(asked_of(aws))
    assert [path.name for path in tmp_path.iterdir()] == ["facts.json"]


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_leaves_what_is_known_and_the_rest_can_be_asked_later(aws, tmp_path, undisturbed, number, status):
    aws.on("cloudtrail.GetTrailStatus", seconds=30)
    process = begin(aws, tmp_path)
    while "cloudtrail.GetTrailStatus" not in aws.counted():
        time.sleep(0.05)
    process.send_signal(number)
    out, err = process.communicate(timeout=20)

    assert process.returncode == status, err
    run = json.loads(out)
    assert [error["kind"] for error in run["errors"]] == ["incomplete"]
    assert {one["status"] for one in run["findings"] if one["rule_id"] == "trail-logging-enabled"} == {"unknown"}
    assert "Traceback" not in err
    assert [path.name for path in tmp_path.iterdir()] == ["facts.json"]

    known = {asked(call) for call in json.loads((tmp_path / "facts.json").read_bytes())["calls"]}
    aws.clear()
    aws.enable("us-east-1", "eu-west-1", "eu-central-1")
    aws.forget()
    resumed = in_a_process(tmp_path, *WORDS, "--resume", **aws.environment)

    assert told(resumed.run) == undisturbed
    assert known.isdisjoint(asked_of(aws))
