"""Where a called module is on disk: a local folder, or one that `terraform init` has put there."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from ctguard.model.errors import Fault
from ctguard.model.values import Unknown
from ctguard.sources.terraform.hcl.body import Block
from ctguard.sources.terraform.hcl.files import is_inside, read_text
from ctguard.sources.terraform.hcl.library import Library
from ctguard.sources.terraform.hcl.limits import MAX_MODULE_NESTING
from ctguard.sources.terraform.hcl.module import Loaded, Module

_INSTALL = "run terraform init, or scan the plan"
_CREDENTIALS = re.compile(r"//[^/@\s]*@")
_KEY = re.compile(r"\[[^\]]*\]|module\.")


class ModuleSources:
    """Finds called modules inside the scanned folder."""

    def __init__(self, library: Library, root: Path) -> None:
        self.library = library
        self.root = root
        self._installed: Mapping[str, str] | None = None

    def load(self, parent: Module, address: str, block: Block) -> Loaded:
        """Return what a module call leads to, or why that is not in sight."""
        source = block.body.attributes.get("source")
        if source is None:
            return self._missing(parent, address, "has no source", "name its source")
        text = source.text()
        shown = _CREDENTIALS.sub("//", text)
        local = text.startswith(("./", "../"))
        folder = parent.folder / text if local else self._installed_folder(address)
        if folder is None:
            return self._missing(parent, address, f"comes from {shown}, which is not on disk", _INSTALL)
        if not is_inside(folder, self.library.boundary):
            cure = "scan a folder that holds both"
            return self._missing(parent, address, f"comes from {shown}, outside of the scanned folder", cure)
        folder = folder.resolve()
        if not folder.is_dir():
            return self._missing(parent, address, f"comes from {shown}, which is not there", _INSTALL)
        circle = _circle(parent, folder)
        if circle:
            names = " -> ".join(self.library.display(path) for path in circle)
            parent.evaluation.fault(str(block.locate()), "cycle", f"{address} calls itself: {names}")
            return self._missing(parent, address, f"calls itself: {names}", "break the circle")
        if parent.depth() >= MAX_MODULE_NESTING:
            parent.evaluation.fault(
                str(block.locate()), "limit", f"modules call each other over {MAX_MODULE_NESTING} deep"
            )
            return self._missing(parent, address, "is called too deeply", "scan the plan")
        return self._read(parent, folder)

    def _read(self, parent: Module, folder: Path) -> Loaded:
        read = self.library.folder(folder)
        for fault in read.faults:
            parent.evaluation.faults[fault] = None
        for display in read.broken:
            note_broken(parent, display)
        return folder, read.declared, not read.broken

    def _missing(self, parent: Module, address: str, why: str, cure: str) -> Unknown:
        unknown = Unknown(address, why, cure)
        parent.evaluation.unseen[address] = unknown
        return unknown

    def _installed_folder(self, address: str) -> Path | None:
        if self._installed is None:
            self._installed = _manifest(self.root, self.library)
        folder = self._installed.get(_KEY.sub("", address))
        return None if folder is None else self.root / folder


def note_broken(module: Module, display: str) -> None:
    """Note that a file may hold more than could be read."""
    module.evaluation.unseen[display] = Unknown(display, "could not be read as a whole", "correct the file")


def _circle(parent: Module, folder: Path) -> list[Path]:
    """Return the way from a module back to itself, if calling the one in `folder` would close one."""
    way = [folder]
    module: Module | None = parent
    while module is not None:
        way.append(module.folder)
        if module.folder == folder:
            return way[::-1]
        module = module.parent
    return []


def _manifest(root: Path, library: Library) -> dict[str, str]:
    """Return the folders of installed modules by their place in the tree of calls ("logs.bucket")."""
    path = root / ".terraform" / "modules" / "modules.json"
    if not path.is_file():
        return {}
    text = read_text(path, library.display(path), library.boundary)
    if isinstance(text, Fault):
        return {}
    try:
        modules = json.loads(text.data)["Modules"]
        return {str(module["Key"]): str(module["Dir"]) for module in modules}
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}
