"""Laws that hold whatever is done to an archive."""

from __future__ import annotations

import gzip
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from ctguard.logs.store import ReadError
from ctguard.logs.times import HOUR, Stretch
from ctguard.logs.verdict import Verdict
from tests.logs.forge import START, Archive, ForgedChain, chain
from tests.logs.verifying import check

HOURS = 8


@cache
def delivered() -> ForgedChain:
    forged = chain()
    forged.deliver(4)
    forged.deliver(4, logs=0)
    return forged


def fresh() -> ForgedChain:
    """Return the same chain in an archive that may be spoiled."""
    forged = delivered()
    return ForgedChain(Archive(dict(forged.archive.objects)), forged.place, forged.clock, digests=list(forged.digests))


def spoil(forged: ForgedChain, what: str, number: int) -> bool:
    """Do one thing to one object; return whether the archive is another one afterwards."""
    names = forged.archive.names()
    if not names:
        return False
    key = names[number % len(names)]
    stored = forged.archive.get(key)
    if what == "delete":
        forged.archive.delete(key)
    elif what == "refuse":
        forged.archive.errors[key] = ReadError("access_denied", "refused")
    elif what == "replace":
        forged.archive.change(key, body=gzip.compress(b'{"Records": []}'))
    elif what == "cut":
        forged.archive.change(key, body=stored.body[: number % max(1, len(stored.body))])
    elif what == "strip":
        forged.archive.change(key, metadata={})
        return bool(stored.metadata)
    elif what == "copy":
        forged.archive.objects[("audit-logs", names[(number * 7 + 1) % len(names)])] = stored
        return names[(number * 7 + 1) % len(names)] != key
    return True


deeds = st.lists(
    st.tuples(st.sampled_from(["delete", "refuse", "replace", "cut", "strip", "copy"]), st.integers(0, 999)), max_size=5
)
windows = st.builds(
    lambda start, length: Stretch(START + start, START + start + length),
    st.integers(-2 * HOUR, HOURS * HOUR),
    st.integers(1, 12 * HOUR),
)


@settings(max_examples=120, deadline=None)
@given(deeds)
def test_no_deed_goes_unseen_and_none_makes_an_archive_better(done):
    forged = fresh()
    touched = [spoil(forged, what, number) for what, number in done]

    report = check(forged)

    assert (report.verdict is Verdict.VALID) == (not any(touched))
    assert (report.exit_status == 0) == (report.verdict is Verdict.VALID)


@settings(max_examples=120, deadline=None)
@given(deeds, windows)
def test_every_moment_of_a_window_is_proven_or_stands_in_a_finding(done, window):
    forged = fresh()
    for what, number in done:
        spoil(forged, what, number)

    report = check(forged, window=window)

    (found,) = report.chains
    periods = [finding.period for finding in found.findings if finding.period]
    for moment in range(window.start, window.end, 900):
        assert any(stretch.holds(moment) for stretch in [*found.proven, *periods]), moment
    for stretch in [*found.proven, *periods]:
        assert window.start <= stretch.start <= stretch.end <= window.end


@settings(max_examples=40, deadline=None)
@given(deeds, windows, st.integers(1, 9))
def test_the_answer_does_not_depend_on_who_does_the_work(done, window, workers):
    forged = fresh()
    for what, number in done:
        spoil(forged, what, number)

    assert check(forged, window=window, workers=workers).as_json() == check(forged, window=window, workers=1).as_json()
