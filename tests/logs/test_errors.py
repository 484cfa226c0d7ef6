"""What cannot be read is an error, named by object; the rest is decided all the same."""

from __future__ import annotations

import pytest

from ctguard.logs.keys import KeyRing
from ctguard.logs.store import ReadError
from ctguard.logs.times import HOUR, Stretch
from ctguard.logs.verdict import Verdict
from tests.logs.forge import HOME, START, chain
from tests.logs.verifying import check, kinds, only

KINDS = ["access_denied", "kms_denied", "archived", "server_error", "network"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("sort", ["digest", "log"])
def test_an_object_that_cannot_be_read_is_an_error_and_nothing_else(kind, sort):
    forged = chain()
    forged.deliver(6)
    key = forged.digests[2].key if sort == "digest" else forged.digests[2].logs[0]
    forged.archive.errors[key] = ReadError(kind, "refused", transient=kind in ("server_error", "network"))

    report = check(forged)

    assert (only(report).kind, only(report).object) == (kind, key)
    assert only(report).period == Stretch(START + 2 * HOUR, START + 3 * HOUR)
    assert (report.verdict, report.exit_status) == (Verdict.ERROR, 2)
    assert report.totals()[f"{sort}s"]["error"] == 1
    assert report.totals()["digests"]["valid"] == (5 if sort == "digest" else 6)


def test_tampering_outranks_an_error_but_the_exit_status_still_says_error():
    forged = chain()
    forged.deliver(6)
    forged.archive.errors[forged.digests[1].key] = ReadError("access_denied", "refused")
    forged.archive.delete(forged.digests[4].logs[0])

    report = check(forged)

    assert sorted(kinds(report)) == ["access_denied", "log_missing"]
    assert (report.verdict, report.exit_status) == (Verdict.INVALID, 2)


def test_a_listing_of_digests_that_is_denied_is_one_finding():
    forged = chain()
    forged.deliver(6)
    forged.archive.errors[forged.place.digest_folder] = ReadError("access_denied", "refused")

    report = check(forged)

    assert (only(report).kind, only(report).period) == ("access_denied", forged.window)
    assert report.chains[0].proven == []


def test_a_listing_of_log_files_that_is_denied_leaves_the_hashes_checked():
    forged = chain()
    forged.deliver(6)
    forged.archive.errors[forged.place.log_day(START)] = ReadError("access_denied", "refused")

    report = check(forged)

    assert (only(report).kind, report.verdict) == ("access_denied", Verdict.ERROR)
    assert report.totals()["logs"]["valid"] == 12


def test_keys_that_could_not_be_asked_for_are_one_finding():
    forged = chain()
    forged.deliver(6)

    report = check(forged, ring=KeyRing.of([], {HOME: ("access_denied", "cloudtrail:ListPublicKeys is denied")}))

    assert (only(report).kind, only(report).period) == ("access_denied", forged.window)
    assert report.totals()["digests"]["error"] == 6
    assert report.exit_status == 2


def test_a_run_against_a_dead_store_ends_in_bounded_time():
    forged = chain()
    forged.deliver(200, logs=1)
    dead = ReadError("network", "no route to host", transient=True)
    for key in forged.archive.names(".json.gz"):
        forged.archive.errors[key] = dead

    report = check(forged)

    assert set(kinds(report)) == {"network"}
    assert report.totals()["digests"]["error"] == 200
    assert len(forged.archive.reads) < 800
