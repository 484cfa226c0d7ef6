"""Which events a control demands: as sets for the decision, and as a plain question about one event.

What may be taken for granted of a demanded event is here, and nowhere else: the
fields that every record has, what holds of a root event and of a ConsoleLogin.
Everything else may be anything that CloudTrail's record allows.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from ctguard.filter_pattern.controls import Control
from ctguard.filter_pattern.domain import ANYTHING, Domain, Texts
from ctguard.filter_pattern.glob import any_of_automata, glob_automaton
from ctguard.filter_pattern.record import ALWAYS, EVENT_TYPES, OBJECT, SAMPLES, SOME_TEXT, domain_of
from ctguard.filter_pattern.syntax import Path

Event = dict[str, Any]

_ABSENT = Domain(absent=True)
_SOURCE: Path = ("eventSource",)
_NAME: Path = ("eventName",)
_TYPE: Path = ("eventType",)
_CODE: Path = ("errorCode",)
_MESSAGE: Path = ("errorMessage",)
_ADDRESS: Path = ("sourceIPAddress",)
_IDENTITY: Path = ("userIdentity", "type")
_ARN: Path = ("userIdentity", "arn")
_USER: Path = ("userIdentity", "userName")
_INVOKED_BY: Path = ("userIdentity", "invokedBy")
_DETAILS: Path = ("additionalEventData",)
_MFA: Path = ("additionalEventData", "MFAUsed")
_OUTCOME: Path = ("responseElements",)
_SIGN_IN: Path = ("responseElements", "ConsoleLogin")

DELIVERY = "delivery.logs.amazonaws.com"
HEAD_BUCKET = "HeadBucket"


class Box(Struct, frozen=True):
    """A product of domains, and one event in it from which witnesses are made.

    `root` leads to CloudTrail's record within the event; it is empty where the
    event is the record itself.
    """

    domains: Mapping[Path, Domain]
    example: Event
    root: Path = ()

    def domain(self, path: Path) -> Domain:
        """Return what events of this box may hold at `path`."""
        found = self.domains.get(path)
        if found is not None:
            return found
        return domain_of(path[len(self.root) :]) if path[: len(self.root)] == self.root else ANYTHING

    def samples(self, path: Path, words: Iterable[str]) -> Sequence[str]:
        """Return texts that the field really holds, or could hold with one of `words` in it."""
        inner = path[len(self.root) :] if path[: len(self.root)] == self.root else ()
        before = "arn:aws:iam::111122223333:user/" if inner and inner[-1] == "arn" else ""
        return [*SAMPLES.get(inner, ()), *(word if word.startswith("arn:") else before + word for word in words)]

    def narrowed(self, path: Path, domain: Domain) -> Box:
        """Return the events of this box whose field, as a path within the record, is in `domain`."""
        return replace(self, domains={**self.domains, (*self.root, *path): domain})

    def record(self, event: Event) -> Event:
        """Return CloudTrail's record within an event of this box."""
        for step in self.root:
            event = event[str(step)]
        return event


def boxes(control: Control, event_types: tuple[str, ...] = EVENT_TYPES) -> list[Box]:
    """Return boxes whose union is the set of demanded events; the first is the most ordinary one."""
    common: dict[Path, Domain] = {_TYPE: _one_of(*event_types)}
    return [
        Box({**common, **kind, **identity}, _example(control, kind, identity, event_types))
        for kind in _kinds(control)
        for identity in _identities(control)
    ]


def _one_of(*words: str) -> Domain:
    return Domain(texts=Texts(words=words))


def _text_but(*words: str) -> Domain:
    return Domain(texts=Texts(accepted=(SOME_TEXT,), rejected=tuple(glob_automaton(word) for word in words)))


@cache
def _success() -> Mapping[Path, Domain]:
    return {
        _NAME: _one_of("ConsoleLogin"),
        _SOURCE: _one_of("signin.amazonaws.com"),
        _OUTCOME: OBJECT,
        _SIGN_IN: _one_of("Success"),
        _MESSAGE: _ABSENT,
    }


