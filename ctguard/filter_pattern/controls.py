"""The 15 monitoring controls as data, and the names by which they are asked for.

Source of numbers: CIS Amazon Web Services Foundations Benchmark, versions 1.2
to 7.0; the order of the controls is the same in all of them.
"""

from __future__ import annotations

import re

from msgspec import Struct

from ctguard.model.errors import UsageError


class Control(Struct, frozen=True):
    """What somebody should be told about.

    `names` are the events that are demanded, of `source`; controls that are not
    about named events have none. `further` are names that newer benchmarks add:
    worth a word when they go unseen, no miss. `number` is the place in the
    benchmark's order. `reads_too` says that read-only calls are part of it;
    `one_region` that its events occur in us-east-1 alone.
    """

    id: str
    number: int
    title: str
    source: str = ""
    names: tuple[str, ...] = ()
    further: tuple[str, ...] = ()
    reads_too: bool = False
    one_region: bool = False


CONTROLS: tuple[Control, ...] = (
    Control("unauthorized-api-calls", 1, "unauthorized API calls", reads_too=True),
    Control("console-signin-no-mfa", 2, "console sign-in without MFA", "signin.amazonaws.com", ("ConsoleLogin",)),
    Control("root-usage", 3, "use of the root user", reads_too=True),
    Control(
        "iam-policy-changes",
        4,
        "IAM policy changes",
        "iam.amazonaws.com",
        (
            "DeleteGroupPolicy",
            "DeleteRolePolicy",
            "DeleteUserPolicy",
            "PutGroupPolicy",
            "PutRolePolicy",
            "PutUserPolicy",
            "CreatePolicy",
            "DeletePolicy",
            "CreatePolicyVersion",
            "DeletePolicyVersion",
            "AttachRolePolicy",
            "DetachRolePolicy",
            "AttachUserPolicy",
            "DetachUserPolicy",
            "AttachGroupPolicy",
            "DetachGroupPolicy",
        ),
        one_region=True,
    ),
    Control(
        "cloudtrail-changes",
        5,
        "CloudTrail configuration changes",
        "cloudtrail.amazonaws.com",
        ("CreateTrail", "UpdateTrail", "DeleteTrail", "StartLogging", "StopLogging"),
    ),
    Control("console-auth-failures", 6, "failed console sign-ins", "signin.amazonaws.com", ("ConsoleLogin",)),
    Control(
        "kms-disable-or-delete",
        7,
        "disabling or scheduled deletion of customer keys",
        "kms.amazonaws.com",
        ("DisableKey", "ScheduleKeyDeletion"),
    ),
    Control(
        "s3-policy-changes",
        8,
        "S3 bucket policy changes",
        "s3.amazonaws.com",
        (
            "PutBucketAcl",
            "PutBucketPolicy",
            "PutBucketCors",
            "PutBucketLifecycle",
            "PutBucketReplication",
            "DeleteBucketPolicy",
            "DeleteBucketCors",
            "DeleteBucketLifecycle",
            "DeleteBucketReplication",
        ),
    ),
    Control(
        "config-changes",
        9,
        "AWS Config configuration changes",
        "config.amazonaws.com",
        ("StopConfigurationRecorder", "DeleteDeliveryChannel", "PutDeliveryChannel", "PutConfigurationRecorder"),
    ),
    Control(
        "security-group-changes",
        10,
        "security group changes",
        "ec2.amazonaws.com",
        (
            "AuthorizeSecurityGroupIngress",
            "AuthorizeSecurityGroupEgress",
            "RevokeSecurityGroupIngress",
            "RevokeSecurityGroupEgress",
            "CreateSecurityGroup",
            "DeleteSecurityGroup",
        ),
        ("ModifySecurityGroupRules",),
    ),
    Control(
        "nacl-changes",
        11,
        "network ACL changes",
        "ec2.amazonaws.com",
        (
            "CreateNetworkAcl",
            "CreateNetworkAclEntry",
            "DeleteNetworkAcl",
            "DeleteNetworkAclEntry",
            "ReplaceNetworkAclEntry",
            "ReplaceNetworkAclAssociation",
        ),
    ),
    Control(
        "network-gateway-changes",
        12,
        "network gateway changes",
        "ec2.amazonaws.com",
        (
            "CreateCustomerGateway",
            "DeleteCustomerGateway",
            "AttachInternetGateway",
            "CreateInternetGateway",
            "DeleteInternetGateway",
            "DetachInternetGateway",
        ),
    ),
    Control(
        "route-table-changes",
        13,
        "route table changes",
        "ec2.amazonaws.com",
        (
            "CreateRoute",
            "CreateRouteTable",
            "ReplaceRoute",
            "ReplaceRouteTableAssociation",
            "DeleteRouteTable",
            "DeleteRoute",
            "DisassociateRouteTable",
        ),
    ),
    Control(
        "vpc-changes",
        14,
        "VPC changes",
        "ec2.amazonaws.com",
        (
            "CreateVpc",
            "DeleteVpc",
            "ModifyVpcAttribute",
            "AcceptVpcPeeringConnection",
            "CreateVpcPeeringConnection",
            "DeleteVpcPeeringConnection",
            "RejectVpcPeeringConnection",
            "AttachClassicLinkVpc",
            "DetachClassicLinkVpc",
            "DisableVpcClassicLink",
            "EnableVpcClassicLink",
        ),
    ),
    Control(
        "organizations-changes",
        15,
        "AWS Organizations changes",
        "organizations.amazonaws.com",
        (
            "AcceptHandshake",
            "AttachPolicy",
            "CreateAccount",
            "CreateOrganizationalUnit",
            "CreatePolicy",
            "DeclineHandshake",
            "DeleteOrganization",
            "DeleteOrganizationalUnit",
            "DeletePolicy",
            "DetachPolicy",
            "DisablePolicyType",
            "EnablePolicyType",
            "InviteAccountToOrganization",
            "LeaveOrganization",
            "MoveAccount",
            "RemoveAccountFromOrganization",
            "UpdatePolicy",
            "UpdateOrganizationalUnit",
        ),
        one_region=True,
    ),
)

_BY_ID = {control.id: control for control in CONTROLS}
_BY_NUMBER = {control.number: control for control in CONTROLS}
_CHAPTERS = {"1.2": 3, "6.0": 5, "7.0": 5}
_KNOWN_VERSIONS = ("1.2", "1.3", "1.4", "1.5", "2.0", "3.0", "4.0", "5.0", "6.0", "7.0")
_CIS = re.compile(r"cis-aws-(\d\.\d)(?:\.\d)?:(\d)\.(\d{1,2})")


def control_named(name: str) -> Control:
    """Return the control of an id, a rule id or a CIS number such as `cis-aws-5.0.0:4.5`; raises UsageError."""
    control = _BY_ID.get(name.removeprefix("monitor-")) or _by_cis_number(name)
    if control is None:
        raise UsageError(
            f"control {name!r} is not known",
            hint="use one of: " + ", ".join(_BY_ID) + ", or a number such as cis-aws-5.0.0:4.5",
        )
    return control


def _by_cis_number(name: str) -> Control | None:
    found = _CIS.fullmatch(name.lower())
    if found is None or found[1] not in _KNOWN_VERSIONS:
        return None
    chapter, number = int(found[2]), int(found[3])
    if chapter != _CHAPTERS.get(found[1], 4) or (found[1] == "1.2" and number == 15):
        return None
    return _BY_NUMBER.get(number)
