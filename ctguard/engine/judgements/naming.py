"""Is what a text names the resource that is meant, as far as both are known?"""

from __future__ import annotations

from collections.abc import Iterator

from ctguard.coverage.partial_text import equals
from ctguard.model.logic import Status
from ctguard.model.resource import Resource
from ctguard.model.values import PartialList, PartialText, Unknown, Value, first_unknown, reference_of

Answer = tuple[Status, Unknown | None]


def names(value: Value, resource: Resource) -> Answer:
    """Return whether `value`, an ARN or a reference, names the resource, and what is missing to say so."""
    reference = reference_of(value)
    if reference is not None and resource.missing is None:
        return (Status.PASS if reference.address in (resource.address, *resource.members) else Status.FAIL), None
    return is_text(value, resource.arn)


def is_text(value: Value, other: Value) -> Answer:
    """Return whether a value is the text, or was taken from what the text is the address of; and what is missing."""
    reference = reference_of(value)
    if reference is not None and reference.address == other:
        return Status.PASS, None
    texts = (str, PartialText, Unknown)
    if not isinstance(value, texts) or not isinstance(other, texts):
        return Status.FAIL, None
    same = equals(value, other)
    if same is None:
        return Status.UNKNOWN, first_unknown(value) or first_unknown(other)
    return (Status.PASS if same else Status.FAIL), None


def entries(value: Value) -> Iterator[Value]:
    """Yield the items of a list, and an Unknown where there may be more."""
    if isinstance(value, PartialList):
        yield from value.items
        yield value.rest
    elif isinstance(value, Unknown):
        yield value
    elif isinstance(value, list | tuple):
        yield from value
