"""One folder with a marked secret in every place where an input may hold one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MARK = "sEcReT"


class Planting:
    """Hands out marked secrets, and remembers where each of them went."""

    def __init__(self) -> None:
        self.places: dict[str, str] = {}

    def __call__(self, place: str) -> str:
        token = f"{MARK}{len(self.places):02}kept-from-all"
        self.places[token] = place
        return token


def plant(folder: Path) -> tuple[dict[str, str], list[str], dict[str, str]]:
    """Write the folder; return the secrets by their places, the words for the scan, and its environment."""
    planted = Planting()
    (folder / "hcl").mkdir()
    (folder / "cfn").mkdir()
    words = [*_terraform(folder / "hcl", planted), *_template(folder / "cfn", planted)]
    _plan(folder / "plan.json", planted)
    _state(folder / "state.json", planted)
    _state_file(folder / "terraform.tfstate", planted)
    environment = {
        "TF_VAR_from_environment": planted("a variable in the environment"),
        "AWS_SECRET_ACCESS_KEY": planted("credentials in the environment"),
        "AWS_SESSION_TOKEN": planted("a session token in the environment"),
        "AWS_PROFILE": planted("a profile in the environment"),
    }
    return planted.places, words, environment


def _terraform(folder: Path, planted: Planting) -> Iterator[str]:
    sensitive = ["by_default", "by_tfvars", "by_auto_tfvars", "by_word", "by_file", "from_environment", "in_a_map"]
    (folder / "main.tf").write_text(
        "".join(
            f'variable "{name}" {{\n  sensitive = true\n}}\n'
            for name in sensitive
            if name not in ("by_default", "in_a_map")
        )
        + f'variable "by_default" {{\n  sensitive = true\n  default = "{planted("a default")}"\n}}\n'
        + 'variable "in_a_map" {\n  sensitive = true\n'
        + f'  default = {{ a = {{ b = ["{planted("a nested default")}"] }} }}\n}}\n'
        + f'locals {{\n  called = sensitive("{planted("a call of sensitive()")}")\n'
        + f'  both = "${{var.by_default}}/{"x" * 200}${{var.by_tfvars}}"\n}}\n'
        + f"""
