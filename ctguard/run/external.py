"""Put what a configuration says of monitoring elsewhere among the facts: one resource for each input with a trail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from ctguard.model.inventory import Inventory
from ctguard.model.kinds import KINDS
from ctguard.model.location import OnePlace
from ctguard.model.resource import Resource
from ctguard.model.values import Linked, Reference
from ctguard.run.config import ExternalMonitor

KIND: Final = KINDS["external_monitor"]


def declare(inventory: Inventory, external: Iterable[ExternalMonitor]) -> None:
    """Add what is declared to the inventory; it answers for every trail there is."""
    monitors = list(external)
    inputs = {trail.unit: trail.input for trail in inventory.of_kind("trail") if trail.missing is None}
    for unit, input_ in inputs.items():
        for number, one in enumerate(monitors):
            address = f"monitoring.external[{number}]"
            attributes = dict(_attributes(address, one))
            inventory.add(Resource(KIND, address, unit, input_, attributes, OnePlace(one.location), is_judged=False))


def _attributes(address: str, one: ExternalMonitor) -> Iterator[tuple[str, object]]:
    yield from (("name", address), ("rules", list(one.rules)), ("by", one.by), ("reason", one.reason))
    yield from (("queue", _linked(one.queue)), ("reader", _linked(one.reader)))
    yield from (("subscriber", one.subscriber), ("destination", one.destination))


def _linked(text: str | None) -> str | None:
    """Return the address of what an input declares as a link to it; an ARN is one as it is."""
    if text is None or text.startswith("arn:"):
        return text
    return Linked(text, Reference(text, "arn"))
