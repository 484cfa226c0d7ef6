"""`ctguard logs`: prove log files by their digest chains, save public keys, see how far back logs reach."""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from ctguard.model.errors import UsageError

_TRAIL = click.option("--trail-arn", required=True, metavar="ARN", help="The trail.")
_ACCOUNT = click.option(
    "--account-id", "accounts", multiple=True, metavar="ID ...", help="Only these accounts. Default: all expected."
)
_REGION = click.option(
    "--region", "regions", multiple=True, metavar="R ...", help="Only these regions. Default: all expected."
)
_BUCKET = click.option("--s3-bucket", "bucket", metavar="NAME", help="The bucket, when the trail no longer says it.")
_PREFIX = click.option("--s3-prefix", "prefix", metavar="P", help="The prefix in the bucket, with --s3-bucket.")
_FOLDER = click.option(
    "--from-dir", "folder", type=click.Path(path_type=Path), metavar="DIR", help="A local copy of the bucket."
)
_OUTPUTS = (
    click.option("-f", "--format", "format_", type=click.Choice(["console", "json"]), help="What stdout gets."),
    click.option(
        "-o",
        "--output",
        "outputs",
        multiple=True,
        metavar="FILE",
        help="Write FILE.json; `verify` draws FILE.html too. Repeatable.",
    ),
    click.option("-q", "--quiet", is_flag=True, help="Print nothing but what was asked for with -f."),
)
_SHOWN = 40


