"""The actions of the services that a trail leans on: what each does, and to what.

Facts of the Service Authorization Reference (Amazon S3, Amazon SNS, AWS KMS,
AWS CloudTrail, Amazon CloudWatch Logs). The order within a group is that in which witnesses are sought:
what people know best comes first. An action that stands nowhere here counts as
writing, whatever it is applied to.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Final

from msgspec import Struct

from ctguard.policy.pattern import STAR, Pattern, Token, Wild, compile_pattern

BUCKET: Final = "bucket"
OBJECT: Final = "object"
ANYTHING: Final = "anything"


class Action(Struct, frozen=True):
    """An action: `name` with its service, whether it `writes` (any access level but Read and List), `on` what."""

    name: str
    writes: bool
    on: str = ANYTHING
    known: bool = True


_S3: Final = {
    (OBJECT, True): """PutObject DeleteObject DeleteObjectVersion PutObjectAcl PutObjectVersionAcl PutObjectTagging
        PutObjectVersionTagging DeleteObjectTagging DeleteObjectVersionTagging PutObjectRetention PutObjectLegalHold
        BypassGovernanceRetention UpdateObjectEncryption AbortMultipartUpload RestoreObject ReplicateObject
        ReplicateDelete ReplicateTags InitiateReplication ObjectOwnerOverrideToBucketOwner""",
    (OBJECT, False): """GetObject GetObjectVersion GetObjectAcl GetObjectVersionAcl GetObjectAttributes
        GetObjectVersionAttributes GetObjectTagging GetObjectVersionTagging GetObjectRetention GetObjectLegalHold
        GetObjectTorrent GetObjectVersionTorrent GetObjectVersionForReplication ListMultipartUploadParts""",
    (BUCKET, True): """PutBucketPolicy DeleteBucketPolicy PutBucketAcl PutLifecycleConfiguration PutBucketVersioning
        DeleteBucket PutEncryptionConfiguration PutBucketPublicAccessBlock PutBucketOwnershipControls
        PutBucketObjectLockConfiguration PutReplicationConfiguration PutBucketLogging PutBucketNotification
        PutBucketAbac PutBucketTagging TagResource UntagResource PutInventoryConfiguration PutAnalyticsConfiguration
        PutMetricsConfiguration PutIntelligentTieringConfiguration PutAccelerateConfiguration PutBucketCORS
        PutBucketRequestPayment PutBucketWebsite DeleteBucketWebsite CreateBucket PauseReplication
        CreateBucketMetadataTableConfiguration DeleteBucketMetadataTableConfiguration
        UpdateBucketMetadataInventoryTableConfiguration UpdateBucketMetadataJournalTableConfiguration""",
    (BUCKET, False): """ListBucket ListBucketVersions ListBucketMultipartUploads GetBucketAcl GetBucketLocation
        GetBucketPolicy GetBucketPolicyStatus GetBucketVersioning GetBucketLogging GetBucketNotification GetBucketCORS
        GetBucketTagging GetBucketAbac GetBucketObjectLockConfiguration GetBucketOwnershipControls
        GetBucketPublicAccessBlock GetBucketRequestPayment GetBucketWebsite GetBucketMetadataTableConfiguration
        GetAccelerateConfiguration GetAnalyticsConfiguration GetEncryptionConfiguration
        GetIntelligentTieringConfiguration GetInventoryConfiguration GetLifecycleConfiguration GetMetricsConfiguration
        GetReplicationConfiguration ListTagsForResource HeadBucket""",
    (ANYTHING, True): """CreateAccessPoint DeleteAccessPoint PutAccessPointPolicy DeleteAccessPointPolicy
        PutAccessPointPublicAccessBlock CreateJob""",
    (ANYTHING, False): """ListAllMyBuckets ListAccessPoints GetAccessPoint GetAccessPointPolicy
        GetAccessPointPolicyStatus GetAccountPublicAccessBlock GetDataAccess ListJobs DescribeJob GetJobTagging
        ListStorageLensConfigurations GetStorageLensConfiguration GetStorageLensConfigurationTagging
        GetStorageLensDashboard ListMultiRegionAccessPoints GetMultiRegionAccessPoint
        GetMultiRegionAccessPointPolicy GetMultiRegionAccessPointPolicyStatus GetMultiRegionAccessPointRoutes
        ListAccessGrants ListAccessGrantsInstances ListAccessGrantsLocations ListCallerAccessGrants GetAccessGrant
        GetAccessGrantsInstance GetAccessGrantsInstanceForPrefix GetAccessGrantsInstanceResourcePolicy
        GetAccessGrantsLocation ListAccessPointsForObjectLambda GetAccessPointForObjectLambda
        GetAccessPointConfigurationForObjectLambda GetAccessPointPolicyForObjectLambda
        GetAccessPointPolicyStatusForObjectLambda""",
}

_SNS: Final = {
    (ANYTHING, True): """Publish SetTopicAttributes AddPermission RemovePermission DeleteTopic PutDataProtectionPolicy
        TagResource UntagResource CreateTopic Unsubscribe SetSubscriptionAttributes CreatePlatformApplication
        DeletePlatformApplication SetPlatformApplicationAttributes CreatePlatformEndpoint DeleteEndpoint
        SetEndpointAttributes SetSMSAttributes OptInPhoneNumber CreateSMSSandboxPhoneNumber DeleteSMSSandboxPhoneNumber
        VerifySMSSandboxPhoneNumber""",
    # Subscribing is judged beside reading: both get the notifications out.
    (ANYTHING, False): """Subscribe Receive ConfirmSubscription GetTopicAttributes ListSubscriptionsByTopic
        GetDataProtectionPolicy ListTagsForResource GetSubscriptionAttributes ListTopics ListSubscriptions
        ListPlatformApplications GetPlatformApplicationAttributes ListEndpointsByPlatformApplication
        GetEndpointAttributes GetSMSAttributes GetSMSSandboxAccountStatus ListSMSSandboxPhoneNumbers
        ListOriginationNumbers ListPhoneNumbersOptedOut CheckIfPhoneNumberIsOptedOut""",
}

_KMS: Final = {
    (ANYTHING, True): """PutKeyPolicy ScheduleKeyDeletion DisableKey EnableKey CancelKeyDeletion DisableKeyRotation
        ReplicateKey UpdatePrimaryRegion RevokeGrant CreateGrant Decrypt GenerateDataKey
        GenerateDataKeyWithoutPlaintext GenerateDataKeyPair GenerateDataKeyPairWithoutPlaintext Encrypt ReEncryptFrom
        ReEncryptTo Sign Verify GenerateMac VerifyMac DeriveSharedSecret EnableKeyRotation RotateKeyOnDemand
        ImportKeyMaterial DeleteImportedKeyMaterial UpdateKeyDescription RetireGrant SynchronizeMultiRegionKey
        TagResource UntagResource CreateAlias DeleteAlias UpdateAlias GenerateRandom CreateKey CreateCustomKeyStore
        UpdateCustomKeyStore DeleteCustomKeyStore ConnectCustomKeyStore DisconnectCustomKeyStore""",
    (ANYTHING, False): """DescribeKey DescribeCustomKeyStores GetKeyPolicy GetKeyRotationStatus GetParametersForImport
        GetPublicKey ListGrants ListKeyPolicies ListKeyRotations ListResourceTags ListAliases ListKeys
        ListRetirableGrants""",
}

_CLOUDTRAIL: Final = {
    (ANYTHING, True): """StopLogging DeleteTrail UpdateTrail PutEventSelectors PutInsightSelectors DeleteEventDataStore
        UpdateEventDataStore StopEventDataStoreIngestion DisableFederation PutResourcePolicy DeleteResourcePolicy
        DeregisterOrganizationDelegatedAdmin RegisterOrganizationDelegatedAdmin AddTags RemoveTags CreateTrail
        StartLogging CreateChannel UpdateChannel DeleteChannel CreateServiceLinkedChannel UpdateServiceLinkedChannel
        DeleteServiceLinkedChannel CreateDashboard UpdateDashboard DeleteDashboard StartDashboardRefresh
        CreateEventDataStore RestoreEventDataStore StartEventDataStoreIngestion EnableFederation PutEventConfiguration
        GenerateQuery StartQuery CancelQuery StartImport StopImport""",
    (ANYTHING, False): """DescribeTrails GetTrail GetTrailStatus GetEventSelectors GetInsightSelectors
        GetEventConfiguration ListTrails ListTags ListPublicKeys ListInsightsData LookupEvents ListEventDataStores
        GetEventDataStore GetEventDataStoreData ListChannels GetChannel GetServiceLinkedChannel
        ListServiceLinkedChannels GetResourcePolicy ListDashboards GetDashboard DescribeQuery GetQueryResults
        GenerateQueryResultsSummary ListQueries SearchSampleQueries GetImport ListImports ListImportFailures""",
}

_LOGS: Final = {
    (ANYTHING, True): """PutLogEvents CreateLogStream DeleteLogStream DeleteLogGroup PutRetentionPolicy
        DeleteRetentionPolicy PutSubscriptionFilter DeleteSubscriptionFilter PutMetricFilter DeleteMetricFilter
        PutResourcePolicy DeleteResourcePolicy PutDataProtectionPolicy DeleteDataProtectionPolicy PutTransformer
        DeleteTransformer PutLogGroupDeletionProtection PutBearerTokenAuthentication AssociateKmsKey
        DisassociateKmsKey CreateExportTask CreateDelivery TagResource UntagResource TagLogGroup UntagLogGroup
        PutIndexPolicy DeleteIndexPolicy""",
    (ANYTHING, False): """GetLogEvents FilterLogEvents GetLogRecord StartQuery StopQuery GetQueryResults StartLiveTail
        DescribeLogStreams DescribeLogGroups DescribeMetricFilters DescribeSubscriptionFilters
        DescribeResourcePolicies GetDataProtectionPolicy GetTransformer GetLogGroupFields ListTagsForResource
        ListTagsLogGroup Unmask Link""",
}

_TABLES: Final = {"s3": _S3, "sns": _SNS, "kms": _KMS, "cloudtrail": _CLOUDTRAIL, "logs": _LOGS}

PUT_OBJECT: Final = "s3:PutObject"
GET_BUCKET_ACL: Final = "s3:GetBucketAcl"
PUBLISH: Final = "sns:Publish"
DESCRIBE_KEY: Final = "kms:DescribeKey"
GENERATE_DATA_KEY: Final = "kms:GenerateDataKey"
CREATE_GRANT: Final = "kms:CreateGrant"
DECRYPT: Final = "kms:Decrypt"


def _named(service: str, names: str) -> frozenset[str]:
    return frozenset(f"{service}:{name}" for name in names.split())


KEY_ADMINISTRATION: Final = _named(
    "kms",
    """PutKeyPolicy ScheduleKeyDeletion DisableKey EnableKey CancelKeyDeletion DisableKeyRotation ReplicateKey
    UpdatePrimaryRegion RevokeGrant CreateGrant""",
)
DATA_KEYS: Final = _named(
    "kms",
    "GenerateDataKey GenerateDataKeyWithoutPlaintext GenerateDataKeyPair GenerateDataKeyPairWithoutPlaintext",
)
KEY_USE: Final = _named(
    "kms",
    """Decrypt Encrypt ReEncryptFrom ReEncryptTo GenerateDataKey GenerateDataKeyWithoutPlaintext GenerateDataKeyPair
    GenerateDataKeyPairWithoutPlaintext Sign Verify GenerateMac VerifyMac DeriveSharedSecret""",
)
OBJECT_DESTRUCTION: Final = _named(
    "s3",
    """DeleteObject DeleteObjectVersion DeleteObjectTagging DeleteObjectVersionTagging PutObjectAcl PutObjectVersionAcl
    PutObjectTagging PutObjectVersionTagging PutObjectRetention PutObjectLegalHold BypassGovernanceRetention
    UpdateObjectEncryption ReplicateDelete RestoreObject AbortMultipartUpload ObjectOwnerOverrideToBucketOwner""",
)
OBJECT_CREATION: Final = _named("s3", "PutObject ReplicateObject")


@cache
def known_actions(service: str) -> tuple[Action, ...]:
    """Return the actions of a service that can be asked for on a resource, in the order of the tables."""
    return tuple(
        Action(f"{service}:{name}", writes, on)
        for (on, writes), names in _TABLES.get(service, {}).items()
        for name in names.split()
    )


def actions_of(service: str, patterns: Iterable[Pattern]) -> tuple[Action, ...]:
    """Return the known actions of a service, and those that the patterns name beside them.

    A pattern that matches no known action stands for one that AWS added since.
    """
    known = known_actions(service)
    added = {}
    for pattern in patterns:
        if pattern.unknown is None and not _matches_any(pattern, known):
            prefix, _, rest = "".join(_instance(token) for token in pattern.tokens).partition(":")
            name = f"{service}:{rest}"
            if prefix.lower() == service:
                added[name.lower()] = Action(name, True, ANYTHING, known=False)
    return known + tuple(added.values())


def _instance(token: Token) -> str:
    return "" if token is STAR else "x" if isinstance(token, Wild) else str(token)


def _matches_any(pattern: Pattern, actions: tuple[Action, ...]) -> bool:
    return any(pattern.matches(action.name) for action in actions)


def action_pattern(name: str) -> Pattern:
    """Return the pattern of an action as a policy would write it."""
    return compile_pattern(name, wild=True, folded=True)
