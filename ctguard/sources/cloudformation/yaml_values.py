"""Read YAML as CloudFormation does: short tags become functions, text stays as it is written.

libyaml composes the nodes. PyYAML's resolver and constructors, which take more
than half the time of a load, are left out, and the limits are checked while the
nodes are made: libyaml's own recursion would end the process on a file that is
deep enough. What the values mean is decided elsewhere.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import yaml
from yaml import MappingNode, ScalarNode

from ctguard.sources.cloudformation.failure import (
    MAX_DEPTH,
    MAX_NODES,
    ReadFailure,
    duplicate_key,
    too_deep,
    too_many_nodes,
)

if TYPE_CHECKING:
    from yaml import CSafeLoader as _Loader
else:
    _Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

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
_HARMLESS_BYTES: Final = 100_000
_HARMLESS_LEVELS: Final = 1_000
_UNDER_WAY: Final = object()
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


class Read(NamedTuple):
    """A document's value; by the id() of its maps and lists their entries' lines, and which hold no function."""

    value: Any
    lines: dict[int, list[int]]
    constant: dict[int, Any]


def read_yaml(content: bytes) -> Read:
    """Return the one document in `content`, or raise `ReadFailure`."""
    try:
        composer = _Composer if _is_harmless(content) else _CountingComposer
        node = composer(content).get_single_node()
    except yaml.YAMLError as error:
        raise _syntax(error) from None
    except UnicodeError as error:
        raise ReadFailure("syntax", f"is not text: {error}") from None
    converter = _Converter(has_dynamic_references=b"{{" in content)
    return Read(None if node is None else converter.value(node), converter.spans, converter.constant)


def _syntax(error: yaml.YAMLError) -> ReadFailure:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line = mark.line + 1 if mark else 0
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "cannot be read"
    if problem == "but found another document":
        return ReadFailure("syntax", "holds more than one YAML document", line)
    return ReadFailure("syntax", f"is not sound YAML: {problem}", line)


def _is_harmless(content: bytes) -> bool:
    """Return whether no YAML of this size, line length and number of brackets can be too much for a composer.

    A block within a block is further to the right, or a list in a map; a flow
    within a flow has a bracket, or is a pair in a list.
    """
    levels = 2 * (max(map(len, content.splitlines()), default=0) + content.count(b"[") + content.count(b"{"))
    return len(content) < _HARMLESS_BYTES and levels < _HARMLESS_LEVELS


class _Composer(_Loader):
    """Makes nodes without giving them tags."""

    def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
        """Leave a node that has no tag of its own without one."""

    def descend_resolver(self, current_node: Any, current_index: Any) -> None:
        """Called before a node is made."""

    def ascend_resolver(self) -> None:
        """Called when a node has been made."""


class _CountingComposer(_Composer):
    """Makes no more and no deeper nodes than the limits let it; a third slower."""

    depth = 0
    nodes = 0

    def descend_resolver(self, current_node: Any, current_index: Any) -> None:
        self.depth += 1
        self.nodes += 1
        if self.depth > MAX_DEPTH or self.nodes > MAX_NODES:
            line = current_node.start_mark.line + 1 if current_node is not None else 1
            raise too_deep(line) if self.depth > MAX_DEPTH else too_many_nodes(line)

    def ascend_resolver(self) -> None:
        self.depth -= 1


class _Converter:
    """Makes values out of nodes; notes the lines of their entries, and which of them hold no function at all."""

    def __init__(self, *, has_dynamic_references: bool) -> None:
        self.spans: dict[int, list[int]] = {}
        self.constant: dict[int, Any] = {}
        self._has_dynamic_references = has_dynamic_references
        self._nodes = 0
        self._depth = 0
        self._done: dict[int, Any] = {}
        self._sizes: dict[int, int] = {}
        self._last_line = 0
        self._varies = False

    def value(self, node: Any) -> Any:
        """Return the value of a node of any kind."""
        if node.__class__ is ScalarNode:
            return self._scalar(node)
        if id(node) in self._done:
            return self._again(node)
        self._done[id(node)] = _UNDER_WAY
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise too_deep(node.start_mark.line + 1)
        around, self._varies = self._varies, False
        value, spans = self._map(node) if node.__class__ is MappingNode else self._list(node)
        self.spans[id(value)] = spans
        if not self._varies:
            self.constant[id(value)] = value
        self._varies = self._varies or around
        if node.flow_style:
            self._last_line = node.end_mark.line + 1
        if node.tag is not None:
            value = self._tagged(node.tag, value, node.start_mark.line + 1)
        self._done[id(node)] = value
        self._depth -= 1
        return value

    def _map(self, node: Any) -> tuple[dict[str, Any], list[int]]:
        values: dict[str, Any] = {}
        spans: list[int] = []
        merged: list[tuple[dict[str, Any], int]] = []
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if key_node.__class__ is not ScalarNode or key_node.tag is not None:
                _check_key(key_node, line)
            key = key_node.value
            value = self.value(value_node)
            if key == "<<" and not key_node.style:
                merged += [(one, line) for one in _to_merge(value, line)]
                continue
            if key in values:
                raise duplicate_key(key, spans[2 * list(values).index(key)], line)
            values[key] = value
            spans.append(line)
            spans.append(self._last_line)
            if key == "Ref" or key.startswith("Fn::"):
                self._varies = True
        for entries, line in merged:
            self._varies = True
            for key in [key for key in entries if key not in values]:
                values[key] = entries[key]
                spans += [line, line]
        return values, spans

    def _list(self, node: Any) -> tuple[list[Any], list[int]]:
        values: list[Any] = []
        spans: list[int] = []
        for value_node in node.value:
            values.append(self.value(value_node))
            spans.append(value_node.start_mark.line + 1)
            spans.append(self._last_line)
        return values, spans

    def _scalar(self, node: Any) -> Any:
        end = node.end_mark
        # A block scalar ends where the next thing begins.
        self._last_line = end.line + 1 if end.column or end.line == node.start_mark.line else end.line
        tag = node.tag
        value = node.value
        if tag is not None and tag not in _TEXT_TAGS:
            return self._tagged(tag, value if tag in SHORT_TAGS else plain_scalar(value), end.line + 1)
        if tag is None and not node.style:
            value = plain_scalar(value)
            self._varies = self._varies or value is None
        if self._has_dynamic_references and "{{" in node.value:
            self._varies = True
        return value

    def _tagged(self, tag: str, value: Any, line: int) -> Any:
        if (function := SHORT_TAGS.get(tag)) is not None:
            call = {function: value}
            self.spans[id(call)] = [line, self._last_line]
            self._varies = True
            return call
        if tag not in _PLAIN_TAGS:
            raise ReadFailure("syntax", f"tag {tag.replace(_YAML_TAG, '!!')} is none of CloudFormation's", line)
        return value

    def _again(self, node: Any) -> Any:
        """Return the value of a node that an alias leads to."""
        line = node.start_mark.line + 1
        value = self._done[id(node)]
        if value is _UNDER_WAY:
            raise ReadFailure("syntax", "an alias stands inside of what it refers to", line)
        self._nodes += self._size(value)
        if self._nodes > MAX_NODES:
            raise too_many_nodes(line)
        self._varies = self._varies or id(value) not in self.constant
        return value

    def _size(self, value: Any) -> int:
        """Return the number of values in `value` with its aliases written out, each part counted once."""
        if not isinstance(value, dict | list):
            return 1
        if id(value) not in self._sizes:
            parts = value.values() if isinstance(value, dict) else value
            self._sizes[id(value)] = 1 + sum(map(self._size, parts))
        return self._sizes[id(value)]


def _check_key(node: Any, line: int) -> None:
    if node.__class__ is not ScalarNode:
        raise ReadFailure("syntax", "a map or list cannot be a key here", line)
    if node.tag not in _PLAIN_TAGS:
        raise ReadFailure("syntax", f"tag {node.tag} cannot stand on a key", line)


def _to_merge(value: Any, line: int) -> list[dict[str, Any]]:
    """Return the maps whose entries a merge key brings in, the strongest first."""
    maps = value if isinstance(value, list) else [value]
    if not all(isinstance(one, dict) for one in maps):
        raise ReadFailure("syntax", "<< takes a map or a list of maps", line)
    return maps
