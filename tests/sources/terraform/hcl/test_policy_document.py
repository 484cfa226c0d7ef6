"""`data.aws_iam_policy_document` as the policy that it renders, with the places of its parts."""

from __future__ import annotations

import pytest

from ctguard.model.values import Document, PartialList, PartialMap, Unknown
from tests.sources.terraform.hcl.test_unknown_values import described


def rendered(value_of, body, context=""):
    return value_of(
        "data.aws_iam_policy_document.d.json", f'{context}\ndata "aws_iam_policy_document" "d" {{\n{body}\n}}'
    )


def test_a_policy_is_rendered_as_the_provider_does_it(value_of):
    document = rendered(
        value_of,
        """
        policy_id = "logs"
        statement {
          sid       = "Write"
          actions   = ["s3:PutObject"]
          resources = ["arn:aws:s3:::b/*", "arn:aws:s3:::a/*"]
          principals {
            type        = "Service"
            identifiers = ["cloudtrail.amazonaws.com"]
          }
          principals {
            type        = "AWS"
            identifiers = ["111122223333", "444455556666"]
          }
          condition {
            test     = "StringEquals"
            variable = "aws:SourceAccount"
            values   = ["111122223333"]
          }
          condition {
            test     = "StringEquals"
            variable = "s3:x-amz-acl"
            values   = ["a", "b"]
          }
          condition {
            test     = "StringLike"
            variable = "aws:username"
            values   = ["&{aws:username}"]
          }
        }
        statement {
          effect        = "Deny"
          not_actions   = ["s3:Get*"]
          not_resources = ["*"]
          not_principals {
            type        = "*"
            identifiers = ["*"]
          }
        }
        """,
    )

    assert document.value == {
        "Version": "2012-10-17",
        "Id": "logs",
        "Statement": [
            {
                "Sid": "Write",
                "Effect": "Allow",
                "Action": "s3:PutObject",
                "Resource": ["arn:aws:s3:::b/*", "arn:aws:s3:::a/*"],
                "Principal": {"Service": "cloudtrail.amazonaws.com", "AWS": ["444455556666", "111122223333"]},
                "Condition": {
                    "StringEquals": {"aws:SourceAccount": "111122223333", "s3:x-amz-acl": ["a", "b"]},
                    "StringLike": {"aws:username": "${aws:username}"},
                },
            },
            {"Effect": "Deny", "NotAction": "s3:Get*", "NotResource": "*", "NotPrincipal": "*"},
        ],
    }


@pytest.mark.parametrize(
    ("principals", "expected"),
    [
        ('type = "AWS"\n identifiers = ["*"]', {"AWS": "*"}),
        ('type = "*"\n identifiers = ["*"]', "*"),
        ('type = "AWS"\n identifiers = ["b", "a"]', {"AWS": ["b", "a"]}),
        (
            'type = "AWS"\n identifiers = ["a"]\n}\nprincipals {\n type = "AWS"\n identifiers = ["b"]',
            {"AWS": ["a", "b"]},
        ),
    ],
)
def test_principals_are_written_as_the_provider_does(value_of, principals, expected):
    document = rendered(value_of, f"statement {{\nprincipals {{\n{principals}\n}}\n}}")

    assert document.value["Statement"][0]["Principal"] == expected


def test_conditions_of_one_test_and_variable_are_one_list(value_of):
    condition = 'condition {\n test = "StringEquals"\n variable = "k"\n values = ["%s"]\n}\n'

    document = rendered(value_of, "statement {\n" + condition % "a" + condition % "b" + "}")

    assert document.value["Statement"][0]["Condition"] == {"StringEquals": {"k": ["a", "b"]}}


MERGED = """
data "aws_iam_policy_document" "source" {
  statement {
    sid     = "Both"
    actions = ["s3:Source"]
  }
  statement {
    actions = ["s3:Anonymous"]
  }
}
data "aws_iam_policy_document" "override" {
  statement {
    sid     = "Own"
    actions = ["s3:Override"]
  }
  statement {
    sid     = "New"
    actions = ["s3:New"]
  }
}
variable "policy" {}
"""


def actions(document):
    return [(each.get("Sid"), each["Action"]) for each in document.value["Statement"]]


def test_statements_are_merged_by_sid_and_appended_without(value_of):
    document = rendered(
        value_of,
        """
        source_policy_documents   = [data.aws_iam_policy_document.source.json]
        override_policy_documents = [data.aws_iam_policy_document.override.json, ""]
        statement {
          sid     = "Own"
          actions = ["s3:Own"]
        }
        statement {
          sid     = "Both"
          actions = ["s3:Current"]
        }
        """,
        MERGED,
    )

    assert actions(document) == [
        ("Both", "s3:Current"),
        (None, "s3:Anonymous"),
        ("Own", "s3:Override"),
        ("New", "s3:New"),
    ]


