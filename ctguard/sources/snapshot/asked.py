"""The calls of a snapshot as facts: what was asked about a thing, and what the answer says.

An answer is a reply, or an error code that means "nothing is configured", which is an empty reply. A reply of which a
page is missing stands with the rest of its lists unknown. Whatever else came of a call is unknown, and so is what was
not asked.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from ctguard.model.errors import Fault
from ctguard.model.values import PartialList, Unknown, Value
from ctguard.model.visible import visible
from ctguard.sources.aws.plan import planned
from ctguard.sources.snapshot.facts import Call, Failure

REFUSALS: Final = frozenset(
    {
        *("AccessDenied", "AccessDeniedException", "AllAccessDisabled", "AuthorizationError", "Forbidden", "403"),
        *("AuthorizationErrorException", "UnauthorizedOperation", "UnauthorizedAccess", "KMSAccessDeniedException"),
    }
)
"""Error codes by which services say that the caller lacks a permission."""

CHANGED: Final = frozenset({"TrailNotFoundException", "EventDataStoreNotFoundException"})
"""Codes that say that what was listed a moment ago is gone."""

DIFFERENT: Final = "DifferentAnswers"
"""The code of a question to which a run holds two answers that differ; no service of AWS says it."""

MALFORMED: Final = "MalformedReply"
"""The code of a reply that is not what AWS says; no service of AWS says it."""

_OF_NO_SERVICE: Final = {DIFFERENT: "was answered twice, and differently", MALFORMED: "has a malformed reply"}

_DENIED_BY: Final = re.compile(r"explicit deny in an? ([a-z ]+? policy|permissions boundary)")


class Asked:
    """All calls of an audit, by what they asked; the answer about a thing may have come from any account."""

    def __init__(self, calls: Iterable[Call]) -> None:
        self._calls: dict[str, list[Call]] = defaultdict(list)
        self._of_account: dict[tuple[str, str], list[Call]] = defaultdict(list)
        for call in calls:
            name = f"{call.service}.{call.operation}"
            self._calls[name].append(call)
            self._of_account[name, call.account].append(call)
        self._by_parameter: dict[tuple[str, str], dict[str, list[Call]]] = {}

    def calls(
        self, name: str, account: str = "", region: str = "", given: Mapping[str, Any] | None = None
    ) -> list[Call]:
        """Return the calls `service.Operation` that were made in an account and region with these parameters."""
        return [
            call
            for call in (self._of_account.get((name, account), ()) if account else self._calls.get(name, ()))
            if region in ("", call.region)
            and all(call.parameters.get(key) == value for key, value in (given or {}).items())
        ]

    def about(self, name: str, parameter: str, *values: str) -> list[Call]:
        """Return the calls `service.Operation` whose `parameter` is, or lists, one of `values`."""
        index = self._by_parameter.get((name, parameter))
        if index is None:
            index = self._by_parameter[name, parameter] = defaultdict(list)
            for call in self._calls.get(name, ()):
                for value in _each(call.parameters.get(parameter)):
                    index[value].append(call)
        return [call for value in dict.fromkeys(values) for call in index.get(value, ())]

    def answered_in(self, account: str) -> set[str]:
        """Return the regions in which an account was answered; where S3 answered, the bucket may be another's."""
        return {
            call.region
            for (name, asked_by), calls in self._of_account.items()
            if asked_by == account and not name.startswith("s3.")
            for call in calls
            if call.failure is None
        }

    def faults(self) -> Iterator[Fault]:
        """Yield what was asked and not answered, by nobody who was asked the same; one for all regions alike."""
        alike: dict[tuple[str, ...], list[Call]] = defaultdict(list)
        for calls in self._calls.values():
            by_question: dict[str, list[Call]] = defaultdict(list)
            for call in calls:
                by_question[_question(call)].append(call)
            for several in by_question.values():
                found = best(several)
                if found is not None and found.failure is not None and not is_answer(found):
                    came_of = _came_of(found, found.failure)
                    alike[found.account, found.service, found.operation, _about(found), came_of].append(found)
        for several in alike.values():
            yield fault_of(several)


class Answer(Struct, frozen=True):
    """What came of one question: a reply (perhaps not whole) or an Unknown; `is_gone` says that there is no such thing.

    `unread` tells why there may be more than the reply lists.
    """

    fact: Value
    unread: Unknown | None = None
    is_gone: bool = False
    call: Call | None = None


def answer(calls: Sequence[Call], name: str, subject: str, owner: str = "") -> Answer:
    """Return what calls that asked the same came to; `name` and `subject` say what was asked if none was made.

    Of several accounts that answer, that of `owner` is believed.
    """
    call = best(calls, owner)
    if call is None:
        unknown = not_asked(name, subject)
        return Answer(unknown, unknown)
    if call.failure is None:
        return Answer(call.reply or {}, call=call)
    if call.failure.code in _codes(call, "unset"):
        return Answer({}, call=call)
    unknown = unknown_of(call, call.failure, subject)
    if call.reply is not None:
        return Answer(_not_whole(call.reply, unknown), unknown, call=call)
    return Answer(unknown, unknown, call.failure.code in _codes(call, "gone"), call)


