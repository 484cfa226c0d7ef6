"""`ctguard filter`: what it prints, its JSON, its exit status, and files from strangers."""

from __future__ import annotations

import gzip
import json

import pytest

from ctguard.cli import main
from tests.filter_pattern.events import CONTROLS, covering, event, sign_in


def run(capsys, *arguments):
    status = main(["filter", *map(str, arguments)])
    out = capsys.readouterr()
    return status, out.out, out.err


def check(capsys, control, *patterns, options=()):
    status, out, _ = run(capsys, "check", "--control", control, *patterns, "-f", "json", *options)
    return status, json.loads(out)


@pytest.mark.parametrize("control", CONTROLS)
def test_a_covering_pattern_exits_with_0(capsys, control):
    status, answer = check(capsys, f"monitor-{control}", "{" + covering(control) + "}")

    assert status == 0
    assert (answer["control"], answer["verdict"], answer["overbroad"]) == (control, "covers", False)
    assert (answer["missed"], answer["errors"]) == ([], [])


def test_a_miss_exits_with_1_and_shows_the_event(capsys):
    status, answer = check(capsys, "cis-aws-5.0.0:4.5", "{ $.eventName = *Trail }")

    assert status == 1
    assert answer["verdict"] == "misses"
    assert {one["eventName"] for one in answer["missed"]} == {"StartLogging", "StopLogging"}


def test_an_open_verdict_exits_with_0_unless_told_otherwise(capsys):
    status, answer = check(capsys, "cloudtrail-changes", "CreateTrail")
    strict, _ = check(capsys, "cloudtrail-changes", "CreateTrail", options=["--fail-on-unknown"])

    assert (status, strict, answer["verdict"]) == (0, 1, None)
    assert answer["undecided"][0]["because"]


@pytest.mark.parametrize(
    ("control", "pattern", "kind"),
    [("cloudtrail-changes", "{ $.a = ", "syntax"), ("no-such-control", "{ $.a = b }", "usage")],
)
def test_an_error_exits_with_2_and_the_whole_document(capsys, control, pattern, kind):
    status, answer = check(capsys, control, pattern)

    assert status == 2
    assert (answer["verdict"], answer["missed"]) == (None, [])
    assert [error["kind"] for error in answer["errors"]] == [kind]


def test_a_command_without_patterns_is_bad_usage(capsys):
    assert run(capsys, "check", "--control", "root-usage")[0] == 2


def test_an_overbroad_pattern_says_so(capsys):
    _, answer = check(capsys, "root-usage", '{ $.eventName = "*" }')

    assert answer["overbroad"] is True
    assert any("far more" in note for note in answer["notes"])


def test_the_console_says_what_goes_unseen_and_what_was_perhaps_meant(capsys):
    status, out, _ = run(capsys, "check", "--control", "kms-disable-or-delete", "{ $.eventname = DisableKey }")

    assert status == 1
    assert out.startswith("kms-disable-or-delete: misses\n")
    assert "goes unseen" in out
    assert "perhaps $.eventName is meant" in out


EVENTS = [event(eventName="StopLogging"), event(eventName="DescribeTrails"), sign_in()]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("records.json", json.dumps({"Records": EVENTS}).encode()),
        ("records.json.gz", gzip.compress(json.dumps({"Records": EVENTS}).encode(), mtime=0)),
        ("members.gz", b"".join(gzip.compress(json.dumps(one).encode() + b"\n", mtime=0) for one in EVENTS)),
        ("lines.jsonl", "\n".join(map(json.dumps, EVENTS)).encode()),
        ("marked.json", b"\xef\xbb\xbf" + json.dumps(EVENTS, indent=1).encode()),
        (
            "exported.json",
            json.dumps({"events": [{"timestamp": 1, "message": json.dumps(one)} for one in EVENTS]}).encode(),
        ),
    ],
)
def test_events_are_found_in_files_of_every_kind(capsys, tmp_path, name, content):
    file = tmp_path / name
    file.write_bytes(content)

    status, out, _ = run(capsys, "match", "{ $.eventName = StopLogging }", file, "-f", "json")

    answer = json.loads(out)
    assert status == 0
    assert (answer["total"], answer["matched"]) == (3, 1)
    assert answer["events"] == EVENTS[:1]


def test_each_match_is_a_line_and_the_count_comes_last(capsys, tmp_path):
    file = tmp_path / "one.json"
    file.write_text(json.dumps(event(eventName="Stop\x1b[2JLogging")))

    status, out, err = run(capsys, "match", '{ $.eventName = "Stop*" }', file)

    assert status == 0
    assert "\x1b" not in out
    assert "Logging" in out
    assert "1 of 1 events match" in err


def test_nothing_found_is_no_failure(capsys, tmp_path):
    file = tmp_path / "one.json"
    file.write_text(json.dumps(event()))

    status, out, _ = run(capsys, "match", "{ $.eventName = StopLogging }", file)

    assert (status, out) == (0, "0 of 1 events match\n")


def test_what_cannot_be_decided_is_counted_apart(capsys, tmp_path):
    file = tmp_path / "one.json"
    file.write_text(json.dumps(event()))

    _, out, err = run(capsys, "match", '{ $.errorCode != "x" }', file)

    assert "0 of 1" in out
    assert "1 cannot be decided" in err


def test_text_patterns_match_lines_that_are_no_json(capsys, tmp_path):
    file = tmp_path / "app.log"
    file.write_text("GET /a 200\nGET /b 404\n")

    status, out, _ = run(capsys, "match", "[verb, path, code = 4*]", file)

    assert status == 0
    assert out == "GET /b 404\n"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"no json", "event"),
        (b'{"Records": [1]}', "no event"),
        (b"\xff\xfe\x00", "UTF-8"),
        (gzip.compress(b"{}", mtime=0)[:-6], "cut off"),
        (b"\x1f\x8b" + b"rubbish", "damaged"),
        (b"[" * 100_000, "deep"),
        (b'{"a": 1}\n{broken\n', ":2:"),
    ],
)
def test_a_file_that_is_no_log_is_an_error(capsys, tmp_path, content, says):
    file = tmp_path / "bad"
    file.write_bytes(content)

    status, out, err = run(capsys, "match", "{ $.eventName = StopLogging }", file)

    assert (status, out) == (2, "")
    assert says in err
    assert "Traceback" not in err


def test_a_file_that_unpacks_without_end_is_refused(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr("ctguard.filter_pattern.log_file.LARGEST", 2**20)
    file = tmp_path / "bomb.gz"
    file.write_bytes(gzip.compress(b" " * 2**23))

    status, _, err = run(capsys, "match", "{ $.eventName = StopLogging }", file)

    assert status == 2
    assert "larger" in err


def test_a_missing_file_and_a_broken_pattern_exit_with_2(capsys, tmp_path):
    assert run(capsys, "match", "{ $.a = b }", tmp_path / "none")[0] == 2
    assert run(capsys, "match", "{ $.a = ", tmp_path / "none")[0] == 2
    assert run(capsys, "match", "{ $.a = b }", tmp_path)[0] == 2
