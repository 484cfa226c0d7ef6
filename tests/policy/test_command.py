"""`ctguard policy check`: what it prints, its JSON, its exit status."""

from __future__ import annotations

import io
import json
import os
import sys

import pytest

from ctguard.cli import main
from tests.policy.builders import (
    ACL_CHECK,
    DEFAULT_TOPIC,
    LEFT_OUT,
    PUBLISH,
    TLS_ONLY,
    WRITE,
    allow,
    but,
    document,
    surroundings,
)
from tests.policy.generated import BUCKET

LOOSE = but(WRITE, Condition=None)


@pytest.fixture
def run(tmp_path, capsys):
    """Run the command on a policy and a context written to files."""

    def run_it(policy, kind="s3", *options, text=None, **changed):
        (tmp_path / "policy.json").write_text(json.dumps(policy, indent=1) if text is None else text, encoding="utf-8")
        (tmp_path / "context.json").write_text(json.dumps(surroundings(kind, **changed)), encoding="utf-8")
        paths = [str(tmp_path / "policy.json"), "--kind", kind, "--context", str(tmp_path / "context.json")]
        status = main(["policy", "check", *paths, *options])
        out = capsys.readouterr()
        return status, out.out, out.err

    return run_it


def test_a_good_policy_exits_with_0_and_its_json_has_the_documented_shape(run):
    status, out, _ = run(document(ACL_CHECK, WRITE, TLS_ONLY), "s3", "-f", "json")

    assert status == 0
    assert json.loads(out) == {
        "kind": "s3", "least_privilege": True, "delivers": True, "excess": [], "undelivered": [], "readers": [],
        "undecided": [], "errors": [],
    }  # fmt: skip


def test_an_excess_exits_with_1_and_shows_the_request(run):
    status, out, _ = run(document(ACL_CHECK, LOOSE), "s3", "-f", "json")

    answer = json.loads(out)
    assert status == 1
    (excess,) = answer["excess"]
    assert excess["principal"] == {"type": "Service", "id": "cloudtrail.amazonaws.com"}
    assert (excess["action"], excess["statement"]) == ("s3:PutObject", {"index": 1, "sid": "Write"})
    assert excess["resource"].startswith(f"{BUCKET}/AWSLogs/")
    assert excess["context"]["aws:SourceAccount"] != surroundings("s3")["account_id"]
    assert excess["why"]


def test_a_refused_delivery_exits_with_1_and_shows_the_request(run):
    status, out, _ = run(document(ACL_CHECK), "s3", "-f", "json")

    answer = json.loads(out)
    assert (status, answer["least_privilege"], answer["delivers"]) == (1, True, False)
    assert answer["undelivered"][0]["action"] == "s3:PutObject"
    assert answer["undelivered"][0]["statement"] is None


def test_what_is_not_decided_exits_with_0_unless_told_otherwise(run):
    arguments = (document(ACL_CHECK, WRITE), "s3")

    assert run(*arguments, prefix=LEFT_OUT)[0] == 0
    assert run(*arguments, "--fail-on-unknown", prefix=LEFT_OUT)[0] == 1
    answer = json.loads(run(*arguments, "-f", "json", prefix=LEFT_OUT)[1])
    assert answer["delivers"] is None
    assert answer["undecided"] == [{"what": "delivers", "because": "context.prefix is not given"}]


def test_a_topic_has_a_verdict_more(run):
    granted = json.loads(run(document(DEFAULT_TOPIC, PUBLISH), "sns", "-f", "json")[1])
    status, out, _ = run(document(DEFAULT_TOPIC), "sns", "-f", "json")

    assert granted["topic_source_arn"] is True
    assert json.loads(out)["topic_source_arn"] is None
    assert status == 1  # it does not deliver


@pytest.mark.parametrize(
    "text",
    ["", "{", '{"Statement": []}', '{"Version": "2012-10-17", "Version": "2008-10-17", "Statement": []}', "[]", "\x00"],
    ids=["nothing", "half", "no statement", "a key twice", "a list", "no text"],
)
def test_what_is_no_policy_exits_with_2_and_still_prints_the_whole_answer(run, text):
    status, out, err = run(None, "s3", "-f", "json", text=text)

    answer = json.loads(out)
    assert status == 2
    assert (answer["least_privilege"], answer["delivers"]) == (None, None)
    assert "policy.json:" in answer["errors"][0]["message"]
    assert err.startswith("ctguard: ")


def test_a_bad_context_exits_with_2_and_names_the_field(run, tmp_path):
    status, _, err = run(document(WRITE), "s3", bucket_owner="me")

    assert status == 2
    assert "context.bucket_owner" in err


def test_a_policy_may_come_from_standard_input(run, tmp_path, capsys, monkeypatch):
    run(document(WRITE))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(json.dumps(document(ACL_CHECK, WRITE)).encode())))

    status = main(["policy", "check", "-", "--kind", "s3", "--context", str(tmp_path / "context.json"), "-f", "json"])

    assert status == 0
    assert json.loads(capsys.readouterr().out)["least_privilege"] is True


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_marked_encodings_are_read(run, tmp_path, capsys, encoding):
    run(document(WRITE))
    (tmp_path / "policy.json").write_text(json.dumps(document(ACL_CHECK, WRITE)), encoding=encoding)

    paths = [str(tmp_path / "policy.json"), "--kind", "s3", "--context", str(tmp_path / "context.json")]

    assert main(["policy", "check", *paths]) == 0


def test_files_that_are_none_are_refused_without_waiting(run, tmp_path, capsys):
    run(document(WRITE))
    os.mkfifo(tmp_path / "pipe")
    context = str(tmp_path / "context.json")

    for name in ("pipe", "missing.json", "."):
        assert main(["policy", "check", str(tmp_path / name), "--kind", "s3", "--context", context]) == 2
    assert "is no file" in capsys.readouterr().err


def test_the_console_says_who_may_do_what_and_what_to_write_instead(run):
    status, out, _ = run(document(ACL_CHECK, LOOSE, allow("*", "s3:GetObject", f"{BUCKET}/*")))

    assert status == 1
    assert out.startswith("least privilege: no\nCloudTrail can deliver: yes\n")
    assert 'statement 2 ("Write") lets too much through' in out
    assert f"gets through: s3:PutObject on {BUCKET}/AWSLogs/" in out
    assert '"aws:SourceArn": "arn:aws:cloudtrail:us-east-1:111122223333:trail/main"' in out
    assert "who else may read:\n  * (s3:GetObject, statement 3)" in out


def test_names_of_strangers_do_not_reach_the_terminal_as_they_are(run):
    evil = but(LOOSE, Sid="\x1b[2J\u202e")

    _, out, _ = run(document(ACL_CHECK, evil))

    assert "\x1b" not in out
    assert "\\u001b[2J\\u202e" in out
