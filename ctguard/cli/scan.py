"""`ctguard scan`: judge infrastructure code."""

from __future__ import annotations

import gc
import os
import re
from collections.abc import Sequence
from pathlib import Path

import click

from ctguard.cli.judging import judging_options
from ctguard.cli.output import output_options, report, targets
from ctguard.model.errors import UsageError
from ctguard.model.finding import Run
from ctguard.run.inputs import NOTHING, Loaded, Options, load
from ctguard.run.judging import Asked, prepare
from ctguard.run.scan import inventory_of, removed, unjudged, unread


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
    asked: Asked,
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
    judging = prepare(asked)
    options = _options(variables, variable_files, parameters, parameter_files, region, account_id, root)
    chosen = _folders(paths) if folders_of else list(paths) or [Path()]
    loaded = load(chosen, options)
    inventory = inventory_of(loaded)
    run = judging.judge(inventory, command="scan", inputs=loaded.inputs, hidden=unread(loaded, inventory))
    report(
        run,
        format_=format_,
        outputs=outputs,
        quiet=quiet,
        verbose=verbose,
        opening=_opening(loaded, run),
        notes=_notes(unjudged(inventory, run)),
    )
    return judging.exit_status(run)


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
