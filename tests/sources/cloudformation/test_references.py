"""Ref and Fn::GetAtt of resources: known names, names made by CloudFormation, and what is not declared."""

from __future__ import annotations

from typing import Any

import pytest

from ctguard.model.values import Linked, PartialText, Reference, Unknown, reference_of
from tests.sources.cloudformation.templates import DEPLOYED, declared, evaluated, read, thing, unknown

NAMED: dict[str, tuple[str, dict[str, Any]]] = {
    "Logs": ("AWS::S3::Bucket", {"BucketName": "audit-logs"}),
    "Trail": ("AWS::CloudTrail::Trail", {"TrailName": "audit"}),
    "Topic": ("AWS::SNS::Topic", {"TopicName": "alerts"}),
    "Group": ("AWS::Logs::LogGroup", {"LogGroupName": "trail-logs"}),
    "Role": ("AWS::IAM::Role", {"RoleName": "delivery", "Path": "/audit/"}),
    "Plain": ("AWS::IAM::Role", {"RoleName": "plain"}),
    "Policy": ("AWS::IAM::ManagedPolicy", {"ManagedPolicyName": "guard"}),
    "Alias": ("AWS::KMS::Alias", {"AliasName": "alias/logs"}),
    "Alarm": ("AWS::CloudWatch::Alarm", {"AlarmName": "root-usage"}),
    "Queue": ("AWS::SQS::Queue", {"QueueName": "q"}),
    "Key": ("AWS::KMS::Key", {}),
    "Made": ("AWS::S3::Bucket", {}),
    "MadeTopic": ("AWS::SNS::Topic", {}),
}


def referred(expression: Any, **given: Any) -> Any:
    resources = {name: {"Type": type_, "Properties": properties} for name, (type_, properties) in NAMED.items()}
    return evaluated(expression, Resources=resources, **{"pseudo": DEPLOYED} | given)


@pytest.mark.parametrize(
    ("address", "attribute", "expected"),
    [
        ("Logs", "Ref", "audit-logs"),
        ("Logs", "Arn", "arn:aws:s3:::audit-logs"),
        ("Logs", "DomainName", "audit-logs.s3.amazonaws.com"),
        ("Logs", "RegionalDomainName", "audit-logs.s3.eu-west-1.amazonaws.com"),
        ("Trail", "Ref", "audit"),
        ("Trail", "Arn", "arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit"),
        ("Topic", "Ref", "arn:aws:sns:eu-west-1:111122223333:alerts"),
        ("Topic", "TopicArn", "arn:aws:sns:eu-west-1:111122223333:alerts"),
        ("Topic", "TopicName", "alerts"),
        ("Group", "Ref", "trail-logs"),
        ("Group", "Arn", "arn:aws:logs:eu-west-1:111122223333:log-group:trail-logs:*"),
        ("Role", "Ref", "delivery"),
        ("Role", "Arn", "arn:aws:iam::111122223333:role/audit/delivery"),
        ("Plain", "Arn", "arn:aws:iam::111122223333:role/plain"),
        ("Policy", "Ref", "arn:aws:iam::111122223333:policy/guard"),
        ("Alias", "Ref", "alias/logs"),
        ("Alarm", "Ref", "root-usage"),
        ("Alarm", "Arn", "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:root-usage"),
        ("Queue", "Ref", "https://sqs.eu-west-1.amazonaws.com/111122223333/q"),
        ("Queue", "Arn", "arn:aws:sqs:eu-west-1:111122223333:q"),
    ],
)
def test_a_stated_name_makes_names_and_arns_known_and_linked(address: str, attribute: str, expected: str) -> None:
    expression = {"Ref": address} if attribute == "Ref" else {"Fn::GetAtt": [address, attribute]}

    value = referred(expression)

    assert value == expected
    assert isinstance(value, Linked)
    assert value.refers_to == Reference(address, attribute)


@pytest.mark.parametrize(
    "expression",
    [{"Fn::GetAtt": "Logs.Arn"}, {"Fn::Sub": "${Logs.Arn}"}, {"Fn::Join": ["", [{"Fn::GetAtt": ["Logs", "Arn"]}]]}],
)
def test_a_reference_that_is_a_whole_value_stays_a_link(expression: Any) -> None:
    assert reference_of(referred(expression)) == Reference("Logs", "Arn")


def test_a_reference_within_text_is_text() -> None:
    value = referred({"Fn::Sub": "${Logs.Arn}/AWSLogs/*"})

    assert value == "arn:aws:s3:::audit-logs/AWSLogs/*"
    assert reference_of(value) is None


def test_a_name_that_cloudformation_makes_is_unknown_in_that_part_alone() -> None:
    arn = referred({"Fn::GetAtt": ["Made", "Arn"]})
    name = unknown(referred({"Ref": "Made"}))

    assert isinstance(arn, PartialText)
    assert str(arn) == "arn:aws:s3:::${Made.name}"
    assert arn.refers_to == Reference("Made", "Arn")
    assert arn.parts[-1] == name
    assert (name.is_set, name.refers_to) == (True, Reference("Made", "Ref"))


