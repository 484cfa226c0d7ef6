"""`ctguard demo`: an audit and its report, without AWS."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from ctguard.cli.output import output_options, report, targets, view_option
from ctguard.run.judging import Asked, prepare

REPORT: Final = "ctguard-demo.html"


@click.command()
@view_option
@output_options
def demo(format_: str | None, outputs: tuple[str, ...], quiet: bool, verbose: bool, view: str) -> int:
    """Audit an account that lives in this process, and report on it: nothing leaves this machine.

    Without -o the report for a browser is written to ctguard-demo.html.
    """
    from ctguard.cli.audit import AuditLine
    from ctguard.run.audit import Accounts, audit
    from ctguard.run.demo_account import demo_account

    written = outputs or (REPORT,)
    targets(written)
    judging = prepare(Asked())
    line = AuditLine(quiet=quiet)
    try:
        with demo_account():
            run = audit(judging, Accounts(), line).run
    finally:
        line.clear()
    report(run, format_=format_, outputs=written, quiet=quiet, verbose=verbose, view=view)
    if not quiet and not outputs:
        click.echo(f"open {Path(REPORT).absolute().as_uri()}", err=True)
    return judging.exit_status(run)
