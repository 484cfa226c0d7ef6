"""Tell a plan or a state by its bytes, before it is decoded."""

from __future__ import annotations

import re
from typing import Final, Literal

Kind = Literal["plan", "state", "state file", "encrypted"]

_FORMAT: Final = re.compile(rb'"format_version"\s*:\s*"')
_TERRAFORM: Final = re.compile(rb'"terraform_version"\s*:\s*"')
_PLANNED: Final = re.compile(
    rb'"(?:planned_values|resource_changes|resource_drift|configuration|output_changes|prior_state)"\s*:'
)
_VALUES: Final = re.compile(rb'"values"\s*:\s*\{')
_STATE_FILE: Final = re.compile(rb'"version"\s*:\s*\d+\s*,')
_SERIAL: Final = re.compile(rb'"(?:serial|lineage)"\s*:')
_ENCRYPTED: Final = re.compile(rb'"encrypted_data"\s*:')


def kind_of(content: bytes) -> Kind | None:
    """Return which of Terraform's JSON files this is; its first 64 KiB are enough for files that Terraform wrote."""
    content = plain(content)
    if content.lstrip()[:1] != b"{":
        return None
    if _FORMAT.search(content) and _TERRAFORM.search(content):
        if _PLANNED.search(content):
            return "plan"
        return "state" if _VALUES.search(content) else "plan"
    if _SERIAL.search(content) and _ENCRYPTED.search(content):
        return "encrypted"
    if _STATE_FILE.search(content) and _SERIAL.search(content) and _TERRAFORM.search(content):
        return "state file"
    return None


def plain(content: bytes) -> bytes:
    """Return JSON as UTF-8 without a byte order mark; Windows shells write UTF-16 when told to save a plan."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content[: len(content) // 2 * 2].decode("utf-16", "replace").encode()
    if content[1:2] == b"\0" or content[:1] == b"\0":
        encoding = "utf-16-le" if content[1:2] == b"\0" else "utf-16-be"
        return content[: len(content) // 2 * 2].decode(encoding, "replace").encode()
    return content.removeprefix(b"\xef\xbb\xbf")
