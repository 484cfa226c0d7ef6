"""A bundle that tests read and none changes."""

from __future__ import annotations

import pytest

from tests.evidence.making import Made, made


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Return a folder with a key, a run and its bundle."""
    return made(tmp_path_factory.mktemp("evidence"))
