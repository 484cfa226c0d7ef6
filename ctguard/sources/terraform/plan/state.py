"""Read a state: everything in it is known, and links are names and ARNs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from ctguard.model.errors import Fault
from ctguard.model.values import Unknown, Value
from ctguard.sources.declaration import Declaration, Unit
from ctguard.sources.terraform.plan.shapes import (
    StateFile,
    StateFileResource,
    StateInstance,
    StateModule,
    StateValues,
)
from ctguard.sources.terraform.plan.surroundings import place_of
from ctguard.sources.terraform.plan.values import sensitive_texts, stated

OUR_VERSION: Final = 4
NOT_IN_STATES: Final = Unknown("lifecycle", "is not part of a state", "scan the source")


def read_state(values: StateValues, terraform_version: str, display: str, wanted: frozenset[str]) -> Unit:
    """Return what `terraform show -json` prints of a state."""
    secrets: set[str] = set(_sensitive_outputs(values.outputs))
    return Unit(
        display,
        "terraform",
        tuple(_of_module(values.root_module, wanted, secrets)),
        secrets=frozenset(secrets),
        provenance={"format": "state", "terraform_version": terraform_version},
    )


def read_state_file(content: bytes, display: str, wanted: frozenset[str]) -> Unit:
    """Return what a raw state file holds; other versions than 4 are refused."""
    version = msgspec.json.decode(content, type=_Version).version
    if version != OUR_VERSION:
        message = (
            f"is a state of version {version}, and version {OUR_VERSION} is read: open it with a current Terraform"
        )
        return Unit(display, "terraform", (), (Fault(display, "version", message),))
    state = msgspec.json.decode(content, type=StateFile)
    secrets: set[str] = set(_sensitive_outputs(state.outputs))
    declarations = tuple(
        _declaration(_address(resource, instance), resource.type, _instance_values(instance, secrets))
        for resource in state.resources
        if resource.mode == "managed" and resource.type in wanted
        for instance in resource.instances
        if not instance.deposed
    )
    return Unit(
        display,
        "terraform",
        declarations,
        secrets=frozenset(secrets),
        provenance={
            "format": "state file",
            "terraform_version": state.terraform_version,
            "serial": str(state.serial),
        },
    )


class _Version(msgspec.Struct):
    """The one key that all versions of state files have."""

    version: int = 0


def _of_module(module: StateModule, wanted: frozenset[str], secrets: set[str]) -> Iterator[Declaration]:
    for resource in module.resources:
        if resource.mode == "managed" and resource.type in wanted:
            values = msgspec.json.decode(resource.values)
            secrets.update(sensitive_texts(values, msgspec.json.decode(resource.sensitive_values)))
            yield _declaration(resource.address, resource.type, values)
    for child in module.child_modules:
        yield from _of_module(child, wanted, secrets)


def _declaration(address: str, type_: str, after: Any) -> Declaration:
    values: Mapping[str, Value] = stated(after if isinstance(after, dict) else {}, None, None, "", _as_it_is)
    region, account = place_of(values)
    return Declaration(
        type_, address, values, region=region, account_id=account, settings={"prevent_destroy": NOT_IN_STATES}
    )


def _as_it_is(after: Any, unknown: bool, written: Any, path: str, among: tuple[int, int] = (0, 1)) -> Value:
    return after


def _address(resource: StateFileResource, instance: StateInstance) -> str:
    prefix = f"{resource.module}." if resource.module else ""
    index = "" if instance.index_key is None else f"[{msgspec.json.encode(instance.index_key).decode()}]"
    return f"{prefix}{resource.type}.{resource.name}{index}"


def _instance_values(instance: StateInstance, secrets: set[str]) -> Any:
    values = msgspec.json.decode(instance.attributes)
    for path in instance.sensitive_attributes or ():
        secrets.update(sensitive_texts(_at(values, path), True))
    return values


def _at(values: Any, path: Any) -> Any:
    """Return the value at a path as state files write it: steps of get_attr and index."""
    for step in path if isinstance(path, list) else []:
        name = step.get("value") if isinstance(step, dict) else None
        name = name.get("value") if isinstance(name, dict) else name
        if isinstance(values, dict):
            values = values.get(name)
        elif isinstance(values, list) and isinstance(name, int) and 0 <= name < len(values):
            values = values[name]
    return values


def _sensitive_outputs(outputs: Mapping[str, Any]) -> Iterator[str]:
    for output in outputs.values():
        if isinstance(output, dict) and output.get("sensitive"):
            yield from sensitive_texts(output.get("value"), True)
