"""Input files as nobody should write them, and what a scan is to say of each."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

HEAD: Final = "AWSTemplateFormatVersion: '2010-09-09'\n"
TEMPLATE: Final = (
    HEAD + "Resources:\n  Trail:\n    Type: AWS::CloudTrail::Trail\n"
    "    Properties: {S3BucketName: logs, IsLogging: true, EnableLogFileValidation: true}\n"
)
TF: Final = (
    'resource "aws_cloudtrail" "t" {\n  name = "t"\n  s3_bucket_name = "b"\n  enable_log_file_validation = %s\n}\n'
)
GOOD_TF: Final = TF % "true"
UNDECLARED: Final = 'variable "x" {}\n'


def template(properties: str) -> str:
    """Return a JSON template of one trail with these properties, as text."""
    return (
        '{"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"Trail": {"Type": "AWS::CloudTrail::Trail", '
        f'"Properties": {properties}}}}}}}'
    )


def plan(after: str = '{"name": "t", "s3_bucket_name": "b", "enable_log_file_validation": false}', **more: Any) -> str:
    """Return a plan of one trail; `after` is JSON text, `more` takes the place of what else is there."""
    change = f'{{"actions": ["create"], "before": null, "after": {after}, "after_unknown": {{}}}}'
    trail = '"address": "aws_cloudtrail.t", "mode": "managed", "type": "aws_cloudtrail", "name": "t"'
    whole = {
        "format_version": '"1.2"',
        "terraform_version": '"1.11.4"',
        "planned_values": '{"root_module": {}}',
        "resource_changes": f'[{{{trail}, "change": {change}}}]',
        "configuration": f'{{"root_module": {{"resources": [{{{trail}, "expressions": {{}}}}]}}}}',
    } | {key: json.dumps(value) for key, value in more.items()}
    return "{" + ", ".join(f'"{key}": {value}' for key, value in whole.items() if value != "null") + "}"


def policy_in_terraform(policy: str) -> str:
    return f'resource "aws_s3_bucket" "b" {{\n  bucket = "b"\n  policy = <<EOT\n{policy}\nEOT\n}}\n' + GOOD_TF.replace(
        '"b"', "aws_s3_bucket.b.id"
    )


TWICE: Final = '{"Version": "2012-10-17", "Statement": [{"Effect": "Deny",\n"Effect": "Allow"}]}'
ALIASES: Final = (
    "a: &a [x,x,x,x,x,x,x,x,x]\n"
    + "".join(f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(9))
    + "Resources: {Trail: {Type: 'AWS::CloudTrail::Trail', Properties: *j}}\n"
)


@dataclass(frozen=True)
class Bad:
    """Files that cannot be read whole: the kind of the error, a part of what it says, and of where."""

    name: str
    files: Mapping[str, str | bytes]
    kind: str
    says: str
    place: str = ""
    verdict: str | None = None
    """What trail-log-validation says nevertheless."""

    def __str__(self) -> str:
        return self.name


REFUSED: Final = (
    Bad("an alias bomb", {"t.yaml": HEAD + ALIASES}, "limit", "aliases written out", "t.yaml"),
    Bad(
        "an alias of itself",
        {"t.yaml": HEAD + "Resources: &r\n  Trail: {Type: 'AWS::CloudTrail::Trail', Properties: *r}\n"},
        "syntax",
        "inside of what it refers to",
        "t.yaml:2",
    ),
    Bad(
        "a tag that makes Python objects",
        {"t.yaml": TEMPLATE.replace("logs", "!!python/object/apply:os.mkdir ['pwned']")},
        "syntax",
        "!!python/object/apply:os.mkdir",
        "t.yaml:5",
    ),
    Bad(
        "a key twice in YAML",
        {"t.yaml": TEMPLATE + "  Trail: {Type: AWS::S3::Bucket}\n"},
        "duplicate-key",
        "line 3 and again on line 6",
        "t.yaml:6",
    ),
    Bad(
        "a key twice in JSON",
        {"t.json": template('{"IsLogging": true,\n"IsLogging": false}')},
        "duplicate-key",
        "line 1 and again on line 2",
        "t.json:2",
    ),
    Bad("YAML too deep", {"t.yaml": HEAD + "Resources: " + "{a: " * 10_000 + "1" + "}" * 10_000}, "limit", "deeper"),
    Bad("JSON too deep", {"t.json": template("[" * 100_000 + "]" * 100_000)}, "limit", "deeper"),
    Bad("a plan too deep", {"p.json": plan("[" * 100_000 + "]" * 100_000)}, "syntax", "too deep"),
    Bad(
        "HCL too deep",
        {"main.tf": TF % ("[" * 2_000 + "]" * 2_000)},
        "limit",
        "more than 100 deep",
        "main.tf:4",
        "unknown",
    ),
    Bad("a line of 10 MB in YAML", {"t.yaml": TEMPLATE + "Description: " + "x" * 10_000_000}, "limit", "larger than"),
    Bad("a line of 10 MB in HCL", {"main.tf": TF % f'"{"x" * 10_000_000}"'}, "unreadable", "larger than"),
    Bad("NaN in a template", {"t.json": template('{"S3BucketName": NaN}')}, "syntax", "NaN"),
    Bad("Infinity in a template", {"t.json": template('{"S3BucketName": -Infinity}')}, "syntax", "Infinity"),
    Bad("NaN in a plan", {"p.json": plan('{"name": NaN}')}, "syntax", "not JSON"),
    Bad("5,000 digits in a template", {"t.json": template('{"S3BucketName": %s}' % ("9" * 5000))}, "syntax", "digits"),
    Bad("5,000 digits in a plan", {"p.json": plan('{"name": %s}' % ("9" * 5000))}, "syntax", "out of range"),
    Bad("half a surrogate in JSON", {"t.json": template('{"S3BucketName": "\\ud800"}')}, "syntax", "surrogate"),
    Bad("half a surrogate in YAML", {"t.yaml": TEMPLATE.replace("logs", '"\\ud800"')}, "syntax", "YAML", "t.yaml:5"),
    Bad("half a surrogate in a plan", {"p.json": plan('{"name": "\\ud800"}')}, "syntax", "not JSON"),
    Bad("NUL in YAML", {"t.yaml": TEMPLATE.replace("logs", "lo\0gs")}, "syntax", "control characters"),
    Bad("NUL in HCL", {"main.tf": GOOD_TF.replace('"b"', '"b\0"')}, "encoding", "NUL"),
    Bad("UTF-16 in HCL", {"main.tf": GOOD_TF.encode("utf-16")}, "encoding", "save it as UTF-8"),
    Bad("Latin-1 in YAML", {"t.yaml": TEMPLATE.replace("logs", "l\xf6gs").encode("latin-1")}, "syntax", "UTF-8"),
    Bad("Latin-1 in HCL", {"main.tf": GOOD_TF.replace('"t"', '"\xf6"').encode("latin-1")}, "encoding", "UTF-8"),
    Bad("binary that is called HCL", {"main.tf": random.Random(1).randbytes(5_000)}, "encoding", "UTF-8"),
    Bad(
        "one file of three that is broken",
        {"a.tf": GOOD_TF, "b.tf": 'resource "aws_s3_bucket" {{{\n', "c.tf": 'variable "y" {}\n'},
        "syntax",
        "",
        "b.tf",
        "pass",
    ),
    Bad(
        "a module that calls its caller",
        {
            "main.tf": GOOD_TF + 'module "a" {\n  source = "./b"\n}\n',
            "b/main.tf": 'module "c" {\n  source = "../"\n}\n',
        },
        "cycle",
        "calls itself",
        "b/main.tf:1",
        "pass",
    ),
    Bad(
        "locals in a circle",
        {"main.tf": "locals {\n  a = local.b\n  b = local.a\n}\n" + TF % "local.a"},
        "cycle",
        "local.a -> local.b -> local.a",
        verdict="unknown",
    ),
    Bad(
        "a nested stack in itself",
        {"t.yaml": TEMPLATE + "  N: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: ./t.yaml}}\n"},
        "cycle",
        "leads back to t.yaml",
        "t.yaml:6",
        "pass",
    ),
    Bad("a plan of format 9", {"p.json": plan(format_version="9.0")}, "version", "9.0"),
    Bad("a plan that went wrong", {"p.json": plan(errored=True)}, "incomplete", "plan again", verdict="fail"),
    Bad("a targeted plan", {"p.json": plan(complete=False)}, "incomplete", "only a part", verdict="fail"),
    Bad("changes that are no list", {"p.json": plan(resource_changes={"a": 1})}, "syntax", "resource_changes"),
    Bad(
        "a plan that only refreshes",
        {
            "p.json": plan(
                resource_changes=None,
                prior_state={
                    "format_version": "1.0",
                    "values": {
                        "root_module": {
                            "resources": [
                                {
                                    "address": "aws_cloudtrail.t",
                                    "mode": "managed",
                                    "type": "aws_cloudtrail",
                                    "name": "t",
                                    "values": {"name": "t", "enable_log_file_validation": True},
                                }
                            ]
                        }
                    },
                },
            )
        },
        "incomplete",
        "only refreshes",
        verdict="pass",
    ),
    Bad(
        "a state of version 3",
        {"s.tfstate": '{"version": 3, "terraform_version": "0.11.1", "serial": 1, "lineage": "x", "modules": []}'},
        "version",
        "version 3",
    ),
    Bad(
        "an encrypted state",
        {"s.tfstate": '{"meta": {}, "encrypted_data": "x", "serial": 1, "lineage": "x", "encryption_version": "v0"}'},
        "encrypted",
        "decrypt",
    ),
    Bad("a template without resources", {"t.yaml": HEAD + "Resources: {}\n"}, "empty", "without resources", "t.yaml:2"),
    Bad("resources that are no map", {"t.yaml": HEAD + "Resources: []\n"}, "template", "not a map", "t.yaml:2"),
    Bad(
        "a policy with a key twice in HCL",
        {"main.tf": policy_in_terraform(TWICE)},
        "malformed",
        '"Effect" stands twice',
        "main.tf",
        "pass",
    ),
    Bad(
        "a policy that is no JSON in a template",
        {
            "t.yaml": TEMPLATE.replace("logs", "!Ref B")
            + "  B: {Type: AWS::S3::Bucket, Properties: {BucketName: b}}\n"
            + "  P: {Type: AWS::S3::BucketPolicy, Properties: {Bucket: !Ref B, PolicyDocument: '{not json'}}\n"
        },
        "malformed",
        "not JSON",
        "t.yaml:7",
        "pass",
    ),
)

NAMED_ALONE: Final = (
    ("an empty file", "e.tf", b"", "is empty"),
    ("an empty template", "e.yaml", b"", "is empty"),
    ("binary", "b.json", random.Random(2).randbytes(5_000), "nothing that ctguard reads"),
    ("other YAML", "o.yaml", b"a: 1\n", "nothing that ctguard reads"),
    ("other JSON", "o.json", b'{"name": "x"}', "nothing that ctguard reads"),
    ("text", "o.txt", b"text", "nothing that ctguard reads"),
)

ACCEPTED: Final = {
    "UTF-8 with a mark, YAML": ("t.yaml", TEMPLATE.encode("utf-8-sig")),
    "UTF-8 with a mark, JSON": ("t.json", template('{"EnableLogFileValidation": true}').encode("utf-8-sig")),
    "UTF-8 with a mark, HCL": ("main.tf", GOOD_TF.encode("utf-8-sig")),
    "UTF-8 with a mark, plan": ("p.json", plan('{"enable_log_file_validation": true}').encode("utf-8-sig")),
    "UTF-16, YAML": ("t.yaml", TEMPLATE.encode("utf-16")),
    "UTF-16, JSON": ("t.json", template('{"EnableLogFileValidation": true}').encode("utf-16")),
    "UTF-16, plan": ("p.json", plan('{"enable_log_file_validation": true}').encode("utf-16")),
    "CRLF, YAML": ("t.yaml", TEMPLATE.replace("\n", "\r\n").encode()),
    "CRLF, HCL": ("main.tf", GOOD_TF.replace("\n", "\r\n").encode()),
    "no last newline, YAML": ("t.yaml", TEMPLATE.rstrip().encode()),
    "no last newline, HCL": ("main.tf", GOOD_TF.rstrip().encode()),
    "short tags": ("t.yaml", TEMPLATE.replace("logs", "!Sub '${AWS::AccountId}-logs'").encode()),
    "a version that looks like a date": (
        "t.yaml",
        (
            TEMPLATE + "  R: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {Version: 2012-10-17}}}\n"
        ).encode(),
    ),
    "a number of 4,000 digits in text": ("t.yaml", TEMPLATE.replace("logs", "'" + "9" * 4000 + "'").encode()),
}

UNKNOWN_IN_HCL: Final = {
    "a data source": TF % "data.aws_ssm_parameter.x.value",
    "a computed value": TF % 'aws_ssm_parameter.x.value == "a"',
    "a variable without a value": UNDECLARED + TF % "var.x",
    "a condition on one": UNDECLARED + TF % "var.x ? true : false",
    "a count of one": UNDECLARED + (TF % "false").replace('name = "t"', 'count = var.x\n  name = "t"'),
    "a for_each of one": UNDECLARED + (TF % "false").replace('name = "t"', "for_each = var.x\n  name = each.key"),
    "a variable in a circle": 'variable "x" {\n  default = var.x\n}\n' + TF % "var.x",
    "a file outside of the root": TF % 'file("../outside.txt")',
    "a file with an absolute path": TF % 'file("/etc/hostname")',
    "a template outside of the root": TF % 'templatefile("../outside.txt", {})',
    "a module from the network": 'module "m" {\n  source = "git::https://example.com/m.git"\n}\n' + TF % "module.m.on",
    "a module outside of the root": 'module "m" {\n  source = "../outside"\n}\n' + TF % "module.m.on",
    "a module with an absolute path": f'module "m" {{\n  source = "{os.sep}"\n}}\n' + TF % "module.m.on",
}

TEXTS_IN_YAML: Final = {
    "012345670123": "012345670123",
    "111122223333": "111122223333",
    "2012-10-17": "2012-10-17",
    "3.10": "3.10",
}
"""Plain scalars that YAML 1.1 would make into numbers and dates."""

OPEN_POLICY: Final = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", '
    '"Resource": "arn:aws:s3:::open-logs/*"}]}'
)
_TRAIL_TF: Final = GOOD_TF.replace('"b"', "aws_s3_bucket.b.id")
_IN_TF: Final = 'resource "aws_s3_bucket" "b" {\n  bucket = "open-logs"\n  policy = %s\n}\n' + _TRAIL_TF
_IN_TEMPLATE: Final = (
    TEMPLATE.replace("logs", "!Ref B")
    + "  B: {Type: AWS::S3::Bucket, Properties: {BucketName: open-logs}}\n"
    + "  P:\n    Type: AWS::S3::BucketPolicy\n    Properties:\n      Bucket: !Ref B\n      PolicyDocument: %s\n"
)
POLICIES: Final = {
    "text in HCL": ("main.tf", _IN_TF % json.dumps(OPEN_POLICY)),
    "heredoc in HCL": ("main.tf", _IN_TF % f"<<-EOT\n    {OPEN_POLICY}\n  EOT"),
    "jsonencode in HCL": ("main.tf", _IN_TF % f"jsonencode({OPEN_POLICY})"),
    "jsonencode of jsondecode in HCL": ("main.tf", _IN_TF % f"jsonencode(jsondecode({json.dumps(OPEN_POLICY)}))"),
    "a template with a hole in HCL": (
        "main.tf",
        UNDECLARED + _IN_TF % json.dumps(OPEN_POLICY.replace('"Effect"', '"Sid": "${var.x}", "Effect"')),
    ),
    "text in a plan": (
        "p.json",
        plan(
            resource_changes=[
                {
                    "address": f"{kind}.x",
                    "mode": "managed",
                    "type": kind,
                    "name": "x",
                    "change": {"actions": ["create"], "after": after, "after_unknown": {}},
                }
                for kind, after in (
                    ("aws_cloudtrail", {"name": "t", "s3_bucket_name": "open-logs"}),
                    ("aws_s3_bucket", {"bucket": "open-logs"}),
                    ("aws_s3_bucket_policy", {"bucket": "open-logs", "policy": OPEN_POLICY}),
                )
            ]
        ),
    ),
    "a map in a template": ("t.yaml", _IN_TEMPLATE % OPEN_POLICY),
    "text in a template": ("t.yaml", _IN_TEMPLATE % f"'{OPEN_POLICY}'"),
    "Fn::Sub in a template": ("t.yaml", _IN_TEMPLATE % ("!Sub '" + OPEN_POLICY.replace("open-logs", "${B}") + "'")),
    "Fn::Join in a template": (
        "t.yaml",
        _IN_TEMPLATE % ("!Join ['', ['" + OPEN_POLICY.replace("open-logs", "', !Ref B, '") + "']]"),
    ),
}
"""One policy that lets everybody read, in all ways in which inputs write policies."""
