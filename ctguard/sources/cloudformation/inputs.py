"""What the caller knows of a deployment that no template says: parameters, account, region."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from ctguard.model.errors import UsageError


class PseudoParameters(Struct, frozen=True):
    """Where the stack is deployed; None is what nobody said."""

    account_id: str | None = None
    region: str | None = None
    partition: str | None = None
    stack_name: str | None = None


class ParameterInputs(Struct, frozen=True):
    """Values of parameters by name, as CloudFormation takes them: text; and where the stack is deployed."""

    values: Mapping[str, str] = field(default_factory=dict)
    pseudo: PseudoParameters = field(default_factory=PseudoParameters)


def read_parameter_file(path: Path, display: str) -> dict[str, str]:
    """Return the values of a parameter file; raise `UsageError` for a file that is none.

    Takes the forms that the AWS CLI, CodePipeline and SAM take: a list of
    `{"ParameterKey", "ParameterValue"}`, `{"Parameters": {...}}`, a plain map,
    and a list of `"Key=Value"`. A parameter with `UsePreviousValue` is left out: its value is not known.
    """
    from ctguard.sources.cloudformation.failure import ReadFailure
    from ctguard.sources.cloudformation.source_file import parse, read_bytes

    try:
        root = parse(read_bytes(path), display).root
    except ReadFailure as failure:
        fault = failure.fault(display)
        raise UsageError(f"{fault.source}: {fault.message}") from None
    if isinstance(root, dict) and isinstance(root.get("Parameters"), dict):
        root = root["Parameters"]
    pairs = root.items() if isinstance(root, dict) else _listed(root, display)
    return {str(name): _given(name, value, display) for name, value in pairs}


def _listed(root: Any, display: str) -> list[tuple[str, Any]]:
    pairs: list[tuple[str, Any]] = []
    for entry in root if isinstance(root, list) else [root]:
        if isinstance(entry, str) and "=" in entry:
            name, _, value = entry.partition("=")
            pairs.append((name, value))
        elif isinstance(entry, dict) and "ParameterKey" in entry:
            if "ParameterValue" in entry:
                pairs.append((entry["ParameterKey"], entry["ParameterValue"]))
        else:
            raise UsageError(
                f"{display}: is not a parameter file",
                hint='write {"Name": "value"} or [{"ParameterKey": "Name", "ParameterValue": "value"}]',
            )
    return pairs


def _given(name: str, value: Any, display: str) -> str:
    if isinstance(value, list):
        return ",".join(_given(name, item, display) for item in value)
    if isinstance(value, dict) or value is None:
        raise UsageError(f"{display}: parameter {name} has no text as its value", hint="write the value as text")
    return scalar_text(value)


def scalar_text(value: str | bool | float) -> str:
    """Return a scalar as CloudFormation writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
