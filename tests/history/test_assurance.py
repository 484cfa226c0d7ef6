"""What may be said of a period: a day that nobody looked at proves nothing."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctguard.history.assurance import assure
from ctguard.history.record import record_of
from ctguard.model.run_file import read_run
from tests.command import here
from tests.history.runs import CONTROL, run, written

FIRST = date(2026, 3, 1)
LEFT_OUT = [{"rule_id": "trail-exists", "controls": [dict(zip(("framework", "control"), CONTROL, strict=True))]}]


def stated(*documents, days=3):
    records = [record_of(read_run(json.dumps(one).encode()), "s")[0] for one in documents]
    statement = assure(records, FIRST, FIRST + timedelta(days=days - 1), ["cis-aws-5.0.0"])
    return next(one for one in statement.controls if (one.framework, one.control) == CONTROL)


def by_day(assurance):
    """Return the status of each day, spelled out."""
    days = {}
    for span in assurance.spans:
        day = date.fromisoformat(span.day)
        while day <= date.fromisoformat(span.until):
            days[day.isoformat()[-2:]] = span.status
            day += timedelta(days=1)
    return days


def test_held_on_every_day():
    one = stated(run("2026-03-01"), run("2026-03-02"), run("2026-03-03"))

    assert one.verdict == "held"
    assert [(span.day, span.until, span.status) for span in one.spans] == [("2026-03-01", "2026-03-03", "held")]


def test_a_night_without_a_run_is_never_held():
    one = stated(run("2026-03-01"), run("2026-03-03"))

    assert one.verdict == "not_proven"
    assert by_day(one) == {"01": "held", "02": "not_observed", "03": "held"}


@pytest.mark.parametrize(
    ("documents", "status"),
    [
        ([run("2026-03-01", "fail")], "failed"),
        ([run("2026-03-01", "waived")], "excepted"),
        ([run("2026-03-01", "unknown")], "unknown"),
        ([run("2026-03-01"), run("2026-03-01", "fail", at="02:00:00")], "failed"),
        ([run("2026-03-01", whole=False)], "unknown"),
        ([run("2026-03-01", left_out=LEFT_OUT)], "not_observed"),
        ([run("2026-03-01", "fail", left_out=LEFT_OUT)], "failed"),
        ([run("2026-03-01", left_out=LEFT_OUT), run("2026-03-01", at="02:00:00")], "held"),
        ([run("2026-03-01", whole=False), run("2026-03-01", at="02:00:00")], "held"),
        ([run("2026-03-01", "fail", whole=False), run("2026-03-01", at="02:00:00")], "failed"),
    ],
)
def test_what_one_day_says(documents, status):
    assert by_day(stated(*documents, days=1)) == {"01": status}


def test_an_account_that_was_left_out_was_not_observed():
    both = [run("2026-03-01", account="1" * 12), run("2026-03-01", account="2" * 12, at="02:00:00")]

    assert by_day(stated(*both, days=1)) == {"01": "held"}
    assert by_day(stated(*both, run("2026-03-02", account="1" * 12), days=2)) == {"01": "held", "02": "not_observed"}


def test_a_failure_is_told_with_its_run_and_resource():
    document = run("2026-03-02", "fail")
    (failure,) = stated(document).failures

    assert (failure.day, failure.rule_id) == ("2026-03-02", "trail-multi-region")
    assert failure.run == document["run"]["id"]


observed = st.lists(
    st.tuples(st.integers(0, 4), st.sampled_from(["pass", "fail", "unknown", "waived"]), st.booleans()), max_size=6
)


@settings(deadline=None)
@given(observed)
def test_held_means_that_every_day_was_looked_at_and_none_failed(nights):
    documents = [
        run((FIRST + timedelta(days=day)).isoformat(), status, at=f"0{index}:00:00", whole=whole)
        for index, (day, status, whole) in enumerate(nights)
    ]
    if not documents:
        return
    one = stated(*documents, days=5)

    whole_days = {day for day, _, whole in nights if whole}
    failed = any(status == "fail" for _, status, _ in nights)
    assert (one.verdict == "failed") == failed
    if one.verdict == "held":
        assert whole_days == set(range(5))
        assert not any(status == "unknown" for _, status, whole in nights if whole)
    for day, status in by_day(one).items():
        if status in ("held", "excepted"):
            assert int(day) - 1 in whole_days


def test_the_command_says_it_and_its_status(tmp_path):
    here(tmp_path, "history", "add", *written(tmp_path, run("2026-03-01"), run("2026-03-02")))
    words = ["history", "assure", "--framework", "cis-aws-5.0.0", "--from", "2026-03-01", "--to"]

    held = here(tmp_path, *words, "2026-03-02")
    assert (held.status, "1 controls held on every day" in held.out) == (0, True)
    open_day = here(tmp_path, *words, "2026-03-03", "-f", "json")
    assert open_day.status == 1
    assert json.loads(open_day.out)["controls"][0]["spans"][-1]["status"] == "not_observed"
    assert here(tmp_path, *words, "2026-02-28").status == 2
    assert here(tmp_path, *words, "2026-03-02", "--framework", "nope").status == 2
    nothing = here(tmp_path, "history", "assure", "--from", "2020-01-01", "--to", "2020-01-02")
    assert (nothing.status, "nothing is proven" in nothing.out) == (1, True)


def test_the_trend_is_a_picture_that_stands_alone(tmp_path):
    from xml.etree import ElementTree

    hostile = run("2026-03-01", "fail")
    hostile["run"]["inputs"] = ['"><script>alert(1)</script>\x1b[31m']
    here(tmp_path, "history", "add", *written(tmp_path, hostile, run("2026-03-02")), "--series", "<b>&\x1b[2J")

    assert here(tmp_path, "history", "trend", "-o", "trend.svg").status == 0

    drawn = (tmp_path / "trend.svg").read_text()
    root = ElementTree.fromstring(drawn)
    assert "\x1b" not in drawn
    names = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert names <= {"svg", "title", "desc", "style", "path", "text"}
    assert "failing 1 to 0" in drawn
    assert "\x1b" not in drawn
    assert "\x1b" not in here(tmp_path, "history", "trend").out


def test_a_kept_run_is_reported_with_the_way_to_it(tmp_path):
    here(
        tmp_path, "history", "add", *written(tmp_path, run("2026-03-01", "fail"), run("2026-03-02"), run("2026-03-03"))
    )

    here(tmp_path, "history", "show", "latest~1", "-q", "-o", "report.html")
    here(tmp_path, "history", "show", "latest~2", "-q", "-o", "first.html")

    assert "2 runs from 2026-03-01 to 2026-03-02: failing 1 to 0" in (tmp_path / "report.html").read_text()
    assert "How it went" not in (tmp_path / "first.html").read_text()
