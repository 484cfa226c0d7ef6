"""Read event patterns of EventBridge rules into fields and matchers.

Grammar: EventBridge User Guide, "Comparison operators for use in event patterns":
fields are joined by and, the alternatives of one field by or, `$or` joins whole
patterns by or.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, TypeAlias

from msgspec import Struct

from ctguard.filter_pattern.glob import Pieces
from ctguard.model.errors import CtguardError

Scalar: TypeAlias = str | int | float | bool | None
Bound: TypeAlias = tuple[str, float]

LARGEST = 64 * 1024
DEEPEST = 50
MOST_MATCHERS = 5_000


class EventPatternError(CtguardError):
    """An event pattern that cannot be read; the message starts with the path of the fault."""


class Kind(StrEnum):
    """What a matcher compares with."""

    EXACT = "exact"
    TEXT = "text"
    NUMERIC = "numeric"
    EXISTS = "exists"
    CIDR = "cidr"
    ANYTHING_BUT = "anything-but"


class Matcher(Struct, frozen=True):
    """One alternative for the value of a field.

    EXACT compares `value`; TEXT the `pieces`, perhaps without regard to case;
    NUMERIC the `bounds`; EXISTS and CIDR use `value`; ANYTHING_BUT takes texts and
    numbers that none of `inner` matches.
    """

    kind: Kind
    value: Scalar = None
    pieces: Pieces = ()
    ignore_case: bool = False
    bounds: tuple[Bound, ...] = ()
    inner: tuple[Matcher, ...] = ()


class FieldMatch(Struct, frozen=True):
    """A field and the alternatives for its value."""

    path: tuple[str, ...]
    alternatives: tuple[Matcher, ...]


class AllFields(Struct, frozen=True):
    """Parts that must all match."""

    parts: tuple[EventPattern, ...]


class SomeFields(Struct, frozen=True):
    """Parts of which one must match (`$or`)."""

    parts: tuple[EventPattern, ...]


EventPattern: TypeAlias = FieldMatch | AllFields | SomeFields


def parse_event_pattern(pattern: str | Mapping[str, Any]) -> EventPattern:
    """Return the pattern that a JSON text or object spells; raises EventPatternError."""
    document = _load(pattern) if isinstance(pattern, str) else pattern
    if not isinstance(document, Mapping) or not document:
        raise EventPatternError("event pattern: must be a JSON object with at least one field")
    found = _fields(document, (), 0)
    if sum(1 for _ in field_matches(found)) > MOST_MATCHERS:
        raise EventPatternError("event pattern: has too many fields")
    return found


def field_matches(pattern: EventPattern) -> Iterator[FieldMatch]:
    """Yield every field match of a pattern."""
    if isinstance(pattern, FieldMatch):
        yield pattern
        return
    for part in pattern.parts:
        yield from field_matches(part)


def _load(text: str) -> Any:
    if len(text) > LARGEST:
        raise EventPatternError(f"event pattern: has {len(text)} characters", hint="EventBridge takes 4,096")
    try:
        return json.loads(text)
    except RecursionError:
        raise EventPatternError("event pattern: nests too deeply") from None
    except ValueError as error:
        raise EventPatternError(f"event pattern: is not JSON: {error}") from None


def _fault(path: tuple[str, ...], message: str) -> EventPatternError:
    return EventPatternError(f"{'.'.join(path) or 'event pattern'}: {message}")


def _fields(document: Mapping[str, Any], path: tuple[str, ...], depth: int) -> EventPattern:
    if depth > DEEPEST:
        raise _fault(path[:3], "nests too deeply")
    parts: list[EventPattern] = []
    for name, value in document.items():
        inner = (*path, str(name))
        if (
            name == "$or"
            and isinstance(value, list)
            and len(value) > 1
            and all(isinstance(one, Mapping) for one in value)
        ):
            parts.append(SomeFields(tuple(_fields(one, path, depth + 1) for one in value)))
        elif isinstance(value, Mapping):
            if not value:
                raise _fault(inner, "is an empty object")
            parts.append(_fields(value, inner, depth + 1))
        elif isinstance(value, list):
            if not value:
                raise _fault(inner, "has no alternatives")
            parts.append(FieldMatch(inner, tuple(_matcher(one, inner) for one in value)))
        else:
            raise _fault(inner, "alternatives must be in a list")
    return parts[0] if len(parts) == 1 else AllFields(tuple(parts))


def _matcher(value: Any, path: tuple[str, ...]) -> Matcher:
    if value is None or isinstance(value, str | int | float | bool):
        return Matcher(Kind.EXACT, value)
    if not isinstance(value, Mapping) or len(value) != 1:
        raise _fault(path, "an alternative is a value or an object with one operator")
    operator, operand = next(iter(value.items()))
    if operator == "exists" and isinstance(operand, bool):
        return Matcher(Kind.EXISTS, operand)
    if operator == "cidr" and isinstance(operand, str) and _is_cidr(operand):
        return Matcher(Kind.CIDR, operand)
    if operator == "numeric":
        return Matcher(Kind.NUMERIC, bounds=_bounds(operand, path))
    if operator == "anything-but":
        return Matcher(Kind.ANYTHING_BUT, inner=_excluded(operand, path))
    found = _text_matcher(operator, operand)
    if found is None:
        raise _fault(path, f"the operator {operator!r} is not known or not used like this")
    return found


def _text_matcher(operator: str, operand: Any) -> Matcher | None:
    ignore_case = isinstance(operand, Mapping) and list(operand) == ["equals-ignore-case"]
    if ignore_case and operator in ("prefix", "suffix"):
        operand = operand["equals-ignore-case"]
    if not isinstance(operand, str):
        return None
    text: Pieces = (operand,) if operand else ()
    if operator == "prefix":
        return Matcher(Kind.TEXT, pieces=(*text, None), ignore_case=ignore_case)
    if operator == "suffix":
        return Matcher(Kind.TEXT, pieces=(None, *text), ignore_case=ignore_case)
    if operator == "equals-ignore-case":
        return Matcher(Kind.TEXT, pieces=text, ignore_case=True)
    return Matcher(Kind.TEXT, pieces=_wildcard(operand)) if operator == "wildcard" else None


def _wildcard(text: str) -> Pieces:
    """Return the pieces of a wildcard text, in which a backslash takes the meaning from `*` and from itself."""
    pieces: list[str | None] = []
    current = ""
    at = 0
    while at < len(text):
        character = text[at]
        if character == "\\" and text[at + 1 : at + 2] in ("*", "\\"):
            at += 1
            current += text[at]
        elif character == "*":
            pieces += [current, None] if current else [None]
            current = ""
        else:
            current += character
        at += 1
    return (*pieces, current) if current else tuple(pieces)


def _excluded(operand: Any, path: tuple[str, ...]) -> tuple[Matcher, ...]:
    if isinstance(operand, Mapping) and len(operand) == 1:
        operator, inner = next(iter(operand.items()))
        values = inner if isinstance(inner, list) else [inner]
        found = tuple(matcher for value in values if (matcher := _text_matcher(operator, value)) is not None)
        if found and len(found) == len(values):
            return found
    else:
        values = operand if isinstance(operand, list) else [operand]
        if values and all(isinstance(value, str | int | float) for value in values):
            return tuple(Matcher(Kind.EXACT, value) for value in values)
    raise _fault(path, "'anything-but' takes values, or one of prefix, suffix, equals-ignore-case and wildcard")


def _bounds(operand: Any, path: tuple[str, ...]) -> tuple[Bound, ...]:
    if not isinstance(operand, list) or len(operand) not in (2, 4):
        raise _fault(path, "'numeric' takes an operator and a number, once or twice")
    pairs = [(operand[at], operand[at + 1]) for at in range(0, len(operand), 2)]
    for sign, number in pairs:
        if sign not in ("=", "<", "<=", ">", ">=") or isinstance(number, bool) or not isinstance(number, int | float):
            raise _fault(path, "'numeric' takes one of = < <= > >= and a number")
    return tuple(pairs)


def _is_cidr(text: str) -> bool:
    import ipaddress

    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True
