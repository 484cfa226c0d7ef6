"""Read a template into a unit of declarations, nested stacks included."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, cast

from msgspec.structs import replace

from ctguard.model.values import PartialMap, Unknown, Value
from ctguard.sources.cloudformation import pseudo
from ctguard.sources.cloudformation.absent import ABSENT
from ctguard.sources.cloudformation.conditions import truth
from ctguard.sources.cloudformation.detection import may_matter
from ctguard.sources.cloudformation.evaluate import evaluate, property_of
from ctguard.sources.cloudformation.failure import ReadFailure
from ctguard.sources.cloudformation.inputs import ParameterInputs
from ctguard.sources.cloudformation.language import FORMS
from ctguard.sources.cloudformation.nested import NESTED_STACK, child_of
from ctguard.sources.cloudformation.opening import Arguments, open_stack
from ctguard.sources.cloudformation.placing import ResourcePlaces
from ctguard.sources.cloudformation.source_file import parse, read_bytes
from ctguard.sources.cloudformation.stack import Evaluation, Stack
from ctguard.sources.cloudformation.template import Resource, take_apart
from ctguard.sources.cloudformation.texts import rendered, shortened
from ctguard.sources.declaration import Declaration, Unit

_CDK_PATH: Final = "aws:cdk:path"
PASSED_OVER: Final = "passed over: it names none of the resource types that were asked for"


def read_template(
    path: Path,
    *,
    display: str,
    parameters: ParameterInputs,
    root: Path,
    wanted: frozenset[str] | None = None,
    uploaded: Mapping[str, str] | None = None,
) -> Unit:
    """Return what a template declares; whatever is wrong with it is among the unit's faults.

    `display` is the path that locations and messages show. Nested stacks are
    followed inside of `root`. With `wanted`, resources of other types are left
    out, and a template that can hold none of those types is not even parsed.
    `uploaded` tells by the last part of a URL which file beside the template is
    found there once it has been uploaded.
    Raises nothing for any content of the file.
    """
    evaluation = Evaluation(FORMS, parameters, root, uploaded or {})
    try:
        content = read_bytes(path)
        if wanted is not None and not may_matter(content, wanted):
            return Unit(display, "cloudformation", (), provenance={"format": "template", "content": PASSED_OVER})
        template = take_apart(parse(content, display))
        stack = open_stack(template, evaluation, path.resolve(), Arguments(parameters.values))
        declarations = tuple(_declarations(stack, wanted, None))
        if evaluation.secrets:  # what is made of a secret is one too, and has to be known before anything is shown
            for one in declarations:
                if isinstance(one.values, _Properties):
                    len(one.values)
    except ReadFailure as failure:
        return Unit(display, "cloudformation", (), (*evaluation.faults, failure.fault(display)))
    return Unit(
        display,
        "cloudformation",
        declarations,
        faults=tuple(evaluation.faults),
        unseen=tuple(evaluation.unseen.values()),
        secrets=frozenset(evaluation.secrets),
        provenance={"format": "template"} | ({"nested": "\n".join(evaluation.nested)} if evaluation.nested else {}),
    )


def _declarations(stack: Stack, wanted: frozenset[str] | None, around: Unknown | None) -> Iterator[Declaration]:
    """Yield the resources of a stack and of those nested in it; `around`: perhaps the stack is not there."""
    for resource in stack.resources.values():
        exists = _existence(resource, stack)
        if exists is False:
            continue
        perhaps = exists if isinstance(exists, Unknown) else around
        if wanted is None or resource.type in wanted:
            yield _declaration(resource, stack, perhaps)
        if resource.type == NESTED_STACK:
            child = child_of(resource, stack)
            if isinstance(child, Stack):
                yield from _declarations(child, wanted, perhaps)


def _existence(resource: Resource, stack: Stack) -> bool | Unknown:
    condition = resource.body.get("Condition")
    return True if condition is None else truth(condition, stack)


class _Properties(Mapping[str, Value]):
    """The properties of a resource, each evaluated when somebody asks for it: most resources nobody asks about."""

    __slots__ = ("_resource", "_stack")

    def __init__(self, resource: Resource, stack: Stack) -> None:
        self._resource = resource
        self._stack = stack

    def __getitem__(self, name: str) -> Value:
        if (value := property_of(self._resource, name, self._stack)) is ABSENT:
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        for name in self._resource.properties:
            if property_of(self._resource, name, self._stack) is not ABSENT:
                yield name

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _declaration(resource: Resource, stack: Stack, exists: Unknown | None) -> Declaration:
    deployment = stack.evaluation.inputs.pseudo
    return Declaration(
        type=resource.type,
        address=stack.prefix + resource.id,
        values=_properties(resource, stack),
        places=ResourcePlaces(stack, resource),
        exists=exists,
        region=pseudo.region(deployment),
        account_id=pseudo.account_id(deployment),
        settings=_settings(resource, stack),
    )


def _properties(resource: Resource, stack: Stack) -> Mapping[str, Value]:
    for name in resource.properties:
        if name.startswith("Fn::") or name == "Ref":
            return cast("Mapping[str, Value]", _open_properties(resource, stack))
    return _Properties(resource, stack)


def _open_properties(resource: Resource, stack: Stack) -> Value:
    """Properties among which a macro or a loop stands, or which a function makes: perhaps not all are seen."""
    value = evaluate(dict(resource.properties), stack)
    if isinstance(value, PartialMap):
        return replace(value, rest=replace(value.rest, refers_to=None))
    if isinstance(value, dict):
        return value
    what = f"{stack.prefix}{resource.id}.Properties"
    why = f"is no map: {shortened(rendered(dict(resource.properties)))} stands for it"
    return PartialMap({}, Unknown(what, why, "write the properties out as a map"))


def _settings(resource: Resource, stack: Stack) -> dict[str, Value]:
    body = resource.body
    settings: dict[str, Value] = {}
    if len(body) <= 2:  # its type and its properties
        return settings
    for name in ("DeletionPolicy", "UpdateReplacePolicy"):
        if (value := evaluate(body.get(name), stack)) is not ABSENT and value is not None:
            settings[name] = value
    if isinstance(condition := body.get("Condition"), str):
        settings["Condition"] = condition
    if names := _names(body.get("DependsOn")):
        settings["DependsOn"] = [stack.prefix + name for name in names]
    metadata = body.get("Metadata")
    if isinstance(metadata, dict) and isinstance(cdk_path := metadata.get(_CDK_PATH), str):
        settings[_CDK_PATH] = cdk_path
    return settings


def _names(stated: Any) -> list[str]:
    names = stated if isinstance(stated, list) else [stated]
    return [name for name in names if isinstance(name, str)]
