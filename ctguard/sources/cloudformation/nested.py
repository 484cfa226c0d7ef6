"""Follow a nested stack into its template, where that is a file of the same tree.

Nothing is fetched, and nothing outside of the root is read: what is elsewhere
stays unseen.
"""

from __future__ import annotations

import posixpath
from pathlib import Path
from typing import Final

from ctguard.model.values import PartialMap, PartialText, Unknown, Value
from ctguard.sources.cloudformation.absent import ABSENT
from ctguard.sources.cloudformation.evaluate import evaluate, property_of
from ctguard.sources.cloudformation.failure import ReadFailure
from ctguard.sources.cloudformation.opening import Arguments, open_stack
from ctguard.sources.cloudformation.source_file import parse, read_bytes
from ctguard.sources.cloudformation.stack import Stack
from ctguard.sources.cloudformation.template import Resource, take_apart

NESTED_STACK: Final = "AWS::CloudFormation::Stack"
_ASSET_PATH: Final = "aws:asset:path"
_MAX_NESTED_STACKS: Final = 200
_MAX_LEVELS: Final = 10


def child_of(resource: Resource, stack: Stack) -> Stack | Unknown:
    """Return the stack that a nested stack resource makes, or why it is not seen."""
    if resource.id not in stack.children:
        with stack.busy_with("child", resource.id) as is_first:
            if not is_first:
                return _unseen(resource, stack, "needs an output of its own as a parameter")
            found = _open_child(resource, stack)
        stack.children[resource.id] = found
        if isinstance(found, Unknown):
            stack.evaluation.miss(found)
    return stack.children[resource.id]


def _unseen(resource: Resource, stack: Stack, why: str) -> Unknown:
    cure = "put its template into the folder that is scanned, and its relative path into TemplateURL"
    return Unknown(f"nested stack {stack.prefix}{resource.id}", why, cure, is_set=True)


def _open_child(resource: Resource, stack: Stack) -> Stack | Unknown:
    evaluation = stack.evaluation
    written = _written_path(resource, stack)
    if written is None:
        return _unseen(resource, stack, "has its template outside of this tree")
    path = _inside(evaluation.root, stack.path.parent / written)
    if path is None:
        return _unseen(resource, stack, f"has its template in {written}, which is not in this tree")
    here = stack.template.lines.display
    display = posixpath.normpath(posixpath.join(posixpath.dirname(here), written.replace("\\", "/")))
    if path in stack.ancestors:
        message = f"nested stack {resource.id} leads back to {display}"
        evaluation.fault(stack.template, resource.origin, "cycle", message)
        return _unseen(resource, stack, f"leads back to {display}")
    if len(stack.ancestors) > _MAX_LEVELS or len(evaluation.nested) >= _MAX_NESTED_STACKS:
        message = f"there are more than {_MAX_NESTED_STACKS} nested stacks, or {_MAX_LEVELS} levels of them"
        evaluation.fault(stack.template, resource.origin, "limit", message)
        return _unseen(resource, stack, "is one nested stack too many")
    evaluation.nested.append(display)
    try:
        template = take_apart(parse(read_bytes(path), display))
    except ReadFailure as failure:
        evaluation.faults.append(failure.fault(display))
        return _unseen(resource, stack, f"has a template that cannot be read: {display}")
    return open_stack(
        template, evaluation, path, _arguments(resource, stack), f"{stack.prefix}{resource.id}/", stack.ancestors
    )


def _written_path(resource: Resource, stack: Stack) -> str | None:
    """Return the relative path of the template: what CDK notes beside the resource or uploads, else TemplateURL."""
    metadata = resource.body.get("Metadata")
    noted = metadata.get(_ASSET_PATH) if isinstance(metadata, dict) else None
    written = noted if isinstance(noted, str) else property_of(resource, "TemplateURL", stack)
    end = written.parts[-1] if isinstance(written, PartialText) else written
    if isinstance(end, str):
        written = stack.evaluation.uploaded.get(end.rpartition("/")[2], written)
    is_path = isinstance(written, str) and written and "://" not in written and "\0" not in written
    return str(written) if is_path else None


def _inside(root: Path, path: Path) -> Path | None:
    try:
        resolved = path.resolve()
        return resolved if resolved.is_relative_to(root.resolve()) and resolved.is_file() else None
    except (OSError, RuntimeError):
        return None


def _arguments(resource: Resource, stack: Stack) -> Arguments:
    value = property_of(resource, "Parameters", stack)
    if isinstance(value, PartialMap):
        return Arguments(value.items, value.rest)
    if isinstance(value, Unknown):
        return Arguments(rest=value)
    return Arguments(value if isinstance(value, dict) else {})


def output_of(child: Stack, name: str) -> Value:
    """Return the value of one output of a nested stack."""
    what = f"{child.prefix}{name}"
    body = child.outputs.get(name)
    if not isinstance(body, dict) or "Value" not in body:
        return Unknown(what, "is no output of the nested stack", is_set=True)
    with child.busy_with("output", name) as is_first:
        if not is_first:
            return Unknown(what, "refers to itself", "break the circle")
        value = evaluate(body["Value"], child)
    return Unknown(what, "is an output without value") if value is ABSENT or value is None else value