@cache
def _failure() -> Mapping[Path, Domain]:
    return {**_success(), _SIGN_IN: _one_of("Failure"), _MESSAGE: Domain(texts=Texts())}


@cache
def _root() -> Mapping[Path, Domain]:
    return {
        _IDENTITY: _one_of("Root"),
        _ARN: Domain(texts=Texts(accepted=(glob_automaton("*:root"),))),
        _USER: _ABSENT,
    }


@cache
def _not_root() -> Mapping[Path, Domain]:
    return {_IDENTITY: _text_but("Root")}


@cache
def _refused() -> Domain:
    ways = glob_automaton("*UnauthorizedOperation"), glob_automaton("AccessDenied*")
    return Domain(texts=Texts(accepted=(any_of_automata(ways),)))


def _kinds(control: Control) -> Iterator[Mapping[Path, Domain]]:
    """Yield what the control demands of everything but the caller's identity."""
    if control.id == "console-signin-no-mfa":
        yield {**_success(), _DETAILS: OBJECT, _MFA: _one_of("No")}
    elif control.id == "console-auth-failures":
        yield {**_failure(), _MESSAGE: _one_of("Failed authentication")}
    elif control.id == "unauthorized-api-calls":
        refused = {_CODE: _refused(), _ADDRESS: _text_but(DELIVERY)}
        yield {**refused, _NAME: _text_but("ConsoleLogin", HEAD_BUCKET)}
        yield {**_success(), **refused}
        yield {**_failure(), **refused}
    elif control.id == "root-usage":
        used = {_TYPE: _one_of(*EVENT_TYPES[:1], *EVENT_TYPES[2:]), _INVOKED_BY: _ABSENT}
        yield {**used, _NAME: _text_but("ConsoleLogin")}
        yield {**_success(), **used}
        yield {**_failure(), **used}
    else:
        yield {_SOURCE: _one_of(control.source), _NAME: _one_of(*control.names)}


def _identities(control: Control) -> Iterator[Mapping[Path, Domain]]:
    if control.id == "root-usage":
        yield _root()
    elif control.id == "console-signin-no-mfa":
        yield {_IDENTITY: _one_of("IAMUser")}
    else:
        yield _not_root()
        yield _root()


def demands(control: Control, event: Mapping[str, Any]) -> bool:
    """Tell whether `control` demands that this event is seen."""
    if not _granted(event):
        return False
    identity = event["userIdentity"]
    name, code = event["eventName"], event.get("errorCode")
    signed_in = name == "ConsoleLogin" and event["responseElements"]["ConsoleLogin"] == "Success"
    if control.id == "unauthorized-api-calls":
        refused = isinstance(code, str) and (code.endswith("UnauthorizedOperation") or code.startswith("AccessDenied"))
        return refused and event["sourceIPAddress"] != DELIVERY and name != HEAD_BUCKET
    if control.id == "console-signin-no-mfa":
        details = event.get("additionalEventData")
        without = isinstance(details, Mapping) and details.get("MFAUsed") == "No"
        return signed_in and identity["type"] == "IAMUser" and without
    if control.id == "root-usage":
        return identity["type"] == "Root" and "invokedBy" not in identity and event["eventType"] != "AwsServiceEvent"
    if control.id == "console-auth-failures":
        return name == "ConsoleLogin" and event.get("errorMessage") == "Failed authentication"
    return event["eventSource"] == control.source and name in control.names


