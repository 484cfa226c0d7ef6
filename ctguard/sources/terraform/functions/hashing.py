"""Hashes of strings, and names made of hashes."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from uuid import NAMESPACE_DNS, NAMESPACE_OID, NAMESPACE_URL, NAMESPACE_X500, UUID, uuid5

from ctguard.sources.terraform.functions.failure import FunctionError

_NAMESPACES = {"dns": NAMESPACE_DNS, "url": NAMESPACE_URL, "oid": NAMESPACE_OID, "x500": NAMESPACE_X500}


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def sha1(text: str) -> str:
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def sha512(text: str) -> str:
    return hashlib.sha512(text.encode()).hexdigest()


def base64_sha256(text: str) -> str:
    return b64encode(hashlib.sha256(text.encode()).digest()).decode()


def base64_sha512(text: str) -> str:
    return b64encode(hashlib.sha512(text.encode()).digest()).decode()


def uuid_of_name(namespace: str, name: str) -> str:
    """Return the version 5 UUID of `name` in a namespace: dns, url, oid, x500 or another UUID."""
    known = _NAMESPACES.get(namespace)
    if known is None:
        try:
            known = UUID(namespace)
        except ValueError:
            raise FunctionError("uuidv5() doesn't support this namespace") from None
    return str(uuid5(known, name))
