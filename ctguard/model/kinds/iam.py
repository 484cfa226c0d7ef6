"""IAM roles and customer managed policies, and the policies of AWS Organizations.

Sources: IAM API Reference (GetRole, GetRolePolicy, ListAttachedRolePolicies, GetPolicyVersion), AWS Organizations
API Reference (DescribePolicy, DescribeOrganization), the AWS provider's and CloudFormation's resource schemas.
"""

from ctguard.model.kinds.attribute import (
    ANY,
    BOOL,
    DOCUMENT,
    GENERATED,
    TEXT,
    TEXTS,
    Attribute,
    Kind,
    Link,
    Part,
    Records,
    Spelling,
)

INLINE_POLICY = Records(
    (
        Attribute("name", TEXT, "name", "PolicyName", "PolicyName"),
        Attribute("document", DOCUMENT, "policy", "PolicyDocument", "PolicyDocument"),
    )
)

ROLE = Kind(
    name="role",
    title="IAM role",
    terraform=("aws_iam_role",),
    cloudformation=("AWS::IAM::Role",),
    arn="arn:{partition}:iam::{account}:role/{name}",
    attributes=(
        Attribute("name", TEXT, "name", "RoleName", "@name", default=GENERATED),
        Attribute("arn", TEXT, "arn", (), "@arn", default=GENERATED),
        # Code makes what it declares; only an account can show that nothing bears a name.
        Attribute(
            "is_present",
            BOOL,
            (),
            (),
            "@is_present",
            default=True,
            defaults={"terraform": True, "cloudformation": True},
        ),
        Attribute(
            "assume_role_policy",
            DOCUMENT,
            "assume_role_policy",
            "AssumeRolePolicyDocument",
            "GetRole:Role.AssumeRolePolicyDocument",
        ),
        Attribute(
            "inline_policies",
            INLINE_POLICY,
            ("inline_policy", "aws_iam_role_policy/"),
            ("Policies", "AWS::IAM::Policy/", "AWS::IAM::RolePolicy/"),
            "@inline_policies",
            default=[],
            gathers=True,
        ),
        Attribute(
            "attached_policies",
            TEXTS,
            ("managed_policy_arns", "aws_iam_role_policy_attachment/policy_arn"),
            ("ManagedPolicyArns",),
            "ListAttachedRolePolicies:AttachedPolicies[].PolicyArn",
            default=[],
            gathers=True,
        ),
        Attribute(
            "permissions_boundary",
            TEXT,
            "permissions_boundary",
            "PermissionsBoundary",
            "GetRole:Role.PermissionsBoundary.PermissionsBoundaryArn",
        ),
    ),
    parts=(
        Part("aws_iam_role_policy", "role", several=True),
        Part("aws_iam_role_policy_attachment", "role", several=True),
        Part("AWS::IAM::Policy", "Roles[]", several=True),
        Part("AWS::IAM::RolePolicy", "RoleName", several=True),
    ),
    links=(Link("managed_policies", to="iam_policy", by="attached_policies", keys=("arn",)),),
)

IAM_POLICY = Kind(
    name="iam_policy",
    title="IAM policy",
    terraform=("aws_iam_policy", "aws_iam_role_policy", "aws_iam_user_policy", "aws_iam_group_policy"),
    cloudformation=(
        "AWS::IAM::ManagedPolicy",
        "AWS::IAM::Policy",
        "AWS::IAM::RolePolicy",
        "AWS::IAM::UserPolicy",
        "AWS::IAM::GroupPolicy",
    ),
    arn="arn:{partition}:iam::{account}:policy/{name}",
    attributes=(
        Attribute("name", TEXT, "name", ("ManagedPolicyName", "PolicyName"), "@name", default=GENERATED),
        Attribute("arn", TEXT, "arn", (), "@arn", default=GENERATED),
        Attribute("document", DOCUMENT, "policy", "PolicyDocument", "GetPolicyVersion:PolicyVersion.Document"),
        Attribute("roles", TEXTS, "role", ("Roles", Spelling("RoleName", lambda name: [name])), "@roles", default=[]),
    ),
    links=(Link("trails", to="trail"),),
)

