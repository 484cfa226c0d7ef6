"""A witness in one line: the request that gets through, the event that goes unseen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

DEEPEST: Final = 4
LONGEST: Final = 300


def witness_line(witness: Mapping[str, Any]) -> tuple[str, str]:
    """Return what kind of witness it is ("gets through", "goes unseen", "example") and the witness in words."""
    if isinstance(witness.get("action"), str):
        return "gets through", _request(witness)
    if isinstance(witness.get("eventName") or witness.get("eventSource"), str):
        return "goes unseen", _event(witness)
    return "example", _pairs(witness)


def _request(witness: Mapping[str, Any]) -> str:
    """`s3:PutObject on ARN by Service cloudtrail.amazonaws.com with aws:SourceArn=...: why`."""
    words = [str(witness["action"])]
    if resource := witness.get("resource"):
        words.append(f"on {_value(resource)}")
    if principal := witness.get("principal"):
        words.append(f"by {_principal(principal)}")
    if context := witness.get("context"):
        words.append(f"with {_value(context)}")
    why = witness.get("why")
    return " ".join(words) + (f" ({_value(why)})" if why else "")


def _principal(principal: Any) -> str:
    if isinstance(principal, Mapping) and {"type", "id"} <= set(principal):
        return f"{_value(principal['type'])} {_value(principal['id'])}"
    return _value(principal)


def _event(witness: Mapping[str, Any]) -> str:
    """`StopLogging of cloudtrail.amazonaws.com (awsRegion=eu-west-1)`."""
    name = _value(witness.get("eventName", "any event"))
    source = f" of {_value(witness['eventSource'])}" if witness.get("eventSource") else ""
    rest = {key: value for key, value in witness.items() if key not in ("eventName", "eventSource")}
    return f"{name}{source}" + (f" ({_pairs(rest)})" if rest else "")


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
