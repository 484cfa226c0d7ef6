"""Keys that stand twice in one object of a JSON text: a reader would see only one of them."""

from __future__ import annotations

import json
from typing import Any


class DuplicateKeyError(ValueError):
    """An object that holds one key twice; its text is the key, quoted."""


def refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the object that `pairs` make up; DuplicateKeyError where a key is there twice."""
    made = dict(pairs)
    if len(made) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise DuplicateKeyError(json.dumps(key[:60]))
            seen.add(key)
    return made
