"""Timestamps: what an authority states of a bundle, and that nothing can be made older than it is."""

from __future__ import annotations

import base64
import json
import re
import sys
from datetime import UTC, datetime, timedelta

import pytest

from tests.command import here
from tests.evidence.authority import authority, certify
from tests.evidence.making import checks_of, contents_of, made, make, packed

TOKEN = "timestamp.dsse.json"


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with authority(tmp_path_factory.mktemp("tsa") / "tsa") as one:
        yield one


@pytest.fixture
def tsa(running):
    running.answer = None
    return running


@pytest.fixture(scope="module")
def stamped(running, tmp_path_factory):
    running.answer = None
    return made(tmp_path_factory.mktemp("stamped"), "--timestamp", running.url)


def test_the_time_of_the_authority_is_told(stamped, tsa):
    done = stamped.verify(None, "--tsa-certificate", str(tsa.root), "-f", "json")

    status, (told,) = checks_of(done)["timestamp"]
    assert (done.status, status) == (0, "holds")
    time = datetime.fromisoformat(re.fullmatch(r"signed not later than (\S+)", told)[1])
    assert abs(datetime.now(UTC) - time) < timedelta(hours=1)


def test_without_the_authoritys_certificate_the_time_is_a_claim(stamped):
    done = stamped.verify(None, "-f", "json")

    status, (told,) = checks_of(done)["timestamp"]
    assert (done.status, status) == (0, "not checked")
    assert told.endswith("give --tsa-certificate to hold it to that")


def test_another_authority_does_not_vouch_for_it(stamped, tsa, tmp_path):
    certify(tmp_path / "other", "Test TSA")

    done = stamped.verify(None, "--tsa-certificate", str(tmp_path / "other" / "root.pem"))

    assert done.status == 1
    assert "no authority below the given root certificates has signed it: unable to get local issuer" in done.out


def test_a_timestamp_that_is_asked_for_must_be_there(kept, tsa):
    done = kept.verify(None, "--tsa-certificate", str(tsa.root))

    assert done.status == 1
    assert "the bundle has none" in done.out


def test_a_timestamp_cannot_be_taken_out(stamped, tmp_path):
    contents = contents_of(stamped.bundle)
    del contents[TOKEN]
    (tmp_path / "without.zip").write_bytes(packed(contents))

    done = stamped.verify(tmp_path / "without.zip")

    assert done.status == 1
    assert f"{TOKEN}: is missing" in done.out


def test_the_timestamp_of_an_older_bundle_does_not_fit(stamped, tsa, tmp_path):
    """Backdate a run: put the timestamp of a genuine older bundle into a new one."""
    (tmp_path / "key.pem").write_bytes((stamped.folder / "key.pem").read_bytes())
    (tmp_path / "key.pem.pub").write_bytes((stamped.folder / "key.pem.pub").read_bytes())
    newer = made(tmp_path, "--timestamp", tsa.url)
    contents = contents_of(newer.bundle) | {TOKEN: contents_of(stamped.bundle)[TOKEN]}
    (tmp_path / "backdated.zip").write_bytes(packed(contents))

    done = newer.verify(tmp_path / "backdated.zip", "--tsa-certificate", str(tsa.root))

    assert done.status == 1
    assert f"{TOKEN}: it is over something else" in done.out


def test_a_changed_byte_anywhere_in_the_token_is_found(stamped, tmp_path):
    """Its certificates and unsigned attributes too, which its own signature does not hold."""
    contents = contents_of(stamped.bundle)
    envelope = json.loads(contents[TOKEN])
    token = base64.b64decode(envelope["payload"])
    for at in range(0, len(token), 97):
        changed = bytearray(token)
        changed[at] ^= 1
        envelope["payload"] = base64.b64encode(changed).decode()
        changed_envelope = json.dumps(envelope, separators=(",", ":")).encode() + b"\n"
        (tmp_path / "changed.zip").write_bytes(packed({**contents, TOKEN: changed_envelope}))

        done = stamped.verify(tmp_path / "changed.zip")

        assert done.status == 1
        assert f"{TOKEN}: the signature does not hold" in done.out


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (lambda tsa, query: b"<html>", "it is no reply of an authority"),
        (lambda tsa, query: b"", "it is no reply of an authority"),
        (lambda tsa, query: tsa.stamp(of_another_request(tsa)), "it is over something else"),
        (lambda tsa, query: b"\x30\x05\x30\x03\x02\x01\x02", "it was not granted"),
    ],
    ids=["a page", "nothing", "another request", "a refusal"],
)
def test_an_authority_that_gives_no_timestamp_is_told(tsa, tmp_path, answer, told):
    tsa.answer = lambda query: answer(tsa, query)
    one = make(tmp_path, "--timestamp", tsa.url)

    done = here(tmp_path, *one.words)

    assert done.status == 2
    assert told in done.err
    assert not one.bundle.exists()
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize(("url", "told"), [("http://127.0.0.1:9/", "no timestamp"), ("file:///etc", "no address")])
def test_an_authority_that_cannot_be_asked_is_told(tmp_path, url, told):
    done = here(tmp_path, *make(tmp_path, "--timestamp", url).words)

    assert done.status == 2
    assert told in done.err


def test_without_the_package_for_timestamps_only_they_are_left_out(stamped, tsa, monkeypatch):
    monkeypatch.setitem(sys.modules, "rfc3161_client", None)

    unasked = stamped.verify()
    asked = stamped.verify(None, "--tsa-certificate", str(tsa.root))
    made_anew = here(stamped.folder, *stamped.words[:-1], "new.zip")

    assert (unasked.status, asked.status, made_anew.status) == (0, 2, 2)
    for told in (unasked.out, asked.out, made_anew.err):
        assert "pip install 'ctguard[timestamp]'" in told


def of_another_request(tsa):
    from tests.evidence.authority import openssl

    (tsa.folder / "other").write_text("something else")
    openssl(tsa.folder, "ts -query -data other -sha256 -cert -out other.tsq")
    return (tsa.folder / "other.tsq").read_bytes()
