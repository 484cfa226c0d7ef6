"""Read the other two forms of a filter pattern: terms, and space-delimited fields.

Grammar: CloudWatch Logs User Guide, "Filter pattern syntax", unstructured and
space-delimited log events.
"""

from __future__ import annotations

from ctguard.filter_pattern.json_parser import DEEPEST, all_of, any_of, comparison
from ctguard.filter_pattern.scanner import BLANKS, Scanner
from ctguard.filter_pattern.syntax import (
    Column,
    Condition,
    Expression,
    Form,
    Operator,
    PatternError,
    SpacePattern,
    Term,
    TextPattern,
)

_COLUMN_ENDS = BLANKS + ",=!<>&|()]"
_OPERATORS = (
    Operator.NOT_EQUAL,
    Operator.GREATER_OR_EQUAL,
    Operator.LESS_OR_EQUAL,
    Operator.EQUAL,
    Operator.GREATER,
    Operator.LESS,
)


def parse_text_pattern(text: str) -> TextPattern:
    """Return the terms of a text pattern; raises PatternError."""
    scanner = Scanner(text)
    terms: list[Term] = []
    scanner.skip_blanks()
    while scanner.peek():
        mark = next((mark for mark in "-?" if scanner.take(mark)), "")
        operand = scanner.operand(BLANKS + '"' if not mark else BLANKS)
        if operand.form is Form.QUOTED and not operand.text:
            raise PatternError("a phrase is empty", scanner.at)
        terms.append(Term(operand, mark))
        scanner.skip_blanks()
    return TextPattern(tuple(terms))


def parse_space_pattern(text: str) -> SpacePattern:
    """Return the columns of a space-delimited pattern; raises PatternError."""
    scanner = Scanner(text)
    scanner.skip_blanks()
    if not scanner.take("["):
        raise scanner.expected("'['")
    columns = [_column(scanner)]
    while scanner.take(","):
        columns.append(_column(scanner))
    if not scanner.take("]"):
        raise scanner.expected("',' or ']'")
    scanner.skip_blanks()
    if scanner.peek():
        raise PatternError("text after the closing bracket", scanner.at)
    if sum(column.name is None for column in columns) > 1:
        raise PatternError("an ellipsis may stand once", 0)
    return SpacePattern(tuple(columns))


def _column(scanner: Scanner) -> Column:
    scanner.skip_blanks()
    if scanner.take("..."):
        scanner.skip_blanks()
        return Column(None)
    start = scanner.at
    if scanner.next_is("("):
        expression = _alternatives(scanner, 0)
        name = _only_name(expression, start)
        return Column(name, expression)
    name = scanner.run(_COLUMN_ENDS)
    if not name:
        raise scanner.expected("the name of a field")
    scanner.skip_blanks()
    if scanner.peek() in (",", "]", ""):
        return Column(name)
    scanner.at = start
    expression = _alternatives(scanner, 0)
    return Column(_only_name(expression, start), expression)


def _only_name(expression: Expression, start: int) -> str:
    names: set[str] = set()
    waiting = [expression]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Condition):
            names.add(str(part.path[0]))
        else:
            waiting += part.parts
    if len(names) != 1:
        raise PatternError("the conditions of a field must name that field alone", start)
    return names.pop()


def _alternatives(scanner: Scanner, depth: int) -> Expression:
    parts = [_conjunction(scanner, depth)]
    while scanner.take("||"):
        parts.append(_conjunction(scanner, depth))
    return any_of(parts)


def _conjunction(scanner: Scanner, depth: int) -> Expression:
    parts = [_part(scanner, depth)]
    while scanner.take("&&"):
        parts.append(_part(scanner, depth))
    return all_of(parts)


def _part(scanner: Scanner, depth: int) -> Expression:
    scanner.skip_blanks()
    if scanner.next_is("("):
        if depth == DEEPEST:
            raise PatternError(f"parentheses nest deeper than {DEEPEST}", scanner.at)
        scanner.take("(")
        part = _alternatives(scanner, depth + 1)
        if not scanner.take(")"):
            raise scanner.expected("')'")
    else:
        part = _condition(scanner)
    scanner.skip_blanks()
    return part


def _condition(scanner: Scanner) -> Condition:
    name = scanner.run(_COLUMN_ENDS)
    if not name:
        raise scanner.expected("the name of a field")
    scanner.skip_blanks()
    for operator in _OPERATORS:
        if scanner.take(operator):
            return comparison(scanner, (name,), operator, _COLUMN_ENDS)
    raise scanner.expected("an operator")
