"""File paths of a run as URIs and as the relative paths that code hosts want."""

from __future__ import annotations

import posixpath
import re
from typing import Final
from urllib.parse import quote

from ctguard.model.visible import visible

_DRIVE: Final = re.compile(r"^[A-Za-z]:[\\/]")
UNRESERVED: Final = "/-._~!$'()*,;@"


def file_uri(path: str) -> tuple[str, bool]:
    """Return `path` as a URI reference, and whether it is relative to where the scan began (and stays below it)."""
    if _DRIVE.match(path):
        return f"file:///{_quoted(path.replace(chr(92), '/'), ':')}", False
    if path.startswith("\\\\"):
        return f"file:{_quoted(path.replace(chr(92), '/'))}", False
    if path.startswith("/"):
        return f"file://{_quoted(posixpath.normpath(path).replace('//', '/'))}", False
    normal = posixpath.normpath(path) if path.strip() else "-"
    return _quoted(normal), not normal.startswith("..")


def host_path(path: str) -> str:
    """Return `path` as code hosts write it: relative where it can be, with slashes, in one visible line."""
    slashes = path.replace("\\", "/") if _DRIVE.match(path) or path.startswith("\\\\") else path
    return visible(posixpath.normpath(slashes)) if slashes.strip() else "-"


def _quoted(path: str, more: str = "") -> str:
    return quote(path, safe=UNRESERVED + more, errors="surrogatepass")
