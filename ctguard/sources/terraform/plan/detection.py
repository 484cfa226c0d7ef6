"""Tell a plan or a state by its first bytes, before anything is decoded."""

from __future__ import annotations

import re
from typing import Final, Literal

Kind = Literal["plan", "state", "state file", "encrypted"]

HEAD: Final = 65_536

_FORMAT: Final = re.compile(rb'"format_version"\s*:\s*"')
_TERRAFORM: Final = re.compile(rb'"terraform_version"\s*:\s*"')
_PLANNED: Final = re.compile(
    rb'"(?:planned_values|resource_changes|resource_drift|configuration|output_changes|prior_state|applyable)"\s*:'
)
# What a plan holds when its keys have been sorted or some of them left out.
_OF_A_PLAN: Final = re.compile(rb'"(?:provider_config|root_module|resource_changes|action_reason|after_unknown)"\s*:')
_VALUES: Final = re.compile(rb'"values"\s*:\s*\{')
_STATE_FILE: Final = re.compile(rb'"version"\s*:\s*\d+\s*,')
_SERIAL: Final = re.compile(rb'"(?:serial|lineage)"\s*:')
_ENCRYPTED: Final = re.compile(rb'"encrypted_data"\s*:')


def kind_of(content: bytes) -> Kind | None:
    """Return which of Terraform's JSON files begins with `content`; 64 KiB tell."""
    head = plain(content[:HEAD])
    if head.lstrip()[:1] != b"{":
        return None
    if _ENCRYPTED.search(head) and (_SERIAL.search(head) or b'"encryption_version"' in head):
        return "encrypted"
    if _STATE_FILE.search(head) and _SERIAL.search(head):
        return "state file"
    if _FORMAT.search(head) and _TERRAFORM.search(head):
        return "state" if _VALUES.search(head) and not _PLANNED.search(head) else "plan"
    if _PLANNED.search(head) and _OF_A_PLAN.search(head):
        return "plan"
    return None


def plain(content: bytes) -> bytes:
    """Return JSON as UTF-8 without a byte order mark; Windows shells write UTF-16 when told to save a plan."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content[: len(content) // 2 * 2].decode("utf-16", "replace").encode("utf-8", "replace")
    if content[:1] == b"\0" or content[1:2] == b"\0":
        encoding = "utf-16-be" if content[:1] == b"\0" else "utf-16-le"
        return content[: len(content) // 2 * 2].decode(encoding, "replace").encode("utf-8", "replace")
    return content.removeprefix(b"\xef\xbb\xbf")
