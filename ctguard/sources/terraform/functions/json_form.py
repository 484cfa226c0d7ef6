"""jsonencode and jsondecode, with the structure kept.

`jsonencode` gives a `Document`: what a policy says stays readable although parts
of it are not known. `json_text` makes the text of it, byte for byte as Terraform
writes it, with a hole for every unknown part.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from json import JSONDecodeError, JSONDecoder

from ctguard.model.values import Document, PartialList, PartialMap, PartialText, Unknown, Value
from ctguard.model.values import text as composed
from ctguard.sources.terraform.functions.derivation import doubt
from ctguard.sources.terraform.functions.failure import FunctionError, UndecidedError
from ctguard.sources.terraform.functions.numerals import number_text, parse_number
from ctguard.sources.terraform.functions.text_parts import parts_of

DEEPEST_NESTING = 200

_ESCAPES = {
    '"': '\\"',
    "\\": "\\\\",
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    # NOTE: Go escapes these so that JSON can stand in HTML and JavaScript.
    **{character: f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"},
}
_TO_ESCAPE = re.compile('["\\\\\x00-\x1f<>&\u2028\u2029]')


def encode(value: Value) -> Value:
    """Return `value` as a JSON document."""
    return doubt(value, "jsonencode", value) if isinstance(value, Unknown) else Document(value)


def json_text(value: Value) -> str | PartialText | Unknown:
    """Return the JSON text of `value` as Terraform's jsonencode writes it; unknown parts are holes.

    A hole within a quoted string stands for the escaped text of that unknown,
    which for names, ARNs and account ids is the text itself.
    """
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
            inner = json_text(value.value) if isinstance(value, Document) else value
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
    return _TO_ESCAPE.sub(lambda found: _ESCAPES.get(found[0]) or f"\\u{ord(found[0]):04x}", text)


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
    return parsed(_plain(document))


def _plain(document: Value) -> str:
    from ctguard.sources.terraform.functions.parameters import to_string

    return str(to_string(document))


def parsed(document: str) -> Value:
    """Return the value that a JSON text holds, strict as Terraform is; FunctionError where it is not JSON."""
    decoder = JSONDecoder(parse_float=parse_number, parse_int=parse_number, parse_constant=_refused)
    try:
        value, end = decoder.raw_decode(document, len(document) - len(document.lstrip(_SPACE)))
    except JSONDecodeError as error:
        raise FunctionError(f"invalid JSON: {error}") from None
    if document[end:].strip(_SPACE):
        raise FunctionError("extraneous data after JSON object")
    return _checked(value, DEEPEST_NESTING)


_SPACE = " \t\n\r"


def _refused(constant: str) -> Value:
    raise FunctionError(f"invalid JSON: {constant} is not a value")


def _checked(value: Value, depth: int) -> Value:
    """Replace what no Unicode text can hold, compose strings (NFC), and refuse what is nested beyond our limit."""
    if not depth:
        raise UndecidedError("is nested too deeply")
    match value:
        case dict():
            return {_composed(key): _checked(item, depth - 1) for key, item in value.items()}
        case list():
            return [_checked(item, depth - 1) for item in value]
        case str():
            return _composed(value)
    return value


def _composed(text: str) -> str:
    if text.isascii():
        return text
    from unicodedata import normalize

    return normalize("NFC", text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
