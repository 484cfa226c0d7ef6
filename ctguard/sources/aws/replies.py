"""Look into replies that may have any shape: what is not there, or is something else, is simply not found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def at(reply: Any, path: str) -> Iterator[Any]:
    """Yield what is at `path` (`trailList[].KmsKeyId`), each entry of a list where the path says `[]`."""
    step, _, rest = path.partition(".")
    value = reply.get(step.removesuffix("[]")) if isinstance(reply, dict) else None
    entries = value if isinstance(value, list) else []
    for one in entries if step.endswith("[]") else [value]:
        if rest:
            yield from at(one, rest)
        elif one is not None:
            yield one


def texts(reply: Any, path: str) -> Iterator[str]:
    """Yield the texts at `path` that are not empty."""
    yield from (one for one in at(reply, path) if isinstance(one, str) and one)


def maps(reply: Any, path: str) -> Iterator[dict[str, Any]]:
    """Yield the maps at `path`."""
    yield from (one for one in at(reply, path) if isinstance(one, dict))
