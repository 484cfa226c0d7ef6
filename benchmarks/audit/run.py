"""Measure `ctguard audit` beside prowler: calls, CPU seconds and time, on one account that a server plays.

    python -m benchmarks.audit.run [--prowler /path/to/its/environment] [--times 3]

The account has four trails, 32 regions, 24 buckets of which four serve trails, and 14 metric filters with alarms.
Both tools judge what prowler's checks of CloudTrail and CloudWatch judge; left out are the checks that search events
and log files. Prowler comes from PyPI, in an environment of its own. The server is a process of its own, whose CPU
is not counted.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.scan.measure import needed
from tests.live.front import Front, front
from tests.live.scenes import estate
from tests.live.test_cost import LIKE_PROWLER

MOST_CALLS: Final = 95
MOST_CPU: Final = 1.3
LATENCIES: Final = (0.0, 0.03)
UNRELATED: Final = (20, 220)
"""Buckets that serve no trail: as the account has them, and 200 more."""

SEARCHING: Final = (
    *("cloudtrail_threat_detection_enumeration", "cloudtrail_threat_detection_llm_jacking"),
    *("cloudtrail_threat_detection_privilege_escalation", "cloudwatch_log_group_no_secrets_in_logs"),
)
FINISHED: Final = (0, 1, 3)
"""Statuses of a tool that came to its end; prowler's 3 says that a check fails."""


class Row(NamedTuple):
    """What one tool needed; the least of several runs."""

    tool: str
    unrelated: int
    latency: float
    calls: int
    cpu: float
    wall: float
    memory: float
    status: int


def main() -> int:
    """Print the table; 1 when ctguard is over its bounds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prowler", type=Path, help="the environment that prowler is installed in")
    parser.add_argument("--times", type=int, default=3)
    given = parser.parse_args()
    commands = {"ctguard": ctguard()}
    if given.prowler is not None:
        commands["prowler"] = prowler(given.prowler)
    rows = list(measured(commands, given.times))
    return 1 if any(broken_bounds(rows)) else 0


def ctguard() -> list[str]:
    """Return the command that asks ctguard for the rules that prowler's checks come nearest to."""
    return [sys.executable, "-m", "ctguard", "audit", "--select", ",".join(LIKE_PROWLER), "-f", "json"]


def prowler(environment: Path) -> list[str]:
    """Return the command that asks prowler for its checks of CloudTrail and CloudWatch."""
    words = ["aws", "--service", "cloudtrail", "cloudwatch", "--excluded-check", *SEARCHING]
    return [str(environment / "bin" / "prowler"), *words, "-M", "csv", "--no-banner", "--log-level", "CRITICAL"]


def measured(commands: dict[str, list[str]], times: int) -> Iterator[Row]:
    """Measure each tool in each account and latency, and print as it comes."""
    print("tool      other buckets  latency   calls  CPU s  time s    MiB  exit")
    with front() as aws, tempfile.TemporaryDirectory() as folder:
        os.environ |= {**aws.environment, "HOME": folder}
        os.environ["PYTHONPATH"] = str(Path.cwd())
        os.chdir(folder)
        for unrelated in UNRELATED:
            aws.reset()
            estate(aws, unrelated=unrelated)
            for latency in LATENCIES:
                aws.delay(latency)
                for tool, command in commands.items():
                    row = _measure(aws, tool, command, unrelated, latency, times)
                    print(
                        f"{tool:10}{unrelated:13d}{1000 * latency:6.0f} ms{row.calls:8d}{row.cpu:7.2f}{row.wall:8.1f}"
                        f"{row.memory:7.0f}{row.status:6d}{'' if row.status in FINISHED else '  did not finish'}",
                        flush=True,
                    )
                    yield row


def _measure(aws: Front, tool: str, command: Sequence[str], unrelated: int, latency: float, times: int) -> Row:
    runs = []
    for _ in range(times):
        aws.forget()
        begun = time.perf_counter()
        used = needed(command, times=1)
        wall = time.perf_counter() - begun
        calls = sum(aws.counted().values())
        runs.append(Row(tool, unrelated, latency, calls, used.cpu, wall, used.memory, used.status))
    return min(runs, key=lambda row: row.cpu)


def broken_bounds(rows: Sequence[Row]) -> Iterator[str]:
    """Yield, and print, what ctguard needed more of than it may."""
    ours = [row for row in rows if row.tool == "ctguard"]
    complaints = [f"{row.calls} calls, at most {MOST_CALLS}" for row in ours if row.calls > MOST_CALLS]
    complaints += [f"{row.cpu:.2f} CPU seconds, at most {MOST_CPU}" for row in ours if row.cpu > MOST_CPU]
    complaints += ["more calls with more buckets"] * (len({row.calls for row in ours}) > 1)
    for complaint in complaints:
        print(f"over its bound: {complaint}")
        yield complaint


if __name__ == "__main__":
    sys.exit(main())
