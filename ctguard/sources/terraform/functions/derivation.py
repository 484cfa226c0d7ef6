"""Unknowns that follow from other unknowns.

A result that cannot be known bears the cause of the argument that was missing,
so that a report can say what to supply, and in `via` the call that made it, so
that nobody takes it for the argument itself.
"""

from __future__ import annotations

from ctguard.model.values import Document, PartialList, PartialMap, PartialText, Unknown, Value

# A longer description is told by its digest: it only has to differ where the calls differ.
LONGEST_DESCRIPTION = 160


def doubt(cause: Unknown, function: str, *arguments: Value, is_set: bool = True) -> Unknown:
    """Return the unknown result of `function`, which `cause` keeps us from knowing."""
    return Unknown(
        what=cause.what,
        why=cause.why,
        cure=cause.cure,
        is_set=is_set,
        where=cause.where,
        via=described(function, arguments),
    )


def described(function: str, arguments: tuple[Value, ...]) -> str:
    """Return a text that differs between calls whose results may differ."""
    description = f"{function}({', '.join(label(argument) for argument in arguments)})"
    if len(description) <= LONGEST_DESCRIPTION:
        return description
    from hashlib import blake2b

    return f"{function}(#{blake2b(description.encode('utf-8', 'surrogatepass'), digest_size=16).hexdigest()})"


def label(value: Value) -> str:
    """Return a text that tells this value from others; unknowns go by their name and history."""
    match value:
        case Unknown():
            return value.via or value.what
        case str():
            return repr(str(value))
        case PartialText():
            return "+".join(label(part) for part in value.parts)
        case Document():
            return f"json({label(value.value)})"
        case PartialList():
            return f"[{', '.join(map(label, value.items))}, ...{label(value.rest)}]"
        case PartialMap():
            return f"{{{_entries(dict(value.items))}, ...{label(value.rest)}}}"
        case list():
            return f"[{', '.join(map(label, value))}]"
        case dict():
            return f"{{{_entries(value)}}}"
    return repr(value)


def _entries(entries: dict[str, Value]) -> str:
    return ", ".join(f"{key!r}: {label(entries[key])}" for key in sorted(entries))
