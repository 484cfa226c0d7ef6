"""The text of a parsed file, and the small questions that are asked of its nodes."""

from __future__ import annotations

import re

from tree_sitter import Node

from ctguard.model.location import Location
from ctguard.sources.terraform.hcl.syntax import COMMENT, kind

EXPRESSION = kind("expression")
COLLECTION = kind("collection_value")
TUPLE = kind("tuple")
ELEMENT = kind("object_elem")
VARIABLE = kind("variable_expr")
CALL = kind("function_call")
ARGUMENTS = kind("function_arguments")

_KEY = re.compile(rb'"[^"\\$%\x00-\x1f\x7f-\xff]*"|[A-Za-z_][\w-]*|[0-9]{1,15}')


class Source:
    """The text of one file and what its locations call it."""

    __slots__ = ("data", "display")

    def __init__(self, display: str, data: bytes) -> None:
        self.display = display
        self.data = data

    def text(self, node: Node) -> str:
        """Return what `node` spans."""
        return self.data[node.start_byte : node.end_byte].decode()

    def location(self, node: Node) -> Location:
        """Return the lines that `node` spans."""
        return Location(self.display, node.start_point.row + 1, node.end_point.row + 1)


def without_comments(node: Node) -> list[Node]:
    """Return the children of `node` but for comments, which may stand anywhere."""
    return [child for child in node.children if child.kind_id != COMMENT]


def expressions(node: Node | None) -> list[Node]:
    """Return the expressions right below `node`."""
    return [] if node is None else [child for child in node.children if child.kind_id == EXPRESSION]


def arguments(call: Node) -> list[Node]:
    """Return the arguments of a function call."""
    return expressions(next((child for child in call.children if child.kind_id == ARGUMENTS), None))


def object_key(source: Source, node: Node) -> str | None:
    """Return the key that an entry of an object spells by a bare word or plain string, else None."""
    raw = source.data[node.start_byte : node.end_byte]
    if _KEY.fullmatch(raw):
        return raw.decode().strip('"')
    return source.text(node) if len(node.children) == 1 and node.children[0].kind_id == VARIABLE else None
