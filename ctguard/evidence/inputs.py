"""Which files a scan reads, and where they go in a bundle: in the same places towards each other.

The files are told by watching the interpreter open them, so that no reader can forget one (a template that
is nested, a file that `file()` names). What is only looked at, to see whether it is an input, stays out: nobody
wants to find the keys that lay beside a template in a bundle. Links become the files that they lead to.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from ctguard.evidence.archive import member_name
from ctguard.model.errors import CtguardError, UsageError
from ctguard.run.inputs import Loaded, Options, find, read

FOLDER: Final = "inputs"
RULE_ENDINGS: Final = (".yaml", ".yml")
_WRITING: Final = os.O_WRONLY | os.O_RDWR
_watching: list[set[str]] = []


class Gathered(Struct, frozen=True):
    """What a scan read: the units, and the files by their names in a bundle; `folder` is where it began, in there."""

    loaded: Loaded
    files: dict[str, Path]
    folder: str


def gather(paths: Sequence[Path], options: Options, beside: Sequence[Path]) -> Gathered:
    """Read the inputs at `paths` and return what was read; CtguardError when there is nothing.

    `beside` are files that go along, and folders of rules.
    """
    given = [*paths, *options.variables.files, *([options.root] if options.root else [])]
    for path in (*given, *beside):
        if path.is_absolute():
            raise UsageError(
                f"{path}: is an absolute path, which means nothing on the machine of whoever checks",
                hint="scan and bundle it by a relative path",
            )
        if not path.exists():
            raise CtguardError(f"{path}: is not there", hint="give the inputs that the run was made of")
    search = find(paths, options)
    with _files_opened() as opened:
        loaded = read(search, options)
    roots = {root for path in given for root in _roots(path)}
    files_read = sorted({path for path in map(_absolute, opened) if _is_input(path, roots)})
    for path in files_read:
        if not os.access(path, os.R_OK):
            raise CtguardError(f"{path}: cannot be read", hint="a bundle needs every file that the scan looks for")
    along = [one for path in beside for one in (rule_files(path) if path.is_dir() else [path])]
    begin = Path.cwd()
    base = Path(os.path.commonpath([begin, *map(_absolute, (*given, *beside)), *(path.parent for path in files_read)]))
    files = {member_name(FOLDER, *path.relative_to(base).parts): path for path in (*files_read, *map(_absolute, along))}
    return Gathered(loaded, files, begin.relative_to(base).as_posix())


def rule_files(folder: Path) -> list[Path]:
    """Return the files of a pack of rules."""
    return sorted(path for path in folder.rglob("*") if path.suffix in RULE_ENDINGS and path.is_file())


@contextmanager
def _files_opened() -> Iterator[set[str]]:
    """Give a set that receives the path of every file which is opened for reading meanwhile."""
    _install()
    opened: set[str] = set()
    _watching.append(opened)
    try:
        yield opened
    finally:
        _watching.remove(opened)


@cache
def _install() -> None:
    """Listen to the interpreter, once: an audit hook stays until the process ends (sys.addaudithook, PEP 578)."""

    def hear(event: str, words: tuple[Any, ...]) -> None:
        if event == "open" and _watching and isinstance(words[0], str | bytes) and not words[2] & _WRITING:
            for opened in _watching:
                opened.add(os.fsdecode(words[0]))

    sys.addaudithook(hear)


def _absolute(path: str | Path) -> Path:
    """Return where a path leads without its `..`, but with its links: they are part of its name."""
    return Path(os.path.abspath(path))  # noqa: PTH100 - pathlib's absolute() keeps `..`


def _roots(path: Path) -> Iterable[Path]:
    here = _absolute(path)
    return {one if path.is_dir() else one.parent for one in (here, here.resolve())}


def _is_input(path: Path, roots: Iterable[Path]) -> bool:
    """Say whether a file belongs to the inputs, and not to Python or ctguard, which may lie among them."""
    own = (Path(sys.prefix), Path(sys.base_prefix), Path(__file__).parents[1])
    return (
        any(path.is_relative_to(root) for root in roots)
        and not any(path.is_relative_to(one) for one in own)
        and path.is_file()
    )
