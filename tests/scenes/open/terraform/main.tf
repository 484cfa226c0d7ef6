# A trail whose settings hang on variables that have no value.

variable "log_bucket" {
  type = string
}

variable "all_regions" {
  type = bool
}

variable "validate" {
  type = bool
}

variable "retention" {
  type = number
}

variable "key_arn" {
  type = string
}

variable "versioning" {
  type = string
}

variable "rotate" {
  type = bool
}

variable "organization" {
  type = string
}

resource "aws_cloudtrail" "audit" {
  name                       = "late"
  s3_bucket_name             = aws_s3_bucket.logs.bucket
  is_multi_region_trail      = var.all_regions
  enable_log_file_validation = var.validate
  kms_key_id                 = aws_kms_key.audit.arn
  cloud_watch_logs_group_arn = "${aws_cloudwatch_log_group.audit.arn}:*"
  cloud_watch_logs_role_arn  = "arn:aws:iam::111122223333:role/trail-to-logs"
}

resource "aws_s3_bucket" "logs" {
  bucket = var.log_bucket
}

resource "aws_s3_bucket_versioning" "logs" {
  bucket = aws_s3_bucket.logs.id

  versioning_configuration {
    status = var.versioning
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "logs" {
  bucket = aws_s3_bucket.logs.id

  rule {
    id     = "keep"
    status = "Enabled"
    filter {}

    expiration {
      days = var.retention
    }
  }
}

resource "aws_s3_bucket_policy" "logs" {
  bucket = aws_s3_bucket.logs.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Principal = { Service = "cloudtrail.amazonaws.com" }
        Action    = ["s3:GetBucketAcl", "s3:PutObject"]
        Resource  = ["arn:aws:s3:::${var.log_bucket}", "arn:aws:s3:::${var.log_bucket}/*"]
        Condition = { StringEquals = { "aws:SourceOrgID" = var.organization } }
      },
    ]
  })
}

resource "aws_kms_key" "audit" {
  enable_key_rotation = var.rotate
}

resource "aws_cloudwatch_log_group" "audit" {
  name              = "late-trail"
  retention_in_days = var.retention
  kms_key_id        = var.key_arn
}
