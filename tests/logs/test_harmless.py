"""What happens in healthy archives, none of which may be called tampering."""

from __future__ import annotations

import gzip
from dataclasses import replace

import pytest

from ctguard.logs.holes import TrailState
from ctguard.logs.keys import KeyRing
from ctguard.logs.naming import Place
from ctguard.logs.store import ReadError
from ctguard.logs.times import DAY, HOUR, Stretch, from_user
from ctguard.logs.verdict import Verdict
from tests.logs.forge import BUCKET, HOME, LATER, START, Archive, ForgedChain, chain, place, public_key
from tests.logs.verifying import check, kinds, only


def healthy(report) -> bool:
    return (report.verdict, report.exit_status, report.all_findings()) == (Verdict.VALID, 0, [])


def test_a_whole_chain_is_valid_and_all_of_its_time_is_proven():
    forged = chain()
    forged.deliver(6, logs=3)

    report = check(forged)

    assert healthy(report)
    assert report.chains[0].proven == [forged.window]
    assert report.totals()["digests"] == {"valid": 6, "invalid": 0, "missing": 0, "error": 0}
    assert report.totals()["logs"] == {"valid": 18, "invalid": 0, "missing": 0, "unlisted": 0, "error": 0}


def test_hours_without_log_files_are_proven():
    forged = chain()
    forged.deliver(6, logs=0)

    assert healthy(check(forged))


def test_compressing_anew_changes_nothing():
    forged = chain()
    forged.deliver(3)
    for key in forged.archive.names():
        body = gzip.decompress(forged.archive.get(key).body)
        forged.archive.change(key, body=gzip.compress(body, compresslevel=1, mtime=7))

    assert healthy(check(forged))


@pytest.mark.parametrize(
    "key",
    [
        "README.md",
        "AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/01/notes.txt",
        "AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/01/",
        "AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/03/01/index.html",
        "AWSLogs/111122223333/CloudTrail-Insight/us-east-1/2026/03/01/"
        "111122223333_CloudTrail-Insight_us-east-1_20260301T1130Z_aaaaaaaaaaaaaaaa.json.gz",
        "AWSLogs/111122223333/CloudTrail-NetworkActivity/us-east-1/2026/03/01/"
        "111122223333_CloudTrail-NetworkActivity_us-east-1_20260301T1130Z_aaaaaaaaaaaaaaaa.json.gz",
        "AWSLogs/111122223333/CloudTrail-Aggregated/us-east-1/2026/03/01/"
        "111122223333_CloudTrail-Aggregated_us-east-1_20260301T1130Z_aaaaaaaaaaaaaaaa.json.gz",
        "AWSLogs/111122223333/Config/us-east-1/2026/3/1/x.json.gz",
    ],
)
def test_objects_that_are_no_log_files_of_the_chain_are_passed_over(key):
    forged = chain()
    forged.deliver(6)
    forged.archive.put(key, b"anything")

    assert healthy(check(forged))


def test_a_log_file_of_another_folder_that_a_digest_lists_is_checked_like_any_other():
    forged = chain()
    log = forged.put_log(START + 60, [])
    insight = log.replace("/CloudTrail/", "/CloudTrail-Insight/").replace("_CloudTrail_", "_CloudTrail-Insight_")
    forged.archive.put(insight, forged.archive.get(log).body)
    forged.put_digest(Stretch(START, START + HOUR), [log, insight])

    assert healthy(check(forged))

    forged.archive.change(insight, body=b"changed")
    assert (only(check(forged)).kind, only(check(forged)).object) == ("log_modified", insight)


def test_a_second_trail_in_the_folder_accounts_for_its_own_log_files():
    archive = Archive()
    forged = chain(archive)
    forged.deliver(6)
    second = chain(archive, trail="other-trail")
    for hour in range(6):
        log = second.put_log(START + hour * HOUR + 120, [], f"second{hour:010d}")
        second.put_digest(Stretch(START + hour * HOUR, START + (hour + 1) * HOUR), [log])

    assert healthy(check(forged))
    assert healthy(check(second))


def test_a_forged_digest_of_a_second_trail_does_not_excuse_a_planted_log_file():
    archive = Archive()
    forged = chain(archive)
    forged.deliver(6)
    second = chain(archive, trail="other-trail")
    second.signer = 1
    planted = second.put_log(START + 120, [])
    digest = second.put_digest(Stretch(START, START + HOUR), [planted])
    second.resign(digest, digestPublicKeyFingerprint=public_key(0).fingerprint)

    assert (only(check(forged)).kind, only(check(forged)).object) == ("log_unlisted", planted)


