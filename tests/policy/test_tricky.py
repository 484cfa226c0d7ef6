# ruff: noqa: E501 - a table reads best with one case a line
"""Policies that are easily misjudged."""

from __future__ import annotations

from typing import Any

import pytest

from tests.policy.builders import (
    ACL_CHECK,
    DEFAULT_TOPIC,
    DESCRIBE,
    ENCRYPT,
    KEY_ROOT,
    PUBLISH,
    ROOT,
    TRAIL_SERVICE,
    WRITE,
    allow,
    but,
    deny,
    under,
    verdict,
)
from tests.policy.generated import BUCKET, FRIEND, MEMBER, ORG, OTHER_ORG, OWN, STRANGER, TOPIC, TRAIL

OBJECTS = f"{BUCKET}/*"
LOOSE = but(WRITE, Condition=None)


def case(kind: str, name: str, expected: bool | None, *statements: Any, **context: Any):
    return pytest.param(kind, expected, statements, context, id=f"{kind}: {name}")


CASES = [
    case("s3", 'orgpaths own',True,under(LOOSE,**{"ForAnyValue:StringLike":{"aws:SourceOrgPaths":[f"{ORG}/*"]}}),org_id=ORG),
    case("s3", 'orgpaths other',False,under(LOOSE,**{"ForAnyValue:StringLike":{"aws:SourceOrgPaths":[f"{OTHER_ORG}/*"]}}),org_id=ORG),
    case("s3", 'orgpaths all',False,under(LOOSE,**{"ForAllValues:StringLike":{"aws:SourceOrgPaths":[f"{ORG}/*"]}}),org_id=ORG),
    case("s3", 'star put, deny all but ct service',False,allow("*","s3:PutObject",OBJECTS),deny("*","s3:*",OBJECTS,StringNotEquals={"aws:PrincipalServiceName":"cloudtrail.amazonaws.com"})),
    case("s3", 'star put, deny all but ct service and own',True,allow("*","s3:PutObject",OBJECTS),deny("*","s3:*",OBJECTS,StringNotEquals={"aws:PrincipalServiceName":"cloudtrail.amazonaws.com"}),deny("*","s3:*",OBJECTS,StringNotEquals={"aws:SourceAccount":OWN})),
    case("s3", 'star all, same',False,allow("*","s3:*",OBJECTS),deny("*","s3:*",OBJECTS,StringNotEquals={"aws:PrincipalServiceName":"cloudtrail.amazonaws.com"}),deny("*","s3:*",OBJECTS,StringNotEquals={"aws:SourceAccount":OWN})),
    case("s3", 'notprincipal deny but ct',True,allow("*","s3:PutObject",OBJECTS,StringEquals={"aws:SourceArn":TRAIL}),but(deny("*","*",OBJECTS),Principal=None,NotPrincipal=TRAIL_SERVICE)),
    case("s3", 'deny of two keys at once',True,LOOSE,deny("*","s3:*",OBJECTS,StringNotEquals={"aws:SourceAccount":OWN,"aws:SourceArn":TRAIL})),
    case("s3", 'deny both separately',True,LOOSE,deny("*","s3:*",OBJECTS,StringNotEquals={"aws:SourceAccount":OWN}),deny("*","s3:*",OBJECTS,StringNotEquals={"aws:SourceArn":TRAIL})),
    case("s3", 'allow two operators',True,under(LOOSE,StringEquals={"aws:SourceAccount":OWN},ArnLike={"aws:SourceArn":"arn:aws:cloudtrail:*:*:trail/*"})),
    case("s3", 'value list own+member',False,under(LOOSE,StringEquals={"aws:SourceAccount":[OWN,MEMBER]})),
    case("s3", 'not equals twice',False,under(LOOSE,StringNotEquals={"aws:SourceAccount":[STRANGER,FRIEND]})),
    case("s3", 'arnlike lone star',None,under(LOOSE,ArnLike={"aws:SourceArn":"*"})),
    case("s3", 'stringlike star',False,under(LOOSE,StringLike={"aws:SourceArn":"*"})),
    case("s3", 'stringlike acct any pos',True,under(LOOSE,StringLike={"aws:SourceArn":f"*:{OWN}:trail/*"})),
    case("s3", 'stringlike acct loosely',False,under(LOOSE,StringLike={"aws:SourceArn":f"*{OWN}*"})),
    case("s3", 'arn question marks acct',False,under(LOOSE,ArnLike={"aws:SourceArn":"arn:aws:cloudtrail:*:????????????:trail/*"})),
    case("s3", 'arn question mark one digit',False,under(LOOSE,ArnLike={"aws:SourceArn":"arn:aws:cloudtrail:*:11112222333?:trail/*"})),
    case("s3", 'ignorecase arn',True,under(LOOSE,StringEqualsIgnoreCase={"aws:SourceArn":TRAIL.upper()})),
    case("s3", 'numeric account wild',True,under(LOOSE,NumericEquals={"aws:SourceAccount":"111122223333.0"})),
    case("s3", 'own trail other partition',True,under(LOOSE,StringLike={"aws:SourceArn":f"arn:*:cloudtrail:*:{OWN}:trail/*"})),
    case("s3", 'condition empty list',True,under(LOOSE,StringEquals={"aws:SourceArn":[]})),
    case("s3", 'neg empty list',False,under(LOOSE,StringNotEquals={"aws:SourceArn":[]})),
    case("s3", 'reader obj version',True,ACL_CHECK,WRITE,allow({"AWS":FRIEND},["s3:GetObjectVersion","s3:GetObjectAcl","s3:ListBucketVersions"],[BUCKET, OBJECTS])),
    case("s3", 'reader restore',False,WRITE,allow({"AWS":FRIEND},["s3:GetObject","s3:RestoreObject"],OBJECTS)),
    case("s3", 'abort mpu',False,WRITE,allow({"AWS":FRIEND},"s3:AbortMultipartUpload",OBJECTS)),
    case("s3", 'list mpu parts',True,WRITE,allow({"AWS":FRIEND},"s3:ListMultipartUploadParts",OBJECTS)),
    case("s3", 'star with sourcevpc+org',True,allow("*","s3:GetObject",OBJECTS,StringEquals={"aws:SourceVpc":"vpc-1","aws:PrincipalOrgID":ORG})),
    case("s3", 'star with principal arn root of own',True,allow("*","s3:GetObject",OBJECTS,ArnLike={"aws:PrincipalArn":ROOT})),
    case("s3", 'star write principal arn root',False,allow("*","s3:PutObject",OBJECTS,ArnLike={"aws:PrincipalArn":ROOT})),
    case("s3", 'read w/ PrincipalOrgID wildcard suffix',False,allow("*","s3:GetObject",OBJECTS,StringLike={"aws:PrincipalOrgID":"o-our*"})),
    case("s3", 'anonymous via NotIp',False,allow("*","s3:GetObject",OBJECTS,NotIpAddress={"aws:SourceIp":"10.0.0.0/8"})),
    case("s3", 'read deny anon+strangers by two',True,allow("*","s3:GetObject",OBJECTS),deny("*","s3:GetObject",OBJECTS,StringNotEqualsIfExists={"aws:PrincipalAccount":OWN})),
    case("s3", 'read deny by PrincipalAccount equals anonymous',False,allow("*","s3:GetObject",OBJECTS),deny("*","s3:GetObject",OBJECTS,StringEquals={"aws:PrincipalAccount":"anonymous"})),
    case("s3", 'date past',False,allow("*","s3:GetObject",OBJECTS,DateLessThan={"aws:CurrentTime":"2020-01-01T00:00:00Z"})),
    case("s3", 'tls+star',False,allow("*","s3:GetObject",OBJECTS,Bool={"aws:SecureTransport":"true"})),
    case("s3", 'securetransport both',True,allow("*","s3:GetObject",OBJECTS,Bool={"aws:SecureTransport":"true"}),deny("*","*","*",Bool={"aws:SecureTransport":"true"})),
    case("s3", 'securetransport null',True,allow("*","s3:GetObject",OBJECTS,Null={"aws:SecureTransport":"true"})),
    case("s3", 'service role read config',True,WRITE,allow({"Service":"config.amazonaws.com"},"s3:GetObject",OBJECTS)),
    case("s3", 'lambda edge: federated write',False,WRITE,allow({"Federated":"cognito-identity.amazonaws.com"},"s3:PutObject",OBJECTS)),
    case("s3", 'deny only exact object then allow others',False,LOOSE,deny("*","s3:PutObject",[f"{BUCKET}/AWSLogs/{OWN}/a*",f"{BUCKET}/AWSLogs/{OWN}/b*"])),
    case("s3", 'deny covers by ?',True,but(LOOSE,Resource=f"{BUCKET}/AWSLogs/???"),deny("*","s3:PutObject",f"{BUCKET}/AWSLogs/*")),
    case("s3", 'deny partially by length',False,but(LOOSE,Resource=f"{BUCKET}/AWSLogs/*"),deny("*","s3:PutObject",[f"{BUCKET}/AWSLogs/"+"?"*i for i in range(20)])),
    case("s3", 'deny length or more',True,but(LOOSE,Resource=f"{BUCKET}/AWSLogs/*"),deny("*","s3:PutObject",[f"{BUCKET}/AWSLogs/"+"?"*i for i in range(20)]+[f"{BUCKET}/AWSLogs/"+"?"*20+"*"])),
    case("s3", 'allow on bucket only putobject',True,but(LOOSE,Resource=BUCKET)),
    case("s3", 'allow star deny action case',True,LOOSE,deny("*","S3:pUTobject","*")),
    case("s3", 'deny other action',False,LOOSE,deny("*","s3:PutObjectAcl","*")),
    case("s3", 'deny not action',True,LOOSE,but(deny("*","x:y","*"),Action=None,NotAction=["s3:Get*","s3:List*"])),
    case("s3", 'two allows',False,WRITE,LOOSE),
    case("s3", 'effect deny only',True,deny("*","s3:*",[BUCKET, OBJECTS])),
    case("s3", 'sourceip on ct',True,under(LOOSE,IpAddress={"aws:SourceIp":"203.0.113.0/24"})),
    case("s3", 'vpce on ct',True,under(LOOSE,StringEquals={"aws:SourceVpce":"vpce-1"})),
    case("s3", 'tag cond: bucket owner',False,under(LOOSE,StringEquals={"aws:ResourceAccount":OWN})),
    case("s3", 'resource account other',True,under(LOOSE,StringEquals={"aws:ResourceAccount":STRANGER})),
    case("s3", 'principaltype service',True,under(LOOSE,StringEquals={"aws:PrincipalType":"Service"})),
    case("sns", 'sns wildcard action deny',True,allow("*","sns:*",TOPIC),deny("*","sns:*",TOPIC,StringNotEquals={"aws:SourceOwner":OWN})),
    case("sns", 'org subscribe',True,PUBLISH,allow("*",["sns:Subscribe"],TOPIC,StringEquals={"aws:PrincipalOrgID":ORG})),
    case("sns", 'sub by account id key',True,PUBLISH,allow("*","sns:Subscribe",TOPIC,StringEquals={"aws:PrincipalAccount":FRIEND})),
    case("sns", 's3 notif with own bucket known',True,allow({"Service":"s3.amazonaws.com"},"sns:Publish",TOPIC,ArnLike={"aws:SourceArn":"arn:aws:s3:::acme-trail-logs"}),bucket="acme-trail-logs",bucket_owner=OWN),
    case("sns", 'events rule',True,allow({"Service":"events.amazonaws.com"},"sns:Publish",TOPIC,ArnEquals={"aws:SourceArn":f"arn:aws:events:us-east-1:{OWN}:rule/x"})),
    case("sns", 'events unbound',False,allow({"Service":"events.amazonaws.com"},"sns:Publish",TOPIC)),
    case("sns", 'default other acct + publish',False,PUBLISH,under(DEFAULT_TOPIC,StringEquals={"AWS:SourceOwner":[OWN,FRIEND]})),
    case("sns", 'default if exists',False,PUBLISH,under(DEFAULT_TOPIC,StringEqualsIfExists={"AWS:SourceOwner":OWN})),
    case("kms", 'default key policy',True,KEY_ROOT),
    case("kms", 'console trail policy',True,KEY_ROOT,ENCRYPT,but(DESCRIBE,Condition=None),allow({"AWS":"*"},["kms:Decrypt","kms:ReEncryptFrom"],StringEquals={"kms:CallerAccount":OWN},StringLike={"kms:EncryptionContext:aws:cloudtrail:arn":f"arn:aws:cloudtrail:*:{OWN}:trail/*"}),allow({"AWS":"*"},"kms:CreateAlias",StringEquals={"kms:CallerAccount":OWN,"kms:ViaService":"ec2.us-east-1.amazonaws.com"})),
    case("kms", 'admin role not listed w/ Null EC',False,KEY_ROOT,allow({"AWS":f"arn:aws:iam::{OWN}:role/x"},["kms:Decrypt","kms:RevokeGrant"])),
    case("kms", 'grant partial',False,KEY_ROOT,allow({"AWS":f"arn:aws:iam::{OWN}:role/x"},"kms:Create*")),
    case("kms", 'grants with ForAnyValue ops',False,KEY_ROOT,allow({"AWS":f"arn:aws:iam::{OWN}:role/x"},"kms:CreateGrant",**{"ForAllValues:StringEquals":{"kms:GrantOperations":["Decrypt"]}})),
    case("kms", 'service linked',True,KEY_ROOT,allow({"AWS":f"arn:aws:iam::{OWN}:role/aws-service-role/x"},["kms:CreateGrant"],Bool={"kms:GrantIsForAWSResource":True})),
    case("kms", 'foreign root kms:*',False,KEY_ROOT,allow({"AWS":f"arn:aws:iam::{FRIEND}:root"},"kms:*")),
    case("kms", 'own root via notaction',True,but(KEY_ROOT,Action=None,NotAction="kms:Foo")),
    case("kms", 'tagging role',True,KEY_ROOT,allow({"AWS":f"arn:aws:iam::{OWN}:role/x"},["kms:TagResource"])),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "expected", "statements", "context"), CASES)
def test_policies_that_are_easily_misjudged(kind, expected, statements, context):
    assert verdict(kind, *statements, **context).least_privilege is expected
