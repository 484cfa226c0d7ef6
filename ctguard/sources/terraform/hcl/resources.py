"""Resources and data sources of a module, their instances, and what a reference to them gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from ctguard.model.location import Location, Path
from ctguard.model.values import Linked, PartialList, PartialMap, PartialText, Reference, Unknown, Value
from ctguard.sources.terraform.hcl.body import Block, Body
from ctguard.sources.terraform.hcl.computed import computed, prefixed_name
from ctguard.sources.terraform.hcl.data_sources import ALSO_RESOURCES, read_data
from ctguard.sources.terraform.hcl.expansion import InstanceKey, Instances, unknown_instance, worked_out
from ctguard.sources.terraform.hcl.limits import LimitError
from ctguard.sources.terraform.hcl.nested import Made, blocks_value, expanded
from ctguard.sources.terraform.hcl.scope import Scope
from ctguard.sources.terraform.hcl.traversal import Attributes

if TYPE_CHECKING:
    from ctguard.sources.terraform.hcl.module import Module

_META_ARGUMENTS = frozenset({"count", "for_each", "provider", "depends_on"})
_META_BLOCKS = frozenset({"lifecycle", "provisioner", "connection"})
# Where the configuration gives null, the provider makes one up.
_NEVER_NULL = frozenset({"bucket", "name", "id", "arn"})


class Instance:
    """One resource or data source that there is, or that may be there (`exists`)."""

    __slots__ = ("_cache", "_object", "address", "block", "body", "exists", "mode", "module", "scope", "type")

    def __init__(
        self,
        module: Module,
        block: Block,
        mode: str,
        key: InstanceKey,
        names: Mapping[str, Any],
        exists: Unknown | None = None,
    ) -> None:
        self.module = module
        self.block = block
        self.mode = mode
        self.type = block.labels[0]
        address = _address(module, mode, block.labels)
        self.address = address if key is None else address + index_text(key)
        self.exists = exists
        self.body = block.body
        is_tainted = bool(names) and module.evaluation.has_tainted(f"{address}.for_each")
        self.scope: Scope = module.scope.having(names, is_tainted=is_tainted) if names else module.scope
        self._cache: dict[str, Value] = {}
        self._object: PartialMap | None = None

    @property
    def as_object(self) -> PartialMap:
        """The object that a reference to the whole instance gives."""
        if self._object is None:
            why = "has attributes that are known only after apply"
            rest = Unknown(self.address, why, is_set=True, refers_to=Reference(self.address, ""))
            self._object = PartialMap(Attributes(self.attribute), rest)
        return self._object

    def configured(self, name: str) -> Value:
        """Return what the configuration says of an argument or of the nested blocks of a type; None if nothing."""
        compute: Callable[[], Value]
        attribute = self.body.attributes.get(name)
        if attribute is not None and name not in _META_ARGUMENTS:
            compute = partial(attribute.evaluate, self.scope)
        elif name in self.body.block_types and name not in _META_BLOCKS:
            compute = partial(blocks_value, self.body, name, self.scope, self.address)
        else:
            return None
        return self.module.evaluation.named(self._cache, name, f"{self.address}.{name}", compute)

    def attribute(self, name: str) -> Value:
        """Return what a reference to an attribute gives: what is configured, computed, or known only after apply."""
        reference = Reference(self.address, name)
        read = read_data(self, name) if self.mode == "data" or self.type in ALSO_RESOURCES else None
        if read is not None:
            return read
        value = self.configured(name)
        if value is not None:
            return linked(value, reference, is_set=name in _NEVER_NULL)
        made = computed(self, name)
        if made is not None:
            return linked(made, reference, is_set=True)
        if self.mode == "data":
            return Unknown(str(reference), "is read from AWS", "scan the plan", is_set=True, refers_to=reference)
        return Unknown(str(reference), "is known only after apply", is_set=True, refers_to=reference)

    def values(self) -> dict[str, Value]:
        """Return all that is configured, a name of which only the prefix is too; null counts as omitted."""
        values: dict[str, Value] = {}
        for name in (*self.body.attributes, *self.body.block_types):
            try:
                value = self.configured(name)
            except (LimitError, RecursionError) as limit:
                value = self.module.evaluation.too_much(f"{self.address}.{name}", self.at((name,)), limit)
            if value is not None:
                values[name] = value
        return values | prefixed_name(self.type, self.address, values)

    def at(self, path: Path) -> Location:
        """Return where a part of the resource stands (this makes an instance the `Places` of its values)."""
        body, scope = self.body, self.scope
        location = self.block.locate()
        position = 0
        while position < len(path):
            name = path[position]
            attribute = body.attributes.get(name) if isinstance(name, str) else None
            if attribute is not None:
                rest = path[position + 1 :]
                return attribute.places(scope).at(rest) or attribute.location() if rest else attribute.location()
            number = path[position + 1] if position + 1 < len(path) else 0
            made = _nth(body, name, number, scope, self.address)
            if made is None:
                break
            body, scope = made.body, made.scope
            location = body.locate()
            position += 2
        return location

    def settings(self) -> dict[str, Value]:
        """Return what the lifecycle block says beside the arguments."""
        lifecycle = next(self.body.blocks_of("lifecycle"), None)
        if lifecycle is None:
            return {}
        settings: dict[str, Value] = {}
        attributes = lifecycle.body.attributes
        if "prevent_destroy" in attributes:
            settings["prevent_destroy"] = attributes["prevent_destroy"].text() == "true"
        if "ignore_changes" in attributes:
            settings["ignore_changes"] = attributes["ignore_changes"].names()
        return settings


def _nth(body: Body, kind: object, number: object, scope: Scope, name: str) -> Made | None:
    """Return the nested block of a type by its position."""
    if not isinstance(kind, str) or not isinstance(number, int):
        return None
    blocks = (made for made in expanded(body, kind, scope, name) if isinstance(made, Made))
    return next((made for position, made in enumerate(blocks) if position == number), None)


class Resource:
    """One resource or data block, before and after it is multiplied by count or for_each."""

    def __init__(self, module: Module, block: Block, mode: str) -> None:
        self.module = module
        self.block = block
        self.mode = mode
        self.address = _address(module, mode, block.labels)
        self._counted: Instances | None = None
        self._instances: list[Instance] | None = None

    @property
    def counted(self) -> Instances:
        """The instances as count or for_each says."""
        if self._counted is None:
            module = self.module
            self._counted = worked_out(module.evaluation, module.counts, self.block, module.scope, self.address)
        return self._counted

    @property
    def instances(self) -> list[Instance]:
        """The instances, last the one that stands for those that may be there too."""
        if self._instances is None:
            self._instances = self._made()
        return self._instances

    def _made(self) -> list[Instance]:
        counted, exists = self.counted, self.module.exists
        found = [Instance(self.module, self.block, self.mode, key, names, exists) for key, names in counted.known]
        if counted.rest is not None:
            names = unknown_instance(counted.shape, counted.rest)
            found.append(Instance(self.module, self.block, self.mode, None, names, counted.rest))
        return found

    def value(self) -> Value:
        """Return what a reference to the whole gives: an object, or a list or map of them."""
        counted, found = self.counted, self.instances
        if counted.shape == "one":
            return found[0].as_object
        keys = [key for key, _ in counted.known]
        objects = [instance.as_object for instance in found[: len(keys)]]
        rest = counted.rest
        if rest is not None:
            why = f"has instances that depend on {rest.what}, which {rest.why}"
            rest = Unknown(self.address, why, rest.cure, refers_to=Reference(self.address, ""))
        if counted.shape == "list":
            return objects if rest is None else PartialList(tuple(objects), rest)
        entries = dict(zip(map(str, keys), objects, strict=True))
        return entries if rest is None else PartialMap(entries, rest)


def undeclared(address: str) -> Unknown:
    """Return what a reference to a resource that is nowhere declared gives."""
    return Unknown(address, "is not declared here", f"declare {address}", is_set=True, refers_to=Reference(address, ""))


def linked(value: Value, reference: Reference, *, is_set: bool) -> Value:
    """Return `value` as one taken from `reference`; one that was taken from elsewhere keeps its first origin."""
    if isinstance(value, Linked):
        return value
    if isinstance(value, str):
        return Linked(value, reference)
    if isinstance(value, PartialText) and value.refers_to is None:
        return replace(value, refers_to=reference)
    if isinstance(value, Unknown):
        return replace(value, refers_to=value.refers_to or reference, is_set=value.is_set or is_set)
    return value


def _address(module: Module, mode: str, labels: tuple[str, ...]) -> str:
    prefix = "" if mode == "managed" else f"{mode}."
    return f"{module.prefix}{prefix}{labels[0]}.{labels[1]}"


def index_text(key: InstanceKey) -> str:
    """Return an instance key as addresses write it."""
    if key is None:
        return ""
    if isinstance(key, int):
        return f"[{key}]"
    escaped = key.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'["{escaped}"]'
