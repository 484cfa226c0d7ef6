"""How far an evaluation goes, and the two ways in which it stops short.

The limits lie far beyond what people write. They are there so that an input made
to hurt ends soon, and says why.
"""

from __future__ import annotations

from collections.abc import Collection

from ctguard.model.values import Document, PartialList, PartialMap, PartialText, Value
from ctguard.sources.terraform.functions import FunctionError

MAX_FILE_BYTES = 8 * 2**20
MAX_EXPRESSION_NESTING = 100
MAX_BLOCK_NESTING = 30
MAX_REFERENCES_IN_A_ROW = 60
MAX_MODULE_NESTING = 16
MAX_INSTANCES = 2_000
MAX_TEXT = 4 * 2**20
MAX_TEXT_PARTS = 5_000
MAX_PARTS = 200_000
MAX_STEPS = 1_000_000
STEPS_OF_A_MODULE = 50
PARTS_IN_A_STEP = 64


class EvaluationError(FunctionError):
    """An expression that Terraform refuses: `try` goes on to its next argument, `can` is false."""


class LimitError(Exception):
    """An expression that asks for more than we give; `try` does not catch it."""


class ExhaustedError(LimitError):
    """An input that takes more steps than are given to one."""


class Budget:
    """The steps that are left for evaluating one input."""

    __slots__ = ("left",)

    def __init__(self, steps: int = MAX_STEPS) -> None:
        self.left = steps

    def spend(self, steps: int) -> None:
        """Take `steps` off; ExhaustedError once nothing is left."""
        self.left -= steps
        if self.left < 0:
            raise ExhaustedError(f"takes more than the {MAX_STEPS} steps that are given to one input")

    def weigh(self, value: Value) -> None:
        """Refuse a value with so many parts that looking at it would take too long.

        A list may hold the same list twice, which in turn may do so: small in
        memory, endless for whoever walks through it. Weighing each named value
        once keeps all that is built from it within reach.
        """
        parts = 0
        stack = [value]
        while stack:
            item = stack.pop()
            inside = _inside(item)
            parts += len(inside)
            stack.extend([each for each in inside if type(each) in _COMPOUND])
            if parts > MAX_PARTS:
                raise LimitError(f"has more than {MAX_PARTS} parts")
        self.spend(parts // PARTS_IN_A_STEP)


_COMPOUND = frozenset({list, dict, PartialList, PartialMap, PartialText, Document})


def _inside(value: Value) -> Collection[Value]:
    """Return the parts right below `value`; those of a resource as an object are not looked at."""
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        return value.values()
    if isinstance(value, PartialList):
        return value.items
    if isinstance(value, PartialMap):
        return value.items.values() if isinstance(value.items, dict) else ()
    if isinstance(value, PartialText):
        return value.parts
    return (value.value,) if isinstance(value, Document) else ()


def within_length(value: Value) -> Value:
    """Return `value`, unless it is a string longer than anybody writes."""
    if isinstance(value, str):
        if len(value) > MAX_TEXT:
            raise LimitError(f"is longer than {MAX_TEXT} characters")
    elif isinstance(value, PartialText):
        if len(value.parts) > MAX_TEXT_PARTS:
            raise LimitError(f"is a text of more than {MAX_TEXT_PARTS} parts")
        if sum(len(part) for part in value.parts if isinstance(part, str)) > MAX_TEXT:
            raise LimitError(f"is longer than {MAX_TEXT} characters")
    return value
