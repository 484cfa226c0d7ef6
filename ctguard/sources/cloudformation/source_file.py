"""Open one file, as bytes of a known encoding and as values with lines; refuse what is not one sound document."""

from __future__ import annotations

import codecs
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from ctguard.sources.cloudformation.failure import MAX_NODES, MAX_TEMPLATE_BYTES, ReadFailure
from ctguard.sources.cloudformation.json_values import JsonIndex, read_json
from ctguard.sources.cloudformation.lines import Lines, Spans

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class SourceFile(Struct, frozen=True, eq=False):
    """What a file holds, and where.

    `constant` has the maps and lists that are known to hold no function, by their
    id(), which stays theirs because they are kept here.
    """

    root: Any
    lines: Lines
    constant: Mapping[int, Any] = field(default_factory=dict)


def read_bytes(path: Path, limit: int = MAX_TEMPLATE_BYTES) -> bytes:
    """Return the content of a regular file in UTF-8 without byte order mark, or raise `ReadFailure`.

    A FIFO is opened without waiting for somebody to write into it, and refused.
    """
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (OSError, ValueError) as error:
        raise _unreadable(error) from None
    try:
        content = _content(handle, limit)
    except OSError as error:
        raise _unreadable(error) from None
    finally:
        os.close(handle)
    if len(content) > limit:
        raise ReadFailure("limit", f"is larger than {limit:,} bytes")
    return _to_utf8(content)


def _content(handle: int, limit: int) -> bytes:
    facts = os.fstat(handle)
    if not stat.S_ISREG(facts.st_mode):
        raise ReadFailure("unreadable", "is not a file that can be read to its end")
    with os.fdopen(handle, "rb", closefd=False) as file:
        content = file.read(min(facts.st_size, limit) + 1)
        if len(content) > facts.st_size:
            content += file.read(limit + 1 - len(content))
    return content


def _unreadable(error: OSError | ValueError) -> ReadFailure:
    return ReadFailure("unreadable", f"cannot be read: {getattr(error, 'strerror', None) or error}")


def _to_utf8(content: bytes) -> bytes:
    if content.startswith(_UTF16):
        try:
            return content.decode("utf-16").encode()
        except UnicodeError:
            raise ReadFailure("syntax", "is not sound UTF-16") from None
    return content.removeprefix(codecs.BOM_UTF8)


def parse(content: bytes, display: str) -> SourceFile:
    """Return the values in `content`: JSON where it begins with a brace, else, or where that fails, YAML."""
    if not content.strip():
        raise ReadFailure("empty", "is empty")
    if content.lstrip()[:1] != b"{":
        return _parse_yaml(content, display)
    try:
        return parse_json(content, display)
    except ReadFailure as failure:
        if failure.kind != "syntax" or display.lower().endswith(".json"):
            raise
    return _parse_yaml(content, display)


def parse_json(content: bytes, display: str, max_nodes: int = MAX_NODES) -> SourceFile:
    """Return the values in `content`, which has to be JSON."""
    try:
        text = content.decode()
    except UnicodeError:
        raise ReadFailure("syntax", "is not sound UTF-8") from None
    return SourceFile(read_json(text, max_nodes), Lines(display, content, JsonIndex(text)))


def _parse_yaml(content: bytes, display: str) -> SourceFile:
    # Importing PyYAML takes as long as scanning a template; JSON does without it.
    from ctguard.sources.cloudformation.yaml_values import read_yaml

    values, lines, constant = read_yaml(content)
    return SourceFile(values, Lines(display, content, Spans(values, lines)), constant)
