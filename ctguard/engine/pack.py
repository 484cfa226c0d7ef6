"""Load rules: the shipped pack from its cache, other packs from their YAML.

Reading and checking a hundred YAML files takes longer than a scan, so the
shipped rules are checked once, when they are built or have changed, and kept as
plain JSON. A pack is a folder: rule files at any depth, `frameworks/*.yaml` that
map controls to rules, and `trust.yaml`, the must-hold set of the trust verdict.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from ctguard.engine.build import build_rule
from ctguard.engine.rule import Rule
from ctguard.model.errors import CtguardError
from ctguard.model.finding import Control

FORMAT: Final = "1"
PACKAGE: Final = Path(__file__).parent.parent
LARGEST_PACK: Final = 2000


class Pack(Struct, frozen=True):
    """Rules by id, the must-hold set, and a digest of everything that decides a verdict."""

    rules: Mapping[str, Rule]
    trust: Mapping[str, Any]
    frameworks: Mapping[str, Mapping[str, Any]]
    digest: str


def shipped_folder() -> Path:
    """Return the folder of the shipped rules: inside an installed package, or beside it in a checkout."""
    installed = PACKAGE / "_shipped" / "rules"
    return installed if installed.is_dir() else PACKAGE.parent / "rules"


def load_pack(folders: Iterable[Path] = (), *, replace: bool = False, shipped: Path | None = None) -> Pack:
    """Return the shipped rules, or those in the folder that stands in for them, together with those in `folders`.

    A rule that bears the id of another one is refused unless `replace` says
    that it shall take its place. Raises CtguardError with file and line.
    """
    data = _shipped() if shipped is None else read_folder(shipped)
    for folder in folders:
        data = _merged(data, read_folder(folder), folder, replace=replace)
    return _pack(data)


def read_folder(folder: Path) -> dict[str, Any]:
    """Return the checked plain data of the pack in `folder`; raise CtguardError for the first file that is wrong."""
    from ctguard.engine.pack_files import read_files

    if not folder.is_dir():
        raise CtguardError(f"{folder}: no such folder of rules", hint="give a folder that holds rule files")
    return read_files(folder)


def _shipped() -> dict[str, Any]:
    folder = shipped_folder()
    built = folder / "pack.json"
    if built.is_file():
        return dict(msgspec.json.decode(built.read_bytes()))
    cache = PACKAGE / "engine" / "__pycache__" / f"rules-{_state(folder)}.json"
    if cache.is_file():
        return dict(msgspec.json.decode(cache.read_bytes()))
    data = read_folder(folder)
    _keep(cache, data)
    return data


def _state(folder: Path) -> str:
    """Return what changes when a file of the pack, or the code that reads it, changes."""
    here = PACKAGE / "engine"
    files = sorted([*folder.rglob("*.yaml"), *here.glob("*.py"), *(PACKAGE / "model" / "kinds").glob("*.py")])
    stats = ((str(file), (stat := file.stat()).st_mtime_ns, stat.st_size) for file in files)
    return hashlib.sha256(repr([FORMAT, *stats]).encode()).hexdigest()[:16]


def _keep(cache: Path, data: Mapping[str, Any]) -> None:
    """Write the cache; a folder that cannot be written to only costs time."""
    temporary = cache.with_suffix(f".{hashlib.sha256(repr(id(data)).encode()).hexdigest()[:8]}")
    try:
        cache.parent.mkdir(exist_ok=True)
        for old in cache.parent.glob("rules-*.json"):
            old.unlink(missing_ok=True)
        temporary.write_bytes(msgspec.json.encode(data))
        temporary.replace(cache)
    except OSError:
        temporary.unlink(missing_ok=True)


def _merged(first: dict[str, Any], second: dict[str, Any], folder: Path, *, replace: bool) -> dict[str, Any]:
    both = sorted(set(first["rules"]) & set(second["rules"]))
    if both and not replace:
        raise CtguardError(
            f"{folder}: there is a rule {both[0]} already",
            hint="give it an id of its own, or allow it to take the other's place with --replace-rules",
        )
    if len(first["rules"]) + len(second["rules"]) > LARGEST_PACK:
        raise CtguardError(f"{folder}: more than {LARGEST_PACK} rules", hint="load fewer")
    return {
        "rules": {**first["rules"], **second["rules"]},
        "frameworks": {**first["frameworks"], **second["frameworks"]},
        "trust": second["trust"] or first["trust"],
    }


def _pack(data: Mapping[str, Any]) -> Pack:
    controls = _controls(data)
    rules = {rule_id: build_rule(rule, controls.get(rule_id, ())) for rule_id, rule in sorted(data["rules"].items())}
    written = msgspec.json.encode(data, order="deterministic")
    return Pack(rules, data["trust"], data["frameworks"], f"sha256:{hashlib.sha256(written).hexdigest()}")


def _controls(data: Mapping[str, Any]) -> dict[str, tuple[Control, ...]]:
    """Return the controls that each rule bears on: those that name it or one of its profiles."""
    by_profile: dict[str, list[str]] = defaultdict(list)
    for rule_id, rule in data["rules"].items():
        for profile in rule.get("profiles", ()):
            by_profile[profile].append(rule_id)
    found: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for name, framework in data["frameworks"].items():
        for number, control in framework["controls"].items():
            named = [*control.get("rules", ())]
            for profile in control.get("profiles", ()):
                named += by_profile[profile]
            for rule_id in named:
                found[rule_id].add((name, number))
    return {rule_id: tuple(Control(*one) for one in sorted(controls)) for rule_id, controls in found.items()}
