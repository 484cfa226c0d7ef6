"""Find what there is to scan: which files are inputs, of which kind, and read each into a unit.

Kinds are told by content, not by name. Adding an input kind is one row in
`KINDS_OF_FILE` (a single file) or `KINDS_OF_FOLDER` (a folder that is one thing).
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from posixpath import normpath
from typing import Final

from msgspec import Struct, field

from ctguard.model.errors import CtguardError, Fault
from ctguard.model.kinds import types_of_interest
from ctguard.sources.cloudformation.inputs import ParameterInputs
from ctguard.sources.declaration import Unit
from ctguard.sources.terraform.hcl.inputs import VariableInputs

NOTHING: Final = "nothing was scanned: no Terraform, CloudFormation or snapshot was found here"
HEAD: Final = 65_536
LARGEST: Final = 600_000_000
PASSED_OVER: Final = frozenset(
    {".git", ".terraform", ".hg", ".svn", "node_modules", ".venv", "__pycache__", ".terragrunt-cache"}
)
DATA_ENDINGS: Final = (".json", ".yaml", ".yml", ".template", ".tfstate", ".cfn")
TERRAFORM_ENDINGS: Final = (".tf", ".tofu", ".tf.json", ".tofu.json")


class Options(Struct, frozen=True):
    """What the user gives beside the paths: values for variables and parameters, and the folder not to leave."""

    variables: VariableInputs = field(default_factory=VariableInputs)
    parameters: ParameterInputs = field(default_factory=ParameterInputs)
    root: Path | None = None


class Found(Struct, frozen=True):
    """One input: where it is, how reports name it, and the reader that knows its kind."""

    path: Path
    display: str
    root: Path
    read: Callable[[Found, Options], Iterator[Unit]]


class Loaded(Struct, frozen=True):
    """The units of a run, the faults met while finding them, and how many inputs there were."""

    units: tuple[Unit, ...]
    faults: tuple[Fault, ...]
    inputs: tuple[str, ...]


class Search(Struct, frozen=True):
    """What was found at the paths of a run, before any of it is read; `named` are the places that were named."""

    found: tuple[Found, ...]
    named: frozenset[Path]
    faults: tuple[Fault, ...]


def load(paths: Sequence[Path], options: Options) -> Loaded:
    """Read every input at `paths`, files or folders; what cannot be read is a fault and stops nothing."""
    return read(find(paths, options), options)


def find(paths: Sequence[Path], options: Options) -> Search:
    """Return the inputs at `paths`, by a look at the first bytes of what may be one."""
    found: list[Found] = []
    faults: list[Fault] = []
    named: set[Path] = set()
    for path in paths:
        try:
            found += _at(path, options, faults)
            named.add(path.resolve())
        except CtguardError as error:
            faults.append(_unreadable(path, error))
    distinct = {(one.path.resolve(), one.read): one for one in found}
    if not distinct and not faults:
        faults.append(Fault(" ".join(path.as_posix() for path in paths), "no-input", NOTHING))
    return Search(tuple(distinct.values()), frozenset(named), tuple(faults))


def read(search: Search, options: Options) -> Loaded:
    """Read every input that was found."""
    units = _without_nested(
        [
            (unit, one.path.resolve() in search.named or one.read is not _read_template)
            for one in search.found
            if one.read is not _read_snapshot
            for unit in one.read(one, options)
        ]
    )
    if snapshots := [one for one in search.found if one.read is _read_snapshot]:
        units += _read_together(snapshots)
    return Loaded(tuple(units), search.faults, tuple(one.display for one in search.found))


def inputs_below(folder: Path) -> list[tuple[str, Path]]:
    """Return what there is to scan below a folder: what it is, and where; what cannot be looked into is left out."""
    words: dict[object, str] = {
        _read_module: "Terraform module",
        _read_terraform_file: "Terraform file",
        _read_plan: "Terraform plan or state",
        _read_template: "CloudFormation template",
        _read_change_set: "CloudFormation change set",
        _read_cdk: "CDK output",
        _read_snapshot: "snapshot of an audit",
    }
    return [(words[one.read], one.path) for one in _in_folder(folder, folder, [])]


def _without_nested(read: Sequence[tuple[Unit, bool]]) -> list[Unit]:
    """Leave out the templates that another one reads as its nested stack, unless they are to stay.

    There they are judged with the values that their parameters really get. Of templates that lead to each
    other in a circle the first stays.
    """
    nested = {unit.name: frozenset(unit.provenance.get("nested", "").splitlines()) for unit, _ in read}
    below_any = frozenset().union(*nested.values())
    stays = {unit.name for unit, is_kept in read if is_kept or normpath(unit.name) not in below_any}
    covered = {child for name in stays for child in nested[name]}
    for unit, _ in read:
        if unit.name not in stays and normpath(unit.name) not in covered:
            stays.add(unit.name)
            covered |= nested[unit.name]
    return [unit for unit, _ in read if unit.name in stays]


def _unreadable(path: Path, error: CtguardError) -> Fault:
    return Fault(str(path), "unreadable", f"{error}; {error.hint}" if error.hint else str(error))


def _at(path: Path, options: Options, faults: list[Fault]) -> Iterator[Found]:
    """Yield the inputs at one path that the user named."""
    try:
        status = path.stat()
    except OSError as error:
        raise CtguardError(f"{path}: {error.strerror}", hint="check the path") from error
    if stat.S_ISDIR(status.st_mode):
        yield from _in_folder(path, options.root or path, faults)
        return
    if not stat.S_ISREG(status.st_mode):
        raise CtguardError(f"{path}: is neither a file nor a folder", hint="give a file or a folder")
    if status.st_size == 0:
        raise CtguardError(f"{path}: is empty", hint="give a file that holds something, or its folder")
    reader = _reader_of(path)
    if reader is None:
        raise CtguardError(
            f"{path}: is nothing that ctguard reads",
            hint="it reads Terraform (.tf, plan and state JSON), CloudFormation (templates, change sets) and snapshots",
        )
    yield Found(path, _display(path), options.root or path.parent, reader)


def _in_folder(folder: Path, root: Path, faults: list[Fault]) -> Iterator[Found]:
    """Yield what a folder holds: its root modules, cloud assemblies and single files, in a stable order.

    What cannot be looked into is added to `faults`: nobody can say that it is no input.
    """

    def unreadable(error: OSError) -> None:
        faults.append(Fault(str(error.filename), "unreadable", f"{error.filename}: {error.strerror}"))

    from ctguard.sources.terraform.hcl import root_modules

    for module in root_modules(folder):
        yield Found(module, _display(module), root, _read_module)
    for place, folders, files in os.walk(folder, onerror=unreadable):
        here = Path(place)
        if _is_cdk_output(here, files):
            folders.clear()
            yield Found(here, _display(here), root, _read_cdk)
            continue
        folders[:] = sorted(name for name in folders if name not in PASSED_OVER and _stays_inside(here / name, root))
        for name in sorted(files):
            path = here / name
            if not name.endswith(DATA_ENDINGS) or name.endswith(TERRAFORM_ENDINGS) or not _stays_inside(path, root):
                continue
            try:
                if path.is_file() and (reader := _reader_of(path)) is not None:
                    yield Found(path, _display(path), root, reader)
            except CtguardError as error:
                faults.append(_unreadable(path, error))


def _stays_inside(path: Path, root: Path) -> bool:
    """Say whether a link, if it is one, leads to a place below the root, and not to itself."""
    try:
        return not path.is_symlink() or path.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError):  # a link to itself is either, by the version of Python
        return False


def _is_cdk_output(folder: Path, files: list[str]) -> bool:
    if "manifest.json" not in files:
        return False
    from ctguard.sources.cloudformation.cdk import is_cdk_output

    return is_cdk_output(folder)


def _reader_of(path: Path) -> Callable[[Found, Options], Iterator[Unit]] | None:
    """Return the reader for a file, by its ending for Terraform's own and by its first bytes for the others."""
    if path.name.endswith(TERRAFORM_ENDINGS):
        return _read_terraform_file
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
    except OSError as error:
        raise CtguardError(f"{path}: {error.strerror}", hint="check the permissions") from error
    return next((read for is_one, read in _kinds_of_file() if is_one(head)), None)


