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


NAMED = """\
variable "open" {}

variable "set" {
  default = "given-by-name"
}

locals {
  whole = "${var.open}-logs"
}

resource "aws_s3_bucket" "given" {
  bucket = %s
}

resource "aws_s3_bucket" "kept" {
  bucket = "kept"
}

module "guard" {
  source  = "registry.example.com/guard/aws"
  enabled = "on"
  note    = "a note about the bucket kept"
  names   = [%s]
}
"""


@pytest.mark.parametrize(
    ("name", "argument"),
    [
        ("var.set", "var.set"),
        ('"given-by-name"', "var.set"),
        ('"given-by-name"', '"given-by-name"'),
        ('"given-by-name"', '"arn:aws:s3:::given-by-name"'),
        ("var.open", "var.open"),
        ("lower(var.open)", "lower(var.open)"),
        ("local.whole", '"${var.open}-logs"'),
    ],
)
def test_a_resource_is_given_by_its_name_too(tmp_path: Path, name: str, argument: str):
    (tmp_path / "main.tf").write_text(NAMED % (name, argument))
    rule = load_pack().rules["bucket-versioning"]

    judged = judge_inventory([rule], inventory_of(load([tmp_path], Options())), everything=True)
    verdicts = {one.finding.resource.address: one.finding.status.value for one in judged}

    assert verdicts == {"aws_s3_bucket.given": "unknown", "aws_s3_bucket.kept": "fail"}