def _granted(event: Mapping[str, Any]) -> bool:
    """Tell whether what may be taken for granted holds of the event."""
    identity = event.get("userIdentity")
    if not isinstance(identity, Mapping) or event.get("eventType") not in EVENT_TYPES:
        return False
    if not all(_is_text(event.get(name)) for name in ALWAYS) or not _is_text(identity.get("type")):
        return False
    if identity["type"] == "Root" and ("userName" in identity or not str(identity.get("arn", "")).endswith(":root")):
        return False
    if event["eventName"] != "ConsoleLogin":
        return True
    outcome = event.get("responseElements")
    result = outcome.get("ConsoleLogin") if isinstance(outcome, Mapping) else None
    expected = "Failure" if "errorMessage" in event else "Success"
    return event["eventSource"] == "signin.amazonaws.com" and result == expected


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


_ORDINARY: Event = {
    "eventVersion": "1.11",
    "userIdentity": {
        "type": "AssumedRole",
        "principalId": "AROAEXAMPLE:mallory",
        "arn": "arn:aws:sts::111122223333:assumed-role/Admin/mallory",
        "accountId": "111122223333",
        "accessKeyId": "ASIAEXAMPLE",
    },
    "eventTime": "2026-11-20T09:30:00Z",
    "eventSource": "ec2.amazonaws.com",
    "eventName": "RunInstances",
    "awsRegion": "us-east-1",
    "sourceIPAddress": "203.0.113.10",
    "userAgent": "aws-cli/2.22.0",
    "requestParameters": None,
    "responseElements": None,
    "requestID": "0b1f7a52-4d3c-4a38-8c1b-6f6f3d0f1c11",
    "eventID": "7f3a2c1e-52b4-4c0e-9a60-0d6b1f0f6a11",
    "readOnly": False,
    "eventType": "AwsApiCall",
    "managementEvent": True,
    "recipientAccountId": "111122223333",
    "eventCategory": "Management",
}

_IDENTITIES: Mapping[str, Mapping[str, str]] = {
    "Root": {
        "type": "Root",
        "principalId": "111122223333",
        "arn": "arn:aws:iam::111122223333:root",
        "accountId": "111122223333",
    },
    "IAMUser": {
        "type": "IAMUser",
        "principalId": "AIDAEXAMPLE",
        "arn": "arn:aws:iam::111122223333:user/mallory",
        "accountId": "111122223333",
        "userName": "mallory",
    },
}


def ordinary_event(**fields: Any) -> Event:
    """Return a management event of an assumed role, with some fields set otherwise (None leaves one out)."""
    event = copy.deepcopy(_ORDINARY)
    for name, value in fields.items():
        if value is None:
            event.pop(name, None)
        else:
            event[name] = value
    return event


def identity_of(kind: str) -> dict[str, str]:
    """Return the userIdentity of a caller of this type, as CloudTrail writes it."""
    return dict(_IDENTITIES.get(kind, {"type": kind}))


def _example(
    control: Control, kind: Mapping[Path, Domain], identity: Mapping[Path, Domain], event_types: tuple[str, ...]
) -> Event:
    event = ordinary_event()
    if identity is not _not_root():
        event["userIdentity"] = identity_of("Root" if identity is _root() else "IAMUser")
    if control.source:
        event["eventSource"], event["eventName"] = control.source, control.names[0]
    if control.id == "unauthorized-api-calls":
        event |= {"errorCode": "AccessDenied", "errorMessage": "User is not authorized to perform this action"}
    if _SIGN_IN in kind:
        event.pop("errorMessage", None)
        event |= _sign_in(kind)
    if "AwsApiCall" not in event_types:
        event["eventType"] = event_types[0]
    return event


def _sign_in(kind: Mapping[Path, Domain]) -> Event:
    failed = kind[_MESSAGE] is not _ABSENT
    return {
        "eventSource": "signin.amazonaws.com",
        "eventName": "ConsoleLogin",
        "eventType": "AwsConsoleSignIn",
        "responseElements": {"ConsoleLogin": "Failure" if failed else "Success"},
        "additionalEventData": {"MFAUsed": "No", "MobileVersion": "No"},
        **({"errorMessage": "Failed authentication"} if failed else {}),
    }