def test_an_hour_whose_digest_is_not_due_yet_is_pending():
    forged = chain()
    forged.deliver(6)
    forged.put_log(forged.clock + 60, [])
    until = Stretch(START, forged.clock + HOUR)

    report = check(forged, window=until, now=forged.clock + 110 * 60)

    assert (only(report).kind, only(report).period) == ("coverage_gap", Stretch(forged.clock, forged.clock + HOUR))
    assert (report.verdict, report.exit_status) == (Verdict.GAP, 1)


def test_a_late_digest_is_a_gap_where_the_trail_itself_has_delivered_none():
    forged = chain()
    forged.deliver(6)
    forged.put_log(forged.clock + 60, [])
    until = Stretch(START, forged.clock + 5 * HOUR)
    state = TrailState(digests_due=True, latest_digest=forged.clock + 300)

    report = check(forged, window=until, now=forged.clock + 5 * HOUR, states={HOME: state})

    assert (kinds(report), report.verdict) == (["digest_missing"], Verdict.GAP)


@pytest.mark.parametrize("workers", [1, 3, 32])
def test_slow_downs_and_broken_bodies_are_tried_again(workers):
    forged = chain()
    forged.deliver(6)
    seen: dict[str, int] = {}

    class Shaky(Archive):
        def _fail(self, key: str) -> None:
            seen[key] = seen.get(key, 0) + 1
            if seen[key] == 1:
                raise ReadError("server_error", "503 SlowDown", transient=True)
            if seen[key] == 2:
                raise ReadError("network", "connection reset", transient=True)

    assert healthy(check(forged, store=Shaky(forged.archive.objects), workers=workers))


def test_a_body_that_arrives_changed_once_is_read_again():
    forged = chain()
    forged.deliver(3)
    broken: set[str] = set()

    class Flipping(Archive):
        def read(self, bucket, key, *, metadata=False):
            if key not in broken:
                broken.add(key)
                stored = self.objects[(bucket, key)]
                return Archive({(bucket, key): replace(stored, body=stored.body[:-30])}).read(bucket, key)
            return super().read(bucket, key, metadata=metadata)

    assert healthy(check(forged, store=Flipping(forged.archive.objects)))
    assert len(broken) == 9


def test_keys_are_accepted_in_both_encodings_and_may_rotate():
    forged = chain()
    forged.deliver(3)
    forged.signer = 1
    forged.deliver(3)
    ring = KeyRing.of([public_key(0, end=START + 4 * HOUR, spki=False), public_key(1, start=START + 3 * HOUR)])

    assert healthy(check(forged, ring=ring))


def test_a_subject_public_key_info_key_is_as_good():
    forged = chain()
    key = public_key(spki=True)
    forged.deliver(1)
    forged.resign(forged.digests[0], digestPublicKeyFingerprint=key.fingerprint)

    assert healthy(check(forged, ring=KeyRing.of([key])))


@pytest.mark.parametrize(
    "where",
    [
        {"root": "audit/AWSLogs/"},
        {"root": "a/b c/AWSLogs/o-abc123def4/"},
        {"trail": "has_CloudTrail-Digest_us-east-1_20260301T110000Z"},
        {"trail": "a.b-c_backfill"},
        {"region": "ap-southeast-2"},
        {"account": "012345670123"},
    ],
)
def test_prefixes_organizations_and_odd_trail_names_are_understood(where):
    forged = chain(**where)
    forged.deliver(30)

    assert healthy(check(forged))


@pytest.mark.parametrize(
    "start", ["2026-02-28T22:10:31Z", "2024-02-28T20:00:00Z", "2025-12-31T18:59:59Z", "2026-03-29T00:30:00Z"]
)
def test_days_months_years_and_clock_changes_do_not_matter(start):
    forged = chain()
    forged.clock = from_user(start)
    forged.deliver(40)
    ring = KeyRing.of([public_key(start=forged.window.start - DAY, end=LATER)])

    assert healthy(check(forged, ring=ring))


@pytest.mark.parametrize(
    ("start", "end"), [(1800, 2 * HOUR - 1800), (0, HOUR), (1, 2), (HOUR, 3 * HOUR), (HOUR + 1, 6 * HOUR)]
)
def test_a_window_may_begin_and_end_within_an_hour(start, end):
    forged = chain()
    forged.deliver(6)
    window = Stretch(START + start, START + end)

    report = check(forged, window=window)

    assert healthy(report)
    assert report.chains[0].proven == [window]


