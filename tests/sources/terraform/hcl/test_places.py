"""Where things are: arguments, nested blocks, and the parts of documents, to the line."""

from __future__ import annotations

import pytest

from tests.sources.terraform.hcl.conftest import declared

TEXT = """\
# a comment
resource "aws_s3_bucket" "b" {
  bucket = "logs" # the name
  tags = {
    a = 1
    b = 2
  }

  rule {
    id = "first"
  }
  rule {
    id = "second"
    deep {
      x = [
        1
      ]
    }
  }
  dynamic "made" {
    for_each = ["p", "q"]
    content {
      id = made.value
    }
  }
  policy = <<-EOT
    {
      "a": 1
    }
  EOT
  document = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Action = [
          "s3:Get*",
          "s3:Put*",
        ]
      },
      local.statement,
    ]
  })
}

locals {
  statement = {
    Effect = "Deny"
    "Principal" : "*"
  }
}
"""


@pytest.mark.parametrize(
    ("path", "lines"),
    [
        ((), (2, 44)),
        (("bucket",), (3, 3)),
        (("tags",), (4, 7)),
        (("tags", "b"), (6, 6)),
        (("rule", 0), (9, 11)),
        (("rule",), (9, 11)),
        (("rule", 1), (12, 19)),
        (("rule", 1, "id"), (13, 13)),
        (("rule", 1, "deep", 0), (14, 18)),
        (("rule", 1, "deep", 0, "x"), (15, 17)),
        (("rule", 1, "deep", 0, "x", 0), (16, 16)),
        (("rule", 1, "missing"), (12, 19)),
        (("rule", 7), (2, 44)),
        (("made", 1), (22, 24)),
        (("made", 1, "id"), (23, 23)),
        (("policy",), (26, 30)),
        (("policy", "a"), (26, 30)),
        (("missing",), (2, 44)),
    ],
)
def test_a_part_of_a_resource_is_found_or_what_it_is_in(read, path, lines):
    location = declared(read(TEXT), "aws_s3_bucket.b").places.at(path)

    assert (location.path, location.line, location.end_line) == ("infra/main.tf", *lines)


@pytest.mark.parametrize(
    ("path", "lines"),
    [
        ((), (31, 43)),
        (("Version",), (32, 32)),
        (("Statement",), (33, 42)),
        (("Statement", 0), (34, 40)),
        (("Statement", 0, "Action"), (36, 39)),
        (("Statement", 0, "Action", 1), (38, 38)),
        (("Statement", 1), (41, 41)),
        (("Statement", 1, "Principal"), (49, 49)),
        (("Statement", 1, "Missing"), (47, 50)),
        (("Statement", 9), (33, 42)),
    ],
)
def test_a_part_of_a_document_is_found_through_local_values(read, path, lines):
    document = declared(read(TEXT), "aws_s3_bucket.b").values["document"]

    location = document.places.at(path)

    assert (location.line, location.end_line) == lines


def test_a_document_keeps_its_places_on_its_way_through_modules(read):
    unit = read(
        {
            "main.tf": """
            locals {
              policy = jsonencode({
                Statement = []
              })
            }
            module "m" {
              source = "./m"
              policy = local.policy
            }
            """,
            "m/main.tf": 'variable "policy" { type = string }\nresource "thing" "it" { policy = var.policy }',
        }
    )

    location = declared(unit, "module.m.thing.it").values["policy"].places.at(("Statement",))

    assert (location.path, location.line) == ("infra/main.tf", 4)


def test_lines_are_the_same_with_windows_line_ends_and_a_byte_order_mark(read):
    unit = read({"main.tf": b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode()})

    assert declared(unit, "aws_s3_bucket.b").places.at(("rule", 1, "id")).line == 13


def test_a_document_in_a_string_of_the_json_form_has_no_places_of_its_own(read):
    unit = read({"main.tf.json": '{"resource": {"thing": {"it": {"policy": "${jsonencode({ a = 1 })}"}}}}'})

    assert declared(unit, "thing.it").values["policy"].places.at(("a",)) is None


def test_the_parts_of_the_json_form_are_found_too(read):
    unit = read(
        {
            "main.tf.json": """{
  "resource": {
    "aws_s3_bucket": {
      "b": {
        "bucket": "logs",
        "rule": [
          {"id": "first"},
          {
            "id": "second"
          }
        ]
      }
    }
  }
}"""
        }
    )

    places = declared(unit, "aws_s3_bucket.b").places

    assert [(at.line, at.end_line) for at in map(places.at, [(), ("bucket",), ("rule", 1), ("rule", 1, "id")])] == [
        (4, 12),
        (5, 5),
        (8, 10),
        (9, 9),
    ]
