"""Metric filters as something to decide about: pattern, selection criteria, and what is not known of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from ctguard.filter_pattern.automaton import Automaton
from ctguard.filter_pattern.condition import Found, holds
from ctguard.filter_pattern.domain import FieldTest
from ctguard.filter_pattern.formula import Formula, Option, conjunction, disjunction
from ctguard.filter_pattern.glob import glob_automaton
from ctguard.filter_pattern.parser import parse_pattern
from ctguard.filter_pattern.printing import print_expression
from ctguard.filter_pattern.regex import compile_regex
from ctguard.filter_pattern.syntax import (
    All,
    Condition,
    Expression,
    FilterPattern,
    Form,
    JsonPattern,
    Operator,
    Path,
    PatternError,
    TextPattern,
)
from ctguard.model.values import PartialText, Unknown, Value

UNMASKED = frozenset(
    {"eventName", "eventSource", "eventType", "errorCode", "eventVersion", "eventCategory", "readOnly"}
)
"""Fields that hold nothing which a data protection policy would mask."""


class Filter(Struct, frozen=True):
    """One metric filter.

    `pattern` may be the text, a parsed pattern, or Unknown/PartialText. `criteria`
    is the parsed expression of fieldSelectionCriteria. `doubt` says why it is not
    known what the filter reads at all (a transformed log, criteria that cannot be
    read); `masked` that a data protection policy hides parts of the events.
    """

    pattern: FilterPattern | str | Unknown | PartialText
    criteria: Expression | None = None
    doubt: str = ""
    masked: bool = False


def metric_filter(
    pattern: Value,
    *,
    field_selection_criteria: Value = None,
    apply_on_transformed_logs: Value = False,
    without_transformer: bool = False,
    masked: bool = False,
) -> Filter:
    """Return the filter that has these attributes, in the API's names; whatever cannot be read becomes a doubt.

    `without_transformer` says that the log group provably has no transformer, so
    that there are no transformed logs to read.
    """
    from ctguard.filter_pattern.criteria import parse_criteria

    doubt, criteria, read = "", None, pattern
    if apply_on_transformed_logs not in (None, False) and not without_transformer:
        doubt = "the filter reads transformed logs, or may"
    if isinstance(field_selection_criteria, str) and field_selection_criteria.strip():
        try:
            criteria = parse_criteria(field_selection_criteria)
        except PatternError as error:
            doubt = doubt or f"field selection criteria: {error}"
    elif field_selection_criteria not in (None, ""):
        doubt = doubt or f"field selection criteria: {field_selection_criteria}"
    if not isinstance(pattern, str | Unknown | PartialText):
        read = "" if pattern is None else Unknown("filter pattern", "is no text")
    try:
        return Filter(parsed(read), criteria, doubt, masked)
    except PatternError as error:
        return Filter(Unknown("filter pattern", f"cannot be read, {error}"), criteria, doubt, masked)


class ConditionTest(Struct, frozen=True):
    """A condition as a test of its field; what a masked field holds is not known."""

    condition: Condition
    masked: bool = False

    def answer(self, value: Found) -> bool | None:
        """Tell whether the condition holds for a value."""
        return None if self.masked and isinstance(value, str) else holds(self.condition, value)

    def texts(self) -> Automaton | None:
        """Return the automaton of the operand."""
        operand = self.condition.operand
        if operand is None or self.condition.operator not in (Operator.EQUAL, Operator.NOT_EQUAL):
            return None
        return compile_regex(operand.text) if operand.form is Form.REGEX else glob_automaton(operand.text)

    def bounds(self) -> Iterable[float]:
        """Yield the number of the operand."""
        operand = self.condition.operand
        if operand is not None and operand.form is not Form.REGEX:
            number = Condition(self.condition.path, Operator.EQUAL, type(operand)(operand.text)).operand
            if number is not None and number.number is not None:
                yield number.number

    def words(self) -> Iterable[str]:
        """Yield the text of the operand."""
        operand = self.condition.operand
        if operand is not None and operand.form is not Form.REGEX:
            yield operand.text.replace("*", "")

    def __str__(self) -> str:
        return print_expression(self.condition)


class Leaves:
    """The tests that stand behind the numbers in formulas; equal tests have one number."""

    def __init__(self) -> None:
        self.numbers: dict[tuple[Path, FieldTest], int] = {}
        self.tests: dict[Path, dict[int, FieldTest]] = {}
        self.doubts: dict[int, str] = {}

    def leaf(self, path: Path, test: FieldTest) -> int:
        """Return the number of a test."""
        number = self.numbers.setdefault((path, test), len(self.numbers) + len(self.doubts))
        self.tests.setdefault(path, {})[number] = test
        return number

    def doubt(self, because: str) -> int:
        """Return the number of something that is not known, whatever the event."""
        number = len(self.numbers) + len(self.doubts)
        self.doubts[number] = because
        return number

    def doubtful_options(self) -> dict[str, list[Option]]:
        """Return, for the search, that nothing can settle what is not known."""
        return {f"doubt {leaf}": [Option([], {leaf: None})] for leaf in self.doubts}

    def test(self, leaf: int) -> tuple[Path, FieldTest] | None:
        """Return the test behind a number."""
        return next((key for key, number in self.numbers.items() if number == leaf), None)


def parsed(pattern: FilterPattern | str | Unknown | PartialText) -> FilterPattern | Unknown | PartialText:
    """Read a pattern that is given as text; raises PatternError."""
    return parse_pattern(pattern) if isinstance(pattern, str) else pattern


def formula_of(filters: Sequence[Filter], leaves: Leaves) -> Formula:
    """Return when at least one of `filters` counts an event; raises PatternError."""
    return disjunction(_formula(one, leaves) for one in filters)


def _formula(one: Filter, leaves: Leaves) -> Formula:
    pattern = parsed(one.pattern)
    if isinstance(pattern, JsonPattern):
        reads = expression_formula(pattern.expression, leaves, masked=one.masked)
    elif isinstance(pattern, TextPattern) and not pattern.terms:
        reads = True
    else:
        reads = leaves.doubt(_because(pattern))
    criteria = True if one.criteria is None else expression_formula(one.criteria, leaves)
    doubt: Formula = leaves.doubt(one.doubt) if one.doubt else True
    return conjunction([reads, criteria, doubt])


def _because(pattern: FilterPattern | Unknown | PartialText) -> str:
    if isinstance(pattern, Unknown | PartialText):
        return f"the pattern is not known: {pattern}"
    if isinstance(pattern, TextPattern):
        return "a text pattern looks for words anywhere in the raw event, which does not say in what field"
    return "a space-delimited pattern does not read JSON events"


def expression_formula(expression: Expression, leaves: Leaves, *, masked: bool = False) -> Formula:
    """Return the formula of an expression."""
    if isinstance(expression, Condition):
        hidden = masked and expression.path[0] not in UNMASKED
        return leaves.leaf(expression.path, ConditionTest(expression, hidden))
    parts = [expression_formula(part, leaves, masked=masked) for part in expression.parts]
    return conjunction(parts) if isinstance(expression, All) else disjunction(parts)
