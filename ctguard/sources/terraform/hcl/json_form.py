"""Terraform's JSON form (`.tf.json`): the same blocks, bodies and arguments, from JSON.

The form does not tell a nested block from an argument that is a map; the
provider's schema does. Here an object counts as a block unless its name is one
that AWS resources use for maps.
"""

from __future__ import annotations

import json

from ctguard.model.errors import Fault
from ctguard.model.json_keys import DuplicateKeyError, refuse_duplicates
from ctguard.model.location import Location, OnePlace, Path, Places
from ctguard.model.values import Value
from ctguard.sources.terraform.hcl.body import Attribute, Block, Body, Expression
from ctguard.sources.terraform.hcl.collections import Entry, list_of, object_of
from ctguard.sources.terraform.hcl.compiler import compile_template, constant
from ctguard.sources.terraform.hcl.files import Text
from ctguard.sources.terraform.hcl.json_places import locate
from ctguard.sources.terraform.hcl.limits import MAX_BLOCK_NESTING, MAX_EXPRESSION_NESTING, LimitError
from ctguard.sources.terraform.hcl.scope import Scope
from ctguard.sources.terraform.hcl.types import Type, parse_type_text

# How many labels the top-level blocks have; `locals` and `terraform` have none.
_LABELS = {"resource": 2, "data": 2, "ephemeral": 2, "module": 1, "variable": 1, "output": 1, "provider": 1}
_WITHOUT_BLOCKS = frozenset({"locals", "module", "output", "variable"})
_MAPS = frozenset(
    {
        "dimensions",
        "encryption_context",
        "encryption_context_equals",
        "encryption_context_subset",
        "environment_variables",
        "metadata",
        "parameters",
        "request_parameters",
        "tags",
        "tags_all",
        "triggers",
        "variables",
    }
)
_COMMENT = "//"


def blocks(text: Text) -> tuple[tuple[Block, ...], tuple[Fault, ...]]:
    """Return the top-level blocks of a file, and what is wrong with it."""
    try:
        content = json.loads(text.data, object_pairs_hook=refuse_duplicates, parse_constant=_no_constant)
    except DuplicateKeyError as duplicate:
        return (), (Fault(text.display, "duplicate-key", f"has the key {duplicate} twice in one object"),)
    except RecursionError:
        return (), (Fault(text.display, "limit", "is nested too deeply"),)
    except ValueError as error:
        line = f":{error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        return (), (Fault(f"{text.display}{line}", "syntax", f"is not valid JSON: {error}"),)
    if not isinstance(content, dict):
        return (), (Fault(text.display, "syntax", "must hold one JSON object"),)
    file = _File(text)
    return tuple(block for kind, value in content.items() for block in file.top_level(kind, value)), ()


def _no_constant(name: str) -> Value:
    raise ValueError(f"{name} is not JSON")


class _File:
    """One file, which finds the lines of its parts when they are asked for."""

    def __init__(self, text: Text) -> None:
        self.display = text.display
        self.content = text.data.decode()

    def location(self, path: Path) -> Location:
        first, last = locate(self.content, path)
        return Location(self.display, first, last)

    def top_level(self, kind: str, value: Value) -> list[Block]:
        if kind == _COMMENT:
            return []
        return self.labelled(kind, (), value, (kind,), _LABELS.get(kind, 0))

    def labelled(self, kind: str, labels: tuple[str, ...], value: Value, path: Path, missing: int) -> list[Block]:
        """Return the blocks in `value`, going down one level of keys for each label that is missing."""
        found: list[Block] = []
        if isinstance(value, list):
            for position, item in enumerate(value):
                found.extend(self.labelled(kind, labels, item, (*path, position), missing))
        elif isinstance(value, dict) and missing:
            for label, item in value.items():
                if label != _COMMENT:
                    found.extend(self.labelled(kind, (*labels, label), item, (*path, label), missing - 1))
        elif isinstance(value, dict):
            found.append(self.block(kind, labels, value, path, 1))
        return found

    def block(self, kind: str, labels: tuple[str, ...], value: dict[str, Value], path: Path, depth: int) -> Block:
        return Block(kind, labels, lambda: self.body(kind, value, path, depth), lambda: self.location(path))

    def body(self, kind: str, value: dict[str, Value], path: Path, depth: int) -> Body:
        if depth > MAX_BLOCK_NESTING:
            raise LimitError(f"nests blocks more than {MAX_BLOCK_NESTING} deep")
        attributes: dict[str, Attribute] = {}
        nested: list[Block] = []
        for name, item in value.items():
            if name == _COMMENT:
                continue
            if kind in _WITHOUT_BLOCKS or not _is_block(name, item):
                attributes[name] = JsonAttribute(name, self, item, (*path, name))
            elif name == "dynamic":
                nested.extend(self.nested_labelled(name, item, (*path, name), depth))
            else:
                items = item if isinstance(item, list) else [item]
                places = [(*path, name, i) for i in range(len(items))] if isinstance(item, list) else [(*path, name)]
                nested.extend(
                    self.block(name, (), each, place, depth + 1) for each, place in zip(items, places, strict=True)
                )
        return Body(attributes, tuple(nested), lambda: self.location(path))

    def nested_labelled(self, kind: str, value: dict[str, Value], path: Path, depth: int) -> list[Block]:
        return [
            self.block(kind, (label,), each, (*path, label), depth + 1)
            for label, item in value.items()
            for each in (item if isinstance(item, list) else [item])
            if isinstance(each, dict)
        ]


def _is_block(name: str, value: Value) -> bool:
    if name in _MAPS:
        return False
    if isinstance(value, list):
        return bool(value) and all(isinstance(item, dict) for item in value)
    return isinstance(value, dict)


class JsonAttribute(Attribute):
    """One member of an object, whose strings are templates."""

    __slots__ = ("file", "path", "value")

    def __init__(self, name: str, file: _File, value: Value, path: Path) -> None:
        super().__init__(name)
        self.file = file
        self.value = value
        self.path = path

    def _compile(self) -> Expression:
        return _compiled(self.value, 0)

    def text(self) -> str:
        if isinstance(self.value, bool):
            return "true" if self.value else "false"
        text = str(self.value)
        return text[2:-1] if text.startswith("${") and text.endswith("}") else text

    def names(self) -> list[str]:
        return [str(item) for item in self.value] if isinstance(self.value, list) else [str(self.value)]

    def mapping(self) -> dict[str, str]:
        return {str(key): str(item) for key, item in self.value.items()} if isinstance(self.value, dict) else {}

    def type(self) -> Type:
        return parse_type_text(self.text())

    def location(self) -> Location:
        return self.file.location(self.path)

    def places(self, scope: Scope) -> Places:
        return OnePlace(self.location())


def _compiled(value: Value, depth: int) -> Expression:
    if depth > MAX_EXPRESSION_NESTING:
        raise LimitError(f"is nested more than {MAX_EXPRESSION_NESTING} deep")
    if isinstance(value, str):
        return compile_template(value)
    if isinstance(value, list):
        return list_of([_compiled(item, depth + 1) for item in value])
    if isinstance(value, dict):
        return object_of(
            [
                Entry(None, compile_template(key), _compiled(item, depth + 1))
                if "{" in key
                else Entry(key, None, _compiled(item, depth + 1))
                for key, item in value.items()
            ]
        )
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return constant(value)
