"""Write a file so that whoever reads it sees the old one or the new one, never half of it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from ctguard.model.errors import CtguardError, UsageError


def write_whole(path: Path, content: str | bytes, *, mode: int = 0o644) -> None:
    """Write `content` to `path`; raises CtguardError, and then what was there is still there."""
    data = content if isinstance(content, bytes) else content.encode("utf-8", errors="backslashreplace")
    with whole_file(path, mode=mode) as file:
        file.write(data)


@contextlib.contextmanager
def whole_file(path: Path, *, mode: int = 0o644) -> Iterator[IO[bytes]]:
    """Give a file to write and read, which takes the place of `path` at the end, unless something is raised."""
    temporary = ""
    try:
        if path.is_dir():
            raise UsageError(f"{path}: is a folder", hint="give the name of a file")
        import tempfile

        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            temporary = file.name
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(mode)
        Path(temporary).replace(path)
    except BaseException as error:
        if temporary:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
        if isinstance(error, OSError):
            raise CtguardError(
                f"{path}: {error.strerror or error}", hint="choose a place that can be written to"
            ) from error
        raise
