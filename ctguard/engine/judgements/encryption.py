"""Judgements on the keys that resources are encrypted with."""

from __future__ import annotations

from typing import Final

from ctguard.engine.comparison import shown, stands
from ctguard.engine.outcome import Context, Outcome
from ctguard.model.finding import Leaf
from ctguard.model.logic import Status
from ctguard.model.resource import Resource
from ctguard.model.values import PartialText, Unknown, Value

KEY: Final = "encryption.kms_master_key_id"
AWS: Final = "AWS"
OF_AWS: Final = "alias/aws/"
"""Aliases that begin so stand for keys that AWS manages (KMS Developer Guide, "Aliases")."""


def uses_customer_key(context: Context) -> Outcome:
    """The bucket's key is set, and none that AWS manages: no key at all means AWS's own for S3."""
    bucket = context.resource
    value = bucket[KEY]
    status, unknown = stands(value, "set", True)
    actual = shown(value)
    manager = _manager(context)
    if status is Status.PASS and (_is_aws_alias(value) or manager == AWS):
        status, actual = Status.FAIL, f"{actual}, a key that AWS manages"
    elif status is Status.PASS and isinstance(manager, Unknown):
        status, unknown = Status.UNKNOWN, manager
    leaf = Leaf(KEY, "a customer key", actual, status, str(unknown) if unknown else "", bucket.where(KEY))
    return Outcome(status, (leaf,), (unknown,) if unknown and status is Status.UNKNOWN else ())


def _is_aws_alias(value: Value) -> bool:
    last = value.parts[-1] if isinstance(value, PartialText) else value
    return isinstance(last, str) and (last.startswith(OF_AWS) or f":{OF_AWS}" in last)


def _manager(context: Context) -> Value:
    """Return who manages the key; a key that is only named is some key, and nothing speaks against it."""
    key = context.inventory.follow(context.resource, "key")
    return key["key_manager"] if isinstance(key, Resource) and key.missing is None else None


LOOKS_AT: Final = {"uses_customer_key": frozenset({KEY})}
