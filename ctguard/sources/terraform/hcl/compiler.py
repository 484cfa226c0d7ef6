"""Expressions of HCL's own syntax, compiled to closures.

Walking the tree is done once; an expression that is evaluated for many instances
of a resource or calls of a module is a chain of Python calls from then on. The
short forms that make up most of a file (a plain string, a number, `a.b.c`) are
recognised by their text, without looking at the tree.
"""

from __future__ import annotations

import re
from functools import lru_cache

from tree_sitter import Node

from ctguard.model.values import Unknown, Value
from ctguard.sources.terraform.functions.failure import FunctionError, UndecidedError
from ctguard.sources.terraform.functions.numerals import parse_number
from ctguard.sources.terraform.hcl import operators, template
from ctguard.sources.terraform.hcl.body import Expression
from ctguard.sources.terraform.hcl.collections import Entry, list_of, object_of
from ctguard.sources.terraform.hcl.comprehension import For, comprehension
from ctguard.sources.terraform.hcl.invocation import Call, invocation
from ctguard.sources.terraform.hcl.limits import MAX_EXPRESSION_NESTING, EvaluationError, LimitError
from ctguard.sources.terraform.hcl.reference import reference
from ctguard.sources.terraform.hcl.scope import Scope, Step
from ctguard.sources.terraform.hcl.source import (
    ARGUMENTS,
    CALL,
    COLLECTION,
    ELEMENT,
    EXPRESSION,
    TUPLE,
    VARIABLE,
    Source,
    expressions,
    object_key,
    without_comments,
)
from ctguard.sources.terraform.hcl.syntax import COMMENT, kind, parse
from ctguard.sources.terraform.hcl.traversal import attribute, index, splat

_ELLIPSIS = kind("ellipsis")
_CONDITIONAL = kind("conditional")
_GET_ATTRIBUTE = kind("get_attr")
_INDEX = kind("index")
_NEW_INDEX = kind("new_index")
_SPLAT = kind("splat")
_FULL_SPLAT = kind("full_splat")
_NUMBER = kind("numeric_lit")
_BOOLEAN = kind("bool_lit")
_STRING = kind("string_lit")
_UNARY = kind("unary_operation")
_HEREDOC = kind("heredoc_template")
_IDENTIFIER = kind("identifier")
_FOR_LIST = kind("for_tuple_expr")
_FOR_INTRO = kind("for_intro")
_FOR_CONDITION = kind("for_cond")
_OPERATORS = frozenset({"*", "/", "%", "+", "-", ">", ">=", "<", "<=", "==", "!=", "&&", "||"})

_PATH = rb"(?!(?:true|false|null)\.)[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)+"
_SIMPLE = re.compile(
    rb'"(?P<text>[^"\\$%\x00-\x1f\x7f-\xff]*)"'
    rb"|(?P<word>true|false|null)"
    rb"|(?P<number>[0-9]{1,15})"
    rb"|(?P<path>" + _PATH + rb")"
    rb'|"(?P<template>(?:[^"\\$%\x00-\x1f\x7f-\xff]|\$\{' + _PATH + rb'\})*)"'
)
_INTERPOLATION = re.compile(rb"\$\{(" + _PATH + rb")\}")
_LONGEST_SIMPLE = 200
_WORDS: dict[bytes, Value] = {b"true": True, b"false": False, b"null": None}


def compile_node(source: Source, node: Node) -> Expression:
    """Return the expression that `node` of a parsed file spells; LimitError where it is nested too deeply."""
    start, end = node.start_byte, node.end_byte
    simple = _simple(source.data[start:end]) if end - start < _LONGEST_SIMPLE else None
    return simple or _Compiler(source).sequence(node.children)


@lru_cache(maxsize=512)
def compile_template(text: str) -> Expression:
    """Return the expression of a template file's text; EvaluationError where it is not a template."""
    if "${" not in text and "%{" not in text:
        return constant(text)
    delimiter = "TEMPLATE"
    while delimiter in text:
        delimiter += "_"
    syntax = parse(f"template = <<{delimiter}\n{text}\n{delimiter}\n".encode())
    if syntax.faults or len(syntax.nodes) != 1:
        raise EvaluationError("the template is not valid")
    source = Source("", syntax.data)
    return template.read_text(source.data, _heredoc(syntax.nodes[0]), _Compiler(source).expression)


def _heredoc(node: Node) -> Node:
    """Return the heredoc that is the value of the argument `node`."""
    while node.kind_id != _HEREDOC:
        inner = next((child for child in reversed(node.children) if child.is_named), None)
        if inner is None:
            raise EvaluationError("the template is not valid")
        node = inner
    return node


