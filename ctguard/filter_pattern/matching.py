"""Tell whether a filter pattern matches one event: the meaning that every other answer is checked against."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ctguard.filter_pattern.condition import holds, value_at
from ctguard.filter_pattern.syntax import All, Condition, Expression, FilterPattern, JsonPattern, SpacePattern
from ctguard.filter_pattern.text_matching import match_space, match_text


def match(pattern: FilterPattern, event: Mapping[str, Any] | str) -> bool | None:
    """Tell whether `pattern` matches an event, given as JSON object or as the raw line.

    None says that AWS does not document what happens, see docs/filter-semantics.md.
    """
    if isinstance(pattern, JsonPattern):
        document = event if isinstance(event, Mapping) else _read(event)
        return False if document is None else _evaluate(pattern.expression, document)
    line = event if isinstance(event, str) else _written(event)
    if line is None:
        return None
    return match_space(pattern, line) if isinstance(pattern, SpacePattern) else match_text(pattern, line)


def _written(event: Mapping[str, Any]) -> str | None:
    try:
        return json.dumps(event, separators=(",", ":"), ensure_ascii=False)
    except RecursionError:
        return None


def _read(line: str) -> Mapping[str, Any] | None:
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, Mapping) else None


def _evaluate(expression: Expression, event: Mapping[str, Any]) -> bool | None:
    if isinstance(expression, Condition):
        return holds(expression, value_at(event, expression.path))
    decisive = not isinstance(expression, All)
    answer: bool | None = not decisive
    for part in expression.parts:
        found = _evaluate(part, event)
        if found is decisive:
            return decisive
        if found is None:
            answer = None
    return answer
