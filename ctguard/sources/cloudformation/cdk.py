"""Find the templates in what `cdk synth` leaves behind, and where each is to be deployed.

(AWS CDK, cloud assembly schema: `manifest.json` lists the artifacts of an
assembly; a stage is an assembly of its own in a folder of it.)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final

from msgspec import Struct, field
from msgspec.structs import replace

from ctguard.model.errors import Fault
from ctguard.sources.cloudformation.failure import ReadFailure
from ctguard.sources.cloudformation.inputs import ParameterInputs
from ctguard.sources.cloudformation.reader import read_template
from ctguard.sources.cloudformation.source_file import parse_json, read_bytes
from ctguard.sources.declaration import Unit

MANIFEST: Final = "manifest.json"
_STACK: Final = "aws:cloudformation:stack"
_ASSEMBLY: Final = "cdk:cloud-assembly"
_ASSETS: Final = "cdk:asset-manifest"
_FILE_KEYS: Final = {_STACK: "templateFile", _ASSEMBLY: "directoryName", _ASSETS: "file"}
_MAX_ASSEMBLIES: Final = 200
_MAX_ARTIFACTS: Final = 4_000
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
    yield from _read_assembly(folder.resolve(), PurePosixPath(display), _Reading(folder, parameters, wanted))


class _Reading(Struct, frozen=True):
    """What holds for a whole assembly; `seen` are the folders that were read, each of them once."""

    root: Path
    parameters: ParameterInputs
    wanted: frozenset[str] | None
    seen: set[Path] = field(default_factory=set)


def _read_assembly(folder: Path, display: PurePosixPath, reading: _Reading) -> Iterator[Unit]:
    shown = str(display / MANIFEST)
    try:
        artifacts = _artifacts(folder, shown, reading.seen)
    except ReadFailure as failure:
        yield Unit(shown, "cloudformation", (), (failure.fault(shown),))
        return
    uploaded = _uploaded(artifacts, folder, reading.root)
    for artifact in artifacts:
        name = _file_of(artifact)
        if name is None or artifact["type"] == _ASSETS:
            continue
        path = _inside(folder, name, reading.root)
        if path is None:
            fault = Fault(shown, "cdk-output", f"{name[:200]!r} is not in this folder")
            yield Unit(shown, "cloudformation", (), (fault,))
        elif artifact["type"] == _ASSEMBLY:
            yield from _read_assembly(path, display / name, reading)
        else:
            yield read_template(
                path,
                display=str(display / name),
                parameters=_deployed(artifact, reading.parameters),
                root=reading.root,
                wanted=reading.wanted,
                uploaded=uploaded,
            )


def _artifacts(folder: Path, shown: str, seen: set[Path]) -> list[dict[str, Any]]:
    if folder in seen or len(seen) >= _MAX_ASSEMBLIES:
        raise ReadFailure("cycle", "is reached a second time" if folder in seen else "is one assembly too many")
    seen.add(folder)
    manifest = parse_json(read_bytes(folder / MANIFEST), shown).root
    artifacts = manifest.get("artifacts") if isinstance(manifest, dict) else None
    if not isinstance(artifacts, dict) or len(artifacts) > _MAX_ARTIFACTS:
        raise ReadFailure("cdk-output", "is no manifest of a cloud assembly that can be followed")
    return [artifact for artifact in artifacts.values() if isinstance(artifact, dict)]


def _file_of(artifact: Mapping[str, Any]) -> str | None:
    """Return the file or folder that an artifact is about."""
    properties, kind = artifact.get("properties"), artifact.get("type")
    key = _FILE_KEYS.get(kind) if isinstance(kind, str) else None
    name = properties.get(key) if isinstance(properties, dict) and key else None
    return name if isinstance(name, str) else None


def _uploaded(artifacts: list[dict[str, Any]], folder: Path, root: Path) -> dict[str, str]:
    """Return the files of an assembly by the keys under which they are uploaded: nested stacks name those."""
    uploaded: dict[str, str] = {}
    for artifact in artifacts:
        name = _file_of(artifact) if artifact.get("type") == _ASSETS else None
        path = _inside(folder, name, root) if name is not None else None
        if name is None or path is None:
            continue
        try:
            manifest = parse_json(read_bytes(path), name).root
        except ReadFailure:
            continue  # The stacks whose templates are then not found say so.
        uploaded |= _keys(manifest)
    return uploaded


def _keys(manifest: Any) -> dict[str, str]:
    keys: dict[str, str] = {}
    for file in _maps(manifest, "files"):
        source = file.get("source")
        path = source.get("path") if isinstance(source, dict) else None
        for destination in _maps(file, "destinations"):
            key = destination.get("objectKey")
            if isinstance(path, str) and isinstance(key, str):
                keys[key.rpartition("/")[2]] = path
    return keys


def _maps(value: Any, key: str) -> list[dict[str, Any]]:
    inner = value.get(key) if isinstance(value, dict) else None
    return [one for one in inner.values() if isinstance(one, dict)] if isinstance(inner, dict) else []


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
