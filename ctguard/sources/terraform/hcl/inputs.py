"""What the user gives to root modules, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct, field


class VariableInputs(Struct, frozen=True):
    """Values for variables, and what the user knows about the account that they go to.

    `environment` holds environment variables by their whole names; those that
    begin with TF_VAR_ count. `files` are variable files in their order on the
    command line, `arguments` the texts of single variables, which go over all
    else. The other facts are what data sources would read when Terraform runs.
    """

    arguments: Mapping[str, str] = field(default_factory=dict)
    files: tuple[Path, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    region: str | None = None
    account_id: str | None = None
    partition: str | None = None
    organization_id: str | None = None
    workspace: str | None = None
