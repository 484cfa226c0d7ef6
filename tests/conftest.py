"""What all tests share: `--golden` rewrites the saved copies of reports instead of comparing with them."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--golden", action="store_true", help="rewrite the saved copies of reports")
