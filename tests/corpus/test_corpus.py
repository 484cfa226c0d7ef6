"""Infrastructure code that others wrote, with the verdicts of others: where it lies beside the checkout."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ctguard.run.inputs import Options, load
from ctguard.run.scan import inventory_of
from tests.corpus.labels import Scanner, disagreements, labels

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
LISTS = ("labels.jsonl", "derived-plans/labels.jsonl")
LEAST = 0.98
KNOWN_AFTER_ALL = {"aws_s3_bucket.unknown"}  # of which nothing is unknown but the name: it has no policy
ENDINGS = (".tf", ".json", ".yaml", ".yml")

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason=f"no corpus of others' code at {CORPUS}")


def test_nearly_all_binding_labels_agree():
    results = [disagreements(CORPUS, name) for name in LISTS]

    binding = sum(count for count, _ in results)
    differing = [one for _, found in results for one in found]

    assert binding > 300
    assert len(differing) <= binding * (1 - LEAST), differing


def test_no_failure_that_others_see_is_a_pass_with_us():
    missed = [
        label
        for name in LISTS
        for label, verdict in disagreements(CORPUS, name)[1]
        if (label.expect, verdict) == ("fail", "pass")
    ]

    assert not missed


def test_what_nobody_can_know_gets_no_verdict():
    scanner = Scanner(CORPUS)
    unknowable = [
        one
        for one in labels(CORPUS, "undetermined.jsonl")
        if "unknown" in one.resource and one.resource not in KNOWN_AFTER_ALL and scanner.exists(one)
    ]

    verdicts = {label.resource: label.verdict(scanner.findings(label.file)) for label in unknowable}

    assert verdicts
    assert not {resource: verdict for resource, verdict in verdicts.items() if verdict in ("pass", "fail")}


@pytest.mark.parametrize(
    "path",
    sorted(path for path in CORPUS.rglob("*") if path.name.endswith(ENDINGS)),
    ids=lambda path: str(path.relative_to(CORPUS)),
)
def test_every_file_is_read_or_named(path):
    loaded = load([path], Options())

    faults = inventory_of(loaded).faults

    assert loaded.inputs or faults
    assert all("\n" not in fault.message for fault in faults)


def test_labels_speak_of_files_that_are_there():
    for name in LISTS:
        for line in (CORPUS / name).read_text(encoding="utf-8").splitlines():
            assert (CORPUS / json.loads(line)["file"]).is_file()
