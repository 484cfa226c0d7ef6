#!/usr/bin/env python3
"""Set up and run this checkout with nothing but Python 3.11+ and the network's package index.

    python3 dev.py test              all tests, as CI runs them
    python3 dev.py lint              format, lint, types
    python3 dev.py scan examples/bad any ctguard command

The environment is `.venv` beside this file; it is made, and brought up to date,
when pyproject.toml has changed since the last time.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
ENVIRONMENT = ROOT / ".venv"
BINARIES = ENVIRONMENT / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BINARIES / "python"

TASKS = {
    "test": ("dev", [["python", "-m", "pytest", "-n", "auto"]]),
    "lint": ("dev", [["ruff", "format", "--check", "."], ["ruff", "check", "."], ["mypy"]]),
    "docs": ("dev", [["python", "tools/docs.py"]]),
    "golden": ("dev", [["python", "-m", "pytest", "--golden"]]),
    "bench": ("dev", [["python", "benchmarks/run.py"]]),
    "dev": ("dev", []),
    "demo": ("demo", [["ctguard", "demo"]]),
}

# Debian package, whether it is there, what becomes of the tests without it
PROGRAMS = (
    ("openssl", lambda: bool(shutil.which("openssl")), "the tests of evidence will fail"),
    (
        "chromium",
        lambda: any(shutil.which(one) for one in ("chromium", "chromium-browser", "google-chrome")),
        "the tests of the HTML report in a browser will say that they are skipped",
    ),
    (
        "postgresql",
        lambda: bool(shutil.which("initdb") or list(Path("/usr/lib/postgresql").glob("*/bin/initdb"))),
        "the tests of a history in PostgreSQL will fail",
    ),
)


def main(words: list[str]) -> int:
    """Run a task of this project, or a ctguard command, in the environment that it needs."""
    if sys.version_info < (3, 11):  # noqa: UP036 - the message is for those who start it with an older one
        return _say("Python 3.11 or newer is needed", 2)
    name, rest = (words[0], words[1:]) if words else ("--help", [])
    extra, commands = TASKS.get(name, ("", [["ctguard", name]]))
    if (status := _prepare(extra)) != 0:
        return status
    if name == "test":
        _programs()
    for command in commands:
        program = PYTHON if command[0] == "python" else BINARIES / command[0]
        status = subprocess.run([str(program), *command[1:], *rest], check=False).returncode
        if status != 0:
            return status
    return 0


def _prepare(extra: str) -> int:
    """Make the environment hold what `extra` needs; say nothing when it already does."""
    state = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()
    marker = ENVIRONMENT / f".ready{'-' + extra if extra else ''}"
    whole = ENVIRONMENT / ".ready-dev"
    if any(one.is_file() and one.read_text() == state for one in (marker, whole)):
        return 0
    print("setting up .venv (once) ...", file=sys.stderr, flush=True)
    if not PYTHON.exists():
        venv.create(ENVIRONMENT, with_pip=True)
    wanted = f"{ROOT}[{extra}]" if extra else str(ROOT)
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--editable", wanted]
    done = subprocess.run(pip, check=False)
    if done.returncode != 0:
        return _say("pip could not install what is needed (see above)", 2)
    marker.write_text(state)
    return 0


def _programs() -> None:
    """Install what the tests use beside Python, where that can be done without asking."""
    missing = [package for package, is_there, _ in PROGRAMS if not is_there()]
    if missing and shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        for words in (["update"], ["install", "-y", "--no-install-recommends", *missing]):
            subprocess.run(["apt-get", "-qq", *words], check=False, stdout=subprocess.DEVNULL)
    for package, is_there, without in PROGRAMS:
        if not is_there():
            print(f"dev.py: no {package} here; {without}")


def _say(message: str, status: int) -> int:
    print(f"dev.py: {message}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
