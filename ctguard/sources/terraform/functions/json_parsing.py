"""Parse JSON texts as strictly as Terraform does."""

from __future__ import annotations

from json import JSONDecodeError, JSONDecoder
from typing import NoReturn

from ctguard.model.values import Value
from ctguard.sources.terraform.functions.failure import FunctionError, UndecidedError
from ctguard.sources.terraform.functions.numerals import parse_number

DEEPEST_NESTING = 200


def parsed(document: str) -> Value:
    """Return the value that a JSON text holds, strict as Terraform is; FunctionError where it is not JSON."""
    decoder = JSONDecoder(parse_float=parse_number, parse_int=parse_number, parse_constant=_refused)
    try:
        value, end = decoder.raw_decode(document, len(document) - len(document.lstrip(_SPACE)))
    except JSONDecodeError as error:
        raise FunctionError(f"invalid JSON: {error}") from None
    # NOTE: Go's decoder takes a closing bracket for the end of an enclosing value, and Terraform with it.
    if document[end:].lstrip(_SPACE)[:1] not in ("", "]", "}"):
        raise FunctionError("extraneous data after JSON object")
    return _checked(value, DEEPEST_NESTING)


_SPACE = " \t\n\r"


def _refused(constant: str) -> NoReturn:
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
