"""Configurations that others wrote: each is read, and every resource that a label names is found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ctguard.sources.terraform.hcl import read_file

CORPUS = Path(__file__).parents[5] / "shared" / "corpus"
pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of labelled configurations is not there")


def labelled():
    """Return the addresses that labels name in each file."""
    found: dict[str, set[str]] = {}
    for line in (CORPUS / "labels.jsonl").read_text().splitlines():
        label = json.loads(line)
        if label["iac"] == "terraform-hcl" and label["resource"] != "*":
            found.setdefault(label["file"], set()).add(label["resource"])
    return found


def test_every_file_is_read_without_a_fault():
    faults = {path: read_file(path).faults for path in CORPUS.rglob("*.tf")}

    assert len(faults) > 100
    assert {path: each for path, each in faults.items() if each} == {}


def test_every_labelled_resource_is_found_at_its_place():
    missing = []
    for file, addresses in labelled().items():
        text = (CORPUS / file).read_text(encoding="utf-8-sig").splitlines()
        unit = read_file(CORPUS / file)
        places = {each.address: each.places.at(()) for each in unit.declarations}
        for address in addresses:
            at = places.get(address) or places.get(f"{address}[0]")
            name = address.rpartition(".")[2].partition("[")[0]
            if at is None or name not in text[at.line - 1] or not text[at.end_line - 1].rstrip().endswith("}"):
                missing.append((file, address))

    assert missing == []
