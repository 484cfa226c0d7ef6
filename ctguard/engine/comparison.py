"""The tests that a rule can put to one value, on values of which perhaps only parts are known.

Adding a test is one row of `TESTS` (and its word in the rule schema).
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from ctguard.engine.rule import Test
from ctguard.model.logic import Status
from ctguard.model.resource import Resource
from ctguard.model.values import Document, PartialList, PartialMap, PartialText, Unknown, Value, first_unknown

Answer = tuple[Status, Unknown | None]

SHOWN_AT_MOST = 200


def stands(value: Value, test: Test, operand: Value) -> Answer:
    """Return whether `value` stands the test, and the unknown that stands in the way when nobody can say."""
    return TESTS[test].decide(value, operand)


def expected_text(test: Test, operand: Value) -> str:
    """Return in words what a test asks for."""
    return TESTS[test].say(operand)


def shown(value: Value) -> str:
    """Return a value as a report shows it, in one line and not too long."""
    text = _shown(value)
    return text if len(text) <= SHOWN_AT_MOST else f"{text[:SHOWN_AT_MOST]}... ({len(text)} characters)"


def _shown(value: Value) -> str:
    match value:
        case None | [] | ():
            return "not set"
        case bool():
            return "true" if value else "false"
        case Unknown(what=what):
            return f"unknown ({what})"
        case Resource():
            return value.address
        case Document():
            return "a document"
        case PartialList():
            return f"{', '.join(_shown(one) for one in value.items)} and perhaps more"
        case PartialMap() | dict():
            return "a map"
        case list() | tuple():
            return ", ".join(_shown(one) for one in value)
        case _:
            return str(value)


def _set(value: Value, operand: Value) -> Answer:
    if isinstance(value, Unknown):
        return (_is(value.is_set == operand) if value.is_set else Status.UNKNOWN), value
    there = _certain_parts(value) not in (None, "", [], {}, ())
    if not there and (unknown := first_unknown(value)):
        return (_is(operand) if unknown.is_set and isinstance(value, PartialText) else Status.UNKNOWN), unknown
    return _is(there == operand), None


def _certain_parts(value: Value) -> Value:
    """Return what is there whatever the unknown parts turn out to be."""
    match value:
        case PartialText(parts):
            return "".join(part for part in parts if isinstance(part, str))
        case PartialList(items) | PartialMap(items):
            return items
        case _:
            return value


def _equal(value: Value, operand: Value) -> Answer:
    if isinstance(value, PartialText):
        return (Status.UNKNOWN, next(value.unknowns())) if _could_be(value, str(operand)) else (Status.FAIL, None)
    if unknown := first_unknown(value):
        return Status.UNKNOWN, unknown
    if isinstance(value, bool) or isinstance(operand, bool):
        return _is(value is operand), None
    return _is(value == operand), None


def _different(value: Value, operand: Value) -> Answer:
    status, unknown = _equal(value, operand)
    return {Status.PASS: Status.FAIL, Status.FAIL: Status.PASS}.get(status, status), unknown


def _one_of(value: Value, operand: Value) -> Answer:
    answers = [_equal(value, one) for one in operand]
    for status in (Status.PASS, Status.UNKNOWN):
        if answer := next((one for one in answers if one[0] is status), None):
            return answer
    return Status.FAIL, None


def _none_of(value: Value, operand: Value) -> Answer:
    status, unknown = _one_of(value, operand)
    return {Status.PASS: Status.FAIL, Status.FAIL: Status.PASS}.get(status, status), unknown


def _at_least(value: Value, operand: Value) -> Answer:
    return _ordered(value, lambda number: number >= operand)


def _at_most(value: Value, operand: Value) -> Answer:
    return _ordered(value, lambda number: number <= operand)


def _ordered(value: Value, holds: Callable[[float], bool]) -> Answer:
    if isinstance(value, Unknown):
        return Status.UNKNOWN, value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return Status.FAIL, None
    return _is(holds(value)), None


def _matches(value: Value, operand: Value) -> Answer:
    """Glob: `*` any run, `?` one character."""
    if isinstance(value, PartialText):
        if _glob(str(operand), value.parts, certainly=True):
            return Status.PASS, None
        possible = _glob(str(operand), value.parts, certainly=False)
        return (Status.UNKNOWN, next(value.unknowns())) if possible else (Status.FAIL, None)
    if unknown := first_unknown(value):
        return Status.UNKNOWN, unknown
    return _is(isinstance(value, str) and _glob(str(operand), (value,), certainly=True)), None


def _glob(pattern: str, parts: tuple[str | Unknown, ...], *, certainly: bool) -> bool:
    """Say whether a text of these parts matches: whatever the unknown ones are, or for some value of them.

    All places of the pattern that the text so far can lead to are followed at
    once, so no pattern takes longer than its length times that of the text.
    """
    places = _past_stars(pattern, {0})
    for part in parts:
        if isinstance(part, Unknown):
            # Only a star takes any run there is; some run leads from a place to all places behind it.
            ahead = {at for at in places if pattern[at : at + 1] == "*"}
            places = _past_stars(pattern, ahead if certainly else set(range(min(places), len(pattern) + 1)))
        else:
            for character in part:
                onward = {at + (pattern[at] != "*") for at in places if pattern[at : at + 1] in ("*", "?", character)}
                places = _past_stars(pattern, onward)
        if not places:
            return False
    return len(pattern) in places


def _past_stars(pattern: str, places: set[int]) -> set[int]:
    """Return `places` and those behind the stars that they stand at: a star may take nothing."""
    found: set[int] = set()
    for at in places:
        stars = len(pattern) - at - len(pattern[at:].lstrip("*"))
        found.update(range(at, at + stars + 1))
    return found


def _contains(value: Value, operand: Value) -> Answer:
    if isinstance(value, Unknown):
        return Status.UNKNOWN, value
    items = value.items if isinstance(value, PartialList) else value
    answers = [_equal(item, operand) for item in items] if isinstance(items, list | tuple) else []
    if any(status is Status.PASS for status, _ in answers):
        return Status.PASS, None
    unknown = next((unknown for status, unknown in answers if status is Status.UNKNOWN), None)
    unknown = unknown or (value.rest if isinstance(value, PartialList) else None)
    return (Status.UNKNOWN, unknown) if unknown else (Status.FAIL, None)


def _could_be(value: PartialText, text: str) -> bool:
    """Say whether the unknown parts could make the text `text`."""
    position = 0
    for index, part in enumerate(value.parts):
        if isinstance(part, Unknown):
            continue
        if index == 0:
            found = 0 if text.startswith(part) else -1
        elif index == len(value.parts) - 1:
            found = len(text) - len(part) if text.endswith(part) else -1
        else:
            found = text.find(part, position)
        if found < position:
            return False
        position = found + len(part)
    return True


def _is(holds: bool) -> Status:
    return Status.PASS if holds else Status.FAIL


class _Row(Struct, frozen=True):
    decide: Callable[[Value, Value], Answer]
    say: Callable[[Value], str]


TESTS: dict[str, _Row] = {
    "is": _Row(_equal, _shown),
    "is_not": _Row(_different, lambda operand: f"anything but {_shown(operand)}"),
    "one_of": _Row(_one_of, lambda operand: f"one of {_shown(operand)}"),
    "none_of": _Row(_none_of, lambda operand: f"none of {_shown(operand)}"),
    "set": _Row(_set, lambda operand: "set" if operand else "not set"),
    "at_least": _Row(_at_least, lambda operand: f"at least {_shown(operand)}"),
    "at_most": _Row(_at_most, lambda operand: f"at most {_shown(operand)}"),
    "matches": _Row(_matches, lambda operand: f"like {operand}"),
    "contains": _Row(_contains, lambda operand: f"a list with {_shown(operand)}"),
}
