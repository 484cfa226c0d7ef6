"""CloudTrail's event record: which fields it has, what they hold, and texts that they really hold.

Source: CloudTrail User Guide, "CloudTrail record contents" and "CloudTrail
userIdentity element". A field that is not listed may hold anything.
"""

from __future__ import annotations

from collections.abc import Mapping

from ctguard.filter_pattern.automaton import ANY, Automaton, Draft
from ctguard.filter_pattern.domain import ANYTHING, Domain, Texts
from ctguard.filter_pattern.syntax import Path


def _some_text() -> Automaton:
    draft = Draft()
    first, rest = draft.start(), draft.state()
    draft.edge(first, ANY, rest)
    draft.edge(rest, ANY, rest)
    draft.finish(rest)
    return draft.automaton()


SOME_TEXT = _some_text()
"""The automaton of every text but the empty one."""

TEXT = Domain(texts=Texts(accepted=(SOME_TEXT,)))
OPTIONAL_TEXT = Domain(absent=True, texts=Texts())
OPTIONAL_FLAG = Domain(absent=True, booleans=(True, False))
OBJECT = Domain(objects=True)
OPTIONAL_OBJECT = Domain(absent=True, objects=True)
NULLABLE_OBJECT = Domain(absent=True, null=True, objects=True)
OPTIONAL_ARRAY = Domain(absent=True, arrays=True)

EVENT_TYPES = ("AwsApiCall", "AwsServiceEvent", "AwsConsoleAction", "AwsConsoleSignIn")

ALWAYS = (
    "eventVersion",
    "eventID",
    "eventTime",
    "eventSource",
    "eventName",
    "awsRegion",
    "sourceIPAddress",
    "userAgent",
    "recipientAccountId",
)
"""Top-level fields that every record has, as texts that are not empty."""

_OPTIONAL_TEXTS = (
    "errorCode",
    "errorMessage",
    "apiVersion",
    "requestID",
    "sharedEventID",
    "eventCategory",
    "vpcEndpointId",
    "vpcEndpointAccountId",
    "sessionCredentialFromConsole",
)
_IDENTITY_TEXTS = (
    "principalId",
    "arn",
    "accountId",
    "accessKeyId",
    "userName",
    "invokedBy",
    "identityProvider",
    "credentialId",
)
_ISSUER_TEXTS = ("type", "principalId", "arn", "accountId", "userName")

DOMAINS: Mapping[Path, Domain] = {
    (): OBJECT,
    **{(name,): TEXT for name in ALWAYS},
    ("eventType",): TEXT,
    **{(name,): OPTIONAL_TEXT for name in _OPTIONAL_TEXTS},
    ("readOnly",): OPTIONAL_FLAG,
    ("managementEvent",): OPTIONAL_FLAG,
    ("requestParameters",): NULLABLE_OBJECT,
    ("responseElements",): NULLABLE_OBJECT,
    ("additionalEventData",): NULLABLE_OBJECT,
    ("serviceEventDetails",): OPTIONAL_OBJECT,
    ("tlsDetails",): OPTIONAL_OBJECT,
    ("addendum",): OPTIONAL_OBJECT,
    ("edgeDeviceDetails",): OPTIONAL_OBJECT,
    ("resources",): OPTIONAL_ARRAY,
    ("userIdentity",): OBJECT,
    ("userIdentity", "type"): TEXT,
    **{("userIdentity", name): OPTIONAL_TEXT for name in _IDENTITY_TEXTS},
    ("userIdentity", "onBehalfOf"): OPTIONAL_OBJECT,
    ("userIdentity", "sessionContext"): OPTIONAL_OBJECT,
    ("userIdentity", "sessionContext", "sourceIdentity"): OPTIONAL_TEXT,
    ("userIdentity", "sessionContext", "ec2RoleDelivery"): OPTIONAL_TEXT,
    ("userIdentity", "sessionContext", "sessionIssuer"): OPTIONAL_OBJECT,
    **{("userIdentity", "sessionContext", "sessionIssuer", name): OPTIONAL_TEXT for name in _ISSUER_TEXTS},
    ("userIdentity", "sessionContext", "attributes"): OPTIONAL_OBJECT,
    ("userIdentity", "sessionContext", "attributes", "mfaAuthenticated"): OPTIONAL_TEXT,
    ("userIdentity", "sessionContext", "attributes", "creationDate"): OPTIONAL_TEXT,
    ("userIdentity", "sessionContext", "webIdFederationData"): OPTIONAL_OBJECT,
    **{("tlsDetails", name): OPTIONAL_TEXT for name in ("tlsVersion", "cipherSuite", "clientProvidedHostHeader")},
}

