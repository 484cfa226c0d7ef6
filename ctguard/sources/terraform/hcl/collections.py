"""List and object constructors."""

from __future__ import annotations

from msgspec import Struct

from ctguard.model.values import PartialMap, Unknown, Value, first_unknown
from ctguard.sources.terraform.functions.derivation import doubt
from ctguard.sources.terraform.functions.parameters import to_string
from ctguard.sources.terraform.hcl.body import Expression
from ctguard.sources.terraform.hcl.limits import EvaluationError
from ctguard.sources.terraform.hcl.scope import Scope


class Entry(Struct, frozen=True):
    """One `key = value`: the key is a `name` or, computed, an expression."""

    name: str | None
    key: Expression | None
    value: Expression


def list_of(items: list[Expression]) -> Expression:
    """Return the expression `[item, ...]`."""
    return lambda scope: [item(scope) for item in items]


def object_of(entries: list[Entry]) -> Expression:
    """Return the expression `{key = value, ...}`; of equal keys the last counts."""
    if all(entry.name is not None for entry in entries):
        named = [(entry.name, entry.value) for entry in entries]
        return lambda scope: {name: value(scope) for name, value in named}
    return lambda scope: _with_computed_keys(entries, scope)


def _with_computed_keys(entries: list[Entry], scope: Scope) -> Value:
    made: dict[str, Value] = {}
    doubtful: Unknown | None = None
    for entry in entries:
        key = entry.name if entry.key is None else to_string(entry.key(scope))
        value = entry.value(scope)
        if key is None:
            raise EvaluationError("a key must not be null")
        if isinstance(key, str):
            made[str(key)] = value
            continue
        cause = first_unknown(key)
        assert cause is not None
        doubtful = doubt(cause, "entry", key, value, *([] if doubtful is None else [doubtful]))
        made.clear()  # it may replace any of those before it
    return made if doubtful is None else PartialMap(made, doubtful)
