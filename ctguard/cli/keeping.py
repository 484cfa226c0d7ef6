"""The options of every command that makes a run: where it is kept."""

from __future__ import annotations

from functools import wraps
from typing import Any

import click
from msgspec import Struct

from ctguard.model.errors import CtguardError
from ctguard.model.finding import Run


class Keeping(Struct, frozen=True):
    """Where a run is to be kept, and the name of the runs that it belongs to."""

    store: str | None = None
    series: str = ""

    def keep(self, run: Run) -> int:
        """Keep `run`; return 2 and say so when it could not be: what was found is reported all the same."""
        if self.store is None:
            return 0
        from ctguard.history.record import record_of
        from ctguard.history.store import open_store

        try:
            with open_store(self.store) as store:
                store.add(*record_of(run, self.series))
        except CtguardError as error:
            click.echo(f"ctguard: the run was not kept: {error}\n  {error.hint}", err=True)
            return 2
        return 0


def keeping_options(command: Any) -> Any:
    """Add the options; the command gets them as `keeping`, a `Keeping`."""

    @wraps(command)
    def gathered(**options: Any) -> Any:
        return command(keeping=Keeping(**{name: options.pop(name) for name in Keeping.__struct_fields__}), **options)

    for option in (
        click.option(
            "--store", metavar="URL", help="Keep the run there (`ctguard history`): a file, a database, s3://."
        ),
        click.option("--series", default="", metavar="NAME", help="What the kept run is one of [default: its inputs]."),
    ):
        gathered = option(gathered)
    return gathered
