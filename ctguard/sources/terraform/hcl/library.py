"""The parsed files of one root module and the modules that it calls, each read once."""

from __future__ import annotations

import os
from pathlib import Path

from msgspec import Struct

from ctguard.model.errors import Fault
from ctguard.sources.terraform.hcl import native
from ctguard.sources.terraform.hcl.body import Block
from ctguard.sources.terraform.hcl.declared import Declared
from ctguard.sources.terraform.hcl.files import JSON, configuration_files, is_override, read_text, source_faults
from ctguard.sources.terraform.hcl.source import Source
from ctguard.sources.terraform.hcl.syntax import parse


class File(Struct, frozen=True):
    """One configuration file: its top-level blocks, and what is wrong with it."""

    display: str
    blocks: tuple[Block, ...]
    faults: tuple[Fault, ...]


class Folder(Struct, frozen=True):
    """The files of one module: what they declare, and what is wrong with them."""

    path: Path
    declared: Declared
    faults: tuple[Fault, ...]
    broken: tuple[str, ...]


class Library:
    """Reads configuration files inside `boundary`, beyond which nothing is looked at.

    `base` is the folder that locations are relative to, and `display` what they call it.
    """

    def __init__(self, boundary: Path, base: Path, display: str) -> None:
        self.boundary = boundary.resolve()
        self.base = base.resolve()
        self.base_display = display
        self._folders: dict[Path, Folder] = {}

    def display(self, path: Path) -> str:
        """Return what locations call a file."""
        relative = os.path.relpath(path, self.base)
        return Path(os.path.normpath(Path(self.base_display, relative))).as_posix()

    def folder(self, path: Path) -> Folder:
        """Return what the files of a folder declare together."""
        found = self._folders.get(path)
        if found is None:
            found = self._folders[path] = self._read_folder(path)
        return found

    def _read_folder(self, path: Path) -> Folder:
        declared = Declared()
        faults: list[Fault] = []
        broken: list[str] = []
        try:
            paths = configuration_files(path)
        except OSError as error:
            fault = Fault(self.display(path), "unreadable", f"cannot be listed: {error.strerror or error}")
            return Folder(path, declared, (fault,), (self.display(path),))
        prefix = self.display(path)
        for each in paths:
            file = self.file(each, each.name if prefix == "." else f"{prefix}/{each.name}")
            declared.add(file.blocks, override=is_override(each))
            faults.extend(file.faults)
            if file.faults:
                broken.append(file.display)
        return Folder(path, declared, tuple(faults), tuple(broken))

    def file(self, path: Path, display: str) -> File:
        """Return the blocks of one file, which locations call `display`."""
        text = read_text(path, display, self.boundary)
        if isinstance(text, Fault):
            return File(display, (), (text,))
        if path.name.endswith(JSON):
            from ctguard.sources.terraform.hcl import json_form  # few folders hold the JSON form

            return File(display, *json_form.blocks(text))
        syntax = parse(text.data)
        source = Source(display, syntax.data)
        stray = native.attributes(source, syntax.nodes)
        faults = [
            Fault(str(attribute.location()), "syntax", f"the argument `{name}` stands outside of any block")
            for name, attribute in stray.items()
        ]
        return File(display, native.blocks(source, syntax.nodes), (*source_faults(display, syntax), *faults))
