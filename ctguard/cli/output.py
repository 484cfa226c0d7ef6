"""Where results go: stdout in one format, files in others."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import click

from ctguard.model.errors import CtguardError
from ctguard.model.finding import Run
from ctguard.model.whole_file import write_whole

WIDTH: Final = 100


def output_options(command: Any) -> Any:
    """Add the options that every command which reports takes."""
    for option in (
        click.option("-f", "--format", "format_", metavar="FORMAT", help="What stdout gets: console, json, ..."),
        click.option(
            "-o",
            "--output",
            "outputs",
            multiple=True,
            metavar="FILE",
            help="Write a report; its ending names the format (.json .html .sarif ...), or FORMAT:FILE. Repeatable.",
        ),
        click.option("-q", "--quiet", is_flag=True, help="Print nothing but what was asked for with -f."),
        click.option("-v", "--verbose", is_flag=True, help="Show what passes too."),
    ):
        command = option(command)
    return command


def view_option(command: Any) -> Any:
    """Add the option that says for whom an HTML report is made."""
    choice = click.Choice(["engineer", "auditor"])
    about = "For whom an HTML report is made: what to repair, or evidence by control."
    return click.option("--view", type=choice, default="engineer", show_default=True, help=about)(command)


def targets(outputs: Sequence[str]) -> list[tuple[str, Path]]:
    """Return format and path of each `-o`; raise UsageError for one whose format nobody can tell."""
    from ctguard.render import format_of

    return [format_of(output) for output in outputs]


def report(
    run: Run,
    *,
    format_: str | None,
    outputs: Sequence[str],
    quiet: bool,
    verbose: bool,
    opening: Sequence[str] = (),
    notes: Sequence[str] = (),
    controls: bool = False,
    **drawn: Any,
) -> None:
    """Print `run` and write the files that were asked for; a file is whole or not there. `drawn` is for HTML alone.

    A file that cannot be written costs neither the others nor what is printed; it is an error afterwards.
    """
    from ctguard.render import render

    shown = {"verbose": verbose, "opening": opening, "notes": notes, "controls": controls}
    deliver(partial(render, run, **drawn), format_=format_, outputs=outputs, quiet=quiet, console=shown)


def deliver(
    draw: Callable[..., str | bytes],
    *,
    format_: str | None,
    outputs: Sequence[str],
    quiet: bool,
    console: Mapping[str, Any],
) -> None:
    """Print and write what `draw` makes of the name of a format; `console` are its options for the terminal."""
    failed: list[CtguardError] = []
    for name, path in targets(outputs):
        try:
            write_whole(path, draw(name))
        except CtguardError as error:
            failed.append(error)
    if format_ in (None, "console"):
        if not quiet or format_:
            _print(draw("console", color=_colored(), width=_width(), **console))
    else:
        _print(draw(format_))
    if failed:
        raise CtguardError("\n".join(map(str, failed)), hint=failed[0].hint)


def print_json(value: Any) -> None:
    """Print plain data as indented JSON."""
    from ctguard.model.run_file import write_json

    _print(write_json(value))


def _print(content: str | bytes) -> None:
    data = content if isinstance(content, bytes) else content.encode("utf-8", errors="backslashreplace")
    stream = sys.stdout.buffer
    try:
        stream.write(data if data.endswith(b"\n") else data + b"\n")
        stream.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        drop_output()
        raise CtguardError(f"the output: {error.strerror or error}", hint="make room, or write to a file") from error


def drop_output() -> None:
    """Send what is still to be printed nowhere: the interpreter would try again when it ends, and fail again."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _width() -> int:
    """Return the columns of the terminal as shutil does, whose import brings every compressor that Python has."""
    if (asked := os.environ.get("COLUMNS", "")).isdecimal() and int(asked) > 0:
        return int(asked)
    try:
        return os.get_terminal_size().columns or WIDTH
    except OSError:  # no terminal, or no stdout at all
        return WIDTH


def _colored() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
