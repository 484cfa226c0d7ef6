"""The parameters that every stack has without declaring them."""

from __future__ import annotations

from ctguard.model.values import Unknown, Value
from ctguard.sources.cloudformation.absent import ABSENT
from ctguard.sources.cloudformation.inputs import PseudoParameters

_WHY = "is not part of the template"
ACCOUNT = Unknown("AWS account id", _WHY, "--account=...", is_set=True)
REGION = Unknown("AWS region", _WHY, "--region=...", is_set=True)
PARTITION = Unknown("AWS partition", _WHY, "--region=...", is_set=True)
URL_SUFFIX = Unknown("AWS::URLSuffix", _WHY, "--region=...", is_set=True)

# AWS General Reference, "AWS partitions"; regions begin with the prefix of theirs, all others are in `aws`.
_PARTITIONS = (
    ("cn-", "aws-cn", "amazonaws.com.cn"),
    ("us-gov-", "aws-us-gov", "amazonaws.com"),
    ("us-iso-", "aws-iso", "c2s.ic.gov"),
    ("us-isob-", "aws-iso-b", "sc2s.sgov.gov"),
    ("us-isof-", "aws-iso-f", "csp.hci.ic.gov"),
    ("eu-isoe-", "aws-iso-e", "cloud.adc-e.uk"),
    ("eusc-", "aws-eusc", "amazonaws.eu"),
    ("", "aws", "amazonaws.com"),
)


def region(pseudo: PseudoParameters) -> str | Unknown:
    return pseudo.region or REGION


def account_id(pseudo: PseudoParameters) -> str | Unknown:
    return pseudo.account_id or ACCOUNT


def partition(pseudo: PseudoParameters) -> str | Unknown:
    """Return the partition, which follows from the region."""
    if pseudo.partition or not pseudo.region:
        return pseudo.partition or PARTITION
    return next(name for prefix, name, _ in _PARTITIONS if pseudo.region.startswith(prefix))


def url_suffix(pseudo: PseudoParameters) -> str | Unknown:
    name = partition(pseudo)
    return next((suffix for _, one, suffix in _PARTITIONS if one == name), URL_SUFFIX)


def pseudo_parameter(name: str, pseudo: PseudoParameters, prefix: str) -> Value:
    """Return the value of `AWS::...`; `prefix` tells the stacks of one deployment apart."""
    of_the_deployment = {
        "AWS::AccountId": account_id,
        "AWS::Partition": partition,
        "AWS::Region": region,
        "AWS::URLSuffix": url_suffix,
    }
    if name in of_the_deployment:
        return of_the_deployment[name](pseudo)
    if name == "AWS::NoValue":
        return ABSENT
    if name == "AWS::StackName" and pseudo.stack_name and not prefix:
        return pseudo.stack_name
    return Unknown(f"{prefix}{name}", "is known only after deployment", is_set=name != "AWS::NotificationARNs")
