"""Read a file that somebody named: on the command line, or in a configuration that others may have written."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from ctguard.model.errors import CtguardError


def read_named(path: Path, *, hint: str) -> bytes:
    """Return what the file holds; raises CtguardError, with `hint`, when it cannot be read or is no regular file.

    A device may never end, and a pipe may never begin: neither is waited for.
    """
    try:
        with open(path, "rb", opener=_at_once) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise CtguardError(f"{path}: is no regular file", hint=hint)
            return file.read()
    except OSError as error:
        raise CtguardError(f"{path}: {error.strerror}", hint=hint) from error


def _at_once(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
