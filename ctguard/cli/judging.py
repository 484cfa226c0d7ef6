"""The options of every command that judges: which rules, what they judge, and what makes the exit status 1."""

from __future__ import annotations

from functools import wraps
from pathlib import Path
from typing import Any

import click

from ctguard.cli.configured import configuration
from ctguard.cli.rules import pack_options
from ctguard.model.finding import SEVERITIES
from ctguard.run.judging import Asked


def choosing_options(command: Any) -> Any:
    """Add the options that say which rules judge what; the command gets them as `asked`, an `Asked`."""

    @wraps(command)
    def gathered(**options: Any) -> Any:
        given = {name: options.pop(name) for name in Asked.__struct_fields__ if name in options}
        asked = Asked(config=configuration(), **given)
        return command(asked=asked, **options)

    for option in (
        click.option("--select", multiple=True, help="Only these: rule ids, globs, tags, severities, frameworks."),
        click.option("--ignore", multiple=True, help="Not these; the same words as --select."),
        click.option(
            "--framework",
            multiple=True,
            metavar="NAME",
            help="Only rules that a control of this framework asks for, and the report by its controls. Repeatable.",
        ),
        click.option(
            "--scope",
            type=click.Choice(["trail", "all"]),
            default="trail",
            show_default=True,
            help="Judge what serves a trail, or every bucket, key, topic, log group and alarm.",
        ),
        click.option(
            "--baseline",
            type=click.Path(path_type=Path),
            metavar="RUN.json",
            help="A saved run: what failed there does not make the exit status 1.",
        ),
    ):
        gathered = option(gathered)
    return pack_options(gathered)


def judging_options(command: Any) -> Any:
    """Add the options of `choosing_options`, and those that say what makes the exit status 1."""
    chosen = choosing_options(command)
    for option in (
        click.option(
            "--fail-on",
            type=click.Choice(SEVERITIES),
            default="low",
            show_default=True,
            help="The least severity of a failure that makes the exit status 1.",
        ),
        click.option("--fail-on-unknown", is_flag=True, help="Count what cannot be known as failing."),
    ):
        chosen = option(chosen)
    return chosen
