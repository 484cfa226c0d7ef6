"""Read a change set: what resources will be once it has been executed.

A change set lists what changes and nothing else, so it can never show that
something is missing; what it removes does not exist afterwards.
(CloudFormation API Reference, DescribeChangeSet, ResourceChange.)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from msgspec import Struct, field

from ctguard.model.errors import Fault
from ctguard.model.location import OnePlace
from ctguard.model.location import Path as PlacePath
from ctguard.model.values import Reference, Unknown, Value, text
from ctguard.sources.cloudformation.attributes import NAMES
from ctguard.sources.cloudformation.failure import ReadFailure
from ctguard.sources.cloudformation.inputs import PseudoParameters
from ctguard.sources.cloudformation.json_values import read_json
from ctguard.sources.cloudformation.lines import Lines
from ctguard.sources.cloudformation.pseudo import account_id, region
from ctguard.sources.cloudformation.source_file import parse_json, read_bytes
from ctguard.sources.cloudformation.texts import DYNAMIC, dynamic
from ctguard.sources.declaration import Declaration, Unit

MAX_BYTES: Final = 64_000_000
MAX_NODES: Final = 4_000_000
_KNOWN_LATER: Final = "{{changeSet:KNOWN_AFTER_APPLY}}"
_MASK: Final = "****"
_STACK_ARN: Final = re.compile(r"arn:[\w-]+:cloudformation:([\w-]+):(\d{12}):(?:stack|changeSet)/")
_FINISHED: Final = "CREATE_COMPLETE"
_SCAN_TEMPLATE: Final = "scan the stack's template"
_HINT: Final = "run describe-change-set again with --include-property-values"


class _Reading(Struct):
    """What comes out of a change set while it is read."""

    display: str
    lines: Lines
    deployment: PseudoParameters
    wanted: frozenset[str] | None = None
    faults: list[Fault] = field(default_factory=list)
    unseen: list[Unknown] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)

    def fault(self, kind: str, message: str, at: PlacePath = ()) -> None:
        self.faults.append(Fault(str(self.lines.at(at)) if at else self.display, kind, message))

    def miss(self, what: str, why: str, cure: str = "") -> None:
        self.unseen.append(Unknown(what, why, cure))


def read_change_set(path: Path, *, display: str, wanted: frozenset[str] | None = None) -> Unit:
    """Return the resources that a saved `describe-change-set` answer leaves behind; faults are in the unit.

    Removed resources, of the `wanted` types if those are given, are listed in its provenance.
    """
    try:
        source = parse_json(read_bytes(path, MAX_BYTES), display, MAX_NODES)
        root = source.root
        if not isinstance(root, dict) or not isinstance(root.get("Changes"), list):
            raise ReadFailure("not-a-change-set", "is no change set: it has no list of Changes")
    except ReadFailure as failure:
        return Unit(display, "cloudformation", (), (failure.fault(display),))
    reading = _Reading(display, source.lines, _deployment(root), wanted)
    name = str(root.get("ChangeSetName") or display)
    reading.miss(f"stack {root.get('StackName') or name}", "is shown in what changes alone", "scan its template too")
    if root.get("NextToken"):
        reading.miss(
            f"change set {name}", "goes on after its first page", "save the answer of the AWS CLI without paging"
        )
        reading.fault(
            "incomplete", "holds one page of several (NextToken): save the answer of the AWS CLI without paging"
        )
    _note_unfinished(root, name, reading)
    declarations = tuple(_declarations(root["Changes"], reading))
    return Unit(
        display,
        "cloudformation",
        declarations,
        faults=tuple(reading.faults),
        unseen=tuple(reading.unseen),
        provenance={"format": "change set", "change set": name}
        | ({"removed": "\n".join(reading.removed)} if reading.removed else {}),
    )


def _note_unfinished(root: Mapping[str, Any], name: str, reading: _Reading) -> None:
    """Note that a change set shows nothing, or not yet all: it failed, is being made, or was deleted."""
    status = root.get("Status", _FINISHED)
    if status != _FINISHED:
        reason = root.get("StatusReason")
        told = f" ({reason})" if isinstance(reason, str) and reason else ""
        reading.fault("incomplete", f"has the status {status}{told}: make the change set again, or {_SCAN_TEMPLATE}")
    elif not root["Changes"]:
        reading.fault("incomplete", f"shows no change, so nothing can be judged by it: {_SCAN_TEMPLATE}")
    else:
        return
    reading.miss(f"change set {name}", "shows nothing that could be judged", _SCAN_TEMPLATE)


def _deployment(root: Mapping[str, Any]) -> PseudoParameters:
    for name in ("StackId", "ChangeSetId"):
        if isinstance(arn := root.get(name), str) and (found := _STACK_ARN.match(arn)):
            return PseudoParameters(account_id=found[2], region=found[1])
    return PseudoParameters()


def _declarations(changes: list[Any], reading: _Reading) -> Iterator[Declaration]:
    without_values: list[str] = []
    for index, change in enumerate(changes):
        resource = change.get("ResourceChange") if isinstance(change, dict) else None
        if not isinstance(resource, dict):
            continue
        logical_id, type_ = resource.get("LogicalResourceId"), resource.get("ResourceType")
        if not isinstance(logical_id, str) or not isinstance(type_, str):
            reading.fault("syntax", "a change names no resource", ("Changes", index))
            continue
        if isinstance(nested := resource.get("ChangeSetId"), str):
            reading.miss(f"nested stack {logical_id}", f"has a change set of its own: {nested}", "scan that one too")
        if resource.get("Action") == "Remove":
            if reading.wanted is None or type_ in reading.wanted:
                reading.removed.append(f"{logical_id} {type_}")
            continue
        context = _context(resource, reading, index)
        if context is None:
            without_values.append(logical_id)
            reading.miss(f"resource {logical_id}", "has no values in this change set", _HINT)
        else:
            yield _declaration(
                logical_id, type_, resource, context, OnePlace(reading.lines.at(("Changes", index))), reading
            )
    if without_values:
        shown = ", ".join(without_values[:3]) + (" ..." if len(without_values) > 3 else "")
        reading.fault("incomplete", f"has no property values for {len(without_values)} resources ({shown}): {_HINT}")


def _context(resource: Mapping[str, Any], reading: _Reading, index: int) -> Mapping[str, Any] | None:
    context = resource.get("AfterContext")
    if isinstance(context, str):
        try:
            context = read_json(context)
        except ReadFailure as failure:
            reading.fault("syntax", f"AfterContext {failure.message}", ("Changes", index))
            return None
    return context if isinstance(context, dict) else None


def _declaration(
    logical_id: str,
    type_: str,
    resource: Mapping[str, Any],
    context: Mapping[str, Any],
    places: OnePlace,
    reading: _Reading,
) -> Declaration:
    properties = context.get("Properties")
    values = _Values(logical_id, _causes(resource))
    evaluated = values.of(properties if isinstance(properties, dict) else {}, "/Properties")
    return Declaration(
        type=type_,
        address=logical_id,
        values=_with_name(evaluated, type_, resource),
        places=places,
        exists=_existence(logical_id, resource),
        region=region(reading.deployment),
        account_id=account_id(reading.deployment),
        settings={
            name: context[name]
            for name in ("DeletionPolicy", "UpdateReplacePolicy")
            if isinstance(context.get(name), str)
        }
        | _identity(resource),
    )


def _existence(logical_id: str, resource: Mapping[str, Any]) -> Unknown | None:
    if resource.get("Action") != "Dynamic":
        return None
    return Unknown(
        f"change of {logical_id}", "is decided while the change set is executed", "execute it and audit the account"
    )


def _identity(resource: Mapping[str, Any]) -> dict[str, Value]:
    """Return the physical id of a resource that keeps the one it has."""
    physical_id = resource.get("PhysicalResourceId")
    return {"PhysicalResourceId": physical_id} if _is_kept(resource) and isinstance(physical_id, str) else {}


def _is_kept(resource: Mapping[str, Any]) -> bool:
    return resource.get("Action") in ("Modify", "Import") and resource.get("Replacement") in (None, "False")


def _with_name(values: dict[str, Value], type_: str, resource: Mapping[str, Any]) -> dict[str, Value]:
    """Add the name of a resource that keeps the one it has: the physical id, where that is what Ref gives."""
    names, physical_id = NAMES.get(type_), resource.get("PhysicalResourceId")
    if (
        not _is_kept(resource)
        or names is None
        or names.property is None
        or names.ref != "{name}"
        or not isinstance(physical_id, str)
    ):
        return values
    return values if names.property in values else {**values, names.property: physical_id}


def _causes(resource: Mapping[str, Any]) -> dict[str, Reference]:
    """Return by the path of a property the resource that its new value is taken from."""
    causes: dict[str, Reference] = {}
    details = resource.get("Details")
    for detail in details if isinstance(details, list) else []:
        target, entity = (
            (detail.get("Target"), detail.get("CausingEntity")) if isinstance(detail, dict) else (None, None)
        )
        if not isinstance(target, dict) or not isinstance(entity, str):
            continue
        path = target.get("Path") or f"/Properties/{target.get('Name')}"
        if detail.get("ChangeSource") == "ResourceReference":
            causes[str(path)] = Reference(entity, "Ref")
        elif detail.get("ChangeSource") == "ResourceAttribute" and "." in entity:
            causes[str(path)] = Reference(*entity.split(".", 1))
    return causes


class _Values(Struct, frozen=True):
    """Reads the values of one resource; what is known only after the change becomes an unknown."""

    logical_id: str
    causes: Mapping[str, Reference]

    def of(self, properties: Mapping[str, Any], path: str) -> dict[str, Value]:
        return {name: self._of(value, f"{path}/{name}") for name, value in properties.items() if value is not None}

    def _of(self, raw: Any, path: str) -> Value:
        if isinstance(raw, dict):
            return self.of(raw, path)
        if isinstance(raw, list):
            return [self._of(item, f"{path}/{index}") for index, item in enumerate(raw) if item is not None]
        if not isinstance(raw, str):
            return raw
        if raw == _MASK:
            return self._unknown(path, "is masked in the change set", "scan the template with the parameter's value")
        if _KNOWN_LATER in raw:
            first, *others = raw.split(_KNOWN_LATER)
            later = self._unknown(
                path, "is known only after the change", "execute the change set and audit the account"
            )
            return text([first, *(piece for other in others for piece in (later, other))])
        return dynamic(raw) if DYNAMIC in raw else raw

    def _unknown(self, path: str, why: str, cure: str) -> Unknown:
        what = f"{self.logical_id}.{path.removeprefix('/Properties/').replace('/', '.')}"
        return Unknown(what, why, cure, is_set=True, refers_to=self.causes.get(path))
