"""`ctguard history`: runs kept in a store, and what held over a period."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ctguard.cli.output import output_options, targets, view_option
from ctguard.cli.output import report as show_run
from ctguard.history.store import DEFAULT, open_store, pick
from ctguard.model.errors import CtguardError, Fault, UsageError
from ctguard.model.named_file import read_named
from ctguard.model.whole_file import write_whole
from ctguard.run.baseline import SAVED_RUN

if TYPE_CHECKING:
    from ctguard.history.assurance import Statement
    from ctguard.history.record import Record

Written = Callable[[], str | bytes]

_STORE = click.option(
    "--store",
    "url",
    default=DEFAULT,
    show_default=True,
    metavar="URL",
    help="A file, postgresql://USER@HOST/DATABASE, or s3://BUCKET/PREFIX.",
)
_SERIES = click.option("--series", metavar="NAME", help="Only the runs of this series.")
_DAY = click.DateTime(["%Y-%m-%d"])


def _answer_options(*formats: str) -> Callable[[Any], Any]:
    """Add -f and -o for a command that answers with something else than a run."""

    def add(command: Any) -> Any:
        for option in (
            click.option(
                "-f", "--format", "format_", type=click.Choice(["console", *formats]), help="What stdout gets."
            ),
            click.option(
                "-o",
                "--output",
                "outputs",
                multiple=True,
                metavar="FILE",
                help=f"Write {', '.join(formats)}. Repeatable.",
            ),
        ):
            command = option(command)
        return command

    return add


@click.group()
def history() -> None:
    """Runs kept in a store, and what held over a period.

    `--store URL` of scan and audit keeps a run there.
    """


@history.command()
@click.argument("files", metavar="RUN.json ...", nargs=-1, required=True, type=click.Path(path_type=Path))
@_STORE
@_SERIES
def add(files: tuple[Path, ...], url: str, series: str | None) -> int:
    """Keep saved runs, those of CI say, in the store."""
    from ctguard.history.record import record_of
    from ctguard.model.run_file import read_run

    faults: list[Fault] = []
    with open_store(url, is_new=True) as store:
        for path in files:
            try:
                store.add(*record_of(read_run(read_named(path, hint=SAVED_RUN), str(path)), series or ""))
            except CtguardError as error:
                faults.append(Fault(str(path), "unreadable", f"{error}; {error.hint}"))
    return _told(faults)


@history.command(name="list")
@_STORE
@_SERIES
@_answer_options("json")
def list_(url: str, series: str | None, format_: str | None, outputs: tuple[str, ...]) -> int:
    """List the runs that are kept, oldest first."""
    records, faults = _records(url, series)
    _deliver(
        {"console": lambda: _runs(records), "json": lambda: _json([_brief(one) for one in records])}, format_, outputs
    )
    return _told(faults)


@history.command()
@click.argument("run")
@_STORE
@_SERIES
@view_option
@output_options
def show(
    run: str,
    url: str,
    series: str | None,
    format_: str | None,
    outputs: tuple[str, ...],
    quiet: bool,
    verbose: bool,
    view: str,
) -> int:
    """Show one kept run: RUN is an id, the beginning of one, `latest` or `latest~1`."""
    from ctguard.model.run_file import read_run

    targets(outputs)
    from ctguard.history.trend import trend as points_of

    faults: list[Fault] = []
    with open_store(url) as store:
        records = list(store.records(faults, series=series))
        chosen = pick(records, run)
        document = store.document(chosen.id)
    upto = [one for one in records[: records.index(chosen) + 1] if one.series == chosen.series]
    kept = read_run(document, chosen.id)
    trend = points_of(upto)
    show_run(kept, format_=format_, outputs=outputs, quiet=quiet, verbose=verbose, view=view, trend=trend)
    return _told(faults)


@history.command()
@click.argument("old")
@click.argument("new")
@_STORE
@_SERIES
@output_options
def diff(
    old: str,
    new: str,
    url: str,
    series: str | None,
    format_: str | None,
    outputs: tuple[str, ...],
    quiet: bool,
    verbose: bool,
) -> int:
    """Say what changed between two kept runs, named as for `show`; exit status as `ctguard diff`."""
    from ctguard.cli.diff import show_diff
    from ctguard.model.run_file import read_run

    faults: list[Fault] = []
    with open_store(url) as store:
        records = list(store.records(faults, series=series))
        chosen = [pick(records, word).id for word in (old, new)]
        before, after = (read_run(store.document(run_id), run_id) for run_id in chosen)
    status = show_diff(before, after, format_=format_, outputs=outputs, quiet=quiet, verbose=verbose)
    return max(status, _told(faults))


@history.command()
@_STORE
@_SERIES
@click.option("--since", type=_DAY, help="The first day.")
@click.option("--until", type=_DAY, help="The last day.")
@_answer_options("json", "svg")
def trend(
    url: str,
    series: str | None,
    since: datetime | None,
    until: datetime | None,
    format_: str | None,
    outputs: tuple[str, ...],
) -> int:
    """Show how failures, unknowns and passes went from run to run."""
    from ctguard.history.trend import trend as points_of
    from ctguard.render.trend import render

    records, faults = _records(url, series, since, until)
    points = points_of(records)
    rows = [
        (one.started_at, one.series, *(one.summary.get(name, 0) for name in ("fail", "unknown", "pass", "waived")))
        for one in points
    ]
    head = ("started", "series", "fail", "unknown", "pass", "waived")
    _deliver(
        {
            "console": lambda: _columns(head, rows, "no run is kept there"),
            "json": lambda: _json(points),
            "svg": lambda: render(_one_series(points), f"Trend of {points[-1].series}" if points else "Trend"),
        },
        format_,
        outputs,
    )
    return _told(faults)


@history.command()
@_STORE
@_SERIES
@click.option("--from", "since", type=_DAY, required=True, help="The first day (UTC).")
@click.option("--to", "until", type=_DAY, required=True, help="The last day (UTC).")
@click.option("--framework", "frameworks", multiple=True, metavar="NAME", help="Only its controls; a glob. Repeatable.")
@_answer_options("json")
def assure(
    url: str,
    series: str | None,
    since: datetime,
    until: datetime,
    frameworks: tuple[str, ...],
    format_: str | None,
    outputs: tuple[str, ...],
) -> int:
    """State what held over a period, control by control, day by day.

    Exit status: 0 every control held on every day; 1 one failed, or a day proves nothing;
    2 the store could not be read whole.
    """
    from ctguard.history.assurance import assure as state

    if until < since:
        raise UsageError("--to is before --from", hint="give the first day, then the last")
    faults: list[Fault] = []
    records = list(_proven(url, series, since.date(), until.date(), faults))
    _check_frameworks(records, frameworks)
    statement = state(records, since.date(), until.date(), frameworks)
    _deliver({"console": lambda: _statement(statement), "json": lambda: _json(statement)}, format_, outputs)
    return _told(faults) or int(not statement.controls or any(one.verdict != "held" for one in statement.controls))


@history.command()
@_STORE
@_SERIES
@click.option("--keep-days", type=click.IntRange(min=1), required=True, help="Forget runs that are older.")
@click.option("--yes", is_flag=True, help="Do it; without this it is only said what would go.")
def prune(url: str, series: str | None, keep_days: int, yes: bool) -> int:
    """Forget old runs for good, where no retention of the store itself does it."""
    last = datetime.now(UTC).date() - timedelta(days=keep_days + 1)
    faults: list[Fault] = []
    with open_store(url) as store:
        old = list(store.records(faults, series=series, until=last))
        if yes:
            store.remove(old)
    click.echo(f"{len(old)} runs until {last} {'are forgotten' if yes else 'would go: say --yes'}")
    return _told(faults)


def _records(
    url: str, series: str | None, since: datetime | None = None, until: datetime | None = None
) -> tuple[list[Record], list[Fault]]:
    faults: list[Fault] = []
    with open_store(url) as store:
        return list(store.records(faults, series=series, since=_day(since), until=_day(until))), faults


def _proven(url: str, series: str | None, since: date, until: date, faults: list[Fault]) -> Iterator[Record]:
    """Yield the records of the period, each held against the run that it is kept with."""
    from ctguard.history.record import checked_record

    with open_store(url) as store:
        # All are looked at: one that says another day or series than it is filed under is a fault wherever it is.
        for record in store.records(faults):
            if not since <= record.day <= until or series not in (None, record.series):
                continue
            try:
                checked_record(record, store.document(record.id), f"run {record.id}")
            except CtguardError as error:
                faults.append(Fault(record.id, "damaged", str(error)))
            else:
                yield record


def _check_frameworks(records: Sequence[Record], frameworks: Sequence[str]) -> None:
    known = sorted({name for record in records for pairs in record.controls.values() for name, _ in pairs})
    for word in frameworks:
        if records and not any(fnmatchcase(name, word) for name in known):
            raise UsageError(f"--framework {word}: no kept run speaks of it", hint=f"they speak of {', '.join(known)}")


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


def _deliver(written: dict[str, Written], format_: str | None, outputs: Sequence[str]) -> None:
    for output in outputs:
        ending = Path(output).suffix.lstrip(".")
        if ending not in written or ending == "console":
            known = ", ".join(f".{name}" for name in written if name != "console")
            raise UsageError(f"-o {output}: this command writes {known}", hint="give the file such an ending")
        write_whole(Path(output), written[ending]())
    if format_ or not outputs:
        click.echo(written[format_ or "console"]())


def _json(document: Any) -> bytes:
    from ctguard.model.run_file import write_json

    return write_json(document).rstrip(b"\n")


def _columns(head: Sequence[str], rows: Sequence[Sequence[object]], nothing: str) -> str:
    from ctguard.render.columns import columns

    return columns(head, rows) if rows else nothing


def _brief(record: Record) -> dict[str, Any]:
    return {
        "id": record.id,
        "series": record.series,
        "started_at": record.started_at,
        "version": record.version,
        "rules_digest": record.rules_digest,
        "digest": record.digest,
        "is_whole": record.is_whole,
        "summary": record.summary,
        "trails": [{"address": address, "verdict": verdict} for address, verdict in record.trails],
    }


def _runs(records: Sequence[Record]) -> str:
    rows = [
        (one.id[:8], one.started_at, one.series, one.summary["fail"], one.summary["unknown"], _verdicts(one))
        for one in records
    ]
    return _columns(("run", "started", "series", "fail", "unknown", "trails"), rows, "no run is kept there")


def _verdicts(record: Record) -> str:
    verdicts = [verdict for _, verdict in record.trails]
    told = ", ".join(f"{verdicts.count(one)} {one.replace('_', ' ')}" for one in sorted(set(verdicts)))
    return told + ("" if record.is_whole else (" (" if told else "(") + "cut short)")


def _one_series(points: Sequence[Any]) -> list[Any]:
    if len({point.series for point in points}) > 1:
        raise UsageError("the store holds several series", hint="say which one with --series")
    return list(points)


def _statement(statement: Statement) -> str:
    from ctguard.history.assurance import counted
    from ctguard.render.terminal import plain

    if not statement.controls:
        return f"{statement.since} to {statement.until}: no run was kept: nothing is proven"
    counts = counted(statement)
    lines = [
        f"{statement.since} to {statement.until}: {counts['held']} controls held on every day, "
        f"{counts['failed']} failed, {counts['not_proven']} not proven",
        *(f"rules {digest}" for digest in statement.rules_digests),
    ]
    for one in statement.controls:
        lines += [
            "",
            f"{one.verdict.replace('_', ' ')}  {plain(one.framework)} {plain(one.control)}  ({plain(one.series)})",
        ]
        lines += [
            f"    {span.day}{'' if span.day == span.until else ' to ' + span.until}  {span.status.replace('_', ' ')}"
            for span in one.spans
        ]
        lines += sorted(
            {f"    {failure.day}  {failure.rule_id}: {plain(failure.resource)}" for failure in one.failures}
        )
    return "\n".join(lines)


def _told(faults: Sequence[Fault]) -> int:
    for fault in faults:
        click.echo(f"ctguard: {fault.message}", err=True)
    return 2 if faults else 0
