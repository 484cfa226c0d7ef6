"""AWS Config recorders, aggregators and rules.

Sources: AWS Config API Reference (DescribeConfigurationRecorders, DescribeConfigurationRecorderStatus,
DescribeConfigurationAggregators, DescribeConfigRules, DescribeComplianceByConfigRule), the AWS provider's
aws_config_* resources, the schemas of AWS::Config::*.
"""

from ctguard.model.kinds.attribute import ANY, BOOL, GENERATED, TEXT, TEXTS, Attribute, Kind, Part, Records, Spelling

IN_CODE = {"terraform": None, "cloudformation": None}

CONFIG_RECORDER = Kind(
    name="config_recorder",
    title="AWS Config recorder",
    terraform=("aws_config_configuration_recorder",),
    cloudformation=("AWS::Config::ConfigurationRecorder",),
    attributes=(
        Attribute(
            "name",
            TEXT,
            "name",
            "Name",
            "DescribeConfigurationRecorders:ConfigurationRecorders[]/name",
            default="default",
        ),
        Attribute(
            "arn", TEXT, "arn", (), "DescribeConfigurationRecorders:ConfigurationRecorders[]/arn", default=GENERATED
        ),
        # No recording group at all means all supported types; a template's group without the flag means not all.
        Attribute(
            "recording_group.all_supported",
            BOOL,
            "recording_group[0].all_supported",
            Spelling("RecordingGroup.AllSupported", omitted=False),
            "DescribeConfigurationRecorders:ConfigurationRecorders[]/recordingGroup.allSupported",
            default=True,
        ),
        Attribute(
            "recording_group.include_global_resource_types",
            BOOL,
            "recording_group[0].include_global_resource_types",
            "RecordingGroup.IncludeGlobalResourceTypes",
            "DescribeConfigurationRecorders:ConfigurationRecorders[]/recordingGroup.includeGlobalResourceTypes",
            default=False,
        ),
        Attribute(
            "recording_group.resource_types",
            TEXTS,
            "recording_group[0].resource_types",
            "RecordingGroup.ResourceTypes",
            "DescribeConfigurationRecorders:ConfigurationRecorders[]/recordingGroup.resourceTypes",
            default=[],
        ),
        Attribute(
            "recording_group.exclusion_by_resource_types",
            TEXTS,
            "recording_group[0].exclusion_by_resource_types[0].resource_types",
            "RecordingGroup.ExclusionByResourceTypes.ResourceTypes",
            "DescribeConfigurationRecorders:ConfigurationRecorders[]/recordingGroup.exclusionByResourceTypes.resourceTypes",
            default=[],
        ),
        Attribute(
            "recording_group.recording_strategy",
            TEXT,
            "recording_group[0].recording_strategy[0].use_only",
            "RecordingGroup.RecordingStrategy.UseOnly",
            "DescribeConfigurationRecorders:ConfigurationRecorders[]/recordingGroup.recordingStrategy.useOnly",
        ),
        # Terraform's recorder does not start recording by itself; a template's does (StartedOnCreate).
        Attribute(
            "recording",
            BOOL,
            "aws_config_configuration_recorder_status/is_enabled",
            "StartedOnCreate",
            "DescribeConfigurationRecorderStatus:ConfigurationRecordersStatus[]/recording",
            default=False,
            always_told=True,
            defaults={"cloudformation": True},
        ),
        # What follows is seen in accounts only: code declares recorders of the account's own, that have not run yet.
        Attribute(
            "last_status",
            TEXT,
            (),
            (),
            "DescribeConfigurationRecorderStatus:ConfigurationRecordersStatus[]/lastStatus",
            defaults=IN_CODE,
            one_of=("Pending", "Success", "Failure", "NotApplicable", "PENDING", "SUCCESS", "FAILURE"),
        ),
        Attribute(
            "service_principal",
            TEXT,
            (),
            (),
            "DescribeConfigurationRecorders:ConfigurationRecorders[]/servicePrincipal",
            defaults=IN_CODE,
        ),
        Attribute(
            "recording_scope",
            TEXT,
            (),
            (),
            "DescribeConfigurationRecorders:ConfigurationRecorders[]/recordingScope",
            defaults=IN_CODE,
        ),
        Attribute(
            "connector_arn",
            TEXT,
            (),
            (),
            "DescribeConfigurationRecorders:ConfigurationRecorders[]/connectorArn",
            defaults=IN_CODE,
        ),
    ),
    parts=(Part("aws_config_configuration_recorder_status", "name"),),
)

