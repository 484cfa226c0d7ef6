"""From a value to its parts: `.name`, `[key]` and `[*]`, on values that may be unknown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from msgspec.structs import replace

from ctguard.model.values import (
    PartialList,
    PartialMap,
    PartialText,
    Reference,
    Unknown,
    Value,
    first_unknown,
)
from ctguard.sources.terraform.functions.derivation import doubt, label
from ctguard.sources.terraform.functions.parameters import to_number, to_string
from ctguard.sources.terraform.hcl.limits import EvaluationError


class Attributes(Mapping[str, Value]):
    """The attributes of a resource or module as an object, each evaluated when it is asked for.

    It shows none of them to those who walk through it: which ones there are is
    known only to the provider.
    """

    __slots__ = ("_attribute",)

    def __init__(self, attribute: Callable[[str], Value]) -> None:
        self._attribute = attribute

    def __getitem__(self, name: str) -> Value:
        return self._attribute(name)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def attribute(value: Value, name: str) -> Value:
    """Return `value.name`."""
    if isinstance(value, dict):
        if name not in value:
            raise EvaluationError(f"this object does not have an attribute named {name!r}")
        return value[name]
    if isinstance(value, PartialMap):
        return _of_partial_map(value, name)
    if isinstance(value, Unknown):
        return part_of(value, f".{name}")
    if value is None:
        raise EvaluationError(f"null does not have an attribute named {name!r}")
    raise EvaluationError(f"this value does not have any attributes, such as {name!r}")


def index(value: Value, key: Value) -> Value:
    """Return `value[key]`."""
    if isinstance(value, Unknown):
        return part_of(value, f"[{_key_text(key)}]")
    if value is None:
        raise EvaluationError("null cannot be indexed")
    if key is None:
        raise EvaluationError("null is not an index")
    if isinstance(key, Unknown | PartialText):
        return _by_unknown_key(value, key)
    if isinstance(value, list):
        return value[_position(key, len(value))]
    if isinstance(value, PartialList):
        return part_of(value.rest, f"[{_key_text(key)}]")
    if isinstance(value, dict | PartialMap):
        return attribute(value, _text_key(key))
    raise EvaluationError("this value does not have any indices")


def splat(value: Value, each: Callable[[Value], Value]) -> Value:
    """Return `value[*]` with `each` done to every element."""
    if value is None:
        return []
    if isinstance(value, list):
        return [each(item) for item in value]
    if isinstance(value, PartialList):
        return PartialList(tuple(each(item) for item in value.items), _splat_of(value.rest, each))
    if isinstance(value, Unknown):
        return _splat_of(value, each)
    return [each(value)]


def part_of(whole: Unknown, step: str) -> Unknown:
    """Return a part of an unknown value.

    A part of another resource's attribute is named by that resource; any other
    part bears the name of the whole, and in `via` the way to it. An instance that
    nobody knows of is linked to the whole resource, which is declared in its stead.
    """
    reference = whole.refers_to
    if reference is None:
        return replace(whole, is_set=False, via=(whole.via or whole.what) + step)
    is_instance = not reference.attribute and step.startswith("[")
    attribute_path = "" if is_instance else f"{reference.attribute}{step}".lstrip(".")
    part = Reference(reference.address, attribute_path)
    if whole.via or not whole.what.startswith(reference.address):
        return replace(whole, refers_to=part, via=(whole.via or whole.what) + step)
    return replace(whole, what=whole.what + step, refers_to=part)


def _of_partial_map(value: PartialMap, name: str) -> Value:
    try:
        return value.items[name]
    except KeyError:
        return part_of(value.rest, f".{name}")


def _splat_of(value: Unknown, each: Callable[[Value], Value]) -> Unknown:
    element = each(part_of(value, "[*]"))
    cause = first_unknown(element) or value
    return replace(cause, is_set=True, refers_to=None, via=label(element))


def _by_unknown_key(value: Value, key: Unknown | PartialText) -> Value:
    elements = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else None
    if isinstance(elements, list) and len(set(map(label, elements))) == 1:
        return elements[0]
    if isinstance(value, PartialList | PartialMap) and value.rest.refers_to is not None:
        return part_of(value.rest, f"[{_key_text(key)}]")
    cause = first_unknown(key)
    assert cause is not None
    return doubt(cause, "index", value, key, is_set=False)


def _position(key: Value, length: int) -> int:
    number = to_number(key)
    if isinstance(number, float) or not 0 <= number < length:
        raise EvaluationError(f"there is no element {number}: this has {length}")
    return int(number)


def _text_key(key: Value) -> str:
    name = to_string(key)
    if not isinstance(name, str):
        raise EvaluationError("a key must be a string")
    return name


def _key_text(key: Value) -> str:
    return f'"{key}"' if isinstance(key, str) else label(key)
