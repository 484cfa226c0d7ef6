"""The command line: one module a command, loaded when it is called."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any, Final

import click

import ctguard
from ctguard.cli.configured import with_configuration
from ctguard.model.errors import CtguardError

COMMANDS: Final[dict[str, tuple[str, str]]] = {
    # command: (module:attribute, short help)
    "scan": ("scan:scan", "Scan infrastructure code: Terraform, CloudFormation, plans, states, change sets."),
    "audit": ("audit:audit", "Judge the trails of living accounts, and keep what AWS said."),
    "demo": ("demo:demo", "Audit and report of an embedded account, without AWS."),
    "policy": ("policy:policy", "Judge one policy document by the requests that it allows."),
    "filter": ("filter:filter_group", "Judge CloudWatch Logs filter patterns by the events that they match."),
    "logs": ("logs:logs", "Prove log files by their digest chains."),
    "history": ("history:history", "Runs kept in a store; what held over a period."),
    "evidence": ("evidence:evidence", "Sign a run with all that it was made of, and check what was signed."),
    "report": ("report:report", "Show a saved run in another format."),
    "diff": ("diff:diff", "Say what changed between two saved runs."),
    "permissions": ("permissions:permissions", "Print the least IAM policy that an audit needs."),
    "init": ("init:init", "Write ctguard.yaml and the pre-commit entry for this repository."),
    "config": ("config:config", "Show what is configured, and where it comes from."),
    "rules": ("rules:rules", "List, show, test and write rules."),
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called, so that each pays for itself alone."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name][0].split(":")
        command: click.Command = getattr(import_module(f"{__name__}.{module}"), attribute)
        return with_configuration(command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(ctguard.__version__, prog_name="ctguard")
@click.option("--debug", is_flag=True, help="Show the trace of errors.")
def cli(debug: bool) -> None:
    """Can this AWS audit trail be trusted?"""


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit status; whatever goes wrong is 2, never Python's own 1."""
    words = sys.argv[1:] if arguments is None else arguments
    debug = "--debug" in words
    printing = sys.stdout
    try:
        status: Any = cli.main(
            [word for word in words if word != "--debug"], prog_name="ctguard", standalone_mode=False
        )
        sys.stdout.flush()
    except click.exceptions.Abort:
        return _say("interrupted", status=130)
    except KeyboardInterrupt:
        return _say("interrupted", status=130)
    except click.ClickException as error:
        return _say(error.format_message(), hint=_usage_hint(error), status=2)
    except CtguardError as error:
        if debug:
            _print_trace()
        return _say(str(error), hint=error.hint, status=2)
    except BrokenPipeError:
        return _closed_pipe()
    except SystemExit as stopped:
        if sys.stdout is not printing:  # click wraps it, and ends with 1, when the reader is gone
            return _closed_pipe()
        return stopped.code if isinstance(stopped.code, int) else 2
    except Exception:  # whatever it is, it is a bug of ours, and must not look like a finding
        _print_trace()
        return _say(
            "this is a bug in ctguard, not in your input", hint="please report it with the trace above", status=2
        )
    return status if isinstance(status, int) else 0


def _print_trace() -> None:
    import traceback

    traceback.print_exc()


def _say(message: str, *, hint: str = "", status: int) -> int:
    """Say what went wrong and what to do; what strangers wrote into it is not for the terminal to obey."""
    from ctguard.model.visible import visible_lines

    click.echo(f"ctguard: {visible_lines(message)}", err=True)
    if hint:
        click.echo(f"  {visible_lines(hint)}", err=True)
    return status


def _usage_hint(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    return f"see {context.command_path} --help" if context is not None else ""


def _closed_pipe() -> int:
    """The reader went away (`ctguard ... | head`): nothing to say, nobody to say it to."""
    from ctguard.cli.output import drop_output

    drop_output()
    return 141
