"""A snapshot as a file: written by an audit, read back by whoever wants its verdicts again.

What is read may come from strangers: it is decoded as the types of `ctguard.sources.snapshot.facts` and as nothing
else. The JSON Schema for other readers is `ctguard/schemas/snapshot.schema.json`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import msgspec

from ctguard.model.errors import CtguardError
from ctguard.model.json_keys import DuplicateKeyError, refuse_duplicates
from ctguard.model.visible import visible
from ctguard.sources.snapshot.facts import SCHEMA_VERSION, Snapshot

KIND: Final = "ctguard-snapshot"
LARGEST: Final = 2**30
SCHEMA_FILE: Final = Path(__file__).parents[2] / "schemas" / "snapshot.schema.json"

_AGAIN: Final = "make it again: ctguard audit --snapshot FILE"


class RepeatedKeyError(CtguardError):
    """A snapshot in which one object holds a key twice: two readers would see two snapshots."""


class _Head(msgspec.Struct):
    kind: Any = None
    schema_version: Any = None


def write_snapshot(snapshot: Snapshot) -> bytes:
    """Return a snapshot as JSON, one call a line so that two can be compared; the same gives the same bytes."""
    whole = msgspec.to_builtins(snapshot)
    head = {name: value for name, value in whole.items() if name != "calls"}
    lines = ",\n".join(_line(one) for one in whole["calls"])
    text = "\n".join(f"{json.dumps(name)}: {_line(value)}," for name, value in head.items())
    return f'{{\n{text}\n"calls": [\n{lines}\n]\n}}\n'.encode()


def read_snapshot_file(path: Path, display: str) -> Snapshot:
    """Return the snapshot in a file; raise CtguardError, beginning with `display`, where it holds none."""
    try:
        if path.stat().st_size > LARGEST:
            raise CtguardError(f"{display}: larger than {LARGEST} bytes", hint="give a snapshot that ctguard wrote")
        data = path.read_bytes()
    except OSError as error:
        raise CtguardError(f"{display}: {error.strerror}", hint="check the path and the permissions") from error
    return parse_snapshot(data, display)


def parse_snapshot(data: bytes, display: str = "snapshot") -> Snapshot:
    """Return the snapshot that `data` holds; raise CtguardError, beginning with `display`, where it holds none."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        _check_head(msgspec.json.decode(data, type=_Head), display)
        snapshot = msgspec.json.decode(data, type=Snapshot)
        json.loads(data, object_pairs_hook=refuse_duplicates)
    except DuplicateKeyError as duplicate:
        raise RepeatedKeyError(f"{display}: has the key {duplicate} twice in one object", hint=_AGAIN) from None
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise CtguardError(f"{display}: is no whole snapshot: {visible(str(error))}", hint=_AGAIN) from None
    return snapshot


def _check_head(head: _Head, display: str) -> None:
    if head.kind != KIND:
        raise CtguardError(f"{display}: is no snapshot: kind is {_shown(head.kind)}, not '{KIND}'", hint=_AGAIN)
    if head.schema_version != SCHEMA_VERSION:
        raise CtguardError(
            f"{display}: schema_version is {_shown(head.schema_version)}, this ctguard reads '{SCHEMA_VERSION}'",
            hint="read it with the ctguard that wrote it, or make it again",
        )


def _shown(value: Any) -> str:
    return "missing" if value is None else visible(repr(value)[:40])


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
