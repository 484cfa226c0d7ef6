"""A witness in one line: the request that gets through, the event that goes unseen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ctguard.model.finding import Finding

DEEPEST: Final = 4
REQUESTS: Final = {"undelivered": "is refused", "unusable": "is refused", "plaintext": "is not denied"}
"""What a request of a kind shows, where it is not that it gets through."""

COMMON: Final = frozenset(
    {
        *("eventVersion", "eventTime", "eventID", "requestID", "userAgent", "managementEvent", "eventCategory"),
        *("recipientAccountId", "tlsDetails", "apiVersion", "sharedEventID"),
    }
)
"""Fields of a CloudTrail record that every event has and that hardly a filter looks at."""
IDENTITY: Final = frozenset({"type", "arn", "userName", "invokedBy", "sessionContext"})
"""Fields that tell who called."""


def witness_of(finding: Finding) -> tuple[str, str] | None:
    """Return what a finding's witness shows ("gets through", "goes unseen", ...) and the witness in words.

    Its reason is left out where a condition of the finding gives the same.
    """
    witness = finding.witness
    if not witness:
        return None
    if isinstance(witness.get("action"), str):
        why = _value(witness.get("why") or "")
        told = not why or any(why in leaf.because for leaf in finding.explanation)
        kind = REQUESTS.get(str(witness.get("kind")), "gets through")
        return kind, _request(witness) + ("" if told else f" ({why})")
    if isinstance(witness.get("eventName") or witness.get("eventSource"), str):
        return "goes unseen", _event(witness)
    return "example", _pairs(witness)


def _request(witness: Mapping[str, Any]) -> str:
    """`s3:PutObject on ARN by Service cloudtrail.amazonaws.com with aws:SourceArn=...`."""
    words = [str(witness["action"])]
    if resource := witness.get("resource"):
        words.append(f"on {_value(resource)}")
    if principal := witness.get("principal"):
        words.append(f"by {_principal(principal)}")
    if context := witness.get("context"):
        words.append(f"with {_value(context)}")
    return " ".join(words)


def _principal(principal: Any) -> str:
    if isinstance(principal, Mapping) and {"type", "id"} <= set(principal):
        return f"{_value(principal['type'])} {_value(principal['id'])}"
    return _value(principal)


def _event(witness: Mapping[str, Any]) -> str:
    """`StopLogging of cloudtrail.amazonaws.com (awsRegion=eu-west-1)`."""
    name = _value(witness.get("eventName", "any event"))
    source = f" of {_value(witness['eventSource'])}" if witness.get("eventSource") else ""
    rest = {key: value for key, value in witness.items() if key not in ("eventName", "eventSource")}
    if "eventVersion" not in witness:
        return f"{name}{source}" + (f" ({_pairs(rest)})" if rest else "")
    telling = _telling(rest)
    more = f", and {len(rest) - len(telling)} more fields" if len(rest) > len(telling) else ""
    return f"{name}{source} ({_pairs(telling)}{more})"


def _telling(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return of a whole CloudTrail record what a filter may look at: who, where from, with what result."""
    kept = {key: value for key, value in record.items() if key not in COMMON and value is not None}
    identity = kept.get("userIdentity")
    if isinstance(identity, Mapping):
        kept["userIdentity"] = {key: value for key, value in identity.items() if key in IDENTITY}
    return kept


def _pairs(value: Mapping[str, Any], depth: int = 1) -> str:
    return ", ".join(f"{key}={_value(item, depth + 1)}" for key, item in value.items())


def _value(value: Any, depth: int = 1) -> str:
    if depth > DEEPEST:
        return "..."
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, Mapping):
        return f"{{{_pairs(value, depth)}}}" if depth > 1 else _pairs(value, depth)
    if isinstance(value, list | tuple):
        return f"[{', '.join(_value(item, depth + 1) for item in value)}]"
    return str(value)
