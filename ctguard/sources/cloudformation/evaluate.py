"""Evaluate what a template writes: maps, lists and scalars, with functions anywhere within.

The functions that must see their argument unevaluated come with the stack
(`Evaluation.forms`); what each of them means is in a module of its own.
"""

from __future__ import annotations

from typing import Any

from ctguard.model.values import PartialList, PartialMap, Unknown, Value
from ctguard.sources.cloudformation.absent import ABSENT
from ctguard.sources.cloudformation.functions import FUNCTIONS
from ctguard.sources.cloudformation.stack import MAX_EVALUATION_DEPTH, MAX_REFERENCES, Stack
from ctguard.sources.cloudformation.template import Resource
from ctguard.sources.cloudformation.texts import DYNAMIC, derived, dynamic

LOOP = "Fn::ForEach"
_COMPUTING = frozenset({"Fn::Base64", "Fn::Split", "Fn::Cidr"})
"""Functions whose result gives their argument away although it need not stand there as a whole."""


def evaluate(raw: Any, stack: Stack) -> Value:
    """Return the value of a part of a template; `ABSENT` where it is `AWS::NoValue`."""
    kind = raw.__class__
    if kind is str:
        return dynamic(raw) if DYNAMIC in raw else raw
    if kind is not dict and kind is not list:
        return raw
    if id(raw) in stack.template.constant:
        return raw
    evaluation = stack.evaluation
    if evaluation.depth >= MAX_EVALUATION_DEPTH:
        return evaluation.give_up()
    evaluation.depth += 1
    try:
        return _map(raw, stack) if kind is dict else _list(raw, stack)
    finally:
        evaluation.depth -= 1


def _map(raw: dict[str, Any], stack: Stack) -> Value:
    if len(raw) == 1:
        ((name, argument),) = raw.items()
        if (form := stack.evaluation.forms.get(name)) is not None:
            return stack.evaluation.bounded(form(argument, stack))
        if name.startswith("Fn::") and not name.startswith(LOOP):
            return stack.evaluation.bounded(_call(name, argument, stack))
    items: dict[str, Value] = {}
    rest: Unknown | None = None
    for name, item in raw.items():
        if name.startswith("Fn::") and (name.startswith(LOOP) or name == "Fn::Transform"):
            more = stack.evaluation.forms[LOOP](item, stack) if name.startswith(LOOP) else _call(name, item, stack)
            if isinstance(more, dict):
                items |= more
            else:
                rest = more
            continue
        value = evaluate(item, stack)
        if value is not ABSENT and value is not None:
            items[name] = value
    return items if rest is None else PartialMap(items, rest)


def _call(name: str, argument: Any, stack: Stack) -> Value:
    value = evaluate(argument, stack)
    if value is ABSENT:
        return ABSENT
    if (function := FUNCTIONS.get(name)) is None:
        return derived(name, value, "is no function that ctguard knows")
    made = function(value)
    if stack.evaluation.roots and name in _COMPUTING:
        stack.evaluation.hide(made, value)
    return made


def _list(raw: list[Any], stack: Stack) -> Value:
    items = []
    rest: Unknown | None = None
    for _, value, is_certain in list_items(raw, stack):
        if is_certain:
            items.append(value)
        else:
            rest = value
    return items if rest is None else PartialList(tuple(items), rest)


def list_items(raw: list[Any], stack: Stack) -> list[tuple[int, Value, bool]]:
    """Return index, value and whether it is certainly there, for each item of a list that is not left out."""
    found: list[tuple[int, Value, bool]] = []
    for index, item in enumerate(raw):
        value = evaluate(item, stack)
        if value is ABSENT or value is None:
            continue
        is_choice = item.__class__ is dict and "Fn::If" in item
        found.append((index, value, not (is_choice and isinstance(value, Unknown) and not value.is_set)))
    return found


def property_of(resource: Resource, name: str, stack: Stack) -> Value:
    """Return one property of a resource, evaluated once; `ABSENT` where it has none."""
    key = (resource.id, name)
    if key not in stack.values:
        if name not in resource.properties:
            return ABSENT
        evaluation = stack.evaluation
        if evaluation.references >= MAX_REFERENCES:
            return evaluation.give_up()
        with stack.busy_with("property", *key) as is_first:
            if not is_first:
                return Unknown(f"{stack.prefix}{resource.id}.{name}", "refers to itself", "break the circle")
            evaluation.references += 1
            try:
                value = evaluate(resource.properties[name], stack)
            finally:
                evaluation.references -= 1
        stack.values[key] = ABSENT if value is None else value
    return stack.values[key]
