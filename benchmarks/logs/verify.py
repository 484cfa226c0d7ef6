"""Measure `ctguard logs verify` beside `aws cloudtrail validate-logs`, on the same archives and in the same run.

    python -m benchmarks.logs.verify --awscli /path/to/venv/bin/aws [--sizes 1000 10000] [--latency 0 20]

Both run as commands, start-up included. Wall and CPU are seconds, memory is the
largest resident set in MiB, requests are counted by the server. The AWS CLI comes
from PyPI, in an environment of its own: it pins its own botocore.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.logs.local_s3 import bucket_of, local_s3, requests_so_far
from ctguard.logs.times import DAY, iso
from tests.logs.forge import ARN, BUCKET, START, Archive, ForgedChain, chain, public_key, record

PER_HOUR = 12


@dataclass
class Measured:
    """What one command needed."""

    wall: float
    cpu: float
    memory: float
    requests: int
    status: int


def small_archive(logs: int) -> ForgedChain:
    """Return an archive of `logs` log files of a few records each, twelve an hour."""
    forged = chain(Archive())
    forged.deliver(hours=-(-logs // PER_HOUR), logs=PER_HOUR)
    return forged


def large_archive(logs: int, size: int = 3_000_000) -> ForgedChain:
    """Return an archive of `logs` log files of about `size` bytes, compressed."""
    forged = chain(Archive())
    chance = random.Random(1)
    events = []
    while len(events) < size // 190:
        moment = START + len(events)
        unique = {"requestID": f"{chance.getrandbits(512):x}", "key": f"{chance.getrandbits(512):x}"}
        events.append(record("GetObject", moment, **unique))
    body = gzip.compress(json.dumps({"Records": events}).encode(), 6)
    for _ in range(logs // PER_HOUR + 1):
        count = min(PER_HOUR, logs - PER_HOUR * len(forged.digests))
        digest = forged.deliver(1, logs=0)[0]
        keys = [forged.put_log(digest.period.start + 300 * (n + 1), [], f"{n:016d}") for n in range(count)]
        for key in keys:
            forged.archive.put(key, body)
        forged.digests.pop()
        forged.put_digest(digest.period, keys)
    return forged


def measured(command: list[str], url: str) -> Measured:
    """Run a command to its end and return what it needed."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": "/nonexistent",
        "PYTHONPATH": "",
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    before = sum(requests_so_far(url).values())
    start = time.monotonic()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    watched = _Peak(process.pid)
    out, err = watched.wait(process)
    wall = time.monotonic() - start
    requests = sum(requests_so_far(url).values()) - before
    if process.returncode not in (0, 1):
        sys.exit(f"{command}\n{out[-2000:]}\n{err[-2000:]}")
    return Measured(wall, watched.cpu, watched.memory, requests, process.returncode)


class _Peak:
    """The largest resident set and the CPU time of a process, from its own accounting when it ends."""

    def __init__(self, pid: int) -> None:
        self.memory = self.cpu = 0.0
        self._status = Path(f"/proc/{pid}/status")

    def wait(self, process: subprocess.Popen[str]) -> tuple[str, str]:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        while True:
            try:
                return process.communicate(timeout=0.05)
            except subprocess.TimeoutExpired:
                self._look()
            finally:
                after = resource.getrusage(resource.RUSAGE_CHILDREN)
                self.cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    def _look(self) -> None:
        try:
            for line in self._status.read_text().splitlines():
                if line.startswith("VmHWM"):
                    self.memory = max(self.memory, int(line.split()[1]) / 1024)
        except OSError:
            return


def compare(name: str, forged: ForgedChain, latency: int, awscli: str | None) -> None:
    """Print a line for each tool over one archive at one latency."""
    window = [iso(forged.window.start), iso(forged.window.end)]
    keys = [public_key(start=START - 9 * DAY, end=START + 900 * DAY)]
    ctguard = str(Path(sys.executable).with_name("ctguard"))
    commands = {
        "ctguard": [ctguard, "logs", "verify", "--trail-arn", ARN, "--start", window[0], "--end", window[1], "-q"],
    }
    if awscli:
        range_ = ["--start-time", window[0], "--end-time", window[1]]
        commands["aws"] = [awscli, "cloudtrail", "validate-logs", "--trail-arn", ARN, *range_]
    found: dict[str, Measured] = {}
    with local_s3(bucket_of(forged.archive, BUCKET, ARN, keys), latency / 1000) as url:
        for tool, command in commands.items():
            found[tool] = result = measured(command, url)
            print(
                f"{name:>16} {latency:>3} ms  {tool:<8} wall {result.wall:8.2f}  cpu {result.cpu:7.2f}"
                f"  {result.memory:6.0f} MiB  {result.requests:>7} requests  exit {result.status}",
                flush=True,
            )
    if "aws" in found:
        print(f"{'':>25} {found['aws'].wall / found['ctguard'].wall:.1f} times as fast", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--awscli", help="the aws command of an environment of its own")
    parser.add_argument("--sizes", type=int, nargs="*", default=[1000, 10_000])
    parser.add_argument("--large", type=int, default=0, help="how many log files of 3 MB")
    parser.add_argument("--latency", type=int, nargs="*", default=[0, 20])
    options = parser.parse_args()
    archives = {f"{size} small": small_archive(size) for size in options.sizes}
    if options.large:
        archives[f"{options.large} of 3 MB"] = large_archive(options.large)
    for name, forged in archives.items():
        for latency in options.latency:
            compare(name, forged, latency, options.awscli)


if __name__ == "__main__":
    main()
