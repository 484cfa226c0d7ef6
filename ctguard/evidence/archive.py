"""The archive of a bundle: a ZIP that has exactly one form, written and read.

ZIP, since an auditor opens it with a double click on any machine. Nothing in it is compressed, so that it
unpacks to what it weighs, and its bytes hang on no version of a compressor. Every byte that is not a file's
content follows from the names, sizes and checksums of the files: sorted by name, mode 0644, dated 1980-01-01,
without extra fields or comments. A reader can thus tell every changed byte of the archive itself.
(PKWARE APPNOTE 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16.)
"""

from __future__ import annotations

import hashlib
import io
import os
import struct
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Final
from urllib.parse import quote_from_bytes, unquote_to_bytes

from msgspec import Struct

from ctguard.model.errors import CtguardError
from ctguard.model.visible import visible

LARGEST: Final = 2 * 2**30
MOST_FILES: Final = 20_000
LONGEST_NAME: Final = 4_096
CHUNK: Final = 2**20

_LOCAL: Final = struct.Struct("<4s5H3L2H")
_CENTRAL: Final = struct.Struct("<4s6H3L5H2L")
_END: Final = struct.Struct("<4s4H2LH")
_LOCAL_SIGN: Final = b"PK\x03\x04"
_VERSION_NEEDED: Final = 10
_MADE_ON_UNIX: Final = 3 << 8 | 20
_FIRST_DAY: Final = 0x0021
_REGULAR_0644: Final = 0o100644 << 16
_SAFE: Final = " +,-.=@_~()[]"
_OFF_LIMITS: Final = frozenset({"/", "\0", os.sep, os.altsep or "/"})


class BrokenArchiveError(Exception):
    """An archive that cannot be followed any further: where, and why."""


class Member(Struct, frozen=True):
    """One file in an archive: where its content begins, how long it is, its CRC-32 and its SHA-256 in hex."""

    name: str
    offset: int
    size: int
    checksum: int
    sha256: str


class Archive(Struct, frozen=True):
    """The files of an archive, and every place where it is not in its one form."""

    members: tuple[Member, ...]
    faults: tuple[str, ...]


def member_name(*segments: str) -> str:
    """Return the name in an archive for a path on disk; all but plain letters, digits and signs is percent-encoded."""
    return "/".join(quote_from_bytes(os.fsencode(segment), safe=_SAFE) for segment in segments)


def path_of(name: str) -> str:
    """Return the path on disk that `member_name` was given."""
    return "/".join(os.fsdecode(unquote_to_bytes(segment)) for segment in name.split("/"))


def _is_name(name: str) -> bool:
    """Say whether `member_name` gives this name, for a path that stays below its folder."""
    segments = [os.fsdecode(unquote_to_bytes(segment)) for segment in name.split("/")]
    leads_out = any(one in ("", ".", "..") or not _OFF_LIMITS.isdisjoint(one) for one in segments)
    return not leads_out and member_name(*segments) == name


def measure(name: str, content: bytes | Path) -> Member:
    """Return what the archive will say of a file with this content; its offset is left open (0)."""
    with _opened(content) as stream:
        size, checksum, digest = _consumed(stream, LARGEST)
    return Member(name, 0, size, checksum, digest)


def pack(contents: Sequence[tuple[Member, bytes | Path]], file: IO[bytes]) -> None:
    """Write the archive; CtguardError for more than it can hold."""
    ordered = sorted(contents, key=lambda one: one[0].name)
    if sum(member.size for member, _ in ordered) > LARGEST - 2 * MOST_FILES * LONGEST_NAME or len(ordered) > MOST_FILES:
        raise CtguardError(
            f"a bundle holds at most {MOST_FILES} files and {LARGEST >> 30} GiB", hint="bundle fewer inputs"
        )
    placed: list[Member] = []
    for member, content in ordered:
        start = file.tell()
        file.write(_local_header(member))
        placed.append(Member(member.name, start, member.size, member.checksum, member.sha256))
        with _opened(content) as stream:
            while chunk := stream.read(CHUNK):
                file.write(chunk)
    begin = file.tell()
    for member in placed:
        file.write(_directory_entry(member, member.offset))
    file.write(_end(len(placed), file.tell() - begin, begin))


def read_archive(file: IO[bytes]) -> Archive:
    """Read an archive from its beginning, in bounded memory; BrokenArchiveError where it cannot be followed."""
    faults: list[str] = []
    members = list(_members(file, faults))
    if not members:
        raise BrokenArchiveError("byte 0: is no archive of files")
    names = [member.name for member in members]
    faults += [f"{name}: stands in the archive twice" for name, times in sorted(Counter(names).items()) if times > 1]
    if names != sorted(names):
        faults.append("the files are not in the order of their names")
    faults += _faults_of_directory(file, members)
    return Archive(tuple(members), tuple(faults))


