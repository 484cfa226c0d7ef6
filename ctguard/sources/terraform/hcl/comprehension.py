"""`for` expressions, with what is known of their results where the collection or a condition is not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from ctguard.model.values import PartialList, PartialMap, PartialText, Unknown, Value, first_unknown
from ctguard.sources.terraform.functions.derivation import doubt, label
from ctguard.sources.terraform.functions.parameters import to_bool, to_string
from ctguard.sources.terraform.hcl.body import Expression
from ctguard.sources.terraform.hcl.iteration import pairs
from ctguard.sources.terraform.hcl.limits import EvaluationError
from ctguard.sources.terraform.hcl.scope import Scope


class For(Struct, frozen=True):
    """The parts of a `for` expression: `for key_name, value_name in collection : key => value... if condition`."""

    key_name: str
    value_name: str
    collection: Expression
    key: Expression | None
    value: Expression
    condition: Expression | None
    grouping: bool


def comprehension(parts: For) -> Expression:
    """Return the expression that `parts` make up."""
    if parts.key is None:
        return lambda scope: _list(parts, scope)
    if parts.grouping:
        return lambda scope: _groups(parts, scope)
    return lambda scope: _map(parts, scope)


class _Rounds:
    """Goes through the rounds that surely happen, and keeps what makes others uncertain."""

    def __init__(self, parts: For, scope: Scope) -> None:
        self.parts = parts
        self.scope = scope
        collection = parts.collection(scope)
        known, rest = pairs(collection)
        scope.surroundings.budget.spend(len(known))
        self.known = known
        self.doubt = None if rest is None else self._rest_of(rest)

    def _rest_of(self, rest: Unknown) -> Unknown:
        """Name what the unknown elements become by what one of them becomes."""
        element = replace(rest, is_set=False, refers_to=None, via=f"each of {label(rest)}")
        try:
            inside = self.inside(element, element)
            made = [self.parts.value(inside)]
            if self.parts.key is not None:
                made.append(self.parts.key(inside))
            if self.parts.condition is not None:
                made.append(self.parts.condition(inside))
        except EvaluationError:
            made = []
        return doubt(rest, "for", *made, element)

    def inside(self, key: Value, value: Value) -> Scope:
        names: dict[str, Any] = {self.parts.value_name: value}
        if self.parts.key_name:
            names[self.parts.key_name] = key
        return self.scope.having(names, is_tainted=self.scope.surroundings.is_tainted)

    def __iter__(self) -> Iterator[Scope]:
        condition = self.parts.condition
        for key, value in self.known:
            inside = self.inside(key, value)
            if condition is not None:
                included = to_bool(condition(inside))
                if included is None:
                    raise EvaluationError("the condition of a for expression must not be null")
                if isinstance(included, Unknown | PartialText):
                    self.doubt_because(included, inside)
                    continue
                if not included:
                    continue
            yield inside

    def doubt_because(self, missing: Value, inside: Scope) -> None:
        """Note that the round of `inside` may happen or not, or gives nobody knows which key."""
        cause = first_unknown(missing)
        assert cause is not None
        made = [self.parts.value(inside)]
        if self.parts.key is not None:
            made.append(self.parts.key(inside))
        earlier = [] if self.doubt is None else [self.doubt]
        self.doubt = doubt(cause, "for", missing, *made, *earlier)


def _list(parts: For, scope: Scope) -> Value:
    rounds = _Rounds(parts, scope)
    items = [parts.value(inside) for inside in rounds]
    return items if rounds.doubt is None else PartialList(tuple(items), rounds.doubt)


def _map(parts: For, scope: Scope) -> Value:
    rounds = _Rounds(parts, scope)
    entries: dict[str, Value] = {}
    for inside in rounds:
        key = _key(parts, inside)
        if not isinstance(key, str):
            rounds.doubt_because(key, inside)
            continue
        if key in entries:
            raise EvaluationError(f"the key {key!r} is there twice; use ... to group by key")
        entries[key] = parts.value(inside)
    return entries if rounds.doubt is None else PartialMap(entries, rounds.doubt)


def _groups(parts: For, scope: Scope) -> Value:
    rounds = _Rounds(parts, scope)
    groups: dict[str, list[Value]] = {}
    for inside in rounds:
        key = _key(parts, inside)
        if not isinstance(key, str):
            rounds.doubt_because(key, inside)
            continue
        groups.setdefault(key, []).append(parts.value(inside))
    if rounds.doubt is None:
        return groups
    return PartialMap({key: PartialList(tuple(items), rounds.doubt) for key, items in groups.items()}, rounds.doubt)


def _key(parts: For, inside: Scope) -> Value:
    assert parts.key is not None
    key = to_string(parts.key(inside))
    if key is None:
        raise EvaluationError("a key must not be null")
    return str(key) if isinstance(key, str) else key
