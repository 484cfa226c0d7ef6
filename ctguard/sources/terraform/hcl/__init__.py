"""Terraform source (HCL and its JSON form) evaluated to declarations.

`read_module` evaluates a folder as a root module with the modules that it
calls, `read_file` one file by itself; `root_modules` finds the folders of a tree
that are root modules. `inputs.VariableInputs` is what the user gives to them.

What a value is that nobody knows yet, and why, travels with it: see
`ctguard.model.values`. What resources mean is not known here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ctguard.sources.terraform.hcl.discovery import root_modules
    from ctguard.sources.terraform.hcl.read import read_file, read_module

__all__ = ["read_file", "read_module", "root_modules"]

_HOMES = {"read_file": "read", "read_module": "read", "root_modules": "discovery"}


def __getattr__(name: str) -> Any:
    """Load the parser when a reader is asked for: whoever only needs `inputs` does without."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{home}"), name)
