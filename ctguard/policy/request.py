"""One request to AWS: who asks for which action on which resource, with which context."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from msgspec import Struct

from ctguard.model.values import Unknown
from ctguard.policy.keys import spelled

ANONYMOUS: Final = "Anonymous"
AWS: Final = "AWS"
SERVICE: Final = "Service"
FEDERATED: Final = "Federated"
CANONICAL: Final = "CanonicalUser"

CLOUDTRAIL: Final = "cloudtrail.amazonaws.com"

Value: TypeAlias = "str | tuple[str, ...] | Unknown"
NO_KEYS: Final[Mapping[str, Value]] = MappingProxyType({})


class Caller(Struct, frozen=True):
    """Who makes a request: `type` as in a Principal element, or Anonymous; `id` an ARN, a service, an id.

    `account` is that of an IAM principal.
    """

    type: str
    id: str
    account: str | None = None


class Request(Struct, frozen=True):
    """A request; `context` holds condition keys in lower case. A key that is not in it is not in the request."""

    caller: Caller
    action: str
    resource: str
    context: Mapping[str, Value] = NO_KEYS

    def present(self, key: str) -> tuple[str, ...] | Unknown | None:
        """Return the values under a key, in the form that `conditions.holds` takes."""
        value = self.context.get(key)
        return (value,) if isinstance(value, str) else value

    def variable(self, key: str) -> str | Unknown | None:
        """Return the value of a policy variable; a key with several values has none."""
        value = self.context.get(key)
        return None if isinstance(value, tuple) else value

    def to_json(self) -> dict[str, Any]:
        """Return the request in the shape of a witness."""
        return {
            "principal": {"type": self.caller.type, "id": self.caller.id},
            "action": self.action,
            "resource": self.resource,
            "context": {
                spelled(key): list(value) if isinstance(value, tuple) else str(value)
                for key, value in sorted(self.context.items())
                if not isinstance(value, Unknown)
            },
        }


def caller_of(name: str) -> Caller:
    """Return the caller that a name stands for: an ARN, an account id, a service, or "anonymous"."""
    if name == "anonymous":
        return Caller(ANONYMOUS, "anonymous")
    if name.endswith((".amazonaws.com", ".amazonaws.com.cn")):
        return Caller(SERVICE, name)
    return Caller(AWS, name, account_of(name))


def account_of(name: str) -> str | None:
    """Return the account of an ARN or account id, or None when it names none."""
    if name.isdigit():
        return name
    segments = name.split(":")
    return segments[4] or None if len(segments) > 5 and segments[0] == "arn" else None
