"""What a module that is not on disk may state of the resources that it is given."""

from __future__ import annotations

from pathlib import Path

import pytest

from ctguard.engine.findings import judge_inventory
from ctguard.engine.pack import load_pack
from ctguard.run.inputs import Options, load
from ctguard.run.scan import inventory_of

BUCKETS = """\
resource "aws_s3_bucket" "given" {
  bucket = "given"
}

resource "aws_s3_bucket" "kept" {
  bucket = "kept"
}

locals {
  names = { logs = aws_s3_bucket.given.id }
}

module "guard" {
  source = "registry.example.com/guard/aws"
  %s
}
"""


@pytest.mark.parametrize(
    "argument",
    ["bucket = aws_s3_bucket.given.id", "buckets = [aws_s3_bucket.given.arn]", "names = local.names"],
)
def test_what_it_is_given_may_be_versioned_there_and_the_rest_is_what_it_is(tmp_path: Path, argument: str):
    (tmp_path / "main.tf").write_text(BUCKETS % argument)
    rule = load_pack().rules["bucket-versioning"]

    judged = judge_inventory([rule], inventory_of(load([tmp_path], Options())), everything=True)
    verdicts = {one.finding.resource.name: one.finding.status.value for one in judged}

    assert verdicts == {"given": "unknown", "kept": "fail"}
