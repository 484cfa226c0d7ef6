"""The condition keys that AWS knows: who decides what a request carries under each.

Names from the IAM User Guide ("AWS global condition context keys") and the
Service Authorization Reference (Amazon S3, Amazon SNS, AWS KMS). A key that is
not here may mean anything: a condition on it is not decided.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

REQUEST: Final = "request"
"""Whoever calls writes it into the request: headers, parameters, tags to set, encryption context."""
SESSION: Final = "session"
"""Goes with the credentials of an IAM principal, who chose it; services and anonymous callers have none."""
IDENTITY: Final = "identity"
"""Says who the caller is; AWS fills it in."""
SOURCE: Final = "source"
"""Says for whose resource an AWS service calls; only services carry it, and AWS fills it in."""
NETWORK: Final = "network"
"""Where a call comes from; services call from inside of AWS."""
RESOURCE: Final = "resource"
"""A property of the resource that is asked for, such as its tags."""
OWNER: Final = "owner"
"""Says whose the resource is; AWS fills it in."""
TIME: Final = "time"


class Key(Struct, frozen=True):
    """A condition key: its canonical name, who decides it, its shape.

    `always` keys are in every request, `multi` keys hold several values.
    """

    name: str
    decided_by: str
    multi: bool = False
    is_bool: bool = False
    always: bool = False


_IDENTITY = """aws:PrincipalArn aws:PrincipalAccount aws:PrincipalOrgID aws:PrincipalOrgPaths+ aws:PrincipalType
aws:PrincipalIsAWSService? aws:PrincipalServiceName aws:PrincipalServiceNamesList+ aws:userid aws:username
kms:CallerAccount"""

_SESSION = """aws:PrincipalTag/ aws:AssumedRoot? aws:FederatedProvider aws:TokenIssueTime aws:MultiFactorAuthAge
aws:MultiFactorAuthPresent? aws:ChatbotSourceArn aws:Ec2InstanceSourceVpc aws:Ec2InstanceSourcePrivateIPv4
aws:SourceIdentity aws:SignInSessionArn aws:CalledVia+ aws:CalledViaFirst aws:CalledViaLast aws:ViaAWSService?
aws:IsMcpServiceAction? aws:CalledViaAWSMCP aws:ViaAWSMCPService? ec2:RoleDelivery ec2:SourceInstanceArn
lambda:SourceFunctionArn ssm:SourceInstanceArn glue:RoleAssumedBy glue:CredentialIssuingService
identitystore:UserId kms:ViaService"""

_SOURCE = "aws:SourceArn aws:SourceAccount aws:SourceOrgID aws:SourceOrgPaths+ aws:SourceOwner"

_NETWORK = """aws:SourceIp aws:SourceVpc aws:SourceVpcArn aws:SourceVpce aws:VpceAccount aws:VpceOrgID
aws:VpceOrgPaths+ aws:VpcSourceIp"""

_OWNER = "aws:ResourceAccount aws:ResourceOrgID aws:ResourceOrgPaths+ s3:ResourceAccount"

_RESOURCE = """aws:ResourceTag/ s3:ExistingObjectTag/ s3:BucketTag/ s3:AccessPointTag/ s3:DataAccessPointArn
s3:DataAccessPointAccount s3:AccessPointNetworkOrigin s3:AccessGrantsInstanceArn s3:AccessGrantsLocationScope
s3:AccessGrantScope kms:ResourceAliases+ kms:KeyOrigin kms:KeySpec kms:KeyUsage kms:MultiRegion?
kms:MultiRegionKeyType kms:CustomerMasterKeySpec kms:CustomerMasterKeyUsage"""

_TIME = "aws:CurrentTime aws:EpochTime"

_REQUEST = """aws:SecureTransport?! aws:UserAgent aws:Referer aws:RequestedRegion aws:RequestTag/ aws:TagKeys+
s3:authType s3:delimiter s3:destinationRegion s3:if-match s3:if-none-match s3:InventoryAccessibleOptionalFields+
s3:isReplicationPauseRequest? s3:LocationConstraint s3:max-keys s3:object-lock-legal-hold s3:object-lock-mode
s3:object-lock-remaining-retention-days s3:object-lock-retain-until-date s3:ObjectCreationOperation? s3:prefix
s3:RequestObjectTag/ s3:RequestObjectTagKeys+ s3:signatureAge s3:signatureversion s3:TlsVersion s3:VersionId
s3:x-amz-acl s3:x-amz-bucket-namespace s3:x-amz-content-sha256 s3:x-amz-copy-source s3:x-amz-grant-full-control
s3:x-amz-grant-read s3:x-amz-grant-read-acp s3:x-amz-grant-write s3:x-amz-grant-write-acp s3:x-amz-metadata-directive
s3:x-amz-object-ownership s3:x-amz-server-side-encryption s3:x-amz-server-side-encryption-aws-kms-key-id
s3:x-amz-server-side-encryption-customer-algorithm s3:x-amz-storage-class s3:x-amz-website-redirect-location
sns:Endpoint sns:Protocol
kms:BypassPolicyLockoutSafetyCheck? kms:DataKeyPairSpec kms:EncryptionAlgorithm kms:EncryptionContext:
kms:EncryptionContextKeys+ kms:ExpirationModel kms:GrantConstraintType kms:GranteePrincipal
kms:GrantIsForAWSResource? kms:GrantOperations+ kms:KeyAgreementAlgorithm kms:MacAlgorithm kms:MessageType
kms:PrimaryRegion kms:RecipientAttestation: kms:ReEncryptOnSameKey? kms:ReplicaRegion kms:RequestAlias
kms:RetiringPrincipal kms:RotationPeriodInDays kms:ScheduleKeyDeletionPendingWindowInDays kms:SigningAlgorithm
kms:ValidTo kms:WrappingAlgorithm kms:WrappingKeySpec
sts:ExternalId sts:RoleSessionName sts:SourceIdentity sts:TransitiveTagKeys+"""


def _table() -> dict[str, Key]:
    table: dict[str, Key] = {}
    for decided_by, names in (
        (IDENTITY, _IDENTITY),
        (SESSION, _SESSION),
        (SOURCE, _SOURCE),
        (NETWORK, _NETWORK),
        (OWNER, _OWNER),
        (RESOURCE, _RESOURCE),
        (TIME, _TIME),
        (REQUEST, _REQUEST),
    ):
        for written in names.split():
            name = written.rstrip("+?!")
            signs = written[len(name) :]
            always = "!" in signs or decided_by == TIME
            table[name.lower()] = Key(name, decided_by, "+" in signs, "?" in signs, always)
    return table


_KEYS: Final = _table()
_FAMILIES: Final = tuple(key for key in _KEYS if key[-1] in "/:")


@lru_cache(maxsize=1024)
def key_info(key: str) -> Key | None:
    """Return what is known of a condition key (given in lower case), or None."""
    found = _KEYS.get(key)
    if found is not None:
        return found if key not in _FAMILIES else None
    family = next((family for family in _FAMILIES if key.startswith(family)), None)
    return replace(_KEYS[family], name=_KEYS[family].name + key[len(family) :]) if family else None


def spelled(key: str) -> str:
    """Return the name of a key as AWS writes it."""
    found = key_info(key)
    return found.name if found else key
