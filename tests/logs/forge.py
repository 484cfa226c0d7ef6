"""A forge of archives: signs real digest chains with throwaway keys, as CloudTrail would, and then spoils them."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from ctguard.logs.digest import string_to_sign
from ctguard.logs.keys import PublicKey
from ctguard.logs.naming import Place
from ctguard.logs.store import MISSING, Body, Entry, ReadError
from ctguard.logs.times import DAY, HOUR, Moment, Stretch, compact, from_user, iso

ACCOUNT = "111122223333"
HOME = "us-east-1"
TRAIL = "audit_trail.v1"
ARN = f"arn:aws:cloudtrail:{HOME}:{ACCOUNT}:trail/{TRAIL}"
BUCKET = "audit-logs"
START = from_user("2026-03-01T10:00:00Z")
LATER = from_user("2026-11-20T00:00:00Z")


@cache
def private_key(number: int = 0) -> rsa.RSAPrivateKey:
    """Return throwaway key `number`, made once a run."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_key(
    number: int = 0,
    region: str = HOME,
    start: Moment = START - 15 * DAY,
    end: Moment = START + 15 * DAY,
    *,
    spki: bool = False,
) -> PublicKey:
    """Return the public half of a throwaway key as ListPublicKeys would tell it."""
    encoding = serialization.Encoding.DER
    form = serialization.PublicFormat.SubjectPublicKeyInfo if spki else serialization.PublicFormat.PKCS1
    der = private_key(number).public_key().public_bytes(encoding, form)
    return PublicKey(region, hashlib.md5(der, usedforsecurity=False).hexdigest(), der, start, end)


def sign(message: bytes, number: int = 0) -> str:
    """Return the signature of `message` by a throwaway key, as S3 metadata holds it."""
    return private_key(number).sign(message, padding.PKCS1v15(), hashes.SHA256()).hex()


@dataclass(frozen=True)
class Stored:
    """One object: body and metadata."""

    body: bytes
    metadata: dict[str, str] = field(default_factory=dict)


@dataclass
class Archive:
    """The objects of all buckets; also a store, so that most tests need neither disk nor network."""

    objects: dict[tuple[str, str], Stored] = field(default_factory=dict)
    errors: dict[str, ReadError] = field(default_factory=dict)
    reads: list[str] = field(default_factory=list)

    def put(self, key: str, body: bytes, metadata: dict[str, str] | None = None, bucket: str = BUCKET) -> None:
        self.objects[(bucket, key)] = Stored(body, metadata or {})

    def get(self, key: str, bucket: str = BUCKET) -> Stored:
        return self.objects[(bucket, key)]

    def delete(self, *keys: str, bucket: str = BUCKET) -> None:
        for key in keys:
            del self.objects[(bucket, key)]

    def change(self, key: str, bucket: str = BUCKET, **changes: Any) -> None:
        self.objects[(bucket, key)] = replace(self.objects[(bucket, key)], **changes)

    def names(self, containing: str = "") -> list[str]:
        return sorted(key for _, key in self.objects if containing in key)

    # As a store.

    def entries(self, bucket: str, prefix: str, *, after: str = "", before: str | None = None) -> Iterator[Entry]:
        self._fail(prefix)
        for found, key in sorted(self.objects):
            if found == bucket and key.startswith(prefix) and key > after and (before is None or key < before):
                yield Entry(key, hashlib.md5(self.objects[(found, key)].body).hexdigest())

    def folders(self, bucket: str, prefix: str) -> list[str]:
        self._fail(prefix)
        rest = (key[len(prefix) :] for found, key in self.objects if found == bucket and key.startswith(prefix))
        return sorted({name.partition("/")[0] for name in rest if "/" in name})

    @contextmanager
    def read(self, bucket: str, key: str, *, metadata: bool = False) -> Iterator[Body]:
        self.reads.append(key)
        self._fail(key)
        stored = self.objects.get((bucket, key))
        if stored is None:
            raise ReadError(MISSING, "no such key")
        yield Body(stored.metadata, iter([stored.body[i : i + 4000] for i in range(0, len(stored.body), 4000)]))

    def _fail(self, key: str) -> None:
        if key in self.errors:
            raise self.errors[key]

    # On disk.

    def write_to(self, folder: Path, *, sidecars: bool = True) -> None:
        """Write the objects as a local copy of the bucket, metadata beside the digests."""
        for (_, key), stored in self.objects.items():
            path = folder / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(stored.body)
            if sidecars and stored.metadata:
                sidecar = {"ContentEncoding": "gzip", "Metadata": stored.metadata}
                path.with_name(path.name + ".metadata.json").write_text(json.dumps(sidecar))


