"""Write inputs of a wanted size: Terraform folders, CloudFormation templates, plans.

The same numbers give the same bytes. What is written looks like what teams keep
in one repository: root modules with variables, locals and local modules, a trail
with what it leans on in every tenth of them, and around it buckets with all their
parts, keys, topics, log groups, metric filters and alarms among things that no rule asks
for. Of the 5,000 blocks of 1,000 files, about 2,000 are resources that ctguard evaluates, with the
variables and locals that they lead to; instances, security groups and queues are passed over.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any, Final

FILES_A_MODULE: Final = 10
MODULES_A_TRAIL: Final = 10
TEMPLATES_A_TRAIL: Final = 50
JUDGED_EVERY: Final = 25

HEADER: Final = """\
variable "name_{n}" {{
  type    = string
  default = "team-{n}"
}}

locals {{
  prefix_{n} = "${{var.name_{n}}}-${{lower("PROD")}}"
  tags_{n}   = merge({{ Team = var.name_{n} }}, {{ Index = "{n}" }})
}}
"""

SERVICE: Final = """\
resource "aws_instance" "host_{n}" {{
  count         = 2
  ami           = "ami-0123456789abcdef0"
  instance_type = "t3.micro"
  tags          = local.tags_{n}
}}

resource "aws_security_group" "host_{n}" {{
  name = "${{local.prefix_{n}}}-host"
  ingress {{
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["10.0.0.0/8"]
  }}
}}

resource "aws_cloudwatch_log_group" "host_{n}" {{
  name              = "/app/${{local.prefix_{n}}}"
  retention_in_days = 90
  tags              = local.tags_{n}
}}
"""

STORAGE: Final = """\
resource "aws_s3_bucket" "data_{n}" {{
  bucket = "${{local.prefix_{n}}}-data"
  tags   = local.tags_{n}
}}

resource "aws_s3_bucket_versioning" "data_{n}" {{
  bucket = aws_s3_bucket.data_{n}.id
  versioning_configuration {{
    status = "Enabled"
  }}
}}

resource "aws_s3_bucket_policy" "data_{n}" {{
  bucket = aws_s3_bucket.data_{n}.id
  policy = jsonencode({{
    Version = "2012-10-17"
    Statement = [{{
      Sid       = "Tls"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [aws_s3_bucket.data_{n}.arn, "${{aws_s3_bucket.data_{n}.arn}}/*"]
      Condition = {{ Bool = {{ "aws:SecureTransport" = "false" }} }}
    }}]
  }})
}}
"""

ENCRYPTION: Final = """\
resource "aws_kms_key" "key_{n}" {{
  description         = "${{local.prefix_{n}}} data"
  enable_key_rotation = true
  policy              = data.aws_iam_policy_document.key_{n}.json
}}

data "aws_iam_policy_document" "key_{n}" {{
  statement {{
    actions   = ["kms:*"]
    resources = ["*"]
    principals {{
      type        = "AWS"
      identifiers = ["arn:aws:iam::111122223333:root"]
    }}
  }}
}}

module "queue_{n}" {{
  source = "./modules/queue"
  name   = local.prefix_{n}
}}
"""

WATCH: Final = """\
resource "aws_cloudwatch_log_metric_filter" "errors_{n}" {{
  name           = "${{local.prefix_{n}}}-errors"
  log_group_name = "/app/${{local.prefix_{n}}}"
  pattern        = "{{ $.errorCode = \\"AccessDenied*\\" }}"
  metric_transformation {{
    name      = "errors-{n}"
    namespace = "app"
    value     = "1"
  }}
}}

resource "aws_cloudwatch_metric_alarm" "errors_{n}" {{
  alarm_name          = "${{local.prefix_{n}}}-errors"
  comparison_operator = "GreaterThanOrEqualToThreshold"
  evaluation_periods  = 1
  metric_name         = "errors-{n}"
  namespace           = "app"
  period              = 300
  statistic           = "Sum"
  threshold           = 1
  alarm_actions       = [aws_sns_topic.errors_{n}.arn]
}}

resource "aws_sns_topic" "errors_{n}" {{
  name = "${{local.prefix_{n}}}-errors"
}}
"""

TRAIL: Final = """\
resource "aws_cloudtrail" "audit_{n}" {{
  name                          = "audit-{n}"
  s3_bucket_name                = aws_s3_bucket.audit_{n}.id
  is_multi_region_trail         = true
  include_global_service_events = true
  enable_log_file_validation    = {validated}
}}

