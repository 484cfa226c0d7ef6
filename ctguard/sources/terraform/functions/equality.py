"""Whether two values are equal, in three values: True, False, or None for "cannot be told".

Terraform compares by type and value: 1 and "1" differ, 1 and 1.0 do not.
"""

from __future__ import annotations

from ctguard.model.values import Document, PartialList, PartialMap, Unknown, Value
from ctguard.sources.terraform.functions.text_parts import may_be_equal
from ctguard.sources.terraform.functions.unification import kind_of


def equal(one: Value, other: Value) -> bool | None:
    """Return whether both are the same value, or None where what is known does not decide it."""
    if one is None or other is None:
        return _equal_to_null(other if one is None else one)
    if isinstance(one, Unknown) or isinstance(other, Unknown):
        return None
    kind = kind_of(one)
    if kind != kind_of(other):
        return False
    if kind == "string":
        return _equal_texts(one, other)
    if kind == "list":
        return _equal_lists(one, other)
    if kind == "map":
        return _equal_maps(one, other)
    return bool(one == other)


def _equal_to_null(value: Value) -> bool | None:
    if isinstance(value, Unknown):
        return False if value.is_set else None
    return value is None


def _equal_texts(one: Value, other: Value) -> bool | None:
    from ctguard.sources.terraform.functions.json_form import encoded

    texts = [encoded(text.value) if isinstance(text, Document) else text for text in (one, other)]
    if all(isinstance(text, str) for text in texts):
        return bool(texts[0] == texts[1])
    if any(isinstance(text, Unknown) for text in texts):
        return None
    return None if may_be_equal(*texts) else False


def _equal_lists(one: Value, other: Value) -> bool | None:
    if isinstance(one, PartialList) or isinstance(other, PartialList):
        return None
    if len(one) != len(other):
        return False
    return _all(equal(left, right) for left, right in zip(one, other, strict=True))


def _equal_maps(one: Value, other: Value) -> bool | None:
    if isinstance(one, PartialMap) or isinstance(other, PartialMap):
        shared = [key for key in _keys(one) if key in _keys(other)]
        entries = [(_get(one, key), _get(other, key)) for key in shared]
        return False if any(equal(left, right) is False for left, right in entries) else None
    if one.keys() != other.keys():
        return False
    return _all(equal(one[key], other[key]) for key in one)


def _keys(entries: Value) -> Value:
    return entries.items if isinstance(entries, PartialMap) else entries


def _get(entries: Value, key: str) -> Value:
    return _keys(entries)[key]


def _all(answers: object) -> bool | None:
    """Join answers as `and` does: one False decides even beside what cannot be told."""
    found = set(answers)  # type: ignore[call-overload]
    return False if False in found else None if None in found else True
