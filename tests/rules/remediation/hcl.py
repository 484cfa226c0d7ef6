"""Put a snippet into Terraform's words where a reader would: by the names of arguments and blocks, as text.

The texts are formatted as `terraform fmt` does: an argument or block begins a line and ends one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

HEADER = re.compile(r'(\w+)((?:\s+"[^"]*")*)\s*(=|\{)')
SID = re.compile(r'^\s*sid\s*=\s*"(\w+)"', re.MULTILINE)


def put(text: str, path: Sequence[str], snippet: str) -> str:
    """Return a body in which, at `path`, each argument and block of the snippet takes the place of its namesakes.

    A path goes by the keys of `items`: `["resource.aws_s3_bucket.logs"]`, and `["...", "statement.Delivery"]`.
    """
    held, new = items(text), items(snippet)
    if not path:
        kept = [one for key, one in held if key not in {key for key, _ in new}]
        return "\n".join([*kept, *(one for _, one in new)])
    if path[0] not in {key for key, _ in held}:
        raise LookupError(f"there is no {path[0]} in {[key for key, _ in held]}")
    return "\n".join(_inside(one, path[1:], snippet) if key == path[0] else one for key, one in held)


def items(text: str) -> list[tuple[str, str]]:
    """Return the arguments and blocks of a body, each with its key.

    A key is the words of its header, joined by dots; a policy's statement has its sid behind.
    """
    found: list[tuple[str, str]] = []
    lines: list[str] = []
    for line in text.splitlines():
        if not lines and (not line.strip() or line.strip().startswith("#")):
            continue
        lines.append(line)
        if _depth("\n".join(lines)) == 0:
            one = "\n".join(lines)
            found.append((_key(one), one))
            lines = []
    if lines:
        raise ValueError(f"a bracket is not closed: {lines[0]}")
    return found


def _depth(text: str) -> int:
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', "", text)
    return sum(bare.count(one) for one in "{[(") - sum(bare.count(one) for one in "}])")


def _key(item: str) -> str:
    header = HEADER.match(item.strip())
    if header is None:
        raise ValueError(f"neither an argument nor a block: {item}")
    words = [header[1], *re.findall(r'"([^"]*)"', header[2])]
    sid = SID.search(item) if words == ["statement"] else None
    return ".".join([*words, sid[1]] if sid else words)


def _inside(block: str, path: Sequence[str], snippet: str) -> str:
    opening, closing = block.index("{") + 1, block.rindex("}")
    return f"{block[:opening]}\n{put(block[opening:closing], path, snippet)}\n{block[closing:]}"


def statement(document: Mapping[str, Any]) -> str:
    """Return a statement of a policy as a block of `aws_iam_policy_document`."""
    lines = [f'sid = "{document["Sid"]}"', f'effect = "{document["Effect"]}"']
    for name, argument in (
        ("Action", "actions"),
        ("NotAction", "not_actions"),
        ("Resource", "resources"),
    ):
        if name in document:
            lines.append(f"{argument} = {json.dumps(_listed(document[name]))}")
    principal = document.get("Principal", {})
    for kind, identifiers in ({"*": "*"} if principal == "*" else principal).items():
        lines.append(_block("principals", type=kind, identifiers=_listed(identifiers)))
    for test, conditions in document.get("Condition", {}).items():
        lines += [
            _block("condition", test=test, variable=key, values=_listed(values)) for key, values in conditions.items()
        ]
    return "statement {\n" + "\n".join(lines) + "\n}"


def _block(name: str, **arguments: object) -> str:
    return "\n".join([f"{name} {{", *(f"{key} = {json.dumps(value)}" for key, value in arguments.items()), "}"])


def _listed(value: str | Iterable[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
