"""Judge one digest file by itself: its form, its place, its signature.

How it fits to its neighbours is the work of `links`. The format, the string to
sign and the required metadata are those of the CloudTrail User Guide ("CloudTrail
digest file structure", "Custom implementations of log file integrity validation").
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from sys import intern
from typing import TypeAlias

import msgspec

from ctguard.logs.inflate import DIGEST_BOUND, Flaw, Inflater
from ctguard.logs.keys import KeyRing, PublicKey, UnusableKeyError, signature_holds
from ctguard.logs.naming import Place, residence
from ctguard.logs.times import Moment, Stretch, from_digest, from_user, iso

SIGNATURE_ALGORITHM = "SHA256withRSA"
HASH_ALGORITHM = "SHA-256"
LARGEST_DIGEST = 4 << 20
"""Compressed; bodies of digests are held until they are complete."""

CLOCK_TOLERANCE = 15 * 60
_LONGEST_SIGNATURE = 4096
_LONGEST_DETAIL = 400
_SHA256 = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)
_HEX = re.compile(r"(?:[0-9a-fA-F]{2})+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Link:
    """What a digest says of the one before it: SHA-256 of its body, and of its signature's text.

    A year of one chain is 8,760 of these: each holds as little as will do.
    """

    bucket: str
    key: str
    body_hash: bytes
    signature_hash: bytes


@dataclass(frozen=True, slots=True)
class Sound:
    """A digest that holds by itself: CloudTrail signed it, for this place."""

    bucket: str
    key: str
    period: Stretch
    body_hash: bytes
    signature_hash: bytes
    previous: Link | None


@dataclass(frozen=True, slots=True)
class Unsound:
    """A digest that proves nothing, and why; `end` is taken from its name. `readable`: it names log files."""

    bucket: str
    key: str
    end: Moment
    kind: str
    detail: str
    readable: bool = False


Digest: TypeAlias = Sound | Unsound


@dataclass(frozen=True, slots=True)
class ListedLog:
    """One log file as a digest lists it."""

    bucket: str
    key: str
    sha256: str


@dataclass(frozen=True, slots=True)
class DigestReading:
    """What reading one digest gave.

    `logs` are those that a sound digest lists for its own account and region,
    `foreign` the others. `claimed` are the logs that an unsound one names: they
    prove nothing, but nobody may call them unlisted.
    """

    digest: Digest
    logs: tuple[ListedLog, ...] = ()
    foreign: tuple[str, ...] = ()
    claimed: frozenset[str] = frozenset()
    generated: Moment | None = None


class _Entry(msgspec.Struct, frozen=True, gc=False):
    s3Bucket: str  # noqa: N815
    s3Object: str  # noqa: N815
    hashValue: str  # noqa: N815
    hashAlgorithm: str  # noqa: N815


class _Document(msgspec.Struct, frozen=True, gc=False):
    awsAccountId: str  # noqa: N815
    digestStartTime: str  # noqa: N815
    digestEndTime: str  # noqa: N815
    digestS3Bucket: str  # noqa: N815
    digestS3Object: str  # noqa: N815
    digestPublicKeyFingerprint: str  # noqa: N815
    digestSignatureAlgorithm: str  # noqa: N815
    previousDigestS3Bucket: str | None  # noqa: N815
    previousDigestS3Object: str | None  # noqa: N815
    previousDigestHashValue: str | None  # noqa: N815
    previousDigestHashAlgorithm: str | None  # noqa: N815
    previousDigestSignature: str | None  # noqa: N815
    logFiles: list[_Entry]  # noqa: N815


_decoder = msgspec.json.Decoder(_Document)


class _Failed(Exception):  # noqa: N818 - control flow within this module
    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail if len(detail) <= _LONGEST_DETAIL else f"{detail[:_LONGEST_DETAIL]}..."


@dataclass(frozen=True, slots=True)
class DigestFile:
    """A digest as it came from the store: gzip body and metadata, at its place in a chain."""

    place: Place
    key: str
    end: Moment
    backfill: bool
    body: bytes
    metadata: Mapping[str, str]


def judge_digest(file: DigestFile, ring: KeyRing, now: Moment) -> DigestReading:
    """Return what `file` proves, judged by itself with the keys of `ring`."""
    document: _Document | None = None
    generated = _generated(file)
    try:
        raw = _inflated(file.body)
        document = _document(raw)
        _check_place(document, file)
        signature = _signature(document, file.metadata)
        body_hash = hashlib.sha256(raw).hexdigest()
        _check_signature(document, signature, body_hash, file, ring, generated)
        period = _period(document, now)
        key, body = intern(file.key), bytes.fromhex(body_hash)
        sound = Sound(intern(file.place.bucket), key, period, body, _signature_hash(signature), _link(document))
        logs, foreign = _logs(document, file.place)
    except _Failed as failed:
        readable = document is not None
        unsound = Unsound(file.place.bucket, file.key, file.end, failed.kind, failed.detail, readable)
        claimed = frozenset(entry.s3Object for entry in document.logFiles) if document else frozenset()
        return DigestReading(unsound, claimed=claimed, generated=generated)
    return DigestReading(sound, logs, foreign, generated=generated)


def _generated(file: DigestFile) -> Moment | None:
    """Return when a backfill digest was made; it is signed with the key of that time."""
    text = file.metadata.get("backfill-generation-timestamp")
    if not file.backfill or text is None:
        return None
    try:
        return from_user(text)
    except ValueError:
        return None


_BODY_KIND = {
    Flaw.NOT_GZIP: "digest_modified",
    Flaw.DAMAGED: "digest_modified",
    Flaw.TRAILING: "digest_modified",
    Flaw.BREAKS_OFF: "digest_corrupt",
    Flaw.TOO_LARGE: "digest_too_large",
}


def _inflated(body: bytes) -> bytes:
    inflater = Inflater(DIGEST_BOUND)
    raw = b"".join(inflater.feed(body))
    if (flaw := inflater.close()) is not None:
        bound = f" of {DIGEST_BOUND.most >> 20} MiB" if flaw is Flaw.TOO_LARGE else ""
        raise _Failed(_BODY_KIND[flaw], f"the digest {flaw}{bound}")
    return raw


def _document(raw: bytes) -> _Document:
    try:
        document = _decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise _Failed("digest_modified", f"not a digest: {error}") from None
    # Parsers differ on repeated names, so a name may stand once only. Within a JSON string a quote
    # is escaped: a name in quotes is a name.
    times = dict.fromkeys(_Document.__struct_fields__, 1)
    times |= {name: len(document.logFiles) for name in _Entry.__struct_fields__}
    for name, expected in times.items():
        if raw.count(b'"%s"' % name.encode()) != expected:
            raise _Failed("digest_modified", f"not a digest: {name} does not stand where it must, once")
    return document


def _check_place(document: _Document, file: DigestFile) -> None:
    place = file.place
    if (document.digestS3Bucket, document.digestS3Object) != (place.bucket, file.key):
        raise _Failed(
            "digest_moved",
            f"says that it belongs to s3://{document.digestS3Bucket}/{document.digestS3Object}",
        )
    if document.awsAccountId != place.account_id:
        raise _Failed("digest_moved", f"says that it belongs to account {document.awsAccountId}")


def _signature(document: _Document, metadata: Mapping[str, str]) -> str:
    signature = metadata.get("signature", "").strip()
    if not signature:
        raise _Failed("signature_missing", "the object's metadata holds no signature")
    for algorithm in (document.digestSignatureAlgorithm, metadata.get("signature-algorithm", "")):
        if algorithm != SIGNATURE_ALGORITHM:
            raise _Failed("weak_algorithm", f"signature algorithm is {algorithm!r}, not {SIGNATURE_ALGORITHM}")
    if len(signature) > _LONGEST_SIGNATURE or not _HEX.fullmatch(signature):
        raise _Failed("signature_invalid", "the signature in the metadata is not hexadecimal")
    return signature


def string_to_sign(end: str, bucket: str, key: str, body_hash: str, previous_signature: str | None) -> bytes:
    """Return what CloudTrail signs for a digest; all values exactly as the digest writes them."""
    return f"{end}\n{bucket}/{key}\n{body_hash}\n{previous_signature or 'null'}".encode()


def _check_signature(
    document: _Document, signature: str, body_hash: str, file: DigestFile, ring: KeyRing, generated: Moment | None
) -> None:
    fingerprint = document.digestPublicKeyFingerprint
    keys = ring.find(file.place.region, fingerprint)
    if not keys:
        raise _Failed("key_missing", f"no public key of {file.place.region} has fingerprint {fingerprint[:64]}")
    message = string_to_sign(
        document.digestEndTime,
        document.digestS3Bucket,
        document.digestS3Object,
        body_hash,
        document.previousDigestSignature,
    )
    try:
        holds = [key for key in keys if signature_holds(key, bytes.fromhex(signature), message)]
    except UnusableKeyError as error:
        raise _Failed("key_invalid", str(error)) from None
    except UnicodeEncodeError:
        raise _Failed("digest_modified", "not a digest: holds a lone surrogate") from None
    if not holds:
        raise _Failed("signature_invalid", f"the signature does not verify with key {fingerprint}")
    _check_validity(document, holds, generated)


def _check_validity(document: _Document, keys: list[PublicKey], generated: Moment | None) -> None:
    moment = generated if generated is not None else _moment(document.digestEndTime)
    if not any(key.covers(moment) for key in keys):
        spans = ", ".join(f"{iso(key.start)} to {iso(key.end)}" for key in keys)
        raise _Failed("key_expired", f"signed at {iso(moment)} with key {keys[0].fingerprint}, valid {spans}")


def _moment(text: str) -> Moment:
    try:
        return from_digest(text)
    except ValueError as error:
        raise _Failed("digest_modified", f"not a digest: {error}") from None


def _period(document: _Document, now: Moment) -> Stretch:
    period = Stretch(_moment(document.digestStartTime), _moment(document.digestEndTime))
    if period.end <= period.start:
        raise _Failed("time_order", f"ends at {iso(period.end)}, not after its start at {iso(period.start)}")
    if period.end > now + CLOCK_TOLERANCE:
        raise _Failed("time_order", f"ends at {iso(period.end)}, in the future of this machine's clock, {iso(now)}")
    return period


def _link(document: _Document) -> Link | None:
    bucket, key = document.previousDigestS3Bucket, document.previousDigestS3Object
    value, signature = document.previousDigestHashValue, document.previousDigestSignature
    algorithm = document.previousDigestHashAlgorithm
    if bucket is None and key is None and value is None and signature is None and algorithm is None:
        return None
    if not (bucket and key and value and signature and algorithm):
        raise _Failed("digest_modified", "not a digest: its link to the previous digest is incomplete")
    if algorithm != HASH_ALGORITHM:
        raise _Failed("weak_algorithm", f"the previous digest's hash algorithm is {algorithm!r}, not {HASH_ALGORITHM}")
    if not _SHA256.fullmatch(value):
        raise _Failed("digest_modified", "not a digest: the hash value of the previous digest is no SHA-256")
    return Link(intern(bucket), intern(key), bytes.fromhex(value), _signature_hash(signature))


def _signature_hash(signature: str) -> bytes:
    return hashlib.sha256(signature.lower().encode(errors="replace")).digest()


def _logs(document: _Document, place: Place) -> tuple[tuple[ListedLog, ...], tuple[str, ...]]:
    logs: dict[tuple[str, str], ListedLog] = {}
    foreign: list[str] = []
    for entry in document.logFiles:
        if entry.hashAlgorithm != HASH_ALGORITHM:
            raise _Failed("weak_algorithm", f"hash algorithm of {entry.s3Object} is {entry.hashAlgorithm!r}")
        if not _SHA256.fullmatch(entry.hashValue):
            raise _Failed("digest_modified", f"not a digest: the hash value of {entry.s3Object} is no SHA-256")
        log = ListedLog(entry.s3Bucket, entry.s3Object, entry.hashValue.lower())
        if logs.setdefault((log.bucket, log.key), log) != log:
            raise _Failed("digest_modified", f"not a digest: lists {entry.s3Object} with two hashes")
        home = residence(entry.s3Object)
        if home is not None and (home.account_id, home.region) != (place.account_id, place.region):
            foreign.append(entry.s3Object)
    own = tuple(log for log in logs.values() if log.key not in set(foreign))
    return own, tuple(foreign)
