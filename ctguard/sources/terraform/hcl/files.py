"""Files of a configuration: which there are, and their bytes, within limits and never outside of the scan."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from ctguard.model.errors import Fault
from ctguard.sources.terraform.hcl.limits import MAX_FILE_BYTES
from ctguard.sources.terraform.hcl.syntax import Syntax

NATIVE = (".tf", ".tofu")
JSON = (".tf.json", ".tofu.json")


class Text(Struct, frozen=True):
    """The bytes of one file, UTF-8 without byte order mark, and what locations call it."""

    display: str
    data: bytes


def configuration_files(folder: Path) -> list[Path]:
    """Return the files of a module, in order of their names, overrides after all others.

    A `.tofu` file stands in for the `.tf` file of its name (OpenTofu language,
    "Files and Directories").
    """
    paths = [entry for entry in folder.iterdir() if _is_configuration(entry.name)]
    shadowed = {path.name.replace(".tofu", ".tf") for path in paths if ".tofu" in path.suffixes}
    kept = (path for path in paths if path.name not in shadowed)
    return sorted(kept, key=lambda path: (is_override(path), path.name))


def _is_configuration(name: str) -> bool:
    ignored = name.startswith((".", "#")) or name.endswith(("~", "#"))
    return name.endswith(NATIVE + JSON) and not ignored


def is_override(path: Path) -> bool:
    """Return whether what the file says goes over what the others say."""
    stem = path.name.split(".")[0]
    return stem == "override" or stem.endswith("_override")


def read_text(path: Path, display: str, boundary: Path | None = None) -> Text | Fault:
    """Return the bytes of a file, or why it cannot be read; links that lead out of `boundary` are not followed."""
    try:
        data = read_regular_file(path, boundary)
    except OSError as error:
        return Fault(display, "unreadable", f"cannot be read: {error.strerror or error}")
    return _decoded(display, data)


def read_regular_file(path: Path, boundary: Path | None = None) -> bytes:
    """Return the bytes of a regular file; OSError for anything else, without waiting for a pipe."""
    status = path.lstat()
    if stat.S_ISLNK(status.st_mode):
        if boundary is not None and not is_inside(path, boundary):
            raise OSError("it is a link that leads out of the scanned folder")
        status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise OSError("it is not a regular file")
    if status.st_size > MAX_FILE_BYTES:
        raise OSError(f"it is larger than {MAX_FILE_BYTES // 2**20} MiB")
    with path.open("rb", buffering=0) as stream:
        return stream.read(status.st_size)


def _decoded(display: str, data: bytes) -> Text | Fault:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Fault(display, "encoding", "is UTF-16; save it as UTF-8")
    if b"\0" in data:
        return Fault(display, "encoding", "holds NUL bytes, so it is not text; save it as UTF-8")
    data = data.removeprefix(b"\xef\xbb\xbf")
    if not data.isascii():
        try:
            data.decode()
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            return Fault(f"{display}:{line}", "encoding", "is not UTF-8; save it as UTF-8")
    return Text(display, data)


def source_faults(display: str, syntax: Syntax) -> tuple[Fault, ...]:
    """Return the faults of a parsed file with the place of each."""
    return tuple(Fault(f"{display}:{fault.line}", "syntax", fault.message) for fault in syntax.faults)


def is_inside(path: Path, boundary: Path) -> bool:
    """Return whether `path`, with all links followed, lies in `boundary` (which has none)."""
    try:
        return path.resolve().is_relative_to(boundary)
    except (OSError, RuntimeError):  # a link that leads to itself
        return False


def files_below(folder: Path, limit: int) -> Iterator[str]:
    """Yield the paths of the regular files below `folder`, relative to it, without following links to folders."""
    for current, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            limit -= 1
            if limit < 0:
                raise OSError("there are too many files")
            yield Path(current, name).relative_to(folder).as_posix()
