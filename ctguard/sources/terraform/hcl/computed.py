"""Attributes that a provider computes, as far as they follow from what is configured.

Each is written as a pattern: `{name}` is an argument, `{partition}`, `{region}`
and `{account}` say where the resource goes. The forms of ARNs are those of the
Service Authorization Reference; which attribute bears them, of the AWS
provider's documentation.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec.structs import replace

from ctguard.model.values import PartialText, Reference, Unknown, Value, reference_of, text
from ctguard.sources.terraform.functions.parameters import to_string
from ctguard.sources.terraform.hcl.providers import account_of, partition_of, region_of

if TYPE_CHECKING:
    from ctguard.sources.terraform.hcl.resources import Instance

_BUCKET = {
    "id": "{bucket}",
    "bucket": "{bucket}",
    "arn": "arn:{partition}:s3:::{bucket}",
    "region": "{region}",
    "bucket_region": "{region}",
}
_BUCKET_PART = {"id": "{bucket}"}
_OF_NAME = {"id": "{name}", "name": "{name}"}


def _regional(service: str, resource: str, **more: str) -> dict[str, str]:
    """Return the patterns of a resource whose ARN names its region and account."""
    return {"arn": f"arn:{{partition}}:{service}:{{region}}:{{account}}:{resource}", **more}


def _iam(resource: str, **more: str) -> dict[str, str]:
    """Return the patterns of an IAM resource, which has a path in its ARN and no region."""
    return {"arn": f"arn:{{partition}}:iam::{{account}}:{resource}{{path}}{{name}}", **more}


COMPUTED: dict[str, dict[str, str]] = {
    "aws_s3_bucket": _BUCKET,
    "aws_s3_bucket_policy": _BUCKET_PART,
    "aws_s3_bucket_public_access_block": _BUCKET_PART,
    "aws_s3_bucket_ownership_controls": _BUCKET_PART,
    "aws_s3_bucket_notification": _BUCKET_PART,
    "aws_cloudtrail": _regional("cloudtrail", "trail/{name}", home_region="{region}"),
    "aws_sns_topic": _regional("sns", "{name}", id="arn:{partition}:sns:{region}:{account}:{name}", name="{name}"),
    "aws_sqs_queue": _regional("sqs", "{name}", name="{name}"),
    "aws_kms_alias": _regional("kms", "{name}", **_OF_NAME),
    "aws_cloudwatch_log_group": _regional("logs", "log-group:{name}", **_OF_NAME),
    "aws_cloudwatch_log_metric_filter": {"id": "{name}"},
    "aws_cloudwatch_metric_alarm": _regional("cloudwatch", "alarm:{alarm_name}", id="{alarm_name}"),
    "aws_cloudwatch_composite_alarm": _regional("cloudwatch", "alarm:{alarm_name}", id="{alarm_name}"),
    "aws_cloudwatch_event_bus": _regional("events", "event-bus/{name}", **_OF_NAME),
    "aws_iam_role": _iam("role", **_OF_NAME),
    "aws_iam_user": _iam("user", **_OF_NAME),
    "aws_iam_group": _iam("group", **_OF_NAME),
    "aws_iam_instance_profile": _iam("instance-profile", **_OF_NAME),
    "aws_iam_policy": _iam("policy", id="arn:{partition}:iam::{account}:policy{path}{name}", name="{name}"),
    "aws_config_configuration_recorder": {"id": "{name}"},
    "aws_config_delivery_channel": {"id": "{name}"},
    "aws_kinesis_stream": _regional("kinesis", "stream/{name}", name="{name}"),
    "aws_kinesis_firehose_delivery_stream": _regional("firehose", "deliverystream/{name}", name="{name}"),
    "aws_lambda_function": _regional("lambda", "function:{function_name}", id="{function_name}"),
    "aws_dynamodb_table": _regional("dynamodb", "table/{name}", **_OF_NAME),
}
_NAMES = frozenset({"bucket", "name", "alarm_name", "function_name"})
_NAMED_BY = {
    type_: _NAMES & {argument for pattern in patterns.values() for argument in re.findall(r"\{(\w+)\}", pattern)}
    for type_, patterns in COMPUTED.items()
}
_DEFAULTS = {"path": "/"}
_PLACE = {"region": region_of, "account": account_of, "partition": partition_of}
_PIECE = re.compile(r"\{(\w+)\}|([^{]+)")


def computed(instance: Instance, name: str) -> Value:
    """Return what follows from the configuration for an attribute, or None where nothing does."""
    if (instance.type, name) == ("aws_kms_alias", "target_key_arn"):
        return _target_key(instance)
    pattern = COMPUTED.get(instance.type, {}).get(name)
    if pattern is None:
        return None
    if pattern[0] == "{" and pattern.find("}") == len(pattern) - 1:
        return _argument(instance, pattern[1:-1])  # as it is: a link stays a link
    pieces = (literal or _argument(instance, argument) for argument, literal in _PIECE.findall(pattern))
    return text([to_string(piece) for piece in pieces])


def _argument(instance: Instance, name: str) -> Value:
    if name in _PLACE:
        return _PLACE[name](instance)
    value = instance.configured(name)
    if isinstance(value, str | PartialText | Unknown):
        return value
    if value is None and name in _DEFAULTS and instance.mode == "managed":
        return _DEFAULTS[name]
    return _generated(instance.address, name, instance.configured(f"{name}_prefix"))


def prefixed_name(type_: str, address: str, values: Mapping[str, Value]) -> dict[str, PartialText]:
    """Return the argument that names a resource, with its value, where only a prefix of the name is configured."""
    made = {name: _generated(address, name, values.get(f"{name}_prefix")) for name in _NAMED_BY.get(type_, ())}
    return {name: value for name, value in made.items() if name not in values and isinstance(value, PartialText)}


def _generated(address: str, name: str, prefix: Value) -> PartialText | Unknown:
    """Return a name that the provider makes up, after the prefix that is configured for it."""
    made_up = Unknown(f"{address}.{name}", "is generated when it is created", is_set=True)
    before = prefix.parts if isinstance(prefix, PartialText) else (str(prefix),) if isinstance(prefix, str) else ()
    if not any(before):
        return made_up
    # What comes after the prefix is not the whole attribute, by which the unknown goes otherwise.
    return PartialText((*before, replace(made_up, via=f"trimprefix({made_up.what}, {name}_prefix)")))


def _target_key(instance: Instance) -> Value:
    """Return the ARN of the key that an alias names, by whatever attribute it names it."""
    target = instance.configured("target_key_id")
    if isinstance(target, str) and target.startswith("arn:"):
        return target
    reference = reference_of(target)
    if reference is None:
        return None
    arn = Reference(reference.address, "arn")
    return Unknown(str(arn), "is known only after apply", is_set=True, refers_to=arn)
