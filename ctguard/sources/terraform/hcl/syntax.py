"""The syntax of HCL: bytes in, the tree of top-level blocks out, with what is wrong.

The grammar is tree-sitter's; this is the one module that knows how it is set up.
What blocks and expressions mean is for the modules that walk the tree.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

import tree_sitter_hcl
from msgspec import Struct
from tree_sitter import Language, Node, Parser

from ctguard.model.errors import CtguardError

LANGUAGE = Language(tree_sitter_hcl.language())
_PARSER = Parser(LANGUAGE)


def kind(name: str) -> int:
    """Return the number by which the nodes named `name` are known (comparing numbers is quick)."""
    number = LANGUAGE.id_for_node_kind(name, True)
    if number is None:
        raise CtguardError(
            f"tree-sitter-hcl: this version does not know the node {name!r}",
            hint="install the version that ctguard is made for: pip install 'tree-sitter-hcl==1.2.*'",
        )
    return number


COMMENT = kind("comment")
BODY = kind("body")
BLOCK = kind("block")
ATTRIBUTE = kind("attribute")
OBJECT = kind("object")

# What looks like a block that begins in the first column, where formatted top-level blocks do.
_BLOCK_START = re.compile(rb"^(?=[A-Za-z_][\w-]*[ \t][^\n=]*\{)", re.MULTILINE)
_NOT_NEWLINE = re.compile(rb"[^\r\n]")
_TOKEN = re.compile(rb'[\w-]+|"|[^\w\s]+')
_QUOTE_END = "quoted_template_end"
_CLOSING = {
    "block_end": "`}`",
    "object_end": "`}`",
    "tuple_end": "`]`",
    ")": "`)`",
    _QUOTE_END: "the closing quote",
    "heredoc_identifier": "the line that ends the heredoc",
}
# What follows may be text of an unfinished heredoc or comment, whatever it looks like.
_MAY_SWALLOW = (b"<<", b"/*")


class SyntaxFault(Struct, frozen=True):
    """Where a file stops being HCL, and what was found there."""

    line: int
    message: str


class Syntax(Struct, frozen=True):
    """A parsed file: its text, its top-level blocks and arguments, and its faults.

    Blocks with a fault in them are left out.
    """

    data: bytes
    nodes: tuple[Node, ...]
    faults: tuple[SyntaxFault, ...] = ()


# A file that says which modules are called is read again with its module, after all others of the tree; and the
# files of a called module with each of its callers. What is read holds on to the trees anyhow.
@lru_cache(maxsize=1024)
def parse(data: bytes) -> Syntax:
    """Return the tree of `data`, which is UTF-8 without a byte order mark."""
    if not data.endswith(b"\n"):
        data += b"\n"  # a heredoc that ends with the file is complete
    root = _PARSER.parse(data).root_node
    if not root.has_error:
        if any(node.kind_id == OBJECT for node in root.children):
            return Syntax(data, (), (SyntaxFault(1, "is JSON; such a file is named .tf.json"),))
        return Syntax(data, _top_level(root), ())
    return _without_broken_blocks(data)


def line_comments(data: bytes) -> list[int]:
    """Return the lines, from 1, that hold a comment of one line (`#` or `//`) and nothing else.

    What looks like one in a text, a heredoc or a comment of several lines is none.
    """
    whole = parse(data).data
    found: list[int] = []
    nodes = [_PARSER.parse(whole).root_node]
    while nodes:
        node = nodes.pop()
        if node.kind_id != COMMENT:
            nodes += node.children
        elif whole.startswith((b"#", b"//"), node.start_byte):
            begin = whole.rfind(b"\n", 0, node.start_byte) + 1
            if not whole[begin : node.start_byte].strip():
                found.append(node.start_point[0] + 1)
    return found


def _top_level(root: Node) -> tuple[Node, ...]:
    return tuple(
        node for body in root.children if body.kind_id == BODY for node in body.children if node.kind_id != COMMENT
    )


def _without_broken_blocks(data: bytes) -> Syntax:
    """Read the blocks before and after a fault, each judged by itself.

    tree-sitter's own recovery may take half a file into one block. So each
    stretch from one top-level block to the next is parsed alone, and the broken
    ones are blanked out, which leaves all lines where they are.
    """
    starts = [0, *(match.start() for match in _BLOCK_START.finditer(data) if match.start()), len(data)]
    kept: list[bytes] = []
    faults: list[SyntaxFault] = []
    swallowed = False
    line = 1
    for start, end in pairwise(starts):
        stretch = data[start:end]
        root = None if swallowed else _PARSER.parse(stretch).root_node
        if root is None or root.has_error:
            if root is not None:
                faults.append(_fault(root, stretch, line))
                swallowed = any(mark in stretch for mark in _MAY_SWALLOW)
            stretch = _NOT_NEWLINE.sub(b" ", stretch)
        kept.append(stretch)
        line += stretch.count(b"\n")
    root = _PARSER.parse(b"".join(kept)).root_node
    if root.has_error:
        return Syntax(data, (), tuple(faults) or (_fault(root, data, 1),))
    if not faults:
        faults.append(SyntaxFault(1, "is not valid HCL as a whole"))
        return Syntax(data, (), tuple(faults))
    return Syntax(data, _top_level(root), tuple(faults))


def _fault(root: Node, data: bytes, first_line: int) -> SyntaxFault:
    node = _first_error(root)
    line = first_line + node.start_point.row
    if node.is_missing and node.type in _CLOSING:
        if node.type == _QUOTE_END and node.parent is not None:
            line = (
                first_line + node.parent.start_point.row
            )  # where the quote begins, not where the search for its end did
        return SyntaxFault(line, f"{_CLOSING[node.type]} is missing")
    found = _TOKEN.search(data, node.start_byte, node.end_byte)
    if found is None:
        return SyntaxFault(line, "is not valid HCL")
    token = found[0][:20].decode("utf-8", "replace")
    return SyntaxFault(line, f"is not valid HCL at or after `{token}`")


def _first_error(root: Node) -> Node:
    """Return the innermost node that holds the first fault."""
    node = root
    while True:
        for child in node.children:
            if child.has_error or child.is_error or child.is_missing:
                node = child
                break
        else:
            return node
