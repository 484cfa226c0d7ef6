"""Every attack on an archive, with the kind, the object and the time that must be named."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from ctguard.logs.keys import KeyRing, PublicKey
from ctguard.logs.times import HOUR, Stretch, without
from ctguard.logs.verdict import Verdict
from tests.logs.forge import BUCKET, LATER, START, ForgedChain, chain, public_key, record, sign
from tests.logs.verifying import check, kinds, only


def hour(number: int, until: int | None = None) -> Stretch:
    """Return the period of digest `number`, or from it up to the end of digest `until`."""
    return Stretch(START + number * HOUR, START + ((number if until is None else until) + 1) * HOUR)


@dataclass(frozen=True)
class Attack:
    """What is done to six hourly digests, and what one finding must say of it."""

    name: str
    spoil: Callable[[ForgedChain], str | None]
    kind: str
    period: Stretch
    status: Verdict = Verdict.INVALID
    alone: bool = True


def log_of(forged: ForgedChain, number: int = 2) -> str:
    return forged.digests[number].logs[0]


def replace_log(body: Callable[[bytes], bytes]) -> Callable[[ForgedChain], str]:
    def spoil(forged: ForgedChain) -> str:
        key = log_of(forged)
        forged.archive.change(key, body=body(forged.archive.get(key).body))
        return key

    return spoil


def replace_digest(body: Callable[[bytes], bytes], number: int = 2) -> Callable[[ForgedChain], str]:
    def spoil(forged: ForgedChain) -> str:
        key = forged.digests[number].key
        forged.archive.change(key, body=body(forged.archive.get(key).body))
        return key

    return spoil


def edit(number: int = 2, **changes: object) -> Callable[[ForgedChain], str]:
    def spoil(forged: ForgedChain) -> str:
        forged.edit(forged.digests[number], **changes)
        return forged.digests[number].key

    return spoil


def resign(number: int = 5, **changes: object) -> Callable[[ForgedChain], str]:
    """Let the newest digest lie, with a genuine signature: only its content speaks against it."""

    def spoil(forged: ForgedChain) -> str:
        forged.resign(forged.digests[number], **changes)
        return forged.digests[number].key

    return spoil


def resign_entry(**changes: object) -> Callable[[ForgedChain], str]:
    def spoil(forged: ForgedChain) -> str:
        digest = forged.digests[5]
        entries = digest.document["logFiles"]
        forged.resign(digest, logFiles=[entries[0] | changes, *entries[1:]])
        return digest.key

    return spoil


def entries(change: Callable[[list[object]], list[object]]) -> Callable[[ForgedChain], str]:
    def spoil(forged: ForgedChain) -> str:
        digest = forged.digests[2]
        forged.edit(digest, logFiles=change(digest.document["logFiles"]))
        return digest.key

    return spoil


def metadata(number: int = 2, **changes: str | None) -> Callable[[ForgedChain], str]:
    def spoil(forged: ForgedChain) -> str:
        key = forged.digests[number].key
        found = forged.archive.get(key).metadata | {name.replace("_", "-"): value for name, value in changes.items()}
        forged.archive.change(key, metadata={name: value for name, value in found.items() if value is not None})
        return key

    return spoil


def delete_log(forged: ForgedChain) -> str:
    key = log_of(forged)
    forged.archive.delete(key)
    return key


def swap_logs(forged: ForgedChain) -> str:
    first, second = log_of(forged, 1), log_of(forged, 2)
    one, two = forged.archive.get(first).body, forged.archive.get(second).body
    forged.archive.change(first, body=two)
    forged.archive.change(second, body=one)
    return second


def delete_digest_and_logs(*numbers: int) -> Callable[[ForgedChain], str]:
    def spoil(forged: ForgedChain) -> str:
        for number in numbers:
            forged.archive.delete(forged.digests[number].key, *forged.digests[number].logs)
        return forged.digests[numbers[-1]].key

    return spoil


def freeze(*numbers: int) -> Callable[[ForgedChain], None]:
    def spoil(forged: ForgedChain) -> None:
        delete_digest_and_logs(*numbers)(forged)

    return spoil


def plant_log(forged: ForgedChain) -> str:
    return forged.put_log(START + 2 * HOUR + 1800, [record("DeleteTrail", START)])


def replay(forged: ForgedChain) -> str:
    """Copy an old hour over a newer one, signature and all."""
    old, new = forged.archive.get(forged.digests[1].key), forged.digests[3].key
    forged.archive.put(new, old.body, old.metadata)
    return new


def own_key(forged: ForgedChain) -> str:
    """Sign with a key of one's own, and say so."""
    digest = forged.digests[5]
    digest.signer = 1
    forged.resign(digest, digestPublicKeyFingerprint=public_key(1).fingerprint)
    return digest.key


