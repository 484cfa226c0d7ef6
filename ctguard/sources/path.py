"""Look a value up in a declaration by the path that an attribute table spells."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Final

from msgspec import Struct

from ctguard.model.location import Path, Step
from ctguard.model.values import PartialList, PartialMap, Unknown, Value


class Missing(Enum):
    """The answer when a path leads nowhere: the input does not state it."""

    MISSING = "not stated"


MISSING: Final = Missing.MISSING
EACH: Final = "[]"


class TablePath(Struct, frozen=True):
    """A spelling's path, split: the part it looks in (None: the main declaration), and the steps."""

    part: str | None
    in_settings: bool
    steps: Path


@cache
def parse(spelled: str) -> TablePath:
    """Split `aws_type/block[0].name` into its part and its steps.

    `Call:list[]/member` begins with the fact that it is in, which is all before the slash or, without one, the colon.
    """
    part: str | None = None
    if ":" in spelled and not spelled.startswith("AWS::"):
        fact, _, spelled = spelled.partition("/" if "/" in spelled else ":")
        return TablePath(None, False, (fact, *parse(spelled).steps))
    if spelled.startswith(("aws_", "AWS::")) and "/" in spelled:
        part, spelled = spelled.split("/", 1)
    in_settings = spelled.startswith("@")
    steps: list[Step] = []
    for word in spelled.removeprefix("@").split(".") if spelled else ():
        name, bracket, index = word.partition("[")
        steps.append(name)
        if bracket:
            steps.append(EACH if index == "]" else int(index[:-1]))
    return TablePath(part, in_settings, tuple(steps))


def look_up(value: Value, steps: Path) -> Value:
    """Return what is at `steps` in `value`: MISSING when nothing is stated, an Unknown when nobody can say."""
    for position, step in enumerate(steps):
        if step == EACH:
            return _each(value, steps[position + 1 :])
        value = _one_step(value, step)
        if value is None or value is MISSING:
            return MISSING
        if isinstance(value, Unknown):
            return value
    return MISSING if value is None else value


def _one_step(value: Value, step: Step) -> Value:
    if isinstance(step, int):
        # A single block may stand for the list of one.
        items = [value] if isinstance(value, dict | PartialMap) else value
        if isinstance(items, PartialList):
            return items.items[step] if step < len(items.items) else items.rest
        return items[step] if isinstance(items, list | tuple) and step < len(items) else MISSING
    if isinstance(value, PartialMap):
        return value.items.get(str(step), value.rest)
    return value.get(step, MISSING) if isinstance(value, Mapping) else MISSING


def _each(value: Value, steps: Path) -> Value:
    rest = value.rest if isinstance(value, PartialList) else None
    items = value.items if isinstance(value, PartialList) else value
    if not isinstance(items, list | tuple):
        items = [items]
    found = [one for item in items if (one := look_up(item, steps)) is not MISSING]
    return PartialList(tuple(found), rest) if rest else found
