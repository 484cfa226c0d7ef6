"""Terraform's JSON form gives what the same configuration in HCL gives."""

from __future__ import annotations

import json

import pytest

from ctguard.model.values import Unknown
from tests.sources.terraform.hcl.conftest import declared
from tests.sources.terraform.hcl.test_unknown_values import described

NATIVE = """
variable "name" {
  type    = list(string)
  default = ["logs"]
}
variable "unset" {}
locals {
  prefix = "acme"
}
provider "aws" {
  region = "eu-west-1"
}
provider "aws" {
  alias  = "east"
  region = "us-east-1"
}
resource "aws_s3_bucket" "b" {
  count    = 2
  provider = aws.east
  bucket   = "${local.prefix}-${var.name[0]}-${count.index}"
  tags = {
    Name      = "x"
    "${var.name[0]}" = "y"
  }
  rule {
    id = 1
  }
  rule {
    id = 2.5
    inner {
      on = true
    }
  }
  dynamic "made" {
    for_each = ["p"]
    content {
      id = made.value
    }
  }
  unset = var.unset
  lifecycle {
    prevent_destroy = true
    ignore_changes  = [tags]
  }
}
data "aws_iam_policy_document" "d" {
  statement {
    actions   = ["s3:*"]
    resources = ["${aws_s3_bucket.b[0].arn}/*"]
  }
}
resource "aws_s3_bucket_policy" "p" {
  bucket = aws_s3_bucket.b[0].id
  policy = data.aws_iam_policy_document.d.json
}
"""
IN_JSON = {
    "//": "a comment",
    "variable": {"name": {"type": "list(string)", "default": ["logs"]}, "unset": {}},
    "locals": {"prefix": "acme"},
    "provider": {"aws": [{"region": "eu-west-1"}, {"alias": "east", "region": "us-east-1"}]},
    "resource": {
        "aws_s3_bucket": {
            "b": {
                "//": "another",
                "count": 2,
                "provider": "aws.east",
                "bucket": "${local.prefix}-${var.name[0]}-${count.index}",
                "tags": {"Name": "x", "${var.name[0]}": "y"},
                "rule": [{"id": 1}, {"id": 2.5, "inner": {"on": True}}],
                "dynamic": {"made": {"for_each": ["p"], "content": {"id": "${made.value}"}}},
                "unset": "${var.unset}",
                "lifecycle": {"prevent_destroy": True, "ignore_changes": ["tags"]},
            }
        },
        "aws_s3_bucket_policy": [
            {"p": {"bucket": "${aws_s3_bucket.b[0].id}", "policy": "${data.aws_iam_policy_document.d.json}"}}
        ],
    },
    "data": {
        "aws_iam_policy_document": {
            "d": {"statement": {"actions": ["s3:*"], "resources": ["${aws_s3_bucket.b[0].arn}/*"]}}
        }
    },
}


def told(unit):
    return [
        (each.address, described(each.values), each.region, each.settings, each.exists) for each in unit.declarations
    ]


def test_both_forms_say_the_same(read):
    native = read({"main.tf": NATIVE})
    in_json = read({"main.tf": "", "main.tf.json": json.dumps(IN_JSON)})

    assert native.faults == in_json.faults == ()
    assert told(in_json) == told(native)


def test_maps_given_to_a_module_are_arguments(read):
    unit = read(
        {
            "main.tf.json": json.dumps({"module": {"m": {"source": "./m", "settings": {"a": [{"b": "${1 + 1}"}]}}}}),
            "m/main.tf": 'variable "settings" {}\nresource "thing" "it" { value = var.settings.a[0].b }',
        }
    )

    assert declared(unit, "module.m.thing.it").values["value"] == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('a $${b} %%{c} \\n "q"', 'a ${b} %{c} \\n "q"'),
        ('${upper("a")}!', "A!"),
        ("%{ if true }yes%{ endif }", "yes"),
        ("two\nlines ${1}", "two\nlines 1"),
        ("TEMPLATE\n${1}", "TEMPLATE\n1"),
        ("${[1, 2]}", [1, 2]),
        ("", ""),
    ],
)
def test_strings_are_templates(read, text, expected):
    unit = read({"main.tf.json": json.dumps({"resource": {"thing": {"it": {"value": text}}}})})

    assert declared(unit, "thing.it").values["value"] == expected


def test_a_string_that_is_no_template_is_unknown(read):
    unit = read({"main.tf.json": json.dumps({"resource": {"thing": {"it": {"value": "${1 +"}}}})})

    assert isinstance(declared(unit, "thing.it").values["value"], Unknown)


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ('{"resource": {', "syntax", "main.tf.json:1"),
        ('\n\n{"resource": }', "syntax", "main.tf.json:3"),
        ("[]", "syntax", "one JSON object"),
        ('{"resource": {"a": {"b": {"x": 1, "x": 2}}}}', "duplicate-key", '"x"'),
        ('{"locals": {"x": NaN}}', "syntax", "NaN"),
        ("[" * 100_000, "limit", "nested"),
        ('{"locals": {"x": ' + "[" * 200_000, "limit", "nested"),
    ],
)
def test_what_is_wrong_with_a_file_is_one_fault_and_the_others_count(read, text, kind, said):
    unit = read({"main.tf.json": text, "other.tf": 'resource "thing" "it" {}'})

    assert [fault.kind for fault in unit.faults] == [kind]
    assert said in unit.faults[0].source + unit.faults[0].message
    assert [each.address for each in unit.declarations] == ["thing.it"]
    assert [each.what for each in unit.unseen] == ["infra/main.tf.json"]
