"""Where a planned resource stands in the Terraform files beside the plan, when they are there.

Only asked for when a finding is written, so the files are searched and not
parsed: a resource block begins a line and ends with its last brace.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final

from ctguard.model.location import Location
from ctguard.model.location import Path as ValuePath
from ctguard.sources.terraform.plan.references import References
from ctguard.sources.terraform.plan.shapes import ResourceChange

LARGEST: Final = 2_000_000
TEXT: Final = re.compile(r'"(?:[^"\\\n]|\\.)*"|#[^\n]*|//[^\n]*')


@dataclass(slots=True)
class SourceLines:
    """The files of the folder that a plan lies in, and of the local modules that it calls."""

    folder: Path
    display: str
    references: References
    _files: dict[Path, list[tuple[str, list[str]]]] = field(default_factory=dict)

    def of(self, resource: ResourceChange) -> ResourceLines:
        """Return the places of one planned resource."""
        return ResourceLines(self, resource)

    def find(self, resource: ResourceChange) -> tuple[str, list[str], int, int] | None:
        """Return file, its lines, first and last line (from 0) of a resource's block."""
        folder, shown = self.folder, PurePosixPath(self.display).parent
        for source in self.references.sources(resource.module_address):
            if not source.startswith(("./", "../")):
                return None
            folder, shown = folder / source, shown / source
        if not folder.resolve().is_relative_to(self.folder.resolve()):
            return None
        keyword = "data" if resource.mode == "data" else "resource"
        head = re.compile(rf'^\s*{keyword}\s+"?{re.escape(resource.type)}"?\s+"?{re.escape(resource.name)}"?\s*\{{')
        for name, lines in self._in(folder):
            first = next((number for number, line in enumerate(lines) if head.match(line)), None)
            if first is not None:
                return (shown / name).as_posix(), lines, first, _end(lines, first)
        return None

    def _in(self, folder: Path) -> list[tuple[str, list[str]]]:
        if folder not in self._files:
            found = sorted(path for path in folder.glob("*.tf") if path.is_file() and path.stat().st_size < LARGEST)
            self._files[folder] = [(path.name, path.read_text("utf-8-sig", "replace").splitlines()) for path in found]
        return self._files[folder]


@dataclass(slots=True)
class ResourceLines:
    """Answers paths into a planned resource's values with lines of its source."""

    source: SourceLines
    resource: ResourceChange

    def at(self, path: ValuePath) -> Location | None:
        """Return where an argument or block is written; the resource's block when it cannot be told apart."""
        found = self.source.find(self.resource)
        if found is None:
            return None
        file, lines, first, last = found
        begin, end = first, last
        for step in path:
            if isinstance(step, int):
                continue
            name = re.compile(rf"^\s*{re.escape(step)}\s*(=|\{{)")
            inside = next(
                (number for number in range(begin + (begin == first), end + 1) if name.match(lines[number])), None
            )
            if inside is None:
                break
            begin, end = inside, _end(lines, inside)
        return Location(file, begin + 1, end + 1)


def _end(lines: list[str], first: int) -> int:
    """Return the last line of what begins at `first`: where its brackets are closed."""
    depth = 0
    for number in range(first, len(lines)):
        code = TEXT.sub('""', lines[number])
        depth += sum(code.count(sign) for sign in "{[(") - sum(code.count(sign) for sign in "}])")
        if depth <= 0:
            return number
    return first
