"""String templates: quoted, heredoc, and the text of a template file.

`read` takes a template node apart into literals, interpolations and directives,
applies strip markers and the indentation rule of `<<-`, and puts the pieces
together as one expression.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import TypeAlias
from unicodedata import normalize

from msgspec import Struct
from tree_sitter import Node

from ctguard.model.values import Unknown, Value, text
from ctguard.sources.terraform.functions.derivation import doubt
from ctguard.sources.terraform.functions.parameters import to_bool, to_string
from ctguard.sources.terraform.hcl.body import Expression
from ctguard.sources.terraform.hcl.iteration import pairs
from ctguard.sources.terraform.hcl.limits import EvaluationError, within_length
from ctguard.sources.terraform.hcl.scope import Scope
from ctguard.sources.terraform.hcl.syntax import COMMENT, kind

_EXPRESSION = kind("expression")
_IDENTIFIER = kind("identifier")
_STRIP = kind("strip_marker")
_NESTING = {kind("template_directive"), kind("template_if"), kind("template_for")}
_TOKENS = {
    kind("template_interpolation"): "value",
    kind("template_if_intro"): "if",
    kind("template_else_intro"): "else",
    kind("template_if_end"): "endif",
    kind("template_for_start"): "for",
    kind("template_for_end"): "endfor",
}
_ESCAPE = re.compile(r'\\(?:([nrt"\\])|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.?))', re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_LINES = re.compile(r"[^\n]*\n|[^\n]+")

Compile: TypeAlias = Callable[[Node], Expression]
Piece: TypeAlias = "str | Expression"


class _Token(Struct):
    """A literal (`word` is "text"), an interpolation ("value"), or one end of a directive."""

    word: str
    text: str = ""
    expression: Expression | None = None
    names: tuple[str, ...] = ()
    strips_before: bool = False
    strips_after: bool = False


def read_quoted(data: bytes, node: Node, compile_: Compile) -> Expression:
    """Return the expression of a quoted template, between its quotes."""
    span = (node.start_byte + 1, node.end_byte - 1)
    tokens = _tokens(data, node, span, compile_, unescape, by_line=False)
    _strip(tokens)
    return _assembled(tokens)


def read_heredoc(data: bytes, node: Node, compile_: Compile) -> Expression:
    """Return the expression of a heredoc, between its first and its last line."""
    marker, *_, last = node.children
    start = data.index(b"\n", node.children[1].end_byte) + 1
    end = data.rfind(b"\n", 0, last.start_byte) + 1
    tokens = _tokens(data, node, (start, max(start, end)), compile_, _unescape_markers, by_line=True)
    _strip(tokens)
    if data[marker.start_byte : marker.end_byte] == b"<<-":
        _flush(tokens)
    return _assembled(tokens)


def read_text(data: bytes, node: Node, compile_: Compile) -> Expression:
    """Return the expression of a template file's text, which was wrapped in a heredoc to be parsed."""
    start = data.index(b"\n", node.children[1].end_byte) + 1
    end = data.rfind(b"\n", 0, node.children[-1].start_byte)
    tokens = _tokens(data, node, (start, max(start, end)), compile_, _unescape_markers, by_line=True)
    _strip(tokens)
    return _assembled(tokens)


def unescape(quoted: str) -> str:
    """Return the text of a quoted literal; a line break there is a quote that somebody forgot."""
    if "\n" in quoted:
        raise EvaluationError("a quoted string must end on its line")
    if "\\" in quoted:
        quoted = _ESCAPE.sub(_unescaped, quoted)
    return _unescape_markers(quoted)


def _unescaped(match: re.Match[str]) -> str:
    plain, short, long, other = match.groups()
    if plain is not None:
        return _ESCAPED[plain]
    if other is not None:
        raise EvaluationError(f"\\{other} is not an escape sequence")
    point = int(short or long, 16)
    if point > 0x10FFFF or 0xD800 <= point < 0xE000:
        raise EvaluationError(f"{match[0]} is not a character")
    return chr(point)


def _unescape_markers(literal: str) -> str:
    text = literal.replace("$${", "${").replace("%%{", "%{")
    return text if text.isascii() else normalize("NFC", text)  # as Terraform composes all of its strings


def _tokens(
    data: bytes,
    node: Node,
    span: tuple[int, int],
    compile_: Compile,
    decode: Callable[[str], str],
    *,
    by_line: bool,
) -> list[_Token]:
    tokens: list[_Token] = []
    position, end = span

    def literal(until: int) -> None:
        # Not the literal nodes: those leave out white space at their ends.
        raw = data[position:until].decode()
        lines = _LINES.findall(raw) if by_line else [raw] if raw else []
        tokens.extend(_Token("text", decode(line)) for line in lines)

    for child in _marks(node):
        if _is_escaped(data, child):
            continue
        literal(child.start_byte)
        tokens.append(_token(data, child, compile_))
        position = child.end_byte
    literal(end)
    return tokens


def _marks(node: Node) -> Iterator[Node]:
    for child in node.children:
        if child.kind_id in _TOKENS:
            yield child
        elif child.kind_id in _NESTING:
            yield from _marks(child)


def _is_escaped(data: bytes, node: Node) -> bool:
    """Return whether a mark is text to Terraform: `$$${` is `$` and an escaped `${`, which the grammar misses."""
    start = node.start_byte
    if data[start - 1] != data[start]:
        return False
    if _TOKENS[node.kind_id] != "value" or b'"' in data[start : node.end_byte]:
        raise EvaluationError("a part of a template is escaped in a way that is not worked out")
    return True


