"""What a file is, told by its bytes; and which templates cannot matter."""

from __future__ import annotations

import pytest

from ctguard.sources.cloudformation import is_change_set, is_template
from tests.sources.cloudformation.templates import read

BUCKET = "AWS::S3::Bucket"


@pytest.mark.parametrize(
    "content",
    [
        "Resources:\n  B:\n    Type: AWS::S3::Bucket\n",
        "# comment\n---\nResources:\n  B:\n    Type: 'AWS::S3::Bucket'\n",
        '  Resources:\n    B:\n      Type: "AWS::S3::Bucket"\n',
        "AWSTemplateFormatVersion: 2010-09-09\nResources: [broken\n",
        '{"Resources": {"B": {"Type": "AWS::S3::Bucket"}}}',
        '{"Resources":\n {"B": {"Type" : "Custom::Thing"}}}',
        '{"AWSTemplateFormatVersion": "2010-09-09", broken',
        "Resources:\n  M:\n    Type: My::Own::Thing::MODULE\n",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_templates_are_told_by_their_bytes(content: str, encoding: str) -> None:
    assert is_template(content.encode(encoding))


@pytest.mark.parametrize(
    "content",
    [
        "",
        "apiVersion: v1\nkind: Pod\nspec: {resources: {limits: {cpu: 1}}}\n",
        "on: [push]\njobs:\n  build:\n    runs-on: ubuntu\n",
        "service: x\nresources:\n  Resources:\n    B:\n      Type: AWS::S3::Bucket\n",
        "{{ if .Values.x }}\nkind: Pod\n{{ end }}\n",
        '{"name": "package", "version": "1"}',
        '{"TemplateBody": "{\\"Resources\\": {\\"B\\": {\\"Type\\": \\"AWS::S3::Bucket\\"}}}"}',
        "Type: AWS::S3::Bucket\n",
        "text about Resources and AWS::S3::Bucket",
        "\x00\x01\x02",
    ],
)
def test_other_files_are_not_templates(content: str) -> None:
    assert not is_template(content.encode())


def test_a_change_set_is_told_by_its_bytes() -> None:
    assert is_change_set(b'{"ChangeSetName": "c", "Changes": []}')
    assert is_change_set(b'{"Changes": [{"Type": "Resource", "ResourceChange": {"Action"')
    assert not is_change_set(b'{"Changes": []}')
    assert not is_change_set(b'{"Resources": {"B": {"Type": "AWS::S3::Bucket"}}}')
    assert not is_change_set(b'[{"ChangeSetName": "c", "Changes": []}]')


@pytest.mark.parametrize(
    "content",
    [
        f"Resources:\n  B:\n    Type: {BUCKET}\n",
        'Resources:\n  B:\n    Type: "AWS::S3::Buc\\x6bet"\n',
        '{"Resources": {"B": {"Type": "AWS::S3::Buc\\u006bet"}}}',
        'Resources:\n  B:\n    Type: "AWS::S3::\\\n      Bucket"\n',
    ],
)
def test_a_template_that_may_hold_a_wanted_type_is_read(content: str) -> None:
    unit = read(content, wanted=frozenset({BUCKET}))

    assert [one.type for one in unit.declarations] == [BUCKET]


def test_a_template_without_wanted_types_is_passed_over_and_says_so() -> None:
    unit = read("Resources:\n  T:\n    Type: AWS::SQS::Queue\n", wanted=frozenset({BUCKET}))

    assert unit.declarations == unit.faults == ()
    assert "passed over" in unit.provenance["content"]


@pytest.mark.parametrize("more", ["Transform: My", "# AWS::CloudFormation::Stack", "# Fn::ForEach", "# X::MODULE"])
def test_a_template_that_may_bring_more_is_read(more: str) -> None:
    unit = read(f"{more}\nResources:\n  T:\n    Type: AWS::SQS::Queue\n", wanted=frozenset({BUCKET}))

    assert "content" not in unit.provenance
    assert unit.declarations == ()


def test_resources_that_are_not_wanted_are_left_out_and_still_referred_to() -> None:
    text = (
        "Resources:\n  Q: {Type: 'AWS::SQS::Queue', Properties: {QueueName: q}}\n"
        "  B: {Type: 'AWS::S3::Bucket', Properties: {BucketName: !GetAtt Q.QueueName}}\n"
    )

    unit = read(text, wanted=frozenset({BUCKET}))

    assert {one.address: one.values["BucketName"] for one in unit.declarations} == {"B": "q"}