def own_key_genuine_fingerprint(forged: ForgedChain) -> str:
    digest = forged.digests[5]
    digest.signer = 1
    forged.resign(digest)
    return digest.key


def replace_previous(forged: ForgedChain) -> str:
    """Let a digest be another genuine one than the digest after it names."""
    digest = forged.digests[2]
    forged.resign(digest, oldestEventTime=None)
    return digest.key


def fork(forged: ForgedChain) -> str:
    """Link past a digest: nothing reaches it any more."""
    before, after = forged.digests[1], forged.digests[3]
    link = {name: value for name, value in forged.digests[2].document.items() if name.startswith("previous")}
    forged.resign(after, **link)
    for digest in forged.digests[4:]:
        previous = forged.digests[forged.digests.index(digest) - 1]
        forged.resign(
            digest,
            **{k: v for k, v in forged.document(digest.period, [], previous).items() if k.startswith("previous")},
        )
    assert after.document["previousDigestS3Object"] == before.key
    return forged.digests[2].key


def run_forward(forged: ForgedChain) -> str:
    link = {k: v for k, v in forged.document(hour(5), [], forged.digests[5]).items() if k.startswith("previous")}
    forged.resign(forged.digests[5], **link)
    return forged.digests[5].key


def two_hashes(forged: ForgedChain) -> str:
    digest = forged.digests[5]
    listed = digest.document["logFiles"]
    forged.resign(digest, logFiles=[*listed, listed[0] | {"hashValue": "0" * 64}])
    return digest.key


def repeated_name(forged: ForgedChain) -> str:
    digest = forged.digests[5]
    raw = json.dumps(digest.document)
    forged.sign(digest, (raw[:-1] + f', "digestS3Bucket": "{BUCKET}"}}').encode())
    return digest.key


def raw_digest(text: str) -> Callable[[ForgedChain], str]:
    def spoil(forged: ForgedChain) -> str:
        digest = forged.digests[5]
        forged.sign(digest, text.encode())
        return digest.key

    return spoil


def foreign_log(forged: ForgedChain) -> str:
    other = chain(forged.archive, account="999988887777")
    key = other.put_log(START + 5 * HOUR + 60, [])
    digest = forged.digests[5]
    forged.resign(digest, logFiles=[*digest.document["logFiles"], forged.entry(key)])
    return key


NOT_JSON = "x" * 50
ZEROES = gzip.compress(b"\0" * (40 << 20))

