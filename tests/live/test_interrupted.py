"""An audit that is broken off: what it learnt stays, and the next one goes on from there."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest

from tests.live.scenes import one_trail

ASKED_AGAIN = "sts.GetCallerIdentity"
"""Who asks is asked each time: a resumed audit must not mix two accounts."""

SLOW = "s3.GetBucketVersioning"


def started(aws, folder, *words):
    """Return a process that audits, in the midst of it."""
    command = [sys.executable, "-m", "ctguard", "audit", "--select", "bucket-*", *words]
    environment = {**os.environ, **aws.environment}
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    until = time.monotonic() + 50
    while not aws.counted()[SLOW] and time.monotonic() < until:
        time.sleep(0.05)
    return process


def ended(process):
    with process:
        out, err = process.communicate(timeout=50)
    return process.returncode, out.decode(), err.decode()


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_leaves_a_snapshot_that_says_that_it_is_not_whole(aws, audit, tmp_path, number, status):
    one_trail(aws)
    aws.on(SLOW, seconds=20)

    process = started(aws, tmp_path, "--snapshot", "facts.json", "-f", "json")
    process.send_signal(number)
    code, out, _ = ended(process)

    assert code == status
    assert [path.name for path in tmp_path.iterdir()] == ["facts.json"]
    assert json.loads((tmp_path / "facts.json").read_text())["finished_at"] == ""
    assert "cut short" in json.loads(out)["errors"][0]["message"]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_what_was_done_is_not_asked_again(aws, audit, tmp_path, number):
    one_trail(aws)
    whole = audit("--select", "bucket-*", "-f", "json").run["findings"]
    aws.forget()
    aws.on(SLOW, seconds=20, times=1)
    process = started(aws, tmp_path, "--snapshot", "facts.json")
    time.sleep(0.5)
    process.send_signal(number)
    ended(process)

    done = audit("--select", "bucket-*", "-f", "json", "--snapshot", "facts.json", "--resume")

    asked = Counter(json.dumps(call, sort_keys=True) for call in aws.calls())
    again = {json.loads(call)["operation"] for call, times in asked.items() if times > 1}
    assert again <= {"GetCallerIdentity", "GetBucketVersioning"}
    assert done.run["findings"] == whole
    assert [path.name for path in tmp_path.iterdir()] == ["facts.json"]


def test_a_killed_audit_leaves_the_snapshot_before_it_as_it_was(aws, audit, tmp_path):
    one_trail(aws)
    audit("--select", "bucket-*", "--snapshot", "facts.json")
    before = (tmp_path / "facts.json").read_bytes()
    aws.forget()
    aws.on(SLOW, seconds=20, times=1)

    process = started(aws, tmp_path, "--snapshot", "facts.json")
    process.kill()
    ended(process)

    assert (tmp_path / "facts.json").read_bytes() == before
    assert audit("--select", "bucket-*", "--snapshot", "facts.json").status == 1


def test_another_audit_is_not_resumed(aws, audit, tmp_path):
    one_trail(aws)
    aws.on(SLOW, seconds=20)
    process = started(aws, tmp_path, "--snapshot", "facts.json")
    process.terminate()
    ended(process)

    done = audit("--select", "key-*", "--snapshot", "facts.json", "--resume")

    assert done.status == 2
    assert "was asked something else" in done.err


def test_a_finished_audit_is_not_resumed(aws, audit):
    one_trail(aws)
    audit("--select", "trail-exists", "--snapshot", "facts.json")

    done = audit("--select", "trail-exists", "--snapshot", "facts.json", "--resume")

    assert (done.status, "this audit was finished" in done.err) == (2, True)