def test_a_policy_written_as_text_can_be_a_source(value_of):
    document = rendered(
        value_of,
        'source_json = <<EOT\n{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "${var.u}:*"}}\nEOT',
        'variable "u" {}',
    )

    assert described(document) == {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Deny", "Action": "{var.u}:*"}],
    }


def test_an_unknown_source_leaves_the_own_statements_and_opens_the_list(value_of):
    document = rendered(
        value_of, 'source_policy_documents = [var.policy]\nstatement {\n actions = ["s3:Own"]\n}', MERGED
    )

    statements = document.value["Statement"]

    assert isinstance(statements, PartialList)
    assert [each["Action"] for each in statements.items] == ["s3:Own"]
    assert statements.rest.what == "var.policy"


def test_an_unknown_override_leaves_only_what_it_cannot_replace(value_of):
    document = rendered(
        value_of,
        """
        override_policy_documents = [var.policy]
        statement {
          sid     = "Named"
          actions = ["s3:Named"]
        }
        statement {
          actions = ["s3:Unnamed"]
        }
        """,
        MERGED,
    )

    assert [each["Action"] for each in document.value["Statement"].items] == ["s3:Unnamed"]


def test_unknown_parts_stay_in_their_places(value_of):
    document = rendered(
        value_of,
        """
        statement {
          actions   = ["s3:PutObject", var.u]
          resources = ["${aws_s3_bucket.b.arn}/*"]
          principals {
            type        = "AWS"
            identifiers = concat(["known"], var.u)
          }
          condition {
            test     = "StringEquals"
            variable = "aws:SourceAccount"
            values   = [data.aws_caller_identity.c.account_id]
          }
        }
        """,
        'variable "u" {}\nresource "aws_s3_bucket" "b" { bucket = "logs" }\ndata "aws_caller_identity" "c" {}',
    )

    assert described(document.value["Statement"][0]) == {
        "Effect": "Allow",
        "Action": ["s3:PutObject", "{var.u}"],
        "Resource": "arn:{AWS partition}:s3:::logs/*",
        "Principal": {"AWS": ["known", "..."]},
        "Condition": {"StringEquals": {"aws:SourceAccount": "{AWS account id}"}},
    }


def test_dynamic_statements_are_made_out(value_of):
    body = """
    dynamic "statement" {
      for_each = %s
      content {
        sid     = statement.key
        actions = statement.value
      }
    }
    """

    known = rendered(value_of, body % '{ a = ["s3:A"], b = ["s3:B", "s3:C"] }')
    unknown = rendered(value_of, body % "var.u", 'variable "u" {}')

    assert actions(known) == [("a", "s3:A"), ("b", ["s3:C", "s3:B"])]
    assert unknown.value["Statement"].items == ()
    assert unknown.value["Statement"].rest.what == "var.u"


@pytest.mark.parametrize(
    ("block", "element"),
    [
        ('principals {\n type = var.u\n identifiers = ["a"]\n}', "Principal"),
        ('condition {\n test = var.u\n variable = "k"\n values = ["a"]\n}', "Condition"),
    ],
)
def test_a_principal_or_condition_of_unknown_kind_opens_its_map(value_of, block, element):
    document = rendered(value_of, f"statement {{\n{block}\n}}", 'variable "u" {}')

    assert isinstance(document.value["Statement"][0][element], PartialMap)


def test_a_document_used_in_a_string_becomes_text(value_of):
    text = value_of(
        'replace(data.aws_iam_policy_document.d.json, "s3:A", "s3:B")',
        'data "aws_iam_policy_document" "d" {\n statement { actions = ["s3:A"] }\n}',
    )

    assert isinstance(text, str)
    assert '"s3:B"' in text


def test_a_source_that_is_not_a_policy_is_refused(value_of):
    value = rendered(value_of, 'source_json = "[]"')

    assert isinstance(value, Unknown)


def test_the_parts_of_a_policy_are_found_where_they_are_written(value_of):
    document = rendered(
        value_of,
        """source_policy_documents = [jsonencode({
          Statement = [
            { Effect = "Deny", Action = "s3:*" },
          ]
        })]
        statement {
          actions = ["s3:Get*"]
          resources = [
            "*",
          ]
          principals {
            type        = "AWS"
            identifiers = ["*"]
          }
        }
        """,
    )

    def lines(*path):
        location = document.places.at(path)
        return location.line, location.end_line

    assert isinstance(document, Document)
    assert lines("Statement", 0) == (5, 5)
    assert lines("Statement", 0, "Action") == (5, 5)
    assert lines("Statement", 1) == (8, 17)
    assert lines("Statement", 1, "Action") == (9, 9)
    assert lines("Statement", 1, "Resource", 0) == (11, 11)
    assert lines("Statement", 1, "Principal", "AWS") == (13, 16)