@cache
def _kinds_of_file() -> tuple[tuple[Callable[[bytes], object], Callable[[Found, Options], Iterator[Unit]]], ...]:
    """Return, for each kind of file, how its first bytes give it away, and its reader."""
    from ctguard.sources.cloudformation.detection import is_change_set, is_template
    from ctguard.sources.snapshot.detection import is_snapshot
    from ctguard.sources.terraform.plan import kind_of

    return (
        (is_snapshot, _read_snapshot),
        (is_change_set, _read_change_set),
        (kind_of, _read_plan),
        (is_template, _read_template),
    )


@cache
def _wanted(dialect: str) -> frozenset[str]:
    return types_of_interest(dialect)


def _read_module(found: Found, options: Options) -> Iterator[Unit]:
    from ctguard.sources.terraform.hcl import read_module

    yield read_module(
        found.path, display=found.display, root=found.root, variables=options.variables, wanted=_wanted("terraform")
    )


def _read_terraform_file(found: Found, options: Options) -> Iterator[Unit]:
    from ctguard.sources.terraform.hcl import read_file

    yield read_file(
        found.path, display=found.display, root=found.root, variables=options.variables, wanted=_wanted("terraform")
    )


def _read_plan(found: Found, options: Options) -> Iterator[Unit]:
    from ctguard.sources.terraform.plan import read_plan

    yield read_plan(found.path, display=found.display, wanted=_wanted("terraform"))


def _read_template(found: Found, options: Options) -> Iterator[Unit]:
    from ctguard.sources.cloudformation.reader import read_template

    yield read_template(
        found.path,
        display=found.display,
        parameters=options.parameters,
        root=found.root,
        wanted=_wanted("cloudformation"),
    )


def _read_change_set(found: Found, options: Options) -> Iterator[Unit]:
    from ctguard.sources.cloudformation.change_set import read_change_set

    yield read_change_set(found.path, display=found.display, wanted=_wanted("cloudformation"))


def _read_snapshot(found: Found, options: Options) -> Iterator[Unit]:
    yield from _read_together([found])


def _read_together(several: Sequence[Found]) -> Iterator[Unit]:
    """Read snapshots together: what one account names may be in the snapshot of another."""
    from ctguard.sources.snapshot.read import read_snapshots

    yield from read_snapshots((found.path, found.display) for found in several)


def _read_cdk(found: Found, options: Options) -> Iterator[Unit]:
    from ctguard.sources.cloudformation.cdk import read_cdk_output

    yield from read_cdk_output(
        found.path, display=found.display, parameters=options.parameters, wanted=_wanted("cloudformation")
    )


def _display(path: Path) -> str:
    """Return how reports name a path: as it was given, with forward slashes."""
    return path.as_posix()
