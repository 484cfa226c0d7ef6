"""Calls on the account and its organization: AWS Config, IAM, Organizations."""

from __future__ import annotations

from typing import Any, Final

from ctguard.sources.aws.plan.shape import Pages, PlannedCall

TRAILS: Final = ("cloudtrail.DescribeTrails",)
NO_ENTITY: Final = frozenset({"NoSuchEntity"})


def _of_organization(operation: str, lists: str, **given: Any) -> PlannedCall:
    return PlannedCall(
        service="organizations",
        operation=operation,
        each="organization",
        gives=("organization", "organization_policy"),
        given=given,
        needs=("organizations.DescribeOrganization",),
        pages=Pages((lists,)),
    )


ACCOUNT_CALLS: Final = (
    # AWS Config.
    PlannedCall(
        service="config",
        operation="DescribeConfigurationRecorders",
        each="region",
        gives=("config_recorder",),
        needs=("ec2.DescribeRegions",),
    ),
    PlannedCall(
        service="config",
        operation="DescribeConfigurationRecorderStatus",
        each="region",
        gives=("config_recorder",),
        needs=("config.DescribeConfigurationRecorders",),
    ),
    PlannedCall(
        service="config",
        operation="DescribeConfigurationAggregators",
        each="region",
        gives=("config_aggregator",),
        needs=("ec2.DescribeRegions",),
        pages=Pages(("ConfigurationAggregators",)),
    ),
    # The role by which a trail writes to CloudWatch Logs, and all policies of the account.
    PlannedCall(
        service="iam",
        operation="GetRole",
        each="role",
        gives=("role",),
        takes={"RoleName": "name"},
        needs=TRAILS,
        gone=NO_ENTITY,
    ),
    PlannedCall(
        service="iam",
        operation="ListRolePolicies",
        each="role",
        gives=("role",),
        takes={"RoleName": "name"},
        needs=("iam.GetRole",),
        gone=NO_ENTITY,
        pages=Pages(("PolicyNames",), "Marker", more="IsTruncated"),
    ),
    PlannedCall(
        service="iam",
        operation="GetRolePolicy",
        each="role policy",
        gives=("role",),
        takes={"RoleName": "role", "PolicyName": "name"},
        needs=("iam.ListRolePolicies",),
        gone=NO_ENTITY,
    ),
    PlannedCall(
        service="iam",
        operation="ListAttachedRolePolicies",
        each="role",
        gives=("role",),
        takes={"RoleName": "name"},
        needs=("iam.GetRole",),
        gone=NO_ENTITY,
        pages=Pages(("AttachedPolicies",), "Marker", more="IsTruncated"),
    ),
    PlannedCall(
        service="iam",
        operation="GetPolicy",
        each="attached policy",
        gives=("iam_policy",),
        takes={"PolicyArn": "arn"},
        needs=("iam.ListAttachedRolePolicies",),
        gone=NO_ENTITY,
    ),
    PlannedCall(
        service="iam",
        operation="GetPolicyVersion",
        each="policy version",
        gives=("iam_policy",),
        takes={"PolicyArn": "arn", "VersionId": "version"},
        needs=("iam.GetPolicy",),
        gone=NO_ENTITY,
    ),
    PlannedCall(
        service="iam",
        operation="GetAccountAuthorizationDetails",
        each="account",
        gives=("iam_policy",),
        given={"Filter": ["User", "Group", "Role", "LocalManagedPolicy"]},
        pages=Pages(("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"), "Marker", more="IsTruncated"),
    ),
    # The organization; most of it only its management account may see.
    PlannedCall(
        service="organizations",
        operation="DescribeOrganization",
        each="account",
        gives=("organization",),
        unset=frozenset({"AWSOrganizationsNotInUseException"}),
    ),
    _of_organization("ListRoots", "Roots"),
    _of_organization("ListPolicies", "Policies", Filter="SERVICE_CONTROL_POLICY"),
    PlannedCall(
        service="organizations",
        operation="DescribePolicy",
        each="organization policy",
        gives=("organization_policy",),
        takes={"PolicyId": "id"},
        needs=("organizations.ListPolicies",),
    ),
    PlannedCall(
        service="organizations",
        operation="ListTargetsForPolicy",
        each="organization policy",
        gives=("organization_policy",),
        takes={"PolicyId": "id"},
        needs=("organizations.ListPolicies",),
        pages=Pages(("Targets",)),
    ),
)
