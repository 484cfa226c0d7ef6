"""The options of every command that makes a run: where it is kept, and who is told what changed."""

from __future__ import annotations

from datetime import timedelta
from functools import wraps
from typing import Any, Final

import click
from msgspec import Struct

from ctguard.model.errors import CtguardError, UsageError
from ctguard.model.finding import Run

REMEMBERED: Final = timedelta(days=35)
"""A run is laid beside the one before it unless that is older."""


class Keeping(Struct, frozen=True):
    """Where a run is to be kept, the name of the runs that it belongs to, and who is told."""

    store: str | None = None
    series: str = ""
    notify: tuple[str, ...] = ()
    report_url: str | None = None

    def check(self) -> None:
        """Refuse before any work what cannot be done; raises UsageError."""
        from ctguard.notify.channels import channel_of

        if self.notify and self.store is None:
            raise UsageError("--notify tells what changed, and needs --store to know", hint="add --store URL")
        for address in self.notify:
            channel_of(address)

    def keep(self, run: Run) -> int:
        """Keep `run` and tell of it; return 2, saying why, when either failed: what was found is reported anyway."""
        if self.store is None:
            return 0
        try:
            message = self._kept(run, self.store)
        except CtguardError as error:
            return _failed("the run was not kept", error)
        return max((self._told(address, message) for address in self.notify if message), default=0)

    def _kept(self, run: Run, url: str) -> dict[str, Any] | None:
        """Keep the run and return what is to be told of it."""
        from ctguard.history.record import record_of
        from ctguard.history.store import open_store

        record, document = record_of(run, self.series)
        with open_store(url, is_new=True) as store:
            since = record.day - REMEMBERED
            before = [
                one
                for one in (
                    store.records([], series=record.series, since=since, until=record.day) if self.notify else ()
                )
                if (one.started_at, one.id) < (record.started_at, record.id)
            ]
            older = store.document(before[-1].id) if before else None
            store.add(record, document)
        return self._message(run, record.series, older) if self.notify else None

    def _message(self, run: Run, series: str, older: bytes | None) -> dict[str, Any] | None:
        from ctguard.model.run_diff import diff_runs
        from ctguard.model.run_file import read_run
        from ctguard.notify.message import first_message, message_of

        if older is None:
            return first_message(run, series, self.report_url)
        return message_of(diff_runs(read_run(older), run), series, self.report_url)

    def _told(self, address: str, message: dict[str, Any]) -> int:
        from ctguard.notify.channels import send

        try:
            send(address, message)
        except CtguardError as error:
            return _failed("nobody was told", error)
        return 0


def _failed(what: str, error: CtguardError) -> int:
    click.echo(f"ctguard: {what}: {error}\n  {error.hint}", err=True)
    return 2


def keeping_options(command: Any) -> Any:
    """Add the options; the command gets them as `keeping`, a `Keeping`."""

    @wraps(command)
    def gathered(**options: Any) -> Any:
        keeping = Keeping(**{name: options.pop(name) for name in Keeping.__struct_fields__})
        if keeping.notify:
            keeping.check()
        return command(keeping=keeping, **options)

    for option in (
        click.option("--report-url", metavar="URL", help="Where the report will be, for the message."),
        click.option(
            "--notify",
            multiple=True,
            metavar="TO",
            help="Tell what changed since the run before: an SNS topic's ARN, or an https:// URL. Repeatable.",
        ),
        click.option("--series", default="", metavar="NAME", help="What the kept run is one of [default: its inputs]."),
        click.option(
            "--store", metavar="URL", help="Keep the run there (`ctguard history`): a file, a database, s3://."
        ),
    ):
        gathered = option(gathered)
    return gathered
