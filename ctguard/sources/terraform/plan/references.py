"""Follow a plan's references: from an expression to the resource attributes that it was made of.

`var.x` leads to the caller's expression, `module.m.out` to the called module's
output, `each.value` to what the resource is repeated for; locals are not in the
format and lead nowhere.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, Final, TypeAlias

from msgspec import Struct

from ctguard.model.values import Reference
from ctguard.sources.terraform.plan.expressions import references_of, steps_of
from ctguard.sources.terraform.plan.shapes import ConfigModule, ConfigResource, Configuration, ResourceChange

Key: TypeAlias = str | int | None

_MODULE_STEP: Final = re.compile(r'module\.([\w-]+)((?:\[(?:"(?:[^"\\]|\\.)*"|\d+)\])?)\.?')
_NOT_RESOURCES: Final = frozenset({"local", "count", "path", "terraform", "self", "each", "var", "module"})
DEEPEST: Final = 20
MOST_FOLLOWED: Final = 500


class Place(Struct, frozen=True):
    """Where an expression stands: its module's address, the key of its resource or module call, what it repeats."""

    module: str
    key: Key = None
    repeated_for: Any = None


class References:
    """What the configuration says of where values come from."""

    def __init__(self, configuration: Configuration | None, changes: Iterable[ResourceChange]) -> None:
        self._root = configuration.root_module if configuration else None
        self._resources: dict[int, dict[str, ConfigResource]] = {}
        self._instances: dict[str, list[ResourceChange]] = defaultdict(list)
        for change in changes:
            self._instances[_address_of_all(change)].append(change)
        self._left = 0

    def origins(self, written: Any, place: Place) -> list[Reference]:
        """Return the resource attributes that an expression comes down to, in the order in which it names them."""
        self._left = MOST_FOLLOWED
        return list(dict.fromkeys(self._followed(written, place, DEEPEST)))

    def resource(self, change: ResourceChange) -> ConfigResource | None:
        """Return a planned resource as its module writes it."""
        module = self.module(change.module_address)
        if module is None:
            return None
        if id(module) not in self._resources:
            self._resources[id(module)] = {one.address: one for one in module.resources}
        prefix = "data." if change.mode == "data" else ""
        return self._resources[id(module)].get(f"{prefix}{change.type}.{change.name}")

    def module(self, address: str) -> ConfigModule | None:
        """Return the configuration of the module at `address` (`module.a[0].module.b`), the root's for none."""
        module = self._root
        for name, _ in _MODULE_STEP.findall(address):
            call = module.module_calls.get(name) if module else None
            module = call.module if call else None
        return module

    def sources(self, address: str) -> Iterator[str]:
        """Yield the `source` of each module on the way to `address`."""
        module = self._root
        for name, _ in _MODULE_STEP.findall(address):
            call = module.module_calls.get(name) if module else None
            if call is None:
                return
            yield call.source
            module = call.module

    def _followed(self, written: Any, place: Place, depth: int) -> Iterator[Reference]:
        references = references_of(written)
        by_key = {"each.key", "count.index"} & set(references)
        for reference in references:
            self._left -= 1
            if depth == 0 or self._left < 0:
                return
            steps = steps_of(reference)
            match steps:
                case ["var", name, *_]:
                    yield from self._given(name, place, depth - 1)
                case ["module", name, *rest]:
                    yield from self._output(name, rest, place, bool(by_key), depth - 1)
                case ["each", "value", *rest]:
                    yield from self._each(rest, place, depth - 1)
                case ["data", type_, name, *rest]:
                    yield from self._instance(f"data.{type_}.{name}", rest, place, bool(by_key))
                case [first, name, *rest] if first not in _NOT_RESOURCES:
                    yield from self._instance(f"{first}.{name}", rest, place, bool(by_key))

    def _given(self, name: str, place: Place, depth: int) -> Iterator[Reference]:
        """Follow a variable to the expression that the caller of this module gives for it."""
        calls = list(_MODULE_STEP.finditer(place.module))
        if not calls:
            return
        outer = place.module[: calls[-1].start()].rstrip(".")
        caller = self.module(outer)
        call = caller.module_calls.get(calls[-1][1]) if caller else None
        if call is not None:
            yield from self._followed(call.expressions.get(name), Place(outer, _key(calls[-1][2])), depth)

    def _output(self, name: str, rest: list[str], place: Place, by_key: bool, depth: int) -> Iterator[Reference]:
        """Follow a module's output to the expression that makes it."""
        index = rest[0] if rest and rest[0].startswith("[") else ""
        if not index and by_key and place.key is not None:
            index = f"[{_key_text(place.key)}]"
        named = rest[1:] if rest and rest[0].startswith("[") else rest
        address = f"{place.module}.module.{name}{index}".removeprefix(".")
        called = self.module(address)
        output = called.outputs.get(named[0]) if called and named else None
        if output is not None:
            yield from self._followed(output.expression, Place(address), depth)

    def _each(self, rest: list[str], place: Place, depth: int) -> Iterator[Reference]:
        """Follow `each.value.x` where a resource is repeated for the instances of another one."""
        for reference in references_of(place.repeated_for) if depth else ():
            match steps_of(reference):
                case [first, name] if first not in _NOT_RESOURCES:
                    yield from self._instance(f"{first}.{name}", rest, place, True)

    def _instance(self, address: str, rest: list[str], place: Place, by_key: bool) -> Iterator[Reference]:
        """Yield the instance that is meant: by a written index, by the same key, or the only one there is."""
        index = rest[0] if rest and rest[0].startswith("[") else ""
        names = rest[1:] if index else rest
        attribute = names[0] if names else ""
        full = f"{place.module}.{address}".removeprefix(".")
        instances = self._instances.get(full, [])
        if not instances:
            yield Reference(full + index, attribute)
            return
        if index:
            instances = [one for one in instances if f"[{_key_text(one.index)}]" == index]
        elif by_key and len(instances) > 1:
            instances = [one for one in instances if one.index == place.key]
        for one in instances:
            yield Reference(one.address, attribute)


def _address_of_all(change: ResourceChange) -> str:
    """Return the address of a resource without the key of the instance; those of its modules stay."""
    data = "data." if change.mode == "data" else ""
    return f"{change.module_address}.{data}{change.type}.{change.name}".removeprefix(".")


def _key(index: str) -> Key:
    """Return the key that an index in brackets writes."""
    text = index[1:-1]
    if not text:
        return None
    if text.isdigit():
        return int(text)
    return text[1:-1].replace('\\"', '"').replace("\\\\", "\\")


def _key_text(key: Key) -> str:
    if isinstance(key, str):
        escaped = key.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return str(key)
