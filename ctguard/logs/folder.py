"""A local copy of a log bucket as a store.

The folder holds objects under their keys. S3 keeps the signature of a digest in
the object's metadata, which a copy loses: it is read from `NAME.metadata.json`
beside the file, either the answer of `aws s3api head-object` (or get-object) or
the metadata alone. Nothing outside the folder is ever read.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ctguard.logs.store import MISSING, NO_METADATA, Body, Entry, ReadError

SIDECAR = ".metadata.json"
_CHUNK = 256 * 1024
_LARGEST_SIDECAR = 1 << 20


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder in which every bucket has a root: the folder itself, or a folder in it with the bucket's name."""

    path: Path

    def entries(self, bucket: str, prefix: str, *, after: str = "", before: str | None = None) -> Iterator[Entry]:
        """Yield the files below `prefix`; symbolic links are not followed, sidecars are left out."""
        root = self.root(bucket)
        yield from self._walk(root, prefix, after, before)

    def folders(self, bucket: str, prefix: str) -> list[str]:
        """Return the names of the folders right below `prefix`."""
        return sorted(entry.name for entry in self._scan(self.root(bucket), prefix) if _is_folder(entry))

    @contextmanager
    def read(self, bucket: str, key: str, *, metadata: bool = False) -> Iterator[Body]:
        """Open the file of an object, with its sidecar where `metadata` is asked for."""
        path = self._inside(self.root(bucket), key)
        found = self._metadata(path) if metadata else {}
        with _opened(path) as descriptor:
            yield Body(found, _chunks(descriptor))

    def root(self, bucket: str) -> Path:
        """Return the folder that stands for a bucket."""
        named = self.path / bucket
        return named if bucket and named.is_dir() and not (self.path / "AWSLogs").is_dir() else self.path

    def _walk(self, root: Path, prefix: str, after: str, before: str | None) -> Iterator[Entry]:
        # Keys sort by their whole text, so a folder sorts as if its name ended in a slash.
        found = [(f"{prefix}{e.name}/" if _is_folder(e) else f"{prefix}{e.name}", e) for e in self._scan(root, prefix)]
        for key, entry in sorted(found, key=lambda pair: pair[0]):
            if before is not None and key >= before:
                return
            if key.endswith("/"):
                if key > after or after.startswith(key):
                    yield from self._walk(root, key, after, before)
            elif key > after and entry.is_file(follow_symlinks=False) and not key.endswith(SIDECAR):
                yield Entry(key, _stamp(entry.stat(follow_symlinks=False)))

    def _scan(self, root: Path, prefix: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(self._inside(root, prefix)) as entries:
                return list(entries)
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise _unreadable(error) from None
        except ReadError as error:
            if error.kind == MISSING:
                return []
            raise

    def _inside(self, root: Path, key: str) -> Path:
        """Return the path of `key`, sure that it lies in the folder and is spelled as the key is."""
        outside = ReadError("access_denied", "its path leads through a link or out of the folder")
        if key and not set(key.rstrip("/").split("/")).isdisjoint(("", ".", "..")):
            raise outside
        try:
            real = (root / key).resolve(strict=True)
        except (FileNotFoundError, NotADirectoryError):
            raise ReadError(MISSING, "the folder does not hold it") from None
        except (OSError, RuntimeError, ValueError) as error:
            raise ReadError("access_denied", f"cannot be opened: {error}") from None
        if real != root.resolve() / key.rstrip("/"):
            raise outside
        return real

    def _metadata(self, path: Path) -> dict[str, str]:
        try:
            with _opened(path.with_name(path.name + SIDECAR)) as descriptor:
                content = os.read(descriptor, _LARGEST_SIDECAR)
        except ReadError as error:
            if error.kind != MISSING:
                raise
            raise ReadError(NO_METADATA, f"the copy holds no metadata of it ({path.name}{SIDECAR})") from None
        try:
            document = json.loads(content)
            table = document.get("Metadata", document)
            return {name.lower(): value for name, value in table.items() if isinstance(value, str)}
        except (ValueError, AttributeError, RecursionError):
            raise ReadError(NO_METADATA, f"{path.name}{SIDECAR} does not hold an object's metadata") from None


def _is_folder(entry: os.DirEntry[str]) -> bool:
    return entry.is_dir(follow_symlinks=False)


def _stamp(status: os.stat_result) -> str:
    return f"{status.st_size}:{status.st_mtime_ns}:{status.st_ctime_ns}:{status.st_ino}"


def _unreadable(error: OSError) -> ReadError:
    return ReadError("access_denied", f"cannot be read: {error.strerror}")


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    """Open a regular file and nothing else: a FIFO would block, a device would not end."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    except FileNotFoundError:
        raise ReadError(MISSING, "the folder does not hold it") from None
    except OSError as error:
        raise _unreadable(error) from None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ReadError("access_denied", "is not a regular file")
        yield descriptor
    finally:
        os.close(descriptor)


def _chunks(descriptor: int) -> Iterator[bytes]:
    while True:
        try:
            chunk = os.read(descriptor, _CHUNK)
        except OSError as error:
            raise _unreadable(error) from None
        if not chunk:
            return
        yield chunk
