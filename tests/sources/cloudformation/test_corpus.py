"""Templates that others wrote: each is read, or named as an error."""

from __future__ import annotations

from pathlib import Path

import pytest

from ctguard.model.values import unknowns
from ctguard.sources.cloudformation import ParameterInputs, is_template, read_template

CORPUS = Path(__file__).parents[4] / "shared" / "corpus"
FOLDERS = ("guard-registry", "cfn_nag", "checkov/cloudformation", "trivy-checks/cloudformation")
FILES = [
    path
    for folder in FOLDERS
    for path in sorted((CORPUS / folder).rglob("*"))
    if path.suffix in (".yaml", ".yml", ".json", ".template")
]

pytestmark = pytest.mark.skipif(not FILES, reason="the corpus of other projects' templates is not here")


def test_every_template_is_recognised_and_read_without_a_fault() -> None:
    for path in FILES:
        unit = read_template(path, display=path.name, parameters=ParameterInputs(), root=path.parent)
        assert is_template(path.read_bytes()), path
        assert unit.faults == (), path
        assert unit.declarations, path


def test_every_unknown_of_them_says_what_and_why_and_every_value_has_a_place() -> None:
    for path in FILES:
        unit = read_template(path, display=path.name, parameters=ParameterInputs(), root=path.parent)
        for one in unit.declarations:
            for name, value in one.values.items():
                location = one.places.at((name,))
                assert location is not None
                assert 1 <= location.line <= location.end_line <= path.read_bytes().count(b"\n") + 1
                assert all(unknown.what and unknown.why for unknown in unknowns(value))
