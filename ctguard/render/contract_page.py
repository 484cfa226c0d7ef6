"""The page on the JSON contract, made from its JSON Schema alone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ctguard.model.run_file import SCHEMA_FILE

OPENING: Final = """\
# The JSON of a run

What `ctguard ... -f json` prints and `-o run.json` writes. `ctguard report`, `ctguard diff` and the history read it
back, and refuse a file that does not have this shape, naming each fault with its place. Other programs find the same
as a JSON Schema (draft 2020-12) in the package: `ctguard/schemas/run.schema.json`. This page is made from it.

- Every field is always there, but for those that runs of older versions lack; null means that somebody looked and
  nothing is there.
- Findings are sorted. Two runs on the same input differ in `run` and in nothing else.
- The file is UTF-8. Characters that a terminal would obey or an eye would not see are written as JSON's own escapes,
  so the file can be printed. Nothing is shortened.
- Values that an input marks as sensitive are masked as `(sensitive)`.
"""


def page() -> str:
    """Return the page as Markdown."""
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    return "\n".join(_lines(schema))


def _lines(schema: Mapping[str, Any]) -> Iterator[str]:
    yield OPENING
    yield from _table("The document", schema, schema["$defs"])
    for definition in schema["$defs"].values():
        if "title" in definition:
            yield from _table(f"`{definition['title']}`", definition, schema["$defs"])


def _table(title: str, part: Mapping[str, Any], definitions: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"## {title}", "")
    if about := part.get("description"):
        yield from (about, "")
    yield from ("| field | type | what it says |", "| --- | --- | --- |")
    for name, field in part["properties"].items():
        yield f"| `{name}` | {_type(field, definitions)} | {field.get('description', '')} |"
        for inner, one in field.get("properties", {}).items():
            yield f"| `{name}.{inner}` | {_type(one, definitions)} | {one.get('description', '')} |"
    yield ""


def _type(field: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    if "$ref" in field:
        definition = definitions[field["$ref"].rsplit("/", 1)[1]]
        return f"`{definition['title']}`" if "title" in definition else _type(definition, definitions)
    if "const" in field:
        return f'`"{field["const"]}"`'
    if "enum" in field:
        return ", ".join(f"`{value}`" for value in field["enum"])
    if "oneOf" in field:
        return " or ".join(_type(one, definitions) for one in field["oneOf"])
    if isinstance(field["type"], list):
        return " or ".join(field["type"])
    if field["type"] == "array":
        return f"list of {_type(field['items'], definitions)}"
    return f"{field['type']} ({field['format']})" if "format" in field else str(field["type"])
