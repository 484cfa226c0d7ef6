"""`count` and `for_each`: which instances of a block there are, as far as that is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from msgspec import Struct

from ctguard.model.values import PartialText, Unknown, Value, first_unknown
from ctguard.sources.terraform.functions import FunctionError
from ctguard.sources.terraform.functions.derivation import doubt
from ctguard.sources.terraform.functions.parameters import to_number
from ctguard.sources.terraform.hcl.body import Attribute, Block
from ctguard.sources.terraform.hcl.iteration import pairs
from ctguard.sources.terraform.hcl.limits import MAX_INSTANCES, EvaluationError, LimitError
from ctguard.sources.terraform.hcl.scope import Scope

if TYPE_CHECKING:
    from ctguard.sources.terraform.hcl.evaluation import Evaluation

InstanceKey: TypeAlias = str | int | None


class Instances(Struct, frozen=True):
    """The keys of the instances that surely exist, with what `each` and `count` are in each of them.

    `shape` says what a reference to the whole block is: one object, a list or a
    map. `rest` stands for instances that there may be beside the known ones.
    """

    shape: Literal["one", "list", "map"]
    known: list[tuple[InstanceKey, dict[str, Any]]]
    rest: Unknown | None = None


ONE = Instances("one", [(None, {})])


def instances(attributes: dict[str, Attribute], scope: Scope, name: str) -> Instances:
    """Return the instances of a block with these arguments; `name` is its address."""
    if "count" in attributes:
        return _counted(attributes["count"], scope, name)
    if "for_each" in attributes:
        return _for_each(attributes["for_each"], scope, name)
    return ONE


def worked_out(evaluation: Evaluation, cache: dict[str, Value], block: Block, scope: Scope, name: str) -> Instances:
    """Return the instances of `block`, whose address is `name`, from the cache or by evaluating count or for_each."""
    attributes = block.body.attributes
    if "count" not in attributes and "for_each" not in attributes:
        return ONE
    argument = "count" if "count" in attributes else "for_each"
    found = evaluation.named(cache, name, f"{name}.{argument}", lambda: instances(attributes, scope, name))
    if isinstance(found, Unknown):
        return Instances("list" if argument == "count" else "map", [], found)
    assert isinstance(found, Instances)
    return found


def unknown_instance(shape: str, rest: Unknown) -> dict[str, Any]:
    """Return what `each` or `count` is in an instance that nobody knows the key of."""
    key = doubt(rest, "key", rest)
    if shape == "list":
        return {"count": {"index": key}}
    return {"each": {"key": key, "value": doubt(rest, "element", rest, is_set=False)}}


def _counted(attribute: Attribute, scope: Scope, name: str) -> Instances:
    try:
        number = to_number(attribute.evaluate(scope))
        if number is None or isinstance(number, float) or (isinstance(number, int) and number < 0):
            raise EvaluationError("count must be a whole number, zero or more")
    except FunctionError as refusal:
        return Instances("list", [], Unknown(f"{name}.count", f"cannot be evaluated: {refusal}", "correct count"))
    if isinstance(number, Unknown | PartialText):
        return Instances("list", [], first_unknown(number))
    if number > MAX_INSTANCES:
        raise LimitError(f"has more than {MAX_INSTANCES} instances")
    scope.surroundings.budget.spend(number)
    return Instances("list", [(index, {"count": {"index": index}}) for index in range(number)])


def _for_each(attribute: Attribute, scope: Scope, name: str) -> Instances:
    try:
        value = attribute.evaluate(scope)
        known, rest = pairs(value)
        elements = [_element(key, item, isinstance(value, list)) for key, item in known]
    except FunctionError as refusal:
        return Instances("map", [], Unknown(f"{name}.for_each", f"cannot be evaluated: {refusal}", "correct for_each"))
    if len(elements) > MAX_INSTANCES:
        raise LimitError(f"has more than {MAX_INSTANCES} instances")
    scope.surroundings.budget.spend(len(elements))
    named = {key: item for key, item in elements if isinstance(key, str)}
    unnamed = next((key for key, _ in elements if not isinstance(key, str)), None)
    rest = rest or first_unknown(unnamed)
    return Instances("map", [(str(key), {"each": {"key": key, "value": named[key]}}) for key in sorted(named)], rest)


def _element(key: Value, item: Value, is_set: bool) -> tuple[Value, Value]:
    """Return key and value of one instance; of a set, both are the element."""
    if isinstance(key, Unknown) or is_set:
        key = item
    if not isinstance(key, str | Unknown | PartialText):
        raise EvaluationError("for_each must be a map or a set of strings")
    return key, item
