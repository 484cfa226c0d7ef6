"""Read a state: everything in it is known, and links are names and ARNs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from ctguard.model.errors import Fault
from ctguard.model.values import Value
from ctguard.sources.declaration import Declaration, Unit
from ctguard.sources.terraform.plan.shapes import Plan, StateFile, StateFileResource, StateInstance, StateModule
from ctguard.sources.terraform.plan.values import known_so_far, sensitive_texts

OUR_VERSION = 4


def read_state(shown: Plan, display: str, wanted: frozenset[str]) -> Unit:
    """Return what `terraform show -json` prints of a state."""
    secrets: set[str] = set()
    values = shown.values
    declarations = tuple(_of_module(values.root_module, wanted, secrets)) if values else ()
    for output in (values.outputs if values else {}).values():
        secrets.update(_sensitive_output(output))
    return Unit(
        display,
        "terraform",
        declarations,
        secrets=frozenset(secrets),
        provenance={"format": "state", "terraform_version": shown.terraform_version},
    )


def read_state_file(content: bytes, display: str, wanted: frozenset[str]) -> Unit:
    """Return what a raw state file holds; other versions than 4 are refused."""
    state = msgspec.json.decode(content, type=StateFile)
    if state.version != OUR_VERSION:
        message = (
            f"is a state of version {state.version}; version {OUR_VERSION} is known: open it with a current Terraform"
        )
        return Unit(display, "terraform", (), (Fault(display, "version", message),))
    secrets: set[str] = set()
    for output in state.outputs.values():
        secrets.update(_sensitive_output(output))
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
        provenance={"format": "state file", "terraform_version": state.terraform_version},
    )


def _of_module(module: StateModule, wanted: frozenset[str], secrets: set[str]) -> Iterator[Declaration]:
    for resource in module.resources:
        if resource.mode == "managed" and resource.type in wanted:
            values = msgspec.json.decode(resource.values)
            secrets.update(sensitive_texts(values, msgspec.json.decode(resource.sensitive_values)))
            yield _declaration(resource.address, resource.type, values)
    for child in module.child_modules:
        yield from _of_module(child, wanted, secrets)


def _declaration(address: str, type_: str, values: Any) -> Declaration:
    known: Value = known_so_far(values, None, address, lambda path: None)
    stated: Mapping[str, Value] = known if isinstance(known, dict) else {}
    arn = stated.get("arn")
    fields = arn.split(":") if isinstance(arn, str) else []
    region = stated.get("region") or (fields[3] if len(fields) > 5 else None)
    account = fields[4] if len(fields) > 5 else None
    return Declaration(type_, address, stated, region=region or None, account_id=account or None)


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
        elif isinstance(values, list) and isinstance(name, int) and name < len(values):
            values = values[name]
    return values


def _sensitive_output(output: Any) -> Iterator[str]:
    if isinstance(output, dict) and output.get("sensitive"):
        yield from sensitive_texts(output.get("value"), True)
