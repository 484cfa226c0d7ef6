"""A template as it is written: its sections, taken apart and not evaluated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from ctguard.model.errors import Fault
from ctguard.model.location import Path
from ctguard.sources.cloudformation.failure import ReadFailure
from ctguard.sources.cloudformation.lines import Lines
from ctguard.sources.cloudformation.source_file import SourceFile

SECTIONS = ("Parameters", "Mappings", "Conditions", "Resources", "Outputs")


class Template(Struct, frozen=True, eq=False):
    """The sections that matter, each a map of what it declares, and where the file's lines are."""

    sections: Mapping[str, Mapping[str, Any]]
    transforms: tuple[str, ...]
    lines: Lines
    faults: tuple[Fault, ...]
    constant: Mapping[int, Any]


class Resource(Struct, frozen=True, eq=False):
    """One entry of `Resources`; `origin` is its path in the file, which a loop makes different from its id."""

    id: str
    type: str
    body: Mapping[str, Any]
    origin: Path
    properties: Mapping[str, Any] = field(default_factory=dict)


def take_apart(source: SourceFile) -> Template:
    """Return the sections of a template, or raise `ReadFailure` where the file is none."""
    root = source.root
    if not isinstance(root, dict) or not ("Resources" in root or "AWSTemplateFormatVersion" in root):
        raise ReadFailure("not-a-template", "is no CloudFormation template: it has no Resources")
    lines = source.lines
    faults: list[Fault] = []
    sections: dict[str, Mapping[str, Any]] = {}
    for name in SECTIONS:
        section = root.get(name)
        if section is not None and not isinstance(section, dict):
            faults.append(Fault(str(lines.at((name,))), "template", f"section {name} is not a map"))
            section = None
        sections[name] = section or {}
    if not sections["Resources"] and not faults:
        raise ReadFailure("empty", "is a template without resources", lines.at(("Resources",)).line)
    return Template(sections, tuple(_transforms(root.get("Transform"))), lines, tuple(faults), source.constant)


def _transforms(stated: Any) -> list[str]:
    entries = stated if isinstance(stated, list) else [] if stated is None else [stated]
    return [str(entry.get("Name")) if isinstance(entry, dict) else str(entry) for entry in entries]


def as_resource(name: str, body: Any, origin: Path) -> Resource | str:
    """Return an entry of `Resources`, or what is wrong with it."""
    if not isinstance(body, dict):
        return f"resource {name} is not a map"
    type_ = body.get("Type")
    if not isinstance(type_, str) or not type_:
        return f"resource {name} has no Type"
    properties = body.get("Properties")
    if properties is not None and not isinstance(properties, dict):
        return f"Properties of {name} is not a map"
    return Resource(name, type_, body, origin, properties or {})
