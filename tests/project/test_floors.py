"""The floors of the house: imports point down only, and a scan loads only what it needs."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "ctguard"
FLOORS = {
    "model": 0,
    "policy": 1,
    "filter_pattern": 1,
    "event_pattern": 1,
    "coverage": 1,
    "sources": 2,
    "engine": 2,
    "logs": 2,
    "run": 3,
    "render": 4,
    "evidence": 4,
    "history": 4,
    "notify": 4,
    "cli": 5,
}
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE)


def imported(path: Path) -> Iterator[str]:
    """Yield the parts of ctguard that a module imports, inside functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
        yield from (name.split(".")[1] for name in names if name.startswith("ctguard."))


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0]


def test_every_package_has_a_floor():
    packages = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").is_file()}

    assert packages <= set(FLOORS)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path):
    part = part_of(path)

    strangers = {other for other in imported(path) if other != part and FLOORS[other] >= FLOORS[part]}

    assert not strangers


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_render_knows_only_the_model(path):
    if part_of(path) == "render":
        assert set(imported(path)) <= {"model", "render"}


HEAVY = ("boto3", "botocore", "jinja2", "sqlalchemy", "rich", "pydantic", "cryptography", "distributed")


def test_a_scan_of_code_loads_nothing_that_it_does_not_need(tmp_path):
    (tmp_path / "main.tf").write_text('resource "aws_cloudtrail" "t" {\n  name = "t"\n  s3_bucket_name = "b"\n}\n')
    program = (
        "import sys; from ctguard.cli import main; main(sys.argv[1:]); "
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    subprocess.run([sys.executable, "-c", program, "rules", "list"], capture_output=True, check=True, cwd=tmp_path)

    done = subprocess.run(
        [sys.executable, "-c", program, "scan", "main.tf"], capture_output=True, text=True, check=True, cwd=tmp_path
    )

    assert done.stderr.strip().splitlines()[-1] == "[]"
