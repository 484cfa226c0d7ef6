"""The hooks that other repositories use, run by the real pre-commit in a repository of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TRAIL = """\
resource "aws_cloudtrail" "audit" {
  name                       = "audit"
  s3_bucket_name             = "logs"
  enable_log_file_validation = %s
}
"""


@pytest.fixture(scope="module")
def hooks(tmp_path_factory):
    """Return a copy of this checkout as a repository that pre-commit can clone, with what is not committed too."""
    copy = tmp_path_factory.mktemp("hooks") / "ctguard"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file() and not name.startswith("tests/"):
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            (copy / name).write_bytes((ROOT / name).read_bytes())
    commit(copy)
    return copy


def commit(folder: Path) -> None:
    for words in (
        ["init", "-q"],
        ["add", "-A"],
        ["-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-q", "--no-verify", "-m", "all"],
    ):
        subprocess.run(["git", *words], cwd=folder, check=True)


def run(hooks: Path, folder: Path, *files: str) -> subprocess.CompletedProcess[str]:
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=hooks, capture_output=True, text=True, check=True)
    (folder / ".pre-commit-config.yaml").write_text(
        f"repos:\n  - repo: {hooks}\n    rev: {head.stdout.strip()}\n    hooks:\n"
        "      - id: ctguard\n        args: [--select, trail-log-validation]\n"
    )
    if not (folder / ".git").exists():
        commit(folder)
    return subprocess.run(
        [sys.executable, "-m", "pre_commit", "run", "ctguard", "--files", *files],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def test_a_bad_change_is_stopped_and_a_good_one_is_let_through(hooks, tmp_path):
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / "main.tf").write_text(TRAIL % "false")
    (tmp_path / "notes.yaml").write_text("a: note\n")

    stopped = run(hooks, tmp_path, "infra/main.tf", "notes.yaml")
    (tmp_path / "infra" / "main.tf").write_text(TRAIL % "true")
    passed = run(hooks, tmp_path, "infra/main.tf")
    other = run(hooks, tmp_path, "notes.yaml")

    assert stopped.returncode == 1, stopped.stdout + stopped.stderr
    assert "infra/main.tf:4" in stopped.stdout
    assert passed.returncode == 0, passed.stdout + passed.stderr
    assert other.returncode == 0, other.stdout + other.stderr
