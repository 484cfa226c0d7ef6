"""`ctguard config`: what applies, where it comes from, and the schema of `ctguard.yaml`."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from pathlib import Path
from typing import Any, Final

import click
from click.core import ParameterSource

from ctguard.cli.configured import CONFIG, SHARED, Unconfigured, configurable, name_of
from ctguard.cli.output import print_json
from ctguard.model.errors import UsageError
from ctguard.model.visible import visible
from ctguard.run.config import Config

SOURCES: Final = {
    ParameterSource.COMMANDLINE: "command line",
    ParameterSource.ENVIRONMENT: "environment",
    ParameterSource.DEFAULT: "default",
    ParameterSource.PROMPT: "command line",
}


@click.group()
def config() -> None:
    """Show what is configured, and where it comes from."""


@config.command()
def schema() -> None:
    """Print the JSON Schema of ctguard.yaml, for editors."""
    from ctguard.run.config_file import json_schema

    print_json(json_schema())


@config.command(cls=Unconfigured, context_settings={"allow_interspersed_args": False})
@click.option("-f", "--format", "format_", type=click.Choice(["console", "json"]), default="console")
@click.argument("words", metavar="[COMMAND [OPTIONS ...]]", nargs=-1, type=click.UNPROCESSED)
def show(words: tuple[str, ...], format_: str) -> None:
    """Show what applies when COMMAND (scan by default) runs, and where each value comes from.

    The whole file is checked. Options that stand behind COMMAND count, as they
    would when it ran; it does not run.
    """
    from ctguard.run.effective import in_effect

    ctx = _parsed(words or ("scan",))
    found: Config = ctx.meta[CONFIG]
    options = [{"name": name, "value": value, "from": source} for name, value, source in _options(ctx, found)]
    whole = {
        "file": found.path and found.path.as_posix(),
        "command": name_of(ctx),
        "options": options,
        **in_effect(
            found, ctx.params.get("folders", found.rules), replace_rules=ctx.params.get("replace_rules", False)
        ),
    }
    if format_ == "json":
        print_json(whole)
    else:
        for line in _lines(whole):
            click.echo(line)


def _parsed(words: tuple[str, ...]) -> click.Context:
    """Return the context in which a command line would run."""
    outer = click.get_current_context().find_root().command
    # COMMAND may be one word, `"logs verify"`, as `defaults` names it.
    ctx, rest = click.Context(outer, info_name="ctguard"), [*words[0].split(), *words[1:]]
    while isinstance(ctx.command, click.Group):
        if not rest:
            raise UsageError(f"{name_of(ctx)}: is a group of commands", hint=f"see ctguard {name_of(ctx)} --help")
        name, command, rest = ctx.command.resolve_command(ctx, rest)
        assert command is not None
        if isinstance(command, click.Group):
            ctx = click.Context(command, parent=ctx, info_name=name)
        else:
            ctx = _without_needs(command).make_context(name, rest, parent=ctx)
    if CONFIG not in ctx.meta:
        raise UsageError(f"{' '.join(words)}: takes no configuration", hint="name another command")
    return ctx


def _without_needs(command: click.Command) -> click.Command:
    """Return a command that needs none of its options and arguments: it is only looked at."""
    found = copy(command)
    found.params = [copy(one) for one in command.params]
    for one in found.params:
        one.required = False
    return found


def _options(ctx: click.Context, config: Config) -> Iterator[tuple[str, Any, str]]:
    """Yield the options of a command that can be configured, each with its value and where that comes from."""
    shared = [(long[2:], one) for one in ctx.command.params if one.name in SHARED for long in one.opts[:1]]
    for long, option in [*configurable(ctx.command), *shared]:
        source = ctx.get_parameter_source(str(option.name))
        place = ("defaults", name_of(ctx), long) if option.name not in SHARED else (long,)
        from_file = source is ParameterSource.DEFAULT_MAP
        where = config.place(*place) if from_file else SOURCES[source or ParameterSource.DEFAULT]
        yield f"--{long}", _plain(ctx.params.get(str(option.name))), where


def _plain(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    return value.as_posix() if isinstance(value, Path) else value


def _lines(whole: dict[str, Any]) -> Iterator[str]:
    yield visible(whole["file"] or "") or "no ctguard.yaml applies here: these are the defaults"
    sections = {
        f"ctguard {whole['command']}": [(one["name"], one["value"], one["from"]) for one in whole["options"]],
        "parameters": [(f"{one['rule']} {one['name']}", one["value"], one["from"]) for one in whole["parameters"]],
        "severity": [(one["rule"], one["value"], one["from"]) for one in whole["severity"]],
        "waivers": [
            (f"{one['rule']} on {one['resource']}", f"until {one['expires']} by {one['owner']}", one["from"])
            for one in whole["waivers"]
        ],
        "monitoring outside of AWS": [(", ".join(one["rules"]), one["by"], one["from"]) for one in whole["external"]],
    }
    for title, rows in sections.items():
        if rows:
            yield ""
            yield title
            yield from _table([tuple(visible(_word(cell)) for cell in row) for row in rows])


def _table(rows: list[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in (0, 2)]
    for name, value, source in rows:
        yield f"  {name:{widths[0]}}  {source:{widths[1]}}  {value}"


def _word(value: Any) -> str:
    if value is None or value == []:
        return "-"
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(map(_word, value)) if isinstance(value, list) else str(value)
