"""Load rules: the shipped pack from its cache, other packs from their YAML.

Reading and checking a hundred YAML files takes longer than a scan, so the
shipped rules are checked and built once, for the wheel or when they have
changed, and kept as msgpack that is decoded straight into a `Pack`. A pack is a
folder: rule files at any depth, `frameworks/*.yaml` that map controls to rules,
and `trust.yaml`, the must-hold set of the trust verdict.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from ctguard.engine.rule import Rule
from ctguard.model.errors import CtguardError

BUILT: Final = "pack.msgpack"
PACKAGE: Final = Path(__file__).parent.parent


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
    pack = _shipped() if shipped is None else read_pack(shipped)
    if not (folders := tuple(folders)):
        return pack
    from ctguard.engine.pack_build import built, merged, plain

    data = plain(pack)
    for folder in folders:
        profiles = {profile for rule in data["rules"].values() for profile in rule.get("profiles", ())}
        data = merged(data, read_folder(folder, profiles), folder, replace=replace)
    return built(data)


def read_pack(folder: Path) -> Pack:
    """Return the pack in `folder`, built of its files; raise CtguardError for the first that is wrong."""
    from ctguard.engine.pack_build import built

    return built(read_folder(folder))


def read_folder(folder: Path, profiles: Collection[str] = ()) -> dict[str, Any]:
    """Return the checked plain data of the pack in `folder`; raise CtguardError for the first file that is wrong.

    `profiles` are those of the rules that it stands beside: its maps may name them too.
    """
    from ctguard.engine.pack_files import read_files

    if not folder.is_dir():
        raise CtguardError(f"{folder}: no such folder of rules", hint="give a folder that holds rule files")
    return read_files(folder, profiles)


def written(pack: Pack) -> bytes:
    """Return a pack as it is kept in the file `BUILT` beside the shipped rules."""
    return msgspec.msgpack.encode(pack)


def _shipped() -> Pack:
    folder = shipped_folder()
    kept = folder / BUILT
    if not kept.is_file():
        kept = PACKAGE / "engine" / "__pycache__" / f"rules-{_state(folder)}.msgpack"
    if kept.is_file():
        return msgspec.msgpack.decode(kept.read_bytes(), type=Pack)
    pack = read_pack(folder)
    _keep(kept, pack)
    return pack


def _state(folder: Path) -> str:
    """Return what changes when a file of the pack, or the code that reads and builds it, changes."""
    stats = (one for part in (folder, PACKAGE / "engine", PACKAGE / "model") for one in _stats(str(part)))
    return hashlib.sha256(repr(sorted(stats)).encode()).hexdigest()[:16]


def _stats(folder: str) -> Iterator[tuple[str, int, int]]:
    """Yield path, time and size of the YAML and Python files in a folder; pathlib would take as long as the rules."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _stats(entry.path)
            elif entry.name.endswith((".yaml", ".py")):
                stat = entry.stat()
                yield entry.path, stat.st_mtime_ns, stat.st_size


def _keep(cache: Path, pack: Pack) -> None:
    """Write the cache; a folder that cannot be written to only costs time."""
    temporary = cache.with_suffix(f".{hashlib.sha256(repr(id(pack)).encode()).hexdigest()[:8]}")
    try:
        cache.parent.mkdir(exist_ok=True)
        for old in cache.parent.glob("rules-*.msgpack"):
            old.unlink(missing_ok=True)
        temporary.write_bytes(written(pack))
        temporary.replace(cache)
    except OSError:
        temporary.unlink(missing_ok=True)