ATTACKS = [
    Attack(
        "one byte of a log changed",
        replace_log(lambda b: gzip.compress(gzip.decompress(b).replace(b"203", b"204"))),
        "log_modified",
        hour(2),
    ),
    Attack(
        "one byte of a compressed log changed",
        replace_log(lambda b: b[:-6] + bytes([b[-6] ^ 1]) + b[-5:]),
        "log_modified",
        hour(2),
    ),
    Attack("bytes after the gzip stream of a log", replace_log(lambda b: b + b"x"), "log_modified", hour(2)),
    Attack("a second gzip member in a log", replace_log(lambda b: b + gzip.compress(b"")), "log_modified", hour(2)),
    Attack("a log that is not gzip", replace_log(gzip.decompress), "log_modified", hour(2)),
    Attack("a log emptied", replace_log(lambda _: b""), "log_modified", hour(2)),
    Attack("a log that breaks off", replace_log(lambda b: b[:-20]), "log_corrupt", hour(2)),
    Attack("a log replaced by a bomb", replace_log(lambda _: ZEROES), "log_too_large", hour(2)),
    Attack("a log deleted", delete_log, "log_missing", hour(2)),
    Attack("two logs swapped", swap_logs, "log_modified", hour(2), alone=False),
    Attack("a log planted", plant_log, "log_unlisted", Stretch(START + 2 * HOUR + 1800, START + 2 * HOUR + 1800)),
    Attack("a log of another account listed", foreign_log, "log_foreign", hour(5)),
    Attack("a digest changed", edit(newestEventTime=None), "signature_invalid", hour(2)),
    Attack("entries of a digest reordered", entries(lambda e: e[::-1]), "signature_invalid", hour(2)),
    Attack("an entry of a digest repeated", entries(lambda e: [*e, e[0]]), "signature_invalid", hour(2)),
    Attack("an entry of a digest removed", entries(lambda e: e[1:]), "signature_invalid", hour(2), alone=False),
    Attack("the link of a digest rewritten", edit(previousDigestHashValue="0" * 64), "signature_invalid", hour(2)),
    Attack(
        "a digest made a starting one",
        edit(
            **dict.fromkeys(
                (
                    "previousDigestS3Bucket",
                    "previousDigestS3Object",
                    "previousDigestHashValue",
                    "previousDigestHashAlgorithm",
                    "previousDigestSignature",
                )
            )
        ),
        "signature_invalid",
        hour(2),
    ),
    Attack("a digest signed by another key that says so", own_key, "key_missing", hour(5), Verdict.ERROR),
    Attack(
        "a digest signed by another key in a genuine one's name",
        own_key_genuine_fingerprint,
        "signature_invalid",
        hour(5),
    ),
    Attack("the signature stripped", metadata(signature=None), "signature_missing", hour(2)),
    Attack("the signature empty", metadata(signature=""), "signature_missing", hour(2)),
    Attack("the signature not hexadecimal", metadata(signature="zz" * 256), "signature_invalid", hour(2)),
    Attack("the signature of odd length", metadata(signature="a" * 511), "signature_invalid", hour(2)),
    Attack("the signature too long", metadata(signature="ab" * 5000), "signature_invalid", hour(2)),
    Attack("the signature of something else", metadata(signature=sign(b"other")), "signature_invalid", hour(2)),
    *(
        Attack(
            f"signature algorithm {name!r} in the metadata",
            metadata(signature_algorithm=name),
            "weak_algorithm",
            hour(2),
        )
        for name in ("none", "MD5withRSA", "SHA1withRSA", "SHA256withRSA ", "SHA512withRSA", "")
    ),
    Attack("no signature algorithm in the metadata", metadata(signature_algorithm=None), "weak_algorithm", hour(2)),
    Attack(
        "signature algorithm none in the digest", resign(digestSignatureAlgorithm="none"), "weak_algorithm", hour(5)
    ),
    Attack("MD5 for a log", resign_entry(hashAlgorithm="MD5"), "weak_algorithm", hour(5)),
    Attack("MD5 for the previous digest", resign(previousDigestHashAlgorithm="MD5"), "weak_algorithm", hour(5)),
    Attack("a hash value that is none", resign_entry(hashValue="abc"), "digest_modified", hour(5)),
    Attack("a hash value of another type", resign_entry(hashValue=7), "digest_modified", hour(5)),
    Attack("no list of logs", resign(logFiles=None), "digest_modified", hour(5)),
    Attack("a log listed with two hashes", two_hashes, "digest_modified", hour(5)),
    Attack("half a link", resign(previousDigestHashValue=None), "digest_modified", hour(5)),
    Attack("a name that stands twice", repeated_name, "digest_modified", hour(5)),
    Attack("a time that is none", resign(digestStartTime="-1"), "digest_modified", hour(5)),
    Attack("a digest that is no JSON", raw_digest(NOT_JSON), "digest_modified", hour(5)),
    Attack("a digest with NaN", raw_digest('{"logFiles": NaN}'), "digest_modified", hour(5)),
    Attack("a digest of endless depth", raw_digest('{"x":' + "[" * 200_000), "digest_modified", hour(5)),
    Attack(
        "a digest with a huge integer",
        raw_digest('{"digestStartTime": ' + "9" * 100_000 + "}"),
        "digest_modified",
        hour(5),
    ),
    Attack("a digest that is not gzip", replace_digest(gzip.decompress), "digest_modified", hour(2)),
    Attack("bytes after the gzip stream of a digest", replace_digest(lambda b: b + b"x"), "digest_modified", hour(2)),
    Attack("a digest that breaks off", replace_digest(lambda b: b[:-20]), "digest_corrupt", hour(2)),
    Attack("a digest replaced by a bomb", replace_digest(lambda _: ZEROES), "digest_too_large", hour(2)),
    Attack("a digest larger than any", replace_digest(lambda b: b + b"x" * (5 << 20)), "digest_too_large", hour(2)),
    Attack("one digest removed in the middle", delete_digest_and_logs(2), "digest_missing", hour(2)),
    Attack("two digests in a row removed", delete_digest_and_logs(2, 3), "digest_missing", hour(2, 3)),
    Attack("the first two digests removed", delete_digest_and_logs(0, 1), "digest_missing", hour(0, 1)),
    Attack("the last digest removed", freeze(5), "digest_missing", hour(5), Verdict.GAP),
    Attack("the last three digests removed", freeze(3, 4, 5), "digest_missing", hour(3, 5), Verdict.GAP),
    Attack("an old hour replayed under a new key", replay, "digest_moved", hour(3), alone=False),
    Attack("a digest of another account", resign(awsAccountId="999988887777"), "digest_moved", hour(5)),
    Attack("a digest of another bucket", resign(digestS3Bucket="other-bucket"), "digest_moved", hour(5)),
    Attack("the object that a link names replaced", replace_previous, "chain_broken", hour(2)),
    Attack("a digest that no other links to", fork, "digest_unlinked", hour(2), alone=False),
    Attack("a link that runs forward", run_forward, "chain_loop", hour(5)),
    Attack(
        "a digest that ends before it starts", resign(digestStartTime="2026-03-01T17:00:00Z"), "time_order", hour(5)
    ),
    Attack(
        "two digests that overlap",
        resign(digestStartTime="2026-03-01T14:30:00Z"),
        "time_order",
        Stretch(START + 4 * HOUR + 1800, START + 6 * HOUR),
    ),
]


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_is_named_with_its_object_and_time(attack):
    forged = chain()
    forged.deliver(6)
    key = attack.spoil(forged)

    report = check(forged)

    blamed = [found for found in report.all_findings() if (found.kind, found.object) == (attack.kind, key)]
    assert [found.period for found in blamed] == [attack.period]
    assert report.verdict is attack.status
    assert not attack.alone or len(report.all_findings()) == 1, kinds(report)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_all_time_is_either_proven_or_blamed(attack):
    forged = chain()
    forged.deliver(6)
    attack.spoil(forged)

    report = check(forged)

    proven = report.chains[0].proven
    blamed = [found.period for found in report.all_findings() if found.kind not in ("log_unlisted", "time_order")]
    blamed += without(hour(5), proven) if attack.kind == "time_order" else []
    for moment in range(forged.window.start, forged.window.end, 600):
        is_proven = any(stretch.holds(moment) for stretch in proven)
        is_blamed = any(period.holds(moment) for period in blamed)
        assert is_proven != is_blamed, moment


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_every_object_is_counted_once(attack):
    forged = chain()
    forged.deliver(6)
    attack.spoil(forged)

    report = check(forged).as_json()

    digests = report["totals"]["digests"]
    assert sum(digests.values()) == 6
    assert report["totals"]["findings"] >= digests["invalid"] + digests["error"]


