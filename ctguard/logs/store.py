"""What the verifier needs from a place that holds objects, and how it reads one object until it is sure.

A store is a bucket in S3 or a folder with a copy. It says what it met in words of
the contract (`access_denied`, `archived`, ...); whether that is a fault of the
archive is not its business.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, TypeVar

T = TypeVar("T")

MISSING = "missing"
NO_METADATA = "no_metadata"

_ATTEMPTS = 7
_AGREEING = 4
_LONGEST_WAIT = 5.0


class ReadError(Exception):
    """An object or a listing that could not be read.

    `kind` is a kind of the contract, `MISSING` when the store answers that there
    is no such object, or `NO_METADATA` when a copy has lost it. What is
    `transient` may go away when it is asked again.
    """

    def __init__(self, kind: str, detail: str, *, transient: bool = False) -> None:
        super().__init__(kind, detail)  # both, so that the error can be sent between processes
        self.kind = kind
        self.detail = detail
        self.transient = transient


@dataclass(frozen=True, slots=True)
class Entry:
    """One object in a listing; `stamp` is another one whenever the object has been written again."""

    key: str
    stamp: str


@dataclass(frozen=True, slots=True)
class Body:
    """An object being read. `chunks` raises ReadError when the body breaks off; `metadata` has lower-case names."""

    metadata: Mapping[str, str]
    chunks: Iterator[bytes]


class Store(Protocol):
    """A place that holds objects. All methods may be called from several threads, and raise ReadError."""

    def entries(self, bucket: str, prefix: str, *, after: str = "", before: str | None = None) -> Iterator[Entry]:
        """Yield the objects below `prefix` in the order of their keys: above `after`, below `before`."""
        ...

    def folders(self, bucket: str, prefix: str) -> list[str]:
        """Return the names right below `prefix` that have something below them."""
        ...

    def read(self, bucket: str, key: str, *, metadata: bool = False) -> AbstractContextManager[Body]:
        """Open an object; with `metadata` its absence is an error, too."""
        ...


class Patience:
    """How often an object is tried: less when nothing works any more, so that a run ends in bounded time.

    Shared by all threads of a run; a count that is off by one does no harm.
    """

    def __init__(self, *, pause: float = 0.05) -> None:
        self.pause = pause
        self._in_vain = 0

    @property
    def attempts(self) -> int:
        return _ATTEMPTS if self._in_vain < 50 else 1

    def note(self, *, worked: bool) -> None:
        self._in_vain = self._in_vain // 2 if worked else self._in_vain + 1

    def wait(self, attempt: int) -> None:
        """Sleep before another attempt, longer each time and never in step with others."""
        time.sleep(min(_LONGEST_WAIT, self.pause * 2**attempt) * (0.5 + random.random() / 2))  # noqa: S311


def persistently(read: Callable[[], T], patience: Patience) -> T:
    """Return what `read` returns, tried again while it fails for a reason that may go away."""
    for attempt in range(_ATTEMPTS):
        try:
            result = read()
        except ReadError as error:
            if not error.transient:
                patience.note(worked=True)
                raise
            patience.note(worked=False)
            if attempt + 1 >= patience.attempts:
                raise
            patience.wait(attempt)
        else:
            patience.note(worked=True)
            return result
    raise AssertionError("the last attempt returns or raises")


def settled(read: Callable[[], T], suspicion: Callable[[T], Hashable | None], patience: Patience) -> T:
    """Return what `read` says of an object, sure that it is the object and not the way here.

    `suspicion` is None for a good reading, else what is wrong with it. Nothing is
    called tampered before several readings agree; readings that never agree are
    a fault of the network.
    """
    previous: Hashable | None = None
    agreeing = 0
    for attempt in range(_ATTEMPTS + _AGREEING):
        result = persistently(read, patience)
        wrong = suspicion(result)
        if wrong is None:
            return result
        agreeing = agreeing + 1 if wrong == previous else 1
        previous = wrong
        if agreeing >= _AGREEING:
            return result
        if attempt:
            patience.wait(min(attempt, 2))
    raise ReadError("network", "arrives otherwise each time it is read", transient=True)
