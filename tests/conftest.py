"""What all tests share: the command line, and `--golden`, which rewrites the saved copies of reports."""

from __future__ import annotations

from functools import partial

import pytest

from tests.command import in_a_process


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--golden", action="store_true", help="rewrite the saved copies of reports")


@pytest.fixture
def ctguard(tmp_path):
    """Return a function that runs `ctguard` with some words in a temporary folder."""
    return partial(in_a_process, tmp_path)
