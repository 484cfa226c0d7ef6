"""Does the policy of a topic, queue or key let a service in, on behalf of one resource?

Source: IAM User Guide, "The confused deputy problem" (which source keys a service's request carries).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from ctguard.model.errors import DocumentError
from ctguard.model.logic import Status
from ctguard.model.resource import Resource
from ctguard.model.values import (
    Document,
    PartialList,
    PartialMap,
    PartialText,
    Unknown,
    Value,
    first_unknown,
    reference_of,
    unknowns,
)


def lets_in(target: Resource, service: str, action: str, source: Resource) -> tuple[Status, Unknown | None]:
    """Return whether the target's policy lets the service do `action` for `source`; without a policy it does not.

    What is not known (the account, often) stands for itself in policy and
    request alike. A refusal is certain where all is known, or where no statement
    speaks of such a request whatever its conditions.
    """
    policy = target["policy"]
    if policy is None:
        return Status.FAIL, None
    judged = Unknown(f"{target.address}.policy", f"cannot be judged for {service}", is_set=True)
    if not isinstance(policy, Document):
        return Status.UNKNOWN, policy if isinstance(policy, Unknown) else judged
    carried = [source.arn, source.account_id, target.arn]
    known = {f"{one.address}.arn".lower(): str(filled(one.arn)) for one in (source, target)}
    asked = (policy, service, action, source, target)
    try:
        allowed = _decided(filled(policy.value, known), *asked)
        if allowed and not _may_be_denied(policy.value, carried):
            return Status.PASS, None
        open_ = first_unknown([policy.value, *carried]) is not None
        if allowed is False and (not open_ or _decided(bare(policy.value), *asked) is False):
            return Status.FAIL, None
    except DocumentError as error:
        return Status.UNKNOWN, Unknown(f"{target.address}.policy", f"cannot be read: {error}", is_set=True)
    return Status.UNKNOWN, judged


def _decided(
    document: Value, policy: Document, service: str, action: str, source: Resource, target: Resource
) -> bool | None:
    from ctguard.policy.evaluate import decide
    from ctguard.policy.grammar import parse_policy
    from ctguard.policy.request import SERVICE, Caller, Request

    if not _statements(document):
        return False
    carried = {
        "aws:sourcearn": filled(source.arn),
        "aws:sourceaccount": filled(source.account_id),
        "aws:principalservicename": service,
        "aws:principalisawsservice": "true",
        "aws:securetransport": "true",
    }
    request = Request(Caller(SERVICE, service), action, str(filled(target.arn)), carried)
    return decide(parse_policy(Document(document, policy.places)), request).allowed


def _statements(value: Value) -> list[Value]:
    written = value.get("Statement") if isinstance(value, dict) else None
    return written if isinstance(written, list) else [written]


def _may_be_denied(value: Value, carried: list[Value]) -> bool:
    """Say whether a Deny statement hangs on something that is not known, and is not the same in the request."""
    ours = {_stand_in(one) for one in unknowns(carried)}
    denying = [one for one in _statements(value) if not isinstance(one, dict) or one.get("Effect") != "Allow"]
    return any(_stand_in(one) not in ours for one in unknowns(denying))


def bare(value: Value) -> Value:
    """Return what the statements allow at most: without conditions, on every resource, and nothing denied."""
    kept = [
        {**{key: part for key, part in one.items() if key not in ("Condition", "NotResource")}, "Resource": "*"}
        if isinstance(one, dict)
        else one
        for one in _statements(value)
        if not isinstance(one, dict) or one.get("Effect") != "Deny"
    ]
    return {**value, "Statement": kept} if isinstance(value, dict) else value


def filled(value: Value, known: Mapping[str, str] = MappingProxyType({})) -> Value:
    """Return a value in which each text that is not known stands for itself: the same one is the same everywhere.

    `known` has the text of references, as the input writes them.
    """
    reference = reference_of(value)
    if reference is not None and (found := known.get(str(reference).lower())) is not None:
        return found
    match value:
        case PartialText(parts):
            return "".join(part if isinstance(part, str) else _stand_in(part) for part in parts)
        case Unknown():
            return _stand_in(value)
        case PartialList(items, rest):
            return PartialList(tuple(filled(one, known) for one in items), rest)
        case PartialMap(items, rest):
            return PartialMap({key: filled(one, known) for key, one in items.items()}, rest)
        case dict():
            return {key: filled(one, known) for key, one in value.items()}
        case list() | tuple():
            return [filled(one, known) for one in value]
        case None:
            return ""
        case _:
            return value


def _stand_in(unknown: Unknown) -> str:
    return "(" + re.sub(r"[^a-zA-Z0-9._-]", "-", f"{unknown.what} {unknown.via}") + ")"