@dataclass
class Digest:
    """One delivered digest: what it was made of, so that it can be made again otherwise."""

    key: str
    period: Stretch
    logs: list[str]
    document: dict[str, Any]
    signer: int


def record(name: str, moment: Moment, **fields: Any) -> dict[str, Any]:
    """Return an event record of CloudTrail."""
    return {
        "eventVersion": "1.11",
        "userIdentity": {"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/mallory", "accountId": ACCOUNT},
        "eventTime": iso(moment),
        "eventSource": "cloudtrail.amazonaws.com",
        "eventName": name,
        "awsRegion": HOME,
        "sourceIPAddress": "203.0.113.7",
        "userAgent": "aws-cli/2",
        "eventID": hashlib.sha256(f"{name}{moment}".encode()).hexdigest()[:32],
        **fields,
    }


@dataclass
class ForgedChain:
    """One account and region of a trail, delivered hour by hour."""

    archive: Archive
    place: Place
    clock: Moment = START
    backfill: bool = False
    signer: int = 0
    digests: list[Digest] = field(default_factory=list)
    _linked: bool = True

    def deliver(
        self, hours: int = 1, logs: int = 2, records: list[dict[str, Any]] | None = None, length: int = HOUR
    ) -> list[Digest]:
        """Deliver `hours` digests with `logs` log files each; `records` go into the first log of the last one."""
        delivered = []
        for hour in range(hours):
            period = Stretch(self.clock, self.clock + length)
            keys = []
            for number in range(logs):
                events = [record("RunInstances", period.start + 60 * number, n=number)]
                if records and hour == hours - 1 and number == 0:
                    events += records
                keys.append(self.put_log(period.start + (number + 1) * length // (logs + 1), events, f"{number:016d}"))
            delivered.append(self.put_digest(period, keys))
            self.clock = period.end
        return delivered

    def put_log(self, moment: Moment, events: list[dict[str, Any]], name: str = "planted000000000") -> str:
        """Put a log file where CloudTrail would, and return its key."""
        place = self.place
        stamp = compact(moment)[:-3] + "Z"
        key = f"{place.log_day(moment)}{place.account_id}_CloudTrail_{place.region}_{stamp}_{name}.json.gz"
        self.archive.put(key, gzip.compress(json.dumps({"Records": events}).encode(), mtime=0), bucket=place.bucket)
        return key

    def digest_key(self, end: Moment) -> str:
        place = self.place
        tail = "_backfill" if self.backfill else ""
        name = f"{place.account_id}_CloudTrail-Digest_{place.region}_{place.own_trail}_{compact(end)}{tail}.json.gz"
        return f"{place.digest_marker(end)}{name}"

    def put_digest(self, period: Stretch, logs: list[str], **changes: Any) -> Digest:
        """Sign and put the digest of `period`; `changes` replace fields of it before it is signed."""
        previous = self.digests[-1] if self.digests and self._linked else None
        self._linked = True
        document = self.document(period, logs, previous) | changes
        digest = Digest(self.digest_key(period.end), period, logs, document, self.signer)
        self.sign(digest)
        self.digests.append(digest)
        return digest

    def document(self, period: Stretch, logs: list[str], previous: Digest | None) -> dict[str, Any]:
        place = self.place
        link: dict[str, Any] = dict.fromkeys(
            ("previousDigestS3Bucket", "previousDigestS3Object", "previousDigestHashValue")
        ) | dict.fromkeys(("previousDigestHashAlgorithm", "previousDigestSignature"))
        if previous is not None:
            bucket = previous.document["digestS3Bucket"]
            stored = self.archive.get(previous.key, bucket)
            link = {
                "previousDigestS3Bucket": bucket,
                "previousDigestS3Object": previous.key,
                "previousDigestHashValue": hashlib.sha256(gzip.decompress(stored.body)).hexdigest(),
                "previousDigestHashAlgorithm": "SHA-256",
                "previousDigestSignature": stored.metadata["signature"],
            }
        return {
            "awsAccountId": place.account_id,
            "digestStartTime": iso(period.start),
            "digestEndTime": iso(period.end),
            "digestS3Bucket": place.bucket,
            "digestS3Object": self.digest_key(period.end),
            "digestPublicKeyFingerprint": public_key(self.signer).fingerprint,
            "digestSignatureAlgorithm": "SHA256withRSA",
            "newestEventTime": iso(period.end) if logs else None,
            "oldestEventTime": iso(period.start) if logs else None,
            **link,
            "logFiles": [self.entry(key) for key in logs],
        }

    def entry(self, key: str) -> dict[str, Any]:
        """Return what a digest says of a log file."""
        body = gzip.decompress(self.archive.get(key, self.place.bucket).body)
        return {
            "s3Bucket": self.place.bucket,
            "s3Object": key,
            "hashValue": hashlib.sha256(body).hexdigest(),
            "hashAlgorithm": "SHA-256",
            "newestEventTime": None,
            "oldestEventTime": None,
        }

    def sign(self, digest: Digest, raw: bytes | None = None, **metadata: str) -> None:
        """Put a digest as its document now is, or as `raw` is, with a fresh and genuine signature."""
        document = digest.document
        raw = json.dumps(document).encode() if raw is None else raw
        message = string_to_sign(
            document["digestEndTime"],
            document["digestS3Bucket"],
            document["digestS3Object"],
            hashlib.sha256(raw).hexdigest(),
            document["previousDigestSignature"],
        )
        found = {"signature": sign(message, digest.signer), "signature-algorithm": "SHA256withRSA", **metadata}
        if self.backfill:
            found.setdefault("backfill-generation-timestamp", iso(digest.period.end))
        self.archive.put(digest.key, gzip.compress(raw, mtime=0), found, bucket=self.place.bucket)

    def edit(self, digest: Digest, **changes: Any) -> None:
        """Change fields of a digest without signing it anew."""
        stored = self.archive.get(digest.key, self.place.bucket)
        document = json.loads(gzip.decompress(stored.body)) | changes
        self.archive.change(digest.key, self.place.bucket, body=gzip.compress(json.dumps(document).encode(), mtime=0))

    def resign(self, digest: Digest, **changes: Any) -> None:
        """Change fields of a digest and sign it anew with a genuine key: CloudTrail itself would lie."""
        digest.document |= changes
        self.sign(digest)

    def pause(self, hours: int = 2) -> Stretch:
        """Let time pass without digests; the next one starts a new chain."""
        stretch = Stretch(self.clock, self.clock + hours * HOUR)
        self.clock = stretch.end
        self._linked = False
        return stretch

    @property
    def window(self) -> Stretch:
        """From the first digest's start to the last one's end."""
        return Stretch(self.digests[0].period.start, self.digests[-1].period.end)


def place(
    region: str = HOME, account: str = ACCOUNT, bucket: str = BUCKET, root: str = "AWSLogs/", trail: str = TRAIL
) -> Place:
    return Place(bucket, root, account, region, trail, HOME)


def chain(archive: Archive | None = None, **where: Any) -> ForgedChain:
    """Return a chain without digests, in an archive of its own unless one is given."""
    return ForgedChain(Archive() if archive is None else archive, place(**where))
