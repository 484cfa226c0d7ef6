"""What Ref and Fn::GetAtt of a resource give, as far as a template tells.

A name that the template states makes names and ARNs known; one that it leaves to
CloudFormation makes them unknown in that part alone. Return values as in the
CloudFormation Template Reference ("Return values" of each resource type), ARNs
as in the Service Authorization Reference.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

from msgspec import Struct, field
from msgspec.structs import replace

from ctguard.model.values import Linked, PartialText, Reference, Unknown, Value
from ctguard.sources.cloudformation import pseudo
from ctguard.sources.cloudformation.absent import ABSENT
from ctguard.sources.cloudformation.evaluate import property_of
from ctguard.sources.cloudformation.stack import Stack
from ctguard.sources.cloudformation.template import Resource
from ctguard.sources.cloudformation.texts import as_text, joined

KNOWN_LATER: Final = "is known only after deployment"
_NAME: Final = "{name}"


class Names(Struct, frozen=True):
    """How one resource type is called: the property with its name, what Ref gives, and its other attributes.

    In the patterns {name} is the name, {id} what Ref gives where no property
    states it, {path} the path of an IAM identity.
    """

    property: str | None = None
    ref: str = _NAME
    attributes: Mapping[str, str] = field(default_factory=dict)


def _arn(service: str, resource: str) -> str:
    return f"arn:{{partition}}:{service}:{{region}}:{{account}}:{resource}"


def _iam(resource: str) -> str:
    return f"arn:{{partition}}:iam::{{account}}:{resource}{{path}}{{name}}"


_TOPIC: Final = _arn("sns", _NAME)

NAMES: Final[dict[str, Names]] = {
    "AWS::S3::Bucket": Names(
        "BucketName",
        attributes={
            "Arn": "arn:{partition}:s3:::{name}",
            "DomainName": "{name}.s3.{suffix}",
            "RegionalDomainName": "{name}.s3.{region}.{suffix}",
            "DualStackDomainName": "{name}.s3.dualstack.{region}.{suffix}",
        },
    ),
    "AWS::CloudTrail::Trail": Names("TrailName", attributes={"Arn": _arn("cloudtrail", "trail/{name}")}),
    "AWS::KMS::Key": Names(ref="{id}", attributes={"Arn": _arn("kms", "key/{id}"), "KeyId": "{id}"}),
    "AWS::KMS::ReplicaKey": Names(ref="{id}", attributes={"Arn": _arn("kms", "key/{id}"), "KeyId": "{id}"}),
    "AWS::KMS::Alias": Names("AliasName", attributes={"AliasName": _NAME}),
    "AWS::SNS::Topic": Names("TopicName", _TOPIC, {"TopicArn": _TOPIC, "TopicName": _NAME}),
    "AWS::SQS::Queue": Names(
        "QueueName",
        "https://sqs.{region}.{suffix}/{account}/{name}",
        {
            "Arn": _arn("sqs", _NAME),
            "QueueName": _NAME,
            "QueueUrl": "https://sqs.{region}.{suffix}/{account}/{name}",
        },
    ),
    "AWS::Logs::LogGroup": Names("LogGroupName", attributes={"Arn": _arn("logs", "log-group:{name}:*")}),
    "AWS::IAM::Role": Names("RoleName", attributes={"Arn": _iam("role")}),
    "AWS::IAM::User": Names("UserName", attributes={"Arn": _iam("user")}),
    "AWS::IAM::Group": Names("GroupName", attributes={"Arn": _iam("group")}),
    "AWS::IAM::ManagedPolicy": Names("ManagedPolicyName", _iam("policy"), {"PolicyArn": _iam("policy")}),
    "AWS::CloudWatch::Alarm": Names("AlarmName", attributes={"Arn": _arn("cloudwatch", "alarm:{name}")}),
    "AWS::CloudWatch::CompositeAlarm": Names("AlarmName", attributes={"Arn": _arn("cloudwatch", "alarm:{name}")}),
    "AWS::Logs::MetricFilter": Names("FilterName"),
    "AWS::Events::EventBus": Names("Name", attributes={"Name": _NAME, "Arn": _arn("events", "event-bus/{name}")}),
    "AWS::Lambda::Function": Names("FunctionName", attributes={"Arn": _arn("lambda", "function:{name}")}),
    "AWS::Config::ConfigurationRecorder": Names("Name"),
    "AWS::Config::DeliveryChannel": Names("Name"),
    "AWS::Kinesis::Stream": Names("Name", attributes={"Arn": _arn("kinesis", "stream/{name}")}),
    "AWS::KinesisFirehose::DeliveryStream": Names(
        "DeliveryStreamName", attributes={"Arn": _arn("firehose", "deliverystream/{name}")}
    ),
}


def reference(resource: Resource, attribute: str, stack: Stack) -> Value:
    """Return what Ref (`attribute` "Ref") or Fn::GetAtt of a declared resource gives."""
    to = Reference(stack.prefix + resource.id, attribute)
    names = NAMES.get(resource.type)
    pattern = None if names is None else names.ref if attribute == "Ref" else names.attributes.get(attribute)
    if names is None or pattern is None:
        return Unknown(str(to), KNOWN_LATER, is_set=True, refers_to=to)
    return linked(joined(_word(word, resource, names, stack) for word in _words(pattern)), to)


def linked(value: str | PartialText | Unknown, to: Reference) -> Value:
    """Return `value` as taken from a resource."""
    if isinstance(value, str):
        return Linked(value, to)
    if isinstance(value, PartialText):
        return PartialText(value.parts, to)
    return replace(value, refers_to=to, is_set=True)


@cache
def _words(pattern: str) -> tuple[str, ...]:
    return tuple(word for word in re.split(r"(\{\w+\})", pattern) if word)


def _word(word: str, resource: Resource, names: Names, stack: Stack) -> str | PartialText | Unknown:
    if not word.startswith("{"):
        return word
    deployment = stack.evaluation.inputs.pseudo
    match word:
        case "{partition}":
            return pseudo.partition(deployment)
        case "{region}":
            return pseudo.region(deployment)
        case "{account}":
            return pseudo.account_id(deployment)
        case "{suffix}":
            return pseudo.url_suffix(deployment)
        case "{path}":
            return _path(resource, stack)
        case _:
            return _name(resource, names, stack)


def _name(resource: Resource, names: Names, stack: Stack) -> str | PartialText | Unknown:
    value = property_of(resource, names.property, stack) if names.property else ABSENT
    name = None if value is ABSENT else as_text(value)
    # A name that is perhaps left out is then one that CloudFormation makes up.
    if name is None or name == "" or (isinstance(name, Unknown) and name.via and not name.is_set):
        address = stack.prefix + resource.id
        to = Reference(address, "name" if names.property and names.ref != _NAME else "Ref")
        # Called as the attribute tables call it: it is the same value.
        what = f"{address}.name" if names.property else f"{address}.key_id"
        return Unknown(what, KNOWN_LATER, is_set=True, refers_to=to)
    return str(name) if isinstance(name, str) else name


def _path(resource: Resource, stack: Stack) -> str | PartialText | Unknown:
    value = property_of(resource, "Path", stack)
    path = None if value is ABSENT else as_text(value)
    return "/" if path is None or path == "" else path
