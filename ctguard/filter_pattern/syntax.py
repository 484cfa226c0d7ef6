"""The shape of a parsed CloudWatch Logs filter pattern: three languages in one field.

Only the shape is here. Reading text into it, printing it, matching it against an
event and deciding over all events are other modules' work.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

from msgspec import Struct

from ctguard.model.errors import CtguardError

Step: TypeAlias = str | int
Path: TypeAlias = tuple[Step, ...]
"""The way to a field: names, and zero-based positions in arrays."""


class PatternError(CtguardError):
    """A filter pattern that cannot be read; `position` is the offset of the first character at fault."""

    def __init__(self, message: str, position: int, *, hint: str = "") -> None:
        super().__init__(f"position {position + 1}: {message}", hint=hint)
        self.position = position


class Operator(StrEnum):
    """What a condition asks of the value of its field."""

    EQUAL = "="
    NOT_EQUAL = "!="
    GREATER = ">"
    LESS = "<"
    GREATER_OR_EQUAL = ">="
    LESS_OR_EQUAL = "<="
    IS_NULL = "IS NULL"
    IS_TRUE = "IS TRUE"
    IS_FALSE = "IS FALSE"
    NOT_EXISTS = "NOT EXISTS"


NUMERIC = frozenset({Operator.GREATER, Operator.LESS, Operator.GREATER_OR_EQUAL, Operator.LESS_OR_EQUAL})
UNARY = frozenset({Operator.IS_NULL, Operator.IS_TRUE, Operator.IS_FALSE, Operator.NOT_EXISTS})


class Form(StrEnum):
    """How a value is written: the words bare and quoted mean the same except for numbers."""

    BARE = "bare"
    QUOTED = "quoted"
    REGEX = "regex"


class Operand(Struct, frozen=True):
    """The right side of a comparison, without its quotes or percent signs."""

    text: str
    form: Form = Form.BARE

    @property
    def number(self) -> float | None:
        """Return the number that a bare operand spells, if it spells one."""
        return number_in(self.text) if self.form is Form.BARE else None


class Condition(Struct, frozen=True):
    """A test of one field; `doubtful` marks a spelling of which AWS does not say that it is accepted."""

    path: Path
    operator: Operator
    operand: Operand | None = None
    doubtful: bool = False


class All(Struct, frozen=True):
    """Conditions joined by `&&`; `kind` keeps it from being equal to others that have the same parts."""

    parts: tuple[Expression, ...]
    kind: str = "all"


class AnyOf(Struct, frozen=True):
    """Conditions joined by `||`."""

    parts: tuple[Expression, ...]
    kind: str = "any"


Expression: TypeAlias = Condition | All | AnyOf


class JsonPattern(Struct, frozen=True):
    """`{ ... }`: conditions on the fields of a JSON event."""

    expression: Expression
    kind: str = "json"


class Term(Struct, frozen=True):
    """One term of a text pattern; `mark` is "" (must be there), "-" (must not) or "?" (one of them must)."""

    operand: Operand
    mark: str = ""


class TextPattern(Struct, frozen=True):
    """Terms that are looked for in the raw text; without terms it matches every event."""

    terms: tuple[Term, ...] = ()
    kind: str = "text"


class Column(Struct, frozen=True):
    """One field of a space-delimited pattern; without a name it is the ellipsis, which takes any number of fields."""

    name: str | None
    condition: Expression | None = None


class SpacePattern(Struct, frozen=True):
    """`[a, b = 1, ...]`: conditions on the space-delimited fields of a line."""

    columns: tuple[Column, ...]
    kind: str = "space"


FilterPattern: TypeAlias = JsonPattern | TextPattern | SpacePattern


def number_in(text: str) -> float | None:
    """Return the number that `text` spells (integer, decimal, scientific, signed), or None."""
    if set(text) - _NUMERIC_CHARACTERS or not set(text) & _DIGITS or text[-1] in "+-eE":
        return None
    try:
        return int(text) if set(text) <= _INTEGER_CHARACTERS else float(text)
    except ValueError:
        return None


_DIGITS = frozenset("0123456789")
_INTEGER_CHARACTERS = _DIGITS | set("+-")
_NUMERIC_CHARACTERS = _INTEGER_CHARACTERS | set(".eE")
