"""Working on strings some parts of which are unknown: the known parts are worked on, the holes stay.

An unknown part (a hole) may be any text, the empty one too. What can be said of
the whole is said, nothing more.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from ctguard.model.values import PartialText, Unknown, Value, text
from ctguard.sources.terraform.functions.derivation import doubt

Text: TypeAlias = str | PartialText | Unknown
Part: TypeAlias = str | Unknown


def parts_of(value: Text) -> tuple[Part, ...]:
    """Return the known and unknown parts in order; a string is one part, the empty one none."""
    if isinstance(value, PartialText):
        return value.parts
    return (value,) if value != "" else ()


def mapped(value: Text, change: Callable[[str], str], function: str, *arguments: Value) -> Text:
    """Apply to every part a `change` that treats each character by itself."""
    if isinstance(value, str):
        return change(value)
    return text(
        change(part) if isinstance(part, str) else doubt(part, function, part, *arguments) for part in parts_of(value)
    )


def certain_start(value: Text) -> str:
    """Return the text that `value` surely begins with."""
    first = next(iter(parts_of(value)), "")
    return first if isinstance(first, str) else ""


def certain_end(value: Text) -> str:
    """Return the text that `value` surely ends with."""
    last = next(reversed(parts_of(value)), "")
    return last if isinstance(last, str) else ""


def starts_with(value: Text, prefix: str) -> bool | None:
    """Return whether `value` begins with `prefix`, or None where that is not known."""
    start = certain_start(value)
    if start.startswith(prefix):
        return True
    if isinstance(value, str) or not prefix.startswith(start):
        return False
    return None


def ends_with(value: Text, suffix: str) -> bool | None:
    """Return whether `value` ends with `suffix`, or None where that is not known."""
    end = certain_end(value)
    if end.endswith(suffix):
        return True
    if isinstance(value, str) or not suffix.endswith(end):
        return False
    return None


def may_contain_across(value: Text, needle: str) -> bool:
    """Return whether `needle` may begin in a known part and end in a hole, or the other way about.

    Where it may not, replacing or splitting part by part is exact for the known
    parts: what happens within a hole does not reach beyond it.
    """
    parts = parts_of(value)
    for index, part in enumerate(parts):
        if not isinstance(part, str):
            continue
        after_hole = index > 0
        before_hole = index < len(parts) - 1
        for length in range(1, len(needle)):
            if after_hole and part.startswith(needle[length:]):
                return True
            if before_hole and part.endswith(needle[:length]):
                return True
            if after_hole and before_hole and part == needle[length : length + len(part)]:
                return True
    return False


def may_be_equal(one: Text, other: Text) -> bool:
    """Return whether some text for each hole makes both the same; may say yes too often, never no too often."""
    starts = certain_start(one), certain_start(other)
    ends = certain_end(one), certain_end(other)
    if not (starts[0].startswith(starts[1]) or starts[1].startswith(starts[0])):
        return False
    if not (ends[0].endswith(ends[1]) or ends[1].endswith(ends[0])):
        return False
    if isinstance(one, str) and isinstance(other, PartialText):
        return _fits(one, other)
    if isinstance(other, str) and isinstance(one, PartialText):
        return _fits(other, one)
    return True


def _fits(known: str, partial: PartialText) -> bool:
    """Return whether the known parts stand in `known` in order, one after the other."""
    first, last = certain_start(partial), certain_end(partial)
    position, limit = len(first), len(known) - len(last)
    if position > limit:
        return False
    inner = partial.parts[1 if first else 0 : -1 if last else None]
    for part in inner:
        if isinstance(part, str):
            found = known.find(part, position, limit)
            if found < 0:
                return False
            position = found + len(part)
    return True


def undecided_order(texts: list[Text]) -> Unknown | None:
    """Return a hole on which the order of these texts hangs, None where their known beginnings decide it."""
    if all(isinstance(one, str) for one in texts):
        return None
    ordered = sorted(texts, key=certain_start)
    for index, one in enumerate(ordered):
        for other in ordered[index + 1 :]:
            if not certain_start(other).startswith(certain_start(one)):
                break  # and so does none that comes later
            if not (isinstance(one, str) and isinstance(other, str)) and one != other:
                return next(part for part in (*parts_of(one), *parts_of(other)) if isinstance(part, Unknown))
    return None


def surely_filled(value: Value) -> bool:
    """Return whether `value` is surely neither null nor the empty string.

    The attribute of a resource that exists is not an empty string where its
    value is one that the resource gives itself, which is what `is_set` with a
    reference says.
    """
    if isinstance(value, Unknown):
        return value.is_set and value.refers_to is not None and not value.via
    if isinstance(value, PartialText):
        return any(part for part in value.parts if isinstance(part, str)) or any(map(surely_filled, value.parts))
    return value is not None and value != ""
