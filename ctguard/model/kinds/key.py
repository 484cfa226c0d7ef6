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
    Link,
    Part,
)

KEY = Kind(
    name="key",
    title="KMS key",
    terraform=("aws_kms_key", "aws_kms_external_key", "aws_kms_replica_key"),
    cloudformation=("AWS::KMS::Key", "AWS::KMS::ReplicaKey"),
    attributes=(
        Attribute("key_id", TEXT, ("key_id", "id"), (), "DescribeKey:KeyMetadata.KeyId", default=GENERATED),
        Attribute("arn", TEXT, "arn", (), "DescribeKey:KeyMetadata.Arn", default=GENERATED),
        Attribute(
            "enabled", BOOL, ("is_enabled", "enabled"), "Enabled", "DescribeKey:KeyMetadata.Enabled", default=True
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
        ),
        Attribute(
            "key_rotation_enabled",
            BOOL,
            "enable_key_rotation",
            "EnableKeyRotation",
            "GetKeyRotationStatus:KeyRotationEnabled",
            default=False,
        ),
        Attribute(
            "rotation_period_in_days",
            INTEGER,
            "rotation_period_in_days",
            "RotationPeriodInDays",
            "GetKeyRotationStatus:RotationPeriodInDays",
            default=365,
        ),
        Attribute("deletion_window_in_days", INTEGER, "deletion_window_in_days", "PendingWindowInDays", default=30),
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
        Attribute("origin", TEXT, "origin", "Origin", "DescribeKey:KeyMetadata.Origin", default="AWS_KMS"),
        Attribute("policy", DOCUMENT, ("aws_kms_key_policy/policy", "policy"), "KeyPolicy", "GetKeyPolicy:Policy"),
    ),
    parts=(Part("aws_kms_key_policy", "key_id"),),
    links=(
        Link("aliases", to="key_alias", inverse="key"),
        Link("grants", to="key_grant", inverse="key"),
    ),
)

KEY_ALIAS = Kind(
    name="key_alias",
    title="KMS alias",
    terraform=("aws_kms_alias",),
    cloudformation=("AWS::KMS::Alias",),
    attributes=(
        Attribute("name", TEXT, "name", "AliasName", "ListAliases:Aliases[].AliasName", default=GENERATED),
        Attribute("arn", TEXT, "arn", (), "ListAliases:Aliases[].AliasArn", default=GENERATED),
        Attribute("target_key_id", TEXT, "target_key_id", "TargetKeyId", "ListAliases:Aliases[].TargetKeyId"),
    ),
    links=(Link("key", to="key", by="target_key_id", keys=("key_id", "arn")),),
)

KEY_GRANT = Kind(
    name="key_grant",
    title="KMS grant",
    terraform=("aws_kms_grant",),
    cloudformation=(),
    attributes=(
        Attribute("name", TEXT, "name", (), default=GENERATED),
        Attribute("key_id", TEXT, "key_id"),
        Attribute("grantee_principal", TEXT, "grantee_principal"),
        Attribute("operations", TEXTS, "operations", default=[]),
        Attribute("constraints", MAP, "constraints[0]"),
    ),
    links=(Link("key", to="key", by="key_id", keys=("key_id", "arn")),),
)
