"""Two answers to one question, two snapshots of one account, two owners of one bucket: no order makes a pass."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest
from msgspec.structs import replace

from ctguard.sources.snapshot.facts import Account, Call, Failure
from ctguard.sources.snapshot.file import write_snapshot
from tests.command import in_a_process
from tests.sources.snapshot.recorded import ACCOUNT, BUCKET, HOME, OTHER, Recorded, scanned, verdicts

LOGS = f"arn:aws:s3:::{BUCKET}"
LOCK = ("s3.GetObjectLockConfiguration", Failure("ObjectLockConfigurationNotFoundError", "none"))
NOT_LOGGING = Recorded().changed("cloudtrail.GetTrailStatus", lambda it: it.update(IsLogging=False))


def at_time(calls: list[Call], time: str) -> list[Call]:
    return [replace(call, time=time) for call in calls]


def saved(recorded: Recorded, path: Path, day: int) -> Path:
    snapshot = replace(recorded.snapshot(), finished_at=f"2026-11-{day}T09:05:00Z")
    path.write_bytes(write_snapshot(snapshot))
    return path


@pytest.mark.parametrize(
    ("other", "operation"),
    [(NOT_LOGGING, "GetTrailStatus"), (Recorded().denied(*LOCK), "GetObjectLockConfiguration")],
    ids=["a reply", "a code that means absent"],
)
def test_two_answers_that_differ_are_unknown_whichever_is_first(tmp_path, other, operation):
    good = at_time(Recorded().calls, "2026-11-20T09:01:00Z")
    odd = [one for one in at_time(other.calls, "2026-11-20T09:02:00Z") if one.operation == operation]
    whole = verdicts(Recorded(good).run(tmp_path))

    one, two = (Recorded(calls).run(tmp_path) for calls in ([*good, *odd], [*odd, *good]))

    lost = [key for key, status in verdicts(one).items() if whole[key] == "pass" and status == "unknown"]
    assert verdicts(one) == verdicts(two)
    assert lost
    for run in (one, two):
        (error,) = run.errors
        assert "answers of 2026-11-20T09:01:00Z and 2026-11-20T09:02:00Z" in error.message
        assert error.message.endswith("scan one snapshot of that account")


def test_the_same_answer_twice_is_one(tmp_path):
    calls = Recorded().calls

    assert verdicts(Recorded([*calls, *calls]).run(tmp_path)) == verdicts(Recorded(calls).run(tmp_path))
    assert not Recorded([*calls, *calls]).run(tmp_path).errors


def test_an_account_is_judged_by_its_newest_snapshot(tmp_path):
    old = saved(Recorded(), tmp_path / "z.json", 20)
    new = saved(NOT_LOGGING, tmp_path / "a.json", 21)
    alone = verdicts(scanned([new]))

    for paths in permutations([old, new]):
        run = scanned(list(paths))
        (error,) = run.errors
        assert verdicts(run) == alone
        assert error.kind == "superseded"
        assert "2026-11-20T09:05:00Z is left out" in error.message
        assert "2026-11-21T09:05:00Z" in error.message


def test_a_bucket_with_two_owners_has_none(tmp_path):
    stranger = [replace(one, account=OTHER) for one in Recorded().calls if one.service == "s3"]
    accounts = (Account(id=ACCOUNT, regions=(HOME,)), Account(id=OTHER, regions=(HOME,)))
    before = verdicts(Recorded().run(tmp_path))

    runs = [
        Recorded(calls, accounts).run(tmp_path)
        for calls in ([*Recorded().calls, *stranger], [*stranger, *Recorded().calls])
    ]

    assert verdicts(runs[0]) == verdicts(runs[1])
    for run in runs:
        assert any(f"accounts {ACCOUNT} and {OTHER} were answered as its owner" in one.message for one in run.errors)
        found = verdicts(run)
        assert before["bucket-policy-trail-can-write", LOGS] == "pass"
        assert [rule for (rule, address), status in found.items() if address == LOGS and status == "pass"] == [
            "bucket-exists"
        ]


def test_the_owner_of_a_bucket_is_believed(tmp_path):
    refused = Failure("MethodNotAllowed", "not yours")
    calls = Recorded().denied(*LOCK).calls
    stranger = [
        replace(
            one,
            account=OTHER,
            time="2027",
            **({"failure": refused, "reply": None} if one.operation == "GetBucketPolicy" else {}),
        )
        for one in Recorded().calls
        if one.service == "s3"
    ]
    accounts = (Account(id=ACCOUNT, regions=(HOME,)), Account(id=OTHER, regions=(HOME,)))
    alone = verdicts(Recorded(calls).run(tmp_path))

    for both in ([*calls, *stranger], [*stranger, *calls]):
        found = verdicts(Recorded(both, accounts).run(tmp_path))
        assert {key: found[key] for key in alone if "s3:::" in key[1]} == {
            key: status for key, status in alone.items() if "s3:::" in key[1]
        }


def test_a_home_region_that_answers_is_not_switched_off(tmp_path):
    def switch_off(reply):
        for region in reply["Regions"]:
            if region["RegionName"] == HOME:
                region["OptInStatus"] = "not-opted-in"

    before = verdicts(Recorded().run(tmp_path))
    after = verdicts(Recorded().changed("ec2.DescribeRegions", switch_off).run(tmp_path))

    assert after == before


def test_a_key_twice_is_refused_by_name(tmp_path):
    path = Recorded().saved(tmp_path)
    text = path.read_text()
    path.write_text(text.replace('"IsLogging":true', '"IsLogging":false,"IsLogging":true', 1))
    assert path.read_text() != text

    done = in_a_process(tmp_path, "scan", path.name, "-f", "json")

    (error,) = done.run["errors"]
    assert done.status == 2
    assert error["kind"] == "duplicate-key"
    assert 'the key "IsLogging" twice' in error["message"]