resource "aws_s3_bucket" "audit_{n}" {{
  bucket = "${{local.prefix_{n}}}-audit"
}}

resource "aws_s3_bucket_public_access_block" "audit_{n}" {{
  bucket                  = aws_s3_bucket.audit_{n}.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}}
"""

QUEUE_MODULE: Final = """\
variable "name" {
  type = string
}

resource "aws_sqs_queue" "this" {
  name = "${var.name}-queue"
}

output "arn" {
  value = aws_sqs_queue.this.arn
}
"""

BODIES: Final = (SERVICE, STORAGE, ENCRYPTION, WATCH)


def terraform_file(number: int) -> str:
    """Return one .tf file of five blocks: a variable, a locals block and three more."""
    body = BODIES[number % len(BODIES)]
    if number % (FILES_A_MODULE * MODULES_A_TRAIL) == 0:
        body = TRAIL
    return f"{HEADER}\n{body}".format(n=number, validated="true" if number % 200 else "false")


def terraform_tree(folder: Path, files: int = 1000, *, one_folder: bool = False) -> None:
    """Write `files` files with five blocks each, ten files a root module, or all in one folder."""
    for number in range(files):
        module = folder if one_folder else folder / f"stack-{number // FILES_A_MODULE:03d}"
        queue = module / "modules" / "queue"
        if not queue.is_dir():
            queue.mkdir(parents=True)
            (queue / "main.tf").write_text(QUEUE_MODULE)
        (module / f"part-{number:04d}.tf").write_text(terraform_file(number))


def template(number: int) -> str:
    """Return one CloudFormation template: a bucket with its policy, a key, and in every fiftieth a trail."""
    has_trail = number % TEMPLATES_A_TRAIL == 0
    text = _TEMPLATE.replace("@STATEMENTS", _DELIVERY if has_trail else _ONLY_TLS)
    return (text + (_TEMPLATE_TRAIL if has_trail else "")).replace("@N", str(number))


def templates(folder: Path, number: int = 500, *, all_with_trail: bool = False) -> None:
    """Write `number` templates, every fiftieth or every single one with a trail."""
    folder.mkdir(parents=True, exist_ok=True)
    for index in range(number):
        text = template(index * TEMPLATES_A_TRAIL if all_with_trail else index)
        (folder / f"stack-{index:04d}.yaml").write_text(text)


def plan(path: Path, megabytes: int, *, trails: int = 1) -> None:
    """Write the JSON of a plan of about so many megabytes; trails, and buckets among a mass of hosts."""
    wanted = megabytes * 1_000_000
    changes: list[str] = []
    values: list[str] = []
    configured: list[str] = []
    size = 0
    for number, (address, planned, references) in enumerate(_planned(trails)):
        kind, name = address.split(".")
        head = {"address": address, "mode": "managed", "type": kind, "name": name}
        provider = "registry.terraform.io/hashicorp/aws"
        after = {"before": None, "after": planned, "after_unknown": {"id": True, "arn": True}, "after_sensitive": {}}
        change = {"actions": ["create"], "before_sensitive": False, **after}
        value = {**head, "provider_name": provider, "schema_version": 0, "values": planned, "sensitive_values": {}}
        expressions = {key: {"constant_value": one} for key, one in planned.items() if isinstance(one, str)}
        expressions |= {key: {"references": [target, target.rsplit(".", 1)[0]]} for key, target in references.items()}
        changes.append(json.dumps({**head, "provider_name": provider, "change": change}))
        values.append(json.dumps(value))
        configured.append(json.dumps({**head, "provider_config_key": "aws", "expressions": expressions}))
        size += len(changes[-1]) + len(values[-1]) + len(configured[-1])
        if number % 64 == 0 and size >= wanted:
            break
    with path.open("w") as file:
        file.write('{"format_version":"1.2","terraform_version":"1.9.0","planned_values":{"root_module":{"resources":[')
        file.write(",".join(values))
        file.write(']}},"resource_changes":[')
        file.write(",".join(changes))
        file.write('],"configuration":{"provider_config":{"aws":{"name":"aws","full_name":')
        file.write('"registry.terraform.io/hashicorp/aws"}},"root_module":{"resources":[')
        file.write(",".join(configured))
        file.write("]}}}")


def _planned(trails: int) -> Iterator[tuple[str, dict[str, Any], dict[str, str]]]:
    """Yield resources without end: address, planned values, and what their attributes are taken from."""
    for number in range(trails):
        name = f"audit{number}"
        bucket, target = {"bucket": name, "force_destroy": False}, f"aws_s3_bucket.{name}.bucket"
        trail = {"name": name, "s3_bucket_name": name, "is_multi_region_trail": True}
        yield f"aws_cloudtrail.{name}", trail, {"s3_bucket_name": target}
        yield f"aws_s3_bucket.{name}", bucket, {}
        yield f"aws_s3_bucket_policy.{name}", {"bucket": name, "policy": _delivery_policy(name)}, {"bucket": target}
    for number in count():
        name = f"n{number}"
        if number % JUDGED_EVERY == 0:
            yield f"aws_s3_bucket.{name}", {"bucket": f"data-{number}", "force_destroy": False}, {}
            blocked = {"bucket": f"data-{number}", "block_public_acls": True, "block_public_policy": True}
            yield f"aws_s3_bucket_public_access_block.{name}", blocked, {"bucket": f"aws_s3_bucket.{name}.bucket"}
        host = {
            "ami": "ami-0123456789abcdef0",
            "instance_type": "t3.large",
            "tags": {f"tag{i}": f"{name} value {i}" for i in range(12)},
            "user_data": "#cloud-config " + "runcmd: echo hello; " * 40,
            "root_block_device": [{"volume_size": 50, "encrypted": True, "volume_type": "gp3"}],
            "vpc_security_group_ids": [f"sg-{number:08x}", "sg-00000001"],
        }
        yield f"aws_instance.{name}", host, {}


def _delivery_policy(bucket: str) -> str:
    """Return the policy that AWS tells to give a log bucket, without a condition on the trail."""
    arn, caller = f"arn:aws:s3:::{bucket}", {"Service": "cloudtrail.amazonaws.com"}
    owned = {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}}
    reads = {"Effect": "Allow", "Principal": caller, "Action": "s3:GetBucketAcl", "Resource": arn}
    writes = {"Effect": "Allow", "Principal": caller, "Action": "s3:PutObject", "Resource": f"{arn}/*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [reads, {**writes, "Condition": owned}]})


_TEMPLATE: Final = """\
AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  BucketName:
    Type: String
    Default: audit-@N