def test_the_same_arn_built_by_hand_has_the_same_parts() -> None:
    by_hand = referred({"Fn::Sub": "arn:${AWS::Partition}:s3:::${Made}/x"}, pseudo=DEPLOYED)
    by_attribute = referred({"Fn::Sub": "${Made.Arn}/x"}, pseudo=DEPLOYED)

    assert by_hand == by_attribute


@pytest.mark.parametrize(
    ("expression", "shown"),
    [
        ({"Fn::GetAtt": ["Key", "Arn"]}, "arn:aws:kms:eu-west-1:111122223333:key/${Key.key_id}"),
        ({"Ref": "MadeTopic"}, "arn:aws:sns:eu-west-1:111122223333:${MadeTopic.name}"),
    ],
)
def test_arns_of_generated_names(expression: Any, shown: str) -> None:
    assert str(referred(expression)) == shown


def test_account_and_region_that_nobody_gave_are_unknown_parts() -> None:
    value = evaluated(
        {"Fn::GetAtt": ["T", "Arn"]},
        Resources={"T": {"Type": "AWS::CloudTrail::Trail", "Properties": {"TrailName": "audit"}}},
    )

    assert str(value) == "arn:${AWS partition}:cloudtrail:${AWS region}:${AWS account id}:trail/audit"


@pytest.mark.parametrize(
    ("expression", "what", "reference"),
    [
        ({"Ref": "Nowhere"}, "Nowhere", Reference("Nowhere", "Ref")),
        ({"Fn::GetAtt": ["Nowhere", "Arn"]}, "Nowhere.Arn", Reference("Nowhere", "Arn")),
        ({"Fn::Sub": "${Nowhere}"}, "Nowhere", Reference("Nowhere", "Ref")),
        ({"Fn::GetAtt": ["Logs", "WebsiteURL"]}, "Logs.WebsiteURL", Reference("Logs", "WebsiteURL")),
        ({"Ref": "Thing"}, "Thing.Ref", Reference("Thing", "Ref")),
        ({"Fn::GetAtt": "Thing.Outputs.X"}, "Thing.Outputs.X", Reference("Thing", "Outputs.X")),
    ],
)
def test_what_is_not_declared_or_not_known_is_set_all_the_same(
    expression: Any, what: str, reference: Reference
) -> None:
    value = unknown(referred(expression))

    assert (value.what, value.is_set, value.refers_to) == (what, True, reference)


def test_a_name_from_a_parameter_without_value_is_that_parameter_and_a_link() -> None:
    resources = {"B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": {"Ref": "Name"}}}}
    value = unknown(evaluated({"Ref": "B"}, Parameters={"Name": {"Type": "String"}}, Resources=resources))

    assert (value.what, value.via, value.is_set, value.refers_to) == ("parameter Name", "", True, Reference("B", "Ref"))


def test_a_name_that_is_perhaps_left_out_is_perhaps_made_up() -> None:
    name = {"Fn::If": ["C", "mine", {"Ref": "AWS::NoValue"}]}
    value = evaluated(
        {"Ref": "B"},
        Parameters={"P": {"Type": "String"}},
        Conditions={"C": {"Fn::Equals": [{"Ref": "P"}, "x"]}},
        Resources={"B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name}}},
    )

    assert unknown(value).what == "B.name"


def test_resources_named_after_each_other_in_a_circle_end_unknown() -> None:
    resources = {
        one: {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": {"Fn::Sub": f"${{{other}}}-x"}}}
        for one, other in (("A", "B"), ("B", "A"))
    }

    value = evaluated({"Ref": "A"}, Resources=resources)

    assert isinstance(value, PartialText)
    assert any("refers to itself" in part.why for part in value.unknowns())


def test_a_chain_of_names_as_long_as_people_write_them_is_followed() -> None:
    resources = {
        f"B{index}": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": {"Fn::Sub": f"${{B{index + 1}}}x"}}}
        for index in range(12)
    } | {"B12": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "b"}}}

    assert evaluated({"Ref": "B0"}, Resources=resources) == "b" + "x" * 12


def test_a_chain_of_names_longer_than_the_limit_ends_unknown() -> None:
    resources = {
        f"B{index}": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": {"Fn::Sub": f"${{B{index + 1}}}x"}}}
        for index in range(2000)
    }

    value = evaluated({"Ref": "B0"}, Resources=resources)

    assert isinstance(value, Unknown | PartialText)


def test_settings_beside_the_properties_are_kept() -> None:
    template = thing("x", Parameters={"Keep": {"Type": "String", "Default": "Retain"}})
    template["Resources"]["Thing"] |= {
        "DeletionPolicy": {"Ref": "Keep"},
        "UpdateReplacePolicy": "Delete",
        "DependsOn": "Other",
        "Metadata": {"aws:cdk:path": "Stack/Thing/Resource"},
    }

    assert declared(read(template), "Thing").settings == {
        "DeletionPolicy": "Retain",
        "UpdateReplacePolicy": "Delete",
        "DependsOn": ["Other"],
        "aws:cdk:path": "Stack/Thing/Resource",
    }
