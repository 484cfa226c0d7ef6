"""A short and always equal walk through spoilt inputs; `python -m tests.fuzz` walks on."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.fuzz.checking import check
from tests.fuzz.inputs import READERS

EXAMPLES = {"hcl": 12, "template": 12, "plan": 8, "rule": 20, "config": 25, "scan": 4}


@pytest.mark.parametrize("reader", READERS)
def test_no_spoilt_input_breaks_a_scan(reader):
    @settings(
        max_examples=EXAMPLES[reader],
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
    )
    @given(READERS[reader]())
    def holds(files):
        with tempfile.TemporaryDirectory() as folder:
            check(Path(folder), files)

    holds()


def test_what_was_found_once_stays_mended(tmp_path):
    for number, files in enumerate(FOUND):
        (tmp_path / str(number)).mkdir()
        check(tmp_path / str(number), files)


FOUND = (
    # a bucket named after the trail that delivers to it: a link in a circle
    {
        "t.json": '{"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"T": {"Type": "AWS::CloudTrail::Trail", '
        '"Properties": {"S3BucketName": {"Fn::GetAtt": ["T", "Arn"]}}}}}'
    },
)
"""Inputs that broke a scan."""
