"""Where a planned resource stands in the Terraform files beside the plan, when they are there.

Only asked for when a finding is written, so the files are searched line by line
and not parsed. Local modules are followed, nothing outside of the root is read.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from msgspec import Struct, field

from ctguard.model.location import Location
from ctguard.model.location import Path as ValuePath
from ctguard.sources.terraform.plan.references import References
from ctguard.sources.terraform.plan.shapes import ResourceChange

LARGEST: Final = 2_000_000
_ENDINGS: Final = (".tf", ".tofu")
_NO_CODE: Final = re.compile(r'"(?:[^"\\\n]|\\.)*"|#.*|//.*')
_MEMBER: Final = re.compile(r'^\s*(?:dynamic\s+"([\w-]+)"|([\w-]+)\s*(?==|\{))')
_BLOCK: Final = re.compile(r'^\s*(resource|data)\s+"?([\w-]+)"?\s+"?([\w-]+)"?\s*\{?')


class Span(Struct, frozen=True):
    """The first and the last line of something, counted from 0."""

    first: int
    last: int


class SourceFile(Struct, frozen=True):
    """The lines of a file, and what reports call it."""

    display: str
    lines: list[str]

    def blocks(self) -> Iterator[tuple[tuple[str, str, str], int]]:
        """Yield the kind, type and name of each resource and data source with its first line."""
        for number, line in enumerate(self.lines):
            if found := _BLOCK.match(line):
                yield (found[1], found[2], found[3]), number

    def end_of(self, first: int) -> int:
        """Return the last line of what begins on a line: where all brackets that it opens are closed."""
        depth = 0
        for number in range(first, len(self.lines)):
            depth += _opened(self.lines[number])
            if depth <= 0 and (number > first or "{" not in self.lines[number] or _closes(self.lines[number])):
                return number
        return first

    def members(self, block: Span) -> Iterator[tuple[str, Span]]:
        """Yield the arguments and nested blocks that stand directly within a block."""
        number = block.first + 1
        while number < block.last:
            found = _MEMBER.match(self.lines[number])
            last = self.end_of(number) if found else number
            if found:
                yield found[1] or found[2], Span(number, min(last, block.last))
            number = last + 1


class SourceLines(Struct):
    """The files of the folder that a plan lies in, and of the local modules that it calls."""

    folder: Path
    display: str
    references: References
    root: Path
    _folders: dict[str, tuple[Path, PurePosixPath] | None] = field(default_factory=dict)
    _blocks: dict[Path, dict[tuple[str, str, str], tuple[SourceFile, Span]]] = field(default_factory=dict)

    def of(self, resource: ResourceChange) -> ResourceLines:
        """Return the places of one planned resource."""
        return ResourceLines(self, resource)

    def find(self, resource: ResourceChange) -> tuple[SourceFile, Span] | None:
        """Return the file of a resource's block, and the lines of the block."""
        module = resource.module_address
        if module not in self._folders:
            self._folders[module] = self._folder_of(module)
        if (place := self._folders[module]) is None:
            return None
        folder, shown = place
        if folder not in self._blocks:
            self._blocks[folder] = dict(_found_in(folder, shown))
        keyword = "data" if resource.mode == "data" else "resource"
        return self._blocks[folder].get((keyword, resource.type, resource.name))

    def _folder_of(self, module: str) -> tuple[Path, PurePosixPath] | None:
        """Return the folder of a module and how reports call it; None when it is not local, or outside of the root."""
        folder, shown = self.folder, PurePosixPath(self.display).parent
        for source in self.references.sources(module):
            if not source.startswith(("./", "../")):
                return None
            folder, shown = folder / source, PurePosixPath(posixpath.normpath(shown / source))
        folder = folder.resolve()
        return (folder, shown) if folder.is_relative_to(self.root.resolve()) else None


def _found_in(folder: Path, shown: PurePosixPath) -> Iterator[tuple[tuple[str, str, str], tuple[SourceFile, Span]]]:
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.suffix not in _ENDINGS or path.is_symlink() or not path.is_file() or path.stat().st_size > LARGEST:
            continue
        try:
            lines = path.read_text("utf-8-sig", "replace").splitlines()
        except OSError:
            continue
        file = SourceFile((shown / path.name).as_posix(), lines)
        for block, first in file.blocks():
            yield block, (file, Span(first, file.end_of(first)))


class ResourceLines(Struct, frozen=True):
    """Answers paths into a planned resource's values with lines of its source."""

    source: SourceLines
    resource: ResourceChange

    def at(self, path: ValuePath) -> Location | None:
        """Return where an argument or nested block is written, else what encloses it."""
        found = self.source.find(self.resource)
        if found is None:
            return None
        file, span = found
        for position, step in enumerate(path):
            if isinstance(step, int):
                continue
            named = [inside for name, inside in file.members(span) if name == step]
            if not named:
                break
            after = path[position + 1] if position + 1 < len(path) else 0
            span = named[after] if isinstance(after, int) and after < len(named) else named[0]
        return Location(file.display, span.first + 1, span.last + 1)


def _opened(line: str) -> int:
    code = _NO_CODE.sub("", line)
    return sum(code.count(sign) for sign in "{[(") - sum(code.count(sign) for sign in "}])")


def _closes(line: str) -> bool:
    return "}" in _NO_CODE.sub("", line)
