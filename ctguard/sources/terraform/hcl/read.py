"""Read Terraform source: a folder as the root module that it is, or one file by itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePath

from ctguard.model.values import Unknown
from ctguard.sources.declaration import Declaration, Unit
from ctguard.sources.terraform.hcl.body import Block
from ctguard.sources.terraform.hcl.declared import Declared
from ctguard.sources.terraform.hcl.evaluation import Evaluation
from ctguard.sources.terraform.hcl.inputs import VariableInputs
from ctguard.sources.terraform.hcl.library import Library
from ctguard.sources.terraform.hcl.limits import STEPS_OF_A_MODULE, LimitError
from ctguard.sources.terraform.hcl.module import Loaded, Module
from ctguard.sources.terraform.hcl.module_sources import ModuleSources, note_broken
from ctguard.sources.terraform.hcl.providers import account_of, region_of
from ctguard.sources.terraform.hcl.resources import Instance
from ctguard.sources.terraform.hcl.variables import settings

_NO_INPUTS = VariableInputs()


def read_module(
    folder: Path,
    *,
    display: str | None = None,
    root: Path | None = None,
    variables: VariableInputs = _NO_INPUTS,
    wanted: frozenset[str] | None = None,
) -> Unit:
    """Return what the root module in `folder` declares, with the modules that it calls.

    `display` is what reports call the folder. Nothing outside of `root` is read
    (of `folder`, if it is None). `wanted` are the resource types to evaluate, all
    if it is None; whatever they refer to is evaluated with them.
    """
    display = folder.as_posix() if display is None else display
    folder = folder.resolve()
    library = Library(root or folder, folder, display)
    read = library.folder(folder)
    evaluation = Evaluation(folder, library.boundary, variables)
    given = settings(variables, folder, library.boundary, library.display)
    for fault in (*read.faults, *given.faults):
        evaluation.faults[fault] = None
    module = Module(
        evaluation,
        read.declared,
        ModuleSources(library, folder).load,
        folder,
        given.given,
        unread_inputs=given.unread,
        whole=not read.broken,
    )
    for broken in read.broken:
        note_broken(module, broken)
    return _unit(module, display, wanted)


def read_file(
    path: Path,
    *,
    display: str | None = None,
    root: Path | None = None,
    variables: VariableInputs = _NO_INPUTS,
    wanted: frozenset[str] | None = None,
) -> Unit:
    """Return what one file declares, evaluated by itself: other files and called modules are not looked at.

    Only values that are given on the command line or by the environment set its
    variables.
    """
    display = path.as_posix() if display is None else display
    path = path.resolve()
    library = Library(root or path.parent, path.parent, PurePath(display).parent.as_posix())
    file = library.file(path, display)
    declared = Declared()
    declared.add(file.blocks)
    evaluation = Evaluation(path.parent, library.boundary, variables)
    given = settings(variables, None, library.boundary, library.display)
    for fault in (*file.faults, *given.faults):
        evaluation.faults[fault] = None
    module = Module(
        evaluation,
        declared,
        _not_followed,
        path.parent,
        given.given,
        unread_inputs=given.unread,
        whole=not file.faults,
    )
    if file.faults:
        note_broken(module, file.display)
    return _unit(module, display, wanted)


def _not_followed(parent: Module, address: str, block: Block) -> Loaded:
    unknown = Unknown(address, "is a module, which is not followed from a single file", "scan the folder")
    parent.evaluation.unseen[address] = unknown
    return unknown


def _unit(module: Module, name: str, wanted: frozenset[str] | None) -> Unit:
    is_wanted: Callable[[str], bool] = (lambda kind: True) if wanted is None else wanted.__contains__
    declarations: list[Declaration] = []
    _collect(module, is_wanted, declarations)
    evaluation = module.evaluation
    return Unit(
        name=name,
        dialect="terraform",
        declarations=tuple(declarations),
        faults=tuple(evaluation.faults),
        unseen=tuple(evaluation.unseen.values()),
        handed=evaluation.handed,
        secrets=frozenset(evaluation.secrets),
    )


def _collect(module: Module, wanted: Callable[[str], bool], declarations: list[Declaration]) -> None:
    """Add what a module and those that it calls declare; a block that asks for too much is a fault and left out."""
    evaluation = module.evaluation
    for resource in module.resources(wanted):
        try:
            declarations.extend([_declaration(instance) for instance in resource.instances])
        except (LimitError, RecursionError) as limit:
            address = resource.address
            evaluation.unseen[address] = evaluation.too_much(address, resource.block.locate(), limit)
    for call in module.calls():
        try:
            for called in call.modules:
                evaluation.budget.spend(STEPS_OF_A_MODULE)
                _collect(called, wanted, declarations)
        except (LimitError, RecursionError) as limit:
            evaluation.unseen[call.address] = evaluation.too_much(call.address, call.block.locate(), limit)


def _declaration(instance: Instance) -> Declaration:
    is_aws = instance.type.startswith("aws_")
    return Declaration(
        type=instance.type,
        address=instance.address,
        values=instance.values(),
        places=instance,
        exists=instance.exists,
        region=region_of(instance) if is_aws else None,
        account_id=account_of(instance) if is_aws else None,
        settings=instance.settings(),
    )
