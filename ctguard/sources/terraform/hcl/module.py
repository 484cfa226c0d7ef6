"""A module while it is evaluated: what its names stand for, in this one call of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

from msgspec.structs import replace

from ctguard.model.values import PartialList, PartialMap, Unknown, Value, references
from ctguard.sources.handed import identities
from ctguard.sources.terraform.hcl.body import Attribute, Block
from ctguard.sources.terraform.hcl.declared import Declared, ResourceKey
from ctguard.sources.terraform.hcl.evaluation import Evaluation
from ctguard.sources.terraform.hcl.expansion import Instances, unknown_instance, worked_out
from ctguard.sources.terraform.hcl.limits import EvaluationError
from ctguard.sources.terraform.hcl.providers import Provider, passed_on, providers_of
from ctguard.sources.terraform.hcl.resources import Instance, Resource, index_text, undeclared
from ctguard.sources.terraform.hcl.scope import Scope
from ctguard.sources.terraform.hcl.traversal import Attributes
from ctguard.sources.terraform.hcl.types import UNSTATED, Type, convert

Input: TypeAlias = Callable[[Type, Scope], Value]
"""What somebody gave to a variable; it becomes one of the variable's type."""

Loaded: TypeAlias = "tuple[Path, Declared, bool] | Unknown"
"""A called module's folder, what it declares and whether all of it could be read; or why it is not there."""

Load: TypeAlias = "Callable[[Module, str, Block], Loaded]"
_META_ARGUMENTS = frozenset({"source", "version", "count", "for_each", "providers", "depends_on"})


