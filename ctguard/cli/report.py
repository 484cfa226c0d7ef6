"""`ctguard report`: a saved run in another format."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ctguard.cli.output import output_options, targets, view_option
from ctguard.cli.output import report as show
from ctguard.model.named_file import read_named

if TYPE_CHECKING:
    from ctguard.model.log_verification import LogVerification


@click.command()
@click.argument("run_file", metavar="RUN.json", type=click.Path(path_type=Path))
@click.option(
    "--logs",
    "logs_file",
    metavar="VERIFY.json",
    type=click.Path(path_type=Path),
    help="What `ctguard logs verify -o VERIFY.json` wrote; an HTML report shows its hours.",
)
@view_option
@output_options
def report(
    run_file: Path,
    logs_file: Path | None,
    format_: str | None,
    outputs: tuple[str, ...],
    quiet: bool,
    verbose: bool,
    view: str,
) -> None:
    """Show a saved run in another format.

    RUN.json is what `ctguard scan -o run.json` wrote; it is checked before anything is made of it.
    """
    from ctguard.run.baseline import read_saved

    targets(outputs)
    run, logs = read_saved(run_file), _verification(logs_file) if logs_file else None
    show(run, format_=format_, outputs=outputs, quiet=quiet, verbose=verbose, view=view, logs=logs)


def _verification(path: Path) -> LogVerification:
    from ctguard.model.log_verification import read_verification

    data = read_named(path, hint="give what `ctguard logs verify -o FILE.json` wrote")
    return read_verification(data, str(path))
