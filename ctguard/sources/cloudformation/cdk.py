"""Find the templates in what `cdk synth` leaves behind, and where each is to be deployed.

(AWS CDK, cloud assembly schema: `manifest.json` lists the artifacts of an
assembly; a stage is an assembly of its own in a folder of it.)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any, Final

from ctguard.model.errors import Fault
from ctguard.sources.cloudformation.failure import ReadFailure
from ctguard.sources.cloudformation.inputs import ParameterInputs
from ctguard.sources.cloudformation.reader import read_template
from ctguard.sources.cloudformation.source_file import parse_json, read_bytes
from ctguard.sources.declaration import Unit

MANIFEST: Final = "manifest.json"
_STACK: Final = "aws:cloudformation:stack"
_ASSEMBLY: Final = "cdk:cloud-assembly"
_MAX_LEVELS: Final = 10
_MAX_STACKS: Final = 2_000
_ENVIRONMENT: Final = re.compile(r"aws://(?:(\d{12})|[^/]*)/(?:([a-z]{2,}(?:-[a-z]+)+-\d+)|.*)")


def is_cdk_output(folder: Path) -> bool:
    """Return whether `folder` is a cloud assembly: it has a manifest that lists artifacts."""
    try:
        manifest = parse_json(read_bytes(folder / MANIFEST), MANIFEST).root
    except ReadFailure:
        return False
    return isinstance(manifest, dict) and "version" in manifest and isinstance(manifest.get("artifacts"), dict)


def read_cdk_output(
    folder: Path, *, display: str, parameters: ParameterInputs, wanted: frozenset[str] | None = None
) -> Iterator[Unit]:
    """Yield a unit for each stack of a cloud assembly and of the stages in it.

    Account and region come from the manifest where it names them, else from
    `parameters`. Nested stacks are part of the stack that makes them.
    """
    yield from _read_assembly(folder, folder, PurePosixPath(display), parameters, wanted, 0)


def _read_assembly(
    folder: Path,
    root: Path,
    display: PurePosixPath,
    parameters: ParameterInputs,
    wanted: frozenset[str] | None,
    level: int,
) -> Iterator[Unit]:
    shown = str(display / MANIFEST)
    try:
        manifest = parse_json(read_bytes(folder / MANIFEST), shown).root
        artifacts = manifest.get("artifacts") if isinstance(manifest, dict) else None
        if not isinstance(artifacts, dict) or len(artifacts) > _MAX_STACKS or level > _MAX_LEVELS:
            raise ReadFailure("cdk-output", "is no manifest of a cloud assembly that can be followed")
    except ReadFailure as failure:
        yield Unit(shown, "cloudformation", (), (failure.fault(shown),))
        return
    for artifact in artifacts.values():
        properties = artifact.get("properties") if isinstance(artifact, dict) else None
        if not isinstance(properties, dict):
            continue
        kind = artifact.get("type")
        name = properties.get({_STACK: "templateFile", _ASSEMBLY: "directoryName"}.get(str(kind), ""))
        if not isinstance(name, str):
            continue
        path = _inside(folder, name, root)
        if path is None:
            yield Unit(
                shown, "cloudformation", (), (Fault(shown, "cdk-output", f"{name[:200]!r} is not in this folder"),)
            )
        elif kind == _STACK:
            deployed = _deployed(artifact, parameters)
            yield read_template(path, display=str(display / name), parameters=deployed, root=root, wanted=wanted)
        else:
            yield from _read_assembly(path, root, display / name, parameters, wanted, level + 1)


def _inside(folder: Path, name: str, root: Path) -> Path | None:
    try:
        path = (folder / name).resolve()
        return path if path.is_relative_to(root.resolve()) and path != folder.resolve() and path.exists() else None
    except (OSError, RuntimeError, ValueError):
        return None


def _deployed(artifact: Mapping[str, Any], parameters: ParameterInputs) -> ParameterInputs:
    found = _ENVIRONMENT.fullmatch(str(artifact.get("environment", "")))
    if found is None:
        return parameters
    pseudo = parameters.pseudo
    named = replace(pseudo, account_id=found[1] or pseudo.account_id, region=found[2] or pseudo.region)
    return replace(parameters, pseudo=named)
