"""yamldecode: YAML as Terraform reads it, which is neither 1.1 nor 1.2.

`yes` and `on` are booleans, 017 is seventeen, 1_000 is a string, dates become
timestamps as text. The syntax is left to libyaml; what a scalar means is decided
here. Aliases are followed as far as the result stays small.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from msgspec import Struct, field

from ctguard.model.values import Document, PartialText, Unknown, Value, first_unknown
from ctguard.sources.terraform.functions.derivation import doubt
from ctguard.sources.terraform.functions.failure import FunctionError, UndecidedError
from ctguard.sources.terraform.functions.numerals import parse_number
from ctguard.sources.terraform.functions.parameters import to_string

DEEPEST_NESTING = 100
MOST_NODES = 200_000

_NULLS = {"", "~", "null", "Null", "NULL"}
_TRUE = {"true", "True", "TRUE", "y", "Y", "yes", "Yes", "YES", "on", "On", "ON"}
_FALSE = {"false", "False", "FALSE", "n", "N", "no", "No", "NO", "off", "Off", "OFF"}
_ENDLESS = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_DECIMAL = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_BASED = re.compile(r"0x[0-9a-fA-F]+|0o[0-7]+")
_DATE = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d\d?)-(?P<day>\d\d?)"
    r"(?:(?P<between>[Tt ])(?P<hour>\d\d?):(?P<minute>\d\d?):(?P<second>\d\d?)(?:\.\d+)?(?P<zone>Z|[+-]\d\d:\d\d)?)?",
    re.ASCII,
)
_TAG = "tag:yaml.org,2002:"
_SCALAR_TAGS = {f"{_TAG}{name}" for name in ("int", "float", "bool", "timestamp")}


def decode(document: Value) -> Value:
    """Return the value that a YAML text holds; FunctionError where Terraform refuses it."""
    if isinstance(document, Unknown | PartialText | Document):
        cause = first_unknown(document)
        if cause is not None:
            return doubt(cause, "yamldecode", document, is_set=False)
    text = to_string(document)
    import yaml

    try:
        return _Reader().read(yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
    except yaml.YAMLError as error:
        raise FunctionError(f"invalid YAML: {' '.join(str(error).split())}") from None


class _Open(Struct):
    """A collection that is being read: its elements so far, and its anchor."""

    elements: list[Value]
    is_map: bool
    anchor: str | None


class _Reader(Struct):
    """Builds the value of one document from its events, without recursion."""

    anchors: dict[str, tuple[Value, int]] = field(default_factory=dict)
    stack: list[_Open] = field(default_factory=list)
    nodes: int = 0

    def read(self, events: Iterator[Any]) -> Value:
        documents: list[Value] = []
        for event in events:
            name = type(event).__name__
            if name in ("SequenceStartEvent", "MappingStartEvent"):
                self._begin(event, is_map=name.startswith("Map"))
            elif name in ("SequenceEndEvent", "MappingEndEvent"):
                self._add(*self._finished(), documents)
            elif name == "ScalarEvent":
                self._add(_scalar(event), event.anchor, documents)
            elif name == "AliasEvent":
                self._add(self._alias(event.anchor), None, documents)
        if len(documents) != 1:
            raise FunctionError("a YAML text must hold exactly one document")
        return documents[0]

    def _begin(self, event: Any, *, is_map: bool) -> None:
        expected = f"{_TAG}{'map' if is_map else 'seq'}"
        if event.tag not in (None, expected):
            raise FunctionError(f"unsupported tag {event.tag!r}")
        if len(self.stack) >= DEEPEST_NESTING:
            raise UndecidedError("is nested too deeply")
        self.stack.append(_Open([], is_map, event.anchor))

    def _finished(self) -> tuple[Value, str | None]:
        done = self.stack.pop()
        return (_mapping(done.elements) if done.is_map else done.elements), done.anchor

    def _add(self, value: Value, anchor: str | None, documents: list[Value]) -> None:
        self._count(1)
        names_key = bool(self.stack) and self.stack[-1].is_map and len(self.stack[-1].elements) % 2 == 0
        if anchor is not None and not names_key:  # NOTE: Terraform does not find the anchors of keys again
            self.anchors[anchor] = (value, _size(value))
        (self.stack[-1].elements if self.stack else documents).append(value)

    def _alias(self, name: str) -> Value:
        if name not in self.anchors:
            raise FunctionError(f"invalid YAML: reference to undefined anchor {name!r}")
        value, size = self.anchors[name]
        self._count(size)
        return value

    def _count(self, nodes: int) -> None:
        self.nodes += nodes
        if self.nodes > MOST_NODES:
            raise UndecidedError("grows beyond what is worked out here")


def _size(value: Value) -> int:
    """Return how many nodes a finished value has; what it shares counts each time."""
    if isinstance(value, dict):
        return 1 + sum(map(_size, value.values()))
    if isinstance(value, list):
        return 1 + sum(map(_size, value))
    return 1


def _mapping(elements: list[Value]) -> dict[str, Value]:
    result: dict[str, Value] = {}
    for key, value in zip(elements[::2], elements[1::2], strict=True):
        if key is _MERGE:
            if not isinstance(value, dict):
                raise FunctionError("invalid YAML: only a map can be merged")
            result |= value
        elif isinstance(key, dict | list) or key is None:
            raise FunctionError("invalid YAML: a map key must be a string")
        else:
            result[to_string(key)] = value
    return result


_MERGE = object()


def _scalar(event: Any) -> Value:
    """Return what a scalar means: quoted ones are text, plain ones what they look like."""
    plain = not event.style or event.style == "\0"
    match event.tag:
        case None:
            return _plain(event.value) if plain else event.value
        case str() if event.tag in _SCALAR_TAGS:
            return _plain(event.value) if plain else event.value
        case "tag:yaml.org,2002:str" | "tag:yaml.org,2002:binary":
            return event.value
        case "tag:yaml.org,2002:null":
            return None
    raise FunctionError(f"unsupported tag {event.tag!r}")


def _plain(text: str) -> Value:
    if text in _NULLS:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if text == "<<":
        return _MERGE
    if text[0] in "+-.0123456789":
        if _DECIMAL.fullmatch(text):
            return parse_number(text)
        if _BASED.fullmatch(text):
            return int(text[2:], 16 if text[1] == "x" else 8)
        if _ENDLESS.fullmatch(text):
            raise FunctionError("cannot convert a number that is not finite")
        if found := _DATE.fullmatch(text):
            return _timestamp(found) or text
    return text


def _timestamp(found: re.Match[str]) -> str | None:
    """Return a date as RFC 3339 writes it, None where the calendar has no such date."""
    from datetime import datetime

    if found["between"] and (found["between"] == " ") == bool(found["zone"]):
        return None  # a date and a time divided by a space have no zone, all others have one
    fields = [int(found[name] or 0) for name in ("year", "month", "day", "hour", "minute", "second")]
    try:
        moment = datetime(*fields)  # type: ignore[arg-type]
    except ValueError:
        return None
    zone = found["zone"] if found["zone"] not in (None, "+00:00", "-00:00") else "Z"
    return f"{moment.isoformat(timespec='seconds')}{zone}"
