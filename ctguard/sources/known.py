"""What of a reply of AWS is understood: the members and values that the attribute tables list, and no others.

AWS adds members and values every month. One that nobody here knows may change what the others mean, so that what
hangs on it is not known; it is never passed over.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from msgspec.structs import replace

from ctguard.model.kinds.attribute import Attribute, Kind, Known, Records
from ctguard.model.values import Unknown, Value
from ctguard.sources.path import look_up, parse

CURE: Final = "update ctguard, or look at it in the account"


def stranger(kind: Kind, name: str, replies: Mapping[str, Value], address: str) -> Unknown | None:
    """Return why an attribute is not known, where a member that it hinges on is set and nobody knows what it does."""
    for known in kind.known:
        if name in known.hinges:
            found = look_up(replies, parse(known.at).steps)
            if isinstance(found, dict) and (member := unknown_member(found, _members(kind, known))):
                return Unknown(
                    f"{address}.{member}", f"is set, and what it does to {name} is not known here", CURE, is_set=True
                )
    return None


def understood(row: Attribute, value: Value, what: str) -> Value:
    """Return a value that AWS gives, an Unknown where it is none of those that it is known to give.

    An Unknown is told from those of other attributes, of which the same call would have told.
    """
    if isinstance(value, Unknown):
        return replace(value, via=what)
    if row.one_of and isinstance(value, str) and value not in row.one_of:
        return Unknown(what, f"is {value}, and what that means is not known here", CURE, is_set=True)
    return value


def unknown_entry(item: Value, table: Records, what: str) -> Unknown | None:
    """Return why an entry of a list is not known, where one of its members is set and nobody knows what it does."""
    if table.harmless is None or not isinstance(item, dict):
        return None
    member = unknown_member(item, _of_entry(table))
    return (
        Unknown(f"{what}.{member}", "is set, and what it does is not known here", CURE, is_set=True) if member else None
    )


def unknown_member(found: Mapping[str, Any], known: frozenset[str]) -> str | None:
    """Return the first member that is set and not `known`, or None."""
    return min(
        (name for name, value in found.items() if name not in known and value not in (None, "", [], {})), default=None
    )


@cache
def _members(kind: Kind, known: Known) -> frozenset[str]:
    at = parse(known.at).steps
    paths = (parse(spelling.path).steps for row in kind.attributes for spelling in row.spellings("live"))
    read = (str(steps[len(at)]) for steps in paths if len(steps) > len(at) and steps[: len(at)] == at)
    return frozenset((*read, *known.harmless))


@cache
def _of_entry(table: Records) -> frozenset[str]:
    paths = (parse(spelling.path).steps for row in table.fields for spelling in row.spellings("live"))
    return frozenset((*(str(steps[0]) for steps in paths), *(table.harmless or ())))
