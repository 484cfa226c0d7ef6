"""What a plan says of an expression: its constant value, or what it refers to.

References are relative to their module and come from long to short
("aws_s3_bucket.logs.id", "aws_s3_bucket.logs"); how they are put together is not
in the format. (Terraform, "JSON Output Format", expressions.)
"""

from __future__ import annotations

import re
from typing import Any, Final

_STEP: Final = re.compile(r'([\w-]+)|\[("(?:[^"\\]|\\.)*"|\d+)\]|\.')


def is_expression(written: Any) -> bool:
    """Return whether this stands for one value, and is not a nested block with expressions of its own."""
    return isinstance(written, dict) and (not written or "references" in written or "constant_value" in written)


def references_of(written: Any) -> list[str]:
    """Return what an expression refers to, without those that only begin a longer reference."""
    found = written.get("references") if isinstance(written, dict) else None
    if not isinstance(found, list):
        return []
    named = [one for one in found if isinstance(one, str)]
    longest: list[str] = []
    for one in named:
        if not any(other.startswith((f"{one}.", f"{one}[")) for other in longest):
            longest.append(one)
    return longest


def constant_of(written: Any) -> Any:
    """Return the constant that an expression is, None where it is none."""
    return written.get("constant_value") if isinstance(written, dict) else None


def steps_of(reference: str) -> list[str]:
    """Return the names of a reference and, with their brackets, its indexes: `a.b[0].c` is a, b, [0], c."""
    return [name or f"[{index}]" for name, index in _STEP.findall(reference) if name or index]


def part_of(written: Any, name: str) -> Any:
    """Return the expression of an argument or the nested blocks of a name; a part of an expression is the whole."""
    if is_expression(written):
        return written
    return written.get(name) if isinstance(written, dict) else None


def element_of(written: Any, values: list[Any], index: int) -> Any:
    """Return what is written of one element of `values`, which are nested blocks or the value of one expression.

    Blocks of one kind may be a set, which has its own order: an element belongs
    to the block whose constants it has. None where several could be meant, and
    where a `dynamic` block made it, since plans do not tell of these.
    """
    if not isinstance(written, list):
        return written
    if len(written) == len(values) == 1:
        return written[0]
    fitting = [block for block in written if _fits(block, values[index])]
    if len(fitting) == 1:
        return fitting[0]
    in_order = len(written) == len(values) and all(map(_fits, written, values))
    return written[index] if in_order else None


def _fits(block: Any, value: Any) -> bool:
    """Return whether the constants of a block are those of a planned value."""
    if not isinstance(block, dict) or not isinstance(value, dict):
        return False
    return all(
        _same(constant, value.get(name))
        for name, written in block.items()
        if (constant := constant_of(written)) is not None
    )


def _same(constant: Any, value: Any) -> bool:
    if isinstance(constant, list) and isinstance(value, list):
        return sorted(map(str, constant)) == sorted(map(str, value))
    if isinstance(constant, bool) or isinstance(value, bool):
        return str(constant).lower() == str(value).lower()
    return constant == value or str(constant) == str(value)
