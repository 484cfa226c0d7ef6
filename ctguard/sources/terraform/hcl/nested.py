"""The values of a body: its arguments, and its nested blocks as lists of maps, `dynamic` ones made out."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from ctguard.model.values import PartialList, Unknown, Value
from ctguard.sources.terraform.functions import FunctionError
from ctguard.sources.terraform.functions.derivation import doubt
from ctguard.sources.terraform.functions.failure import UndecidedError
from ctguard.sources.terraform.hcl.body import Attribute, Body
from ctguard.sources.terraform.hcl.iteration import pairs
from ctguard.sources.terraform.hcl.limits import MAX_INSTANCES, LimitError
from ctguard.sources.terraform.hcl.scope import Scope


class Made(Struct, frozen=True):
    """One nested block that there is: its body and the scope to evaluate it in."""

    body: Body
    scope: Scope


def blocks_value(body: Body, block_type: str, scope: Scope, name: str) -> Value:
    """Return the nested blocks of one type as a list of maps; a partial one where `dynamic` is over an unknown."""
    values: list[Value] = []
    rest: Unknown | None = None
    for made in expanded(body, block_type, scope, f"{name}.{block_type}"):
        if isinstance(made, Unknown):
            rest = made
        else:
            values.append(body_values(made.body, made.scope, f"{name}.{block_type}[{len(values)}]"))
    return values if rest is None else PartialList(tuple(values), rest)


def body_values(body: Body, scope: Scope, name: str) -> dict[str, Value]:
    """Return all values of a nested block; null counts as omitted, a refused expression as unknown."""
    values: dict[str, Value] = {}
    for attribute in body.attributes.values():
        value = _value(attribute, scope, f"{name}.{attribute.name}")
        if value is not None:
            values[attribute.name] = value
    for block_type in body.block_types:
        values[block_type] = blocks_value(body, block_type, scope, name)
    return values


def _value(attribute: Attribute, scope: Scope, name: str) -> Value:
    surroundings = scope.surroundings
    around, surroundings.is_tainted = surroundings.is_tainted, False
    try:
        value = attribute.evaluate(scope)
        surroundings.keep_if_tainted(value)
        return value
    except FunctionError as refusal:
        return Unknown(name, f"cannot be evaluated: {refusal}", "correct the expression")
    except UndecidedError as reason:
        return Unknown(name, str(reason), "scan the plan")
    finally:
        surroundings.is_tainted = surroundings.is_tainted or around


def expanded(body: Body, block_type: str, scope: Scope, name: str) -> Iterator[Made | Unknown]:
    """Yield the blocks of one type in order, and an Unknown where there may be any number of others."""
    for block in body.blocks:
        if block.kind == block_type:
            yield Made(block.body, scope)
        elif block.kind == "dynamic" and block.labels == (block_type,):
            yield from _dynamic(block.body, block_type, scope, name)


def _dynamic(body: Body, block_type: str, scope: Scope, name: str) -> Iterator[Made | Unknown]:
    content = next(body.blocks_of("content"), None)
    if content is None or "for_each" not in body.attributes:
        yield Unknown(name, "is a dynamic block without for_each or content", "complete the block")
        return
    iterator = body.attributes["iterator"].text() if "iterator" in body.attributes else block_type
    surroundings = scope.surroundings
    around, surroundings.is_tainted = surroundings.is_tainted, False
    collection = _value(body.attributes["for_each"], scope, f"{name}.for_each")
    is_tainted = surroundings.is_tainted
    surroundings.is_tainted = is_tainted or around
    try:
        known, rest = pairs(collection)
    except FunctionError as refusal:
        yield Unknown(name, f"cannot be made out: {refusal}", "correct for_each")
        return
    if len(known) > MAX_INSTANCES:
        raise LimitError(f"has more than {MAX_INSTANCES} blocks {block_type}")
    scope.surroundings.budget.spend(len(known))
    is_set = isinstance(collection, list)
    for key, value in known:
        # Of a set, key and value are the same; a list is taken as one where its elements are strings.
        named = value if is_set and isinstance(value, str) else key
        yield Made(content.body, scope.having({iterator: {"key": named, "value": value}}, is_tainted=is_tainted))
    if rest is not None:
        yield doubt(rest, "dynamic", block_type, rest, name)
