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
from typing import Any


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