def best(calls: Iterable[Call], owner: str = "") -> Call | None:
    """Return the call that tells most, of several the one of the owner, else the newest; their order does not count."""
    several = list(calls)
    if len(several) < 2:
        return several[0] if several else None
    most = min(map(_worth, several))
    return max(
        (call for call in several if _worth(call) == most),
        key=lambda call: (call.account == owner, call.time, call.account, call.region, repr(call)),
    )


def is_answer(call: Call) -> bool:
    """Say whether a call's error code is an answer: nothing is configured, or there is no such thing."""
    return call.failure is not None and call.failure.code in _codes(call, "unset") | _codes(call, "gone")


def is_refusal(call: Call) -> bool:
    """Say whether the caller lacked a permission."""
    return call.failure is not None and call.failure.code in REFUSALS


def not_asked(name: str, subject: str) -> Unknown:
    """Return the value that a call would have told which the snapshot does not hold."""
    return Unknown(
        f"{name.replace('.', ':')} of {subject}",
        "was not asked",
        f"audit again, with the permission {permission_of(name)}" if permission_of(name) else "audit again",
    )


def unknown_of(call: Call, failure: Failure, subject: str) -> Unknown:
    """Return the value that a failed call would have told."""
    return Unknown(f"{call.service}:{call.operation} of {subject}", _came_of(call, failure), _cure(call, failure))


def fault_of(calls: Sequence[Call]) -> Fault:
    """Return calls that failed alike, in one region or several of an account, as a run lists them."""
    call, regions = calls[0], sorted({one.region for one in calls})
    failure = call.failure or Failure("Unknown", "")
    about = _about(call)
    place = f"{call.service}:{call.operation} in {', '.join(regions)} of account {call.account}"
    message = f"{place}{f' ({about})' if about else ''} {_came_of(call, failure)}: {visible(failure.message)}"
    kind = "denied" if is_refusal(call) else "failed"
    return Fault(f"{call.service}:{call.operation}", kind, f"{message.rstrip(': ')}; {_cure(call, failure)}")


def _about(call: Call) -> str:
    return ", ".join(f"{key} {_told(value)}" for key, value in call.parameters.items() if _told(value))


def permission_of(name: str) -> str:
    """Return the IAM action that a call `service.Operation` needs, empty where none is known."""
    service, _, operation = name.partition(".")
    rows = planned(service, operation)
    return rows[0].permission if rows else ""


def _came_of(call: Call, failure: Failure) -> str:
    if failure.code in _OF_NO_SERVICE:
        return _OF_NO_SERVICE[failure.code]
    part = "was answered in part, then " if call.reply is not None else ""
    if failure.code in CHANGED:
        return f"{part}changed during the audit ({failure.code})"
    if failure.code not in REFUSALS:
        return f"{part}failed ({failure.code})"
    denied = _DENIED_BY.search(failure.message)
    return f"{part}was refused ({failure.code}{f', by an explicit deny in a {denied[1]}' if denied else ''})"


def _cure(call: Call, failure: Failure) -> str:
    if failure.code == DIFFERENT:
        return "scan one snapshot of that account"
    permission = failure.permission or permission_of(f"{call.service}.{call.operation}")
    return f"grant {permission}" if failure.code in REFUSALS and permission else "audit again"


def _not_whole(reply: Mapping[str, Any], unknown: Unknown) -> dict[str, Value]:
    return {
        key: PartialList(tuple(value), unknown) if isinstance(value, list) else value for key, value in reply.items()
    }


def _worth(call: Call) -> int:
    """Return how little a call tells: what is not configured is told as wholly as what is."""
    if call.failure is None or call.failure.code in _codes(call, "unset"):
        return 0
    if is_answer(call):
        return 1
    return 2 if call.reply is not None else 3


def _codes(call: Call, of: str) -> frozenset[str]:
    """Return the error codes of a call that are answers: those of its row in the plan, told by constant parameters."""
    rows = planned(call.service, call.operation)
    fitting = [row for row in rows if all(call.parameters.get(key) == value for key, value in row.given.items())]
    return frozenset().union(*(getattr(row, of) for row in fitting or rows))


def _question(call: Call) -> str:
    """Return what is asked by a call, whoever asks: about a thing of one name in all accounts, or about one's own."""
    about = repr(sorted(call.parameters.items(), key=lambda one: one[0]))
    return about if call.service == "s3" or ":" in about else f"{call.account} {call.region} {about}"


def _told(value: Any) -> str:
    return visible(value) if isinstance(value, str) else ""


def _each(value: Any) -> list[str]:
    several = value if isinstance(value, list) else [value]
    return [one for one in several if isinstance(one, str)]
