"""Keys that sign evidence: files that `ctguard evidence keygen` makes, or a key of AWS KMS.

A key is named by the SHA-256 of its public half (SubjectPublicKeyInfo in DER), so that
`openssl pkey -pubin -in public.pem -outform DER | sha256sum` tells which one it is.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_ec_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_public_key,
    load_pem_private_key,
    load_pem_public_key,
)
from securesystemslib.signer import CryptoSigner, Signature, Signer, SSlibKey

from ctguard.model.errors import CtguardError, UsageError
from ctguard.model.named_file import read_named
from ctguard.model.visible import visible

ED25519: Final = "ed25519"
ECDSA: Final = "ecdsa-p256"
KMS_ARN: Final = re.compile(r"arn:[\w-]+:kms:([a-z0-9-]+):\d{12}:(?:key|alias)/.+")
CONNECT_SECONDS: Final = 10
READ_SECONDS: Final = 30


def generate(kind: str, passphrase: bytes | None) -> tuple[bytes, bytes]:
    """Return a new key, as PEM: the private half (PKCS #8, encrypted when there is a passphrase) and the public one."""
    private = Ed25519PrivateKey.generate() if kind == ED25519 else generate_ec_key(SECP256R1())
    encryption = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption), public


def public_key(path: Path) -> SSlibKey:
    """Return the public key in a PEM file; CtguardError when there is none that evidence is signed with."""
    hint = "give the PEM of the signer's public key, as `ctguard evidence keygen` or `aws kms get-public-key` gives it"
    try:
        return _named(load_pem_public_key(_content(path)), str(path))
    except (ValueError, UnsupportedAlgorithm):
        raise CtguardError(f"{path}: is no public key in PEM", hint=hint) from None


def signer(key: str, passphrase: bytes | None) -> Signer:
    """Return what signs with `key`: a PEM file, or the ARN of a KMS key; CtguardError when it cannot be used."""
    if key.startswith("arn:"):
        return _KmsSigner(key)
    try:
        private = load_pem_private_key(_content(Path(key)), passphrase)
    except TypeError:  # what cryptography raises when a passphrase is missing, or there and not needed
        fact, step = ("is not encrypted", "leave out") if passphrase else ("is encrypted", "give its passphrase with")
        raise CtguardError(f"{key}: {fact}", hint=f"{step} --passphrase-file") from None
    except (ValueError, UnsupportedAlgorithm):
        wrong = "wrong passphrase, or no private key in PEM" if passphrase else "is no private key in PEM"
        raise CtguardError(f"{key}: {wrong}", hint="make one with `ctguard evidence keygen`") from None
    return CryptoSigner(private, _named(private.public_key(), key))


def _content(path: Path) -> bytes:
    return read_named(path, hint="give a file with a key in PEM")


def _named(public: object, source: str) -> SSlibKey:
    """Return a public key under its name; CtguardError for a kind that evidence is not signed with."""
    if not isinstance(public, Ed25519PublicKey) and not (
        isinstance(public, EllipticCurvePublicKey) and isinstance(public.curve, SECP256R1)
    ):
        raise CtguardError(
            f"{source}: is neither an Ed25519 nor an ECDSA P-256 key", hint="use a key of one of these kinds"
        )
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return SSlibKey.from_crypto(public, keyid=hashlib.sha256(der).hexdigest())


class _KmsSigner(Signer):
    """Signs with a key that never leaves AWS KMS: ECC_NIST_P256, ECDSA_SHA_256 (KMS API reference, "Sign").

    securesystemslib's own signer takes the region from the environment instead of the ARN, and waits without bounds.
    """

    def __init__(self, arn: str) -> None:
        found = KMS_ARN.fullmatch(arn)
        if found is None:
            raise UsageError(
                f"--key {arn}: is no ARN of a KMS key", hint="arn:aws:kms:REGION:ACCOUNT:key/ID, or a file"
            )
        import boto3
        from botocore.config import Config

        bounds = Config(connect_timeout=CONNECT_SECONDS, read_timeout=READ_SECONDS, retries={"mode": "standard"})
        self._client: Any = boto3.client("kms", region_name=found[1], config=bounds)
        self._arn = arn
        answer = self._answer("GetPublicKey", self._client.get_public_key, KeyId=arn)
        self._public_key = _named(load_der_public_key(answer["PublicKey"]), arn)

    @property
    def public_key(self) -> SSlibKey:
        return self._public_key

    @classmethod
    def from_priv_key_uri(cls, priv_key_uri: str, public_key: object, secrets_handler: object = None) -> Signer:
        raise NotImplementedError("keys are named on the command line")

    def sign(self, payload: bytes) -> Signature:
        digest = hashlib.sha256(payload).digest()
        wanted = {"KeyId": self._arn, "Message": digest, "MessageType": "DIGEST", "SigningAlgorithm": "ECDSA_SHA_256"}
        answer = self._answer("Sign", self._client.sign, **wanted)
        return Signature(self._public_key.keyid, answer["Signature"].hex())

    def _answer(self, action: str, call: Callable[..., dict[str, Any]], **parameters: Any) -> dict[str, Any]:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return call(**parameters)
        except ClientError as error:
            told = error.response.get("Error", {})
            reason = visible(f"{told.get('Code', '')}: {told.get('Message', '')}")
            raise CtguardError(
                f"{self._arn}: {reason}", hint=f"kms:{action} is needed on a key of type ECC_NIST_P256, SIGN_VERIFY"
            ) from None
        except BotoCoreError as error:
            raise CtguardError(f"{self._arn}: {error}", hint="check the credentials and the network") from None
