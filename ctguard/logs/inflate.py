"""Inflate a gzip body in a stream, within bounds, and say how it departs from what CloudTrail writes.

CloudTrail's objects are one gzip member and nothing after it. Hashes are over the
inflated bytes: compressed anew they are the same log. What a departure means for
a digest or a log file is for the caller to say.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from importlib.util import find_spec
from typing import Any

# isal has the interface of zlib, and is nearly twice as fast on large log files; it comes with the extra `fast`.
_ZLIB: Any = import_module("isal.isal_zlib" if find_spec("isal") else "zlib")

MIB = 1 << 20
_STEP = 128 * 1024
_GZIP = 31
"""As zlib's `wbits`: a gzip header and the largest window."""
_MAGIC = b"\x1f\x8b"


class Flaw(StrEnum):
    """How a body departs from one whole gzip member."""

    NOT_GZIP = "is not gzip"
    DAMAGED = "is gzip whose data or checksum is wrong"
    BREAKS_OFF = "is gzip that breaks off"
    TRAILING = "goes on after the end of its gzip stream"
    TOO_LARGE = "inflates beyond the bound"


@dataclass(frozen=True, slots=True)
class Bound:
    """How much a body may inflate to: `free` always, then `ratio` times what came, never more than `most`."""

    free: int
    ratio: int
    most: int

    def allows(self, inflated: int, received: int) -> bool:
        return inflated <= min(max(self.free, self.ratio * received), self.most)

    def __str__(self) -> str:
        return f"{self.free // MIB} MiB or {self.ratio} times its size, at most {self.most // MIB} MiB"


LOG_BOUND = Bound(free=32 * MIB, ratio=100, most=4096 * MIB)
"""CloudTrail's log files have at most 50 MB compressed; events compress 10 to 50 times, a bomb 200 times or more."""

DIGEST_BOUND = Bound(free=16 * MIB, ratio=1, most=16 * MIB)
"""Room for the entries of 45,000 log files in one hour."""


class Inflater:
    """Inflates one body that arrives in chunks of any size; never holds more than one step of it.

    `flaw` stays None as long as nothing is wrong; afterwards nothing more is inflated.
    """

    __slots__ = ("_bound", "_head", "_zlib", "flaw", "received", "size")

    def __init__(self, bound: Bound) -> None:
        self._bound = bound
        self._zlib = _ZLIB.decompressobj(_GZIP)
        self._head = b""
        self.received = 0
        self.size = 0
        self.flaw: Flaw | None = None

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Yield what `chunk` inflates to, in steps of bounded size."""
        if not chunk:
            return
        self.received += len(chunk)
        if len(self._head) < len(_MAGIC):
            self._head += chunk[: len(_MAGIC) - len(self._head)]
            if not _MAGIC.startswith(self._head):
                self.flaw = Flaw.NOT_GZIP
        if self._zlib.eof and self.flaw is None:
            self.flaw = Flaw.TRAILING
        while self.flaw is None:
            try:
                inflated = self._zlib.decompress(chunk, _STEP)
            except _ZLIB.error:
                self.flaw = Flaw.DAMAGED
                return
            self.size += len(inflated)
            if not self._bound.allows(self.size, self.received):
                self.flaw = Flaw.TOO_LARGE
                return
            if inflated:
                yield inflated
            if self._zlib.unused_data:
                self.flaw = Flaw.TRAILING
            chunk = self._zlib.unconsumed_tail
            if not chunk and len(inflated) < _STEP:
                return

    def close(self) -> Flaw | None:
        """Return what is wrong with the whole body, None when it is one whole gzip member."""
        if self.flaw is None and not self._head:
            self.flaw = Flaw.NOT_GZIP
        if self.flaw is None and not self._zlib.eof:
            self.flaw = Flaw.BREAKS_OFF
        return self.flaw