ACCOUNT = Kind(
    name="account",
    title="AWS account",
    terraform=(),
    cloudformation=(),
    attributes=(
        Attribute("account_id", TEXT, api="@account_id", defaults={"terraform": None, "cloudformation": None}),
        # None: nobody has asked.
        Attribute(
            "enabled_regions",
            TEXTS,
            api="DescribeRegions:Regions[].RegionName",
            defaults={"terraform": None, "cloudformation": None},
        ),
        # When the account was asked (ISO 8601): this is "now" to every verdict on ages, which can be computed again.
        Attribute("observed_at", TEXT, api="@observed_at"),
        # The trails that the account sees: its own, and those of its organization that belong to another account.
        Attribute(
            "trail_arns",
            TEXTS,
            api="@trail_arns",
            default=[],
            defaults={"terraform": None, "cloudformation": None},
        ),
        # Who changed trails in the last 90 days, as far back as CloudTrail's event history reaches.
        Attribute(
            "trail_changes",
            Records(
                (
                    Attribute("event_id", TEXT, api="EventId"),
                    Attribute("event_name", TEXT, api="EventName"),
                    Attribute("event_time", TEXT, api="EventTime"),
                    Attribute("username", TEXT, api="Username"),
                    Attribute(
                        "resources",
                        Records((Attribute("resource_name", TEXT, api="ResourceName"),), harmless=("ResourceType",)),
                        api="Resources",
                        default=[],
                    ),
                ),
                harmless=("EventSource", "ReadOnly", "AccessKeyId", "CloudTrailEvent"),
            ),
            api="LookupEvents:Events",
            default=[],
        ),
    ),
    links=(
        Link("trails", to="trail"),
        Link("seen_trails", to="trail", by="trail_arns", keys=("arn",)),
        Link("organizations", to="organization"),
        Link("config_recorders", to="config_recorder"),
        Link("config_rules", to="config_rule"),
    ),
)

ORGANIZATION = Kind(
    name="organization",
    title="AWS organization",
    terraform=("aws_organizations_organization",),
    cloudformation=("AWS::Organizations::Organization",),
    attributes=(
        Attribute("id", TEXT, "id", (), "DescribeOrganization:Organization.Id", default=GENERATED),
        Attribute(
            "management_account_id",
            TEXT,
            "master_account_id",
            (),
            "DescribeOrganization:Organization.MasterAccountId",
            default=GENERATED,
        ),
        Attribute(
            "feature_set",
            TEXT,
            "feature_set",
            "FeatureSet",
            "DescribeOrganization:Organization.FeatureSet",
            default="ALL",
        ),
        Attribute(
            "enabled_policy_types",
            TEXTS,
            "enabled_policy_types",
            (),
            "ListRoots:Roots[0].PolicyTypes[].Type",
            default=[],
        ),
        # `Status` of an account is no longer given since September 2026; `State` is what counts.
        Attribute(
            "accounts",
            Records(
                (
                    Attribute("id", TEXT, api="Id"),
                    Attribute("name", TEXT, api="Name"),
                    Attribute("state", TEXT, api="State"),
                    Attribute("joined_timestamp", TEXT, api="JoinedTimestamp"),
                ),
                harmless=("Arn", "Email", "Status", "JoinedMethod", "Paths"),
            ),
            api="ListAccounts:Accounts",
            default=[],
        ),
        # Those of CloudTrail: asked with ServicePrincipal cloudtrail.amazonaws.com.
        Attribute(
            "delegated_administrators",
            Records(
                (Attribute("id", TEXT, api="Id"), Attribute("state", TEXT, api="State")),
                harmless=(
                    *("Arn", "Email", "Name", "Status", "JoinedMethod", "JoinedTimestamp", "Paths"),
                    "DelegationEnabledDate",
                ),
            ),
            api="ListDelegatedAdministrators:DelegatedAdministrators",
            default=[],
        ),
    ),
    links=(Link("policies", to="organization_policy"), Link("trails", to="trail")),
)


ORGANIZATION_POLICY = Kind(
    name="organization_policy",
    title="Organizations policy",
    terraform=("aws_organizations_policy",),
    cloudformation=("AWS::Organizations::Policy",),
    attributes=(
        Attribute("name", TEXT, "name", "Name", "DescribePolicy:Policy.PolicySummary.Name", default=GENERATED),
        Attribute("arn", TEXT, "arn", (), "DescribePolicy:Policy.PolicySummary.Arn", default=GENERATED),
        Attribute(
            "type",
            TEXT,
            "type",
            "Type",
            "DescribePolicy:Policy.PolicySummary.Type",
            default="SERVICE_CONTROL_POLICY",
        ),
        Attribute("content", DOCUMENT, "content", "Content", "DescribePolicy:Policy.Content"),
        Attribute(
            "targets",
            ANY,
            "aws_organizations_policy_attachment/target_id",
            "TargetIds",
            "ListTargetsForPolicy:Targets[].TargetId",
            default=[],
            gathers=True,
        ),
    ),
    parts=(Part("aws_organizations_policy_attachment", "policy_id", several=True),),
)

ACCOUNT_PUBLIC_ACCESS_BLOCK = Kind(
    name="account_public_access_block",
    title="Public access block of the account",
    terraform=("aws_s3_account_public_access_block",),
    cloudformation=(),
    attributes=tuple(
        Attribute(
            flag,
            ANY,
            flag,
            (),
            "GetPublicAccessBlock:PublicAccessBlockConfiguration." + "".join(word.title() for word in flag.split("_")),
            default=False,
        )
        for flag in ("block_public_acls", "ignore_public_acls", "block_public_policy", "restrict_public_buckets")
    ),
)
