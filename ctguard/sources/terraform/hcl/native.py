"""HCL's own syntax: the nodes of a file as blocks, bodies and arguments."""

from __future__ import annotations

import re

from tree_sitter import Node

from ctguard.model.location import Location, Places
from ctguard.sources.terraform.hcl.body import Attribute, Block, Body, Expression
from ctguard.sources.terraform.hcl.compiler import compile_node
from ctguard.sources.terraform.hcl.expression_places import ExpressionPlaces
from ctguard.sources.terraform.hcl.limits import MAX_BLOCK_NESTING, EvaluationError, LimitError
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
        self.name = name
        self._expression = None
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


class RepeatedAttribute(NativeAttribute):
    """An argument that is set again: Terraform refuses that, and nobody knows which one was meant."""

    __slots__ = ("before",)

    def __init__(self, before: Attribute, again: NativeAttribute) -> None:
        super().__init__(again.name, again.source, again.node, again.value)
        self.before = before

    def _compile(self) -> Expression:
        lines = f"lines {self.before.location().line} and {self.location().line}"
        raise EvaluationError(f"{self.name} is set twice, in {lines}")


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
    name = children[0]
    value = children[2] if len(children) == 3 else next(c for c in reversed(children) if c.kind_id != COMMENT)
    return NativeAttribute(source.data[name.start_byte : name.end_byte].decode(), source, node, value)


def _block(source: Source, node: Node, depth: int) -> Block:
    if depth > MAX_BLOCK_NESTING:
        raise LimitError(f"nests blocks more than {MAX_BLOCK_NESTING} deep")
    words = []
    body = None
    data = source.data
    for child in node.children:
        number = child.kind_id
        if number == _STRING:
            words.append(data[child.start_byte + 1 : child.end_byte - 1].decode())
        elif number == _IDENTIFIER:
            words.append(data[child.start_byte : child.end_byte].decode())
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
            name = attribute.name
            arguments[name] = attribute if name not in arguments else RepeatedAttribute(arguments[name], attribute)
        elif number == BLOCK:
            nested.append(_block(source, child, depth + 1))
    return Body(arguments, tuple(nested), lambda: source.location(node))
