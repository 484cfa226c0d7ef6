"""`ctguard report`: a saved run in another format."""

from __future__ import annotations

from pathlib import Path

import click

from ctguard.cli.output import output_options, targets
from ctguard.cli.output import report as show
from ctguard.model.errors import CtguardError


@click.command()
@click.argument("run_file", metavar="RUN.json", type=click.Path(path_type=Path))
@output_options
def report(run_file: Path, format_: str | None, outputs: tuple[str, ...], quiet: bool, verbose: bool) -> None:
    """Show a saved run in another format.

    RUN.json is what `ctguard scan -o run.json` wrote; it is checked before anything is made of it.
    """
    from ctguard.model.run_file import read_run

    targets(outputs)
    try:
        data = run_file.read_bytes()
    except OSError as error:
        raise CtguardError(f"{run_file}: {error.strerror}", hint="give the JSON of a saved run") from error
    show(read_run(data, str(run_file)), format_=format_, outputs=outputs, quiet=quiet, verbose=verbose)
