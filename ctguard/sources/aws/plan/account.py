"""Calls on the account and its organization: AWS Config, IAM, Organizations."""

from __future__ import annotations

from typing import Any, Final

from ctguard.sources.aws.plan.shape import Pages, PlannedCall

TRAILS: Final = ("cloudtrail.DescribeTrails",)
CLOUDTRAIL: Final = "cloudtrail.amazonaws.com"
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
        holds=("ConfigurationRecorders",),
    ),
    PlannedCall(
        service="config",
        operation="DescribeConfigurationRecorderStatus",
        each="region",
        gives=("config_recorder",),
        needs=("config.DescribeConfigurationRecorders",),
        holds=("ConfigurationRecordersStatus",),
    ),
    PlannedCall(
        service="config",
        operation="DescribeConfigurationAggregators",
        each="region",
        gives=("config_aggregator",),
        needs=("ec2.DescribeRegions",),
        pages=Pages(("ConfigurationAggregators",)),
    ),
    PlannedCall(
        service="config",
        operation="DescribeConfigRules",
        each="region",
        gives=("config_rule",),
        needs=("ec2.DescribeRegions",),
        pages=Pages(("ConfigRules",)),
    ),
    PlannedCall(
        service="config",
        operation="DescribeComplianceByConfigRule",
        each="region",
        gives=("config_rule",),
        needs=("config.DescribeConfigRules",),
        pages=Pages(("ComplianceByConfigRules",)),
    ),
    # The role by which a trail writes to CloudWatch Logs, and all policies of the account.
    PlannedCall(
        service="iam",
        operation="GetRole",
        each="role",
        gives=("role", "role.is_present"),
        takes={"RoleName": "name"},
        needs=TRAILS,
        gone=NO_ENTITY,
        holds=("Role",),
    ),
    PlannedCall(
        service="iam",
        operation="ListRolePolicies",
        each="role",
        gives=("role.inline_policies",),
        takes={"RoleName": "name"},
        needs=("iam.GetRole",),
        gone=NO_ENTITY,
        pages=Pages(("PolicyNames",), "Marker", more="IsTruncated"),
    ),
    PlannedCall(
        service="iam",
        operation="GetRolePolicy",
        each="role policy",
        gives=("role.inline_policies",),
        takes={"RoleName": "role", "PolicyName": "name"},
        needs=("iam.ListRolePolicies",),
        gone=NO_ENTITY,
        holds=("PolicyDocument",),
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
        holds=("Policy",),
    ),
    PlannedCall(
        service="iam",
        operation="GetPolicyVersion",
        each="policy version",
        gives=("iam_policy",),
        takes={"PolicyArn": "arn", "VersionId": "version"},
        needs=("iam.GetPolicy",),
        gone=NO_ENTITY,
        holds=("PolicyVersion",),
    ),
    PlannedCall(
        service="iam",
        operation="GetAccountAuthorizationDetails",
        each="account",
        gives=("iam_policy.name",),
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
        holds=("Organization",),
    ),
    _of_organization("ListRoots", "Roots"),
    _of_organization("ListAccounts", "Accounts"),
    _of_organization("ListDelegatedAdministrators", "DelegatedAdministrators", ServicePrincipal=CLOUDTRAIL),
    _of_organization("ListPolicies", "Policies", Filter="SERVICE_CONTROL_POLICY"),
    PlannedCall(
        service="organizations",
        operation="DescribePolicy",
        each="organization policy",
        gives=("organization_policy",),
        takes={"PolicyId": "id"},
        needs=("organizations.ListPolicies",),
        holds=("Policy",),
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
