"""Reports: each format is a pure function of one run, in a module that is loaded when it is asked for.

To add a format, write a module with `render(run, ...) -> str | bytes` and add a row to `FORMATS`.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from ctguard.model.errors import UsageError
from ctguard.model.finding import Run


class Format(Struct, frozen=True):
    """One row: the module that writes a format, the file endings that mean it, the options that it takes."""

    module: str
    about: str
    endings: tuple[str, ...] = ()
    options: tuple[str, ...] = ()


FORMATS: Final[dict[str, Format]] = {
    "console": Format(
        "console", "for a person at a terminal", options=("color", "width", "verbose", "notes", "opening", "controls")
    ),
    "json": Format("contract", "the run as it is", (".json",)),
    "sarif": Format("sarif", "for code scanning (SARIF 2.1.0)", (".sarif",)),
    "junit": Format("junit", "for test reports of CI (JUnit XML)", (".xml",)),
    "csv": Format("csv_table", "for spreadsheets", (".csv",)),
    "gitlab": Format("gitlab", "for merge requests (GitLab code quality)"),
    "github": Format("github", "annotations in a build log of GitHub Actions"),
    "ocsf": Format("ocsf", "for data lakes and SIEMs (OCSF compliance findings)"),
    "asff": Format("asff", "for Security Hub CSPM", options=("account_id", "region")),
    "oscal": Format("oscal", "for GRC tools (OSCAL assessment results)"),
    "markdown": Format("markdown", "for a comment on a pull request", (".md",)),
    "html": Format(
        "html_report", "for a browser and for paper, in one file", (".html", ".htm"), ("view", "logs", "trend")
    ),
}


def render(run: Run, format: str, **options: Any) -> str | bytes:  # noqa: A002 - the word of the command line
    """Return `run` in `format`; text is to be written as UTF-8 whatever the locale.

    The same run and options give the same bytes. Options that only other
    formats take are passed over, so that one set serves several reports; one
    that no format knows is a TypeError. Raises UsageError for an unknown format.
    """
    row = FORMATS.get(format)
    if row is None:
        raise UsageError(f"there is no format {format!r}", hint=f"the formats are {', '.join(FORMATS)}")
    strangers = set(options).difference(*(one.options for one in FORMATS.values()))
    if strangers:
        raise TypeError(f"no format takes the option {min(strangers)!r}")
    module = import_module(f"{__name__}.{row.module}")
    taken = {name: value for name, value in options.items() if name in row.options}
    report: str | bytes = module.render(run, **taken)
    return report


def format_of(output: str) -> tuple[str, Path]:
    """Return format and file of what `--output` was given: `report.html`, or `ocsf:FILE`.

    Raises UsageError for a file whose ending names no format.
    """
    name, colon, rest = output.partition(":")
    if colon and rest and name in FORMATS:
        return name, Path(rest)
    ending = Path(output).suffix.lower()
    for name, row in FORMATS.items():
        if ending in row.endings:
            return name, Path(output)
    endings = ", ".join(ending for row in FORMATS.values() for ending in row.endings)
    raise UsageError(
        f"{output}: the ending names no format",
        hint=f"use one of {endings}, or FORMAT:FILE with one of {', '.join(FORMATS)}",
    )