class Module:
    """One call of a module: the root has no parent, no prefix, and inputs from outside."""

    def __init__(
        self,
        evaluation: Evaluation,
        declared: Declared,
        load: Load,
        folder: Path,
        inputs: Mapping[str, Input],
        *,
        unread_inputs: str = "",
        whole: bool = True,
        name: str = "",
        parent: Module | None = None,
        exists: Unknown | None = None,
        passed: dict[str, Provider] | None = None,
    ) -> None:
        self.evaluation = evaluation
        self.declared = declared
        self.load = load
        self.folder = folder
        self.inputs = inputs
        self.unread_inputs = unread_inputs
        self.whole = whole
        self.parent = parent
        self.prefix: str = "" if parent is None else f"{parent.prefix}module.{name}."
        self.exists = exists
        self.root: Module = self if parent is None else parent.root
        self.scope: Scope = Scope(evaluation, self, {})
        self.counts: dict[str, Value] = {}
        self._values: dict[tuple[str, str], Value] = {}
        self._resources: dict[ResourceKey, list[Resource]] = {}
        self._calls: dict[str, ModuleCall] = {}
        self.providers = providers_of(self, passed or {})

    def look_up(self, root: str, names: tuple[str, ...]) -> Value:
        """Return what a reference that begins with `root` stands for."""
        found = _ROOTS.get(root)
        if found is not None:
            return found(self, *names)
        return self._resource(("managed", root, names[0]))

    def local_definition(self, name: str) -> tuple[Attribute, Scope] | None:
        """Return how a local value is defined."""
        attribute = self.declared.locals.get(name)
        return None if attribute is None else (attribute, self.scope)

    def resources(self, wanted: Callable[[str], bool]) -> Iterator[Resource]:
        """Yield the managed resources of the wanted types, in the order of the files."""
        for key in self.declared.resources:
            if key[0] == "managed" and wanted(key[1]):
                yield from self._declared(key)

    def calls(self) -> Iterator[ModuleCall]:
        """Yield the module calls."""
        return (self.call(name) for name in self.declared.modules)

    def call(self, name: str) -> ModuleCall:
        """Return the call of this name."""
        if name not in self._calls:
            self._calls[name] = ModuleCall(self, name, self.declared.modules[name])
        return self._calls[name]

    def depth(self) -> int:
        """Return how many calls lead here."""
        return 0 if self.parent is None else self.parent.depth() + 1

    def output(self, name: str) -> Value:
        """Return the value of an output."""
        block = self.declared.outputs.get(name)
        full_name = f"{self.prefix}{name}".rstrip(".")
        if block is None:
            return self._missing(full_name, f"this module does not have an output named {name!r}")
        if "value" not in block.body.attributes:
            raise EvaluationError(f"the output {name!r} has no value")
        return self.evaluation.named(self._values, ("output", name), f"output {full_name}", lambda: self._output(block))

    def _output(self, block: Block) -> Value:
        attributes = block.body.attributes
        value = attributes["value"].evaluate(self.scope)
        if _flag(attributes.get("sensitive"), default=False):
            self._keep_sensitive(value)
        return value

    def _keep_sensitive(self, value: Value) -> None:
        self.evaluation.keep_secret(value)
        self.evaluation.is_tainted = True

    def _missing(self, name: str, message: str) -> Unknown:
        """Refuse a name that nothing declares, unless a part of the module could not be read."""
        if self.whole:
            raise EvaluationError(message)
        return Unknown(name, "is not declared in what could be read of the module", "correct the module's files")

    def _declared(self, key: ResourceKey) -> list[Resource]:
        if key not in self._resources:
            blocks = self.declared.resources.get(key, [])
            self._resources[key] = [Resource(self, block, key[0]) for block in blocks]
        return self._resources[key]

    def _resource(self, key: ResourceKey) -> Value:
        declared = self._declared(key)
        if not declared:
            mode = "" if key[0] == "managed" else f"{key[0]}."
            return undeclared(f"{self.prefix}{mode}{key[1]}.{key[2]}")
        return declared[0].value()

    def _local(self, name: str) -> Value:
        attribute = self.declared.locals.get(name)
        full_name = f"{self.prefix}local.{name}"
        if attribute is None:
            return Unknown(full_name, "is not declared", f"declare local.{name}")
        return self.evaluation.named(self._values, ("local", name), full_name, lambda: attribute.evaluate(self.scope))

    def _variable(self, name: str) -> Value:
        block = self.declared.variables.get(name)
        full_name = f"{self.prefix}var.{name}"
        if block is None:
            return Unknown(full_name, "is not declared", f"declare variable {name!r}")
        return self.evaluation.named(
            self._values, ("var", name), full_name, lambda: self._variable_value(name, full_name, block)
        )

    def _variable_value(self, name: str, full_name: str, block: Block) -> Value:
        attributes = block.body.attributes
        constraint = attributes["type"].type() if "type" in attributes else UNSTATED
        nullable = _flag(attributes.get("nullable"), default=True)
        given = self.inputs.get(name)
        value = None if given is None else given(constraint, self.scope)
        if given is None and self.unread_inputs:
            value = Unknown(full_name, f"may be set in {self.unread_inputs}, which cannot be read", "correct that file")
        elif value is None and "default" in attributes and (given is None or not nullable):
            value = convert(attributes["default"].evaluate(self.scope), constraint, self.scope)
        elif given is None:
            cure = f"set var.{name}" if self.parent is None else f"give {name} to {self.prefix.rstrip('.')}"
            value = Unknown(full_name, "has no value", cure, where=block.locate())
        if isinstance(value, Unknown) and not nullable:
            value = replace(value, is_set=True)
        if _flag(attributes.get("sensitive"), default=False):
            self._keep_sensitive(value)
        return value

    def _module(self, name: str) -> Value:
        if name not in self.declared.modules:
            return Unknown(f"{self.prefix}module.{name}", "is not declared", f"declare module {name!r}")
        return self.call(name).value()

    def _path(self, name: str) -> Value:
        if name == "root":
            return "."
        if name == "module":
            folder, root = self.folder, self.evaluation.root
            return "." if folder == root else _relative(folder, root)
        if name == "cwd":
            return Unknown("path.cwd", "is where Terraform is started", "scan the plan", is_set=True)
        raise EvaluationError(f"path.{name} does not exist")

    def _terraform(self, name: str) -> Value:
        if name not in ("workspace", "env"):
            return Unknown(f"terraform.{name}", "is known only when it runs", "scan the plan")
        unknown = Unknown("terraform.workspace", "is chosen when it runs", "scan the plan", is_set=True)
        return self.evaluation.inputs.workspace or unknown


def _relative(folder: Path, root: Path) -> str:
    return Path(os.path.relpath(folder, root)).as_posix()


def _flag(attribute: Attribute | None, *, default: bool) -> bool:
    return default if attribute is None else attribute.text() == "true"


