"""Read a YAML file of ours with the line of every part, and refuse what could mean two things.

Duplicate keys, aliases (a bomb is made of them), tags and too much of anything
are refused: a rule that was read differently than it was meant is worse than none.
"""

from __future__ import annotations

from typing import Any, Final

import yaml
from msgspec import Struct

from ctguard.model.errors import CtguardError
from ctguard.model.location import Path

LARGEST: Final = 1_000_000
DEEPEST: Final = 40
PLAIN_TAGS: Final = ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")


class YamlFileError(CtguardError):
    """A file that cannot be read; the message begins with file and line."""


class YamlFile(Struct, frozen=True):
    """A YAML file's value, and the line (from 1) of each of its parts by path."""

    name: str
    value: Any
    lines: dict[Path, int]

    def place(self, path: Path) -> str:
        """Return `file:line` of the part at `path`, or of the nearest part around it."""
        for length in range(len(path), -1, -1):
            if (line := self.lines.get(path[:length])) is not None:
                return f"{self.name}:{line}"
        return self.name


def read_yaml(text: str, name: str) -> YamlFile:
    """Return what `text` holds; raise YamlFileError with the place of what is wrong with it."""
    if len(text) > LARGEST:
        raise YamlFileError(f"{name}: larger than {LARGEST:,} characters", hint="split it")
    loader = yaml.CSafeLoader(text)
    try:
        _check(text, name)
        node = loader.get_single_node()
        lines: dict[Path, int] = {}
        value = _value(node, (), lines, name, loader) if node else None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise YamlFileError(f"{name}:{line}: {error.problem}", hint="mend the YAML") from error
    except (yaml.YAMLError, ValueError) as error:
        raise YamlFileError(f"{name}: {error}", hint="mend the YAML") from error
    finally:
        loader.dispose()
    return YamlFile(name, value, lines)


def _check(text: str, name: str) -> None:
    """Refuse aliases and deep nesting before anything is built from the text."""
    depth = line = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else line
        if isinstance(event, yaml.AliasEvent):
            raise YamlFileError(f"{name}:{line}: an alias (*{event.anchor})", hint="write it out")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise YamlFileError(f"{name}:{line}: more than {DEEPEST} levels", hint="flatten it")


def _value(node: yaml.Node, path: Path, lines: dict[Path, int], name: str, loader: yaml.CSafeLoader) -> Any:
    lines[path] = node.start_mark.line + 1
    if isinstance(node, yaml.CollectionNode) and node.tag not in PLAIN_TAGS:
        raise YamlFileError(f"{name}:{lines[path]}: a tag ({node.tag})", hint="write plain lists and maps")
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, lines, name, loader)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*path, index), lines, name, loader) for index, item in enumerate(node.value)]
    try:
        return loader.construct_object(node)
    except ValueError as error:  # the 30th of February
        raise YamlFileError(f"{name}:{lines[path]}: {error}", hint="mend the value, or put it in quotes") from error


def _mapping(node: yaml.MappingNode, path: Path, lines: dict[Path, int], name: str, loader: yaml.CSafeLoader) -> Any:
    mapping: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = str(loader.construct_object(key_node))
        line = key_node.start_mark.line + 1
        if key in mapping:
            raise YamlFileError(f"{name}:{line}: {key} is already given on line {lines[*path, key]}", hint="keep one")
        mapping[key] = _value(value_node, (*path, key), lines, name, loader)
        lines[*path, key] = line
    return mapping
