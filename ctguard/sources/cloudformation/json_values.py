"""Read JSON strictly: no key twice, no NaN, nothing that could not be written again.

The values come from the standard library; lines are found by going over the
text again, which only a question for a location, or a fault, costs.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from typing import Any, NoReturn

from ctguard.sources.cloudformation.failure import (
    MAX_DEPTH,
    MAX_NODES,
    ReadFailure,
    duplicate_key,
    too_deep,
    too_many_nodes,
)
from ctguard.sources.cloudformation.lines import Layout, Spans

_TOKEN = re.compile(r'[{}\[\],]|"(?:[^"\\]|\\.)*+"(\s*+:)?|[^\s{}\[\],"]++', re.DOTALL)
_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class _TwiceError(ValueError):
    pass


def read_json(text: str, max_nodes: int = MAX_NODES) -> Any:
    """Return the value that `text` is, or raise `ReadFailure`."""
    try:
        value = json.loads(text, object_pairs_hook=_unique_keys, parse_constant=_not_a_number, parse_float=_finite)
        if _ESCAPED_SURROGATE.search(text):
            json.dumps(value, ensure_ascii=False).encode()
    except _TwiceError:
        lay_out_json(text)
        raise AssertionError("a key that stands twice has two lines") from None
    except json.JSONDecodeError as error:
        raise ReadFailure("syntax", f"is not sound JSON: {error.msg}", error.lineno) from None
    except UnicodeEncodeError:
        raise ReadFailure("syntax", "is not sound JSON: half of a surrogate pair is no character") from None
    except ValueError as error:
        raise ReadFailure("syntax", f"is not sound JSON: {error}") from None
    except RecursionError:
        raise too_deep() from None
    _check_size(value, max_nodes)
    return value


def _check_size(value: Any, max_nodes: int) -> None:
    level = [value] if isinstance(value, dict | list) else []
    nodes = 0
    for _ in range(MAX_DEPTH):
        nodes += sum(map(len, level))
        if nodes > max_nodes:
            raise too_many_nodes()
        level = [
            part
            for whole in level
            for part in (whole.values() if whole.__class__ is dict else whole)
            if part.__class__ is dict or part.__class__ is list
        ]
        if not level:
            return
    raise too_deep()


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise _TwiceError
    return values


def _not_a_number(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError(f"{text[:40]} is too large for a number")
    return number


def lay_out_json(text: str) -> Layout:
    """Return the maps and lists of sound JSON with the lines of their entries; raise where a key stands twice."""
    newlines = [match.start() for match in re.finditer("\n", text)]
    spans: Spans = {}
    top: list[Any] = []
    around: list[tuple[Any, list[int], str | None, int]] = []
    values: Any = top
    entries: list[int] = []
    key: str | None = None
    start = 0
    for token in _TOKEN.finditer(text):
        kind = token[0][0]
        line = bisect_right(newlines, token.start()) + 1
        if kind == ",":
            continue
        if token[1] is not None:
            key = json.loads(token[0][: -len(token[1])], strict=False)
            start = line
            if key in values:
                raise duplicate_key(str(key), entries[2 * list(values).index(key)], line)
            continue
        start = start if key is not None else line
        if kind in "{[":
            around.append((values, entries, key, start))
            values, entries, key = ({} if kind == "{" else []), [], None
            continue
        one: Any = None
        if kind in "}]":
            one = values
            spans[id(one)] = entries
            values, entries, key, start = around.pop()
        _put(values, key, one)
        entries += [start, line]
        key = None
    return Layout(top[0] if top else None, spans)


def _put(values: Any, key: str | None, one: Any) -> None:
    if key is None:
        values.append(one)
    else:
        values[key] = one
