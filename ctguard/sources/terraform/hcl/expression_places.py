"""Where the parts of an object or list expression stand, looked up when somebody asks."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace
from tree_sitter import Node

from ctguard.model.location import Location, Path
from ctguard.sources.terraform.hcl.scope import Scope
from ctguard.sources.terraform.hcl.source import (
    CALL,
    COLLECTION,
    ELEMENT,
    EXPRESSION,
    TUPLE,
    Source,
    arguments,
    expressions,
    object_key,
    without_comments,
)
from ctguard.sources.terraform.hcl.syntax import OBJECT

_DEEPEST = 200


class ExpressionPlaces(Struct, frozen=True):
    """Finds the parts of the expression `node`, through local values where it names one.

    Computed keys, conditionals and functions are not looked into: their whole is
    the nearest place that is certain. `links` counts the local values on the way.
    """

    source: Source
    node: Node
    scope: Scope
    whole: Location
    links: int = 0

    def at(self, path: Path) -> Location | None:
        """Return where `path` stands, else its nearest enclosing part."""
        node, found = self.node, self.whole
        for position, step in enumerate(path[:_DEEPEST]):
            inner = _structure(self.source, node)
            if inner is None:
                return self._in_local_value(node, path[position:]) or found
            part = _part(self.source, inner, step)
            if part is None:
                break
            whole, node = part
            found = self.source.location(whole)
        return found

    def _in_local_value(self, node: Node, rest: Path) -> Location | None:
        """Return where `rest` stands in the definition of a local value, if that is what the expression is."""
        prefix, dot, name = self.source.text(node).partition(".")
        module = self.scope.module
        if prefix != "local" or not dot or module is None or self.links > _DEEPEST:
            return None
        definition = module.local_definition(name)
        if definition is None:
            return None
        places = definition[0].places(definition[1])
        if isinstance(places, ExpressionPlaces):
            places = replace(places, links=self.links + 1)
        return places.at(rest)


def _structure(source: Source, node: Node) -> Node | None:
    """Return the object or list that an expression is, through parentheses and jsonencode."""
    for _ in range(_DEEPEST):
        children = without_comments(node)
        first = children[0]
        if len(children) == 1 and first.kind_id == COLLECTION:
            return first.children[0]
        if len(children) == 3 and not first.is_named:
            node = children[1]
        elif len(children) == 1 and first.kind_id == EXPRESSION:
            node = first
        elif len(children) == 1 and first.kind_id == CALL and source.text(first.children[0]) == "jsonencode":
            given = arguments(first)
            if not given:
                return None
            node = given[0]
        else:
            return None
    return None


def _part(source: Source, node: Node, step: str | int) -> tuple[Node, Node] | None:
    """Return the element for `step`: the node to show and the node of its value."""
    if isinstance(step, int) and node.kind_id == TUPLE:
        items = expressions(node)
        return (items[step], items[step]) if step < len(items) else None
    if isinstance(step, str) and node.kind_id == OBJECT:
        for element in reversed(node.children):
            if element.kind_id == ELEMENT:
                key, value = expressions(element)
                if object_key(source, key) == step:
                    return element, value
    return None
