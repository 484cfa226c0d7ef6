"""A file that could not be read, and the limits that keep a hostile one from costing more than it may."""

from __future__ import annotations

from ctguard.model.errors import Fault

MAX_TEMPLATE_BYTES = 5_000_000
"""CloudFormation itself takes a template of at most 1 MB (User Guide, "CloudFormation quotas")."""

MAX_DEPTH = 100
MAX_NODES = 150_000


class ReadFailure(Exception):  # noqa: N818 (it is told, not raised, to the user)
    """Ends the reading of one file; `line` is 0 where the fault has none."""

    def __init__(self, kind: str, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.line = line

    def fault(self, display: str) -> Fault:
        """Return what a run reports of it."""
        return Fault(f"{display}:{self.line}" if self.line else display, self.kind, self.message)


def duplicate_key(key: str, first: int, second: int) -> ReadFailure:
    """Return the failure of a map that has `key` twice: which one counts would be a guess."""
    return ReadFailure("duplicate-key", f"key {key!r} stands on line {first} and again on line {second}", second)


def too_deep(line: int = 0) -> ReadFailure:
    return ReadFailure("limit", f"is nested deeper than {MAX_DEPTH} levels", line)


def too_many_nodes(line: int = 0) -> ReadFailure:
    return ReadFailure("limit", f"has more than {MAX_NODES:,} values, aliases written out", line)
