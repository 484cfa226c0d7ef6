"""What every store does, whatever it is made of."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from ctguard.model.run_file import read_run, write_run
from tests.command import here, in_a_process
from tests.history.runs import run, written


def test_a_kept_run_comes_back_unchanged(store_url, tmp_path):
    document = run("2026-03-01", "fail")

    assert here(tmp_path, "history", "add", *written(tmp_path, document), "--store", store_url).status == 0

    shown = here(tmp_path, "history", "show", "latest", "--store", store_url, "-f", "json")
    assert shown.out.encode() == write_run(read_run(json.dumps(document).encode()))


def test_runs_are_listed_oldest_first_and_once(store_url, tmp_path):
    days = ["2026-03-02", "2026-03-01", "2026-03-03"]
    paths = written(tmp_path, *map(run, days))

    for _ in range(2):
        here(tmp_path, "history", "add", *paths, "--store", store_url)

    listed = json.loads(here(tmp_path, "history", "list", "--store", store_url, "-f", "json").out)
    assert [one["started_at"][:10] for one in listed] == sorted(days)


def test_a_run_is_named_by_its_beginning_or_counted_back(store_url, tmp_path):
    older, newer = run("2026-03-01"), run("2026-03-02")
    here(tmp_path, "history", "add", *written(tmp_path, older, newer), "--store", store_url)

    for word, wanted in {older["run"]["id"][:12]: older, "latest": newer, "latest~1": older}.items():
        shown = here(tmp_path, "history", "show", word, "--store", store_url, "-f", "json")
        assert shown.run["run"]["id"] == wanted["run"]["id"]
    for word in ("latest~2", "no-such-run", ""):
        nothing = here(tmp_path, "history", "show", word, "--store", store_url)
        assert nothing.status == 2
        assert "history list" in nothing.err


def test_only_the_days_and_the_series_asked_for(store_url, tmp_path):
    here(tmp_path, "history", "add", *written(tmp_path, run("2026-03-01"), run("2026-03-03")), "--store", store_url)
    other = written(tmp_path, run("2026-03-02"))
    here(tmp_path, "history", "add", *other, "--store", store_url, "--series", "other")

    def days(*words):
        out = here(tmp_path, "history", "trend", "--store", store_url, "-f", "json", *words).out
        return [one["started_at"][:10] for one in json.loads(out)]

    assert days() == ["2026-03-01", "2026-03-02", "2026-03-03"]
    assert days("--since", "2026-03-02") == ["2026-03-02", "2026-03-03"]
    assert days("--until", "2026-03-02") == ["2026-03-01", "2026-03-02"]
    assert days("--series", "other") == ["2026-03-02"]


def test_old_runs_go_only_when_told(store_url, tmp_path):
    here(tmp_path, "history", "add", *written(tmp_path, run("2020-01-01"), run("2999-01-01")), "--store", store_url)

    def kept():
        return len(json.loads(here(tmp_path, "history", "list", "--store", store_url, "-f", "json").out))

    assert "1 runs until" in here(tmp_path, "history", "prune", "--keep-days", "365", "--store", store_url).out
    assert kept() == 2
    here(tmp_path, "history", "prune", "--keep-days", "365", "--yes", "--store", store_url)
    assert kept() == 1


def test_two_writers_at_once_lose_nothing(store_url, tmp_path):
    piles = [[run(f"2026-0{month}-{day:02}") for day in range(1, 9)] for month in (1, 2)]
    writers = [
        subprocess.Popen(
            [sys.executable, "-m", "ctguard", "history", "add", *written(tmp_path, *pile), "--store", store_url],
            stderr=subprocess.PIPE,
            text=True,
        )
        for pile in piles
    ]

    for writer in writers:
        _, told = writer.communicate(timeout=60)
        assert (writer.returncode, told) == (0, "")
    listed = json.loads(here(tmp_path, "history", "list", "--store", store_url, "-f", "json").out)
    assert len({one["id"] for one in listed}) == 16


def test_a_killed_writer_leaves_whole_runs_and_no_lock(store_url, tmp_path):
    paths = written(tmp_path, *(run(f"2026-03-{day:02}") for day in range(1, 29)))
    here(tmp_path, "history", "add", paths[0], "--store", store_url)
    writer = subprocess.Popen([sys.executable, "-m", "ctguard", "history", "add", *paths, "--store", store_url])
    while len(json.loads(here(tmp_path, "history", "list", "--store", store_url, "-f", "json").out)) < 2:
        assert writer.poll() is None
    writer.kill()
    writer.wait()

    listed = here(tmp_path, "history", "list", "--store", store_url, "-f", "json")
    assert (listed.status, listed.err) == (0, "")
    for one in json.loads(listed.out):
        assert here(tmp_path, "history", "show", one["id"], "--store", store_url, "-q").status == 0
    assert here(tmp_path, "history", "add", *paths, "--store", store_url).status == 0
    assert len(json.loads(here(tmp_path, "history", "list", "--store", store_url, "-f", "json").out)) == 28


def test_one_unreadable_run_does_not_keep_the_others_out(store_url, tmp_path):
    good = written(tmp_path, run("2026-03-01"))
    bad = tmp_path / "bad.json"
    bad.write_text("{")

    done = here(tmp_path, "history", "add", bad, *good, "--store", store_url)

    assert done.status == 2
    assert "bad.json" in done.err
    assert len(json.loads(here(tmp_path, "history", "list", "--store", store_url, "-f", "json").out)) == 1


@pytest.mark.parametrize("url", ["mysql://h/d", "s3://", "postgresql://[", "postgresql://nobody:pw@127.0.0.1:1/none"])
def test_a_store_that_is_none_is_one_line(tmp_path, url):
    done = in_a_process(tmp_path, "history", "list", "--store", url)

    assert done.status == 2
    assert done.err.startswith("ctguard: ")
    assert "Traceback" not in done.err
    assert "pw" not in done.err
