"""Policies that a plan could not render yet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ctguard.model.values import Document, PartialList, Unknown
from tests.sources.terraform.plan.builders import change, plan, read, refers_to, values, written

POLICY = "aws_s3_bucket_policy.p"
DATA = "data.aws_iam_policy_document.d"


def statement(**more: Any) -> dict[str, Any]:
    return {
        "sid": "Write",
        "effect": None,
        "actions": ["s3:PutObject"],
        "resources": ["arn:aws:s3:::logs/*"],
        "principals": [{"type": "Service", "identifiers": ["cloudtrail.amazonaws.com"]}],
        "condition": [],
        **more,
    }


def policy_of(folder: Path, after: dict[str, Any], unknown: dict[str, Any], expressions: Any = None) -> Any:
    unit = read(
        folder,
        plan(
            [
                change(POLICY, {}, {"policy": True}),
                change(DATA, after, {"json": True, **unknown}, actions=("read",)),
            ],
            [written(POLICY, {"policy": refers_to(f"{DATA}.json")}), written(DATA, expressions)],
        ),
    )
    return values(unit, POLICY)["policy"]


def test_a_document_that_is_only_read_late_is_known_as_a_whole(tmp_path: Path) -> None:
    policy = policy_of(tmp_path, {"statement": [statement()]}, {"statement": [{}]})

    assert isinstance(policy, Document)
    assert policy.value == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Write",
                "Effect": "Allow",
                "Action": "s3:PutObject",
                "Resource": "arn:aws:s3:::logs/*",
                "Principal": {"Service": "cloudtrail.amazonaws.com"},
            }
        ],
    }


def test_an_unknown_part_leaves_the_rest_of_the_statement_known(tmp_path: Path) -> None:
    policy = policy_of(
        tmp_path,
        {"statement": [statement(resources=[None, "arn:aws:s3:::logs"])]},
        {"statement": [{"resources": [True, False]}]},
        {"statement": [{"resources": refers_to("aws_s3_bucket.logs.arn")}]},
    )

    found = policy.value["Statement"][0]

    assert found["Action"] == "s3:PutObject"
    unknown, known = found["Resource"]
    assert known == "arn:aws:s3:::logs"
    assert isinstance(unknown, Unknown)
    assert unknown.refers_to is None  # it may be the ARN, or something made of it
    assert unknown.is_set


def test_an_unknown_statement_is_not_one_that_is_not_there(tmp_path: Path) -> None:
    policy = policy_of(tmp_path, {"statement": [statement(), None]}, {"statement": [{}, True]})

    assert isinstance(policy.value["Statement"], PartialList)
    assert policy.value["Statement"].items[0]["Sid"] == "Write"


def test_statements_that_a_dynamic_block_makes_are_unknown(tmp_path: Path) -> None:
    policy = policy_of(tmp_path, {}, {"statement": True})

    assert isinstance(policy.value["Statement"], PartialList)
    assert policy.value["Statement"].items == ()


def test_documents_are_merged_as_the_provider_does(tmp_path: Path) -> None:
    base = "data.aws_iam_policy_document.base"
    unit = read(
        tmp_path,
        plan(
            [
                change(POLICY, {}, {"policy": True}),
                change(DATA, {"statement": [statement(sid="Own")]}, {"json": True, "source_policy_documents": [True]}),
                change(base, {"statement": [statement(sid="Base")]}, {"json": True}),
            ],
            [
                written(POLICY, {"policy": refers_to(f"{DATA}.json")}),
                written(DATA, {"source_policy_documents": refers_to(f"{base}.json")}),
                written(base),
            ],
        ),
    )

    policy = values(unit, POLICY)["policy"]

    assert [one["Sid"] for one in policy.value["Statement"]] == ["Base", "Own"]


def test_documents_that_are_made_of_each_other_end(tmp_path: Path) -> None:
    other = "data.aws_iam_policy_document.other"
    unit = read(
        tmp_path,
        plan(
            [
                change(POLICY, {}, {"policy": True}),
                change(DATA, {}, {"json": True, "source_policy_documents": [True]}),
                change(other, {}, {"json": True, "source_policy_documents": [True]}),
            ],
            [
                written(POLICY, {"policy": refers_to(f"{DATA}.json")}),
                written(DATA, {"source_policy_documents": refers_to(f"{other}.json")}),
                written(other, {"source_policy_documents": refers_to(f"{DATA}.json")}),
            ],
        ),
    )

    assert isinstance(values(unit, POLICY)["policy"], Document)


def test_a_policy_text_that_mentions_a_new_resource_is_unknown_and_says_what_to_do(tmp_path: Path) -> None:
    unit = read(
        tmp_path,
        plan(
            [change(POLICY, {}, {"policy": True})],
            [written(POLICY, {"policy": refers_to("aws_s3_bucket.logs.arn")})],
        ),
    )

    policy = values(unit, POLICY)["policy"]

    assert isinstance(policy, Unknown)
    assert policy.refers_to is None
    assert "aws_s3_bucket.logs.arn" in policy.why
    assert "scan the source" in policy.cure
