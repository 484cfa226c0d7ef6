"""Read the calls of `calls.txt`: Terraform expressions made of calls and literals, and no more than that."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from unicodedata import normalize

TOKENS = re.compile(
    r"""\s*(?:
      (?P<string>"(?:[^"\\]|\\.)*")
    | (?P<number>-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)
    | (?P<name>[A-Za-z_][\w:]*)
    | (?P<sign>[\[\]{}(),=:])
    )""",
    re.VERBOSE,
)
CONSTANTS = {"true": True, "false": False, "null": None}


@dataclass(frozen=True)
class Call:
    """A call with its arguments, which may be calls."""

    name: str
    arguments: tuple[Any, ...]


def parse(expression: str) -> Any:
    """Return the call or literal that a Terraform expression writes."""
    reader = Reader(list(tokens(expression)))
    value = reader.value()
    assert reader.done(), f"not understood: {expression}"
    return value


def tokens(expression: str) -> Iterator[tuple[str, str]]:
    position = 0
    while position < len(expression.rstrip()):
        found = TOKENS.match(expression, position)
        assert found is not None, f"not understood: {expression[position:]}"
        assert found.lastgroup is not None
        yield found.lastgroup, found[found.lastgroup]
        position = found.end()


@dataclass
class Reader:
    """Reads values off a list of tokens."""

    left: list[tuple[str, str]]

    def done(self) -> bool:
        return not self.left

    def value(self) -> Any:
        kind, text = self.left.pop(0)
        if kind == "string":
            return normalize("NFC", json.loads(text.replace("$${", "${")))
        if kind == "number":
            return int(text) if re.fullmatch("-?[0-9]+", text) else number(text)
        if text == "[":
            return self.items("]")
        if text == "{":
            return self.entries()
        if self.take("("):
            return Call(text, tuple(self.items(")")))
        return CONSTANTS[text]

    def items(self, end: str) -> list[Any]:
        found: list[Any] = []
        while not self.take(end):
            found.append(self.value())
            self.take(",")
        return found

    def entries(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not self.take("}"):
            key = json.loads(self.left.pop(0)[1]) if self.left[0][0] == "string" else self.left.pop(0)[1]
            assert self.take("=") or self.take(":")
            found[key] = self.value()
            self.take(",")
        return found

    def take(self, sign: str) -> bool:
        if self.left and self.left[0] == ("sign", sign):
            self.left.pop(0)
            return True
        return False


def number(text: str) -> int | float:
    exact = Decimal(text)
    return int(exact) if exact == exact.to_integral_value() else float(exact)
