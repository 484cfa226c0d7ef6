"""Strings made of parts some of which are unknown, and unknowns that follow from unknowns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from ctguard.model.values import Document, PartialList, PartialMap, PartialText, Unknown, Value, first_unknown, text
from ctguard.sources.cloudformation.inputs import scalar_text

MAX_TEXT: Final = 2_000_000
MAX_PARTS: Final = 10_000
_SHOWN: Final = 80

_DYNAMIC_REFERENCE: Final = re.compile(r"(\{\{resolve:[^{}]*\}\})")
DYNAMIC: Final = "{{resolve:"
_READ_LATER: Final = "is read when the stack is deployed"
_LOOK_THERE: Final = "write the value as a parameter and give it with --param, or audit the account"


def as_text(value: Value) -> str | PartialText | Unknown | None:
    """Return a value as a piece of a string, or None where it can be none; a list is written with commas."""
    if isinstance(value, str | PartialText | Unknown):
        return value
    if isinstance(value, bool | int | float):
        return scalar_text(value)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ",".join(value)
    return None


def joined(pieces: Iterable[str | PartialText | Unknown]) -> str | PartialText | Unknown:
    """Return the string made of `pieces`; a single piece stays what it is, a link stays a link."""
    several = [piece for piece in pieces if piece != ""]
    if len(several) == 1:
        return _with_dynamic_references(several[0])
    length = sum(len(piece) if isinstance(piece, str) else MAX_TEXT // MAX_PARTS * _parts(piece) for piece in several)
    if length > MAX_TEXT:
        return Unknown(shortened(rendered(several)), f"is longer than {MAX_TEXT:,} characters", is_set=True)
    return _with_dynamic_references(text(several))


def _parts(piece: PartialText | Unknown) -> int:
    return len(piece.parts) if isinstance(piece, PartialText) else 1


def _with_dynamic_references(value: str | PartialText | Unknown) -> str | PartialText | Unknown:
    if isinstance(value, str):
        return dynamic(value) if DYNAMIC in value else value
    if isinstance(value, PartialText) and any(isinstance(part, str) and DYNAMIC in part for part in value.parts):
        return Unknown(str(value), _READ_LATER, _LOOK_THERE, is_set=True)
    return value


def dynamic(value: str) -> str | PartialText | Unknown:
    """Return a string with its `{{resolve:...}}` references as unknowns: what they read is not in the template.

    (CloudFormation User Guide, "Get values stored in other services using dynamic references".)
    """
    return text(
        Unknown(part, _READ_LATER, _LOOK_THERE, is_set=True) if part.startswith(DYNAMIC) else part
        for part in _DYNAMIC_REFERENCE.split(value)
    )


def derived(function: str, argument: Value, why: str = "", *, is_set: bool = True) -> Unknown:
    """Return what `function` makes of an argument that is not known well enough, or that it cannot take."""
    call = shortened(f"{function}({rendered(argument)})")
    if isinstance(argument, Unknown) and argument.via and not argument.is_set:
        is_set = False  # a choice that may be left out takes the call with it
    cause = first_unknown(argument)
    if cause is None or why:
        return Unknown(call, why or "cannot be computed: its argument has another shape", is_set=is_set)
    return Unknown(cause.what, cause.why, cause.cure, is_set=is_set, via=call)


def shortened(name: str) -> str:
    """Return a name of bearable length that still differs where the whole one does."""
    if len(name) <= _SHOWN:
        return name
    import hashlib

    return f"{name[:_SHOWN]}... ({hashlib.sha256(name.encode()).hexdigest()[:8]})"


def rendered(value: Value) -> str:
    """Return a value as text that differs where the value does."""
    if isinstance(value, str):
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    if isinstance(value, Unknown):
        return value.via or value.what
    if isinstance(value, PartialText):
        return " & ".join(rendered(part) for part in value.parts)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{rendered(key)}: {rendered(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(rendered(item) for item in value) + "]"
    if isinstance(value, PartialList):
        return f"[{', '.join(rendered(item) for item in value.items)}, ... {rendered(value.rest)}]"
    if isinstance(value, PartialMap):
        return f"{{{rendered(value.items)}, ... {rendered(value.rest)}}}"
    if isinstance(value, Document):
        return rendered(value.value)
    return scalar_text(value) if isinstance(value, bool | int | float) else "nothing"


def texts(value: Value) -> Iterator[str]:
    """Yield the texts in a value, at any depth, the known parts of partial ones too."""
    if isinstance(value, str):
        yield value
        return
    if isinstance(value, PartialText):
        value = value.parts
    elif isinstance(value, PartialList | PartialMap):
        value = value.items
    elif isinstance(value, Document):
        value = value.value
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    for one in inner:
        yield from texts(one)
