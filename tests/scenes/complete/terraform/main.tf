# A trail with everything around it, as it should be: the log bucket in a module, the rest here.

terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

variable "region" {
  type    = string
  default = "eu-central-1"
}

variable "security_contact" {
  type    = string
  default = "security@example.com"
}

provider "aws" {
  region = var.region
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

locals {
  trail_name = "organization-audit"
  account    = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  trail_arn  = "arn:${local.partition}:cloudtrail:${var.region}:${local.account}:trail/${local.trail_name}"
}

module "log_bucket" {
  source = "./modules/log_bucket"

  name           = "acme-audit-logs"
  key_arn        = aws_kms_key.audit.arn
  trail_arns     = [local.trail_arn]
  account_id     = local.account
  retention_days = 730
}

resource "aws_cloudtrail" "audit" {
  name           = local.trail_name
  s3_bucket_name = module.log_bucket.name
  kms_key_id     = aws_kms_key.audit.arn
  sns_topic_name = aws_sns_topic.deliveries.name

  enable_logging                = true
  is_multi_region_trail         = true
  include_global_service_events = true
  enable_log_file_validation    = true

  cloud_watch_logs_group_arn = "${aws_cloudwatch_log_group.audit.arn}:*"
  cloud_watch_logs_role_arn  = aws_iam_role.to_logs.arn

  event_selector {
    read_write_type           = "All"
    include_management_events = true

    data_resource {
      type   = "AWS::S3::Object"
      values = ["arn:aws:s3"]
    }

    data_resource {
      type   = "AWS::Lambda::Function"
      values = ["arn:aws:lambda"]
    }
  }

  insight_selector {
    insight_type = "ApiCallRateInsight"
  }

  insight_selector {
    insight_type = "ApiErrorRateInsight"
  }

  tags = {
    owner = "security"
  }

  depends_on = [module.log_bucket, aws_sns_topic_policy.deliveries]
}
