"""What a snapshot holds: the calls of an audit with their replies, and the accounts that were asked.

Replies are kept as AWS gave them (all pages joined, without `ResponseMetadata`, times as ISO 8601 in UTC,
binary values as base64), so that a reading of them that turns out to be wrong can be mended later.
"""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct, field

SCHEMA_VERSION = "1"


class Failure(Struct, frozen=True):
    """Why a call got no (whole) reply: AWS's error code and message, and the IAM action that it needs."""

    code: str
    message: str
    permission: str = ""


class Call(Struct, frozen=True, kw_only=True):
    """One call and what came of it.

    `service` and `operation` are botocore's service id and the API's operation name. `reply` is None when nothing
    came; with a `failure` beside a reply, a later page failed and the reply is not whole.
    """

    account: str
    region: str
    service: str
    operation: str
    parameters: dict[str, Any] = field(default_factory=dict)
    reply: dict[str, Any] | None = None
    failure: Failure | None = None
    time: str = ""
    request_id: str = ""


class Account(Struct, frozen=True, kw_only=True):
    """An account of the audit; `entered` is false where no role could be taken on, and `failure` says why."""

    id: str
    name: str = ""
    partition: str = "aws"
    entered: bool = True
    caller: str = ""
    regions: tuple[str, ...] = ()
    failure: Failure | None = None


class Snapshot(Struct, frozen=True, kw_only=True):
    """The facts of one audit. `asked` says what it was to look at; `finished_at` is empty when it was cut short."""

    schema_version: str = SCHEMA_VERSION
    kind: Literal["ctguard-snapshot"] = "ctguard-snapshot"
    tool: str
    started_at: str
    finished_at: str = ""
    asked: dict[str, Any] = field(default_factory=dict)
    accounts: tuple[Account, ...] = ()
    calls: tuple[Call, ...] = ()