CONFIG_AGGREGATOR = Kind(
    name="config_aggregator",
    title="AWS Config aggregator",
    terraform=("aws_config_configuration_aggregator",),
    cloudformation=("AWS::Config::ConfigurationAggregator",),
    attributes=(
        Attribute(
            "name",
            TEXT,
            "name",
            "ConfigurationAggregatorName",
            "DescribeConfigurationAggregators:ConfigurationAggregators[]/ConfigurationAggregatorName",
            default=GENERATED,
        ),
        Attribute(
            "arn",
            TEXT,
            "arn",
            (),
            "DescribeConfigurationAggregators:ConfigurationAggregators[]/ConfigurationAggregatorArn",
            default=GENERATED,
        ),
        Attribute(
            "account_sources",
            Records(
                (
                    Attribute("all_regions", BOOL, "all_regions", "AllAwsRegions", "AllAwsRegions", default=False),
                    Attribute("regions", TEXTS, "regions", "AwsRegions", "AwsRegions", default=[]),
                ),
                harmless=("AccountIds",),
            ),
            "account_aggregation_source",
            "AccountAggregationSources",
            "DescribeConfigurationAggregators:ConfigurationAggregators[]/AccountAggregationSources",
            default=[],
        ),
        Attribute(
            "organization_source.all_regions",
            BOOL,
            "organization_aggregation_source[0].all_regions",
            "OrganizationAggregationSource.AllAwsRegions",
            "DescribeConfigurationAggregators:ConfigurationAggregators[]/OrganizationAggregationSource.AllAwsRegions",
        ),
        Attribute(
            "organization_source.regions",
            ANY,
            "organization_aggregation_source[0].regions",
            "OrganizationAggregationSource.AwsRegions",
            "DescribeConfigurationAggregators:ConfigurationAggregators[]/OrganizationAggregationSource.AwsRegions",
        ),
    ),
)

CONFIG_RULE = Kind(
    name="config_rule",
    title="AWS Config rule",
    terraform=("aws_config_config_rule", "aws_config_organization_managed_rule"),
    cloudformation=("AWS::Config::ConfigRule",),
    attributes=(
        Attribute(
            "name",
            TEXT,
            "name",
            "ConfigRuleName",
            "DescribeConfigRules:ConfigRules[]/ConfigRuleName",
            default=GENERATED,
        ),
        Attribute("arn", TEXT, "arn", (), "DescribeConfigRules:ConfigRules[]/ConfigRuleArn", default=GENERATED),
        # The rules of an organization that are managed are AWS's by their type.
        Attribute(
            "source.owner",
            TEXT,
            "source[0].owner",
            "Source.Owner",
            "DescribeConfigRules:ConfigRules[]/Source.Owner",
            default="AWS",
        ),
        Attribute(
            "source.source_identifier",
            TEXT,
            ("source[0].source_identifier", "rule_identifier"),
            "Source.SourceIdentifier",
            "DescribeConfigRules:ConfigRules[]/Source.SourceIdentifier",
        ),
        # Code declares rules that have not judged anything yet.
        Attribute(
            "compliance_type",
            TEXT,
            api="DescribeComplianceByConfigRule:ComplianceByConfigRules[]/Compliance.ComplianceType",
            defaults=IN_CODE,
        ),
    ),
)
