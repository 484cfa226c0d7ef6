"""Which inputs may hold secrets: a bundle is handed on, so they get in on purpose only.

A scan knows the secrets that it came across. A bundle holds whole files, with what no rule asks for; so every
mark counts here, wherever it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from ctguard.run.inputs import Loaded
from ctguard.sources.terraform.plan.detection import kind_of, plain

_MARKS_IN_JSON: Final = frozenset({"sensitive", "sensitive_values", "before_sensitive", "after_sensitive", "NoEcho"})
_VARIABLE: Final = re.compile(rb'\bvariable\s+"')
_SENSITIVE: Final = re.compile(rb"\bsensitive\s*=\s*true\b")
_CALL_OF_SENSITIVE: Final = re.compile(rb"\bsensitive\s*\(")
_NO_ECHO: Final = re.compile(rb"""\bNoEcho["']?\s*:\s*["']?(?:true|yes|on)\b""", re.IGNORECASE)
_TERRAFORM: Final = (".tf", ".tofu")
_TERRAFORM_JSON: Final = (".tf.json", ".tofu.json")
_VALUES: Final = (".tfvars", ".tfvars.json")


def may_hold_secrets(loaded: Loaded, files: Mapping[str, Path], words: bool) -> list[str]:
    """Return why the files of a bundle may give secrets away, a line for each reason; none when nothing marks them.

    `words` says that values were given on the command line, which stand in the bundle too.
    """
    reasons = [f"{unit.name}: it marks values as sensitive" for unit in loaded.units if unit.secrets]
    has_values = words or any(name.endswith(_VALUES) for name in files)
    for path in files.values():
        reasons += _reasons(path, has_values)
    return sorted(set(reasons))


def _reasons(path: Path, has_values: bool) -> Iterator[str]:
    content = path.read_bytes()
    kind = kind_of(content)
    if kind == "state file":
        yield f"{path}: is a state, which holds passwords and keys in plain text"
    elif path.name.endswith(_TERRAFORM):
        if _CALL_OF_SENSITIVE.search(content) or _has_sensitive_value(content, has_values):
            yield f"{path}: it marks values as sensitive"
    elif _NO_ECHO.search(content) or (
        (kind is not None or path.name.endswith(_TERRAFORM_JSON)) and _has_mark(_decoded(content))
    ):
        yield f"{path}: it marks values as sensitive"


def _has_sensitive_value(content: bytes, has_values: bool) -> bool:
    """Say whether a sensitive variable may have a value: its default, or one that is given.

    What stands between two variables counts as the first one's: better a question too many than a secret in a bundle.
    """
    return any(
        _SENSITIVE.search(variable) and (has_values or b"default" in variable)
        for variable in _VARIABLE.split(content)[1:]
    )


def _decoded(content: bytes) -> Any:
    try:
        return msgspec.json.decode(plain(content))
    except (msgspec.MsgspecError, RecursionError):
        return None


def _has_mark(document: Any) -> bool:
    """Say whether anything is marked at any depth; without recursion, since files may be nested deeply."""
    waiting: list[tuple[Any, bool]] = [(document, False)]
    while waiting:
        value, is_marking = waiting.pop()
        if value is True and is_marking:
            return True
        if isinstance(value, dict):
            waiting += [(item, is_marking or key in _MARKS_IN_JSON) for key, item in value.items()]
        elif isinstance(value, list):
            waiting += [(item, is_marking) for item in value]
    return False
