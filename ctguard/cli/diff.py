"""`ctguard diff`: what changed between two saved runs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import click

from ctguard.cli.output import deliver, output_options, targets
from ctguard.model.errors import UsageError
from ctguard.model.finding import Run


@click.command()
@click.argument("old", metavar="OLD.json", type=click.Path(path_type=Path))
@click.argument("new", metavar="NEW.json", type=click.Path(path_type=Path))
@output_options
def diff(old: Path, new: Path, format_: str | None, outputs: tuple[str, ...], quiet: bool, verbose: bool) -> int:
    """Say what changed between two saved runs: new, fixed, changed, waived, no longer judged.

    The formats are console, json and markdown. The exit status is 1 when
    something fails that did not.
    """
    from ctguard.run.baseline import read_saved

    return show_diff(read_saved(old), read_saved(new), format_=format_, outputs=outputs, quiet=quiet, verbose=verbose)


def show_diff(old: Run, new: Run, *, format_: str | None, outputs: Sequence[str], quiet: bool, verbose: bool) -> int:
    """Report what changed from `old` to `new`; return 1 when something fails that did not."""
    from ctguard.model.run_diff import diff_runs
    from ctguard.render.diff_report import DIFF_FORMATS, render

    for name in (format_ or "console", *(name for name, _ in targets(outputs))):
        if name not in DIFF_FORMATS:
            raise UsageError(f"a diff has no format {name}", hint=f"the formats are {', '.join(DIFF_FORMATS)}")
    found = diff_runs(old, new)
    deliver(partial(render, found), format_=format_, outputs=outputs, quiet=quiet, console={"verbose": verbose})
    return 1 if found.is_worse else 0
