"""`ctguard scan`: judge infrastructure code."""

from __future__ import annotations

import gc
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Literal

import click

from ctguard.cli.output import output_options, report, targets
from ctguard.cli.rules import pack_options
from ctguard.engine.pack import load_pack
from ctguard.engine.selection import select_rules, words
from ctguard.model.errors import UsageError
from ctguard.model.finding import SEVERITIES, Run
from ctguard.model.logic import Status
from ctguard.run.inputs import NOTHING, Loaded, Options, load
from ctguard.run.scan import Settings, inventory_of, removed, run_rules, unjudged, unread

FAILED: Final = 1
INCOMPLETE: Final = 2


def judging_options(command: Any) -> Any:
    """Add the options that say which rules judge what, and what makes the exit status 1."""
    for option in (
        click.option("--select", multiple=True, help="Only these: rule ids, globs, tags, severities, frameworks."),
        click.option("--ignore", multiple=True, help="Not these; the same words as --select."),
        click.option(
            "--scope",
            type=click.Choice(["trail", "all"]),
            default="trail",
            show_default=True,
            help="Judge what serves a trail, or every bucket, key, topic, log group and alarm.",
        ),
        click.option(
            "--fail-on",
            type=click.Choice(SEVERITIES),
            default="low",
            show_default=True,
            help="The least severity of a failure that makes the exit status 1.",
        ),
        click.option("--fail-on-unknown", is_flag=True, help="Count what cannot be known as failing."),
    ):
        command = option(command)
    return command


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--var", "variables", multiple=True, metavar="NAME=VALUE", help="A Terraform variable. Repeatable.")
@click.option(
    "--var-file", "variable_files", multiple=True, type=click.Path(path_type=Path), help="A .tfvars file. Repeatable."
)
@click.option(
    "--param", "parameters", multiple=True, metavar="NAME=VALUE", help="A CloudFormation parameter. Repeatable."
)
@click.option(
    "--param-file",
    "parameter_files",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A parameter file. Repeatable.",
)
@click.option("--region", help="The region that is deployed to.")
@click.option("--account", "account_id", help="The id of the account that is deployed to.")
@click.option(
    "--root",
    type=click.Path(path_type=Path, file_okay=False),
    help="Read nothing outside of this folder [default: each path].",
)
@click.option("--folders-of", is_flag=True, help="Scan the folders that hold the given files (for pre-commit).")
@pack_options
@judging_options
@output_options
def scan(
    paths: tuple[Path, ...],
    variables: tuple[str, ...],
    variable_files: tuple[Path, ...],
    parameters: tuple[str, ...],
    parameter_files: tuple[Path, ...],
    region: str | None,
    account_id: str | None,
    root: Path | None,
    folders_of: bool,
    folders: tuple[Path, ...],
    replace_rules: bool,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    scope: Literal["trail", "all"],
    fail_on: str,
    fail_on_unknown: bool,
    format_: str | None,
    outputs: tuple[str, ...],
    quiet: bool,
    verbose: bool,
) -> int:
    """Scan infrastructure code at PATHS (files or folders; the current folder by default).

    Kinds are detected: Terraform modules, plans and states, CloudFormation
    templates and change sets, CDK output.
    """
    targets(outputs)
    gc.disable()  # nothing made here is dropped before the end
    pack = load_pack(folders, replace=replace_rules)
    rules = select_rules(pack, words(select), words(ignore))
    options = _options(variables, variable_files, parameters, parameter_files, region, account_id, root)
    chosen = _folders(paths) if folders_of else list(paths) or [Path()]
    loaded = load(chosen, options)
    inventory = inventory_of(loaded)
    settings = Settings(everything=scope == "all")
    hidden = unread(loaded, inventory)
    run = run_rules(inventory, rules, pack, settings, command="scan", inputs=loaded.inputs, hidden=hidden)
    report(
        run,
        format_=format_,
        outputs=outputs,
        quiet=quiet,
        verbose=verbose,
        opening=_opening(loaded, run),
        notes=_notes(unjudged(inventory, run)),
    )
    return exit_status(run, fail_on=fail_on, fail_on_unknown=fail_on_unknown)


def exit_status(run: Run, *, fail_on: str, fail_on_unknown: bool) -> int:
    """Return 2 when not everything could be done, 1 when something fails that counts, else 0."""
    if run.errors:
        return INCOMPLETE
    counting = SEVERITIES[: SEVERITIES.index(fail_on) + 1]
    for finding in run.findings:
        if finding.severity not in counting or finding.baseline:
            continue
        if (finding.status is Status.FAIL and finding.waiver is None) or (
            fail_on_unknown and finding.status is Status.UNKNOWN
        ):
            return FAILED
    return FAILED if fail_on_unknown and any(not group.findings for group in run.unknowns) else 0


def _opening(loaded: Loaded, run: Run) -> list[str]:
    """Return what must be read first: that nothing was scanned, or that no rule had anything to say."""
    if not loaded.inputs:
        return [NOTHING]
    lines = [f"this change takes away {address}" for address in removed(loaded)]
    if not run.findings and not run.errors:
        hidden = [f"not in sight: {group.what}; {group.cure}".rstrip("; ") for group in run.unknowns]
        nothing = "nothing that a rule speaks of: the input defines no trail, and nothing that serves one"
        lines += ["no trail is in sight, and not everything is", *hidden] if hidden else [nothing]
    return lines


def _notes(unjudged_resources: int) -> list[str]:
    if not unjudged_resources:
        return []
    some = "1 resource serves" if unjudged_resources == 1 else f"{unjudged_resources} resources serve"
    return [f"{some} no trail: no rule looked at {'it' if unjudged_resources == 1 else 'them'} (--scope all)"]


def _folders(paths: Sequence[Path]) -> list[Path]:
    return sorted({path.parent for path in paths})


def _options(
    variables: Sequence[str],
    variable_files: Sequence[Path],
    parameters: Sequence[str],
    parameter_files: Sequence[Path],
    region: str | None,
    account_id: str | None,
    root: Path | None,
) -> Options:
    from ctguard.sources.cloudformation.inputs import ParameterInputs, PseudoParameters, read_parameter_file
    from ctguard.sources.terraform.hcl.inputs import VariableInputs

    values: dict[str, str] = {}
    for path in parameter_files:
        values |= read_parameter_file(path, path.as_posix())
    values |= dict(_pair(word, "--param") for word in parameters)
    if account_id is not None and not re.fullmatch(r"\d{12}", account_id):
        raise UsageError(f"--account {account_id}: is no account id", hint="an account id has 12 digits")
    if region is not None and not re.fullmatch(r"[a-z]{2}(-[a-z]+)+-\d+", region):
        raise UsageError(f"--region {region}: is no region", hint="write it as eu-central-1")
    environment = {name: value for name, value in os.environ.items() if name.startswith("TF_VAR_")}
    return Options(
        variables=VariableInputs(
            arguments=dict(_pair(word, "--var") for word in variables),
            files=tuple(variable_files),
            environment=environment,
            region=region,
            account_id=account_id,
        ),
        parameters=ParameterInputs(values, PseudoParameters(account_id=account_id, region=region)),
        root=root,
    )


def _pair(word: str, option: str) -> tuple[str, str]:
    name, sign, value = word.partition("=")
    if not sign or not name:
        raise UsageError(f"{option} {word}: is not NAME=VALUE", hint=f"write {option} NAME=VALUE")
    return name.strip(), value
