"""The state of an evaluation: one stack for each template, nested ones included.

It remembers what has been evaluated, so that a value is computed once, and what
is being evaluated, so that a circle ends. The work is done in the modules above.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

from msgspec import Struct, field

from ctguard.model.errors import Fault
from ctguard.model.location import Path as PlacePath
from ctguard.model.values import PartialText, Unknown, Value
from ctguard.sources.cloudformation.failure import MAX_NODES
from ctguard.sources.cloudformation.inputs import ParameterInputs
from ctguard.sources.cloudformation.parameters import Parameter
from ctguard.sources.cloudformation.template import Resource, Template
from ctguard.sources.cloudformation.texts import texts
from ctguard.sources.secrets import SHORTEST_PIECE, pieces

Form: TypeAlias = "Callable[[Any, Stack], Value]"
"""A function of the language that looks at its argument before it is evaluated."""

MAX_FAULTS = 50
MAX_SECRETS = 200
MAX_WRITTEN = 50_000_000
_SIZE_OF_ITEM = 50
MAX_EVALUATION_DEPTH = 120
MAX_REFERENCES = 20
"""Levels of values within values, and of properties from properties: together no more than Python has room for."""


class Evaluation(Struct, eq=False):
    """What a template and the stacks nested in it have in common."""

    forms: Mapping[str, Form]
    inputs: ParameterInputs
    root: Path
    uploaded: Mapping[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    unseen: dict[str, Unknown] = field(default_factory=dict)
    secrets: set[str] = field(default_factory=set)
    roots: set[str] = field(default_factory=set)
    nested: list[str] = field(default_factory=list)
    without_value: dict[str, Parameter] = field(default_factory=dict)
    depth: int = 0
    references: int = 0
    expanded: int = 0
    given_up: int = 0
    written: int = 0
    wrong: int = 0

    def fault(self, template: Template, path: PlacePath, kind: str, message: str) -> None:
        """Note what is wrong with a template at `path`; of many faults the first are enough."""
        self.wrong += 1
        if self.wrong <= MAX_FAULTS:
            self.faults.append(Fault(str(template.lines.at(path)), kind, message))

    def bounded(self, value: Value) -> Value:
        """Return what a function made, or an unknown where all that functions made becomes too much."""
        if isinstance(value, str):
            self.written += len(value)
        elif isinstance(value, PartialText):
            self.written += sum(len(part) if isinstance(part, str) else _SIZE_OF_ITEM for part in value.parts)
        elif isinstance(value, list):
            self.written += _SIZE_OF_ITEM * len(value)
        if self.roots:
            self.hide(value)
        return value if self.written <= MAX_WRITTEN else self.give_up("is left out: the template writes out too much")

    def conceal(self, value: str) -> None:
        """Note a secret; texts that are made of it are secrets too."""
        self.secrets.add(value)
        self.secrets.update(pieces(value))
        if len(value) >= SHORTEST_PIECE and len(self.roots) < MAX_SECRETS:
            self.roots.add(value)

    def hide(self, made: Value, argument: Value = None) -> None:
        """Note the texts that a function made: all of them if its argument holds a secret, else those that hold one."""
        computed = self.holds_secret(argument)
        for one in texts(made):
            if computed:
                self.conceal(one)
            elif self.holds_secret(one):
                self.secrets.add(one)

    def holds_secret(self, value: Value) -> bool:
        """Return whether a secret stands in a value, at any depth."""
        return any(root in one for one in texts(value) for root in self.roots)

    def miss(self, unknown: Unknown) -> None:
        """Note why there may be more than is seen."""
        self.unseen.setdefault(unknown.what, unknown)

    def give_up(self, why: str = "depends on too many values, one through the other") -> Unknown:
        """Return the value of what is too much; no two such values are known to be the same."""
        self.given_up += 1
        return Unknown(f"value {self.given_up} of {self.root.name}", why)

    def spend(self, nodes: int) -> bool:
        """Count values that a loop writes out; False once they are too many."""
        self.expanded += nodes
        return self.expanded <= MAX_NODES


class Stack(Struct, eq=False):
    """One template with the values of its parameters; `prefix` is the address of a nested stack and a slash."""

    template: Template
    evaluation: Evaluation
    path: Path
    prefix: str = ""
    ancestors: tuple[Path, ...] = ()
    parameters: dict[str, Value] = field(default_factory=dict)
    conditions: dict[str, Any] = field(default_factory=dict)
    resources: dict[str, Resource] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    truths: dict[str, bool | Unknown] = field(default_factory=dict)
    values: dict[tuple[str, str], Value] = field(default_factory=dict)
    children: dict[str, Stack | Unknown] = field(default_factory=dict)
    _busy: set[tuple[str, ...]] = field(default_factory=set)

    @contextmanager
    def busy_with(self, *what: str) -> Iterator[bool]:
        """Mark that something is being evaluated; gives False when it already is: then it refers to itself."""
        if what in self._busy:
            yield False
            return
        self._busy.add(what)
        try:
            yield True
        finally:
            self._busy.discard(what)