def content_of(file: IO[bytes], member: Member) -> Iterator[bytes]:
    """Yield the content of a file in an archive; BrokenArchiveError when it is not what it was a moment ago."""
    file.seek(member.offset)
    digest, left = hashlib.sha256(), member.size
    while left and (chunk := file.read(min(CHUNK, left))):
        left -= len(chunk)
        digest.update(chunk)
        yield chunk
    if digest.hexdigest() != member.sha256:
        raise BrokenArchiveError(f"{member.name}: changed while it was read")


def _members(file: IO[bytes], faults: list[str]) -> Iterator[Member]:
    for _ in range(MOST_FILES + 1):
        start = file.tell()
        head = file.read(_LOCAL.size)
        if head[:4] != _LOCAL_SIGN or len(head) < _LOCAL.size:
            file.seek(start)
            return
        yield _member(file, start, head, faults)
    raise BrokenArchiveError(f"more than {MOST_FILES} files")


def _member(file: IO[bytes], start: int, head: bytes, faults: list[str]) -> Member:
    _, _, flags, method, _, _, checksum, packed, size, name_length, extra_length = _LOCAL.unpack(head)
    if name_length > LONGEST_NAME:
        raise BrokenArchiveError(f"byte {start}: the header of a file whose name is too long")
    raw = file.read(name_length)
    name = raw.decode("ascii", "backslashreplace")
    if not _is_name(name):
        raise BrokenArchiveError(f"byte {start}: the header of a file whose name is refused: {visible(name)[:100]}")
    if method or flags & 0b1001 or packed != size:
        raise BrokenArchiveError(f"byte {start}: {name}: its header says that it is compressed or encrypted")
    extra = file.read(extra_length)
    offset = file.tell()
    found, found_checksum, digest = _consumed(file, size)
    if found < size:
        raise BrokenArchiveError(f"byte {start}: {name}: the archive ends before the file does")
    member = Member(name, offset, size, checksum, digest)
    if head + raw + extra != _local_header(member):
        faults.append(f"{name}: its header in the archive is not in the one form")
    if checksum != found_checksum:
        faults.append(f"{name}: content and checksum do not fit together")
    return member


def _faults_of_directory(file: IO[bytes], members: Sequence[Member]) -> Iterator[str]:
    """Yield the first difference between the rest of the archive and what must stand there."""
    begin = file.tell()
    for member in members:
        header = member.offset - _LOCAL.size - len(member.name)
        expected = _directory_entry(member, header)
        place = file.tell()
        if file.read(len(expected)) != expected:
            yield f"{member.name}: byte {place}: its entry in the archive's directory is not in the one form"
            return
    place = file.tell()
    if file.read(_END.size) != _end(len(members), place - begin, begin):
        yield f"byte {place}: the end of the archive is not in the one form"
    elif file.read(1):
        yield f"byte {place + _END.size}: something stands behind the end of the archive"


def _local_header(member: Member) -> bytes:
    fixed = (_VERSION_NEEDED, 0, 0, 0, _FIRST_DAY, member.checksum, member.size, member.size)
    return _LOCAL.pack(_LOCAL_SIGN, *fixed, len(member.name), 0) + member.name.encode()


def _directory_entry(member: Member, header: int) -> bytes:
    fixed = (_MADE_ON_UNIX, _VERSION_NEEDED, 0, 0, 0, _FIRST_DAY, member.checksum, member.size, member.size)
    rest = (len(member.name), 0, 0, 0, 0, _REGULAR_0644, header)
    return _CENTRAL.pack(b"PK\x01\x02", *fixed, *rest) + member.name.encode()


def _end(count: int, size: int, begin: int) -> bytes:
    return _END.pack(b"PK\x05\x06", 0, 0, count, count, size, begin, 0)


def _consumed(stream: IO[bytes], at_most: int) -> tuple[int, int, str]:
    """Read up to `at_most` bytes; return how many there were, their CRC-32 and their SHA-256."""
    size, checksum, digest = 0, 0, hashlib.sha256()
    while size < at_most and (chunk := stream.read(min(CHUNK, at_most - size))):
        size += len(chunk)
        checksum = zlib.crc32(chunk, checksum)
        digest.update(chunk)
    return size, checksum, digest.hexdigest()


def _opened(content: bytes | Path) -> IO[bytes]:
    return io.BytesIO(content) if isinstance(content, bytes) else content.open("rb")
