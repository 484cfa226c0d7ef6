"""Read and check the files of a rule pack: rules, framework maps, the must-hold set."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import Field, ValidationError

from ctguard.engine.rule_file import Id, Line, Strict, normalized
from ctguard.engine.yaml_file import YamlFile, YamlFileError, read_yaml
from ctguard.model.errors import CtguardError
from ctguard.model.finding import DIMENSIONS
from ctguard.model.resource import Input

MOST_FILES: Final = 2000
MOST_SEEN: Final = 20_000
"""Files of any kind below a folder of rules: one that holds more is something else."""


class ControlField(Strict):
    """One control of a framework, and what bears on it: rules by id, or all rules of a profile.

    `mark` says how far rules answer it: `decided` by them; `partly`, because it asks for more than a trail and what
    it leans on, or for what people do; `outside` of anything that a trail's settings could show.
    """

    title: Line
    mark: Literal["decided", "partly", "outside"] = "partly"
    rules: list[Id] = Field(default_factory=list)
    profiles: list[str] = Field(default_factory=list)


class FrameworkFile(Strict):
    """A framework: its name as reports show it, and its controls by number."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")
    title: Line
    note: str = ""
    controls: dict[str, ControlField] = Field(min_length=1)


class MustHold(Strict):
    """What one dimension of the trust verdict rests on.

    `must_hold` lists rules, or lists of rules of which one is enough. An input
    that `shown_by` does not name can break the dimension but never prove it.
    """

    about: Line
    must_hold: list[Id | list[Id]] = Field(min_length=1)
    shown_by: list[Input] = Field(min_length=1)
    otherwise: str = ""


class TrustFile(Strict):
    """The must-hold set: six dimensions of trust."""

    dimensions: dict[str, MustHold]


def read_files(folder: Path, profiles: Collection[str] = ()) -> dict[str, Any]:
    """Return the checked plain data of the pack in `folder`; its maps may name `profiles` of rules outside of it."""
    rules: dict[str, Any] = {}
    frameworks: dict[str, Any] = {}
    trust: dict[str, Any] = {}
    for path in _files(folder):
        file = read_yaml(_text(path), _shown(path, folder))
        if path.name == "trust.yaml":
            trust = _validated(file, TrustFile)["dimensions"]
            if tuple(trust) != DIMENSIONS:
                raise YamlFileError(
                    f"{file.place(('dimensions',))}: the dimensions are {', '.join(DIMENSIONS)}, in this order"
                )
        elif path.parent.name == "frameworks":
            framework = _validated(file, FrameworkFile)
            frameworks[framework["id"]] = framework
        else:
            rule = normalized(file)
            if rule["id"] in rules:
                raise YamlFileError(
                    f"{file.place(('id',))}: there is a rule {rule['id']} already", hint="choose another id"
                )
            rules[rule["id"]] = rule
    _check_names(folder, rules, frameworks, profiles)
    return {"rules": rules, "frameworks": frameworks, "trust": trust}


def _files(folder: Path) -> Iterator[Path]:
    """Yield the YAML files of a pack in a stable order; links that lead out of it are refused."""
    root = folder.resolve()
    found: list[Path] = []
    try:
        for seen, path in enumerate(_within(folder), start=1):
            found += [path] if path.suffix in (".yaml", ".yml") and path.is_file() else []
            if len(found) > MOST_FILES or seen > MOST_SEEN:
                raise CtguardError(
                    f"{folder}: more than {MOST_FILES} files", hint="name a folder that holds rules alone"
                )
    except OSError as error:
        raise CtguardError(
            f"{error.filename}: {error.strerror}", hint="name a folder that can be read whole"
        ) from error
    for path in sorted(found):
        if not path.resolve().is_relative_to(root):
            raise CtguardError(f"{path}: leads out of the pack", hint="copy the file into the pack")
        yield path


def _within(folder: Path) -> Iterator[Path]:
    """Yield every file below a folder; links to folders are not followed. Raises OSError."""

    def stop(error: OSError) -> None:
        raise error

    for at, _, names in os.walk(folder, onerror=stop):
        yield from (Path(at, name) for name in names)


def _shown(path: Path, folder: Path) -> str:
    return f"{folder.name}/{path.relative_to(folder).as_posix()}"


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CtguardError(f"{path}: {error}", hint="a rule file is UTF-8 text") from error


def _validated(file: YamlFile, model: type[Strict]) -> dict[str, Any]:
    try:
        return model.model_validate(file.value).model_dump()
    except ValidationError as error:
        first = error.errors()[0]
        path = tuple(first["loc"])
        raise YamlFileError(f"{file.place(path)}: {'.'.join(map(str, path))}: {first['msg'].lower()}") from error


def _check_names(folder: Path, rules: dict[str, Any], frameworks: dict[str, Any], known: Collection[str]) -> None:
    """Refuse a map that speaks of profiles nobody has: a misspelt name would drop a control in silence."""
    profiles = {*known, *(profile for rule in rules.values() for profile in rule.get("profiles", ()))}
    if not (rules or known):
        return
    for name, framework in frameworks.items():
        for number, control in framework["controls"].items():
            for profile in control["profiles"]:
                if profile not in profiles:
                    raise CtguardError(
                        f"{folder}: {name} {number}: no rule has the profile {profile}",
                        hint=f"the profiles are {', '.join(sorted(profiles))}",
                    )