_ROOTS: dict[str, Callable[..., Value]] = {
    "var": Module._variable,
    "local": Module._local,
    "module": Module._module,
    "path": Module._path,
    "terraform": Module._terraform,
    "data": lambda module, kind, name: module._resource(("data", kind, name)),
    "ephemeral": lambda module, kind, name: module._resource(("ephemeral", kind, name)),
    "resource": lambda module, kind, name: module._resource(("managed", kind, name)),
}


class ModuleCall:
    """One `module` block, before and after it is multiplied by count or for_each."""

    def __init__(self, parent: Module, name: str, block: Block) -> None:
        self.parent = parent
        self.name = name
        self.block = block
        self.address = f"{parent.prefix}module.{name}"

    @cached_property
    def counted(self) -> Instances:
        """The instances as count or for_each says."""
        parent = self.parent
        return worked_out(parent.evaluation, parent.counts, self.block, parent.scope, self.address)

    @cached_property
    def loaded(self) -> Loaded:
        """What the source of the call leads to."""
        found = self.parent.load(self.parent, self.address, self.block)
        if isinstance(found, Unknown):
            self._note_handed(found)
        return found

    def _note_handed(self, missing: Unknown) -> None:
        """Note the resources that a module which cannot be read is given: it may state something of them."""
        for name, attribute in self.block.body.attributes.items():
            if name in _META_ARGUMENTS:
                continue
            try:
                value = attribute.evaluate(self.parent.scope)
            except EvaluationError:
                continue
            handed = self.parent.evaluation.handed
            for reference in references(value):
                handed.setdefault(reference.address, missing)
            for key in identities(value):
                handed.setdefault(key, missing)

    @cached_property
    def modules(self) -> list[Module]:
        """The called modules, last the one that stands for those that may be called too; none where it is not there."""
        counted = self.counted
        if (not counted.known and counted.rest is None) or isinstance(self.loaded, Unknown):
            return []
        found = [self._module(self.loaded, index_text(key), names, self.parent.exists) for key, names in counted.known]
        if counted.rest is not None:
            names = unknown_instance(counted.shape, counted.rest)
            found.append(self._module(self.loaded, "", names, counted.rest))
        return found

    def _module(
        self, loaded: tuple[Path, Declared, bool], key: str, names: Mapping[str, Value], exists: Unknown | None
    ) -> Module:
        folder, declared, whole = loaded
        is_tainted = self.parent.evaluation.has_tainted(f"{self.address}.for_each")
        scope = self.parent.scope.having(names, is_tainted=is_tainted)
        given = {
            name: _given(attribute, scope)
            for name, attribute in self.block.body.attributes.items()
            if name not in _META_ARGUMENTS
        }
        return Module(
            self.parent.evaluation,
            declared,
            self.parent.load,
            folder,
            given,
            whole=whole,
            name=f"{self.name}{key}",
            parent=self.parent,
            exists=exists,
            passed=passed_on(self.parent, self.block),
        )

    def value(self) -> Value:
        """Return what a reference to the call gives: its outputs, or a list or map of them."""
        counted = self.counted
        if (counted.known or counted.rest is not None) and isinstance(self.loaded, Unknown):
            return self._value_of_missing(self.loaded)
        keys = [key for key, _ in counted.known]
        objects = [_outputs(module) for module in self.modules[: len(keys)]]
        if counted.shape == "one":
            return objects[0]
        if counted.shape == "list":
            return objects if counted.rest is None else PartialList(tuple(objects), counted.rest)
        entries = dict(zip(map(str, keys), objects, strict=True))
        return entries if counted.rest is None else PartialMap(entries, counted.rest)

    def _value_of_missing(self, missing: Unknown) -> Value:
        counted = self.counted
        if counted.shape == "one":
            return missing
        if counted.rest is not None:
            return missing
        if counted.shape == "list":
            return [replace(missing, via=f"{self.address}{index_text(key)}") for key, _ in counted.known]
        return {str(key): replace(missing, via=f"{self.address}{index_text(key)}") for key, _ in counted.known}


def _given(attribute: Attribute, scope: Scope) -> Input:
    return lambda constraint, inside: convert(attribute.evaluate(scope), constraint, inside)


def _outputs(module: Module) -> PartialMap:
    rest = Unknown(module.prefix.rstrip("."), "may have other outputs")
    return PartialMap(Attributes(module.output), rest)


__all__ = ["Instance", "Load", "Loaded", "Module", "ModuleCall"]
