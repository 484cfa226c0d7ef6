"""Put a snippet into a CloudFormation template where a reader would: by the names of properties and statements."""

from __future__ import annotations

import copy
from typing import Any

import yaml

STANDS_BESIDE_PROPERTIES = {"DeletionPolicy", "UpdateReplacePolicy", "Condition", "DependsOn"}
"""Attributes of a resource that are not properties (CloudFormation's template reference)."""


class Loader(yaml.SafeLoader):
    """Reads `!Ref x` as `{"Ref": "x"}`, and the other short forms of functions likewise."""


def _function(loader: Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
        value = value.split(".", 1) if suffix == "GetAtt" else value
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


Loader.add_multi_constructor("!", _function)


def read(text: str) -> Any:
    """Return what a template, or a part of one, says."""
    return yaml.load(text, Loader)


def put_properties(template: Any, logical_id: str, properties: dict[str, Any]) -> Any:
    """Return the template with these properties of a resource, in place of their namesakes."""
    changed = copy.deepcopy(template)
    resource = changed["Resources"][logical_id]
    for name, value in properties.items():
        (resource if name in STANDS_BESIDE_PROPERTIES else resource["Properties"])[name] = value
    return changed


def put_resources(template: Any, resources: dict[str, Any]) -> Any:
    """Return the template with these resources, in place of their namesakes."""
    return {**template, "Resources": {**template["Resources"], **resources}}


def put_statements(template: Any, logical_id: str, document: str, statements: list[dict[str, Any]]) -> Any:
    """Return the template with these statements in a policy document of a resource, in place of those of their Sid."""
    changed = copy.deepcopy(template)
    policy = changed["Resources"][logical_id]["Properties"][document]
    new = {one["Sid"] for one in statements}
    policy["Statement"] = [*(one for one in policy["Statement"] if one["Sid"] not in new), *statements]
    return changed


def put_condition(template: Any, logical_id: str, document: str, sid: str, condition: dict[str, Any]) -> Any:
    """Return the template with a condition on one statement of a policy document."""
    changed = copy.deepcopy(template)
    policy = changed["Resources"][logical_id]["Properties"][document]
    (statement,) = (one for one in policy["Statement"] if one["Sid"] == sid)
    statement["Condition"] = {**statement.get("Condition", {}), **condition}
    return changed
