"""HCL's own syntax: the nodes of a file as blocks, bodies and arguments."""

from __future__ import annotations

import re

from tree_sitter import Node

from ctguard.model.location import Location, Places
from ctguard.sources.terraform.hcl.body import Attribute, Block, Body, Expression
from ctguard.sources.terraform.hcl.compiler import compile_node
from ctguard.sources.terraform.hcl.expression_places import ExpressionPlaces
from ctguard.sources.terraform.hcl.limits import MAX_BLOCK_NESTING, LimitError
from ctguard.sources.terraform.hcl.scope import Scope
from ctguard.sources.terraform.hcl.source import Source
from ctguard.sources.terraform.hcl.syntax import ATTRIBUTE, BLOCK, BODY, COMMENT, kind
from ctguard.sources.terraform.hcl.types import Type, parse_type

_IDENTIFIER = kind("identifier")
_STRING = kind("string_lit")
_REFERENCE = re.compile(r'"?([\w.\-\[\]*]+)"?')


class NativeAttribute(Attribute):
    """`name = expression`."""

    __slots__ = ("node", "source", "value")

    def __init__(self, name: str, source: Source, node: Node, value: Node) -> None:
        super().__init__(name)
        self.source = source
        self.node = node
        self.value = value

    def _compile(self) -> Expression:

        return compile_node(self.source, self.value)

    def text(self) -> str:
        return self.source.text(self.value).strip('"')

    def names(self) -> list[str]:
        return _REFERENCE.findall(re.sub(r"(#|//).*", "", self.text()).strip("[]"))

    def mapping(self) -> dict[str, str]:
        return dict(re.findall(r'"?([\w.\-]+)"?\s*[=:]\s*"?([\w.\-]+)"?', re.sub(r"(#|//).*", "", self.text())))

    def type(self) -> Type:

        return parse_type(self.source, self.value)

    def location(self) -> Location:
        return self.source.location(self.node)

    def places(self, scope: Scope) -> Places:

        return ExpressionPlaces(self.source, self.value, scope, self.location())


def blocks(source: Source, nodes: tuple[Node, ...]) -> tuple[Block, ...]:
    """Return the top-level blocks among `nodes`."""
    return tuple(_block(source, node, 1) for node in nodes if node.kind_id == BLOCK)


def attributes(source: Source, nodes: tuple[Node, ...]) -> dict[str, Attribute]:
    """Return the top-level arguments among `nodes`, as a variable file has them."""
    return {
        attribute.name: attribute
        for node in nodes
        if node.kind_id == ATTRIBUTE
        for attribute in (_attribute(source, node),)
    }


def _attribute(source: Source, node: Node) -> NativeAttribute:
    children = node.children
    value = children[2] if len(children) == 3 else next(c for c in reversed(children) if c.kind_id != COMMENT)
    return NativeAttribute(source.text(children[0]), source, node, value)


def _block(source: Source, node: Node, depth: int) -> Block:
    if depth > MAX_BLOCK_NESTING:
        raise LimitError(f"nests blocks more than {MAX_BLOCK_NESTING} deep")
    words = []
    body = None
    for child in node.children:
        number = child.kind_id
        if number == _IDENTIFIER:
            words.append(source.text(child))
        elif number == _STRING:
            words.append(source.text(child)[1:-1])
        elif number == BODY:
            body = child
    return Block(words[0], tuple(words[1:]), lambda: _body(source, node, body, depth), lambda: source.location(node))


def _body(source: Source, node: Node, body: Node | None, depth: int) -> Body:
    arguments: dict[str, Attribute] = {}
    nested = []
    for child in body.children if body is not None else ():
        number = child.kind_id
        if number == ATTRIBUTE:
            attribute = _attribute(source, child)
            arguments[attribute.name] = attribute
        elif number == BLOCK:
            nested.append(_block(source, child, depth + 1))
    return Body(arguments, tuple(nested), lambda: source.location(node))
