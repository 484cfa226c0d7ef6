"""By what a resource can be recognised that is given to a module which nobody can read.

A reference tells the resource. Where the same name is written, or the same variable
stands, in the module's argument and in the resource, that tells it as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ctguard.model.values import PartialList, PartialMap, PartialText, Unknown, Value

SHORTEST_NAME: Final = 3
"""S3 User Guide, "Bucket naming rules"; what is shorter ("on", "1") is no name."""

_DEEPEST: Final = 40
_ARN: Final = re.compile(r"arn:[^:]*:[^:]*:[^:]*:[^:]*:(?:(?:log-group|trail|key|alarm|stream)[:/])?([^:]{3,})(?::\*)?")


def identities(value: Value, depth: int = _DEEPEST) -> Iterator[str]:
    """Yield a key for each name in `value`, at any depth, known or not: two values with one key are the same."""
    if isinstance(value, str):
        if len(value) >= SHORTEST_NAME and not any(map(str.isspace, value)):
            yield str(value)
            if (arn := _ARN.fullmatch(value)) is not None:
                yield arn[1]
    elif isinstance(value, Unknown):
        yield f"{value.what} {value.via}".rstrip()
    elif isinstance(value, PartialText):
        yield "".join(part if isinstance(part, str) else f"${{{part.what} {part.via}}}" for part in value.parts)
    elif depth:
        for one in _inside(value):
            yield from identities(one, depth - 1)


def _inside(value: Value) -> Iterator[Value]:
    if isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, PartialMap):
        yield from value.items.values()
    elif isinstance(value, list):
        yield from value
    elif isinstance(value, PartialList):
        yield from value.items