resource "aws_cloudtrail" "t" {{
  name                       = var.by_default
  s3_bucket_name             = aws_s3_bucket.b.id
  s3_key_prefix              = local.both
  kms_key_id                 = var.by_word
  sns_topic_name             = var.by_file
  cloud_watch_logs_group_arn = "arn:aws:logs:eu-west-1:111122223333:log-group:${{local.called}}:*"
  cloud_watch_logs_role_arn  = lower(var.by_auto_tfvars)
  tags                       = {{ owner = var.from_environment, (var.by_tfvars) = base64encode(var.by_default) }}
}}
resource "aws_s3_bucket" "b" {{
  bucket = var.by_tfvars
  policy = jsonencode({{
    Version = "2012-10-17"
    Statement = [{{
      Sid = var.by_default, Effect = "Allow", Principal = "*", Action = "s3:*"
      Resource = "arn:aws:s3:::${{var.by_tfvars}}/*"
    }}]
  }})
}}
resource "aws_s3_bucket" "broken" {{
  bucket = var.in_a_map.a.b[0]
  policy = "{{\\"Version\\": ${{var.by_default}}"
}}
resource "aws_sns_topic" "s" {{
  name = "topic"
}}
resource "aws_sns_topic_subscription" "s" {{
  topic_arn = aws_sns_topic.s.arn
  protocol  = "https"
  endpoint  = "https://user:{planted("an endpoint of a subscription")}@example.com/"
}}
resource "aws_lambda_function" "l" {{
  function_name = "l"
  environment {{
    variables = {{ TOKEN = "{planted("the environment of a function")}" }}
  }}
}}
resource "aws_db_instance" "d" {{
  password = "{planted("a password that nobody marked")}"
}}
output "o" {{
  sensitive = true
  value     = "{planted("a sensitive output")}"
}}
""",
    )
    (folder / "terraform.tfvars").write_text(f'by_tfvars = "{planted("terraform.tfvars")}"\n')
    (folder / "x.auto.tfvars.json").write_text(json.dumps({"by_auto_tfvars": planted("*.auto.tfvars.json")}))
    (folder.parent / "more.tfvars").write_text(f'by_file = "{planted("--var-file")}"\n')
    yield from ("--var", f"by_word={planted('--var')}", "--var-file", "more.tfvars")


def _template(folder: Path, planted: Planting) -> Iterator[str]:
    parameters = {name: {"Type": "String", "NoEcho": True} for name in ("ByWord", "ByFile")} | {
        "ByDefault": {"Type": "String", "NoEcho": "true", "Default": planted("the default of a NoEcho parameter")}
    }
    secret = "{{resolve:secretsmanager:db:SecretString:password}}"
    resources: dict[str, Any] = {
        "Trail": {
            "Type": "AWS::CloudTrail::Trail",
            "Properties": {
                "TrailName": {"Ref": "ByDefault"},
                "S3BucketName": {"Ref": "Logs"},
                "S3KeyPrefix": {"Fn::Sub": "p/${ByWord}/" + "x" * 300 + "${ByFile}"},
                "KMSKeyId": secret,
                "SnsTopicName": {"Fn::Select": [0, {"Fn::Split": [",", {"Fn::Sub": "${ByWord},b"}]}]},
                "IsLogging": {"Ref": "ByFile"},
                "Tags": [{"Key": {"Ref": "ByDefault"}, "Value": {"Fn::Base64": {"Ref": "ByWord"}}}],
            },
        },
        "Logs": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": {"Ref": "ByWord"}}},
        "Policy": {
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {
                "Bucket": {"Ref": "Logs"},
                "PolicyDocument": {
                    "Fn::Sub": '{"Statement": [{"Sid": "${ByFile}", "Effect": "Allow", "Principal": "*", '
                    '"Action": "s3:*", "Resource": "arn:aws:s3:::${ByWord}/*"}]}'
                },
            },
        },
        "Function": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Environment": {"Variables": {"TOKEN": planted("the environment of a function in a template")}}
            },
        },
    }
    (folder / "template.json").write_text(
        json.dumps(
            {"AWSTemplateFormatVersion": "2010-09-09", "Parameters": parameters, "Resources": resources}, indent=1
        )
    )
    given = [{"ParameterKey": "ByFile", "ParameterValue": planted("a parameter file")}]
    (folder.parent / "parameters.json").write_text(json.dumps(given))
    yield from ("--param", f"ByWord={planted('--param')}", "--param-file", "parameters.json")


def _plan(path: Path, planted: Planting) -> None:
    trail = {"address": "aws_cloudtrail.p", "mode": "managed", "type": "aws_cloudtrail", "name": "p"}
    bucket = {"address": "aws_s3_bucket.p", "mode": "managed", "type": "aws_s3_bucket", "name": "p"}
    name, nested = planted("after, marked by after_sensitive"), planted("after, marked deep inside")
    whole = planted("after, of a resource that is sensitive as a whole")
    before = planted("before, marked by before_sensitive")
    policy = json.dumps(
        {"Statement": [{"Sid": nested, "Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}]}
    )
    drift = planted("resource_drift")
    path.write_text(
        json.dumps(
            {
                "format_version": "1.2",
                "terraform_version": "1.11.4",
                "variables": {"password": {"value": planted("a variable in a plan")}, "open": {"value": "x"}},
                "planned_values": {
                    "outputs": {"o": {"sensitive": True, "value": planted("a planned output")}},
                    "root_module": {
                        "resources": [
                            {**trail, "values": {"name": name}, "sensitive_values": {"name": True}},
                        ]
                    },
                },
                "resource_drift": [
                    {
                        **trail,
                        "change": {
                            "actions": ["update"],
                            "before": {"name": drift},
                            "after": {"name": drift},
                            "before_sensitive": {"name": True},
                            "after_sensitive": {"name": True},
                        },
                    }
                ],
                "resource_changes": [
                    {
                        **trail,
                        "change": {
                            "actions": ["update"],
                            "before": {"name": before, "tags": {"a": before}},
                            "after": {"name": name, "s3_bucket_name": whole, "tags": {"a": nested, nested: "b"}},
                            "after_unknown": {},
                            "before_sensitive": {"name": True, "tags": True},
                            "after_sensitive": {"name": True, "tags": {"a": True}},
                        },
                    },
                    {
                        **bucket,
                        "change": {
                            "actions": ["create"],
                            "before": None,
                            "after": {"bucket": whole, "policy": policy},
                            "after_unknown": {},
                            "before_sensitive": False,
                            "after_sensitive": True,
                        },
                    },
                ],
                "output_changes": {
                    "o": {"actions": ["create"], "after": planted("a changed output"), "after_sensitive": True}
                },
                "prior_state": {
                    "format_version": "1.0",
                    "values": {
                        "outputs": {"o": {"sensitive": True, "value": planted("an output in the prior state")}},
                        "root_module": {
                            "resources": [{**trail, "values": {"name": before}, "sensitive_values": {"name": True}}]
                        },
                    },
                },
                "configuration": {
                    "root_module": {
                        "variables": {"password": {"sensitive": True}, "open": {}},
                        "resources": [
                            {**trail, "expressions": {"name": {"references": ["var.password"]}}},
                            {**bucket, "expressions": {}},
                        ],
                    }
                },
            }
        )
    )


def _state(path: Path, planted: Planting) -> None:
    name, tag = planted("values, marked by sensitive_values"), planted("values, marked deep inside")
    resource = {
        "address": "aws_cloudtrail.s",
        "mode": "managed",
        "type": "aws_cloudtrail",
        "name": "s",
        "values": {"name": name, "s3_bucket_name": "logs", "tags": {"owner": tag}},
        "sensitive_values": {"name": True, "tags": {"owner": True}},
    }
    outputs = {"o": {"sensitive": True, "value": {"deep": [planted("an output in a state")]}, "type": "string"}}
    path.write_text(
        json.dumps(
            {
                "format_version": "1.0",
                "terraform_version": "1.11.4",
                "values": {"outputs": outputs, "root_module": {"resources": [resource]}},
            }
        )
    )


def _state_file(path: Path, planted: Planting) -> None:
    name, tag = planted("attributes, marked by sensitive_attributes"), planted("attributes, marked deep inside")
    instance = {
        "schema_version": 0,
        "attributes": {"name": name, "s3_bucket_name": "logs", "tags": {"owner": tag}},
        "sensitive_attributes": [
            [{"type": "get_attr", "value": "name"}],
            [{"type": "get_attr", "value": "tags"}, {"type": "index", "value": {"value": "owner", "type": "string"}}],
        ],
    }
    path.write_text(
        json.dumps(
            {
                "version": 4,
                "terraform_version": "1.11.4",
                "serial": 1,
                "lineage": "x",
                "outputs": {"o": {"value": planted("an output in a state file"), "type": "string", "sensitive": True}},
                "resources": [
                    {
                        "mode": "managed",
                        "type": "aws_cloudtrail",
                        "name": "f",
                        "provider": 'provider["registry.terraform.io/hashicorp/aws"]',
                        "instances": [instance],
                    }
                ],
            }
        )
    )


HIDDEN = 'variable "x" {\n  sensitive = true\n  default   = "%s"\n}\n'
HEAD = "AWSTemplateFormatVersion: '2010-09-09'\n"
TRAIL = "Resources:\n  T: {Type: AWS::CloudTrail::Trail, Properties: {TrailName: !Ref X, IsLogging: !Ref X}}\n"

ERRORS: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
    # what goes wrong: files and words, with the secret in the place of %s
    "a value of the wrong type": (
        {
            "main.tf": HIDDEN.replace("{\n", "{\n  type = number\n", 1)
            + 'resource "aws_cloudtrail" "t" {\n  name = var.x\n}\n'
        },
        (),
    ),
    "a policy that is none": (
        {"main.tf": HIDDEN + 'resource "aws_s3_bucket" "b" {\n  bucket = "b"\n  policy = "${var.x} {{"\n}\n'},
        (),
    ),
    "a broken file of values": (
        {"main.tf": 'variable "x" {\n  sensitive = true\n}\n', "terraform.tfvars": 'x = "%s\n'},
        (),
    ),
    "functions that fail": (
        {
            "main.tf": HIDDEN
            + 'resource "aws_cloudtrail" "t" {\n  name = file(var.x)\n  s3_bucket_name = jsondecode(var.x)\n}\n'
        },
        (),
    ),
    "a parameter that is not allowed": (
        {"t.yaml": f"{HEAD}Parameters:\n  X: {{Type: Number, NoEcho: true, AllowedValues: [1]}}\n{TRAIL}"},
        ("--param", "X=%s"),
    ),
    "a parameter where it does not fit": (
        {"t.yaml": f"{HEAD}Parameters:\n  X: {{Type: String, NoEcho: true, Default: '%s'}}\n{TRAIL}"},
        (),
    ),
    "a plan that is none": (
        {
            "p.json": '{"format_version": "1.2", "terraform_version": "1", '
            '"resource_changes": [{"address": "%s", "change": 1}]}'
        },
        (),
    ),
}
