"""A body is one gzip member, whole and within bounds, or it is told how it departs from that."""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctguard.logs import inflate
from ctguard.logs.inflate import LOG_BOUND, Bound, Flaw, Inflater
from ctguard.logs.logfile import LogCheck
from tests.logs.forge import record

SMALL = gzip.compress(json.dumps({"Records": [record("RunInstances", 0), record("CreateUser", 1)]}).encode(), mtime=0)


@pytest.fixture(params=["zlib", "isal.isal_zlib"])
def library(request, monkeypatch):
    """Run a test with each of the libraries that can inflate."""
    module = pytest.importorskip(request.param)
    monkeypatch.setattr(inflate, "_ZLIB", module)
    return module


def inflated(body: bytes, size: int = 1 << 30, bound: Bound = LOG_BOUND) -> tuple[bytes, Flaw | None]:
    inflater = Inflater(bound)
    parts = [part for at in range(0, len(body), size) for part in inflater.feed(body[at : at + size])]
    return b"".join(parts), inflater.close()


@pytest.mark.parametrize("size", [1, 2, 3, 100, 1 << 20])
@pytest.mark.parametrize("length", [0, 1, 1000, 131_072, 131_073, 1_000_000])
def test_a_whole_body_comes_out_as_it_went_in_however_it_is_cut(library, size, length):
    if size < 100 and length > 1000:
        length = 1000
    text = bytes(range(256)) * (length // 256 + 1)

    assert inflated(gzip.compress(text[:length]), size) == (text[:length], None)


@pytest.mark.parametrize("size", [1, 1 << 20])
@pytest.mark.parametrize(
    ("body", "flaw"),
    [
        (b"", Flaw.NOT_GZIP),
        (b"{}", Flaw.NOT_GZIP),
        (b"\x1f", Flaw.BREAKS_OFF),
        (b"\x1f\x8b", Flaw.BREAKS_OFF),
        (SMALL[:-1], Flaw.BREAKS_OFF),
        (SMALL[: len(SMALL) // 2], Flaw.BREAKS_OFF),
        (SMALL + b"\0", Flaw.TRAILING),
        (SMALL + SMALL, Flaw.TRAILING),
        (SMALL[:-8] + bytes(4) + SMALL[-4:], Flaw.DAMAGED),
        (SMALL[:-4] + bytes(4), Flaw.DAMAGED),
    ],
)
def test_a_body_that_is_not_one_whole_member_is_told_how(library, body, flaw, size):
    assert inflated(body, size)[1] is flaw


def test_a_bomb_is_stopped_early(library):
    bomb = gzip.compress(bytes(50 << 20), 1)
    inflater = Inflater(LOG_BOUND)

    size = sum(len(part) for at in range(0, len(bomb), 65536) for part in inflater.feed(bomb[at : at + 65536]))

    assert inflater.close() is Flaw.TOO_LARGE
    assert size <= LOG_BOUND.free + (1 << 20)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(SMALL) - 1), st.integers(1, 255))
def test_no_changed_byte_goes_unseen(at, mask):
    changed = SMALL[:at] + bytes([SMALL[at] ^ mask]) + SMALL[at + 1 :]
    check = LogCheck(hashlib.sha256(gzip.decompress(SMALL)).hexdigest(), frozenset())

    check.feed(changed)

    same = zlib.decompressobj(31)
    try:
        unchanged = same.decompress(changed) == gzip.decompress(SMALL) and same.eof
    except zlib.error:
        unchanged = False
    assert (check.judge().kind is None) == unchanged
