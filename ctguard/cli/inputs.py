"""The options that go with inputs: values for variables and parameters, and where it all is deployed to."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from functools import wraps
from pathlib import Path
from typing import Any

import click

from ctguard.model.errors import UsageError
from ctguard.run.inputs import Options


def input_options(command: Any) -> Any:
    """Add the options that go with inputs; the command gets them as `options`, an `Options`."""

    @wraps(command)
    def gathered(
        variables: Sequence[str],
        variable_files: Sequence[Path],
        parameters: Sequence[str],
        parameter_files: Sequence[Path],
        region: str | None,
        account_id: str | None,
        root: Path | None,
        **others: Any,
    ) -> Any:
        options = _options(variables, variable_files, parameters, parameter_files, region, account_id, root)
        return command(options=options, **others)

    a_path = click.Path(path_type=Path)
    for option in (
        click.option(
            "--root",
            type=click.Path(path_type=Path, file_okay=False),
            help="Read nothing outside of this folder [default: each path].",
        ),
        click.option("--account", "account_id", help="The id of the account that is deployed to."),
        click.option("--region", help="The region that is deployed to."),
        click.option(
            "--param-file", "parameter_files", multiple=True, type=a_path, help="A parameter file. Repeatable."
        ),
        click.option(
            "--param", "parameters", multiple=True, metavar="NAME=VALUE", help="A CloudFormation parameter. Repeatable."
        ),
        click.option("--var-file", "variable_files", multiple=True, type=a_path, help="A .tfvars file. Repeatable."),
        click.option(
            "--var", "variables", multiple=True, metavar="NAME=VALUE", help="A Terraform variable. Repeatable."
        ),
    ):
        gathered = option(gathered)
    return gathered


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
