"""Functions that read files, and functions of paths.

Every one gets the context first: it decides what may be read. Paths are as the
module writes them; where a result would name a folder of the machine it is
unknown.
"""

from __future__ import annotations

import posixpath
import re
from base64 import b64encode
from hashlib import md5 as md5_of
from hashlib import sha1 as sha1_of
from hashlib import sha256 as sha256_of
from hashlib import sha512 as sha512_of

from ctguard.model.values import PartialMap, Unknown, Value
from ctguard.sources.terraform.functions.calling import FunctionContext
from ctguard.sources.terraform.functions.derivation import doubt
from ctguard.sources.terraform.functions.failure import FunctionError, UndecidedError
from ctguard.sources.terraform.functions.globs import glob_pattern

_VARIABLE = re.compile(r"[^\W\d][\w-]*")


def contents(context: FunctionContext, path: str) -> Value:
    """Return the text of a file, which must be UTF-8."""
    data = _read(context, path)
    return data if isinstance(data, Unknown) else _decoded(path, data)


def contents_base64(context: FunctionContext, path: str) -> Value:
    data = _read(context, path)
    return data if isinstance(data, Unknown) else b64encode(data).decode()


def md5(context: FunctionContext, path: str) -> Value:
    data = _read(context, path)
    return data if isinstance(data, Unknown) else md5_of(data, usedforsecurity=False).hexdigest()


def sha1(context: FunctionContext, path: str) -> Value:
    data = _read(context, path)
    return data if isinstance(data, Unknown) else sha1_of(data, usedforsecurity=False).hexdigest()


def sha256(context: FunctionContext, path: str) -> Value:
    data = _read(context, path)
    return data if isinstance(data, Unknown) else sha256_of(data).hexdigest()


def sha512(context: FunctionContext, path: str) -> Value:
    data = _read(context, path)
    return data if isinstance(data, Unknown) else sha512_of(data).hexdigest()


def base64_sha256(context: FunctionContext, path: str) -> Value:
    data = _read(context, path)
    return data if isinstance(data, Unknown) else b64encode(sha256_of(data).digest()).decode()


def base64_sha512(context: FunctionContext, path: str) -> Value:
    data = _read(context, path)
    return data if isinstance(data, Unknown) else b64encode(sha512_of(data).digest()).decode()


def exists(context: FunctionContext, path: str) -> Value:
    """Return whether there is a file; a folder of that name is refused."""
    try:
        data = context.read_bytes(path)
    except FileNotFoundError:
        return False
    except (OSError, ValueError) as error:
        raise FunctionError(f"{path!r} is not a regular file: {error}") from None
    return doubt(data, "fileexists", path) if isinstance(data, Unknown) else True


def matching(context: FunctionContext, folder: str, pattern: str) -> Value:
    """Return the files below a folder whose path matches a pattern."""
    if context.list_files is None:
        raise UndecidedError("lists files, which are not known here")
    matches = glob_pattern(pattern)
    try:
        found = context.list_files(folder)
        if isinstance(found, Unknown):
            return doubt(found, "fileset", folder, pattern)
        return sorted(path for path in found if matches.fullmatch(path))
    except OSError as error:
        raise FunctionError(f"failed to list the files of {folder}: {error.strerror}") from None


def render_file(context: FunctionContext, path: str, variables: Value) -> Value:
    """Return the template of a file, rendered with these variables."""
    template = contents(context, path)
    return template if isinstance(template, Unknown) else _rendered(context, "templatefile", template, variables)


def render_text(context: FunctionContext, template: str, variables: Value) -> Value:
    """Return a template rendered with these variables."""
    return _rendered(context, "templatestring", template, variables)


def _rendered(context: FunctionContext, function: str, template: str, variables: Value) -> Value:
    if isinstance(variables, Unknown | PartialMap):
        cause = variables if isinstance(variables, Unknown) else variables.rest
        return doubt(cause, function, template, variables)
    if not isinstance(variables, dict):
        raise FunctionError("invalid vars value: must be a map")
    for name in variables:
        if not _VARIABLE.fullmatch(name):
            raise FunctionError(f"invalid template variable name {name!r}")
    return context.render(template, variables)


def _read(context: FunctionContext, path: str) -> bytes | Unknown:
    try:
        return context.read_bytes(path)
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL
        raise FunctionError(f"no file exists at {path!r}, or it cannot be read: {error}") from None


def _decoded(path: str, data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise FunctionError(f"contents of {path} are not valid UTF-8; use the filebase64 function") from None


def base_name(context: FunctionContext, path: str) -> str:
    """Return the last part of a path."""
    if not path:
        return "."
    return posixpath.basename(path.rstrip("/")) or "/"


def folder_name(context: FunctionContext, path: str) -> str:
    """Return all but the last part of a path, without `.` and `..`."""
    return _clean(path[: path.rfind("/") + 1])


def absolute(context: FunctionContext, path: str) -> str:
    """Return an absolute path without `.` and `..`."""
    if not path.startswith("/"):
        raise UndecidedError("is the path of a folder on the machine that Terraform runs on")
    return _clean(path)


def expanded(context: FunctionContext, path: str) -> str:
    """Return a path whose leading `~` is replaced by the home folder."""
    if path == "~" or path.startswith("~/"):
        raise UndecidedError("is the path of a folder on the machine that Terraform runs on")
    if path.startswith("~"):
        raise FunctionError("cannot expand the home folder of another user")
    return path


def _clean(path: str) -> str:
    cleaned = posixpath.normpath(path)
    return "/" + cleaned.lstrip("/") if cleaned.startswith("/") else cleaned
