"""The least IAM policy that an audit needs, and a role that has it; read off the call plan, so that it cannot drift."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from ctguard.run.calls import calls_for
from ctguard.run.judging import Judging
from ctguard.sources.aws.names import ASSUME_ROLE, DEFAULT_ROLE, LIST_ACCOUNTS
from ctguard.sources.aws.plan.shape import PlannedCall

VERSION: Final = "2012-10-17"


def permissions_of(judging: Judging, *, organization: bool = False) -> dict[str, Any]:
    """Return the policy for whoever runs an audit with these rules.

    With `organization` for whoever audits other accounts too: to list them, and to take on the role in each.
    """
    rows = calls_for(judging.rules, everything=judging.asked.scope == "all")
    statements = [_statement("CtguardAudit", _actions(rows), "*")]
    if organization:
        statements.append(_statement("CtguardAccounts", [LIST_ACCOUNTS], "*"))
        statements.append(_statement("CtguardEnter", [ASSUME_ROLE], f"arn:aws:iam::*:role/{DEFAULT_ROLE}"))
    return {"Version": VERSION, "Statement": statements}


def terraform_of(policy: dict[str, Any]) -> str:
    """Return a Terraform module with a role that has the policy, for one account to take on with an external id."""
    document = json.dumps(policy, indent=2, separators=(",", " : ")).replace("\n", "\n  ")
    return TERRAFORM.format(role=DEFAULT_ROLE, policy=document)


def cloudformation_of(policy: dict[str, Any]) -> str:
    """Return a CloudFormation template with the same role."""
    principal = {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${TrustedAccountId}:root"}}
    trust = {
        "Effect": "Allow",
        "Principal": principal,
        "Action": ASSUME_ROLE,
        "Condition": {"StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}}},
    }
    role = {
        "RoleName": DEFAULT_ROLE,
        "Description": "Read by ctguard what CloudTrail trails lean on",
        "AssumeRolePolicyDocument": {"Version": VERSION, "Statement": [trust]},
        "Policies": [{"PolicyName": DEFAULT_ROLE, "PolicyDocument": policy}],
    }
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "The role that ctguard audit takes on in this account",
        "Parameters": {
            "TrustedAccountId": {
                "Type": "String",
                "AllowedPattern": "[0-9]{12}",
                "Description": "The account that audits this one",
            },
            "ExternalId": {
                "Type": "String",
                "MinLength": 2,
                "Description": "What the auditing account must know (ctguard audit --external-id)",
            },
        },
        "Resources": {"AuditRole": {"Type": "AWS::IAM::Role", "Properties": role}},
        "Outputs": {"AuditRoleArn": {"Value": {"Fn::GetAtt": ["AuditRole", "Arn"]}}},
    }
    return json.dumps(template, indent=2)


def _actions(rows: Sequence[PlannedCall]) -> list[str]:
    return sorted({row.permission for row in rows if row.permission})


def _statement(sid: str, actions: list[str], resource: str) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource}


TERRAFORM: Final = """\
variable "trusted_account_id" {{
  description = "The account that audits this one"
  type        = string
}}

variable "external_id" {{
  description = "What the auditing account must know (ctguard audit --external-id)"
  type        = string
}}

data "aws_partition" "current" {{}}

resource "aws_iam_role" "ctguard_audit" {{
  name        = "{role}"
  description = "Read by ctguard what CloudTrail trails lean on"

  assume_role_policy = jsonencode({{
    Version = "2012-10-17"
    Statement = [{{
      Effect    = "Allow"
      Principal = {{ AWS = "arn:${{data.aws_partition.current.partition}}:iam::${{var.trusted_account_id}}:root" }}
      Action    = "sts:AssumeRole"
      Condition = {{ StringEquals = {{ "sts:ExternalId" = var.external_id }} }}
    }}]
  }})
}}

resource "aws_iam_role_policy" "ctguard_audit" {{
  name = "{role}"
  role = aws_iam_role.ctguard_audit.id

  policy = jsonencode({policy})
}}

output "audit_role_arn" {{
  value = aws_iam_role.ctguard_audit.arn
}}
"""
