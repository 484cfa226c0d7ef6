"""What conditions and judgements are asked on, and what they answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from msgspec import Struct, field

from ctguard.model.finding import Leaf
from ctguard.model.inventory import Inventory
from ctguard.model.location import Path
from ctguard.model.logic import Status
from ctguard.model.resource import Resource
from ctguard.model.values import Unknown, Value


class Break(NamedTuple):
    """Where a chain of resources ends: the resource, and the attribute of it that should have led on."""

    resource: Resource
    attribute: str


class Outcome(Struct, frozen=True):
    """What a condition came to, and why: the leaves looked at, the values missing, a witness if there is one.

    `breaks` says where the chains that were followed end, nearest first: what
    fails there explains a failure here.
    """

    status: Status
    leaves: tuple[Leaf, ...] = ()
    unknowns: tuple[Unknown, ...] = ()
    witness: Mapping[str, Any] | None = None
    breaks: tuple[Break, ...] = ()


class Context(Struct, frozen=True):
    """What a condition is evaluated on, for which rule: a resource, or one entry of a list in it."""

    inventory: Inventory
    resource: Resource
    parameters: Mapping[str, Value] = field(default_factory=dict)
    item: Value = None
    prefix: Path = ()
    shown_prefix: str = ""
    in_item: bool = False
    rule_id: str = ""
