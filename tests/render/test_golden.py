"""Reports as saved copies: `make golden` rewrites them, and the reviewer reads the difference."""

from __future__ import annotations

from pathlib import Path

import pytest

from ctguard.render import render
from tests.render.scenes import account_run, code_run

FOLDER = Path(__file__).parent / "golden"
COPIES = {
    "code.txt": lambda: render(code_run(), "console", notes=["12 resources that no rule looked at"]),
    "code-verbose.txt": lambda: render(code_run(), "console", verbose=True, width=80),
    "accounts.txt": lambda: render(account_run(), "console"),
    "code.json": lambda: render(code_run(), "json"),
    "code.md": lambda: render(code_run(), "markdown"),
    "code.xml": lambda: render(code_run(), "junit"),
    "code.csv": lambda: render(code_run(), "csv"),
    "code.sarif": lambda: render(code_run(), "sarif"),
    "code.gitlab.json": lambda: render(code_run(), "gitlab"),
    "code.github.txt": lambda: render(code_run(), "github"),
}


@pytest.mark.parametrize("name", COPIES)
def test_a_report_is_the_same_as_its_saved_copy(name, request):
    report = COPIES[name]()
    data = report if isinstance(report, bytes) else report.encode()
    path = FOLDER / name
    if request.config.getoption("--golden"):
        path.write_bytes(data)

    assert data == path.read_bytes()
