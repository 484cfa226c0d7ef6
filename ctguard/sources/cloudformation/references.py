"""Ref, Fn::GetAtt, Fn::Sub, Fn::FindInMap: the functions that name something of the template."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from ctguard.model.values import PartialText, Reference, Unknown, Value
from ctguard.sources.cloudformation.absent import ABSENT
from ctguard.sources.cloudformation.attributes import reference
from ctguard.sources.cloudformation.conditions import same, truth
from ctguard.sources.cloudformation.evaluate import evaluate
from ctguard.sources.cloudformation.nested import NESTED_STACK, child_of, output_of
from ctguard.sources.cloudformation.pseudo import pseudo_parameter
from ctguard.sources.cloudformation.stack import Stack
from ctguard.sources.cloudformation.texts import as_text, derived, joined, rendered

_VARIABLE: Final = re.compile(r"\$\{([^{}]*)\}")
# As many as a mapping may have (CloudFormation User Guide, "CloudFormation quotas").
_MAX_CANDIDATES: Final = 200
_OUTPUTS: Final = "Outputs."
_DECLARE: Final = "declare it as a parameter or resource"


def ref(argument: Any, stack: Stack) -> Value:
    """Ref: a parameter, a pseudo parameter or a resource."""
    name = evaluate(argument, stack)
    if not isinstance(name, str):
        return derived("Ref", name)
    if name in stack.parameters:
        return stack.parameters[name]
    if name.startswith("AWS::"):
        return pseudo_parameter(name, stack.evaluation.inputs.pseudo, stack.prefix)
    return _of_resource(name, "Ref", stack)


def get_att(argument: Any, stack: Stack) -> Value:
    """Fn::GetAtt: "Resource.Attribute" or [resource, attribute]; the first dot separates them."""
    value = evaluate(argument, stack)
    parts = value.split(".", 1) if isinstance(value, str) else value
    if not (isinstance(parts, list) and len(parts) == 2 and all(isinstance(part, str) for part in parts)):
        return derived("Fn::GetAtt", value)
    return _of_resource(parts[0], parts[1], stack)


def _of_resource(name: str, attribute: str, stack: Stack) -> Value:
    resource = stack.resources.get(name)
    to = Reference(stack.prefix + name, attribute)
    if resource is None:
        what = to.address if attribute == "Ref" else str(to)
        return Unknown(what, "is not declared in this template", _DECLARE, is_set=True, refers_to=to)
    condition = resource.body.get("Condition")
    if condition is not None and truth(condition, stack) is False:
        return Unknown(str(to), f"does not exist: condition {condition} is false")
    if resource.type == NESTED_STACK and attribute.startswith(_OUTPUTS):
        child = child_of(resource, stack)
        if isinstance(child, Stack):
            return output_of(child, attribute.removeprefix(_OUTPUTS))
        return Unknown(str(to), f"comes from a template that is not seen: {child}", is_set=True, refers_to=to)
    return reference(resource, attribute, stack)


def sub(argument: Any, stack: Stack) -> Value:
    """Fn::Sub: text with ${...}, or [text, values of variables]."""
    variables: Mapping[str, Any] = {}
    if isinstance(argument, list) and len(argument) == 2 and isinstance(argument[1], dict):
        argument, variables = argument
    if not isinstance(argument, str):
        return derived("Fn::Sub", rendered(argument), "takes text")
    pieces: list[str | PartialText | Unknown] = []
    for index, piece in enumerate(_VARIABLE.split(argument)):
        pieces.append(_variable(piece, variables, stack) if index % 2 else piece)
    return joined(pieces)


def _variable(name: str, variables: Mapping[str, Any], stack: Stack) -> str | PartialText | Unknown:
    if name.startswith("!"):
        return f"${{{name[1:]}}}"
    name = name.strip()
    if name in variables:
        value = evaluate(variables[name], stack)
    elif "." in name:
        value = get_att(name, stack)
    else:
        value = ref(name, stack)
    if value is ABSENT or value is None:
        return ""
    text = as_text(value)
    return derived("Fn::Sub", value) if text is None else text


def find_in_map(argument: Any, stack: Stack) -> Value:
    """Fn::FindInMap: [map, key, second key], and {DefaultValue} with the language extensions."""
    if not (isinstance(argument, list) and len(argument) in (3, 4)):
        return derived("Fn::FindInMap", rendered(argument), "takes a map and two keys")
    keys = [evaluate(key, stack) for key in argument[:3]]
    last = argument[3] if len(argument) == 4 else None
    default = evaluate(last["DefaultValue"], stack) if isinstance(last, dict) and "DefaultValue" in last else ABSENT
    candidates: list[Any] = [stack.template.sections["Mappings"]]
    for key in keys:
        text = as_text(key)
        maps = [one for one in candidates if isinstance(one, dict)]
        if isinstance(text, str):
            candidates = [one[text] for one in maps if text in one]
        else:
            candidates = [one[name] for one in maps for name in one if same(key, name) is not False]
    if len(candidates) > _MAX_CANDIDATES:
        return derived("Fn::FindInMap", keys)
    return _found(keys, [evaluate(candidate, stack) for candidate in candidates], default)


def _found(keys: list[Value], values: list[Value], default: Value) -> Value:
    is_certain = all(isinstance(as_text(key), str) for key in keys)
    if not values:
        return derived("Fn::FindInMap", keys, "finds no such key") if default is ABSENT else default
    if default is not ABSENT and not is_certain:
        values = [*values, default]
    # A key that is not known is one of the map's: else CloudFormation would refuse the stack.
    if all(rendered(value) == rendered(values[0]) for value in values):
        return values[0]
    return derived("Fn::FindInMap", keys if default is ABSENT else [*keys, default])
