"""The published sample events of each control get the published answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ctguard.filter_pattern import Filter, Verdict, control_named, coverage, match, parse_pattern

SAMPLES = Path(__file__).parents[3] / "shared" / "reference" / "cis-metric-filters.json"


@pytest.fixture(scope="module")
def controls():
    if not SAMPLES.exists():
        pytest.skip(f"{SAMPLES} is not here")
    return json.loads(SAMPLES.read_text())["controls"]


def test_every_sample_event_gets_the_stated_answer(controls):
    judged = 0
    for control in controls:
        pattern = parse_pattern(control["canonical_pattern"])
        for expected, name in ((True, "must_match"), (False, "must_not_match")):
            for event in control[name]:
                assert match(pattern, event) is expected, (control["id"], event["eventName"])
                judged += 1

    assert judged > 100


def test_variants_hit_as_many_samples_as_they_are_said_to(controls):
    for control in controls:
        for variant in control["pattern_variants"]:
            pattern = parse_pattern(variant["pattern"])
            for name in ("must_match", "must_not_match"):
                hits = sum(match(pattern, event) is True for event in control[name])
                assert variant["evaluates"][f"{name}_hit"] == f"{hits}/{len(control[name])}"


def test_canonical_patterns_and_their_variants_cover(controls):
    for control in controls:
        for pattern in (control["canonical_pattern"], *(variant["pattern"] for variant in control["pattern_variants"])):
            found = coverage(control_named(control["id"]), [Filter(pattern)])

            assert (control["id"], found.verdict) == (control["id"], Verdict.COVERS)
            assert (found.overbroad is not None) == ('||($.eventName!="HeadBucket")' in pattern.replace(" ", ""))


def test_numbers_of_the_benchmarks_name_the_same_control(controls):
    for control in controls:
        for version, number in control["cis"].items():
            if number is not None:
                assert control_named(f"cis-aws-{version}:{number}").id == control["id"]
