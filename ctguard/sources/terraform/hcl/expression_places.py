"""Where the parts of an object or list expression stand, looked up when somebody asks."""

from __future__ import annotations

from dataclasses import dataclass

from tree_sitter import Node

from ctguard.model.location import Location, Path
from ctguard.sources.terraform.hcl.compiler import (
    ARGUMENTS,
    CALL,
    COLLECTION,
    ELEMENT,
    EXPRESSION,
    TUPLE,
    VARIABLE,
    object_key,
)
from ctguard.sources.terraform.hcl.native import NativeAttribute, Source
from ctguard.sources.terraform.hcl.scope import Scope
from ctguard.sources.terraform.hcl.syntax import COMMENT, OBJECT

_MAX_STEPS = 200


@dataclass(frozen=True, slots=True)
class ExpressionPlaces:
    """Finds the parts of the expression `node`, through local values where it names one.

    Computed keys, conditionals and functions are not looked into: their whole is
    the nearest place that is certain.
    """

    source: Source
    node: Node
    scope: Scope
    whole: Location

    def at(self, path: Path) -> Location | None:
        """Return where `path` stands, else its nearest enclosing part."""
        source, node, scope = self.source, self.node, self.scope
        found = self.whole
        for step in path[:_MAX_STEPS]:
            resolved = _resolved(source, node, scope)
            if resolved is None:
                break
            source, node, scope = resolved
            part = _part(source, node, step)
            if part is None:
                break
            whole, node = part
            found = source.location(whole)
        return found


def _resolved(source: Source, node: Node, scope: Scope) -> tuple[Source, Node, Scope] | None:
    """Return the object or list that an expression is, through parentheses, jsonencode and local values."""
    for _ in range(_MAX_STEPS):
        children = [child for child in node.children if child.kind_id != COMMENT]
        first = children[0]
        if len(children) == 1 and first.kind_id == COLLECTION:
            return source, first.children[0], scope
        if len(children) == 3 and not first.is_named:
            node = children[1]
        elif len(children) == 1 and first.kind_id == EXPRESSION:
            node = first
        elif len(children) == 1 and first.kind_id == CALL and source.text(first.children[0]) == "jsonencode":
            arguments = next(child for child in first.children if child.kind_id == ARGUMENTS)
            node = next(child for child in arguments.children if child.kind_id == EXPRESSION)
        elif len(children) == 2 and first.kind_id == VARIABLE and source.text(first) == "local":
            name = source.text(children[1]).lstrip(". \n")
            definition = None if scope.module is None else scope.module.local_definition(name)
            if definition is None or not isinstance(definition[0], NativeAttribute):
                return None
            source, node, scope = definition[0].source, definition[0].value, definition[1]
        else:
            return None
    return None


def _part(source: Source, node: Node, step: str | int) -> tuple[Node, Node] | None:
    """Return the element for `step`: the node to show and the node of its value."""
    if isinstance(step, int) and node.kind_id == TUPLE:
        items = [child for child in node.children if child.kind_id == EXPRESSION]
        return (items[step], items[step]) if step < len(items) else None
    if isinstance(step, str) and node.kind_id == OBJECT:
        for element in reversed(node.children):
            if element.kind_id == ELEMENT:
                key, value = (child for child in element.children if child.kind_id == EXPRESSION)
                if object_key(source, key) == step:
                    return element, value
    return None
