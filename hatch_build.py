"""Check the shipped rules and compile them into one file when a wheel is built."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompileRules(BuildHookInterface):  # type: ignore[type-arg]
    """Put the built pack beside the rules in the wheel, so that no installed scan reads a hundred YAML files."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name != "wheel" or version == "editable":
            return
        root = Path(self.root)
        sys.path.insert(0, str(root))
        from ctguard.engine.pack import BUILT, read_pack, written

        pack = Path(tempfile.mkdtemp()) / BUILT
        pack.write_bytes(written(read_pack(root / "rules")))
        build_data["force_include"][str(pack)] = f"ctguard/_shipped/rules/{BUILT}"
