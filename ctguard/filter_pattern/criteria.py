"""Read `fieldSelectionCriteria`: which accounts and regions of a centralised log group a metric filter looks at.

Grammar: CloudWatch Logs API Reference, PutMetricFilter: conditions on
`@aws.account` and `@aws.region` with `=`, `!=`, `IN`, `NOT IN`, joined by AND and
OR. The result is an expression like that of a pattern, on fields of these names.
"""

from __future__ import annotations

from ctguard.filter_pattern.json_parser import DEEPEST, all_of, any_of
from ctguard.filter_pattern.scanner import BLANKS, Scanner
from ctguard.filter_pattern.syntax import Condition, Expression, Form, Operand, Operator, PatternError

_FIELDS = ("@aws.account", "@aws.region")
_ENDS = BLANKS + "()[],=!'\""


def parse_criteria(text: str) -> Expression:
    """Return the expression of selection criteria; raises PatternError for what we cannot read."""
    scanner = Scanner(text)
    expression = _alternatives(scanner, 0)
    if scanner.peek():
        raise scanner.expected("AND or OR")
    return expression


def _alternatives(scanner: Scanner, depth: int) -> Expression:
    parts = [_conjunction(scanner, depth)]
    while _word(scanner, "OR"):
        parts.append(_conjunction(scanner, depth))
    return any_of(parts)


def _conjunction(scanner: Scanner, depth: int) -> Expression:
    parts = [_part(scanner, depth)]
    while _word(scanner, "AND"):
        parts.append(_part(scanner, depth))
    return all_of(parts)


def _word(scanner: Scanner, word: str) -> bool:
    scanner.skip_blanks()
    start = scanner.at
    if scanner.run(_ENDS).upper() == word:
        return True
    scanner.at = start
    return False


def _part(scanner: Scanner, depth: int) -> Expression:
    scanner.skip_blanks()
    if not scanner.next_is("("):
        return _condition(scanner)
    if depth == DEEPEST:
        raise PatternError(f"parentheses nest deeper than {DEEPEST}", scanner.at)
    scanner.take("(")
    inner = _alternatives(scanner, depth + 1)
    scanner.skip_blanks()
    if not scanner.take(")"):
        raise scanner.expected("')'")
    scanner.skip_blanks()
    return inner


def _condition(scanner: Scanner) -> Expression:
    start = scanner.at
    field = scanner.run(_ENDS)
    if field not in _FIELDS:
        raise PatternError(f"{field!r} is not a field of selection criteria", start, hint="use " + " or ".join(_FIELDS))
    scanner.skip_blanks()
    if scanner.take("!="):
        return Condition((field,), Operator.NOT_EQUAL, _value(scanner))
    if scanner.take("="):
        return Condition((field,), Operator.EQUAL, _value(scanner))
    negated = _word(scanner, "NOT")
    if not _word(scanner, "IN"):
        raise scanner.expected("an operator")
    operator = Operator.NOT_EQUAL if negated else Operator.EQUAL
    conditions: list[Expression] = [Condition((field,), operator, value) for value in _values(scanner)]
    return all_of(conditions) if negated else any_of(conditions)


def _values(scanner: Scanner) -> list[Operand]:
    scanner.skip_blanks()
    closing = "]" if scanner.take("[") else ")" if scanner.take("(") else ""
    if not closing:
        raise scanner.expected("'['")
    values = [_value(scanner)]
    while scanner.take(","):
        values.append(_value(scanner))
    if not scanner.take(closing):
        raise scanner.expected(f"',' or '{closing}'")
    scanner.skip_blanks()
    return values


def _value(scanner: Scanner) -> Operand:
    scanner.skip_blanks()
    start = scanner.at
    if scanner.take("'"):
        text = scanner.run("'")
        if not scanner.take("'"):
            raise PatternError("the quote is not closed", start)
    else:
        text = scanner.operand(_ENDS).text
    if "*" in text or "%" in text:
        raise PatternError("wildcards are not documented for selection criteria", start)
    scanner.skip_blanks()
    return Operand(text, Form.QUOTED)
