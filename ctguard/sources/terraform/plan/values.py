"""A plan has three kinds of values: known, known after apply, and not stated."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ctguard.model.location import Path
from ctguard.model.values import Reference, Unknown, Value

CURE = "apply it and scan the state, or scan the source"

Origin = Callable[[Path], Reference | None]
"""Finds the resource that the value at a path was taken from."""


def known_so_far(after: Any, unknown: Any, address: str, origin: Origin, path: Path = ()) -> Value:
    """Return `after` with an Unknown at each place that `unknown` marks; null counts as not stated.

    A value that refers to another resource is set, only which one is not known;
    so is one that the provider computes.
    """
    if unknown is True:
        reference = origin(path)
        shown = ".".join(str(step) for step in path)
        return Unknown(
            f"{address}.{shown}", "is known only after apply", CURE, is_set=reference is not None, refers_to=reference
        )
    if isinstance(after, dict) or isinstance(unknown, dict):
        return _map(after or {}, unknown if isinstance(unknown, dict) else {}, address, origin, path)
    if isinstance(after, list) or isinstance(unknown, list):
        return _list(after or [], unknown if isinstance(unknown, list) else [], address, origin, path)
    return after


def _map(after: Any, unknown: dict[str, Any], address: str, origin: Origin, path: Path) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for key in dict.fromkeys((*after, *unknown)):
        value = known_so_far(after.get(key), unknown.get(key), address, origin, (*path, key))
        if value is not None:
            found[key] = value
    return found


def _list(after: list[Any], unknown: list[Any], address: str, origin: Origin, path: Path) -> list[Value]:
    length = max(len(after), len(unknown))
    padded = [*after, *[None] * (length - len(after))], [*unknown, *[None] * (length - len(unknown))]
    return [
        known_so_far(item, open_, address, origin, (*path, index))
        for index, (item, open_) in enumerate(zip(*padded, strict=True))
    ]


def sensitive_texts(value: Any, marks: Any) -> Iterator[str]:
    """Yield the texts in `value` at the places that `marks` calls sensitive."""
    if marks is True:
        yield from _texts(value)
    elif isinstance(marks, dict) and isinstance(value, dict):
        for key, mark in marks.items():
            yield from sensitive_texts(value.get(key), mark)
    elif isinstance(marks, list) and isinstance(value, list):
        for item, mark in zip(value, marks, strict=False):
            yield from sensitive_texts(item, mark)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield str(value)
