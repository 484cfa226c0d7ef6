"""What the names in an expression mean at one spot: loop variables, `each`, and the module around it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from ctguard.model.values import Value

if TYPE_CHECKING:
    from ctguard.sources.terraform.functions import FunctionContext
    from ctguard.sources.terraform.hcl.body import Attribute
    from ctguard.sources.terraform.hcl.limits import Budget


class Surroundings(Protocol):
    """What expressions ask of the input as a whole: a limit, files, and a place for secrets.

    `met` is a list while the arguments of `try` or `can` are evaluated: references
    in them add what they gave.
    """

    budget: Budget
    context: FunctionContext
    met: list[Value] | None

    def keep_secret(self, value: Value) -> None:
        """Note the texts in `value` as ones that no report may show."""
        ...


class Globals(Protocol):
    """The names that a module gives to its expressions."""

    def look_up(self, root: str, names: tuple[str, ...]) -> Value:
        """Return what `root` (var, local, data, a resource type, ...) and its first names stand for."""
        ...

    def local_definition(self, name: str) -> tuple[Attribute, Scope] | None:
        """Return the definition of a local value, to find the places of its parts."""
        ...


class Scope:
    """The names that one expression can use; `names` go before those of the module."""

    __slots__ = ("module", "names", "surroundings")

    def __init__(self, surroundings: Surroundings, module: Globals | None, names: Mapping[str, Any]) -> None:
        self.surroundings = surroundings
        self.module = module
        self.names = names

    def having(self, names: Mapping[str, Any]) -> Scope:
        """Return this scope with `names` beside and before its own."""
        return Scope(self.surroundings, self.module, {**self.names, **names})


Step = Callable[[Value, Scope], Value]
"""One step of a traversal (`.name`, `[key]`, `[*]`): from a value to a part of it."""
