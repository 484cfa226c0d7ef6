"""The event selectors of a trail or event data store as one kind of data.

Classic and advanced selectors are read into the same shape: a selector is a
conjunction of tests on fields, a set of selectors is their union. What is not
known, and what CloudTrail does not document, stays in the shape as doubt. What
the selectors record is decided elsewhere.

Facts: AWS CloudTrail API Reference, EventSelector, AdvancedEventSelector and
AdvancedFieldSelector; user guide, "How CloudTrail evaluates multiple conditions
for a field": Equals, StartsWith and EndsWith are joined by or, the Not operators
by and, both groups by and.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from ctguard.coverage.partial_text import Text, parts_of, without_partition
from ctguard.model.values import PartialList, PartialMap, PartialText, Unknown, Value

SELECTING = ("equals", "starts_with", "ends_with")
DESELECTING = ("not_equals", "not_starts_with", "not_ends_with")

_ANYWHERE = frozenset({"eventCategory"})
_STORE_ONLY = frozenset({"eventName", "eventType", "sessionCredentialFromConsole", "userIdentity.arn"})
_FIELDS = {
    "Management": _ANYWHERE | {"eventSource", "readOnly"},
    "Data": _ANYWHERE | _STORE_ONLY | {"eventSource", "readOnly", "resources.type", "resources.ARN"},
    "NetworkActivity": _ANYWHERE | {"eventSource", "eventName", "errorCode", "vpcEndpointId"},
}
_REQUIRED = {"Data": "resources.type", "NetworkActivity": "eventSource"}
_EQUALS_ONLY = frozenset({"readOnly", "eventCategory", "resources.type"})

CLASSIC_DATA_TYPES: Mapping[str, tuple[str, bool]] = {
    "AWS::S3::Object": ("arn:aws:s3", True),
    "AWS::Lambda::Function": ("arn:aws:lambda", False),
    "AWS::DynamoDB::Table": ("arn:aws:dynamodb", False),
}
"""The value that means every resource of the type, and whether any other value is a prefix."""


class FieldTest(Struct, frozen=True):
    """What one selector demands of one field; a value that is unknown may or may not apply."""

    field: str
    equals: tuple[Text, ...] = ()
    starts_with: tuple[Text, ...] = ()
    ends_with: tuple[Text, ...] = ()
    not_equals: tuple[Text, ...] = ()
    not_starts_with: tuple[Text, ...] = ()
    not_ends_with: tuple[Text, ...] = ()

    def values(self) -> Iterator[Text]:
        for operator in (*SELECTING, *DESELECTING):
            yield from getattr(self, operator)


class Selector(Struct, frozen=True):
    """Events for which all `tests` hold; with a `doubt` it is not certain that even those are recorded."""

    tests: tuple[FieldTest, ...]
    doubt: str = ""


class SelectorSet(Struct, frozen=True):
    """The union of `selectors`; `more` says why there may be others that cannot be seen."""

    selectors: tuple[Selector, ...]
    more: str = ""


EVERYTHING_MANAGED = SelectorSet((Selector((FieldTest("eventCategory", equals=("Management",)),)),))
"""What a trail without selectors records: all management events."""


def read_selectors(event_selectors: Value, advanced_event_selectors: Value, *, on_store: bool = False) -> SelectorSet:
    """Return what the two lists say, in the API's names in snake case; None or [] is an omitted list.

    Unknown, PartialList and PartialText may stand anywhere. `on_store` says that
    the selectors are those of an event data store, which may test more fields.
    """
    classic, classic_more = _items(event_selectors)
    advanced, advanced_more = _items(advanced_event_selectors)
    selectors = [part for item in classic for part in _classic(item)]
    selectors += [_advanced(item, on_store) for item in advanced]
    more = classic_more or advanced_more
    if not classic and not advanced:
        return SelectorSet((), str(more)) if more else EVERYTHING_MANAGED
    if (classic and (advanced or advanced_more)) or (advanced and classic_more):
        both = "are both given" if classic and advanced else "are perhaps both given"
        doubt = f"classic and advanced selectors {both}, and CloudTrail keeps one kind only"
        selectors = [replace(selector, doubt=selector.doubt or doubt) for selector in selectors]
    return SelectorSet(tuple(selectors), str(more) if more else "")


def _items(value: Value) -> tuple[tuple[Any, ...], Unknown | None]:
    """Return the items of a list and why there may be others."""
    if value is None:
        return (), None
    if isinstance(value, Unknown):
        return (), value
    if isinstance(value, PartialList):
        return tuple(value.items), value.rest
    if isinstance(value, list | tuple):
        return tuple(value), None
    return (value,), None


def _attribute(item: Value, name: str, default: Value = None) -> Value:
    if isinstance(item, Unknown):
        return item
    if isinstance(item, PartialMap):
        value = item.items.get(name, item.rest)
    else:
        value = item.get(name) if isinstance(item, Mapping) else Unknown("selector", "is not a map")
    return default if value is None else value


def _texts(value: Value, *, arn: bool = False) -> tuple[Text, ...]:
    items, rest = _items(value)
    read = [_text(item) for item in items]
    texts = tuple(without_partition(item) if arn else item for item in read)
    return (*texts, rest) if rest else texts


def _text(value: Value) -> Text:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | PartialText | Unknown):
        return value
    return Unknown(repr(value), "is no text")


def _classic(item: Value) -> Iterator[Selector]:
    access = _classic_access(_attribute(item, "read_write_type", "All"))
    yield from _classic_management(item, access)
    resources, more = _items(_attribute(item, "data_resources", []))
    for resource in resources:
        yield from _classic_data(resource, access)
    if more:
        yield Selector((FieldTest("eventCategory", equals=("Data",)), *access), doubt=str(more))


def _classic_access(value: Value) -> tuple[FieldTest, ...]:
    if value == "All":
        return ()
    known = {"ReadOnly": "true", "WriteOnly": "false"}
    if isinstance(value, str) and value in known:
        return (FieldTest("readOnly", equals=(known[value],)),)
    if not isinstance(value, Unknown):
        value = Unknown(f"ReadWriteType {value}")
    return (FieldTest("readOnly", equals=(value,)),)


def _classic_management(item: Value, access: tuple[FieldTest, ...]) -> Iterator[Selector]:
    included = _attribute(item, "include_management_events", True)
    if included is False or included == "false":
        return
    excluded = _texts(_attribute(item, "exclude_management_event_sources", []))
    sources = (FieldTest("eventSource", not_equals=excluded),) if excluded else ()
    doubt = "" if included is True or included == "true" else f"IncludeManagementEvents: {included}"
    yield Selector((FieldTest("eventCategory", equals=("Management",)), *access, *sources), doubt)


def _classic_data(resource: Value, access: tuple[FieldTest, ...]) -> Iterator[Selector]:
    kind = _text(_attribute(resource, "type", Unknown("DataResources type")))
    values = _texts(_attribute(resource, "values", []), arn=True)
    common = (FieldTest("eventCategory", equals=("Data",)), FieldTest("resources.type", equals=(kind,)), *access)
    if isinstance(kind, str) and kind not in CLASSIC_DATA_TYPES:
        yield Selector(common, doubt=f"classic selectors do not take {kind}")
        return
    everything, by_prefix = CLASSIC_DATA_TYPES.get(kind if isinstance(kind, str) else "", ("", True))
    doubtful = tuple(value for value in values if by_prefix and _bare_bucket(value))
    certain = tuple(value for value in values if value not in doubtful)
    if certain:
        broad = certain if by_prefix else tuple(value for value in certain if value == everything)
        yield Selector((*common, FieldTest("resources.ARN", starts_with=broad, equals=certain)))
    if doubtful:
        doubt = f"{doubtful[0]} does not end in a slash: which objects it means is not documented"
        yield Selector((*common, FieldTest("resources.ARN", starts_with=doubtful)), doubt)


def _bare_bucket(value: Text) -> bool:
    return (
        isinstance(value, str)
        and value.startswith("arn:aws:s3:::")
        and len(value) > len("arn:aws:s3:::")
        and "/" not in value
    )


def _advanced(item: Value, on_store: bool) -> Selector:
    if isinstance(item, Unknown):
        return Selector((), doubt=str(item))
    fields, more = _items(_attribute(item, "field_selectors", []))
    tests = tuple(_field_test(field) for field in fields)
    doubt = str(more) if more else next((text for field in fields if (text := _strange_operator(field))), "")
    return Selector(tests, doubt or _doubt(tests, on_store))


def _field_test(field: Value) -> FieldTest:
    name = _text(_attribute(field, "field", Unknown("field")))
    lists = {
        operator: _texts(_attribute(field, operator, []), arn=name == "resources.ARN")
        for operator in (*SELECTING, *DESELECTING)
    }
    return FieldTest(name if isinstance(name, str) else "", **lists)


def _strange_operator(field: Value) -> str:
    if not isinstance(field, Mapping):
        return ""
    known = {"field", "name", *SELECTING, *DESELECTING}
    strange = [key for key, value in field.items() if key not in known and value not in (None, [], "")]
    return f"operator {strange[0]} is not known" if strange else ""


def _doubt(tests: tuple[FieldTest, ...], on_store: bool) -> str:
    """Return why it is not certain what CloudTrail makes of an advanced selector, or nothing."""
    by_field = {test.field: test for test in tests}
    category = next((value for value in by_field.get("eventCategory", FieldTest("")).equals), None)
    if "" in by_field:
        return "a field selector names a field that is not known"
    if len(by_field) < len(tests):
        return "a field is tested twice"
    if category is None:
        return "eventCategory is missing"
    if not isinstance(category, str) or category not in _FIELDS:
        return ""
    return _undocumented(category, by_field, _STORE_ONLY if on_store else frozenset())


def _undocumented(category: str, by_field: Mapping[str, FieldTest], further: frozenset[str]) -> str:
    required = _REQUIRED.get(category)
    if required and required not in by_field:
        return f"{required} is missing, which {category} events need"
    for field, test in by_field.items():
        if field not in _FIELDS[category] | further:
            return f"CloudTrail does not document the field {field} for {category} events here"
        if not any(True for _ in test.values()):
            return f"{field} is tested against nothing"
        if field in _EQUALS_ONLY and not test.equals:
            return f"{field} takes Equals only"
    return ""


def named_resources(selectors: SelectorSet) -> tuple[str, ...]:
    """Return the resource ARNs and prefixes that the data selectors name, as far as they are known."""
    found = {
        "".join(part if isinstance(part, str) else f"${{{part.what}}}" for part in parts_of(value))
        for selector in selectors.selectors
        for test in selector.tests
        if test.field == "resources.ARN"
        for operator in SELECTING
        for value in getattr(test, operator)
        if not isinstance(value, Unknown)
    }
    return tuple(sorted(found - {""}))
