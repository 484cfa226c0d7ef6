"""Signed envelopes: DSSE, the form that in-toto and Sigstore use, so that others can verify them too.

The signature is over the payload and its type (the specification's pre-authentication encoding). An
envelope has one form here: JSON in one line, one signature, whose `keyid` is the SHA-256 of the public key.
(DSSE 1.0: github.com/secure-systems-lab/dsse, protocol.md and envelope.md.)
"""

from __future__ import annotations

import binascii
from typing import Final

import msgspec
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import Key, Signer

LARGEST: Final = 16 * 2**20


class UnsealedError(Exception):
    """An envelope that the given key has not signed, or that is none."""


class _Signature(msgspec.Struct, forbid_unknown_fields=True):
    keyid: str
    sig: str


class _Written(msgspec.Struct, forbid_unknown_fields=True, rename={"payload_type": "payloadType"}):
    payload: str
    payload_type: str
    signatures: list[_Signature]


def sealed(payload: bytes, payload_type: str, signer: Signer) -> bytes:
    """Return the envelope of `payload`, signed."""
    envelope = Envelope(payload, payload_type, {})
    envelope.sign(signer)
    return _form(envelope)


def opened(content: bytes, payload_type: str, key: Key) -> bytes:
    """Return the payload of an envelope that `key` has signed; UnsealedError for any other."""
    if len(content) > LARGEST:
        raise UnsealedError(f"is larger than {LARGEST >> 20} MiB")
    try:
        written = msgspec.json.decode(content, type=_Written)
        envelope = Envelope.from_dict(msgspec.to_builtins(written))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, binascii.Error, ValueError) as error:
        raise UnsealedError(f"is no signed envelope: {error}") from None
    if _form(envelope) != content or written.payload_type != payload_type:
        raise UnsealedError("is not in the one form that ctguard writes")
    if list(envelope.signatures) != [key.keyid]:
        signers = ", ".join(envelope.signatures)
        raise UnsealedError(f"is not signed with the given key {key.keyid}, but, as it says, with {signers or 'none'}")
    try:
        envelope.verify([key], threshold=1)
    except VerificationError:
        raise UnsealedError("the signature does not hold: what it says was changed, or another key made it") from None
    return envelope.payload


def _form(envelope: Envelope) -> bytes:
    return msgspec.json.encode(envelope.to_dict()) + b"\n"
