"""Give every command its options from `ctguard.yaml`; what the command line says wins."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click
from msgspec.structs import replace

from ctguard.model.errors import UsageError, close_to
from ctguard.run.config import Config, find_config, is_foreign

CONFIG: Final = "ctguard.config"
SHARED: Final = ("folders", "baseline")
"""Parameters of commands that have a place of their own in the file, for all commands that take them."""

LIKE: Final = {"evidence bundle": "scan"}
"""Commands that do again what another one did, and so take what the file sets of the options that both have."""

FOREIGN: Final = frozenset(
    ("select", "ignore", "framework", "scope", "fail-on", "fail-on-unknown", "var", "param", "region", "account")
)
"""Options that a file which came with what is scanned may set: what is judged. The others read, write, send or
hide at the word of a stranger."""


class Unconfigured(click.Command):
    """A command that takes no configuration: it speaks of that of another command."""


def with_configuration(command: click.Command) -> click.Command:
    """Add `--config` and `--no-config` to a command, or to all commands of a group."""
    if isinstance(command, click.Group):
        for one in command.commands.values():
            with_configuration(one)
    elif not isinstance(command, Unconfigured) and not any(param.name == "config_file" for param in command.params):
        command.params += [
            # Both are eager: the other options take their defaults from the file. The second comes last, after
            # the paths that a command may have, since the file is looked for above them.
            click.Option(
                ["--no-config", "no_config"],
                is_flag=True,
                is_eager=True,
                expose_value=False,
                callback=_without,
                help="Read no ctguard.yaml.",
            ),
            click.Option(
                ["--config", "config_file"],
                type=click.Path(path_type=Path),
                metavar="FILE",
                is_eager=True,
                expose_value=False,
                callback=_configure,
                help="The configuration [default: the nearest ctguard.yaml, upward to the root of the repository].",
            ),
        ]
    return command


def configuration() -> Config:
    """Return the configuration of the command that runs; an empty one when there is none."""
    config: Config = click.get_current_context().meta.get(CONFIG) or Config()
    return config


def configured_by(config: Config, *, foreign: bool = False) -> list[str]:
    """Return the line that says whose words decided along: of the user's own file, or of a `foreign` one."""
    return [f"configured by {config.path.as_posix()}"] if config.path and config.foreign is foreign else []


def _without(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value:
        if ctx.meta.get(CONFIG):
            raise UsageError("--config and --no-config say two things", hint="give one of them")
        ctx.meta[CONFIG] = Config()


def _configure(ctx: click.Context, param: click.Parameter, value: Path | None) -> None:
    """Find and read the file, and make what it says the defaults of the command's options."""
    if CONFIG in ctx.meta:
        if value is not None:
            raise UsageError("--config and --no-config say two things", hint="give one of them")
        return
    path = value or find_config(ctx.params.get("paths") or ())
    config = Config() if path is None else _read(path)
    if value is None and path is not None and is_foreign(path):
        config = replace(config, foreign=True)
        _refuse_reach(config)
    ctx.meta[CONFIG] = config
    if path is not None:
        known, name = all_defaults(config, ctx), name_of(ctx)
        own = {**known.get(LIKE.get(name, name), {}), **known.get(name, {})}
        ctx.default_map = {**shared_defaults(ctx.command, config), **own}


def _refuse_reach(config: Config) -> None:
    """Refuse a foreign file that says more than what is judged; raises UsageError with file and line."""
    reaching: list[tuple[str, ...]] = [(word,) for word in ("rules", "baseline") if getattr(config, word)]
    reaching += [
        ("defaults", command, word)
        for command, words in config.defaults.items()
        for word in words
        if word not in FOREIGN
    ]
    if reaching:
        raise UsageError(
            f"{config.place(*reaching[0])}: {reaching[0][-1]} is not taken from a file that came with what is scanned",
            hint="give --config to take it, --no-config to leave the file out",
        )


def _read(path: Path) -> Config:
    from ctguard.run.config_file import read_config

    return read_config(path)


def name_of(ctx: click.Context) -> str:
    """Return a command as the file names it: `scan`, `logs verify`."""
    return ctx.command_path.partition(" ")[2]


def all_defaults(config: Config, ctx: click.Context) -> dict[str, dict[str, Any]]:
    """Return what the file sets of each command's options, by parameter; raises UsageError with file and line.

    Every command that the file names is checked, whichever runs: a misspelt option must not wait for its day.
    """
    root = ctx.find_root().command
    return {name: _of_command(_command(root, name, config), name, config, ctx) for name in config.defaults}


def shared_defaults(command: click.Command, config: Config) -> dict[str, Any]:
    """Return what the file says for all commands that take it."""
    shared = {"folders": list(config.rules), "baseline": config.baseline}
    return {one.name: shared[one.name] for one in command.params if one.name in SHARED and shared[one.name]}


def _command(root: click.Command, name: str, config: Config) -> click.Command:
    command = root
    for word in name.split(" "):
        known = command.list_commands(click.Context(command)) if isinstance(command, click.Group) else []
        found = command.get_command(click.Context(command), word) if isinstance(command, click.Group) else None
        if found is None:
            near = close_to(word, known)
            raise UsageError(
                f"{config.place('defaults', name)}: there is no command {name}",
                hint=f"did you mean {near[0]}?" if near else f"the commands are {', '.join(known)}",
            )
        command = found
    return command


def _of_command(command: click.Command, name: str, config: Config, ctx: click.Context) -> dict[str, Any]:
    options = dict(configurable(command))
    found: dict[str, Any] = {}
    for word, value in config.defaults[name].items():
        place = config.place("defaults", name, word)
        if word not in options:
            near = close_to(word, options)
            raise UsageError(
                f"{place}: {name} has no option {word} that can be set here",
                hint=f"did you mean {near[0]}?" if near else f"use: {', '.join(options)}",
            )
        found[str(options[word].name)] = _value(options[word], value, config, f"{place}: {word}", ctx)
    return found


def configurable(command: click.Command) -> Iterator[tuple[str, click.Option]]:
    """Yield the options of a command that the file may set, by their long names."""
    for param in command.params:
        long = next((one[2:] for one in param.opts if one.startswith("--")), "")
        if isinstance(param, click.Option) and param.expose_value and long and param.name not in SHARED:
            yield long, param


def _value(option: click.Option, value: Any, config: Config, where: str, ctx: click.Context) -> Any:
    """Return a value of the file as the command line would have it, checked by the option's own type."""
    if option.is_flag:
        if not isinstance(value, bool):
            raise UsageError(f"{where}: is not true or false", hint="write true or false, without quotes")
        return value
    values = value if isinstance(value, list) and option.multiple else [value]
    words = [_word(option, one, config, where) for one in values]
    try:
        option.type_cast_value(ctx, words if option.multiple else words[0])
    except click.BadParameter as error:
        raise UsageError(f"{where}: {error.message}", hint="see its --help") from error
    return words if option.multiple else words[0]


def _word(option: click.Option, value: Any, config: Config, where: str) -> Any:
    takes_numbers = isinstance(option.type, click.types.IntParamType | click.types.FloatParamType)
    if takes_numbers and isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and "\0" in value:
        raise UsageError(f"{where}: holds a NUL character", hint="take it out")
    if not isinstance(value, str):
        wanted = "a number" if takes_numbers else "text"
        raise UsageError(f"{where}: {value!r} is not {wanted}", hint=QUOTES)
    if isinstance(option.type, click.Path) and config.path is not None:
        return str(config.path.parent / value)
    return value


QUOTES: Final = "put text in quotes: YAML reads numbers (an account id, too), yes, no and dates as something else"
