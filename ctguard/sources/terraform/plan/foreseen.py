"""Make changes of the values that a plan foresees, for plans that list no changes.

Such a plan leaves unknown values out, so an argument that refers to something
and has no value counts as unknown. (Terraform, "JSON Output Format", values.)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from ctguard.sources.terraform.plan.expressions import is_expression, references_of
from ctguard.sources.terraform.plan.references import References
from ctguard.sources.terraform.plan.shapes import ConfigModule, Configuration, ResourceChange, StateModule


def has_resources(module: StateModule) -> bool:
    """Return whether there are managed resources in a module or below."""
    return any(one.mode == "managed" for one in module.resources) or any(map(has_resources, module.child_modules))


def declares_resources(module: ConfigModule) -> bool:
    """Return whether a module or one that it calls declares managed resources, be it none of them at the moment."""
    return any(not one.address.startswith("data.") for one in module.resources) or any(
        declares_resources(call.module) for call in module.module_calls.values() if call.module
    )


def as_changes(module: StateModule, configuration: Configuration | None) -> Iterator[ResourceChange]:
    """Yield a change for every resource that a plan foresees in a module and below."""
    yield from _of_module(module, References(configuration, ()))


def _of_module(module: StateModule, references: References) -> Iterator[ResourceChange]:
    for resource in module.resources:
        change = ResourceChange(
            resource.address, resource.type, resource.name, resource.mode, module.address, resource.index
        )
        written = references.resource(change)
        after = msgspec.json.decode(resource.values)
        unknown = _missing(msgspec.json.decode(written.expressions), after) if written else None
        sensitive = msgspec.json.decode(resource.sensitive_values)
        planned = {"actions": ["no-op"], "after": after, "after_unknown": unknown, "after_sensitive": sensitive}
        change.change = msgspec.Raw(msgspec.json.encode(planned))
        yield change
    for child in module.child_modules:
        yield from _of_module(child, references)


def _missing(written: Any, value: Any) -> Any:
    """Return which parts of a value are not there although something is written for them."""
    if is_expression(written):
        return value is None and bool(references_of(written))
    if isinstance(written, dict):
        known = value if isinstance(value, dict) else {}
        return {name: mark for name, part in written.items() if (mark := _missing(part, known.get(name)))}
    if isinstance(written, list):
        known_items = value if isinstance(value, list) else []
        if len(known_items) == len(written):
            return [_missing(part, item) for part, item in zip(written, known_items, strict=True)]
        return not known_items and any(map(_refers, written))
    return None


def _refers(written: Any) -> bool:
    """Return whether a nested block refers to anything."""
    return isinstance(written, dict) and any(references_of(part) for part in written.values())
