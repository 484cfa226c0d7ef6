"""Bodies, blocks and arguments: what HCL and its JSON form have in common.

A file's form is known to the two modules that make these (`native`, `json_form`);
the rest of the evaluator sees only what is here. Everything is made when it is
first asked for: most of what a folder holds is never looked at.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeAlias

from ctguard.model.location import Location, Places
from ctguard.model.values import Value

if TYPE_CHECKING:
    from ctguard.sources.terraform.hcl.scope import Scope
    from ctguard.sources.terraform.hcl.types import Type

Expression: TypeAlias = "Callable[[Scope], Value]"
"""A compiled expression: give it a scope and it returns its value, or raises EvaluationError."""


class Attribute(ABC):
    """One argument: its name, its expression and its place."""

    __slots__ = ("_expression", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self._expression: Expression | None = None

    @property
    def expression(self) -> Expression:
        """The expression, compiled once."""
        if self._expression is None:
            self._expression = self._compile()
        return self._expression

    def evaluate(self, scope: Scope) -> Value:
        """Return the value in `scope`; EvaluationError where Terraform refuses."""
        return self.expression(scope)

    @abstractmethod
    def _compile(self) -> Expression: ...

    @abstractmethod
    def text(self) -> str:
        """Return the expression as it is written; used for what names things (`provider = aws.logs`)."""

    @abstractmethod
    def names(self) -> list[str]:
        """Return the references in a list such as `ignore_changes`, as they are written."""

    @abstractmethod
    def type(self) -> Type:
        """Return the type constraint that the expression spells."""

    @abstractmethod
    def mapping(self) -> dict[str, str]:
        """Return a map of references such as a module's `providers`, as they are written."""

    @abstractmethod
    def location(self) -> Location:
        """Return the lines of the whole argument."""

    @abstractmethod
    def places(self, scope: Scope) -> Places:
        """Return the places of the parts of the expression."""


class Body:
    """The arguments and nested blocks of a block."""

    __slots__ = ("attributes", "block_types", "blocks", "locate")

    def __init__(
        self, attributes: dict[str, Attribute], blocks: tuple[Block, ...], locate: Callable[[], Location]
    ) -> None:
        self.attributes = attributes
        self.blocks = blocks
        self.block_types = tuple(dict.fromkeys(_type_of(block) for block in blocks)) if blocks else ()
        self.locate = locate

    def blocks_of(self, kind: str) -> Iterator[Block]:
        """Yield the nested blocks of one type, in order."""
        return (block for block in self.blocks if block.kind == kind)

    def overridden_by(self, other: Body) -> Body:
        """Return this body with the arguments and the block types of `other` in place of its own.

        Terraform language, "Override Files": arguments replace arguments, and a
        nested block replaces all blocks of its type.
        """
        replaced = {block.kind for block in other.blocks}
        kept = tuple(block for block in self.blocks if block.kind not in replaced)
        return Body({**self.attributes, **other.attributes}, kept + other.blocks, self.locate)


class Block:
    """One block: its type, its labels, and its body, which is read when it is asked for."""

    __slots__ = ("_body", "_read", "kind", "labels", "locate")

    def __init__(
        self, kind: str, labels: tuple[str, ...], read: Callable[[], Body], locate: Callable[[], Location]
    ) -> None:
        self.kind = kind
        self.labels = labels
        self.locate = locate
        self._read = read
        self._body: Body | None = None

    @property
    def body(self) -> Body:
        """What stands between the braces."""
        if self._body is None:
            self._body = self._read()
        return self._body

    def overridden_by(self, other: Block) -> Block:
        """Return this block with what `other` of an override file says."""
        return Block(self.kind, self.labels, lambda: self.body.overridden_by(other.body), self.locate)


def _type_of(block: Block) -> str:
    """Return the type of a nested block, of which `dynamic` makes many."""
    return block.labels[0] if block.kind == "dynamic" and block.labels else block.kind
