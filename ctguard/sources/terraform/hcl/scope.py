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
    in them add what they gave. `is_tainted` tells that a sensitive value was read since
    somebody last took it back: what is computed meanwhile is sensitive too.
    """

    budget: Budget
    context: FunctionContext
    met: list[Value] | None
    is_tainted: bool

    def keep_secret(self, value: Value) -> None:
        """Note the texts in `value` as ones that no report may show."""
        ...

    def keep_if_tainted(self, value: Value) -> None:
        """Note a text that was just computed, if a sensitive value was read on the way."""
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

    __slots__ = ("is_tainted", "module", "names", "surroundings")

    def __init__(
        self,
        surroundings: Surroundings,
        module: Globals | None,
        names: Mapping[str, Any],
        *,
        is_tainted: bool = False,
    ) -> None:
        self.surroundings = surroundings
        self.module = module
        self.names = names
        self.is_tainted = is_tainted

    def having(self, names: Mapping[str, Any], *, is_tainted: bool = False) -> Scope:
        """Return this scope with `names` beside and before its own; tainted ones come from a sensitive value."""
        is_tainted = is_tainted or self.is_tainted
        return Scope(self.surroundings, self.module, {**self.names, **names}, is_tainted=is_tainted)


Step = Callable[[Value, Scope], Value]
"""One step of a traversal (`.name`, `[key]`, `[*]`): from a value to a part of it."""
