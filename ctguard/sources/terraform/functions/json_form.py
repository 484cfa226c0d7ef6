"""jsonencode and jsondecode, with the structure kept.

`jsonencode` gives a `Document`: what a policy says stays readable although parts
of it are not known. `json_text` makes the text of it, byte for byte as Terraform
writes it, with a hole for every unknown part.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from ctguard.model.values import Document, PartialList, PartialMap, PartialText, Unknown, Value
from ctguard.model.values import text as composed
from ctguard.sources.terraform.functions.derivation import doubt
from ctguard.sources.terraform.functions.failure import FunctionError, UndecidedError
from ctguard.sources.terraform.functions.numerals import number_text
from ctguard.sources.terraform.functions.text_parts import parts_of

DEEPEST_NESTING = 200

# NOTE: Go escapes <, > and & too, so that JSON can stand in HTML, and the line separators for JavaScript.
_ESCAPES = {point: f"\\u{point:04x}" for point in (*range(0x20), *map(ord, "<>&\u2028\u2029"))}
_ESCAPES |= {ord(character): f"\\{letter}" for character, letter in zip('"\\\b\f\n\r\t', '"\\bfnrt', strict=True)}


def encode(value: Value) -> Value:
    """Return `value` as a JSON document."""
    return doubt(value, "jsonencode", value) if isinstance(value, Unknown) else Document(value)


def json_text(value: Value) -> str | PartialText | Unknown:
    """Return the JSON text of `value` as Terraform's jsonencode writes it; unknown parts are holes.

    A hole within a quoted string stands for the escaped text of that unknown,
    which for names, ARNs and account ids is the text itself. Unknown as a whole
    where `value` is nested too deeply.
    """
    try:
        return encoded(value)
    except (UndecidedError, RecursionError) as reason:
        why = str(reason) if isinstance(reason, UndecidedError) else "is nested too deeply"
        return Unknown("jsonencode()", why, is_set=True, via=f"jsonencode() text {next(_untold)}")


_untold = count(1)  # texts that are not worked out differ from each other, for all that we know


def encoded(value: Value) -> str | PartialText | Unknown:
    """Return the JSON text of `value`; UndecidedError where it is nested too deeply."""
    return composed(_written(value, DEEPEST_NESTING))


def _written(value: Value, depth: int) -> Iterator[str | Unknown | PartialText]:
    if not depth:
        raise UndecidedError("is nested too deeply")
    match value:
        case None:
            yield "null"
        case bool():
            yield "true" if value else "false"
        case int() | float():
            yield number_text(value)
        case str() | PartialText() | Document():
            inner = encoded(value.value) if isinstance(value, Document) else value
            yield '"'
            yield from (_escaped(part) if isinstance(part, str) else part for part in parts_of(inner))
            yield '"'
        case dict() | PartialMap():
            yield from _written_map(value, depth)
        case list() | PartialList():
            yield from _written_list(value, depth)
        case Unknown():
            yield doubt(value, "jsonencode", value)


def _written_map(value: Value, depth: int) -> Iterator[str | Unknown | PartialText]:
    if isinstance(value, PartialMap):  # the keys in between are not known
        yield from ("{", doubt(value.rest, "jsonencode", value), "}")
        return
    separator = "{"
    for key in sorted(value):
        yield f'{separator}"{_escaped(key)}":'
        yield from _written(value[key], depth - 1)
        separator = ","
    yield "}" if value else "{}"


def _written_list(value: Value, depth: int) -> Iterator[str | Unknown | PartialText]:
    if isinstance(value, PartialList):
        yield from ("[", doubt(value.rest, "jsonencode", value), "]")
        return
    separator = "["
    for item in value:
        yield separator
        yield from _written(item, depth - 1)
        separator = ","
    yield "]" if value else "[]"


def _escaped(text: str) -> str:
    return text.translate(_ESCAPES)


def decode(document: Value) -> Value:
    """Return the value that a JSON text holds; of a text with holes, as much as stands between them."""
    if document is None:
        raise FunctionError("argument must not be null")
    if isinstance(document, Document):
        return document.value
    if isinstance(document, Unknown):
        return doubt(document, "jsondecode", document, is_set=False)
    if isinstance(document, PartialText):
        from ctguard.sources.terraform.functions.json_with_holes import decode_with_holes

        return decode_with_holes(document)
    from ctguard.sources.terraform.functions.json_parsing import parsed

    return parsed(_plain(document))


def _plain(document: Value) -> str:
    from ctguard.sources.terraform.functions.parameters import to_string

    return str(to_string(document))
