"""Function calls: arguments evaluated, the table of functions asked; `try` and `can` are answered here."""

from __future__ import annotations

from msgspec import Struct
from tree_sitter import Node

from ctguard.model.values import Document, PartialList, Unknown, Value, unknowns
from ctguard.sources.terraform.functions import FunctionError, call
from ctguard.sources.terraform.functions.derivation import doubt
from ctguard.sources.terraform.hcl.body import Expression
from ctguard.sources.terraform.hcl.expression_places import ExpressionPlaces
from ctguard.sources.terraform.hcl.limits import EvaluationError, within_length
from ctguard.sources.terraform.hcl.scope import Scope
from ctguard.sources.terraform.hcl.source import Source

# Their elements are those of their arguments, sensitive or not as they were there; texts of others are new.
_NAMES = """
    chunklist coalescelist compact concat distinct element flatten lookup matchkeys merge one
    reverse setintersection setproduct setsubtract setunion slice sort tolist tomap toset
    transpose values zipmap
"""
_REARRANGING = frozenset(_NAMES.split())


class Call(Struct, frozen=True):
    """A function call; `node` is its first argument, for the places of a document made of it."""

    name: str
    arguments: list[Expression]
    expands: bool
    source: Source
    node: Node


def invocation(parts: Call) -> Expression:
    """Return the expression that makes the call."""
    name = parts.name.removeprefix("core::")
    if name == "try":
        return lambda scope: _try(parts.arguments, scope)
    if name == "can":
        return lambda scope: _can(parts.arguments, scope)
    if name == "jsonencode":
        return lambda scope: _document(parts, scope)
    if name == "sensitive":
        return lambda scope: _secret(parts, scope)
    if name == "nonsensitive":
        return lambda scope: _open(parts, scope)
    return lambda scope: _called(parts, name, scope)


def _called(parts: Call, name: str, scope: Scope) -> Value:
    surroundings = scope.surroundings
    around, surroundings.is_tainted = surroundings.is_tainted, False
    try:
        value = _result(parts, name, scope)
        if surroundings.is_tainted and not isinstance(value, Document):
            surroundings.keep_secret(value) if name not in _REARRANGING else surroundings.keep_if_tainted(value)
        return value
    finally:
        surroundings.is_tainted = surroundings.is_tainted or around


def _result(parts: Call, name: str, scope: Scope) -> Value:
    arguments = [argument(scope) for argument in parts.arguments]
    if parts.expands:
        last = arguments.pop()
        if isinstance(last, Unknown | PartialList):
            missing = last if isinstance(last, Unknown) else last.rest
            return doubt(missing, name, *arguments, last, is_set=False)
        if not isinstance(last, list):
            raise EvaluationError("only a list can be expanded into arguments")
        arguments.extend(last)
    budget = scope.surroundings.budget
    budget.spend(1 + len(arguments))
    for argument in arguments:
        if not isinstance(argument, str):
            budget.weigh(argument)
    try:
        return within_length(call(name, arguments, scope.surroundings.context))
    except FunctionError as refusal:
        raise EvaluationError(f"{name}: {refusal}") from refusal


def _document(parts: Call, scope: Scope) -> Value:

    encoded = _called(parts, "jsonencode", scope)
    if not isinstance(encoded, Document) or not parts.source.display:
        return encoded  # a template file, or a string of the JSON form: its lines are not those of the source
    return Document(encoded.value, ExpressionPlaces(parts.source, parts.node, scope, parts.source.location(parts.node)))


def _secret(parts: Call, scope: Scope) -> Value:
    value = _called(parts, "sensitive", scope)
    scope.surroundings.keep_secret(value)
    scope.surroundings.is_tainted = True
    return value


def _open(parts: Call, scope: Scope) -> Value:
    """Return a value that whoever wrote it says is not sensitive, whatever it was computed from."""
    around = scope.surroundings.is_tainted
    try:
        return _result(parts, "nonsensitive", scope)
    finally:
        scope.surroundings.is_tainted = around


def _try(arguments: list[Expression], scope: Scope) -> Value:
    """Return the first argument that Terraform would not refuse.

    An argument in which something unknown is met may still be refused once that
    is known, whatever it looks like now, unless all that is unknown surely has a
    value.
    """
    refusal = EvaluationError("try needs an argument")
    for argument in arguments:
        try:
            value, doubtful = _guarded(argument, scope)
        except FunctionError as error:
            refusal = EvaluationError(f"try: {error}")
            continue
        return value if doubtful is None else doubt(doubtful, "try", value, is_set=False)
    raise refusal


def _can(arguments: list[Expression], scope: Scope) -> Value:
    for argument in arguments:
        try:
            value, doubtful = _guarded(argument, scope)
        except FunctionError:
            return False
        if doubtful is not None:
            return doubt(doubtful, "can", value)
    return True


def _guarded(argument: Expression, scope: Scope) -> tuple[Value, Unknown | None]:
    """Return the value of an argument, and an unknown met on the way to it whose evaluation may still fail."""
    surroundings = scope.surroundings
    before, surroundings.met = surroundings.met, []
    try:
        value = argument(scope)
        met = [*surroundings.met, value]
    finally:
        if before is not None:
            before.extend(surroundings.met)
        surroundings.met = before
    uncertain = (unknown for each in met for unknown in unknowns(each) if not unknown.is_set or unknown.via)
    return value, next(uncertain, None)
