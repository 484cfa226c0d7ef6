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
OF_AWS: Final = "alias/aws/"
"""Aliases that begin so stand for keys that AWS manages (KMS Developer Guide, "Aliases")."""


def uses_customer_key(context: Context) -> Outcome:
    """The bucket's key is set, and none that AWS manages: no key at all means AWS's own for S3."""
    bucket = context.resource
    value = bucket[KEY]
    status, unknown = stands(value, "set", True)
    actual = shown(value)
    if status is Status.PASS and (_is_aws_alias(value) or _is_managed_by_aws(context)):
        status, actual = Status.FAIL, f"{actual}, a key that AWS manages"
    leaf = Leaf(KEY, "a customer key", actual, status, str(unknown) if unknown else "", bucket.where(KEY))
    return Outcome(status, (leaf,), (unknown,) if unknown and status is Status.UNKNOWN else ())


def _is_aws_alias(value: Value) -> bool:
    last = value.parts[-1] if isinstance(value, PartialText) else value
    return isinstance(last, str) and (last.startswith(OF_AWS) or f":{OF_AWS}" in last)


def _is_managed_by_aws(context: Context) -> bool:
    key = context.inventory.follow(context.resource, "key")
    if not isinstance(key, Resource):
        return False
    manager = key["key_manager"]
    return not isinstance(manager, Unknown) and manager == "AWS"


LOOKS_AT: Final = {"uses_customer_key": frozenset({KEY})}
