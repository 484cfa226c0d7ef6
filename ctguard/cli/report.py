"""`ctguard report`: a saved run in another format."""

from __future__ import annotations

from pathlib import Path

import click

from ctguard.cli.output import output_options, targets
from ctguard.cli.output import report as show


@click.command()
@click.argument("run_file", metavar="RUN.json", type=click.Path(path_type=Path))
@output_options
def report(run_file: Path, format_: str | None, outputs: tuple[str, ...], quiet: bool, verbose: bool) -> None:
    """Show a saved run in another format.

    RUN.json is what `ctguard scan -o run.json` wrote; it is checked before anything is made of it.
    """
    from ctguard.run.baseline import read_saved

    targets(outputs)
    show(read_saved(run_file), format_=format_, outputs=outputs, quiet=quiet, verbose=verbose)
