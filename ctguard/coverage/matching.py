"""Tell whether selectors record one event: the concrete meaning that every other answer leans on.

Answers are True, False or None, where None says that it hangs on a value that
is not known or on behaviour that CloudTrail does not document.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from ctguard.coverage.partial_text import Text, ends_with, equals, parts_of, starts_with, without_partition
from ctguard.coverage.selectors import SELECTING, FieldTest, Selector, SelectorSet
from ctguard.model.values import PartialText, Unknown

Fields: TypeAlias = Mapping[str, Text | None]
"""The fields of an event that selectors can test; None or missing is a field that the event does not have."""

_COMPARE: Mapping[str, Callable[[Text, Text], bool | None]] = {
    "equals": equals,
    "starts_with": starts_with,
    "ends_with": ends_with,
}
_PATHS = ("eventCategory", "eventSource", "eventName", "eventType", "readOnly", "errorCode", "vpcEndpointId")


def records(selectors: SelectorSet, event: Mapping[str, Any]) -> bool | None:
    """Tell whether `selectors` record a CloudTrail event, given as CloudTrail writes it."""
    return either(recorded(selectors, fields) for fields in fields_of(event))


def recorded(selectors: SelectorSet, fields: Fields) -> bool | None:
    """Tell whether `selectors` record an event with these fields."""
    answer = either(selected(selector, fields) for selector in selectors.selectors)
    return None if answer is False and selectors.more else answer


def selected(selector: Selector, fields: Fields) -> bool | None:
    """Tell whether one selector takes an event with these fields."""
    answer = both(holds(test, fields.get(test.field)) for test in selector.tests)
    return None if answer and selector.doubt else answer


def holds(test: FieldTest, value: Text | None, *, unlisted: bool = False) -> bool | None:
    """Tell whether a test holds for the value of its field.

    `unlisted` says that `value` stands for one that the selectors do not name:
    an ARN whose unknown part is only a name is then another one.
    """
    if value is None:
        return _holds_when_absent(test)
    answers = []
    if test.equals or test.starts_with or test.ends_with:
        wanted = [_compare(name, value, text, unlisted) for name in SELECTING for text in getattr(test, name)]
        answers.append(either(wanted))
    answers += [
        opposite(_compare(name, value, text, unlisted)) for name in SELECTING for text in getattr(test, f"not_{name}")
    ]
    return both(answers)


def _compare(operator: str, value: Text, text: Text, unlisted: bool) -> bool | None:
    if (
        unlisted
        and isinstance(text, PartialText)
        and any("/" in part for part in parts_of(text) if isinstance(part, str))
    ):
        return False
    return _COMPARE[operator](value, text)


def _holds_when_absent(test: FieldTest) -> bool | None:
    if test.equals or test.starts_with or test.ends_with:
        return False
    # The console session marker is written only when it is true; what the other Not operators make of a missing
    # field is not documented.
    return True if test.field == "sessionCredentialFromConsole" else None


def fields_of(event: Mapping[str, Any]) -> Iterator[Fields]:
    """Yield the testable fields of `event`, once for each resource that it names."""
    fields: dict[str, Text | None] = {name: _text(event.get(name)) for name in _PATHS}
    identity = event.get("userIdentity")
    fields["userIdentity.arn"] = _text(identity.get("arn")) if isinstance(identity, Mapping) else None
    fields["sessionCredentialFromConsole"] = _text(event.get("sessionCredentialFromConsole"))
    resources = event.get("resources")
    for resource in resources if isinstance(resources, list) and resources else [{}]:
        arn = _text(resource.get("ARN")) if isinstance(resource, Mapping) else None
        kind = _text(resource.get("type")) if isinstance(resource, Mapping) else None
        yield {
            **fields,
            "resources.type": kind,
            "resources.ARN": None if arn is None else without_partition(arn),
        }


def _text(value: Any) -> Text | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str | PartialText | Unknown) else None


def either(answers: Iterable[bool | None]) -> bool | None:
    """Join by or, in Kleene's logic."""
    found = set(answers)
    return True if True in found else None if None in found else False


def both(answers: Iterable[bool | None]) -> bool | None:
    """Join by and, in Kleene's logic."""
    found = set(answers)
    return False if False in found else None if None in found else True


def opposite(answer: bool | None) -> bool | None:
    """Negate, in Kleene's logic."""
    return None if answer is None else not answer
