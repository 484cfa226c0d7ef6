"""Read YAML as CloudFormation does: short tags become functions, text stays as it is written.

Built on the events of libyaml's parser and not on PyYAML's loaders: no recursion,
so no depth that could crash it; every limit holds while reading; the lines of
entries come with the events. What the values mean is decided elsewhere.
"""

from __future__ import annotations

import re
from typing import Any, Final

import yaml

from ctguard.sources.cloudformation.failure import (
    MAX_DEPTH,
    MAX_NODES,
    ReadFailure,
    duplicate_key,
    too_deep,
    too_many_nodes,
)
from ctguard.sources.cloudformation.lines import Layout, Spans

# Fn::ForEach has no short form.
_FUNCTIONS: Final = (
    "And",
    "Base64",
    "Cidr",
    "Contains",
    "EachMemberEquals",
    "EachMemberIn",
    "Equals",
    "FindInMap",
    "GetAtt",
    "GetAZs",
    "GetStackOutput",
    "If",
    "ImportValue",
    "Join",
    "Length",
    "Not",
    "Or",
    "RefAll",
    "Select",
    "Split",
    "Sub",
    "ToJsonString",
    "Transform",
    "ValueOf",
    "ValueOfAll",
)
SHORT_TAGS: Final = {f"!{name}": f"Fn::{name}" for name in _FUNCTIONS} | {"!Ref": "Ref", "!Condition": "Condition"}

_Parser: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_YAML_TAG: Final = "tag:yaml.org,2002:"
_TEXT_TAGS: Final = frozenset({"!", f"{_YAML_TAG}str"})
_PLAIN_TAGS: Final = _TEXT_TAGS | {f"{_YAML_TAG}{name}" for name in ("int", "float", "bool", "null", "map", "seq")}

_WORDS: Final[dict[str, bool | None]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **{form: True for word in ("yes", "true", "on") for form in (word, word.capitalize(), word.upper())},
    **{form: False for word in ("no", "false", "off") for form in (word, word.capitalize(), word.upper())},
}
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,10})(\.[0-9]{1,10})?")
_SEXAGESIMAL: Final = re.compile(r"-?[1-9][0-9]*(?::[0-5]?[0-9]){1,5}")
_START_OF_NUMBER: Final = frozenset("0123456789-")


