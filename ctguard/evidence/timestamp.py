"""Timestamps of RFC 3161: an authority states that a signature was there at a time, so nothing can be backdated."""

from __future__ import annotations

import hashlib
import re
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from ctguard.model.errors import CtguardError, UsageError
from ctguard.model.named_file import read_named
from ctguard.model.visible import visible

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography.x509 import Certificate
    from rfc3161_client import TimeStampResponse

PAYLOAD_TYPE: Final = "application/timestamp-reply"
SECONDS: Final = 30
LARGEST: Final = 2**20
_SHA256: Final = "2.16.840.1.101.3.4.2.1"
_GRANTED: Final = 0
_CAUSE: Final = re.compile(r'Verify error: ([^"]+)')  # what OpenSSL says, in the stack of its errors


class TimestampError(Exception):
    """A token that is none, or that does not speak of the signature."""


def request(url: str, signed: bytes) -> bytes:
    """Return the reply of the authority at `url` over the signature in `signed`; CtguardError when there is none."""
    if urlsplit(url).scheme not in ("http", "https"):
        raise UsageError(f"--timestamp {url}: is no address of the web", hint="write it as https://tsa.example.com/")
    _installed()
    from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

    asked = TimestampRequestBuilder().data(signed).hash_algorithm(HashAlgorithm.SHA256).build()
    query = Request(url, asked.as_bytes(), {"Content-Type": "application/timestamp-query"})  # noqa: S310 - see above
    try:
        with urlopen(query, timeout=SECONDS) as answer:  # noqa: S310
            reply: bytes = answer.read(LARGEST + 1)
    except (URLError, HTTPException, OSError) as error:
        reason = getattr(error, "reason", "") or error
        raise CtguardError(f"{url}: no timestamp: {reason}", hint="try again, or another authority") from None
    try:
        if token(reply, signed).tst_info.nonce != asked.nonce:
            raise TimestampError("it answers another request")
    except TimestampError as error:
        raise CtguardError(f"{url}: the timestamp is refused: {error}", hint="use another authority") from None
    return reply


def token(reply: bytes, signed: bytes) -> TimeStampResponse:
    """Return the token in a reply, which speaks of `signed`; TimestampError. Who made it is not looked at."""
    _installed()
    from rfc3161_client import decode_timestamp_response

    try:
        found = decode_timestamp_response(reply[:LARGEST])
        if found.status != _GRANTED:
            raise TimestampError(f"it was not granted: {visible('; '.join(found.status_string)) or found.status}")
        imprint = found.tst_info.message_imprint
    except ValueError as error:
        raise TimestampError(f"it is no reply of an authority: {error}") from None
    if imprint.hash_algorithm.dotted_string != _SHA256 or imprint.message != hashlib.sha256(signed).digest():
        raise TimestampError("it is over something else")
    return found


def stated_time(reply: bytes, signed: bytes, trusted: list[Certificate]) -> datetime:
    """Return the time at which an authority of `trusted` saw `signed`; TimestampError when none of them says so."""
    found = token(reply, signed)
    from rfc3161_client import VerificationError, VerifierBuilder

    builder = VerifierBuilder()
    for certificate in trusted:
        builder = builder.add_root_certificate(certificate)
    try:
        builder.build().verify_message(found, signed)
    except (VerificationError, ValueError) as error:
        found_cause = _CAUSE.search(str(error))
        cause = found_cause[1] if found_cause else visible(str(error))
        raise TimestampError(f"no authority below the given root certificates has signed it: {cause}") from None
    return found.tst_info.gen_time


def certificates(path: Path) -> list[Certificate]:
    """Return the certificates in a PEM file; CtguardError when there are none."""
    from cryptography.x509 import load_pem_x509_certificates

    try:
        return load_pem_x509_certificates(read_named(path, hint="give the certificate of the authority"))
    except ValueError:
        raise CtguardError(
            f"{path}: holds no certificate in PEM", hint="give the certificate of the authority"
        ) from None


def _installed() -> None:
    try:
        import rfc3161_client  # noqa: F401 - is it there?
    except ImportError:
        raise CtguardError(
            "timestamps need a package that is not installed", hint="pip install 'ctguard[timestamp]'"
        ) from None
