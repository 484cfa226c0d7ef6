"""Write configurations to a folder and read them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ctguard.model.values import Value
from ctguard.sources.declaration import Declaration, Unit
from ctguard.sources.terraform.hcl import read_module
from ctguard.sources.terraform.hcl.inputs import VariableInputs

Files = dict[str, str | bytes]


def write(folder: Path, files: Files) -> Path:
    """Write `files` (paths to texts) below `folder`."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Unit]:
    """Read a root module from texts: `read(text)` for one file, `read({name: text})` for more."""

    def read_texts(files: str | Files, *, folder: str = ".", **options: Any) -> Unit:
        write(tmp_path, {"main.tf": files} if isinstance(files, str) else files)
        options.setdefault("display", "infra")
        return read_module(tmp_path / folder, root=tmp_path, **options)

    return read_texts


@pytest.fixture
def value_of(read: Callable[..., Unit]) -> Callable[..., Value]:
    """Return what an expression is, beside the declarations in `context`."""

    def value(expression: str, context: str = "", **variables: str) -> Value:
        unit = read(
            f'{context}\nresource "thing" "it" {{\n  value = {expression}\n}}\n',
            variables=VariableInputs(arguments=variables),
        )
        assert unit.faults == ()
        return declared(unit, "thing.it").values.get("value")

    return value


def declared(unit: Unit, address: str) -> Declaration:
    """Return the one declaration at `address`."""
    (found,) = (each for each in unit.declarations if each.address == address)
    return found