def plain_scalar(text: str) -> Any:
    """Return the value of an unquoted scalar.

    The words of YAML 1.1 are booleans and null. A number is one only where it
    would be written the same way again: an account id, with or without leading
    zero, a date, `3.10` and `1_000` stay text. What has to be a number is made
    one where that is known.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _START_OF_NUMBER:
        return text
    if (number := _NUMBER.fullmatch(text)) is not None:
        value = float(text) if number[1] else int(text)
        return value if str(value) == text else text
    if _SEXAGESIMAL.fullmatch(text):
        return _sexagesimal(text)
    return text


def _sexagesimal(text: str) -> int:
    value = 0
    for digits in text.lstrip("-").split(":"):
        value = value * 60 + int(digits)
    return -value if text.startswith("-") else value


def read_yaml(content: bytes) -> Layout:
    """Return the one document in `content` with the lines of its entries, or raise `ReadFailure`."""
    try:
        parser = _Parser(content)
        builder = _Builder()
        take = {
            yaml.ScalarEvent: builder.scalar,
            yaml.MappingStartEvent: builder.open_map,
            yaml.SequenceStartEvent: builder.open_list,
            yaml.MappingEndEvent: builder.close,
            yaml.SequenceEndEvent: builder.close,
            yaml.AliasEvent: builder.alias,
            yaml.DocumentStartEvent: builder.open_document,
        }
        while (event := parser.get_event()) is not None:
            if (handler := take.get(event.__class__)) is not None:
                handler(event)
    except yaml.YAMLError as error:
        raise _syntax(error) from None
    except UnicodeError as error:
        raise ReadFailure("syntax", f"is not text: {error}") from None
    return Layout(builder.documents[0] if builder.documents else None, builder.spans)


def _syntax(error: yaml.YAMLError) -> ReadFailure:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "cannot be read"
    return ReadFailure("syntax", f"is not sound YAML: {problem}", mark.line + 1 if mark else 0)


class _Open:
    """A map or list of which more is to come."""

    __slots__ = (
        "anchor",
        "function",
        "is_map",
        "key",
        "key_line",
        "merged",
        "merges",
        "nodes",
        "spans",
        "start",
        "values",
    )

    def __init__(self, values: Any, start: int, anchor: str | None, function: str | None, nodes: int) -> None:
        self.values = values
        self.is_map = isinstance(values, dict)
        self.start = start
        self.anchor = anchor
        self.function = function
        self.nodes = nodes
        self.spans: list[int] = []
        self.key: str | None = None
        self.key_line = 0
        self.merges = False
        self.merged: list[tuple[dict[str, Any], int]] = []


class _Builder:
    """Makes values out of events, one after the other."""

    def __init__(self) -> None:
        self.documents: list[Any] = []
        self.spans: Spans = {}
        self._open = _Open(self.documents, 1, None, None, 0)
        self._around: list[_Open] = []
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._nodes = 0
        self._last_line = 0

    def open_document(self, event: Any) -> None:
        if self.documents:
            raise ReadFailure("syntax", "holds more than one YAML document", event.start_mark.line + 1)

    def scalar(self, event: Any) -> None:
        line = event.start_mark.line + 1
        end = event.end_mark
        # A block scalar ends where the next thing begins.
        self._last_line = end.line + 1 if end.column or end.line < line else end.line
        if self._open.is_map and self._open.key is None:
            self._take_key(event, line)
            return
        tag = event.tag
        value: Any = event.value
        if tag is None:
            if event.implicit[0]:
                value = plain_scalar(value)
        elif (function := SHORT_TAGS.get(tag)) is not None:
            value = {function: value}
            self.spans[id(value)] = [line, self._last_line]
        else:
            _check_tag(tag, line)
            value = value if tag in _TEXT_TAGS else plain_scalar(value)
        self._count(1, line)
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, 1)
        self._add(value, line)

    def open_map(self, event: Any) -> None:
        self._begin({}, event)

    def open_list(self, event: Any) -> None:
        self._begin([], event)

    def close(self, event: Any) -> None:
        done = self._open
        self._open = self._around.pop()
        if event.end_mark.index != event.start_mark.index:  # a bracket; a block ends where the next thing begins
            self._last_line = event.end_mark.line + 1
        for values, line in done.merged:
            for key, value in values.items():
                if key not in done.values:
                    done.values[key] = value
                    done.spans += [line, line]
        value = done.values
        self.spans[id(value)] = done.spans
        if done.function is not None:
            value = {done.function: value}
            self.spans[id(value)] = [done.start, self._last_line]
        if done.anchor is not None:
            self._anchors[done.anchor] = (value, self._nodes - done.nodes)
        self._add(value, done.start)

    def alias(self, event: Any) -> None:
        line = self._last_line = event.start_mark.line + 1
        name = event.anchor
        if name == self._open.anchor or any(name == one.anchor for one in self._around):
            raise ReadFailure("syntax", f"*{name} stands inside of what it refers to", line)
        if name not in self._anchors:
            raise ReadFailure("syntax", f"*{name} refers to nothing above it", line)
        self._check_value_due("an alias", line)
        value, nodes = self._anchors[name]
        self._count(nodes, line)
        self._add(value, line)

    def _begin(self, values: Any, event: Any) -> None:
        line = event.start_mark.line + 1
        tag = event.tag
        if tag is not None and tag not in SHORT_TAGS:
            _check_tag(tag, line)
        self._check_value_due("a map or list", line)
        if len(self._around) >= MAX_DEPTH:
            raise too_deep(line)
        self._around.append(self._open)
        self._open = _Open(values, line, event.anchor, SHORT_TAGS.get(tag), self._nodes)
        self._count(1, line)

    def _take_key(self, event: Any, line: int) -> None:
        parent = self._open
        key: str = event.value
        if event.tag is not None and event.tag not in _PLAIN_TAGS:
            raise ReadFailure("syntax", f"tag {event.tag} cannot stand on a key", line)
        if key in parent.values:
            raise duplicate_key(key, parent.spans[2 * list(parent.values).index(key)], line)
        parent.merges = key == "<<" and event.implicit[0]
        parent.key = key
        parent.key_line = line

    def _add(self, value: Any, line: int) -> None:
        parent = self._open
        if parent.is_map:
            assert parent.key is not None
            line = parent.key_line
            if parent.merges:
                parent.merged += [(one, line) for one in _to_merge(value, line)]
                parent.key = None
                return
            parent.values[parent.key] = value
            parent.key = None
        else:
            parent.values.append(value)
        parent.spans.append(line)
        parent.spans.append(self._last_line)

    def _check_value_due(self, what: str, line: int) -> None:
        if self._open.is_map and self._open.key is None:
            raise ReadFailure("syntax", f"{what} cannot be a key here", line)

    def _count(self, nodes: int, line: int) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            raise too_many_nodes(line)


def _check_tag(tag: str, line: int) -> None:
    if tag not in _PLAIN_TAGS:
        raise ReadFailure("syntax", f"tag {tag.replace(_YAML_TAG, '!!')} is none of CloudFormation's", line)


def _to_merge(value: Any, line: int) -> list[dict[str, Any]]:
    """Return the maps whose entries a merge key brings in, the strongest first."""
    maps = value if isinstance(value, list) else [value]
    if not all(isinstance(one, dict) for one in maps):
        raise ReadFailure("syntax", "<< takes a map or a list of maps", line)
    return maps
