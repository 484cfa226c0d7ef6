"""Values of an input in which not everything is known.

A value is an ordinary Python value (None, bool, int, float, str, list, dict) or
one of the shapes below, which stand for what nobody knows yet. They nest: a list
may hold an `Unknown`, a dict a `PartialText`. None means that somebody looked
and nothing is there; it never means "not known".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Self, TypeAlias

from msgspec import Struct, field

from ctguard.model.location import Location, OnePlace, Places


class Reference(Struct, frozen=True):
    """The attribute of a declared resource that a value was taken from."""

    address: str
    attribute: str

    def __str__(self) -> str:
        return f"{self.address}.{self.attribute}"


class Unknown(Struct, frozen=True):
    """A value that is not known, and why.

    `what` is the missing value as its input calls it, with its module path
    ("var.org_id", "module.logs.var.name", "AWS::AccountId", "kms:GetKeyPolicy").
    `via` is empty for that value itself, else the computation that it went
    through since ("lower(var.org_id)"): two unknowns with the same `what` and the
    same `via` stand for the same value, `what` alone only names the cause. `cure`
    says what would make it known ("set var.org_id"). `is_set` says that there is
    some value, only which one is not known (another resource's ARN): it is not null.
    """

    what: str
    why: str = "is not known"
    cure: str = ""
    is_set: bool = False
    refers_to: Reference | None = None
    where: Location | None = None
    via: str = ""

    def __eq__(self, other: object) -> bool:
        """Say whether it is the same unknown, wherever it stands."""
        return isinstance(other, Unknown) and self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash(self._identity())

    def _identity(self) -> tuple[object, ...]:
        return (self.what, self.why, self.cure, self.is_set, self.refers_to, self.via)

    def __str__(self) -> str:
        return f"{self.what} {self.why}"


class PartialText(Struct, frozen=True):
    """A string some parts of which are unknown; `parts` never holds two plain strings in a row."""

    parts: tuple[str | Unknown, ...]
    refers_to: Reference | None = None

    def unknowns(self) -> Iterator[Unknown]:
        return (part for part in self.parts if isinstance(part, Unknown))

    def __str__(self) -> str:
        return "".join(part if isinstance(part, str) else f"${{{part.what}}}" for part in self.parts)


class PartialList(Struct, frozen=True):
    """A list that holds `items`, in this order, and beside them an unknown number of others."""

    items: tuple[Any, ...]
    rest: Unknown


class PartialMap(Struct, frozen=True):
    """A map in which `items` are certain and other keys may be there too."""

    items: Mapping[str, Any]
    rest: Unknown


class Linked(str):
    """A known name or ARN that still knows which declared resource it was taken from.

    Any string operation gives a plain str: only the whole value is a link.
    """

    __slots__ = ("refers_to",)
    refers_to: Reference

    def __new__(cls, text: str, refers_to: Reference) -> Self:
        linked = super().__new__(cls, text)
        linked.refers_to = refers_to
        return linked

    def __reduce__(self) -> tuple[Any, ...]:
        return (Linked, (str(self), self.refers_to))


class Document(Struct, frozen=True):
    """A JSON document as structure, such as a policy, with the places of its parts."""

    value: Any
    places: Places = field(default_factory=OnePlace)

    def __eq__(self, other: object) -> bool:
        """Say whether it states the same, wherever that is written."""
        return isinstance(other, Document) and self.value == other.value

    def __hash__(self) -> int:
        return hash(self.value)


Value: TypeAlias = Any
"""None | bool | int | float | str | list | dict | Unknown | PartialText | PartialList | PartialMap | Document."""


def text(parts: Iterable[str | Unknown | PartialText]) -> str | PartialText | Unknown:
    """Return the string made of `parts`, as much of it as is known."""
    joined: list[str | Unknown] = []
    for part in parts:
        for piece in part.parts if isinstance(part, PartialText) else (part,):
            if isinstance(piece, str) and joined and isinstance(joined[-1], str):
                joined[-1] += piece
            elif piece != "":
                joined.append(piece)
    if not joined:
        return ""
    if len(joined) == 1:
        return joined[0]
    return PartialText(tuple(joined))


def reference_of(value: Value) -> Reference | None:
    """Return the resource that `value` as a whole was taken from, if any."""
    if isinstance(value, Linked | Unknown | PartialText):
        return value.refers_to
    return None


def references(value: Value) -> Iterator[Reference]:
    """Yield the resources that `value`, or a part of it at any depth, was taken from."""
    if (reference := reference_of(value)) is not None:
        yield reference
    if isinstance(value, PartialText):
        inner: Iterable[Value] = value.parts
    elif isinstance(value, PartialList):
        inner = value.items
    elif isinstance(value, PartialMap):
        inner = value.items.values()
    elif isinstance(value, Document):
        inner = (value.value,)
    else:
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    for one in inner:
        yield from references(one)


def first_unknown(value: Value) -> Unknown | None:
    """Return an unknown that `value` holds at any depth, or None when all of it is known."""
    return next(unknowns(value), None)


def unknowns(value: Value) -> Iterator[Unknown]:
    """Yield every unknown in `value`, at any depth."""
    if isinstance(value, Unknown):
        yield value
    elif isinstance(value, PartialText):
        yield from value.unknowns()
    elif isinstance(value, PartialList):
        for item in value.items:
            yield from unknowns(item)
        yield value.rest
    elif isinstance(value, PartialMap):
        for item in value.items.values():
            yield from unknowns(item)
        yield value.rest
    elif isinstance(value, Document):
        yield from unknowns(value.value)
    elif isinstance(value, dict):
        for item in value.values():
            yield from unknowns(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from unknowns(item)
