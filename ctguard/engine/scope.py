"""Which resources a rule speaks of: those that serve a trail, unless the scope is everything."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ctguard.engine.rule import AllOf, AnyOf, Compare, Condition, Items, Judge, Not, Rule
from ctguard.model.inventory import Inventory
from ctguard.model.resource import Resource
from ctguard.model.values import Document, Linked, PartialList, Value

SERVICE: Final = "cloudtrail.amazonaws.com"
SERVANTS: Final = {"bucket": "bucket", "key": "key", "topic": "topic", "log_group": "log_group", "role": "role"}
"""Kinds that matter only as far as a trail leans on them, and the trail's link that leads there."""


class Scope:
    """Decides for one inventory which resources are judged."""

    def __init__(self, inventory: Inventory, *, everything: bool) -> None:
        self._everything = everything
        self._inventory = inventory
        self._serving: set[int] = set()
        self._admitting: dict[int, bool] = {}
        self._addresses: set[tuple[str, str]] = set()
        for trail in inventory.of_kind("trail"):
            for link in SERVANTS.values():
                target = inventory.follow(trail, link)
                if isinstance(target, Resource):
                    self._serving.add(id(target))
                    self._addresses.add((target.unit, target.address))
        for group in inventory.of_kind("log_group"):
            if id(group) in self._serving:
                self._serving.update(id(alarm) for alarm in _alarms_of(group, inventory))

    def resources(self, rule: Rule) -> Iterator[Resource]:
        """Yield the resources that `rule` judges."""
        for kind in dict.fromkeys(rule.judges(input_) for input_ in rule.inputs):
            for resource in self._inventory.of_kind(kind):
                asked = resource.input in rule.inputs and rule.judges(resource.input) == kind
                if asked and resource.is_judged and self._judged(resource, rule):
                    yield resource

    def _judged(self, resource: Resource, rule: Rule) -> bool:
        kind = resource.kind.name
        if kind not in SERVANTS and kind != "alarm":
            return resource.missing is None
        serves = id(resource) in self._serving or self._admits(resource)
        if resource.missing is not None and not serves:
            # Nothing but a part of it is here: only what that part states can be judged.
            return self._everything and bool(resource.stated & attributes_of(rule.require))
        if resource.missing is None and resource.stated:
            # Seen through one of two parts that clash: the rest of it is judged at its own address.
            serves = serves or any((resource.unit, main) in self._addresses for main in resource.members)
            return (serves or self._everything) and bool(resource.stated & attributes_of(rule.require))
        return serves or (self._everything and kind != "role")

    def _admits(self, resource: Resource) -> bool:
        """Say whether the resource lets CloudTrail in; every rule on it asks."""
        if id(resource) not in self._admitting:
            self._admitting[id(resource)] = lets_cloudtrail_in(resource)
        return self._admitting[id(resource)]


def lets_cloudtrail_in(resource: Resource) -> bool:
    """Say whether the resource's own policy lets CloudTrail's service principal in."""
    policy = resource.attributes.get("policy")
    if not isinstance(policy, Document) or not isinstance(policy.value, dict):
        return False
    statements = policy.value.get("Statement")
    return any(_names_cloudtrail(one) for one in _items(statements))


def _names_cloudtrail(statement: Value) -> bool:
    if not isinstance(statement, dict) or statement.get("Effect") != "Allow":
        return False
    principal = statement.get("Principal")
    return isinstance(principal, dict) and SERVICE in _items(principal.get("Service"))


def _items(value: Value) -> list[Value]:
    if isinstance(value, PartialList):
        return list(value.items)
    return value if isinstance(value, list) else [value]


def _alarms_of(group: Resource, inventory: Inventory) -> Iterator[Resource]:
    """Yield the alarms on the metrics that filters of the group feed."""
    filters = inventory.follow(group, "metric_filters")
    metrics = {
        (_plain(one.get("metric_namespace")), _plain(one.get("metric_name")))
        for metric_filter in (filters if isinstance(filters, list) else [])
        if isinstance(metric_filter, Resource)
        for one in _items(metric_filter["metric_transformations"])
        if isinstance(one, dict)
    }
    for alarm in inventory.of_kind("alarm"):
        if (_plain(alarm["namespace"]), _plain(alarm["metric_name"])) in metrics:
            yield alarm


def _plain(value: Value) -> Value:
    return str(value) if isinstance(value, Linked) else value


def attributes_of(condition: Condition) -> frozenset[str]:
    """Return the attributes that a condition looks at."""
    match condition:
        case Compare(path=path) | Items(path=path):
            return frozenset((path,))
        case AllOf(conditions) | AnyOf(conditions):
            return frozenset().union(*(attributes_of(one) for one in conditions))
        case Not(inner):
            return attributes_of(inner)
        case Judge(name):
            from ctguard.engine.judgements import looks_at

            return looks_at(name)
