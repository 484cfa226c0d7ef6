"""Print a parsed pattern so that reading it again gives the same pattern."""

from __future__ import annotations

from ctguard.filter_pattern.syntax import (
    UNARY,
    All,
    AnyOf,
    Column,
    Condition,
    Expression,
    FilterPattern,
    Form,
    JsonPattern,
    Operand,
    Path,
    SpacePattern,
    Term,
)

_PLAIN = frozenset("-_@:/#")


def print_pattern(pattern: FilterPattern) -> str:
    """Return a text that `parse_pattern` reads as `pattern`."""
    if isinstance(pattern, JsonPattern):
        return f"{{ {print_expression(pattern.expression)} }}"
    if isinstance(pattern, SpacePattern):
        return f"[{', '.join(_column(column) for column in pattern.columns)}]"
    return " ".join(_term(term) for term in pattern.terms)


def print_expression(expression: Expression) -> str:
    """Return the expression of a JSON pattern, with the parentheses that it needs."""
    if isinstance(expression, Condition):
        return _condition(expression, selector(expression.path))
    joint = " && " if isinstance(expression, All) else " || "
    return joint.join(_part(part) for part in expression.parts)


def _part(part: Expression) -> str:
    return f"({print_expression(part)})"


def _condition(condition: Condition, field: str) -> str:
    if condition.operator in UNARY or condition.operand is None:
        words = condition.operator.lower() if condition.doubtful else condition.operator
        return f"{field} {words}"
    return f"{field} {condition.operator} {_operand(condition.operand)}"


def selector(path: Path) -> str:
    """Return the selector of a field, such as `$.userIdentity.type`."""
    return "$" + "".join(_step(step) for step in path)


def _step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    if step and all(character.isalnum() or character in _PLAIN for character in step):
        return f".{step}"
    return f"[{_quoted(step)}]"


def _operand(operand: Operand) -> str:
    if operand.form is Form.REGEX:
        return f"%{operand.text}%"
    return _quoted(operand.text) if operand.form is Form.QUOTED else operand.text


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _term(term: Term) -> str:
    return f"{term.mark}{_operand(term.operand)}"


def _column(column: Column) -> str:
    if column.name is None:
        return "..."
    return column.name if column.condition is None else _named(column.condition)


def _named(expression: Expression) -> str:
    if isinstance(expression, Condition):
        return _condition(expression, str(expression.path[0]))
    joint = " && " if isinstance(expression, All) else " || "
    parts = (f"({_named(part)})" if isinstance(part, AnyOf | All) else _named(part) for part in expression.parts)
    return joint.join(parts)
