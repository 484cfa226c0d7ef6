resource "aws_sns_topic" "deliveries" {
  name              = "audit-deliveries"
  kms_master_key_id = aws_kms_key.audit.key_id
}

resource "aws_sns_topic_policy" "deliveries" {
  arn    = aws_sns_topic.deliveries.arn
  policy = data.aws_iam_policy_document.deliveries.json
}

data "aws_iam_policy_document" "deliveries" {
  statement {
    sid       = "TrailPublishes"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.deliveries.arn]

    principals {
      type        = "Service"
      identifiers = ["cloudtrail.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceArn"
      values   = [local.trail_arn]
    }
  }

  statement {
    sid       = "AlarmsPublish"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.deliveries.arn]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

resource "aws_sns_topic_subscription" "security" {
  topic_arn = aws_sns_topic.deliveries.arn
  protocol  = "email"
  endpoint  = var.security_contact
}
