"""Wanted records are found in a log file however it is written and cut."""

from __future__ import annotations

import gzip
import hashlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctguard.logs.logfile import LogCheck
from ctguard.logs.records import NameSearch, records_named
from tests.logs.forge import record

WANTED = frozenset({"StopLogging", "DeleteTrail"})
EVENTS = [record(name, number) for number, name in enumerate(["Get", "StopLogging", "Put", "DeleteTrail", "Get"])]


def found(text: str, size: int) -> list[int]:
    data = text.encode()
    steps = [data[at : at + size] for at in range(0, len(data), size)]
    return [entry["eventTime"] for entry in records_named(WANTED, steps)]


@pytest.mark.parametrize("size", [1, 7, 100, 1 << 20])
@pytest.mark.parametrize("indent", [None, 2])
def test_records_are_found_however_they_are_cut(size, indent):
    text = json.dumps({"Records": EVENTS}, indent=indent)

    assert found(text, size) == [EVENTS[1]["eventTime"], EVENTS[3]["eventTime"]]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"Records": ',
        '{"Records": [',
        '{"Records": [{"a": ',
        '{"Other": [{}]}',
        "x" * 100,
        '{"Records": [' + "[" * 100_000,
    ],
)
def test_what_is_no_log_file_has_no_records(text):
    assert found(text, 1000) == []


@settings(max_examples=50)
@given(st.integers(0, 300), st.sampled_from(sorted(WANTED)))
def test_a_name_is_found_across_the_border_of_two_steps(at, name):
    text = (" " * 100 + f'"eventName":"{name}"' + " " * 300).encode()
    search = NameSearch(WANTED)

    search.feed(text[:at])
    search.feed(text[at:])

    assert search.found


def test_other_names_are_passed_over():
    search = NameSearch(WANTED)

    search.feed(json.dumps({"Records": [record("StopLogging2", 0), record("Get", 1)]}).encode())

    assert not search.found


def test_a_large_log_file_with_wanted_records_is_to_be_read_once_more():
    noise = [record("Get", number, noise=hashlib.sha512(b"%d" % number).hexdigest() * 4) for number in range(2000)]
    raw = json.dumps({"Records": [*noise, EVENTS[1]]}).encode()
    body = gzip.compress(raw)
    check = LogCheck(hashlib.sha256(raw).hexdigest(), WANTED)

    for at in range(0, len(body), 65536):
        check.feed(body[at : at + 65536])

    assert len(body) > 200_000
    assert check.judge().records is None