def test_logs_left_behind_by_removed_digests_are_unlisted():
    forged = chain()
    forged.deliver(6)
    forged.archive.delete(forged.digests[5].key)

    report = check(forged)

    assert kinds(report) == ["digest_missing", "log_unlisted", "log_unlisted"]
    assert report.verdict is Verdict.INVALID


def test_a_removed_entry_shows_as_an_unlisted_log():
    forged = chain()
    forged.deliver(6)
    removed = log_of(forged)
    entries(lambda listed: listed[1:])(forged)

    report = check(forged)

    assert [found.object for found in report.all_findings() if found.kind == "log_unlisted"] == [removed]


def test_a_digest_outside_the_window_tells_of_the_last_one_within():
    forged = chain()
    forged.deliver(6)
    key = forged.digests[3].key
    forged.archive.delete(key, *forged.digests[3].logs)

    report = check(forged, window=Stretch(START, START + 4 * HOUR))

    assert (only(report).kind, only(report).object, report.verdict) == ("digest_missing", key, Verdict.INVALID)


def test_a_later_digest_tells_that_all_of_the_window_were_removed():
    forged = chain()
    forged.deliver(100)
    for digest in forged.digests[:90]:
        forged.archive.delete(digest.key, *digest.logs)

    report = check(forged, window=Stretch(START, START + 6 * HOUR))

    assert (only(report).kind, only(report).object) == ("digest_missing", forged.digests[89].key)
    assert only(report).period == hour(0, 5)
    assert report.verdict is Verdict.INVALID


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        (public_key(start=START - 60 * 24 * HOUR, end=START - 30 * 24 * HOUR), "key_expired"),
        (public_key(start=START + 10 * HOUR, end=START + 99 * HOUR), "key_expired"),
        (PublicKey("us-east-1", public_key().fingerprint, public_key(1).der, START, LATER), "key_invalid"),
        (PublicKey("us-east-1", public_key().fingerprint, b"", START, LATER), "key_invalid"),
        (public_key(region="eu-west-1"), "key_missing"),
    ],
)
def test_only_a_key_of_the_region_and_the_time_counts(key, kind):
    forged = chain()
    forged.deliver(1)

    report = check(forged, ring=KeyRing.of([key]))

    assert (only(report).kind, only(report).object) == (kind, forged.digests[0].key)


def test_a_digest_of_the_future_is_out_of_order():
    forged = chain()
    forged.deliver(6)

    report = check(forged, now=START + 4 * HOUR)

    assert "time_order" in kinds(report)
    assert report.verdict is Verdict.INVALID


def test_a_digest_of_another_region_copied_in_is_moved():
    forged = chain()
    forged.deliver(6)
    other = chain(forged.archive, region="eu-west-1")
    other.deliver(6)
    stolen = forged.archive.get(other.digests[2].key)
    forged.archive.put(forged.digests[2].key, stolen.body, stolen.metadata)

    report = check(forged)

    assert [found.object for found in report.all_findings() if found.kind == "digest_moved"] == [forged.digests[2].key]
