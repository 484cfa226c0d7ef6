# A nightly audit of a whole organization: CodeBuild runs ctguard in the audit account, enters each member account
# with a role that may only read, keeps the run in a bucket that nobody can rewrite, and tells a topic what changed.

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = { source = "hashicorp/aws", version = ">= 5.40" }
  }
}

variable "organization_id" {
  type        = string
  description = "The id of the organization, o-...: only roles in it can be taken on."
}

variable "audit_role_name" {
  type        = string
  description = "The role in every account that `ctguard permissions --cloudformation` describes."
  default     = "ctguard-audit"
}

variable "external_id" {
  type        = string
  description = "The external id that the roles ask for."
  sensitive   = true
}

variable "schedule" {
  type        = string
  description = "When to run, in UTC."
  default     = "cron(30 1 * * ? *)"
}

variable "keep_days" {
  type        = number
  description = "For how long no run can be deleted, by anybody."
  default     = 400
}

variable "told" {
  type        = string
  description = "The e-mail address that learns what changed."
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  name = "ctguard-nightly"
  root = "arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:root"
}

resource "aws_codebuild_project" "audit" {
  name          = local.name
  description   = "Audits the organization's trails and keeps the run"
  service_role  = aws_iam_role.audit.arn
  build_timeout = 120

  artifacts {
    type = "NO_ARTIFACTS"
  }

  environment {
    compute_type = "BUILD_GENERAL1_SMALL"
    image        = "aws/codebuild/amazonlinux2-x86_64-standard:5.0"
    type         = "LINUX_CONTAINER"

    environment_variable {
      name  = "STORE"
      value = "s3://${aws_s3_bucket.runs.bucket}/runs"
    }
    environment_variable {
      name  = "TOPIC"
      value = aws_sns_topic.changes.arn
    }
    environment_variable {
      name  = "ROLE"
      value = var.audit_role_name
    }
    environment_variable {
      name  = "EXTERNAL_ID"
      value = aws_ssm_parameter.external_id.name
      type  = "PARAMETER_STORE"
    }
  }

  logs_config {
    cloudwatch_logs {
      group_name = aws_cloudwatch_log_group.audit.name
    }
  }

  source {
    type      = "NO_SOURCE"
    buildspec = file("${path.module}/buildspec.yml")
  }
}

resource "aws_ssm_parameter" "external_id" {
  name   = "/${local.name}/external-id"
  type   = "SecureString"
  value  = var.external_id
  key_id = aws_kms_key.runs.arn
}

resource "aws_cloudwatch_log_group" "audit" {
  name              = "/ctguard/nightly"
  retention_in_days = 400
  kms_key_id        = aws_kms_key.runs.arn
}

# The schedule.

resource "aws_cloudwatch_event_rule" "nightly" {
  name                = local.name
  schedule_expression = var.schedule
}

resource "aws_cloudwatch_event_target" "nightly" {
  rule     = aws_cloudwatch_event_rule.nightly.name
  arn      = aws_codebuild_project.audit.arn
  role_arn = aws_iam_role.schedule.arn
}

# Who is told.

resource "aws_sns_topic" "changes" {
  name              = local.name
  kms_master_key_id = aws_kms_key.runs.id
}

resource "aws_sns_topic_subscription" "security" {
  topic_arn = aws_sns_topic.changes.arn
  protocol  = "email"
  endpoint  = var.told
}