def constant(value: Value) -> Expression:
    """Return the expression that is always `value`."""
    return lambda scope: value


@lru_cache(maxsize=8192)
def _simple(text: bytes) -> Expression | None:
    match = _SIMPLE.fullmatch(text)
    if match is None:
        return None
    found = match.lastgroup
    if found == "text":
        return constant(match["text"].decode())
    if found == "word":
        return constant(_WORDS[text])
    if found == "number":
        return constant(int(text))
    if found == "template":
        return _simple_template(match["template"])
    return _path(text)


def _path(text: bytes) -> Expression:
    root, *names = text.decode().split(".")
    return reference(root, names, [])


def _simple_template(text: bytes) -> Expression:
    pieces = _INTERPOLATION.split(text)
    if len(pieces) == 3 and not pieces[0] and not pieces[2]:
        return _path(pieces[1])  # "${x}" is x, whatever its type
    return template.joined([_path(piece) if at % 2 else piece.decode() for at, piece in enumerate(pieces) if piece])


class _Compiler:
    """Compiles the nodes of one file, keeping count of how deep it is in an expression."""

    __slots__ = ("data", "depth", "source")

    def __init__(self, source: Source) -> None:
        self.source = source
        self.data = source.data
        self.depth = 0

    def expression(self, node: Node) -> Expression:
        start, end = node.start_byte, node.end_byte
        if end - start < _LONGEST_SIMPLE:
            simple = _simple(self.data[start:end])
            if simple is not None:
                return simple
        return self.sequence(node.children)

    def sequence(self, nodes: list[Node]) -> Expression:
        """Compile a term and the steps that follow it."""
        self.depth += 1
        if self.depth > MAX_EXPRESSION_NESTING:
            raise LimitError(f"is nested more than {MAX_EXPRESSION_NESTING} deep")
        try:
            return self.term_with_steps(nodes)
        finally:
            self.depth -= 1

    def term_with_steps(self, nodes: list[Node]) -> Expression:
        first = nodes[0]
        if len(nodes) == 1 and first.kind_id in _TERMS:
            return _TERMS[first.kind_id](self, first)
        nodes = [child for child in nodes if child.kind_id != COMMENT]
        first = nodes[0]
        if first.kind_id == VARIABLE:
            return self.reference(self.text(first), nodes[1:])
        if first.kind_id == EXPRESSION:
            term, rest = self.expression(first), nodes[1:]
        elif first.is_named:
            term, rest = _TERMS[first.kind_id](self, first), nodes[1:]
        else:  # a parenthesis
            term, rest = self.expression(nodes[1]), nodes[3:]
        steps = self.steps(rest)
        return _stepping(term, steps) if steps else term

    def text(self, node: Node) -> str:
        return self.data[node.start_byte : node.end_byte].decode()

    def reference(self, root: str, nodes: list[Node]) -> Expression:
        names = []
        for node in nodes:
            if node.kind_id != _GET_ATTRIBUTE:
                break
            names.append(self.text(node.children[-1]))
        return reference(root, names, self.steps(nodes[len(names) :]))

    def steps(self, nodes: list[Node]) -> list[Step]:
        """Compile what follows a term; all that follows `[*]` is done to every element."""
        for position, node in enumerate(nodes):
            if node.kind_id == _SPLAT:
                before = [self.step(each) for each in nodes[:position]]
                return [*before, *self.splat(node.children[0], nodes[position + 1 :])]
        return [self.step(node) for node in nodes]

    def step(self, node: Node) -> Step:
        number = node.kind_id
        if number == _GET_ATTRIBUTE:
            name = self.text(node.children[-1])
            return lambda value, scope: attribute(value, name)
        inner = node.children[0]
        if inner.kind_id != _NEW_INDEX:  # the old form, list.0
            position = int(self.text(inner).lstrip("."))
            return lambda value, scope: index(value, position)
        key = self.only_expression(inner)
        return lambda value, scope: index(value, key(scope))

    def splat(self, node: Node, following: list[Node]) -> list[Step]:
        """Compile `[*]` or `.*` with what follows: after `.*`, only names and old indices are done to every element."""
        inside = without_comments(node)[1:]
        if node.kind_id == _FULL_SPLAT:
            inside, following = [*inside, *following], []
        else:
            split = next((i for i, child in enumerate(inside) if self.text(child).startswith("[")), len(inside))
            inside, following = inside[:split], [*inside[split:], *following]
        each = self.steps(inside)
        return [lambda value, scope: splat(value, lambda item: _walk(item, each, scope)), *self.steps(following)]

    def literal(self, node: Node) -> Expression:
        inner = node.children[0]
        number = inner.kind_id
        if number == _STRING:
            return constant(template.unescape(self.text(inner)[1:-1]))
        if number == _NUMBER:
            return _number(self.text(inner))
        return constant(_WORDS[self.data[inner.start_byte : inner.end_byte]])

    def template(self, node: Node) -> Expression:
        inner = node.children[0]
        read = template.read_heredoc if inner.kind_id == _HEREDOC else template.read_quoted
        return read(self.data, inner, self.expression)

    def collection(self, node: Node) -> Expression:
        inner = node.children[0]
        if inner.kind_id == TUPLE:
            return list_of([self.expression(child) for child in expressions(inner)])
        return object_of([self.entry(child) for child in inner.children if child.kind_id == ELEMENT])

    def entry(self, node: Node) -> Entry:
        children = node.children
        key, _, value = children if len(children) == 3 else without_comments(node)
        name = object_key(self.source, key)
        return Entry(name, None if name is not None else self.expression(key), self.expression(value))

    def call(self, node: Node) -> Expression:
        children = node.children
        arguments = next((child for child in children if child.kind_id == ARGUMENTS), None)
        given = expressions(arguments)
        return invocation(
            Call(
                name=self.text(children[0]),
                arguments=[self.expression(child) for child in given],
                expands=arguments is not None and any(child.kind_id == _ELLIPSIS for child in arguments.children),
                source=self.source,
                node=given[0] if given else node,
            )
        )

    def for_(self, node: Node) -> Expression:
        inner = node.children[0]
        intro = next(child for child in inner.children if child.kind_id == _FOR_INTRO)
        condition = next((child for child in inner.children if child.kind_id == _FOR_CONDITION), None)
        names = [self.text(child) for child in intro.children if child.kind_id == _IDENTIFIER]
        made = [self.expression(child) for child in expressions(inner)]
        return comprehension(
            For(
                key_name=names[0] if len(names) == 2 else "",
                value_name=names[-1],
                collection=self.only_expression(intro),
                key=None if inner.kind_id == _FOR_LIST else made[0],
                value=made[-1],
                condition=None if condition is None else self.only_expression(condition),
                grouping=any(child.kind_id == _ELLIPSIS for child in inner.children),
            )
        )

    def only_expression(self, node: Node) -> Expression:
        return self.expression(expressions(node)[0])

    def operation(self, node: Node) -> Expression:
        inner = node.children[0]
        children = without_comments(inner)
        if inner.kind_id == _UNARY:
            operand = self.sequence(children[1:])
            return operators.minus(operand) if self.text(children[0]) == "-" else operators.negation(operand)
        at = next(i for i, child in enumerate(children) if not child.is_named and child.type in _OPERATORS)
        return operators.binary(children[at].type, self.sequence(children[:at]), self.sequence(children[at + 1 :]))

    def conditional(self, node: Node) -> Expression:
        """Compile `a ? b : c ? d : e` as `a ? b : (c ? d : e)`, which the grammar groups the other way."""
        branches: list[Node] = []
        while True:
            condition, then, otherwise = expressions(node)
            branches[:0] = [then, otherwise]
            if len(branches) > 2 * MAX_EXPRESSION_NESTING:
                raise LimitError(f"is a chain of more than {MAX_EXPRESSION_NESTING} conditions")
            inner = without_comments(condition)
            if len(inner) != 1 or inner[0].kind_id != _CONDITIONAL:
                break
            node = inner[0]
        # branches now reads b, c, d, e, f, ...: c, e, ... but the last are conditions.
        result = self.expression(branches.pop())
        while len(branches) > 1:
            then = branches.pop()
            result = operators.conditional(self.expression(branches.pop()), self.expression(then), result)
        return operators.conditional(self.expression(condition), self.expression(branches[0]), result)


_TERMS = {
    kind("literal_value"): _Compiler.literal,
    kind("template_expr"): _Compiler.template,
    COLLECTION: _Compiler.collection,
    CALL: _Compiler.call,
    kind("for_expr"): _Compiler.for_,
    kind("operation"): _Compiler.operation,
    _CONDITIONAL: _Compiler.conditional,
}


def _number(numeral: str) -> Expression:
    try:
        return constant(parse_number(numeral))
    except UndecidedError as reason:
        return constant(Unknown(numeral[:40], str(reason), is_set=True))
    except FunctionError as refusal:
        raise EvaluationError(f"{numeral[:40]} is not a number") from refusal


def _stepping(term: Expression, steps: list[Step]) -> Expression:
    return lambda scope: _walk(term(scope), steps, scope)


def _walk(value: Value, steps: list[Step], scope: Scope) -> Value:
    for step in steps:
        value = step(value, scope)
    return value
