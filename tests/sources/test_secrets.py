"""What of a secret document would give it away: everything but the words that each policy has."""

from __future__ import annotations

import json

import pytest

from ctguard.sources.secrets import pieces

POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "InternalAudit",
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::111122223333:role/auditors", "Service": "cloudtrail.amazonaws.com"},
            "Action": ["s3:*", "kms:GenerateDataKey*"],
            "Resource": "arn:aws:s3:::hidden-logs/*",
            "Condition": {
                "StringEquals": {"aws:PrincipalOrgID": "o-hidden", "s3:x-amz-acl": "bucket-owner-full-control"},
                "ForAnyValue:StringLikeIfExists": {"aws:ResourceTag/purpose": ["hidden purpose"]},
                "Bool": {"aws:SecureTransport": "false"},
            },
        }
    ],
}


def test_the_names_and_values_of_a_policy_are_secret_and_the_words_of_its_language_are_not() -> None:
    assert set(pieces(json.dumps(POLICY))) == {
        "InternalAudit",
        "arn:aws:iam::111122223333:role/auditors",
        "111122223333",
        "auditors",
        "arn:aws:s3:::hidden-logs/*",
        "hidden-logs",
        "o-hidden",
        "aws:ResourceTag/purpose",
        "hidden purpose",
    }


def test_a_document_in_a_document_is_looked_into() -> None:
    inner = json.dumps({"password": "hunter22"})

    found = set(pieces(json.dumps([{"settings": inner}])))

    assert {"password", "hunter22", inner} <= found


@pytest.mark.parametrize("text", ["a plain text", "{no json", "[" * 100_000, "", "12345678", '"quoted text"'])
def test_a_text_that_is_no_document_has_nothing_inside(text: str) -> None:
    assert list(pieces(text)) == []
