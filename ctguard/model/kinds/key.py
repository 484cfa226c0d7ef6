"""KMS keys, their aliases and grants.

Sources: KMS API Reference (DescribeKey, GetKeyPolicy, GetKeyRotationStatus, ListAliases), the
AWS provider's aws_kms_* resources and the schemas of AWS::KMS::Key and AWS::KMS::Alias.
"""

from ctguard.model.kinds.attribute import (
    BOOL,
    DOCUMENT,
    GENERATED,
    INTEGER,
    MAP,
    TEXT,
    TEXTS,
    Attribute,
    Kind,
    Known,
    Link,
    Part,
    Spelling,
)
from ctguard.model.values import Unknown

ORIGINS = {
    "aws_kms_key": "AWS_KMS",
    "aws_kms_external_key": "EXTERNAL",
    "aws_kms_replica_key": "AWS_KMS",
}
IN_CODE = {"terraform": "CUSTOMER", "cloudformation": "CUSTOMER"}


def _rotation_of_replica(type_: object) -> object:
    """Return what is known of the rotation of a key that does not state it: a replica follows its primary."""
    if type_ in ("aws_kms_replica_key", "AWS::KMS::ReplicaKey"):
        return Unknown(
            "rotation of a replica key", "is decided by its primary key", "see the primary key, or audit the account"
        )
    return None


KEY = Kind(
    name="key",
    title="KMS key",
    terraform=("aws_kms_key", "aws_kms_external_key", "aws_kms_replica_key"),
    cloudformation=("AWS::KMS::Key", "AWS::KMS::ReplicaKey"),
    arn="arn:{partition}:kms:{region}:{account}:key/{key_id}",
    attributes=(
        # A change set tells the id of a key that exists.
        Attribute("key_id", TEXT, ("key_id", "id"), "@PhysicalResourceId", "@key_id", default=GENERATED),
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
            "enabled",
            BOOL,
            ("is_enabled", "enabled"),
            "Enabled",
            "DescribeKey:KeyMetadata.Enabled",
            default=True,
            always_told=True,
        ),
        # What code declares is a key that exists; only an account can show one on its way out.
        Attribute(
            "key_state",
            TEXT,
            "key_state",
            (),
            "DescribeKey:KeyMetadata.KeyState",
            default="Enabled",
            defaults={"cloudformation": "Enabled"},
            one_of=(
                *("Enabled", "Disabled", "Creating", "Updating", "Unavailable", "PendingImport"),
                *("PendingDeletion", "PendingReplicaDeletion"),
            ),
            always_told=True,
        ),
        Attribute(
            "key_rotation_enabled",
            BOOL,
            ("enable_key_rotation", Spelling("@type", _rotation_of_replica)),
            ("EnableKeyRotation", Spelling("@type", _rotation_of_replica)),
            "GetKeyRotationStatus:KeyRotationEnabled",
            default=False,
            always_told=True,
        ),
        Attribute(
            "rotation_period_in_days",
            INTEGER,
            "rotation_period_in_days",
            "RotationPeriodInDays",
            "GetKeyRotationStatus:RotationPeriodInDays",
            default=365,
        ),
        # Whoever has a key deleted chooses; an account has no such setting.
        Attribute(
            "deletion_window_in_days",
            INTEGER,
            "deletion_window_in_days",
            "PendingWindowInDays",
            default=30,
            defaults={"live": 30},
        ),
        Attribute(
            "multi_region", BOOL, "multi_region", "MultiRegion", "DescribeKey:KeyMetadata.MultiRegion", default=False
        ),
        Attribute(
            "key_spec",
            TEXT,
            ("customer_master_key_spec", "key_spec"),
            "KeySpec",
            "DescribeKey:KeyMetadata.KeySpec",
            default="SYMMETRIC_DEFAULT",
        ),
        Attribute(
            "key_usage", TEXT, "key_usage", "KeyUsage", "DescribeKey:KeyMetadata.KeyUsage", default="ENCRYPT_DECRYPT"
        ),
        # The provider has a resource of its own for keys with imported material.
        Attribute(
            "origin",
            TEXT,
            ("origin", Spelling("@type", ORIGINS)),
            "Origin",
            "DescribeKey:KeyMetadata.Origin",
            default="AWS_KMS",
        ),
        # What code declares is the customer's; only an account shows keys that AWS manages.
        Attribute(
            "key_manager",
            TEXT,
            (),
            (),
            "DescribeKey:KeyMetadata.KeyManager",
            defaults=IN_CODE,
            one_of=("AWS", "CUSTOMER"),
            always_told=True,
        ),
        Attribute("policy", DOCUMENT, ("aws_kms_key_policy/policy", "policy"), "KeyPolicy", "@policy"),
    ),
    known=(
        Known(
            "DescribeKey:KeyMetadata",
            ("enabled", "key_state"),
            (
                *("AWSAccountId", "KeyId", "Arn", "CreationDate", "Description", "CloudHsmClusterId"),
                *("CustomerMasterKeySpec", "EncryptionAlgorithms", "SigningAlgorithms", "KeyAgreementAlgorithms"),
                *("MacAlgorithms", "MultiRegionConfiguration", "ValidTo", "ExpirationModel", "DeletionDate"),
                *("PendingDeletionWindowInDays", "CustomKeyStoreId", "XksKeyConfiguration", "CurrentKeyMaterialId"),
            ),
        ),
    ),
    parts=(Part("aws_kms_key_policy", "key_id"),),
    links=(
        Link("aliases", to="key_alias", inverse="key"),
        Link("grants", to="key_grant", inverse="key"),
        Link("trails", to="trail", inverse="key"),
    ),
)

KEY_ALIAS = Kind(
    name="key_alias",
    title="KMS alias",
    terraform=("aws_kms_alias",),
    cloudformation=("AWS::KMS::Alias",),
    attributes=(
        Attribute("name", TEXT, "name", "AliasName", "ListAliases:Aliases[]/AliasName", default=GENERATED),
        Attribute("arn", TEXT, "arn", (), "ListAliases:Aliases[]/AliasArn", default=GENERATED),
        Attribute("target_key_id", TEXT, "target_key_id", "TargetKeyId", "ListAliases:Aliases[]/TargetKeyId"),
    ),
    links=(Link("key", to="key", by="target_key_id", keys=("key_id", "arn")),),
)

KEY_GRANT = Kind(
    name="key_grant",
    title="KMS grant",
    terraform=("aws_kms_grant",),
    cloudformation=(),
    attributes=(
        Attribute("name", TEXT, "name", (), "ListGrants:Grants[]/Name", default=GENERATED),
        Attribute("key_id", TEXT, "key_id", (), "ListGrants:Grants[]/KeyId"),
        Attribute(
            "grantee_principal",
            TEXT,
            "grantee_principal",
            (),
            ("ListGrants:Grants[]/GranteePrincipal", "ListGrants:Grants[]/GranteeServicePrincipal"),
        ),
        Attribute("operations", TEXTS, "operations", (), "ListGrants:Grants[]/Operations", default=[]),
        Attribute("constraints", MAP, "constraints[0]", (), "ListGrants:Grants[]/Constraints"),
    ),
    links=(Link("key", to="key", by="key_id", keys=("key_id", "arn")),),
)
