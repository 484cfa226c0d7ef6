"""A finding in plain words of one or a few lines, for formats that have a field for text and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ctguard.model.finding import Finding, Leaf
from ctguard.model.logic import Status
from ctguard.model.visible import shortened, visible
from ctguard.render.outline import joint
from ctguard.render.witness import witness_of

LONGEST: Final = 1000
DEEPEST: Final = 20
NOT_KNOWN: Final = "Unknown: "
"""What a message of an unknown finding begins with where the format has no word for unknown."""


def text(words: str, at_most: int = LONGEST) -> str:
    """Return a text of the run in one line, nothing hidden, not too long."""
    return visible(shortened(words, at_most))


def filled(words: str, at_most: int = LONGEST) -> str:
    """Return a text for a field that must not be empty."""
    return text(words, at_most).strip() or "-"


def one_line(words: str) -> str:
    """Return a text of a rule file, which is broken into lines, in one."""
    return " ".join(words.split())


def message(finding: Finding) -> str:
    """Return what was found; an unknown finding says that it is one."""
    said = text(finding.message)
    return f"{NOT_KNOWN}{said}" if finding.status is Status.UNKNOWN else said


def details(finding: Finding) -> Iterator[str]:
    """Yield the finding's place, reasons, witness, next step and controls, a line each."""
    yield f"resource: {text(finding.resource.arn or finding.resource.address)}"
    if finding.location:
        yield f"place: {text(str(finding.location))}"
    for leaf, before in zip(finding.explanation, (None, *finding.explanation), strict=False):
        yield f"looked at: {joint(leaf, before)}{condition(leaf)}"
    if witness := witness_of(finding):
        kind, words = witness
        yield f"{kind}: {text(words)}"
    if fix := one_line(finding.remediation.text):
        yield f"fix: {text(fix)}"
    if finding.controls:
        yield f"controls: {text(', '.join(f'{one.framework} {one.control}' for one in finding.controls))}"
    if finding.caused_by:
        yield f"follows from: {text(finding.caused_by)}"


def condition(leaf: Leaf) -> str:
    """Return one condition: `path: actual, must be expected (status) because`."""
    because = f" ({text(leaf.because)})" if leaf.because else ""
    must = "" if leaf.status is Status.PASS else f", must be {text(leaf.expected)}"
    return f"{text(leaf.path)}: {text(leaf.actual)}{must}{because}"


def acceptance(finding: Finding) -> str:
    """Return who accepted a failure, or that it was there before; empty for any other finding."""
    if finding.status is not Status.FAIL:
        return ""
    if finding.waiver:
        waiver = finding.waiver
        return text(f"waived until {waiver.expires} by {waiver.owner}: {waiver.reason}")
    return "there before, part of the baseline" if finding.baseline else ""


def plain_data(value: Any, depth: int = 1) -> Any:
    """Return a witness with its texts shortened and nothing hidden in them."""
    if isinstance(value, str):
        return text(value)
    if depth > DEEPEST:
        return "..."
    if isinstance(value, Mapping):
        return {text(str(key)): plain_data(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain_data(item, depth + 1) for item in value]
    return value
