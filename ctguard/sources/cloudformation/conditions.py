"""Conditions in three values: true, false, and unknown with what it hangs on.

Two values that nobody knows are equal where they are the same unknown, and
different where what is known of them contradicts.
(CloudFormation Template Reference, "Condition functions".)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from msgspec.structs import replace

from ctguard.model.values import PartialText, Unknown, Value, first_unknown
from ctguard.sources.cloudformation.absent import ABSENT
from ctguard.sources.cloudformation.evaluate import evaluate
from ctguard.sources.cloudformation.stack import MAX_EVALUATION_DEPTH, Stack
from ctguard.sources.cloudformation.texts import as_text, derived, rendered, shortened

Truth: TypeAlias = bool | Unknown


def truth(name: Any, stack: Stack) -> Truth:
    """Return whether the condition called `name` holds."""
    if not isinstance(name, str):
        return derived("Condition", str(name), "is no name of a condition", is_set=True)
    if name not in stack.truths:
        whole = f"condition {stack.prefix}{name}"
        if name not in stack.conditions:
            return Unknown(whole, "is not declared in this template", "declare it under Conditions", is_set=True)
        with stack.busy_with("condition", name) as is_first:
            if not is_first:
                return Unknown(whole, "refers to itself", "break the circle", is_set=True)
            found = decide(stack.conditions[name], stack)
        if isinstance(found, Unknown):
            found = replace(found, is_set=True, refers_to=None, via=whole)
        stack.truths[name] = found
    return stack.truths[name]


def decide(raw: Any, stack: Stack) -> Truth:
    """Return whether an expression of condition functions holds."""
    if not (isinstance(raw, dict) and len(raw) == 1):
        return derived("Condition", rendered(raw), "is no condition function")
    evaluation = stack.evaluation
    if evaluation.depth >= MAX_EVALUATION_DEPTH:
        return evaluation.give_up()
    evaluation.depth += 1
    try:
        return _call(*next(iter(raw.items())), stack)
    finally:
        evaluation.depth -= 1


def _call(name: str, argument: Any, stack: Stack) -> Truth:
    if name == "Condition":
        return truth(argument, stack)
    if (function := _FUNCTIONS.get(name)) is None or not isinstance(argument, list):
        return derived(name, rendered(argument), "is no condition function")
    return function(argument, stack)


def _and(argument: list[Any], stack: Stack) -> Truth:
    return _decided_by(False, [decide(one, stack) for one in argument])


def _or(argument: list[Any], stack: Stack) -> Truth:
    return _decided_by(True, [decide(one, stack) for one in argument])


def _decided_by(decisive: bool, truths: Sequence[Truth]) -> Truth:
    if decisive in truths:
        return decisive
    return next((one for one in truths if isinstance(one, Unknown)), not decisive)


def _not(argument: list[Any], stack: Stack) -> Truth:
    if len(argument) != 1:
        return derived("Fn::Not", rendered(argument), "takes one condition")
    inner = decide(argument[0], stack)
    return inner if isinstance(inner, Unknown) else not inner


def _equals(argument: list[Any], stack: Stack) -> Truth:
    if len(argument) != 2:
        return derived("Fn::Equals", rendered(argument), "takes two values")
    left, right = (_normal(evaluate(one, stack)) for one in argument)
    found = same(left, right)
    if found is None:
        for one, other in ((left, right), (right, left)):
            parameter = (
                stack.evaluation.without_value.get(one.what) if isinstance(one, Unknown) and not one.via else None
            )
            if parameter is not None and isinstance(other, str) and not parameter.admits(other):
                return False
        return derived("Fn::Equals", [left, right])
    return found


_FUNCTIONS: Final[dict[str, Callable[[list[Any], Stack], Truth]]] = {
    "Fn::And": _and,
    "Fn::Or": _or,
    "Fn::Not": _not,
    "Fn::Equals": _equals,
}


def _normal(value: Value) -> Value:
    """Return a value as conditions compare it: scalars are text."""
    if value is None or value is ABSENT:
        return ""
    if isinstance(value, list):
        return [_normal(item) for item in value]
    if isinstance(value, dict):
        return {key: _normal(item) for key, item in value.items()}
    text = as_text(value)
    return value if text is None else text


def same(left: Value, right: Value) -> bool | None:
    """Return whether two values are the same, None where that is not known."""
    if first_unknown([left, right]) is None:
        return bool(left == right)
    if rendered(left) == rendered(right):
        return True
    if isinstance(left, str | PartialText) and isinstance(right, str | PartialText) and _contradict(left, right):
        return False
    if isinstance(left, str | PartialText | Unknown) and isinstance(right, str | PartialText | Unknown):
        return None
    return None if isinstance(left, Unknown) or isinstance(right, Unknown) or type(left) is type(right) else False


def _contradict(left: str | PartialText, right: str | PartialText) -> bool:
    """Return whether what is known of two strings, their ends or their parts, rules out that they are equal."""
    one, other = (value.parts if isinstance(value, PartialText) else (value,) for value in (left, right))
    for index, fits in ((0, str.startswith), (-1, str.endswith)):
        ends = (one[index], other[index])
        if all(isinstance(end, str) for end in ends):
            short, long = sorted(map(str, ends), key=len)
            if not fits(long, short):
                return True
    return (len(other) == 1 and not _fits(one, str(right))) or (len(one) == 1 and not _fits(other, str(left)))


def _fits(parts: Sequence[str | Unknown], whole: str) -> bool:
    position = 0
    for part in parts:
        if isinstance(part, str):
            found = whole.find(part, position)
            if found < 0:
                return False
            position = found + len(part)
    return True


def choose(argument: Any, stack: Stack) -> Value:
    """Fn::If: [condition, value, other value]."""
    if not (isinstance(argument, list) and len(argument) == 3):
        return derived("Fn::If", rendered(argument), "takes a condition and two values")
    holds = truth(argument[0], stack)
    if isinstance(holds, Unknown):
        return either(holds, evaluate(argument[1], stack), evaluate(argument[2], stack))
    return evaluate(argument[1 if holds else 2], stack)


def either(condition: Unknown, one: Value, other: Value) -> Value:
    """Return what is known of a value that is `one` or `other`."""
    if rendered(one) == rendered(other):
        return one
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        return {key: either(condition, one[key], other[key]) for key in one}
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [either(condition, *pair) for pair in zip(one, other, strict=True)]
    via = shortened(f"{condition.via or condition.what}: {rendered(one)} or {rendered(other)}")
    is_set = all(
        value is not ABSENT and (value.is_set if isinstance(value, Unknown) else True) for value in (one, other)
    )
    return Unknown(condition.what, condition.why, condition.cure, is_set=is_set, via=via)
