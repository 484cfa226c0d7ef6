"""Functions whose answer does not follow from their arguments, or must not be worked out.

Each gives an Unknown that says why. Two calls of `uuid` or `bcrypt` are two
values, so each call has its own name in `via`.
"""

from __future__ import annotations

from itertools import count

from ctguard.model.values import Unknown, Value
from ctguard.sources.terraform.functions.failure import UndecidedError

_calls = count(1)


def bcrypt(secret: str, *cost: Value) -> Unknown:
    return Unknown("bcrypt()", "is salted at random", is_set=True, via=f"bcrypt() call {next(_calls)}")


def uuid() -> Unknown:
    return Unknown("uuid()", "is random", is_set=True, via=f"uuid() call {next(_calls)}")


def timestamp() -> Unknown:
    return Unknown("timestamp()", "is the time at which Terraform runs", is_set=True, via=f"call {next(_calls)}")


def plan_timestamp() -> Unknown:
    """Return an unknown that is the same one wherever it is called in one plan."""
    return Unknown("plantimestamp()", "is the time at which Terraform plans", is_set=True)


def rsa_decrypt(ciphertext: str, private_key: str) -> Value:
    raise UndecidedError("is a secret, which is not decrypted here")


def is_sensitive(value: Value) -> Value:
    raise UndecidedError("asks for a marking that is not followed here")


def ephemeral_as_null(value: Value) -> Value:
    raise UndecidedError("asks for a marking that is not followed here")
