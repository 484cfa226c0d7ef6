"""What a policy stands around: the bucket, topic or key, its owner, the trails that use it.

Every field may be unknown, as a whole or in part, and what hangs on it is then
not decided. None means that there is none: no prefix, no organization, no key.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from msgspec import Struct

from ctguard.model.errors import DocumentError, UsageError
from ctguard.model.values import PartialText, Unknown

Text: TypeAlias = "str | PartialText | Unknown"
Texts: TypeAlias = "tuple[Text, ...] | Unknown"
Flag: TypeAlias = "bool | Unknown"


_NAMES: Final = """partition account_id bucket bucket_owner prefix topic_arn topic_owner key_arn key_owner key_admins
trail_arns trail_accounts log_accounts is_organization_trail org_id multi_region log_file_validation kms_key_arn
store_arn store_owner"""
NOT_GIVEN: Final = {
    name: Unknown(f"context.{name}", "is not given", cure=f"give {name} in the context") for name in _NAMES.split()
}


class PolicyContext(Struct, frozen=True):
    """The surroundings of one policy; a field left out is not known.

    `trail_accounts` are the accounts whose trails may deliver, `log_accounts`
    those whose logs arrive. `store_arn` is a log group or an event data store, where one
    of these is judged. `same` tells what an unknown of the policy stands
    for, by its `what` ("aws_s3_bucket.logs.arn"), where the inventory knows.
    """

    partition: Text = NOT_GIVEN["partition"]
    account_id: Text = NOT_GIVEN["account_id"]
    bucket: Text = NOT_GIVEN["bucket"]
    bucket_owner: Text = NOT_GIVEN["bucket_owner"]
    prefix: Text | None = NOT_GIVEN["prefix"]
    topic_arn: Text = NOT_GIVEN["topic_arn"]
    topic_owner: Text = NOT_GIVEN["topic_owner"]
    key_arn: Text = NOT_GIVEN["key_arn"]
    key_owner: Text = NOT_GIVEN["key_owner"]
    key_admins: Texts = NOT_GIVEN["key_admins"]
    trail_arns: Texts = NOT_GIVEN["trail_arns"]
    trail_accounts: Texts = NOT_GIVEN["trail_accounts"]
    log_accounts: Texts = NOT_GIVEN["log_accounts"]
    is_organization_trail: Flag = NOT_GIVEN["is_organization_trail"]
    org_id: Text | None = NOT_GIVEN["org_id"]
    multi_region: Flag = NOT_GIVEN["multi_region"]
    log_file_validation: Flag = NOT_GIVEN["log_file_validation"]
    kms_key_arn: Text | None = NOT_GIVEN["kms_key_arn"]
    store_arn: Text = NOT_GIVEN["store_arn"]
    store_owner: Text = NOT_GIVEN["store_owner"]
    same: Mapping[str, Text] = MappingProxyType({})

    @classmethod
    def from_json(cls, value: Any) -> PolicyContext:
        """Return the context that a JSON object describes; raise UsageError naming the field that is wrong."""
        if not isinstance(value, dict):
            raise UsageError("the context is no JSON object", hint='write {"bucket": "...", ...}')
        given: dict[str, Any] = {}
        for name, entry in value.items():
            if name not in _CHECKS:
                raise UsageError(f"context.{name}: there is no such field", hint=f"the fields are {', '.join(_CHECKS)}")
            if entry is None and name not in _NULLABLE:
                continue
            given[name] = None if entry is None else _CHECKS[name](f"context.{name}", entry)
        if given.get("prefix") == "":
            given["prefix"] = None
        return cls(**given)

    @classmethod
    def from_text(cls, text: str, name: str) -> PolicyContext:
        """Return the context that a JSON text describes; `name` is what messages call the text."""
        from ctguard.model.document import read_document

        try:
            return cls.from_json(read_document(text).value)
        except (DocumentError, UsageError) as error:
            raise UsageError(f"{name}: {error}", hint=error.hint) from None


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise UsageError(f"{name}: {json.dumps(value)} is no text")
    return value


def _filled(name: str, value: Any) -> str:
    text = _text(name, value)
    if not text or any(char.isspace() for char in text):
        raise UsageError(f"{name}: {json.dumps(text)} is empty or holds a blank")
    return text


def _account(name: str, value: Any) -> str:
    text = _text(name, value)
    if len(text) != _ACCOUNT_DIGITS or not text.isdigit() or not text.isascii():
        raise UsageError(f"{name}: {json.dumps(text)} is no account id", hint="an account id has 12 digits")
    return text


def _arn(name: str, value: Any) -> str:
    text = _filled(name, value)
    if not text.startswith("arn:") or text.count(":") < _ARN_COLONS:
        raise UsageError(f"{name}: {json.dumps(text)} is no ARN")
    return text


def _trail_arn(name: str, value: Any) -> str:
    text = _arn(name, value)
    segments = text.split(":", _ARN_COLONS)
    _account(f"{name} (its account)", segments[4])
    if segments[2] != "cloudtrail" or not segments[5].startswith("trail/"):
        raise UsageError(f"{name}: {json.dumps(text)} is no ARN of a trail")
    return text


def _principal(name: str, value: Any) -> str:
    text = _filled(name, value)
    return text if text.startswith("arn:") else _account(name, text)


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise UsageError(f"{name}: {json.dumps(value)} is neither true nor false")
    return value


def _list_of(check: Callable[[str, Any], str]) -> Callable[[str, Any], tuple[str, ...]]:
    def check_all(name: str, value: Any) -> tuple[str, ...]:
        if not isinstance(value, list):
            raise UsageError(f"{name}: {json.dumps(value)} is no list")
        return tuple(check(f"{name}[{index}]", item) for index, item in enumerate(value))

    return check_all


_ACCOUNT_DIGITS: Final = 12
_ARN_COLONS: Final = 5
_NULLABLE: Final = frozenset({"prefix", "org_id", "kms_key_arn"})
_CHECKS: Final[dict[str, Callable[[str, Any], Any]]] = {
    "partition": _filled,
    "account_id": _account,
    "bucket": _filled,
    "bucket_owner": _account,
    "prefix": _text,
    "topic_arn": _arn,
    "topic_owner": _account,
    "key_arn": _arn,
    "key_owner": _account,
    "key_admins": _list_of(_principal),
    "trail_arns": _list_of(_trail_arn),
    "trail_accounts": _list_of(_account),
    "log_accounts": _list_of(_account),
    "is_organization_trail": _flag,
    "org_id": _filled,
    "multi_region": _flag,
    "log_file_validation": _flag,
    "kms_key_arn": _arn,
}
