"""Put values in place of the unknowns of a document."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ctguard.model.values import Document, PartialList, PartialMap, PartialText, Unknown, text


def substituted(document: Document, replacement: Callable[[Unknown], Any]) -> Document:
    """Return the document with each unknown replaced by what `replacement` gives for it (itself: left as it is)."""
    return Document(_replaced(document.value, replacement), document.places)


def _replaced(value: Any, replacement: Callable[[Unknown], Any]) -> Any:
    if isinstance(value, Unknown):
        return replacement(value)
    if isinstance(value, PartialText):
        return text(part if isinstance(part, str) else replacement(part) for part in value.parts)
    if isinstance(value, dict):
        return {key: _replaced(item, replacement) for key, item in value.items()}
    if isinstance(value, list):
        return [_replaced(item, replacement) for item in value]
    if isinstance(value, PartialList):
        return PartialList(tuple(_replaced(item, replacement) for item in value.items), value.rest)
    if isinstance(value, PartialMap):
        return PartialMap({key: _replaced(item, replacement) for key, item in value.items.items()}, value.rest)
    return value
