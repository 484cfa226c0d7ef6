"""The algebra of stretches of time, and the forms in which times are written."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctguard.logs.times import Stretch, compact, from_digest, from_key, from_user, iso, union, without

stretches = st.lists(st.builds(lambda a, b: Stretch(a, a + b), st.integers(0, 60), st.integers(0, 15)), max_size=8)
moments = st.integers(0, 4_000_000_000)


def covered(moment, parts):
    return any(part.holds(moment) for part in parts)


@given(stretches)
def test_a_union_covers_the_same_time_in_disjoint_stretches_in_order(parts):
    joined = union(parts)

    assert all(covered(moment, parts) == covered(moment, joined) for moment in range(80))
    assert all(before.end < after.start for before, after in itertools.pairwise(joined))


@given(stretches, st.integers(0, 60), st.integers(1, 30))
def test_what_is_left_and_what_is_taken_make_the_whole(parts, start, length):
    whole = Stretch(start, start + length)

    left = without(whole, parts)

    for moment in range(100):
        assert covered(moment, left) == (whole.holds(moment) and not covered(moment, parts))


@given(moments)
def test_times_are_read_as_they_are_written(moment):
    assert from_digest(iso(moment)) == from_user(iso(moment)) == from_key(compact(moment)) == moment


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-1",
        "2026-03-01",
        "2026-13-01T00:00:00Z",
        "2026-03-01T00:00:00",
        "2026-03-01T00:00:00+00:00",
        "٢026-03-01T00:00:00Z",
    ],
)
def test_other_forms_are_no_times_of_a_digest(text):
    with pytest.raises(ValueError):
        from_digest(text)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-01T00:00:00Z", "2026-03-01T00:00:00Z"),
        ("2026-03-01", "2026-03-01T00:00:00Z"),
        ("2026-03-01T02:00:00+02:00", "2026-03-01T00:00:00Z"),
        ("2026-03-01 00:00", "2026-03-01T00:00:00Z"),
    ],
)
def test_people_may_write_times_in_any_iso_form(text, moment):
    assert iso(from_user(text)) == moment
