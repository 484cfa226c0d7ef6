"""The one interface of all stores, and how a URL names one.

A store keeps runs and never changes one. Adding a kind of store is one row in `KINDS`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from importlib import import_module
from types import TracebackType
from typing import Final, Protocol, Self

from ctguard.history.record import Record
from ctguard.model.errors import CtguardError, Fault, UsageError

DEFAULT: Final = "ctguard-history.db"

KINDS: Final[dict[str, tuple[str, str]]] = {
    # scheme of the URL: module and class here
    "sqlite": ("sql", "SqlStore"),
    "postgresql": ("sql", "SqlStore"),
    "s3": ("bucket", "BucketStore"),
}


class Store(Protocol):
    """Keeps runs. All methods raise CtguardError when the store cannot be reached, read or written."""

    def add(self, record: Record, document: bytes) -> None:
        """Keep a run, whole or not at all; one that is kept already stays as it is."""

    def records(
        self, faults: list[Fault], *, series: str | None = None, since: date | None = None, until: date | None = None
    ) -> Iterator[Record]:
        """Yield the records of the days asked for (both ends included, UTC), oldest first.

        What is damaged is passed over and added to `faults`.
        """

    def document(self, run_id: str) -> bytes:
        """Return the JSON of a kept run, unchanged."""

    def remove(self, records: Sequence[Record]) -> None:
        """Forget these runs for good."""

    def close(self) -> None:
        """Let go of the store."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_store(url: str, *, is_new: bool = False) -> Store:
    """Return the store that `url` names: a path or sqlite:/// for a file, postgresql://, or s3://bucket/prefix.

    A file that is not there is made only where `is_new` lets it: whoever reads must learn of a name misspelt.
    """
    scheme, sign, _ = url.partition("://")
    kind = scheme.partition("+")[0] if sign else "sqlite"
    if kind not in KINDS:
        raise UsageError(f"{scheme}://: is no store", hint=f"a store is a path, or {', '.join(KINDS)}")
    module, name = KINDS[kind]
    try:
        opener = getattr(import_module(f"ctguard.history.{module}"), name)
    except ImportError as error:
        raise CtguardError(f"{error.name} is not installed", hint="pip install 'ctguard[history]'") from error
    store: Store = opener(url, is_new)
    return store


def pick(records: Sequence[Record], word: str) -> Record:
    """Return the record that `word` names: an id or the beginning of one, `latest`, `latest~2` ...

    `records` are oldest first. Raise UsageError when none or several are meant.
    """
    if word == "latest" or word.startswith("latest~"):
        back = word.removeprefix("latest").removeprefix("~") or "0"
        if not back.isdigit() or int(back) >= len(records):
            raise UsageError(f"{word}: the store holds {len(records)} runs", hint="see ctguard history list")
        return records[-1 - int(back)]
    found = [record for record in records if record.id.startswith(word)]
    if len(found) != 1:
        several = "no run begins so" if not found else f"{len(found)} runs begin so"
        raise UsageError(f"{word}: {several}", hint="see ctguard history list")
    return found[0]
