"""Read the JSON form of a filter pattern, `{ ($.a = "b") && ... }`.

Grammar: CloudWatch Logs User Guide, "Filter pattern syntax", JSON log events;
`&&` binds tighter than `||`.
"""

from __future__ import annotations

from ctguard.filter_pattern.scanner import BLANKS, Scanner
from ctguard.filter_pattern.syntax import (
    NUMERIC,
    All,
    AnyOf,
    Condition,
    Expression,
    Form,
    JsonPattern,
    Operand,
    Operator,
    Path,
    PatternError,
    Step,
)

DEEPEST = 100
"""How deep parentheses may nest, and how deep a field may lie."""

_VALUE_ENDS = BLANKS + "(){}&|=<>!"
_OPERATORS = (
    Operator.NOT_EQUAL,
    Operator.GREATER_OR_EQUAL,
    Operator.LESS_OR_EQUAL,
    Operator.EQUAL,
    Operator.GREATER,
    Operator.LESS,
)
_WORDS = {
    ("IS", "NULL"): Operator.IS_NULL,
    ("IS", "TRUE"): Operator.IS_TRUE,
    ("IS", "FALSE"): Operator.IS_FALSE,
    ("NOT", "EXISTS"): Operator.NOT_EXISTS,
}
_NAME_MARKS = "-_@:/#"


def parse_json_pattern(text: str) -> JsonPattern:
    """Return the pattern that `text` spells; raises PatternError with the position of the fault."""
    scanner = Scanner(text)
    scanner.skip_blanks()
    if not scanner.take("{"):
        raise scanner.expected("'{'")
    expression = _alternatives(scanner, 0)
    if not scanner.take("}"):
        raise scanner.expected("'&&', '||' or '}'")
    scanner.skip_blanks()
    if scanner.peek():
        raise PatternError("text after the closing brace", scanner.at)
    return JsonPattern(expression)


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


def any_of(parts: list[Expression]) -> Expression:
    """Join by or; parts that are themselves joined by or are taken apart, so that each meaning has one shape."""
    flat = [inner for part in parts for inner in (part.parts if isinstance(part, AnyOf) else (part,))]
    return flat[0] if len(flat) == 1 else AnyOf(tuple(flat))


def all_of(parts: list[Expression]) -> Expression:
    """Join by and, in the same way."""
    flat = [inner for part in parts for inner in (part.parts if isinstance(part, All) else (part,))]
    return flat[0] if len(flat) == 1 else All(tuple(flat))


def _part(scanner: Scanner, depth: int) -> Expression:
    scanner.skip_blanks()
    if not scanner.next_is("("):
        part: Expression = _condition(scanner)
    elif depth == DEEPEST:
        raise PatternError(f"parentheses nest deeper than {DEEPEST}", scanner.at)
    else:
        start = scanner.at
        scanner.take("(")
        part = _alternatives(scanner, depth + 1)
        if not scanner.take(")"):
            if scanner.peek():
                raise scanner.expected("'&&', '||' or ')'")
            raise PatternError("the parenthesis is not closed", start)
    scanner.skip_blanks()
    return part


def _condition(scanner: Scanner) -> Condition:
    path = _selector(scanner)
    scanner.skip_blanks()
    for operator in _OPERATORS:
        if scanner.take(operator):
            return comparison(scanner, path, operator, _VALUE_ENDS)
    start = scanner.at
    words = []
    for _ in range(2):
        words.append(scanner.run(_VALUE_ENDS + '"%$'))
        scanner.skip_blanks()
    found = _WORDS.get((words[0].upper(), words[1].upper()))
    if found is None:
        scanner.at = start
        raise scanner.expected("an operator")
    return Condition(path, found, doubtful=" ".join(words) != found)


def comparison(scanner: Scanner, path: Path, operator: Operator, stop: str) -> Condition:
    """Take the value of a comparison whose operator has been read."""
    scanner.skip_blanks()
    start = scanner.at
    operand = scanner.operand(stop)
    if operator in NUMERIC and operand.number is None:
        raise PatternError(f"'{operator}' compares numbers, {operand.text!r} is none", start)
    return Condition(path, operator, operand)


def _selector(scanner: Scanner) -> Path:
    if not scanner.take("$"):
        raise scanner.expected("a field such as $.eventName")
    steps: list[Step] = []
    start = scanner.at
    while True:
        if len(steps) > DEEPEST:
            raise PatternError(f"a field lies deeper than {DEEPEST}", start)
        if scanner.take("."):
            steps.append(_name(scanner))
        elif scanner.next_is("["):
            steps.append(_bracketed(scanner))
        elif steps:
            return tuple(steps)
        else:
            raise scanner.expected("'.' and the name of a field")


def _name(scanner: Scanner) -> str:
    start = scanner.at
    while (character := scanner.peek()) and (character.isalnum() or character in _NAME_MARKS):
        scanner.at += 1
    if scanner.at == start:
        raise scanner.expected("the name of a field")
    return scanner.text[start : scanner.at]


def _bracketed(scanner: Scanner) -> Step:
    start = scanner.at
    scanner.take("[")
    scanner.skip_blanks()
    inside: Operand = scanner.operand("] ")
    scanner.skip_blanks()
    if not scanner.take("]"):
        raise scanner.expected("']'")
    if inside.form is Form.QUOTED:
        return inside.text
    if inside.form is Form.BARE and inside.text.isascii() and inside.text.isdigit() and len(inside.text) < 6:
        return int(inside.text)
    raise PatternError("an array is read by a position such as [0]", start)
