"""Make a stack of a template: give its parameters their values, write out its loops."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from ctguard.model.location import Path as PlacePath
from ctguard.model.values import Unknown, Value
from ctguard.sources.cloudformation.absent import ABSENT
from ctguard.sources.cloudformation.loops import entries
from ctguard.sources.cloudformation.parameters import declared_parameter, parameter_value
from ctguard.sources.cloudformation.stack import Evaluation, Stack
from ctguard.sources.cloudformation.template import Resource, Template, as_resource

LANGUAGE_EXTENSIONS = "AWS::LanguageExtensions"
_MODULE = "::MODULE"
_SAM = "AWS::Serverless"
EXPAND = "aws cloudformation get-template --template-stage Processed, and scan the result"


class Arguments(Struct, frozen=True):
    """The values that parameters are given; `rest` is set where more may be given than is known."""

    values: Mapping[str, Value] = field(default_factory=dict)
    rest: Unknown | None = None


def open_stack(
    template: Template,
    evaluation: Evaluation,
    path: Path,
    arguments: Arguments,
    prefix: str = "",
    ancestors: tuple[Path, ...] = (),
) -> Stack:
    """Return the stack of `template`, ready to be evaluated; what is wrong with it goes to the evaluation's faults."""
    stack = Stack(template, evaluation, path, prefix, (*ancestors, path))
    evaluation.faults += template.faults
    for name, body in template.sections["Parameters"].items():
        stack.parameters[name] = _parameter(name, body, arguments, stack)
    stack.conditions.update({name: body for name, body, _ in _entries("Conditions", stack)})
    stack.outputs.update({name: body for name, body, _ in _entries("Outputs", stack)})
    for name, body, origin in _entries("Resources", stack):
        if name.startswith("Fn::"):
            evaluation.miss(Unknown(f"{prefix}{name}", "may add resources: macros run on AWS", EXPAND))
            continue
        resource = as_resource(name, body, origin)
        if isinstance(resource, Resource) and name in stack.resources:
            resource = f"resource {name} is declared twice"
        if isinstance(resource, str):
            evaluation.fault(template, origin, "template", resource)
        else:
            stack.resources[name] = resource
    _note_unseen(stack)
    return stack


def _entries(section: str, stack: Stack) -> Iterator[tuple[str, Any, PlacePath]]:
    for entry in entries(stack.template.sections[section], stack, (section,)):
        if isinstance(entry, Unknown):
            stack.evaluation.miss(replace(entry, why=f"decides which {section.lower()} there are: {entry.why}"))
        else:
            yield entry


def _parameter(name: str, body: Any, arguments: Arguments, stack: Stack) -> Value:
    evaluation = stack.evaluation
    parameter = declared_parameter(name, body)
    given = arguments.values.get(name, ABSENT)
    if given is ABSENT and arguments.rest is not None:
        return replace(arguments.rest, via=f"parameter {stack.prefix}{name}")
    if parameter.is_secret:
        for one in (given, parameter.default):
            if isinstance(one, str) and one:
                for secret in (one, *(map(str.strip, one.split(",")) if parameter.is_list else ())):
                    evaluation.conceal(secret)
    if isinstance(given, str) and not parameter.admits(given):
        message = f"parameter {name} does not allow {'this value' if parameter.is_secret else repr(given[:80])}"
        evaluation.fault(stack.template, ("Parameters", name), "template", message)
        given, parameter = ABSENT, replace(parameter, default=None, allowed=())
    value = parameter_value(parameter, given, stack.prefix)
    if isinstance(value, Unknown) and given is ABSENT:
        evaluation.without_value[value.what] = parameter
    return value


def _note_unseen(stack: Stack) -> None:
    """Note what may add resources to a template where nobody but CloudFormation sees them."""
    for name in stack.template.transforms:
        if name != LANGUAGE_EXTENSIONS:
            cure = f"sam build, or {EXPAND}" if name.startswith(_SAM) else EXPAND
            stack.evaluation.miss(Unknown(f"transform {name}", "may add and change resources: it runs on AWS", cure))
    for resource in stack.resources.values():
        if resource.type.endswith(_MODULE):
            why = "is a module: the resources in it are in the CloudFormation registry"
            stack.evaluation.miss(Unknown(f"{stack.prefix}{resource.id}", why, EXPAND))
