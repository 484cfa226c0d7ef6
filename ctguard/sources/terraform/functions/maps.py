"""Functions of maps, over maps some of whose values or keys are unknown."""

from __future__ import annotations

from ctguard.model.values import PartialList, PartialMap, PartialText, Unknown, Value
from ctguard.sources.terraform.functions.derivation import doubt
from ctguard.sources.terraform.functions.equality import equal
from ctguard.sources.terraform.functions.failure import FunctionError


def keys(mapping: Value) -> Value:
    """Return the keys of a map, sorted."""
    if isinstance(mapping, Unknown):
        return doubt(mapping, "keys", mapping)
    if isinstance(mapping, PartialMap):
        return PartialList(tuple(sorted(mapping.items)), mapping.rest)
    return sorted(_checked(mapping))


def values(mapping: Value) -> Value:
    """Return the values of a map in the order of its keys."""
    if isinstance(mapping, Unknown):
        return doubt(mapping, "values", mapping)
    if isinstance(mapping, PartialMap):
        return PartialList(tuple(mapping.items[key] for key in sorted(mapping.items)), mapping.rest)
    return [mapping[key] for key in sorted(_checked(mapping))]


def lookup(mapping: Value, key: Value, *default: Value) -> Value:
    """Return the value of `key`, or the default where the map has no such key."""
    if len(default) > 1:
        raise FunctionError("lookup takes two or three arguments")
    if not isinstance(mapping, Unknown | PartialMap):
        _checked(mapping)
    for argument in (mapping, key):
        if isinstance(argument, Unknown):
            return doubt(argument, "lookup", mapping, key, *default, is_set=False)
    if isinstance(key, PartialText):
        return doubt(next(key.unknowns()), "lookup", mapping, key, *default, is_set=False)
    known = mapping.items if isinstance(mapping, PartialMap) else mapping
    if key in known:
        return known[key]
    if isinstance(mapping, PartialMap):
        return doubt(mapping.rest, "lookup", mapping, key, *default, is_set=False)
    if not default:
        raise FunctionError(f"the given object has no attribute {key!r}")
    return default[0]


def merge(*maps: Value) -> Value:
    """Return one map with the entries of all; of several values for a key the last one counts.

    A map that is not known may overwrite every entry before it, and is itself
    overwritten by every entry after it.
    """
    items: dict[str, Value] = {}
    rest: Unknown | None = None
    for mapping in maps:
        if mapping is None:
            continue
        if isinstance(mapping, Unknown | PartialMap):
            cause = mapping if isinstance(mapping, Unknown) else mapping.rest
            sure = {} if isinstance(mapping, Unknown) else mapping.items
            rest = rest or cause
            items = {key: doubt(cause, f"merge[{key!r}]", *maps, is_set=False) for key in items} | dict(sure)
        else:
            items |= _checked(mapping)
    if rest is None:
        return items
    return PartialMap(items, rest) if items else doubt(rest, "merge", *maps)


def zip_map(names: Value, contents: Value) -> Value:
    """Return the map of each name to the content at the same index."""
    for argument in (names, contents):
        if isinstance(argument, Unknown | PartialList):
            cause = argument if isinstance(argument, Unknown) else argument.rest
            return doubt(cause, "zipmap", names, contents)
    if not isinstance(contents, list):
        raise FunctionError("values argument must be a list or tuple value")
    if len(names) != len(contents):
        raise FunctionError(f"number of keys ({len(names)}) does not match number of values ({len(contents)})")
    items: dict[str, Value] = {}
    rest: Unknown | None = None
    for name, content in zip(names, contents, strict=True):
        if name is None:
            raise FunctionError("zipmap keys must not be null")
        if isinstance(name, str):
            items[name] = content
            continue
        cause = name if isinstance(name, Unknown) else next(name.unknowns())
        rest = rest or cause
        for known in items:
            if equal(known, name) is not False:
                items[known] = doubt(cause, f"zipmap[{known!r}]", names, contents, is_set=False)
    return PartialMap(items, rest) if rest else items


def transpose(mapping: dict[str, list[Value]]) -> dict[str, list[str]]:
    """Return the map that has every element of the lists as a key, and the keys that held it as its list."""
    result: dict[str, list[str]] = {}
    for key in sorted(mapping):
        if mapping[key] is None:
            raise FunctionError("input must not contain null lists or strings")
        for item in mapping[key]:
            if not isinstance(item, str):
                raise FunctionError("input must not contain null lists or strings")
            result.setdefault(item, []).append(key)
    return {key: sorted(result[key]) for key in sorted(result)}


def _checked(mapping: Value) -> dict[str, Value]:
    if not isinstance(mapping, dict):
        raise FunctionError("must have map or object type")
    return mapping