SAMPLES: Mapping[Path, tuple[str, ...]] = {
    ("eventVersion",): ("1.11", "1.08"),
    ("eventID",): ("7f3a2c1e-52b4-4c0e-9a60-0d6b1f0f6a11",),
    ("eventTime",): ("2026-11-20T09:30:00Z",),
    ("eventSource",): ("ec2.amazonaws.com", "iam.amazonaws.com", "s3.amazonaws.com", "appmesh.amazonaws.com"),
    ("eventName",): ("DescribeInstances", "RunInstances", "CreateUser", "GetObject", "AssumeRole", "DeleteBucket"),
    ("awsRegion",): ("us-east-1", "eu-west-1", "ap-southeast-2", "us-west-2", "eu-central-1", "us-gov-west-1"),
    ("sourceIPAddress",): ("203.0.113.10", "198.51.100.23", "192.0.2.77", "cloudformation.amazonaws.com", "10.1.2.3"),
    ("userAgent",): ("aws-cli/2.22.0", "console.amazonaws.com", "Boto3/1.44.5", "terraform"),
    ("recipientAccountId",): ("111122223333", "444455556666", "999988887777"),
    ("errorCode",): ("AccessDenied", "Client.UnauthorizedOperation", "NoSuchEntityException", "ThrottlingException"),
    ("errorMessage",): ("User is not authorized to perform this action", "Failed authentication", "Rate exceeded"),
    ("userIdentity", "type"): ("AssumedRole", "IAMUser", "AWSService", "FederatedUser", "AWSAccount", "Root"),
    ("userIdentity", "arn"): (
        "arn:aws:sts::111122223333:assumed-role/Admin/mallory",
        "arn:aws:iam::111122223333:user/mallory",
        "arn:aws:iam::111122223333:root",
        "arn:aws-us-gov:iam::111122223333:root",
        "arn:aws:iam::999988887777:root",
    ),
    ("userIdentity", "userName"): ("mallory", "alice"),
    ("userIdentity", "accountId"): ("111122223333", "999988887777"),
    ("userIdentity", "principalId"): ("AROAEXAMPLE:mallory", "AIDAEXAMPLE"),
    ("userIdentity", "invokedBy"): ("cloudformation.amazonaws.com", "autoscaling.amazonaws.com", "AWS Internal"),
    ("userIdentity", "accessKeyId"): ("ASIAEXAMPLE", "AKIAEXAMPLE"),
    ("eventCategory",): ("Management", "Data"),
    ("vpcEndpointId",): ("vpce-0a1b2c3d4e5f60718",),
    ("userIdentity", "sessionContext", "sessionIssuer", "userName"): ("Admin", "Deploy"),
    ("userIdentity", "sessionContext", "attributes", "mfaAuthenticated"): ("false", "true"),
    ("additionalEventData", "MFAUsed"): ("No", "Yes"),
    ("responseElements", "ConsoleLogin"): ("Success", "Failure"),
}


def domain_of(path: Path) -> Domain:
    """Return what the record may hold at `path`."""
    return DOMAINS.get(path, ANYTHING)
