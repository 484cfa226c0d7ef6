"""Find out whether filters that cover a control also match far more: everyday events that it is not about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ctguard.filter_pattern.controls import Control
from ctguard.filter_pattern.demand import Event, demands, identity_of, ordinary_event
from ctguard.filter_pattern.matching import match
from ctguard.filter_pattern.syntax import FilterPattern
from ctguard.model.values import PartialText, Unknown

_READS = {
    "iam.amazonaws.com": ("ListPolicies", "GetPolicy", "GetRolePolicy", "ListAttachedRolePolicies", "ListUsers"),
    "cloudtrail.amazonaws.com": ("DescribeTrails", "GetTrailStatus", "LookupEvents", "ListTrails"),
    "kms.amazonaws.com": ("Decrypt", "GenerateDataKey", "DescribeKey", "ListKeys"),
    "s3.amazonaws.com": ("GetBucketPolicy", "GetBucketAcl", "ListBuckets", "GetBucketLocation"),
    "config.amazonaws.com": ("DescribeConfigurationRecorders", "DescribeDeliveryChannels", "GetResourceConfigHistory"),
    "ec2.amazonaws.com": (
        "DescribeSecurityGroups",
        "DescribeNetworkAcls",
        "DescribeInternetGateways",
        "DescribeRouteTables",
        "DescribeVpcs",
        "DescribeInstances",
    ),
    "organizations.amazonaws.com": ("DescribeOrganization", "ListAccounts", "ListPolicies", "ListRoots"),
}


def matches_far_more(control: Control, patterns: Sequence[FilterPattern | Unknown | PartialText]) -> Event | None:
    """Return an everyday event that the control is not about and that one of `patterns` matches, or None."""
    for event in _everyday(control):
        if demands(control, event):
            continue
        for pattern in patterns:
            if not isinstance(pattern, Unknown | PartialText) and match(pattern, event):
                return event
    return None


def _everyday(control: Control) -> Iterator[Event]:
    yield ordinary_event(eventName="DescribeInstances", readOnly=True)
    yield ordinary_event(eventName="RunInstances")
    yield ordinary_event(eventSource="sts.amazonaws.com", eventName="AssumeRole", readOnly=True)
    yield ordinary_event(
        eventSource="lambda.amazonaws.com", eventName="ListFunctions", userIdentity=identity_of("IAMUser")
    )
    for name in _READS.get(control.source, ()):
        yield ordinary_event(eventSource=control.source, eventName=name, readOnly=True)
    if control.id == "unauthorized-api-calls":
        yield ordinary_event(errorCode="ThrottlingException", errorMessage="Rate exceeded")
        yield ordinary_event(errorCode="NoSuchEntityException", eventSource="iam.amazonaws.com", eventName="GetRole")
    if control.source == "signin.amazonaws.com":
        yield _sign_in()


def _sign_in() -> Event:
    return ordinary_event(
        eventSource="signin.amazonaws.com",
        eventName="ConsoleLogin",
        eventType="AwsConsoleSignIn",
        userIdentity=identity_of("IAMUser"),
        responseElements={"ConsoleLogin": "Success"},
        additionalEventData={"MFAUsed": "Yes", "MobileVersion": "No"},
    )
