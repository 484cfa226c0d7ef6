"""What happens to a database: upgrades, damage, strangers, no room."""

from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys

import msgspec
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from ctguard.history.record import digest_of, packed, packed_record, record_of
from ctguard.history.schema import MIGRATIONS
from ctguard.model.run_file import read_run
from tests.command import here, in_a_process
from tests.history.runs import run, written


@pytest.fixture(params=["sqlite", "postgresql"])
def engine_and_url(request, tmp_path):
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'history.db'}"
        return sa.create_engine(url), url
    url = request.getfixturevalue("postgres").database(f"u{abs(hash(tmp_path))}")
    return sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:")), url


def test_a_store_of_the_first_schema_is_brought_up_to_date(engine_and_url, tmp_path):
    engine, url = engine_and_url
    document = json.dumps(run("2026-03-01", "fail")).encode()
    with engine.begin() as connection:
        settings = Config()
        settings.set_main_option("script_location", str(MIGRATIONS))
        settings.attributes["connection"] = connection
        command.upgrade(settings, "0001")
        connection.execute(
            sa.text("INSERT INTO runs VALUES (:id, 'nightly', '2026-03-01T01:30:00Z', :digest, :document)"),
            {"id": json.loads(document)["run"]["id"], "digest": digest_of(document), "document": packed(document)},
        )
    engine.dispose()

    listed = json.loads(here(tmp_path, "history", "list", "--store", url, "-f", "json").out)

    assert [(one["series"], one["summary"]["fail"]) for one in listed] == [("nightly", 1)]
    assert here(tmp_path, "history", "show", "latest", "--store", url, "-q").status == 0


def test_a_store_of_a_newer_version_is_left_alone(engine_and_url, tmp_path):
    engine, url = engine_and_url
    here(tmp_path, "history", "add", *written(tmp_path, run("2026-03-01")), "--store", url)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()

    done = here(tmp_path, "history", "list", "--store", url)

    assert done.status == 2
    assert "newer ctguard" in done.err


def test_a_run_that_was_changed_behind_our_back_is_named(engine_and_url, tmp_path):
    engine, url = engine_and_url
    documents = [run("2026-03-01"), run("2026-03-02")]
    here(tmp_path, "history", "add", *written(tmp_path, *documents), "--store", url)
    forged = packed(json.dumps(run("2026-03-02")).encode())
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE runs SET document = :forged"), {"forged": forged})
        connection.execute(
            sa.text("UPDATE runs SET record = :half WHERE id = :id"),
            {"half": forged[:40], "id": documents[0]["run"]["id"]},
        )
    engine.dispose()

    assert "not what its digest says" in here(tmp_path, "history", "show", "latest", "--store", url).err
    listed = here(tmp_path, "history", "list", "--store", url, "-f", "json")
    assert listed.status == 2
    assert documents[0]["run"]["id"] in listed.err
    assert len(json.loads(listed.out)) == 1


def test_a_record_that_is_not_what_its_run_says_proves_nothing(engine_and_url, tmp_path):
    engine, url = engine_and_url
    failing, passing = run("2026-03-01", "fail"), run("2026-03-02")
    here(tmp_path, "history", "add", *written(tmp_path, failing, passing), "--store", url)
    words = ("history", "assure", "--store", url, "--framework", "cis-aws-5.0.0", "--from", "2026-03-01", "--to")
    assert here(tmp_path, *words, "2026-03-01").status == 1
    record = msgspec.structs.replace(
        record_of(read_run(json.dumps(passing).encode()))[0],
        id=failing["run"]["id"],
        started_at=failing["run"]["started_at"],
        digest=record_of(read_run(json.dumps(failing).encode()))[0].digest,
    )
    with engine.begin() as connection:
        forged = {"record": packed_record(record), "id": failing["run"]["id"]}
        connection.execute(sa.text("UPDATE runs SET record = :record WHERE id = :id"), forged)
    engine.dispose()

    done = here(tmp_path, *words, "2026-03-01")

    assert done.status == 2
    assert "not what the run says" in done.err


def test_a_run_that_is_filed_under_another_day_is_named(engine_and_url, tmp_path):
    engine, url = engine_and_url
    here(tmp_path, "history", "add", *written(tmp_path, run("2026-03-01", "fail"), run("2026-03-02")), "--store", url)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE runs SET started_at = '2020-01-01' WHERE started_at LIKE '2026-03-01%'"))
    engine.dispose()

    done = here(tmp_path, "history", "assure", "--store", url, "--from", "2026-03-01", "--to", "2026-03-02")

    assert done.status == 2
    assert "not what its record says" in done.err


@pytest.mark.parametrize("name", ["nothing.db", "empty.db"])
def test_a_store_that_is_not_there_is_no_empty_history(tmp_path, name):
    (tmp_path / "empty.db").touch()

    done = here(tmp_path, "history", "list", "--store", tmp_path / name)

    assert done.status == 2
    assert name in done.err
    assert not (tmp_path / "nothing.db").exists()


def test_a_foreign_file_is_refused_and_left_as_it_is(tmp_path):
    notes = tmp_path / "notes.db"
    notes.write_text("not yours")

    done = here(tmp_path, "history", "add", *written(tmp_path, run("2026-03-01")), "--store", notes)

    assert done.status == 2
    assert "is no history" in done.err
    assert notes.read_text() == "not yours"


def test_a_damaged_file_is_never_an_empty_history(tmp_path):
    path = tmp_path / "history.db"
    here(tmp_path, "history", "add", *written(tmp_path, run("2026-03-01")), "--store", path)
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))

    done = here(tmp_path, "history", "list", "--store", path)

    assert done.status == 2
    assert str(path) in done.err


def test_nobody_else_may_read_the_file(tmp_path):
    here(tmp_path, "history", "add", *written(tmp_path, run("2026-03-01")), "--store", tmp_path / "history.db")

    assert (tmp_path / "history.db").stat().st_mode & 0o777 == 0o600


def test_no_room_costs_the_new_run_only(tmp_path):
    first, second = written(tmp_path, run("2026-03-01"), run("2026-03-02"))
    here(tmp_path, "history", "add", first, "--store", tmp_path / "history.db")
    size = (tmp_path / "history.db").stat().st_size

    def no_larger():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    document = json.loads(second.read_text())
    document["findings"][0]["message"] = "".join(map(chr, range(0x4E00, 0x9E00)))
    second.write_text(json.dumps(document))
    done = subprocess.run(
        [sys.executable, "-m", "ctguard", "history", "add", second, "--store", tmp_path / "history.db"],
        preexec_fn=no_larger,
        check=False,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    listed = in_a_process(tmp_path, "history", "list", "--store", tmp_path / "history.db", "-f", "json")
    assert listed.err == ""
    assert [one["started_at"][:10] for one in json.loads(listed.out)] == ["2026-03-01"]
