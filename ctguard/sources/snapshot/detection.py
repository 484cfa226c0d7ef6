"""Tell a snapshot by its first bytes, without loading what reads it."""

from __future__ import annotations

from typing import Final

_MARK: Final = b'"ctguard-snapshot"'


def is_snapshot(head: bytes) -> bool:
    """Say whether a file that begins with `head` gives itself out as a snapshot."""
    return head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{" and _MARK in head
