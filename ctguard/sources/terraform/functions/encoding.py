"""Base64, URL, CSV and character encodings."""

from __future__ import annotations

import codecs
from base64 import b64decode, b64encode
from binascii import Error as Base64Error

from ctguard.model.values import Value
from ctguard.sources.terraform.functions.failure import FunctionError, UndecidedError
from ctguard.sources.terraform.functions.text_parts import Text, mapped

# What Go's registry of IANA names calls the codecs that Python has too, and that both treat alike.
_CODECS = {
    "utf-8": "utf-8",
    "utf-16be": "utf-16-be",
    "utf-16le": "utf-16-le",
    "us-ascii": "ascii",
    "iso-8859-1": "latin-1",
    "latin1": "latin-1",
    **{f"iso-8859-{number}": f"iso8859-{number}" for number in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)},
    **{f"windows-{page}": f"cp{page}" for page in range(1250, 1259)},
    "koi8-r": "koi8-r",
    "koi8-u": "koi8-u",
    "shift_jis": "shift_jis",
    "euc-jp": "euc_jp",
    "euc-kr": "euc_kr",
    "gbk": "gbk",
    "gb18030": "gb18030",
    "big5": "big5",
}


def encode_base64(text: str) -> str:
    return b64encode(text.encode()).decode()


def decode_base64(encoded: str) -> str:
    """Return the UTF-8 text that `encoded` holds."""
    try:
        return _bytes(encoded).decode()
    except UnicodeDecodeError:
        raise FunctionError("the result of decoding is not valid UTF-8") from None


def _bytes(encoded: str) -> bytes:
    try:
        return b64decode(encoded.replace("\r", "").replace("\n", ""), validate=True)
    except (Base64Error, ValueError):
        raise FunctionError("failed to decode base64 data") from None


def gzip_base64(text: str) -> Value:
    raise UndecidedError("depends on how Terraform compresses")


def encode_text(text: str, encoding: str) -> str:
    """Return `text` in another character encoding, as base64."""
    if encoding.lower() == "utf-16":
        return b64encode(codecs.BOM_UTF16_BE + text.encode("utf-16-be")).decode()
    try:
        return b64encode(text.encode(_codec(encoding))).decode()
    except UnicodeEncodeError:
        raise FunctionError(f"the text has characters that {encoding} cannot represent") from None


def decode_text(encoded: str, encoding: str) -> str:
    """Return the text that base64 data in a character encoding holds."""
    data = _bytes(encoded)
    codec = "utf-16" if encoding.lower() == "utf-16" and data[:2] in (b"\xfe\xff", b"\xff\xfe") else _codec(encoding)
    try:
        return data.decode(codec)
    except UnicodeDecodeError:
        raise FunctionError(f"the data is not valid {encoding}") from None


def _codec(encoding: str) -> str:
    found = _CODECS.get(encoding.lower())
    if found is None:
        raise UndecidedError(f"has a character encoding that is not known here: {encoding}")
    return found


def encode_url(text: Text) -> Text:
    """Return `text` with everything but letters, digits, `-`, `_`, `.` and `~` escaped, spaces as `+`."""
    from urllib.parse import quote_plus

    return mapped(text, quote_plus, "urlencode")


def decode_csv(text: str) -> list[Value]:
    """Return the rows of a CSV text (RFC 4180) as maps from the names in its first row."""
    rows = _rows(text)
    if not rows:
        raise FunctionError("missing header line")
    header, *records = rows
    if len(set(header)) < len(header):
        raise FunctionError("duplicate column name")
    if any(len(record) != len(header) for record in records):
        raise FunctionError("a record on a line has a wrong number of fields")
    return [dict(zip(header, record, strict=True)) for record in records]


def _rows(text: str) -> list[list[str]]:
    """Return the fields of every record, as strict about quotes as Go's encoding/csv."""
    text = text.replace("\r\n", "\n").removesuffix("\r")
    rows: list[list[str]] = []
    row: list[str] = []
    position = 0
    while position < len(text):
        if not row and text[position] == "\n":  # an empty line is no record
            position += 1
            continue
        field, position = _quoted_field(text, position) if text[position] == '"' else _bare_field(text, position)
        row.append(field)
        if position < len(text) and text[position] == ",":
            position += 1
            if position < len(text) and text[position] != "\n":
                continue
            row.append("")
        rows.append(row)
        row, position = [], position + 1
    return rows


def _bare_field(text: str, start: int) -> tuple[str, int]:
    line_end = text.find("\n", start)
    end = len(text) if line_end < 0 else line_end
    comma = text.find(",", start, end)
    end = comma if comma >= 0 else end
    if '"' in text[start:end]:
        raise FunctionError('bare " in non-quoted field')
    return text[start:end], end


def _quoted_field(text: str, start: int) -> tuple[str, int]:
    parts: list[str] = []
    position = start + 1
    while (end := text.find('"', position)) >= 0:
        parts.append(text[position:end])
        following = text[end + 1 : end + 2]
        if following != '"':
            if following not in ("", ",", "\n"):
                raise FunctionError('extraneous or missing " in quoted field')
            return "".join(parts), end + 1
        parts.append('"')
        position = end + 2
    raise FunctionError('extraneous or missing " in quoted field')