class _ManyValues(click.Command):
    """A command whose repeatable options take several values at once, too: --region a b is --region a --region b."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        many = {"--account-id", "--region"}
        spread: list[str] = []
        current = None
        for word in args:
            if word.startswith("-"):
                current = word if word in many else None
                spread += [] if current else [word]
            else:
                spread += [current, word] if current else [word]
        return super().parse_args(ctx, spread)


def _reporting(command: Any) -> Any:
    for option in _OUTPUTS:
        command = option(command)
    return command


@click.group()
def logs() -> None:
    """Prove log files by their digest chains."""


@logs.command(cls=_ManyValues)
@_TRAIL
@click.option("--start", required=True, metavar="T", help="Begin of the window, like 2026-03-01T10:00:00Z.")
@click.option("--end", metavar="T", help="End of the window. Default: two hours ago; later digests may still come.")
@_ACCOUNT
@_REGION
@_BUCKET
@_PREFIX
@_FOLDER
@click.option(
    "--public-keys", "keys", type=click.Path(path_type=Path), metavar="FILE", help="Keys saved by `logs keys`."
)
@click.option(
    "--checkpoint",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Remember what is proven, to resume or to read only digests the next time.",
)
@click.option("--workers", type=click.IntRange(1, 512), default=None, metavar="N", help="Objects read side by side.")
@click.option("--dask", metavar="ADDRESS", help="Work on a Dask cluster: tcp://scheduler:8786.")
@_reporting
@click.option("-v", "--verbose", is_flag=True, help="Show every finding.")
def verify(
    trail_arn: str,
    start: str,
    end: str | None,
    accounts: tuple[str, ...],
    regions: tuple[str, ...],
    bucket: str | None,
    prefix: str | None,
    folder: Path | None,
    keys: Path | None,
    checkpoint: Path | None,
    workers: int | None,
    dask: str | None,
    format_: str | None,
    outputs: tuple[str, ...],
    quiet: bool,
    verbose: bool,
) -> int:
    """Is every hour of every account and region proven?

    Exit status: 0 the whole window is proven, for every expected chain; 1
    something was changed, removed, added or forged, or part of the window is not
    proven; 2 something could not be decided.
    """
    from ctguard.logs.crew import DEFAULT_WORKERS
    from ctguard.logs.prove import Order, prove
    from ctguard.logs.times import HOUR, Stretch

    files = _files(outputs, "html", "json")
    order = Order(
        trail_arn=trail_arn,
        window=Stretch(_moment("--start", start), _moment("--end", end) if end else int(time.time()) - 2 * HOUR),
        accounts=accounts,
        regions=regions,
        bucket=bucket,
        prefix=prefix,
        folder=folder,
        keys=keys,
        checkpoint=checkpoint,
        workers=workers or DEFAULT_WORKERS,
        dask=dask,
    )
    report = prove(order, progress=_progress(quiet))
    _deliver(report.as_json(), files, format_, quiet, lambda width: _verified(report, width, verbose))
    return report.exit_status


@logs.command(cls=_ManyValues)
@click.option("--trail-arn", metavar="ARN", help="Save what AWS says of this trail too, and the keys of its regions.")
@click.option("--start", required=True, metavar="T", help="Begin of the time whose digests are to be verified.")
@click.option("--end", metavar="T", help="End of that time. Default: now.")
@_REGION
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Where to. Default: stdout.")
def keys(trail_arn: str | None, start: str, end: str | None, regions: tuple[str, ...], output: Path | None) -> int:
    """Save CloudTrail's public keys, to prove log files later and without AWS.

    The file says who asked AWS for the keys and when; no other file is accepted
    by `logs verify`. Exit status: 0 all is saved, 2 something could not be had.
    """
    from ctguard.logs.aws import Aws
    from ctguard.logs.prove import trail_of
    from ctguard.logs.saving import save_keys
    from ctguard.logs.times import Stretch
    from ctguard.model.whole_file import write_whole

    period = Stretch(_moment("--start", start), _moment("--end", end) if end else int(time.time()))
    saved = save_keys(Aws(), period, trail_of(trail_arn) if trail_arn else None, trail_arn, regions)
    for fault in saved.faults:
        click.echo(_plain(f"ctguard: {fault.source}: {fault.message}"), err=True)
    if output is None:
        click.echo(saved.content, nl=False)
    else:
        write_whole(output, saved.content)
        click.echo(f"{saved.keys} public keys saved", err=True)
    return 2 if saved.faults else 0


@logs.command(cls=_ManyValues)
@_TRAIL
@click.option("--months", type=click.IntRange(1, 120), default=12, help="How far back logs must reach. Default: 12.")
@_ACCOUNT
@_REGION
@_BUCKET
@_PREFIX
@_FOLDER
@_reporting
def depth(
    trail_arn: str,
    months: int,
    accounts: tuple[str, ...],
    regions: tuple[str, ...],
    bucket: str | None,
    prefix: str | None,
    folder: Path | None,
    format_: str | None,
    outputs: tuple[str, ...],
    quiet: bool,
) -> int:
    """Are the last twelve months of logs really there? By listing alone.

    A day counts when it has log files, or digests that say that there were none.
    Exit status: 0 every day is there, 1 days are missing, 2 could not be listed.
    """
    from ctguard.logs.depth import months_before, today
    from ctguard.logs.prove import Order, archive_depth
    from ctguard.logs.times import Stretch

    files = _files(outputs, "json")
    order = Order(trail_arn, Stretch(0, 1), accounts, regions, bucket, prefix, folder)
    found = archive_depth(order, months_before(today(), months))
    _deliver(found.as_json(), files, format_, quiet, lambda width: _depth_lines(found.as_json()))
    return found.exit_status


def _moment(option: str, text: str) -> int:
    from ctguard.logs.times import from_user

    try:
        return from_user(text)
    except (ValueError, OverflowError):
        raise UsageError(f"{option} {text}: is not a time", hint="write it like 2026-03-01T10:00:00Z") from None


def _files(outputs: Sequence[str], *formats: str) -> list[tuple[str, Path]]:
    """Return what to write where; UsageError before any work is done for another format than `formats`."""
    files = []
    for output in outputs:
        name, colon, rest = output.partition(":")
        ending = Path(output).suffix.removeprefix(".")
        if not (colon and rest and name in formats):
            name, rest = ending, output
        if name not in formats:
            known, choices = " or ".join(formats).upper(), " or ".join(f"FILE.{one}" for one in formats)
            raise UsageError(f"{output}: this report is written as {known} only", hint=f"name it {choices}")
        files.append((name, Path(rest)))
    return files


def _deliver(
    document: dict[str, Any],
    files: list[tuple[str, Path]],
    format_: str | None,
    quiet: bool,
    lines: Callable[[int], Iterator[str]],
) -> None:
    from ctguard.model.whole_file import write_whole

    text = json.dumps(document, indent=2)
    for name, path in files:
        write_whole(path, text + "\n" if name == "json" else _page(document))
    if format_ == "json":
        click.echo(text)
    elif not quiet or format_ == "console":
        for line in lines(shutil.get_terminal_size((100, 24)).columns):
            click.echo(_plain(line))


def _page(document: dict[str, Any]) -> str:
    from ctguard.model.log_verification import verification_of
    from ctguard.render.html_logs import render

    return render(verification_of(document))


def _progress(quiet: bool) -> Callable[[int, int], None] | None:
    """Return what shows progress on a terminal."""
    from ctguard.cli.progress import StatusLine

    line = StatusLine(quiet=quiet)

    def show(done: int, waiting: int) -> None:
        more = f", {waiting} chains to come" if waiting else ""
        line.show(f"{done:,} objects read{more}")

    return show if line.is_shown else None


def _verified(report: Any, width: int, verbose: bool) -> Iterator[str]:
    from ctguard.logs.picture import strips

    if sys.stderr.isatty():
        click.echo("\r\x1b[K", err=True, nl=False)
    document = report.as_json()
    window, totals = document["window"], document["totals"]
    yield f"{document['status']}  {document['trail_arn']}  {window['start']} to {window['end']}"
    whole = sum(chain["status"] == "valid" for chain in document["chains"])
    yield f"  {whole} of {len(document['chains'])} chains proven whole; " + "; ".join(
        f"{sort} {', '.join(f'{number:,} {what}' for what, number in totals[sort].items() if number) or 'none'}"
        for sort in ("digests", "logs")
    )
    yield ""
    yield from strips(report, width, blocks=_can_print_blocks())
    yield from (f"note: {note}" for note in document["notes"])
    yield from _finding_lines(document["findings"], verbose)
    yield from _event_lines(document["tamper_events"])


def _can_print_blocks() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"


def _finding_lines(findings: list[dict[str, Any]], verbose: bool) -> Iterator[str]:
    for finding in findings if verbose else findings[:_SHOWN]:
        where = " ".join(finding[name] for name in ("account_id", "region") if finding[name])
        when = f"{finding['start']} to {finding['end']}" if finding["start"] else ""
        yield ""
        yield "  ".join(part for part in (finding["kind"], where, when) if part)
        if finding["object"]:
            yield f"    {finding['object']}"
        yield f"    {finding['detail']}"
    if len(findings) > _SHOWN and not verbose:
        yield f"\n{len(findings) - _SHOWN} more findings: show them with -v, or all as JSON with -f json"


def _event_lines(events: list[dict[str, Any]]) -> Iterator[str]:
    if events:
        yield ""
        yield "Calls that weaken the trail, from its own proven logs:"
    for event in events:
        told = ("time", "event_name", "region", "actor", "source_ip", "error_code")
        maybe = "" if event["concerns"] == "this trail" else "  (perhaps this trail's)"
        yield "  " + "  ".join(str(event[name]) for name in told if event[name]) + maybe
        yield f"    {event['parameters']}"


def _depth_lines(document: dict[str, Any]) -> Iterator[str]:
    window = document["window"]
    yield f"{document['status']}  {document['trail_arn']}  {window['start']} to {window['end']}"
    for row in document["chains"]:
        span = f"{row['first_day']} to {row['last_day']}" if row["first_day"] else "nothing"
        counts = f"{row['days_with_logs']} days with logs, {row['quiet_days']} quiet"
        yield f"  {row['account_id']} {row['region']}  {row['status']}  {span}  {counts}"
        for start, end in row["missing"]:
            yield f"    missing {start}" + ("" if start == end else f" to {end}")
    yield from _finding_lines(document["findings"], verbose=True)


def _plain(text: str) -> str:
    from ctguard.model.visible import visible

    return "\n".join(visible(line) for line in text.split("\n"))
