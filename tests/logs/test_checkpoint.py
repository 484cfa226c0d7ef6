"""A run that was broken off goes on where it was, and the answer is the same."""

from __future__ import annotations

import sqlite3

import pytest

from ctguard.logs.checkpoint import Checkpoint
from ctguard.logs.times import iso
from ctguard.model.errors import CtguardError
from tests.logs.forge import Archive, chain, record
from tests.logs.verifying import check


class Pulled(Archive):
    """A store that is switched off after so many objects."""

    left = 10

    def read(self, bucket, key, *, metadata=False):
        self.left -= 1
        if self.left < 0:
            raise KeyError("a bug, or the end of the world")
        return super().read(bucket, key, metadata=metadata)


def test_a_second_run_reads_digests_only(tmp_path):
    forged = chain()
    told = {"requestParameters": {"name": forged.place.trail_name}}
    forged.deliver(12, records=[record("StopLogging", forged.clock, **told)])
    with Checkpoint(tmp_path / "db") as memory:
        first = check(forged, memory=memory)
    forged.archive.reads.clear()

    with Checkpoint(tmp_path / "db") as memory:
        second = check(forged, memory=memory)

    assert second.as_json() == first.as_json()
    assert first.tamper_events
    assert len(forged.archive.reads) == 12
    assert all("CloudTrail-Digest" in key for key in forged.archive.reads)


@pytest.mark.parametrize("after", [0, 1, 5, 20, 33])
def test_a_run_that_was_broken_off_is_resumed_to_the_same_answer(tmp_path, after):
    forged = chain()
    forged.deliver(12)
    forged.archive.change(forged.digests[4].logs[0], body=b"changed")
    forged.archive.delete(forged.digests[7].key)
    expected = check(forged).as_json()
    broken = Pulled(forged.archive.objects)
    broken.left = after
    with pytest.raises(KeyError), Checkpoint(tmp_path / "db") as memory:
        check(forged, store=broken, memory=memory, workers=1)

    with Checkpoint(tmp_path / "db") as memory:
        resumed = check(forged, memory=memory)

    assert resumed.as_json() == expected


def test_a_changed_log_file_is_read_again_and_a_changed_digest_is_believed_over_the_memory(tmp_path):
    forged = chain()
    forged.deliver(3)
    with Checkpoint(tmp_path / "db") as memory:
        check(forged, memory=memory)
    forged.archive.change(forged.digests[1].logs[0], body=b"changed")
    entries = forged.digests[2].document["logFiles"]
    forged.resign(forged.digests[2], logFiles=[entries[0] | {"hashValue": "0" * 64}, *entries[1:]])

    with Checkpoint(tmp_path / "db") as memory:
        report = check(forged, memory=memory)

    assert [(found.kind, found.object) for found in report.all_findings()] == [
        ("log_modified", forged.digests[1].logs[0]),
        ("log_modified", forged.digests[2].logs[0]),
    ]


def test_what_is_wrong_is_never_remembered(tmp_path):
    forged = chain()
    forged.deliver(3)
    forged.archive.change(forged.digests[1].logs[0], body=b"changed")
    with Checkpoint(tmp_path / "db") as memory:
        check(forged, memory=memory)

    rows = sqlite3.connect(tmp_path / "db").execute("SELECT key FROM logs").fetchall()

    assert len(rows) == 5
    assert (forged.digests[1].logs[0],) not in rows


@pytest.mark.parametrize(
    "content", [b"not a database, but long enough to look at" * 100, b"SQLite format 3\0" + b"x" * 4096]
)
def test_a_file_that_is_no_checkpoint_is_named(tmp_path, content):
    (tmp_path / "db").write_bytes(content)

    with pytest.raises(CtguardError, match="cannot be used as a checkpoint"):
        Checkpoint(tmp_path / "db")


def test_a_database_of_another_form_is_refused(tmp_path):
    database = sqlite3.connect(tmp_path / "db")
    database.execute("CREATE TABLE about (format TEXT PRIMARY KEY)")
    database.execute("INSERT INTO about VALUES ('ctguard-logs-checkpoint/99')")
    database.commit()
    database.close()

    with pytest.raises(CtguardError, match="cannot be used as a checkpoint"):
        Checkpoint(tmp_path / "db")


def test_a_folder_is_no_checkpoint(tmp_path):
    with pytest.raises(CtguardError):
        Checkpoint(tmp_path)


def test_times_in_a_resumed_report_are_those_of_the_window(tmp_path):
    forged = chain()
    forged.deliver(2)
    with Checkpoint(tmp_path / "db") as memory:
        report = check(forged, memory=memory)

    assert report.as_json()["chains"][0]["proven"] == [[iso(forged.window.start), iso(forged.window.end)]]