Conditions:
  Named: !Not [!Equals [!Ref BucketName, ""]]
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: !If [Named, !Ref BucketName, !Ref "AWS::NoValue"]
      VersioningConfiguration: {Status: Enabled}
      PublicAccessBlockConfiguration:
        BlockPublicAcls: true
        BlockPublicPolicy: true
        IgnorePublicAcls: true
        RestrictPublicBuckets: true
  Policy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Bucket
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
@STATEMENTS  Key:
    Type: AWS::KMS::Key
    Properties:
      EnableKeyRotation: true
      KeyPolicy:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {AWS: !Sub "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}
            Action: kms:*
            Resource: "*"
  Host:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: ami-0123456789abcdef0
      InstanceType: t3.micro
"""

_DELIVERY: Final = """\
          - Effect: Allow
            Principal: {Service: cloudtrail.amazonaws.com}
            Action: s3:GetBucketAcl
            Resource: !GetAtt Bucket.Arn
          - Effect: Allow
            Principal: {Service: cloudtrail.amazonaws.com}
            Action: s3:PutObject
            Resource: !Sub "${Bucket.Arn}/AWSLogs/${AWS::AccountId}/*"
            Condition:
              StringEquals: {"s3:x-amz-acl": bucket-owner-full-control}
"""

_ONLY_TLS: Final = """\
          - Effect: Deny
            Principal: "*"
            Action: s3:*
            Resource: [!GetAtt Bucket.Arn, !Sub "${Bucket.Arn}/*"]
            Condition:
              Bool: {"aws:SecureTransport": "false"}
"""

_TEMPLATE_TRAIL: Final = """\
  Trail:
    Type: AWS::CloudTrail::Trail
    DependsOn: Policy
    Properties:
      TrailName: audit-@N
      IsLogging: true
      S3BucketName: !Ref Bucket
      IsMultiRegionTrail: true
      EnableLogFileValidation: true
      KMSKeyId: !GetAtt Key.Arn
"""
