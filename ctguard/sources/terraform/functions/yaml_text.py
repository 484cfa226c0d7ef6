"""yamlencode: YAML as Terraform writes it.

Keys and strings are always quoted, texts of several lines stand as literal
blocks, lists are not indented within maps. What Terraform folds at the end of a
line is left unknown: nobody compares such texts.
"""

from __future__ import annotations

from json import dumps

from ctguard.model.values import Document, PartialList, PartialMap, Value
from ctguard.sources.terraform.functions.failure import UndecidedError
from ctguard.sources.terraform.functions.numerals import number_text
from ctguard.sources.terraform.functions.parameters import to_string

DEEPEST_NESTING = 100
LONGEST_UNFOLDED = 60
LONGEST_KEY = 100

_ESCAPES = {
    "\0": "\\0",
    "\a": "\\a",
    "\b": "\\b",
    "\t": "\\t",
    "\n": "\\n",
    "\v": "\\v",
    "\f": "\\f",
    "\r": "\\r",
    "\x1b": "\\e",
    '"': '\\"',
    "\\": "\\\\",
    "\x85": "\\N",
    "\u2028": "\\L",
    "\u2029": "\\P",
}


def encode(value: Value) -> str:
    """Return the YAML text of a value that is wholly known."""
    lines = _lines(value, DEEPEST_NESTING)
    ends_open = value is None or isinstance(value, bool | int | float)
    return "\n".join([*lines, *(["..."] if ends_open else []), ""])


def _lines(value: Value, depth: int) -> list[str]:
    """Return the lines of `value`, to be indented by whoever holds it; the first one may follow a key or dash."""
    if not depth:
        raise UndecidedError("is nested too deeply")
    match value:
        case dict():
            return [line for key in sorted(value) for line in _entry(key, value[key], depth)] or ["{}"]
        case list():
            return [line for item in value for line in _item(_lines(item, depth - 1))] or ["[]"]
        case None:
            return ["null"]
        case bool():
            return ["true" if value else "false"]
        case int() | float():
            return [number_text(value)]
        case PartialList() | PartialMap():
            raise AssertionError("only known values are encoded")
    return _text(str(to_string(value) if isinstance(value, Document) else value))


def _entry(key: str, value: Value, depth: int) -> list[str]:
    if len(key) > LONGEST_KEY or "\n" in key:
        raise UndecidedError("has a key of several lines")
    lines = _lines(value, depth - 1)
    if isinstance(value, dict) and value:
        return [f"{_quoted(key)}:", *map(_indented, lines)]
    if isinstance(value, list) and value:
        return [f"{_quoted(key)}:", *lines]
    return [f"{_quoted(key)}: {lines[0]}", *lines[1:]]


def _item(lines: list[str]) -> list[str]:
    if lines[0].startswith("|"):
        return [f"- {lines[0]}", *lines[1:]]
    return [f"- {lines[0]}", *map(_indented, lines[1:])]


def _indented(line: str) -> str:
    return f"  {line}" if line else line


def _text(text: str) -> list[str]:
    if "\n" not in text or not _may_be_literal(text):
        return [_quoted(text)]
    chomping = "-" if not text.endswith("\n") else "+" if text.endswith("\n\n") or text == "\n" else ""
    hint = "2" if text[0] in " \n" else ""
    lines = text.removesuffix("\n").split("\n")
    return [f"|{hint}{chomping}", *map(_indented, lines)]


def _may_be_literal(text: str) -> bool:
    """Return whether libyaml writes the text as a block: printable, without spaces at the end of a line."""
    if "\u2028" in text or "\u2029" in text:
        raise UndecidedError("has line separators")
    return " \n" not in text and not text.endswith(" ") and all(map(_is_printable, text.replace("\n", "")))


def _is_printable(character: str) -> bool:
    point = ord(character)
    return 0x20 <= point <= 0x7E or 0xA0 <= point <= 0xD7FF or 0xE000 <= point <= 0xFFFD


def _quoted(text: str) -> str:
    if "\ufeff" in text or (" " in text and len(text) > LONGEST_UNFOLDED):
        raise UndecidedError("is folded over several lines")
    if text.isascii() and text.isprintable():
        return dumps(text)
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if _is_printable(character):
        return character
    point = ord(character)
    return f"\\x{point:02X}" if point <= 0xFF else f"\\u{point:04X}" if point <= 0xFFFF else f"\\U{point:08X}"
