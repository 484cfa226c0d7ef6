"""What a root module's variables are set to: files beside it, the command line, the environment."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

from msgspec import Struct

from ctguard.model.errors import Fault
from ctguard.model.values import Value
from ctguard.sources.terraform.hcl import native
from ctguard.sources.terraform.hcl.body import Attribute
from ctguard.sources.terraform.hcl.files import Text, read_text, source_faults
from ctguard.sources.terraform.hcl.inputs import VariableInputs
from ctguard.sources.terraform.hcl.limits import EvaluationError
from ctguard.sources.terraform.hcl.scope import Scope
from ctguard.sources.terraform.hcl.source import Source
from ctguard.sources.terraform.hcl.syntax import parse
from ctguard.sources.terraform.hcl.types import Type, convert, is_primitive

_ENVIRONMENT = "TF_VAR_"

Given: TypeAlias = Callable[[Type, Scope], Value]
"""A value that somebody gave to a variable: knows how to become one of the variable's type."""


class Settings(Struct, frozen=True):
    """The values that variables are set to, and the files that could not be read.

    A file that cannot be read may set any variable, so that only those are
    certain which something stronger sets: `unread` names such a file.
    """

    given: Mapping[str, Given]
    faults: tuple[Fault, ...] = ()
    unread: str = ""


def settings(inputs: VariableInputs, folder: Path | None, boundary: Path, display: Callable[[Path], str]) -> Settings:
    """Return what sets the variables of the root module in `folder`, the strongest winning.

    Terraform language, "Variable Definition Precedence": environment,
    terraform.tfvars, terraform.tfvars.json, *.auto.tfvars(.json) in order of
    their names, then the command line. Files that are found are not followed
    out of `boundary`; those that the user names may lie anywhere.
    """
    given = {
        name.removeprefix(_ENVIRONMENT): _from_text(text)
        for name, text in inputs.environment.items()
        if name.startswith(_ENVIRONMENT)
    }
    faults: list[Fault] = []
    unread = ""
    found_here = [(path, boundary) for path in _automatic(folder)]
    for path, within in (*found_here, *((path, None) for path in inputs.files)):
        found, problems = _read(path, display(path), within)
        if problems:
            faults.extend(problems)
            given.clear()
            unread = display(path)
        given.update(found)
    given.update({name: _from_text(text) for name, text in inputs.arguments.items()})
    return Settings(given, tuple(faults), unread)


def _automatic(folder: Path | None) -> Iterator[Path]:
    if folder is None or not folder.is_dir():
        return
    for name in ("terraform.tfvars", "terraform.tfvars.json"):
        if (folder / name).exists():
            yield folder / name
    names = sorted(path.name for path in folder.iterdir() if path.name.endswith((".auto.tfvars", ".auto.tfvars.json")))
    yield from (folder / name for name in names)


def _read(path: Path, display: str, boundary: Path | None) -> tuple[dict[str, Given], tuple[Fault, ...]]:
    text = read_text(path, display, boundary)
    if isinstance(text, Fault):
        return {}, (text,)
    if path.name.endswith(".json"):
        return _read_json(text)
    syntax = parse(text.data)
    values = native.attributes(Source(display, syntax.data), syntax.nodes)
    return {name: _from_expression(attribute) for name, attribute in values.items()}, source_faults(display, syntax)


def _read_json(text: Text) -> tuple[dict[str, Given], tuple[Fault, ...]]:
    try:
        values = json.loads(text.data)
    except (ValueError, RecursionError) as error:
        return {}, (Fault(text.display, "syntax", f"is not valid JSON: {error}"),)
    if not isinstance(values, dict):
        return {}, (Fault(text.display, "syntax", "must hold one JSON object, variable names to values"),)
    return {name: _from_value(value) for name, value in values.items()}, ()


def _from_value(value: Value) -> Given:
    return lambda constraint, scope: convert(value, constraint, scope)


def _from_expression(attribute: Attribute) -> Given:
    return lambda constraint, scope: convert(attribute.evaluate(scope), constraint, scope)


def _from_text(text: str) -> Given:
    """Read a value of the command line or environment: text where the type is a primitive or not stated."""

    def given(constraint: Type, scope: Scope) -> Value:
        if is_primitive(constraint):
            return convert(text, constraint, scope)
        syntax = parse(f"value = {text}".encode())
        values = native.attributes(Source("", syntax.data), syntax.nodes)
        if syntax.faults or "value" not in values:
            raise EvaluationError("the value that it is set to is not an HCL expression")
        return convert(values["value"].evaluate(scope), constraint, scope)

    return given
