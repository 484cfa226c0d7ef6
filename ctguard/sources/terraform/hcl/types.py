"""Type constraints of variables: `list(object({name = string, size = optional(number, 3)}))`.

`parse_type` reads one, `convert` brings a value into its form: strings become
numbers where numbers are asked for, attributes that are not named are dropped,
optional ones get their defaults. What is unknown stays unknown.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field
from msgspec.structs import replace
from tree_sitter import Node

from ctguard.model.values import Document, PartialList, PartialMap, PartialText, Unknown, Value
from ctguard.sources.terraform.functions.derivation import doubt
from ctguard.sources.terraform.functions.parameters import to_bool, to_list, to_map, to_number, to_set, to_string
from ctguard.sources.terraform.hcl.body import Expression
from ctguard.sources.terraform.hcl.compiler import compile_node
from ctguard.sources.terraform.hcl.limits import MAX_EXPRESSION_NESTING, EvaluationError, LimitError
from ctguard.sources.terraform.hcl.scope import Scope
from ctguard.sources.terraform.hcl.source import (
    CALL,
    COLLECTION,
    ELEMENT,
    TUPLE,
    Source,
    arguments,
    expressions,
    object_key,
)
from ctguard.sources.terraform.hcl.syntax import OBJECT, parse


class Type(Struct, frozen=True):
    """A type constraint: a primitive by its name, or a collection or structure with what it holds."""

    name: str
    element: Type | None = None
    members: tuple[Type, ...] = ()
    attributes: Mapping[str, Member] = field(default_factory=dict)


class Member(Struct, frozen=True):
    """One attribute of an object type."""

    type: Type
    optional: bool = False
    default: Expression | None = None


ANY = Type("any")
UNSTATED = Type("")
_PRIMITIVES = frozenset({"string", "number", "bool"})
_COLLECTIONS = frozenset({"list", "set", "map"})


def is_primitive(constraint: Type) -> bool:
    """Return whether a value of this type is written as plain text on a command line; so is one of no stated type."""
    return constraint.name in _PRIMITIVES or constraint == UNSTATED


def parse_type_text(text: str) -> Type:
    """Return the type constraint that a string of the JSON form spells."""
    syntax = parse(f"type = {text}".encode())
    if syntax.faults or len(syntax.nodes) != 1:
        raise EvaluationError(f"{text!r} is not a type")
    return parse_type(Source("", syntax.data), syntax.nodes[0].children[-1])


def parse_type(source: Source, node: Node, depth: int = 0) -> Type:
    """Return the type constraint that an expression spells; EvaluationError where it spells none."""
    if depth > MAX_EXPRESSION_NESTING:
        raise LimitError(f"is a type nested more than {MAX_EXPRESSION_NESTING} deep")
    word = source.text(node).strip('"')  # the old form was quoted
    if word in _PRIMITIVES or word == "any":
        return Type(word)
    if word in _COLLECTIONS:  # the old form without an element type
        return Type(word, ANY)
    call = node.children[0] if node.children else node
    if call.kind_id != CALL:
        raise EvaluationError(f"{word[:60]!r} is not a type")
    name = source.text(call.children[0])
    given = arguments(call)
    if name in _COLLECTIONS and given:
        return Type(name, parse_type(source, given[0], depth + 1))
    inner = _collection(given[0]) if given else None
    if name == "tuple" and inner is not None and inner.kind_id == TUPLE:
        return Type(name, members=tuple(parse_type(source, item, depth + 1) for item in expressions(inner)))
    if name == "object" and inner is not None and inner.kind_id == OBJECT:
        return Type(name, attributes=dict(_member(source, c, depth) for c in inner.children if c.kind_id == ELEMENT))
    raise EvaluationError(f"{word[:60]!r} is not a type")


def _member(source: Source, node: Node, depth: int) -> tuple[str, Member]:
    key, value = expressions(node)
    name = object_key(source, key)
    if name is None:
        raise EvaluationError("the attributes of an object type have plain names")
    call = value.children[0] if value.children else value
    if call.kind_id != CALL or source.text(call.children[0]) != "optional":
        return name, Member(parse_type(source, value, depth + 1))
    given = arguments(call)
    if not given:
        raise EvaluationError("optional() needs a type")
    default = compile_node(source, given[1]) if len(given) > 1 else None
    return name, Member(parse_type(source, given[0], depth + 1), optional=True, default=default)


def _collection(node: Node) -> Node | None:
    first = node.children[0] if node.children else None
    return first.children[0] if first is not None and first.kind_id == COLLECTION else None


def convert(value: Value, constraint: Type, scope: Scope) -> Value:
    """Return `value` as one of the type `constraint`; EvaluationError where that cannot be."""
    if value is None or isinstance(value, Unknown) or constraint in (ANY, UNSTATED):
        return value
    if constraint.name in _PRIMITIVES:
        return _primitive(value, constraint.name)
    if constraint.name == "object":
        return _object(value, constraint, scope)
    if constraint.name == "tuple":
        return _tuple(value, constraint, scope)
    element = constraint.element
    assert element is not None
    if constraint.name == "map":
        return to_map(_map(value, element, scope))
    items = _list(value, element, scope)
    return to_set(items) if constraint.name == "set" else to_list(items)


def _primitive(value: Value, name: str) -> Value:
    if name == "string":
        return value if isinstance(value, str | Document) else to_string(value)
    converted = to_number(value) if name == "number" else to_bool(value)
    if isinstance(converted, PartialText):
        return doubt(next(converted.unknowns()), name, converted)
    return converted


def _list(value: Value, element: Type, scope: Scope) -> Value:
    if isinstance(value, PartialList):
        return replace(value, items=tuple(convert(item, element, scope) for item in value.items))
    if isinstance(value, list):
        return [convert(item, element, scope) for item in value]
    raise EvaluationError("a list is required")


def _map(value: Value, element: Type, scope: Scope) -> Value:
    if isinstance(value, PartialMap):
        return PartialMap({key: convert(item, element, scope) for key, item in value.items.items()}, value.rest)
    if isinstance(value, dict):
        return {key: convert(item, element, scope) for key, item in value.items()}
    raise EvaluationError("a map is required")


def _tuple(value: Value, constraint: Type, scope: Scope) -> Value:
    if not isinstance(value, list) or len(value) != len(constraint.members):
        raise EvaluationError(f"a tuple of {len(constraint.members)} elements is required")
    return [convert(item, member, scope) for item, member in zip(value, constraint.members, strict=True)]


def _object(value: Value, constraint: Type, scope: Scope) -> Value:
    if not isinstance(value, dict | PartialMap):
        raise EvaluationError("an object is required")
    result: dict[str, Value] = {}
    for name, member in constraint.attributes.items():
        given = _given(value, name)
        if given is None and member.default is not None:
            given = member.default(scope)
        elif given is _ABSENT and not member.optional:
            raise EvaluationError(f"the attribute {name!r} is required")
        elif given is _ABSENT:
            given = None if member.default is None else member.default(scope)
        result[name] = convert(given, member.type, scope)
    return result


_ABSENT = object()


def _given(value: Value, name: str) -> Value:
    if isinstance(value, dict):
        return value.get(name, _ABSENT)
    try:
        return value.items[name]
    except KeyError:
        return replace(value.rest, is_set=False, via=f"{value.rest.via or value.rest.what}.{name}")
