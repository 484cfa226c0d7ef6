"""The run as the JSON of the contract."""

from __future__ import annotations

from ctguard.model.finding import Run
from ctguard.model.run_file import write_run


def render(run: Run) -> bytes:
    """Return the whole run, nothing shortened: what `ctguard report` and other tools read."""
    return write_run(run)
