"""Time without digests: what explains it, and what nothing explains."""

from __future__ import annotations

import pytest

from ctguard.logs.holes import Pause, TrailState
from ctguard.logs.keys import KeyRing
from ctguard.logs.times import HOUR, Stretch, iso, without
from ctguard.logs.verdict import Verdict
from tests.logs.forge import HOME, LATER, START, chain, public_key
from tests.logs.verifying import check, kinds, only


def paused(hours_before: int = 3, hours: int = 4, hours_after: int = 3):
    forged = chain()
    forged.deliver(hours_before)
    pause = forged.pause(hours)
    forged.deliver(hours_after)
    return forged, pause


def test_a_new_start_that_nothing_explains_is_named_with_the_time_before_it():
    forged, pause = paused()

    report = check(forged)

    assert (only(report).kind, only(report).period) == ("chain_restarted", pause)
    assert only(report).object == forged.digests[3].key
    assert (report.verdict, report.exit_status) == (Verdict.GAP, 1)
    assert report.chains[0].proven == without(forged.window, [pause])


def test_log_files_of_time_without_digests_are_not_called_unlisted():
    forged, pause = paused()
    forged.put_log(pause.start + HOUR, [])

    assert kinds(check(forged)) == ["chain_restarted"]


def test_a_new_start_without_a_hole_is_named_all_the_same():
    forged, moment = paused(hours=0)

    report = check(forged)

    assert (only(report).kind, only(report).period) == ("chain_restarted", moment)
    assert report.chains[0].proven == [forged.window]


def test_the_status_of_the_trail_explains_a_pause():
    forged, pause = paused()

    report = check(forged, pauses=(Pause(pause.start + 60, pause.end - 60, "status"),))

    assert (only(report).kind, only(report).period) == ("logging_stopped", pause)
    assert report.verdict is Verdict.GAP


def test_a_pause_explains_no_more_than_its_own_time():
    forged, pause = paused(hours=9)

    report = check(forged, pauses=(Pause(pause.start + 5 * HOUR, pause.end, "status"),))

    assert [(found.kind, found.period) for found in report.all_findings()] == [
        ("digest_missing", Stretch(pause.start, pause.start + 5 * HOUR)),
        ("logging_stopped", Stretch(pause.start + 5 * HOUR, pause.end)),
    ]


def test_a_trail_that_is_still_stopped_explains_an_open_end():
    forged = chain()
    forged.deliver(3)
    window = Stretch(START, START + 10 * HOUR)

    report = check(forged, window=window, pauses=(Pause(forged.clock, None, "status"),))

    assert (only(report).kind, only(report).period) == ("logging_stopped", Stretch(forged.clock, window.end))


def test_validation_that_is_off_explains_an_open_end():
    forged = chain()
    forged.deliver(3)
    forged.put_log(forged.clock + HOUR, [])
    window = Stretch(START, START + 10 * HOUR)

    report = check(forged, window=window, states={HOME: TrailState(digests_due=False)})

    assert (only(report).kind, only(report).period) == ("coverage_gap", Stretch(forged.clock, window.end))
    assert report.verdict is Verdict.GAP


def test_the_status_convicts_who_removed_the_newest_digests():
    forged = chain()
    forged.deliver(6)
    for digest in forged.digests[3:]:
        forged.archive.delete(digest.key, *digest.logs)
    state = TrailState(digests_due=True, latest_digest=forged.clock + 600)

    report = check(forged, states={HOME: state})

    assert (only(report).kind, only(report).period) == ("digest_missing", Stretch(START + 3 * HOUR, forged.clock))
    assert report.verdict is Verdict.INVALID
    assert report.totals()["digests"]["missing"] == 3


def test_a_trail_that_began_in_the_window_is_too_young():
    forged = chain()
    forged.deliver(3)
    window = Stretch(START - 5 * HOUR, forged.clock)

    report = check(forged, window=window)

    assert (only(report).kind, only(report).period) == ("trail_too_young", Stretch(window.start, START))
    assert report.verdict is Verdict.GAP


@pytest.mark.parametrize("days", [0, 40])
def test_a_trail_with_older_digests_is_not_too_young_but_started_anew(days):
    forged = chain()
    forged.deliver(2)
    pause = forged.pause(8 + 24 * days)
    forged.deliver(2)
    window = Stretch(pause.end - 5 * HOUR, forged.clock)

    report = check(forged, window=window, ring=KeyRing.of([public_key(end=LATER)]))

    assert (only(report).kind, only(report).period) == ("chain_restarted", Stretch(window.start, pause.end))


def test_a_window_that_ends_in_a_long_pause_is_explained_by_the_start_after_it():
    forged = chain()
    forged.deliver(3)
    pause = forged.pause(24 * 10)
    forged.deliver(1)
    window = Stretch(START, START + 8 * HOUR)

    report = check(forged, window=window)

    assert (only(report).kind, only(report).period) == ("chain_restarted", Stretch(pause.start, window.end))


def test_digests_whose_times_do_not_touch_leave_a_hole():
    forged = chain()
    forged.deliver(3)
    forged.clock += 2 * HOUR
    forged.deliver(3)

    report = check(forged)

    assert (only(report).kind, only(report).period) == ("time_hole", Stretch(START + 3 * HOUR, START + 5 * HOUR))
    assert report.verdict is Verdict.GAP


def test_an_expected_chain_that_is_not_there_is_no_success():
    present, absent = chain(), chain(region="eu-west-1")
    present.deliver(3)

    report = check(present, places=[present.place, absent.place])

    assert (only(report).kind, only(report).region, only(report).period) == ("no_digests", "eu-west-1", present.window)
    assert [(found.region, found.verdict) for found in report.chains] == [
        ("eu-west-1", Verdict.GAP),
        ("us-east-1", Verdict.VALID),
    ]
    assert (report.verdict, report.exit_status) == (Verdict.GAP, 1)


def test_log_files_without_any_digest_are_not_called_tampering():
    forged = chain()
    forged.put_log(START + 600, [])

    report = check(forged, window=Stretch(START, START + 3 * HOUR))

    assert kinds(report) == ["no_digests"]


def test_nothing_verified_is_never_valid():
    forged = chain()

    report = check(forged, window=Stretch(START, START + HOUR), places=[])

    assert (report.verdict, report.exit_status) == (Verdict.GAP, 1)


def test_findings_say_their_times_as_the_contract_writes_them():
    forged, pause = paused()

    found = check(forged).as_json()["findings"][0]

    assert (found["start"], found["end"]) == (iso(pause.start), iso(pause.end))
