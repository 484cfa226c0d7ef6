"""Read events from a file: CloudTrail log files, single events, JSON lines, exports of CloudWatch Logs.

What a pattern makes of them is not decided here. Files come from strangers:
compressed data is bounded, and whatever is no event is an error that names the
place.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ctguard.model.errors import DocumentError

LARGEST = 512 * 1024 * 1024
"""Bytes that a file may have, unpacked; CloudTrail's own log files stay far below."""

_GZIP = b"\x1f\x8b"
_LISTS = ("Records", "events", "logEvents")


def events_in(path: Path, *, raw_lines: bool = False) -> Iterator[dict[str, Any] | str]:
    """Yield the events of a file; raises DocumentError.

    With `raw_lines`, lines that are no JSON are yielded as they are.
    """
    text = _text(path)
    try:
        document = json.loads(text)
    except RecursionError:
        raise DocumentError(f"{path}: nests too deeply") from None
    except ValueError as error:
        yield from _lines(path, text, raw_lines, str(error))
    else:
        yield from _events(document, str(path))


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise DocumentError(f"{path}: cannot be read: {error.strerror or error}") from None
    if data.startswith(_GZIP):
        data = _unpacked(path, data)
    if len(data) > LARGEST:
        raise DocumentError(f"{path}: is larger than {LARGEST // 2**20} MiB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise DocumentError(f"{path}: is not UTF-8 text") from None


def _unpacked(path: Path, data: bytes) -> bytes:
    """Return the unpacked bytes, at most one more than may be; files of several members are common."""
    unpacked = bytearray()
    while data:
        stream = zlib.decompressobj(wbits=31)
        try:
            unpacked += stream.decompress(data, LARGEST + 1 - len(unpacked))
        except zlib.error as error:
            raise DocumentError(f"{path}: is damaged: {error}") from None
        if len(unpacked) > LARGEST:
            break
        if not stream.eof:
            raise DocumentError(f"{path}: is cut off")
        data = stream.unused_data.lstrip(b"\0")
    return bytes(unpacked)


def _lines(path: Path, text: str, raw_lines: bool, fault: str) -> Iterator[dict[str, Any] | str]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            document = json.loads(line)
        except (ValueError, RecursionError):
            if not raw_lines:
                place = f"{path}: {fault}" if number == 1 else f"{path}:{number}: is not JSON"
                raise DocumentError(place, hint="give a CloudTrail log file, an event, or one event a line") from None
            yield line
        else:
            yield from _events(document, f"{path}:{number}")


def _events(document: Any, place: str) -> Iterator[dict[str, Any] | str]:
    records = [document]
    if isinstance(document, list):
        records = document
    elif isinstance(document, dict):
        name = next((name for name in _LISTS if isinstance(document.get(name), list)), None)
        records = document[name] if name else [document]
    for at, record in enumerate(records):
        if not isinstance(record, dict):
            raise DocumentError(f"{place}: record {at + 1} is no event")
        message = record.get("message")
        if isinstance(message, str) and "timestamp" in record:
            yield from _message(message)
        else:
            yield record


def _message(message: str) -> Iterator[dict[str, Any] | str]:
    """Yield what an entry of a CloudWatch Logs export holds: an event, or any other line."""
    try:
        inner = json.loads(message)
    except (ValueError, RecursionError):
        yield message
    else:
        yield inner if isinstance(inner, dict) else message
