"""Say whether a test of a rule can ever be meant: a flag is no number, a list is no text.

A test that never fits passes or fails everything in silence, so it is refused
when the rule is loaded. What a test means on a value is `ctguard.engine.comparison`'s work.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

from ctguard.model.kinds.attribute import Kind, Records, Type
from ctguard.model.values import Value


class Misfit(Struct, frozen=True):
    """Why a test makes no sense where it stands, and what to write instead."""

    fact: str
    cure: str = ""


NUMBERS: Final = (int, float)
PLAIN: Final[Mapping[Type, tuple[type, ...]]] = {
    Type.BOOL: (bool,),
    Type.INTEGER: NUMBERS,
    Type.NUMBER: NUMBERS,
    Type.TEXT: (str,),
}
"""Types whose values can be compared, and what they are compared with."""

TAKES: Final[Mapping[str, tuple[Type, ...]]] = {
    "is": (*PLAIN, Type.ANY),
    "is_not": (*PLAIN, Type.ANY),
    "one_of": (*PLAIN, Type.ANY),
    "none_of": (*PLAIN, Type.ANY),
    "at_least": (Type.INTEGER, Type.NUMBER, Type.ANY),
    "at_most": (Type.INTEGER, Type.NUMBER, Type.ANY),
    "matches": (Type.TEXT, Type.ANY),
    "contains": (Type.TEXTS, Type.ANY),
}
"""The types that each test can be put to; `set` can be put to all."""


def misfit(test: str, operand: Value, type_: Kind | Records | Type) -> Misfit | None:
    """Return why `test` with `operand` cannot be meant on a value of `type_`, or None when it can."""
    if test == "set":
        return None if isinstance(operand, bool) else Misfit("set is true or false")
    if type_ not in TAKES[test]:
        return Misfit(f"{test} does not fit {_named(type_)}", _instead(type_))
    if test in ("one_of", "none_of") and not (isinstance(operand, list) and operand):
        return Misfit(f"{test} needs a list of values")
    for value in operand if isinstance(operand, list) else [operand]:
        if problem := _misfitting_value(test, value, type_):
            return problem
    return None


def _misfitting_value(test: str, value: Any, type_: Any) -> Misfit | None:
    if value is None:
        return Misfit(f"{test} needs a value", "to ask whether there is none, write `set: false`")
    wanted = NUMBERS if test in ("at_least", "at_most") else PLAIN.get(type_, (bool, int, float, str))
    if test in ("matches", "contains"):
        wanted = (str,)
    # For Python true is a number; here it is none.
    if not isinstance(value, wanted) or (isinstance(value, bool) and bool not in wanted):
        return Misfit(f"{value!r} is not what {test} can be told about {_named(type_)}")
    return None


def _named(type_: Kind | Records | Type) -> str:
    if isinstance(type_, Kind):
        return f"what leads to {type_.title}"
    return "a list of entries" if isinstance(type_, Records) else f"a value that is {type_.value}"


def _instead(type_: Kind | Records | Type) -> str:
    if isinstance(type_, Kind | Records):
        return "use every, some, none or set"
    fitting = [test for test, types in TAKES.items() if type_ in types]
    return f"use one of: {', '.join((*fitting, 'set'))}"
