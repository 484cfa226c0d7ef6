"""Where things are written: in YAML, in JSON, behind branches, in loops."""

from __future__ import annotations

import pytest

from ctguard.model.location import Location
from tests.sources.cloudformation.templates import declared, read

YAML = """\
Conditions:
  Always: !Equals [a, a]
Resources:
  Logs:
    Type: AWS::S3::Bucket

    # about encryption
    Properties:
      BucketName: logs
      Versioning:
        Status: |
          Enabled

  Policy:
    Type: AWS::S3::BucketPolicy
    Properties:
      PolicyDocument:
        Version: 2012-10-17
        Statement:
          - !Ref AWS::NoValue
          - !If
            - Always
            - Effect: Allow
              Action:
                - s3:GetObject
                - s3:PutObject
            - Effect: Deny
          - {Effect: Deny,
             Action: s3:*}
"""

JSON = """\
{"Conditions": {"Always": {"Fn::Equals": ["a", "a"]}},
 "Resources": {
  "Logs": {"Type": "AWS::S3::Bucket",
    "Properties": {
      "BucketName": "lo\\"gs}",
      "Versioning": {
        "Status": "Enabled"
      }
    }},
  "Policy": {
    "Type": "AWS::S3::BucketPolicy",
    "Properties": {
      "PolicyDocument": {
        "Version": "2012-10-17",
        "Statement": [
          {"Ref": "AWS::NoValue"},
          {"Fn::If": ["Always",
            {"Effect": "Allow",
             "Action": [
               "s3:GetObject",
               "s3:PutObject"]},
            {"Effect": "Deny"}]},
          {"Effect": "Deny",
           "Action": "s3:*"}
        ]
      }
    }
  }
 }
}
"""


@pytest.mark.parametrize(
    ("address", "path", "yaml_lines", "json_lines"),
    [
        ("Logs", (), (4, 12), (3, 9)),
        ("Logs", ("BucketName",), (9, 9), (5, 5)),
        ("Logs", ("Versioning",), (10, 12), (6, 8)),
        ("Logs", ("Versioning", "Status"), (11, 12), (7, 7)),
        ("Logs", ("Nothing",), (8, 12), (4, 9)),
        ("Logs", ("Versioning", "Nothing", 3), (10, 12), (6, 8)),
        ("Policy", ("PolicyDocument", "Statement"), (19, 29), (15, 25)),
        ("Policy", ("PolicyDocument", "Statement", 0), (21, 27), (17, 22)),
        ("Policy", ("PolicyDocument", "Statement", 0, "Action", 1), (26, 26), (21, 21)),
        ("Policy", ("PolicyDocument", "Statement", 1), (28, 29), (23, 24)),
        ("Policy", ("PolicyDocument", "Statement", 1, "Action"), (29, 29), (24, 24)),
        ("Policy", ("PolicyDocument", "Statement", 7), (19, 29), (15, 25)),
    ],
)
def test_a_path_into_values_leads_to_the_lines_they_come_from(
    address: str, path: tuple[str | int, ...], yaml_lines: tuple[int, int], json_lines: tuple[int, int]
) -> None:
    for text, name, lines in ((YAML, "t.yaml", yaml_lines), (JSON, "t.json", json_lines)):
        unit = read(text, name=name)
        assert declared(unit, address).places.at(path) == Location(name, *lines)


def test_what_was_found_there_is_what_the_lines_say() -> None:
    statement = declared(read(YAML), "Policy").values["PolicyDocument"]["Statement"]

    assert [one["Effect"] for one in statement] == ["Allow", "Deny"]


def test_a_resource_out_of_a_loop_stands_where_the_loop_is_written() -> None:
    text = (
        "Transform: AWS::LanguageExtensions\nResources:\n  Fn::ForEach::Buckets:\n    - Name\n    - [a, b]\n"
        "    - Bucket${Name}:\n        Type: AWS::S3::Bucket\n        Properties:\n          BucketName: !Ref Name\n"
    )

    place = declared(read(text), "Bucketb").places

    assert place.at(()) == Location("template.yaml", 6, 9)
    assert place.at(("BucketName",)) == Location("template.yaml", 9, 9)


def test_merged_properties_stand_where_they_are_merged() -> None:
    text = "B: &b\n  Value: 1\nResources:\n  T:\n    Type: Custom::Thing\n    Properties:\n      <<: *b\n"

    assert declared(read(text), "T").places.at(("Value",)) == Location("template.yaml", 7, 7)


def test_aliased_properties_stand_where_the_anchor_is() -> None:
    text = "B: &b\n  Value: 1\nResources:\n  T:\n    Type: Custom::Thing\n    Properties: *b\n"

    assert declared(read(text), "T").places.at(("Value",)) == Location("template.yaml", 2, 2)