def _token(data: bytes, node: Node, compile_: Compile) -> _Token:
    children = [child for child in node.children if child.kind_id != COMMENT]
    word = _TOKENS[node.kind_id]
    expression = next((compile_(child) for child in children if child.kind_id == _EXPRESSION), None)
    if expression is None and word in ("value", "if", "for"):
        raise EvaluationError("a part of a template has no expression")
    return _Token(
        word,
        expression=expression,
        names=tuple(data[c.start_byte : c.end_byte].decode() for c in children if c.kind_id == _IDENTIFIER),
        strips_before=children[1].kind_id == _STRIP,
        strips_after=children[-2].kind_id == _STRIP and len(children) > 2,
    )


def _strip(tokens: list[_Token]) -> None:
    """Take away the white space beside strip markers; in a heredoc that is at most to the end of the line."""
    for before, after in pairwise(tokens):
        if before.word == "text" and after.strips_before:
            before.text = before.text.rstrip()
        elif after.word == "text" and before.strips_after:
            after.text = after.text.lstrip()


def _flush(tokens: list[_Token]) -> None:
    """Take the indentation that all lines share off every line, as `<<-` asks for.

    Like HCL, look only at the token that begins a line: an interpolation there
    has no indentation, and a line whose break was stripped away does not end.
    """
    first: list[_Token] = []
    shared: list[int] = []
    begins = True
    for token in tokens:
        if begins:
            spaces = len(token.text) - len(token.text.lstrip())
            if token.word != "text" or spaces < len(token.text) or not token.text.endswith("\n"):
                shared.append(spaces if token.word == "text" else 0)
                first.append(token)
        begins = token.word == "text" and token.text.endswith("\n")
    least = min(shared, default=0)
    for token in first:
        if token.word == "text":
            token.text = token.text[least:]


def _assembled(tokens: list[_Token]) -> Expression:
    pieces, _ = _pieces(iter(tokens), ())
    only = tokens[0] if len(tokens) == 1 else None
    if only is not None and only.word == "value" and only.expression is not None:
        return only.expression  # "${x}" is x, whatever its type
    if all(isinstance(piece, str) for piece in pieces):
        whole = "".join(piece for piece in pieces if isinstance(piece, str))
        return lambda scope: whole
    return joined(pieces, convert=False)


def joined(pieces: Sequence[Piece], *, convert: bool = True) -> Expression:
    """Return the template that these literals and interpolations make up."""
    if convert:
        pieces = [piece if isinstance(piece, str) else _interpolation(piece) for piece in pieces]
    return lambda scope: _joined(pieces, scope)


def _pieces(tokens: Iterator[_Token], until: tuple[str, ...]) -> tuple[list[Piece], str]:
    pieces: list[Piece] = []
    for token in tokens:
        if token.word in until:
            return pieces, token.word
        if token.word == "text":
            if token.text:
                pieces.append(token.text)
            continue
        assert token.expression is not None
        if token.word == "value":
            pieces.append(_interpolation(token.expression))
        elif token.word == "if":
            then, ended_by = _pieces(tokens, ("else", "endif"))
            otherwise = _pieces(tokens, ("endif",))[0] if ended_by == "else" else []
            pieces.append(_if(token.expression, then, otherwise))
        else:
            pieces.append(_for(token, _pieces(tokens, ("endfor",))[0]))
    return pieces, ""


def _joined(pieces: Sequence[Piece], scope: Scope) -> Value:
    surroundings = scope.surroundings
    around, surroundings.is_tainted = surroundings.is_tainted, False
    parts = [piece if isinstance(piece, str) else piece(scope) for piece in pieces]
    whole = within_length(text(parts))
    if surroundings.is_tainted:
        surroundings.keep_if_tainted(whole)
    else:
        surroundings.is_tainted = around
    return whole


def _interpolation(expression: Expression) -> Expression:
    def evaluate(scope: Scope) -> Value:
        value = expression(scope)
        if type(value) is str:
            return value
        if value is None:
            raise EvaluationError("null cannot be part of a string")
        return to_string(value)

    return evaluate


def _if(condition: Expression, then: Sequence[Piece], otherwise: Sequence[Piece]) -> Expression:
    def evaluate(scope: Scope) -> Value:
        decided = to_bool(condition(scope))
        if decided is None:
            raise EvaluationError("a condition must not be null")
        if isinstance(decided, bool):
            return _joined(then if decided else otherwise, scope)
        one, other = _joined(then, scope), _joined(otherwise, scope)
        if one == other:
            return one
        cause = decided if isinstance(decided, Unknown) else next(decided.unknowns())
        return doubt(cause, "if", decided, one, other)

    return evaluate


def _for(token: _Token, body: Sequence[Piece]) -> Expression:
    collection = token.expression
    assert collection is not None

    def names(key: Value, value: Value) -> dict[str, Value]:
        return dict(zip(token.names, (value,) if len(token.names) == 1 else (key, value), strict=True))

    def evaluate(scope: Scope) -> Value:
        value = collection(scope)
        is_tainted = scope.surroundings.is_tainted
        known, rest = pairs(value)
        scope.surroundings.budget.spend(len(known))
        if rest is not None:
            return doubt(rest, "for", value, _joined(body, scope.having(names(rest, rest))))
        return within_length(text([_joined(body, scope.having(names(*pair), is_tainted=is_tainted)) for pair in known]))

    return evaluate
