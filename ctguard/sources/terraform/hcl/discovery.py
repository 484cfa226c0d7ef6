"""Which folders of a tree are root modules: those that no other module there calls."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from ctguard.model.errors import Fault
from ctguard.sources.terraform.hcl import native
from ctguard.sources.terraform.hcl.files import JSON, configuration_files, read_text
from ctguard.sources.terraform.hcl.source import Source
from ctguard.sources.terraform.hcl.syntax import parse

_NEVER_SCANNED = frozenset({".terraform", ".git", "node_modules", ".terragrunt-cache", ".venv"})
# A file without this calls no module of the tree, whatever else it holds; it need not be parsed here.
_LOCAL_SOURCE = re.compile(rb'source"?[^\n"]*[=:][^\n"]*"\.\.?/')


def root_modules(folder: Path) -> list[Path]:
    """Return the folders at or below `folder` that are root modules.

    The others are evaluated through their callers. Modules that call each other
    in a circle, and that nobody else calls, are entered at the first of them.
    Links are not followed.
    """
    folders = {path.resolve(): path for path in _module_folders(folder)}
    calls = {path: {target for target in _called(path) if target in folders} for path in folders}
    called = {target for path, targets in calls.items() for target in targets if target != path}
    roots = [path for path in folders if path not in called]
    reached: set[Path] = set()
    for path in (*roots, *folders):
        if path not in reached:
            if path in called:
                roots.append(path)
            _reach(path, calls, reached)
    return [folders[path] for path in sorted(roots)]


def _module_folders(folder: Path) -> Iterator[Path]:
    for current, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _NEVER_SCANNED)
        if any(name.endswith((".tf", ".tofu", *JSON)) for name in names) and configuration_files(Path(current)):
            yield Path(current)


def _called(folder: Path) -> Iterator[Path]:
    """Yield the folders on disk that the modules called in `folder` come from."""
    for path in configuration_files(folder):
        text = read_text(path, path.name, folder)
        if isinstance(text, Fault) or not _LOCAL_SOURCE.search(text.data):
            continue
        if path.name.endswith(JSON):
            from ctguard.sources.terraform.hcl import json_form  # few folders hold the JSON form

            blocks = json_form.blocks(text)[0]
        else:
            syntax = parse(text.data)
            blocks = native.blocks(Source(path.name, syntax.data), syntax.nodes)
        for block in blocks:
            source = block.body.attributes.get("source") if block.kind == "module" else None
            if source is not None and source.text().startswith(("./", "../")):
                yield (folder / source.text()).resolve()


def _reach(start: Path, calls: dict[Path, set[Path]], reached: set[Path]) -> None:
    waiting = [start]
    while waiting:
        path = waiting.pop()
        if path not in reached:
            reached.add(path)
            waiting.extend(calls[path])
