"""Follow a plan's references: from an attribute to the resource instance that it was taken from.

The configuration names, for each expression, what it refers to, relative to its
module. `var.x` leads to the caller's expression, `module.m.out` to the called
module's output; locals are not in the format and lead nowhere.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec

from ctguard.model.location import Path
from ctguard.model.values import Reference
from ctguard.sources.terraform.plan.shapes import ConfigModule, ConfigResource, Configuration, ResourceChange

RESOURCE: Final = re.compile(r"^((?:data\.)?[a-z][a-z0-9]*_[\w-]+\.[\w-]+)((?:\[[^\]]*\])?)(?:\.([\w-]+))?")
MODULE: Final = re.compile(r"^module\.([\w-]+)((?:\[[^\]]*\])?)\.([\w-]+)")
INDEX: Final = re.compile(r"\[[^\]]*\]")
STEP: Final = re.compile(r"module\.[\w-]+(?:\[(?:\"(?:[^\"\\]|\\.)*\"|\d+)\])?")
DEEPEST: Final = 20


class References:
    """What the configuration says of where values come from."""

    def __init__(self, configuration: Configuration, changes: Iterable[ResourceChange]) -> None:
        self._root = configuration.root_module
        self._expressions: dict[int, Any] = {}
        self._resources: dict[tuple[int, str], ConfigResource] = {}
        self._instances: dict[str, list[ResourceChange]] = defaultdict(list)
        for change in changes:
            if not change.deposed:
                self._instances[INDEX.sub("", _without_index(change))].append(change)

    def origin(self, change: ResourceChange, path: Path) -> Reference | None:
        """Return the one resource attribute that the value at `path` was taken from, if it is one."""
        module = self.module(change.module_address)
        resource = self.resource(module, change) if module else None
        if module is None or resource is None:
            return None
        expression = _at(self._decoded(resource), path)
        found = list(dict.fromkeys(self._followed(_references(expression), change.module_address, change.index, 0)))
        return found[0] if len(found) == 1 else None

    def configures(self, change: ResourceChange, name: str) -> bool:
        """Say whether the configuration gives the argument `name`, or cannot be asked."""
        module = self.module(change.module_address)
        resource = self.resource(module, change) if module else None
        return resource is None or name in self._decoded(resource)

    def module(self, address: str) -> ConfigModule | None:
        """Return the configuration of the module at `address` ("module.a[0].module.b"); the root for ""."""
        module: ConfigModule | None = self._root
        for step in STEP.findall(address):
            call = module.module_calls.get(_name(step)) if module else None
            module = call.module if call else None
        return module

    def sources(self, address: str) -> Iterator[str]:
        """Yield the `source` of each module on the way to `address`."""
        module: ConfigModule | None = self._root
        for step in STEP.findall(address):
            call = module.module_calls.get(_name(step)) if module else None
            if call is None:
                return
            yield call.source
            module = call.module

    def resource(self, module: ConfigModule, change: ResourceChange) -> ConfigResource | None:
        """Return a resource of `module` as it is written."""
        if (id(module), "") not in self._resources:
            self._resources[id(module), ""] = ConfigResource()
            for one in module.resources:
                self._resources[id(module), one.address] = one
        prefix = "data." if change.mode == "data" else ""
        return self._resources.get((id(module), f"{prefix}{change.type}.{change.name}"))

    def _decoded(self, resource: ConfigResource) -> Any:
        if id(resource) not in self._expressions:
            self._expressions[id(resource)] = msgspec.json.decode(resource.expressions)
        return self._expressions[id(resource)]

    def _followed(self, references: list[str], module: str, index: str | int | None, depth: int) -> Iterator[Reference]:
        """Yield the resource attributes that a module's references come down to."""
        if depth > DEEPEST:
            return
        for reference in _longest(references):
            if match := MODULE.match(reference):
                child = f"{module}." if module else ""
                child += f"module.{match[1]}{match[2]}"
                called = self.module(INDEX.sub("", child)) if not match[2] else self.module(child)
                output = called.outputs.get(match[3]) if called else None
                if output is not None:
                    yield from self._followed(_references(output.expression), child, None, depth + 1)
            elif reference.startswith("var."):
                yield from self._from_caller(reference, module, index, depth)
            elif match := RESOURCE.match(reference):
                yield from self._instance(match, module, index, references)

    def _from_caller(self, reference: str, module: str, index: str | int | None, depth: int) -> Iterator[Reference]:
        steps = STEP.findall(module)
        if not steps:
            return
        outer = ".".join(steps[:-1])
        caller = self.module(outer)
        call = caller.module_calls.get(_name(steps[-1])) if caller else None
        if call is not None:
            expression = call.expressions.get(reference.split(".")[1])
            yield from self._followed(_references(expression), outer, index, depth + 1)

    def _instance(
        self, match: re.Match[str], module: str, index: str | int | None, references: list[str]
    ) -> Iterator[Reference]:
        """Pair instances: a written index, the same index on both sides, or the only one there is."""
        attribute = match[3] or "id"
        address = f"{module}.{match[1]}" if module else match[1]
        instances = [
            one for one in self._instances.get(INDEX.sub("", address), ()) if _module_fits(one.module_address, module)
        ]
        exact = [one for one in instances if match[2] and one.address.endswith(f"{match[1]}{match[2]}")]
        if not instances:
            yield Reference(address, attribute)
        elif len(exact) == 1:
            yield Reference(exact[0].address, attribute)
        elif len(instances) == 1:
            yield Reference(instances[0].address, attribute)
        elif index is not None and {"each.key", "each.value", "count.index"} & set(references):
            same = [one for one in instances if one.index == index]
            if len(same) == 1:
                yield Reference(same[0].address, attribute)


def _module_fits(actual: str, named: str) -> bool:
    return actual == named or INDEX.sub("", actual) == named


def _without_index(change: ResourceChange) -> str:
    """Return an instance's address without its own index; that of its module stays."""
    prefix = f"{change.module_address}." if change.module_address else ""
    data = "data." if change.mode == "data" else ""
    return f"{prefix}{data}{change.type}.{change.name}"


def _references(expression: Any) -> list[str]:
    found = expression.get("references") if isinstance(expression, dict) else None
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []


def _longest(references: list[str]) -> list[str]:
    """Return the references that are not the beginning of another one: Terraform lists each from long to short."""
    return [
        one
        for one in references
        if not any(other != one and other.startswith((f"{one}.", f"{one}[")) for other in references)
    ]


def _at(expressions: Any, path: Path) -> Any:
    """Return the expression at a path of the values; blocks are lists of maps on both sides."""
    for step in path:
        if isinstance(expressions, dict) and ("references" in expressions or "constant_value" in expressions):
            return expressions
        if isinstance(expressions, dict):
            expressions = expressions.get(str(step))
        elif isinstance(expressions, list) and isinstance(step, int):
            expressions = expressions[step] if step < len(expressions) else None
        else:
            return None
    return expressions


def _name(step: str) -> str:
    return step.removeprefix("module.").split("[")[0]
