"""Read a plan or a state into a unit of declarations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from ctguard.model.errors import Fault
from ctguard.model.location import Path as ValuePath
from ctguard.model.values import Linked, Reference, Unknown, Value
from ctguard.sources.declaration import Declaration, Unit
from ctguard.sources.terraform.plan.computed import has_default, is_filled
from ctguard.sources.terraform.plan.detection import kind_of, plain
from ctguard.sources.terraform.plan.documents import document_of
from ctguard.sources.terraform.plan.references import References
from ctguard.sources.terraform.plan.shapes import Change, Plan, ResourceChange
from ctguard.sources.terraform.plan.source_lines import SourceLines
from ctguard.sources.terraform.plan.state import read_state, read_state_file
from ctguard.sources.terraform.plan.values import known_so_far, sensitive_texts

GONE: Final = (["delete"], ["forget"])
DOCUMENT: Final = "aws_iam_policy_document"


def read_plan(path: Path, *, display: str, wanted: frozenset[str]) -> Unit:
    """Return what a plan or a state declares of the `wanted` types.

    What cannot be read is among the unit's faults; so is a plan that Terraform
    itself calls incomplete, since what it does not show is not there to judge.
    """
    try:
        content = plain(path.read_bytes())
    except OSError as error:
        return _refused(display, "unreadable", f"cannot be read: {error.strerror or error}")
    try:
        match kind_of(content):
            case "plan":
                return _plan(msgspec.json.decode(content, type=Plan), path, display, wanted)
            case "state":
                return read_state(msgspec.json.decode(content, type=Plan), display, wanted)
            case "state file":
                return read_state_file(content, display, wanted)
            case "encrypted":
                return _refused(display, "encrypted", "the state is encrypted: decrypt it first, or scan the plan")
            case _:
                return _refused(display, "syntax", "is neither a plan nor a state")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return _refused(display, "syntax", f"is no JSON that Terraform writes: {error}")


def _refused(display: str, kind: str, message: str) -> Unit:
    return Unit(display, "terraform", (), (Fault(display, kind, message),))


@dataclass(slots=True)
class _Reading:
    """One plan while it is read."""

    plan: Plan
    references: References
    wanted: frozenset[str]
    changes: dict[str, ResourceChange]
    lines: SourceLines
    decoded: dict[str, Change] = field(default_factory=dict)
    secrets: set[str] = field(default_factory=set)

    def change(self, address: str) -> Change | None:
        """Return the planned state of a resource instance."""
        if address not in self.decoded and address in self.changes:
            self.decoded[address] = msgspec.json.decode(self.changes[address].change, type=Change)
        return self.decoded.get(address)


def _plan(plan: Plan, path: Path, display: str, wanted: frozenset[str]) -> Unit:
    major = plan.format_version.split(".")[0]
    if major not in ("0", "1"):
        return _refused(
            display, "version", f"has format version {plan.format_version}; 1.x is known: show it with Terraform 1.x"
        )
    current = [one for one in plan.resource_changes if not one.deposed]
    references = References(plan.configuration, current)
    changes = {one.address: one for one in current}
    lines = SourceLines(path.parent, display, references)
    reading = _Reading(plan, references, wanted, changes, lines)
    declarations = tuple(_declarations(reading, current))
    reading.secrets.update(_sensitive_variables(plan))
    return Unit(
        name=display,
        dialect="terraform",
        declarations=declarations,
        faults=tuple(_warnings(plan, display)),
        unseen=tuple(_unseen(plan, display)),
        secrets=frozenset(reading.secrets),
        provenance={"format": "plan", "terraform_version": plan.terraform_version},
    )


def _declarations(reading: _Reading, changes: Iterable[ResourceChange]) -> Iterator[Declaration]:
    for resource in changes:
        if resource.mode != "managed" or resource.type not in reading.wanted:
            continue
        change = reading.change(resource.address)
        if change is None or change.actions in GONE:
            continue
        reading.secrets.update(sensitive_texts(change.after, change.after_sensitive))
        region = _region(reading, resource, change)
        yield Declaration(
            type=resource.type,
            address=resource.address,
            values=_values(reading, resource, change),
            places=reading.lines.of(resource),
            region=region,
        )


def _values(reading: _Reading, resource: ResourceChange, change: Change) -> dict[str, Value]:
    def origin(path: ValuePath) -> Reference | None:
        return reading.references.origin(resource, path)

    values = known_so_far(change.after, change.after_unknown, resource.address, origin)
    if not isinstance(values, dict):
        return {}
    return {
        name: _linked(reading, value, origin((name,)))
        for name, value in values.items()
        if not _is_unstated(reading, resource, change, name, value)
    }


def _is_unstated(reading: _Reading, resource: ResourceChange, change: Change, name: str, value: Value) -> bool:
    """Say whether an argument is in the plan only because the provider put it there."""
    by_provider = (
        has_default(resource.type, name, change.actions)
        if isinstance(value, Unknown)
        else is_filled(resource.type, name, value)
    )
    return by_provider and not reading.references.configures(resource, name)


def _linked(reading: _Reading, value: Value, reference: Reference | None) -> Value:
    """Return a value that still knows where it came from: a name as a link, a document with what is known of it."""
    if reference is None:
        return value
    if isinstance(value, str) and _is_the_same(reading, value, reference):
        return Linked(value, reference)
    if isinstance(value, Unknown) and reference.address.rpartition("data.")[2].startswith(f"{DOCUMENT}."):
        resource = reading.changes.get(reference.address)
        change = reading.change(reference.address)
        if resource is not None and change is not None:
            return document_of(_values(reading, resource, change), reading.lines.of(resource))
    return value


def _is_the_same(reading: _Reading, value: str, reference: Reference) -> bool:
    """Say whether a known text is the attribute that it refers to, and not only made of it."""
    change = reading.change(reference.address)
    after = change.after if change else None
    return isinstance(after, dict) and after.get(reference.attribute) == value


def _region(reading: _Reading, resource: ResourceChange, change: Change) -> Value:
    """Return the region of a resource: its own argument (provider 6), else its provider's."""
    own = change.after.get("region") if isinstance(change.after, dict) else None
    if isinstance(own, str):
        return own
    module = reading.references.module(resource.module_address)
    written = reading.references.resource(module, resource) if module else None
    provider = reading.plan.configuration.provider_config.get(written.provider_config_key) if written else None
    expression = provider.expressions.get("region") if provider else None
    if not isinstance(expression, dict):
        return None
    if isinstance(region := expression.get("constant_value"), str):
        return region
    for reference in expression.get("references", ()):
        variable = reading.plan.variables.get(str(reference).removeprefix("var."))
        if isinstance(variable, dict) and isinstance(variable.get("value"), str):
            return variable["value"]
    return None


def _sensitive_variables(plan: Plan) -> Iterator[str]:
    """Yield the values of variables that the configuration calls sensitive; the plan has them in clear text."""
    for name, variable in plan.variables.items():
        declaration = plan.configuration.root_module.variables.get(name)
        if isinstance(declaration, dict) and declaration.get("sensitive") and isinstance(variable, dict):
            yield from sensitive_texts(variable.get("value"), True)


def _warnings(plan: Plan, display: str) -> Iterator[Fault]:
    if plan.errored:
        yield Fault(display, "incomplete", "Terraform could not finish this plan; plan again and scan that")
    elif not plan.complete:
        yield Fault(
            display,
            "incomplete",
            "this plan shows only a part (targeted or deferred); plan without -target and scan that",
        )


def _unseen(plan: Plan, display: str) -> Iterator[Unknown]:
    if plan.errored or not plan.complete or plan.deferred_changes:
        yield Unknown(display, "is a plan that shows only a part", "plan without -target and scan that")
