"""Read waivers that stand in code, as comments at the block that they speak of.

    # ctguard:waive rule=trail-kms-encryption owner=platform expires=2027-01-31 reason="key comes in May"

The comment stands on a line of its own above the block or inside it; what only looks like one, in a text or a
heredoc, is none. It says as much as a waiver of the
configuration does, save the resource; one that says less is an error and waives nothing.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from ctguard.engine.pack import Pack
from ctguard.model.errors import CtguardError, Fault
from ctguard.model.location import Location
from ctguard.model.visible import visible
from ctguard.run.config import WaiverEntry
from ctguard.sources.declaration import Unit

MARK: Final = b"ctguard:waive"
TERRAFORM: Final = (".tf", ".tofu")
ENDINGS: Final = (*TERRAFORM, ".yaml", ".yml", ".template")
WAIVER: Final = re.compile(r"\s*(?:#|//)\s*ctguard:waive(?:\s+(.*))?$")
FIELD: Final = re.compile(r'\s*([a-z_]+)=(?:"([^"]*)"|([^\s"]+))(?=\s|$)')


class Block(Struct, frozen=True):
    """One declaration as it is written, and what it is called in the input that it is part of."""

    location: Location
    unit: str
    address: str


def waivers_in_code(units: Iterable[Unit], pack: Pack, faults: list[Fault]) -> list[WaiverEntry]:
    """Return the waivers in the files that declare something; what is wrong with one is added to `faults`."""
    files: dict[str, list[Block]] = defaultdict(list)
    for unit in units:
        for one in unit.declarations:
            place = one.places.at(())
            if place is not None and place.path.endswith(ENDINGS):
                files[place.path].append(Block(place, unit.name, one.address))
    found: list[WaiverEntry] = []
    for path, blocks in sorted(files.items()):
        comments = _comments(path)
        for line, words in _waivers(comments):
            try:
                found.append(_waiver(words, Location(path, line, line), _blocks_at(line, blocks, comments), pack))
            except CtguardError as error:
                faults.append(Fault(f"{path}:{line}", "waiver", f"{error}; {error.hint}".rstrip("; ")))
    return found


def _comments(path: str) -> dict[int, str]:
    """Return the lines of a file, from 1, that are a comment; none when the file holds no waiver."""
    try:
        data = Path(path).read_bytes().removeprefix(BOM_UTF8)
    except OSError:  # it was read a moment ago; whether it can be is told there
        return {}
    if MARK not in data:
        return {}
    if path.endswith(TERRAFORM):
        from ctguard.sources.terraform.hcl.syntax import line_comments
    else:
        from ctguard.sources.cloudformation.comments import line_comments
    lines = data.decode(errors="replace").split("\n")
    return {line: lines[line - 1].rstrip() for line in sorted(line_comments(data))}


def _waivers(comments: Mapping[int, str]) -> Iterator[tuple[int, str]]:
    """Yield the waivers among the comments of a file: the line, and the words behind the mark."""
    for line, text in comments.items():
        if waiver := WAIVER.match(text):
            yield line, waiver[1] or ""


def _blocks_at(line: int, blocks: Sequence[Block], comments: Container[int]) -> list[Block]:
    """Return the blocks that a comment stands in, else those that begin right below it and the comments after it."""
    around = [one for one in blocks if one.location.line <= line <= one.location.end_line]
    if around:
        innermost = max(one.location.line for one in around)
        return [one for one in around if one.location.line == innermost]
    below = line + 1
    while below in comments:
        below += 1
    return [one for one in blocks if one.location.line == below]


def _waiver(words: str, location: Location, blocks: Sequence[Block], pack: Pack) -> WaiverEntry:
    """Return the waiver that a comment says; raise CtguardError for what is missing or wrong."""
    from pydantic import ValidationError

    from ctguard.run.config_file import WaiverFields
    from ctguard.run.settings import waivable

    if not blocks:
        raise CtguardError(
            "this waiver stands at no resource that ctguard judges", hint="put it right above the block, or in it"
        )
    fields = {"resource": blocks[0].address, **_fields(words)}
    try:
        waiver = WaiverFields.model_validate(fields)
    except ValidationError as error:
        told = "; ".join(f"{one['loc'][0]}: {one['msg'].lower()}" for one in error.errors(include_url=False))
        raise CtguardError(f"this waiver is not whole: {visible(told)}", hint=SPELLING) from None
    waivable(pack, waiver.rule, str(location))
    return waiver.entry(location, frozenset((one.unit, one.address) for one in blocks))


def _fields(words: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    at = 0
    while at < len(words):
        field = FIELD.match(words, at)
        if field is None:
            raise CtguardError(f"{words[at:].strip()[:60]!r} is not NAME=VALUE", hint=SPELLING)
        name, value = field[1], field[2] if field[2] is not None else field[3]
        if name in (*fields, "resource"):
            raise CtguardError(f"{name} is given already", hint="a waiver in code speaks of the block it stands at")
        fields[name] = value
        at = field.end()
    return fields


SPELLING: Final = 'write rule=ID owner=WHO expires=2027-01-31 reason="WHY"'
