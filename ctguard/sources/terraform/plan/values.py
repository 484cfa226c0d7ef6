"""A plan has three kinds of values: known, known only after apply, and not stated."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, Protocol

from ctguard.model.values import Value
from ctguard.sources.secrets import pieces
from ctguard.sources.terraform.plan.expressions import element_of, is_expression, part_of


class Settle(Protocol):
    """Makes the value of a leaf that is unknown or refers to something."""

    def __call__(self, after: Any, unknown: bool, written: Any, path: str, among: tuple[int, int] = (0, 1)) -> Value:
        """`written` is its expression, `among` which of how many unknown elements of one list it is."""
        ...


# A name or ARN that AWS does not give: the provider writes an empty string.
_EMPTY_IS_NONE: Final = ("_id", "_arn", "_name", "_prefix", "policy", "permissions_boundary")
SHORTEST_SECRET: Final = 4
_NO_SECRETS: Final = frozenset({"true", "false", "null", "none", "aws"})


def stated(after: Any, unknown: Any, written: Any, path: str, settle: Settle) -> Value:
    """Return `after` with the places that `unknown` marks settled; null counts as not stated.

    `written` is what the configuration says there, as far as the plan tells.
    """
    if unknown is True:
        return settle(after, True, written, path)
    if isinstance(after, dict) or isinstance(unknown, dict):
        return _map(after, unknown, written, path, settle)
    if isinstance(after, list) or isinstance(unknown, list):
        return _list(after, unknown, written, path, settle)
    if isinstance(after, str) and is_expression(written) and "references" in written:
        return settle(after, False, written, path)
    return after


def _map(after: Any, unknown: Any, written: Any, path: str, settle: Settle) -> dict[str, Value]:
    known: dict[str, Any] = after if isinstance(after, dict) else {}
    open_: dict[str, Any] = unknown if isinstance(unknown, dict) else {}
    found: dict[str, Value] = {}
    prefix = f"{path}." if path else ""
    for key in known if open_.keys() <= known.keys() else dict.fromkeys((*known, *open_)):
        value, mark = known.get(key), open_.get(key)
        if value is None and not mark:
            continue
        if not mark and isinstance(value, bool | int | float):
            found[key] = value
        elif value == "" and not mark and key.endswith(_EMPTY_IS_NONE):
            continue
        else:
            settled = stated(value, mark, part_of(written, key), f"{prefix}{key}", settle)
            if settled is not None:
                found[key] = settled
    return found


def _list(after: Any, unknown: Any, written: Any, path: str, settle: Settle) -> list[Value]:
    known: list[Any] = after if isinstance(after, list) else []
    open_: list[Any] = unknown if isinstance(unknown, list) else []
    length = max(len(known), len(open_))
    values = [*known, *[None] * (length - len(known))]
    marks = [*open_, *[None] * (length - len(open_))]
    total = sum(mark is True for mark in marks)
    found: list[Value] = []
    unknown_before = 0
    for index, (value, mark) in enumerate(zip(values, marks, strict=True)):
        element = element_of(written, values, index)
        if mark is True:
            found.append(settle(value, True, element, f"{path}[{index}]", (unknown_before, total)))
            unknown_before += 1
        else:
            found.append(stated(value, mark, element, f"{path}[{index}]", settle))
    return found


def sensitive_texts(value: Any, marks: Any) -> Iterator[str]:
    """Yield the texts in `value` at the places that `marks` calls sensitive, but for those that give nothing away."""
    if marks is True:
        yield from filter(_gives_away, _texts(value))
    elif isinstance(marks, dict) and isinstance(value, dict):
        for key, mark in marks.items():
            yield from sensitive_texts(value.get(key), mark)
    elif isinstance(marks, list) and isinstance(value, list):
        for item, mark in zip(value, marks, strict=False):
            yield from sensitive_texts(item, mark)


def _gives_away(text: str) -> bool:
    return len(text) >= SHORTEST_SECRET and text.lower() not in _NO_SECRETS


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
        yield from pieces(value)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield str(value)
