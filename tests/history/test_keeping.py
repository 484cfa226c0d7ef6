"""A scan that keeps its run, and one that cannot."""

from __future__ import annotations

import json

import pytest

from tests.command import here
from tests.history.runs import TRAIL


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "main.tf").write_text(TRAIL % "false")
    return tmp_path


def test_a_scan_is_kept_as_it_was_reported(folder):
    done = here(folder, "scan", "main.tf", "--store", "runs.db", "--series", "shop", "-f", "json")

    listed = json.loads(here(folder, "history", "list", "--store", "runs.db", "-f", "json").out)
    assert [one["series"] for one in listed] == ["shop"]
    assert here(folder, "history", "show", "latest", "--store", "runs.db", "-f", "json").out == done.out


def test_what_was_found_is_reported_when_it_cannot_be_kept(folder):
    (folder / "runs.db").write_text("something else")

    done = here(folder, "scan", "main.tf", "--store", "runs.db", "-f", "json")

    assert done.status == 2
    assert "the run was not kept" in done.err
    assert done.run["summary"]["fail"] > 0