def test_a_log_file_delivered_on_the_hour_may_be_listed_in_the_next_digest():
    forged = chain()
    forged.deliver(2)
    late = forged.put_log(forged.clock - 60, [])
    forged.put_digest(Stretch(forged.clock, forged.clock + HOUR), [late])
    forged.clock += HOUR
    forged.deliver(2)

    assert healthy(check(forged))
    assert healthy(check(forged, window=Stretch(START, START + 2 * HOUR)))


def test_digests_of_other_lengths_are_fine_while_they_touch():
    forged = chain()
    forged.deliver(2)
    forged.deliver(1, length=3 * HOUR)
    forged.deliver(1, length=1200)

    assert healthy(check(forged))


def moved(archive: Archive, before: ForgedChain, to: Place) -> ForgedChain:
    """Return a chain that goes on from `before` in another bucket or under another prefix."""
    return ForgedChain(archive, to, clock=before.clock, digests=list(before.digests))


@pytest.mark.parametrize("to", [place(bucket="new-bucket"), place(root="new/AWSLogs/")], ids=["bucket", "prefix"])
def test_a_chain_is_followed_from_a_new_bucket_or_prefix_into_the_old_one(to):
    archive = Archive()
    old = chain(archive)
    old.deliver(30)
    new = moved(archive, old, to)
    new.deliver(5)

    report = check(new)

    assert healthy(report)
    assert report.totals()["digests"]["valid"] == 35
    assert report.totals()["logs"]["valid"] == 70


def test_tampering_behind_a_change_of_bucket_is_found():
    archive = Archive()
    old = chain(archive)
    old.deliver(30)
    new = moved(archive, old, place(bucket="new-bucket"))
    new.deliver(5)
    archive.delete(old.digests[20].logs[0], bucket=BUCKET)

    assert (only(check(new)).kind, only(check(new)).object) == ("log_missing", old.digests[20].logs[0])


def test_backfill_digests_are_a_chain_of_their_own():
    archive = Archive()
    forged = chain(archive)
    forged.deliver(6)
    back = ForgedChain(archive, forged.place, backfill=True)
    for hour in range(3):
        log = back.put_log(START + hour * HOUR + 300, [], f"back{hour:012d}")
        back.put_digest(Stretch(START + hour * HOUR, START + (hour + 1) * HOUR), [log])

    report = check(forged)

    assert healthy(report)
    assert [(found.kind, found.digests.valid, found.logs.valid) for found in report.chains] == [
        ("standard", 6, 12),
        ("backfill", 3, 3),
    ]


def test_a_backfill_digest_is_checked_with_the_key_of_the_time_when_it_was_made():
    archive = Archive()
    forged = chain(archive)
    forged.deliver(3)
    made = START + 40 * DAY
    back = ForgedChain(archive, forged.place, backfill=True, signer=1)
    digest = back.put_digest(Stretch(START, START + HOUR), [])
    back.sign(digest, **{"backfill-generation-timestamp": "2026-04-10T10:00:00Z"})
    asked = []

    def older_keys(region, moment):
        asked.append((region, moment))
        return (public_key(1, start=made - DAY, end=made + DAY),)

    assert healthy(check(forged, older_keys=older_keys))
    assert asked == [(HOME, made)]


def test_many_accounts_and_regions_are_verified_in_one_run():
    archive = Archive()
    chains = [
        chain(archive, account=account, region=region, root="AWSLogs/o-abc123def4/")
        for account in ("111122223333", "444455556666")
        for region in ("us-east-1", "eu-west-1", "sa-east-1")
    ]
    for forged in chains:
        forged.deliver(4)

    report = check(*chains)

    assert healthy(report)
    assert len(report.chains) == 6


def test_a_trail_without_digests_in_the_same_folder_makes_unlisted_log_files_undecidable():
    forged = chain()
    forged.deliver(6)
    forged.put_log(START + 600, [])

    report = check(forged, shares_folder=True)

    assert healthy(report)
    assert "another trail" in report.notes[0]


def test_a_folder_of_another_trail_alone_is_no_chain_of_this_one():
    archive = Archive()
    forged = chain(archive)
    forged.deliver(6)
    other = chain(archive, region="eu-west-1", trail="other-trail")
    other.deliver(200)

    report = check(forged, found=[place(region="eu-west-1")])

    assert healthy(report)
    assert [found.region for found in report.chains] == ["us-east-1"]
