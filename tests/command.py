"""Run the command line: as a user does, in a process of its own, or here, where many runs must be quick."""

from __future__ import annotations

import gc
import io
import json
import os
import subprocess
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple


@dataclass(frozen=True)
class Done:
    """What a command left behind."""

    status: int
    out: str
    err: str

    @property
    def run(self) -> Any:
        """The run that was printed as JSON."""
        return json.loads(self.out)


def in_a_process(folder: Path, *words: str | Path, stdin: str | None = None, **environment: str) -> Done:
    """Return what `ctguard WORDS` does in `folder`."""
    done = subprocess.run(
        [sys.executable, "-m", "ctguard", *map(str, words)],
        input=stdin,
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "COLUMNS": "100", **environment},
        timeout=60,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


class Needed(NamedTuple):
    """What a command needed: its exit status, seconds of CPU and MiB of memory."""

    status: int
    seconds: float
    mebibytes: float


# A child's peak begins at the size of the process that started it: a small one has to, not the tests'.
_LAUNCHER = """
import os, sys
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, used = os.wait4(child, 0)
print(os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, file=sys.stderr)
"""


def measured(folder: Path, *words: str | Path) -> Needed:
    """Run `ctguard WORDS` in `folder`, throw its output away, and return what it needed."""
    command = [sys.executable, "-c", _LAUNCHER, sys.executable, "-m", "ctguard", *map(str, words)]
    done = subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=True)
    status, seconds, mebibytes = done.stderr.splitlines()[-1].split()
    return Needed(int(status), float(seconds), float(mebibytes))


def here(folder: Path, *words: str | Path) -> Done:
    """Return the same without a process: the interpreter and the rules are loaded once."""
    from ctguard.cli import main

    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="strict", newline="") for _ in range(2))
    try:
        with chdir(folder), redirect_stdout(out), redirect_stderr(err):
            status = main([str(word) for word in words])
    finally:
        gc.enable()
    for stream in (out, err):
        stream.flush()
    return Done(status, *(stream.buffer.getvalue().decode() for stream in (out, err)))  # type: ignore[attr-defined]
