"""Match text and space-delimited patterns against a raw line.

AWS does not say whether a term must be a whole word or may be part of one, nor
what optional terms mean beside others: such answers are None.
"""

from __future__ import annotations

from ctguard.filter_pattern.condition import holds
from ctguard.filter_pattern.regex import compile_regex
from ctguard.filter_pattern.syntax import (
    All,
    Column,
    Condition,
    Expression,
    Form,
    Operand,
    SpacePattern,
    Term,
    TextPattern,
    number_in,
)

_CLOSING = {'"': '"', "[": "]"}


def match_text(pattern: TextPattern, line: str) -> bool | None:
    """Tell whether the terms of `pattern` are in `line`."""
    optional = [_found(term, line) for term in pattern.terms if term.mark == "?"]
    others = [_wanted(term, line) for term in pattern.terms if term.mark != "?"]
    if not optional:
        return _all(others)
    if others:
        return False if _all(others) is False else None
    return True if True in optional else None if None in optional else False


def _wanted(term: Term, line: str) -> bool | None:
    found = _found(term, line)
    return found if term.mark != "-" or found is None else not found


def _found(term: Term, line: str) -> bool | None:
    if term.operand.form is Form.REGEX:
        return compile_regex(term.operand.text).matches(line)
    words = term.operand.text
    at = line.find(words)
    if at < 0:
        return False
    while at >= 0:
        before, after = line[at - 1 : at] if at else "", line[at + len(words) : at + len(words) + 1]
        if not (_joins(before) and _joins(words[:1])) and not (_joins(after) and _joins(words[-1:])):
            return True
        at = line.find(words, at + 1)
    return None


def _joins(character: str) -> bool:
    return bool(character) and (character.isalnum() or character == "_")


def match_space(pattern: SpacePattern, line: str) -> bool | None:
    """Tell whether the space-delimited fields of `line` fit the columns of `pattern`."""
    fields = split_fields(line)
    columns = pattern.columns
    gap = next((at for at, column in enumerate(columns) if column.name is None), None)
    if gap is None:
        return (
            _all([_fits(*pair) for pair in zip(columns, fields, strict=True)]) if len(columns) == len(fields) else False
        )
    tail = len(columns) - gap - 1
    if len(fields) < gap + tail:
        return False
    pairs = [*zip(columns[:gap], fields[:gap], strict=True)]
    pairs += zip(columns[gap + 1 :], fields[len(fields) - tail :], strict=True)
    return _all([_fits(*pair) for pair in pairs])


def split_fields(line: str) -> list[str]:
    """Return the fields of a line: separated by blanks; quotes and brackets hold a field together."""
    fields: list[str] = []
    at = 0
    while at < len(line):
        if line[at].isspace():
            at += 1
            continue
        closing = _CLOSING.get(line[at])
        end = line.find(closing, at + 1) if closing else -1
        if end >= 0:
            fields.append(line[at + 1 : end])
            at = end + 1
        else:
            start = at
            while at < len(line) and not line[at].isspace():
                at += 1
            fields.append(line[start:at])
    return fields


def _fits(column: Column, field: str) -> bool | None:
    return True if column.condition is None else _evaluate(column.condition, field)


def _evaluate(expression: Expression, field: str) -> bool | None:
    if isinstance(expression, Condition):
        number = number_in(field)
        numeric = number is not None and expression.operand is not None and _numeric(expression.operand)
        return holds(expression, number if numeric else field)
    answers = [_evaluate(part, field) for part in expression.parts]
    if isinstance(expression, All):
        return _all(answers)
    return True if True in answers else None if None in answers else False


def _numeric(operand: Operand) -> bool:
    return operand.number is not None


def _all(answers: list[bool | None]) -> bool | None:
    return False if False in answers else None if None in answers else True
