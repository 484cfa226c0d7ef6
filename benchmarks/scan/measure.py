"""Run a command and say what it needed: CPU seconds of the whole process tree, and its largest resident set."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from typing import NamedTuple


class Needed(NamedTuple):
    """What a command needed; `status` is its exit status."""

    cpu: float
    memory: float
    status: int


# The process that waits is a small one: a child's peak begins at the size of the process that forked it.
_WATCH = """
import resource, subprocess, sys
try:
    status = subprocess.run(sys.argv[2:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                            timeout=float(sys.argv[1])).returncode
except subprocess.TimeoutExpired:
    status = -1
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, status)
"""


def needed(command: Sequence[str], *, times: int, seconds: float = 600) -> Needed:
    """Run `command` a few times; return the least CPU seconds, the most MiB, and the exit status (-1: too slow).

    Bytecode is written, as it is for users, so that the first run may cost more than the others.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    runs = [_once(command, seconds, environment) for _ in range(times)]
    return Needed(min(run.cpu for run in runs), max(run.memory for run in runs), runs[-1].status)


def _once(command: Sequence[str], seconds: float, environment: dict[str, str]) -> Needed:
    watched = [sys.executable, "-c", _WATCH, str(seconds), *command]
    done = subprocess.run(watched, capture_output=True, text=True, check=True, env=environment)
    cpu, memory, status = done.stdout.split()
    return Needed(float(cpu), float(memory), int(status))
