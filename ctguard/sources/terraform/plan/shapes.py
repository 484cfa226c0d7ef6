"""The parts of a plan or state that matter, typed; everything else is passed over while decoding.

What belongs to one resource stays undecoded until its type turns out to be
wanted. (Terraform, "JSON Output Format": format version 1.x; unknown keys are to
be ignored.)
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Raw

NOTHING = Raw(b"null")


class ResourceChange(msgspec.Struct, gc=False):
    """One resource instance and what is to become of it."""

    address: str
    type: str = ""
    name: str = ""
    mode: str = "managed"
    module_address: str = ""
    index: str | int | None = None
    deposed: str = ""
    change: Raw = NOTHING


class Change(msgspec.Struct, gc=False):
    """The state after the plan is applied: values, and which of them are unknown or sensitive."""

    actions: list[str] = []
    after: Any = None
    after_unknown: Any = None
    after_sensitive: Raw = NOTHING


class ConfigResource(msgspec.Struct, gc=False):
    """A resource as its module writes it; `address` is relative to the module, without index."""

    address: str = ""
    type: str = ""
    expressions: Raw = Raw(b"{}")
    provider_config_key: str = ""
    for_each_expression: Any = None


class ConfigOutput(msgspec.Struct, gc=False):
    """An output of a module, by the expression that makes it."""

    expression: Any = None
    sensitive: bool = False


class ConfigVariable(msgspec.Struct, gc=False):
    """A variable of a module."""

    sensitive: bool = False


class ModuleCall(msgspec.Struct, gc=False):
    """A call of a module: where its source is, what it is given, what is in it."""

    source: str = ""
    expressions: dict[str, Any] = {}
    module: ConfigModule | None = None


class ConfigModule(msgspec.Struct, gc=False):
    """A module of the configuration."""

    resources: list[ConfigResource] = []
    module_calls: dict[str, ModuleCall] = {}
    outputs: dict[str, ConfigOutput] = {}
    variables: dict[str, ConfigVariable] = {}


class ProviderConfig(msgspec.Struct, gc=False):
    """A provider's own arguments."""

    expressions: dict[str, Any] = {}


class Configuration(msgspec.Struct, gc=False):
    """The configuration that was planned, by its expressions' references."""

    provider_config: dict[str, ProviderConfig] = {}
    root_module: ConfigModule = msgspec.field(default_factory=ConfigModule)


class StateResource(msgspec.Struct, gc=False):
    """A resource instance of a state, or of the values that a plan foresees."""

    address: str
    type: str = ""
    name: str = ""
    mode: str = "managed"
    index: str | int | None = None
    values: Raw = NOTHING
    sensitive_values: Raw = NOTHING


class StateModule(msgspec.Struct, gc=False):
    """A module of a state, with the modules below it."""

    address: str = ""
    resources: list[StateResource] = []
    child_modules: list[StateModule] = []


class StateValues(msgspec.Struct, gc=False):
    """All values of a state."""

    root_module: StateModule = msgspec.field(default_factory=StateModule)
    outputs: dict[str, Any] = {}


class PriorState(msgspec.Struct, gc=False):
    """The state before the plan; data sources that were read while planning are only here."""

    values: StateValues | None = None


class Shown(msgspec.Struct, gc=False):
    """What `terraform show -json` prints of a plan or, with `values`, of a state."""

    format_version: str = ""
    terraform_version: str = ""
    variables: dict[str, Any] = {}
    resource_changes: list[ResourceChange] | None = None
    resource_drift: list[Raw] = []
    output_changes: dict[str, Any] = {}
    planned_values: Raw = NOTHING
    configuration: Configuration | None = None
    prior_state: Raw = NOTHING
    values: Raw = NOTHING
    complete: bool = True
    errored: bool = False
    deferred_changes: list[Raw] = []


class StateInstance(msgspec.Struct, gc=False):
    """One instance of a resource in a raw state file."""

    attributes: Raw = NOTHING
    sensitive_attributes: Any = None
    index_key: str | int | None = None
    deposed: str = ""


class StateFileResource(msgspec.Struct, gc=False):
    """A resource of a raw state file, with its instances."""

    type: str = ""
    name: str = ""
    mode: str = "managed"
    module: str = ""
    instances: list[StateInstance] = []


class StateFile(msgspec.Struct, gc=False):
    """A raw state file (terraform.tfstate)."""

    version: int = 0
    terraform_version: str = ""
    serial: int = 0
    resources: list[StateFileResource] = []
    outputs: dict[str, Any] = {}
