"""A published set of vectors: three hourly digests, self-signed, made by somebody else."""

from __future__ import annotations

import base64
import gzip
import json
from pathlib import Path

import pytest

from ctguard.logs.keys import KeyRing, PublicKey, signature_holds
from ctguard.logs.naming import Place
from ctguard.logs.times import Stretch, from_user
from tests.logs.forge import LATER, Archive, ForgedChain
from tests.logs.verifying import check

VECTORS = Path(__file__).resolve().parents[2].parent / "shared" / "reference" / "digest-test-vectors.json"
pytestmark = pytest.mark.skipif(not VECTORS.exists(), reason=f"{VECTORS} is not here")


@pytest.fixture
def vectors():
    return json.loads(VECTORS.read_text())


@pytest.fixture
def archive(vectors):
    archive = Archive()
    for item in vectors["objects"]:
        archive.put(item["key"], base64.b64decode(item["body_gzip_base64"]), item["metadata"], bucket=item["bucket"])
    return archive


@pytest.fixture
def verify(vectors, archive):
    key = vectors["public_keys"][0]
    ring = KeyRing.of(
        [
            PublicKey(
                vectors["source_region"],
                key["Fingerprint"],
                base64.b64decode(key["Value_base64"]),
                from_user(key["ValidityStartTime"]),
                from_user(key["ValidityEndTime"]),
            )
        ]
    )
    root = f"{vectors['prefix']}/AWSLogs/"
    name = vectors["trail_arn"].rpartition("/")[2]
    place = Place(vectors["bucket"], root, "111122223333", vectors["source_region"], name, "us-east-1")
    window = Stretch(from_user("2026-03-01T10:01:31Z"), from_user("2026-03-01T13:01:31Z"))
    return lambda: check(ForgedChain(archive, place), window=window, ring=ring, places=[place], now=LATER)


def keys(vectors, kind):
    return [item["key"] for item in vectors["objects"] if item["kind"] == kind]


def test_the_vectors_are_valid(verify):
    report = verify()

    assert report.all_findings() == []
    assert report.exit_status == 0
    assert report.totals()["digests"]["valid"] == 3
    assert report.totals()["logs"]["valid"] == 2


CASES = [
    ("flip one byte of a log body", "log_modified"),
    ("delete a listed log", "log_missing"),
    ("replace a log body by bytes that are not gzip", "log_modified"),
    ("edit any byte of a digest", "signature_invalid"),
    ("copy an older digest over a newer key (with its metadata)", "digest_moved"),
    ("drop the signature metadata", "signature_missing"),
    ("delete the middle digest", "digest_missing"),
    ("delete the newest digest", "digest_missing"),
    ("add an unlisted log object", "log_unlisted"),
    ("rewrite previousDigestHashValue only", "signature_invalid"),
]


@pytest.mark.parametrize(("change", "kind"), CASES)
def test_each_change_of_the_vectors_is_named(vectors, archive, verify, change, kind):
    bucket = vectors["bucket"]
    log, (_oldest, middle, newest) = keys(vectors, "log")[0], keys(vectors, "digest")
    text = gzip.decompress(archive.get(middle, bucket).body)
    link = json.loads(text)["previousDigestHashValue"].encode()
    act = {
        "flip one byte of a log body": lambda: archive.change(log, bucket, body=gzip.compress(b'{"records":[]}')),
        "delete a listed log": lambda: archive.delete(log, bucket=bucket),
        "replace a log body by bytes that are not gzip": lambda: archive.change(log, bucket, body=b"plain"),
        "edit any byte of a digest": lambda: archive.change(middle, bucket, body=gzip.compress(text + b" ")),
        "copy an older digest over a newer key (with its metadata)": lambda: archive.objects.update(
            {(bucket, newest): archive.get(middle, bucket)}
        ),
        "drop the signature metadata": lambda: archive.change(middle, bucket, metadata={}),
        "delete the middle digest": lambda: archive.delete(middle, bucket=bucket),
        "delete the newest digest": lambda: archive.delete(newest, *keys(vectors, "log")[1:], bucket=bucket),
        "add an unlisted log object": lambda: archive.put(log.replace("1101Z_abcd", "1120Z_wxyz"), b"x", bucket=bucket),
        "rewrite previousDigestHashValue only": lambda: archive.change(
            middle, bucket, body=gzip.compress(text.replace(link, b"0" * 64))
        ),
    }
    assert set(act) | {"recompress a log or a digest, same content"} == {c["change"] for c in vectors["tamper_cases"]}
    named = {"digest_moved": newest, "signature_missing": middle, "signature_invalid": middle}
    act[change]()

    report = verify()

    blamed = [found for found in report.all_findings() if found.kind == kind]
    assert len(blamed) == 1
    assert blamed[0].object == named.get(kind, blamed[0].object)
    assert report.exit_status == 1


def test_a_key_with_another_fingerprint_is_never_used(vectors):
    key = PublicKey("us-east-2", "0" * 32, base64.b64decode(vectors["public_keys"][0]["Value_base64"]), 0, LATER)

    with pytest.raises(Exception, match="fingerprint"):
        signature_holds(key, b"", b"")
