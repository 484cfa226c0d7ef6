"""Public keys of CloudTrail: the ring that a run trusts, and the file that it can be saved in.

Keys come from ListPublicKeys, which another module asks, or from a file that
says where its keys came from. Keys belong to a region ("ListPublicKeys" in the
CloudTrail API reference; "Validating CloudTrail log file integrity" in the User
Guide): a digest of one region is never checked with another region's key.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from ctguard.logs.times import HOUR, Moment, from_user, iso
from ctguard.model.errors import CtguardError

ROTATION = 2 * HOUR
"""A digest at the very end of a range may be signed with a key that was just made."""

_FORMAT = "ctguard-cloudtrail-public-keys/1"
_SOURCE = "cloudtrail:ListPublicKeys"
_LARGEST_FILE = 64 << 20


@dataclass(frozen=True, slots=True)
class PublicKey:
    """One public key of a region; `der` is PKCS#1 or SubjectPublicKeyInfo."""

    region: str
    fingerprint: str
    der: bytes
    start: Moment
    end: Moment

    def covers(self, moment: Moment) -> bool:
        """Return whether the key may have signed what was due at `moment`, edges included."""
        return self.start <= moment + ROTATION and moment <= self.end

    def as_json(self) -> dict[str, str]:
        """Return what a report says of the key."""
        return {
            "region": self.region,
            "fingerprint": self.fingerprint,
            "validity_start": iso(self.start),
            "validity_end": iso(self.end),
        }


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys that a run trusts; `denied` says for which regions they could not be had: finding kind and reason."""

    keys: Mapping[tuple[str, str], tuple[PublicKey, ...]] = field(default_factory=dict)
    denied: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, keys: Iterable[PublicKey], denied: Mapping[str, tuple[str, str]] | None = None) -> KeyRing:
        table: dict[tuple[str, str], tuple[PublicKey, ...]] = {}
        for key in sorted(set(keys), key=lambda key: (key.region, key.fingerprint, key.start, key.end, key.der)):
            slot = (key.region, key.fingerprint)
            table[slot] = (*table.get(slot, ()), key)
        return cls(table, dict(denied or {}))

    def find(self, region: str, fingerprint: str) -> tuple[PublicKey, ...]:
        """Return the keys of `region` with this fingerprint; the same key may be listed for several times."""
        return self.keys.get((region, fingerprint.lower()), ())

    def all(self) -> list[PublicKey]:
        return [key for slot in sorted(self.keys) for key in self.keys[slot]]


class UnusableKeyError(Exception):
    """The value of a public key is not a key, or is not the key that its fingerprint names."""


def signature_holds(key: PublicKey, signature: bytes, message: bytes) -> bool:
    """Return whether `signature` is RSA PKCS#1 v1.5 with SHA-256 over `message` by `key`; UnusableKeyError."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    # The fingerprint is the MD5 of the DER bytes: it holds for every pair that AWS's documentation prints.
    if hashlib.md5(key.der, usedforsecurity=False).hexdigest() != key.fingerprint:
        raise UnusableKeyError(f"the key with fingerprint {key.fingerprint} has another fingerprint")
    try:
        public = load_der_public_key(key.der)
    except Exception as error:  # cryptography raises whatever its parser meets
        raise UnusableKeyError(f"the key with fingerprint {key.fingerprint} cannot be loaded: {error}") from None
    if not isinstance(public, rsa.RSAPublicKey):
        raise UnusableKeyError(f"the key with fingerprint {key.fingerprint} is not an RSA key")
    try:
        public.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


class _SavedKey(msgspec.Struct, frozen=True):
    fingerprint: str
    value: str
    validity_start: str
    validity_end: str


class _SavedRegion(msgspec.Struct, frozen=True):
    start: str
    end: str
    keys: list[_SavedKey]


class _SavedRing(msgspec.Struct, frozen=True):
    format: str
    source: str
    saved_at: str
    saved_by: str
    regions: dict[str, _SavedRegion]
    trail: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class SavedKeys:
    """What a key file holds: the keys, the regions that were asked, and facts about the trail."""

    ring: KeyRing
    regions: frozenset[str]
    trail: Mapping[str, Any] | None


def saved_form(
    ring: KeyRing,
    *,
    asked: Mapping[str, tuple[Moment, Moment]],
    saved_at: Moment,
    saved_by: str,
    trail: Mapping[str, Any] | None = None,
) -> bytes:
    """Return the key file: every key, and its provenance (which regions were asked for which time, when, by whom)."""
    regions = {
        region: {
            "start": iso(start),
            "end": iso(end),
            "keys": [
                {
                    "fingerprint": key.fingerprint,
                    "value": base64.b64encode(key.der).decode(),
                    "validity_start": iso(key.start),
                    "validity_end": iso(key.end),
                }
                for key in ring.all()
                if key.region == region
            ],
        }
        for region, (start, end) in sorted(asked.items())
    }
    document = {
        "format": _FORMAT,
        "source": _SOURCE,
        "saved_at": iso(saved_at),
        "saved_by": saved_by,
        "regions": regions,
        "trail": trail,
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def load_keys(path: Path) -> SavedKeys:
    """Return what the key file at `path` holds; CtguardError when it is none, or does not say where it came from."""
    hint = "save one with: ctguard logs keys -o FILE"
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_FILE + 1)
    except OSError as error:
        raise CtguardError(f"{path}: {error.strerror}", hint=hint) from None
    if len(content) > _LARGEST_FILE:
        raise CtguardError(f"{path}: larger than {_LARGEST_FILE >> 20} MiB", hint=hint)
    try:
        saved = msgspec.json.decode(content, type=_SavedRing)
        if saved.format != _FORMAT or saved.source != _SOURCE or not saved.saved_by:
            raise ValueError("it does not say that its keys came from ListPublicKeys")
        keys = [_from_saved(region, key) for region, answer in saved.regions.items() for key in answer.keys]
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise CtguardError(f"{path}: not a file of public keys: {error}", hint=hint) from None
    return SavedKeys(KeyRing.of(keys), frozenset(saved.regions), saved.trail)


def _from_saved(region: str, key: _SavedKey) -> PublicKey:
    try:
        der = base64.b64decode(key.value, validate=True)
    except binascii.Error:
        der = b""  # the key is then reported as one that is none, where a digest needs it
    return PublicKey(region, key.fingerprint.lower(), der, from_user(key.validity_start), from_user(key.validity_end))
