"""Write out `Fn::ForEach`: one copy of a fragment for each item of a collection.

All instances of `${Identifier}` and `&{Identifier}` in keys and values are
replaced (CloudFormation Template Reference, "Fn::ForEach"); the copies are
evaluated like anything else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from ctguard.model.location import Path
from ctguard.model.values import Unknown, Value
from ctguard.sources.cloudformation.absent import ABSENT
from ctguard.sources.cloudformation.evaluate import LOOP, evaluate
from ctguard.sources.cloudformation.failure import ReadFailure, too_many_nodes
from ctguard.sources.cloudformation.stack import Stack
from ctguard.sources.cloudformation.texts import as_text, derived

_NOT_ALPHANUMERIC: Final = re.compile(r"[^0-9A-Za-z]+")
_MAX_NESTED_LOOPS: Final = 5

Copied: TypeAlias = tuple[str, str, Any]
"""The key of an entry as it is written, the key as it comes out, and the entry."""


def entries(section: Mapping[str, Any], stack: Stack, at: Path) -> Iterator[tuple[str, Any, Path] | Unknown]:
    """Yield name, body and path in the file of a section's entries, loops written out, or an Unknown for a loop."""
    return _entries(((name, name, body) for name, body in section.items()), stack, at, 0)


def _entries(
    section: Iterable[Copied], stack: Stack, at: Path, depth: int
) -> Iterator[tuple[str, Any, Path] | Unknown]:
    for written, name, body in section:
        if not name.startswith(LOOP):
            yield name, body, (*at, written)
            continue
        copies = _copies(name, body, stack, depth)
        if isinstance(copies, Unknown):
            yield copies
            continue
        for copy in copies:
            yield from _entries(copy, stack, (*at, written, 2), depth + 1)


def loop(argument: Any, stack: Stack) -> Value:
    """Fn::ForEach among properties: the map of what it writes out, or an unknown."""
    items: dict[str, Value] = {}
    try:
        for entry in _entries([(LOOP, LOOP, argument)], stack, (), 0):
            if isinstance(entry, Unknown):
                return entry
            value = evaluate(entry[1], stack)
            if value is not ABSENT and value is not None:
                items[entry[0]] = value
    except ReadFailure as failure:
        return Unknown(f"{LOOP} of {stack.template.lines.display}", failure.message)
    return items


def _copies(name: str, body: Any, stack: Stack, depth: int) -> Iterator[list[Copied]] | Unknown:
    if depth >= _MAX_NESTED_LOOPS:
        return derived(LOOP, name, f"is nested in more than {_MAX_NESTED_LOOPS} others")
    if not (isinstance(body, list) and len(body) == 3 and isinstance(body[0], str) and isinstance(body[2], dict)):
        return derived(LOOP, name, "takes an identifier, a collection and a map")
    identifier, collection, fragment = body
    items = evaluate(collection, stack)
    texts = [as_text(item) for item in items] if isinstance(items, list) else None
    if texts is None or not all(isinstance(text, str) for text in texts):
        return derived(LOOP, items)
    return _bound_copies(fragment, identifier, [str(text) for text in texts], stack)


def _bound_copies(
    fragment: Mapping[str, Any], identifier: str, texts: list[str], stack: Stack
) -> Iterator[list[Copied]]:
    size = _size(fragment)
    pattern = re.compile(r"[$&]\{" + re.escape(identifier) + r"\}")
    for text in texts:
        if not stack.evaluation.spend(size):
            raise too_many_nodes()
        yield [
            (key, _bound(key, pattern, identifier, text), _bound(item, pattern, identifier, text))
            for key, item in fragment.items()
        ]


def _size(raw: Any) -> int:
    parts = raw.values() if isinstance(raw, dict) else raw if isinstance(raw, list) else ()
    return 1 + sum(map(_size, parts))


def _bound(raw: Any, pattern: re.Pattern[str], identifier: str, text: str) -> Any:
    if isinstance(raw, str):
        return pattern.sub(lambda found: text if found[0][0] == "$" else _NOT_ALPHANUMERIC.sub("", text), raw)
    if isinstance(raw, list):
        return [_bound(item, pattern, identifier, text) for item in raw]
    if isinstance(raw, dict):
        if raw.get("Ref") == identifier and len(raw) == 1:
            return text
        return {
            _bound(key, pattern, identifier, text): _bound(item, pattern, identifier, text) for key, item in raw.items()
        }
    return raw
