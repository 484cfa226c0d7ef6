"""Events and patterns for the tests, written down without the package's help."""

from __future__ import annotations

import copy
from typing import Any

NAMES = {
    "iam-policy-changes": (
        "iam",
        "DeleteGroupPolicy DeleteRolePolicy DeleteUserPolicy PutGroupPolicy PutRolePolicy PutUserPolicy CreatePolicy "
        "DeletePolicy CreatePolicyVersion DeletePolicyVersion AttachRolePolicy DetachRolePolicy AttachUserPolicy "
        "DetachUserPolicy AttachGroupPolicy DetachGroupPolicy",
    ),
    "cloudtrail-changes": ("cloudtrail", "CreateTrail UpdateTrail DeleteTrail StartLogging StopLogging"),
    "kms-disable-or-delete": ("kms", "DisableKey ScheduleKeyDeletion"),
    "s3-policy-changes": (
        "s3",
        "PutBucketAcl PutBucketPolicy PutBucketCors PutBucketLifecycle PutBucketReplication DeleteBucketPolicy "
        "DeleteBucketCors DeleteBucketLifecycle DeleteBucketReplication",
    ),
    "config-changes": (
        "config",
        "StopConfigurationRecorder DeleteDeliveryChannel PutDeliveryChannel PutConfigurationRecorder",
    ),
    "security-group-changes": (
        "ec2",
        "AuthorizeSecurityGroupIngress AuthorizeSecurityGroupEgress RevokeSecurityGroupIngress "
        "RevokeSecurityGroupEgress CreateSecurityGroup DeleteSecurityGroup",
    ),
    "nacl-changes": (
        "ec2",
        "CreateNetworkAcl CreateNetworkAclEntry DeleteNetworkAcl DeleteNetworkAclEntry ReplaceNetworkAclEntry "
        "ReplaceNetworkAclAssociation",
    ),
    "network-gateway-changes": (
        "ec2",
        "CreateCustomerGateway DeleteCustomerGateway AttachInternetGateway CreateInternetGateway "
        "DeleteInternetGateway DetachInternetGateway",
    ),
    "route-table-changes": (
        "ec2",
        "CreateRoute CreateRouteTable ReplaceRoute ReplaceRouteTableAssociation DeleteRouteTable DeleteRoute "
        "DisassociateRouteTable",
    ),
    "vpc-changes": (
        "ec2",
        "CreateVpc DeleteVpc ModifyVpcAttribute AcceptVpcPeeringConnection CreateVpcPeeringConnection "
        "DeleteVpcPeeringConnection RejectVpcPeeringConnection AttachClassicLinkVpc DetachClassicLinkVpc "
        "DisableVpcClassicLink EnableVpcClassicLink",
    ),
    "organizations-changes": (
        "organizations",
        "AcceptHandshake AttachPolicy CreateAccount CreateOrganizationalUnit CreatePolicy DeclineHandshake "
        "DeleteOrganization DeleteOrganizationalUnit DeletePolicy DetachPolicy DisablePolicyType EnablePolicyType "
        "InviteAccountToOrganization LeaveOrganization MoveAccount RemoveAccountFromOrganization UpdatePolicy "
        "UpdateOrganizationalUnit",
    ),
}
"""The controls that are about named events: service and names."""

SPECIAL = {
    "unauthorized-api-calls": '($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*")',
    "console-signin-no-mfa": '($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes")',
    "root-usage": '$.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && '
    '$.eventType != "AwsServiceEvent"',
    "console-auth-failures": '($.eventName = ConsoleLogin) && ($.errorMessage = "Failed authentication")',
}
"""An expression that covers each of the other controls."""

CONTROLS = [*NAMES, *SPECIAL]


def names_of(control: str) -> list[str]:
    return NAMES[control][1].split()


def source_of(control: str) -> str:
    return f"{NAMES[control][0]}.amazonaws.com"


def any_name(names: list[str]) -> str:
    return " || ".join(f"($.eventName = {name})" for name in names)


def covering(control: str) -> str:
    """Return an expression that covers `control`."""
    return SPECIAL.get(control) or any_name(names_of(control))


_EVENT: dict[str, Any] = {
    "eventVersion": "1.09",
    "userIdentity": {"type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/Dev/bob"},
    "eventTime": "2026-01-01T00:00:00Z",
    "eventID": "11111111-2222-3333-4444-555555555555",
    "eventSource": "ec2.amazonaws.com",
    "eventName": "RunInstances",
    "awsRegion": "eu-west-1",
    "sourceIPAddress": "198.51.100.7",
    "userAgent": "aws-cli/2.20",
    "eventType": "AwsApiCall",
    "recipientAccountId": "111122223333",
    "readOnly": False,
}


def event(**fields: Any) -> dict[str, Any]:
    """Return an event with some fields set; a double underscore stands for a dot."""
    made = copy.deepcopy(_EVENT)
    for name, value in fields.items():
        target = made
        *parents, last = name.split("__")
        for parent in parents:
            target = target.setdefault(parent, {})
        target[last] = value
    return made


def sign_in(**fields: Any) -> dict[str, Any]:
    """Return a successful console sign-in of an IAM user without MFA."""
    return event(
        **{
            "eventSource": "signin.amazonaws.com",
            "eventName": "ConsoleLogin",
            "eventType": "AwsConsoleSignIn",
            "userIdentity": {"type": "IAMUser", "userName": "bob"},
            "responseElements": {"ConsoleLogin": "Success"},
            "additionalEventData": {"MFAUsed": "No"},
            **fields,
        }
    )
