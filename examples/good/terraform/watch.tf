resource "aws_cloudwatch_log_group" "audit" {
  name              = "/audit/cloudtrail"
  retention_in_days = 400
  kms_key_id        = aws_kms_key.logs.arn
}

resource "aws_iam_role" "delivery" {
  name               = "audit-log-delivery"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["cloudtrail.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy" "delivery" {
  name   = "write-log-events"
  role   = aws_iam_role.delivery.id
  policy = data.aws_iam_policy_document.delivery.json
}

data "aws_iam_policy_document" "delivery" {
  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.audit.arn}:log-stream:${data.aws_caller_identity.current.account_id}_CloudTrail_*"]
  }
}

# What somebody is told of. Calls are named by the service that they go to; the other patterns stand for themselves.
locals {
  calls = {
    cloudtrail-changes = {
      service = "cloudtrail"
      names   = ["CreateTrail", "UpdateTrail", "DeleteTrail", "StartLogging", "StopLogging", "PutEventSelectors"]
    }
    config-changes = {
      service = "config"
      names = [
        "StopConfigurationRecorder", "PutConfigurationRecorder", "DeleteDeliveryChannel", "PutDeliveryChannel",
      ]
    }
    iam-policy-changes = {
      service = "iam"
      names = [
        "CreatePolicy", "DeletePolicy", "CreatePolicyVersion", "DeletePolicyVersion",
        "PutUserPolicy", "DeleteUserPolicy", "AttachUserPolicy", "DetachUserPolicy",
        "PutRolePolicy", "DeleteRolePolicy", "AttachRolePolicy", "DetachRolePolicy",
        "PutGroupPolicy", "DeleteGroupPolicy", "AttachGroupPolicy", "DetachGroupPolicy",
      ]
    }
    kms-disable-or-delete = {
      service = "kms"
      names   = ["DisableKey", "ScheduleKeyDeletion"]
    }
    s3-policy-changes = {
      service = "s3"
      names = [
        "PutBucketAcl", "PutBucketPolicy", "DeleteBucketPolicy", "PutBucketCors", "DeleteBucketCors",
        "PutBucketLifecycle", "DeleteBucketLifecycle", "PutBucketReplication", "DeleteBucketReplication",
      ]
    }
    security-group-changes = {
      service = "ec2"
      names = [
        "AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress", "RevokeSecurityGroupIngress",
        "RevokeSecurityGroupEgress", "CreateSecurityGroup", "DeleteSecurityGroup", "ModifySecurityGroupRules",
      ]
    }
    nacl-changes = {
      service = "ec2"
      names = [
        "CreateNetworkAcl", "DeleteNetworkAcl", "CreateNetworkAclEntry", "DeleteNetworkAclEntry",
        "ReplaceNetworkAclEntry", "ReplaceNetworkAclAssociation",
      ]
    }
    network-gateway-changes = {
      service = "ec2"
      names = [
        "CreateCustomerGateway", "DeleteCustomerGateway", "CreateInternetGateway", "DeleteInternetGateway",
        "AttachInternetGateway", "DetachInternetGateway",
      ]
    }
    route-table-changes = {
      service = "ec2"
      names = [
        "CreateRoute", "DeleteRoute", "ReplaceRoute", "CreateRouteTable", "DeleteRouteTable",
        "DisassociateRouteTable", "ReplaceRouteTableAssociation",
      ]
    }
    vpc-changes = {
      service = "ec2"
      names = [
        "CreateVpc", "DeleteVpc", "ModifyVpcAttribute", "CreateVpcPeeringConnection", "AcceptVpcPeeringConnection",
        "DeleteVpcPeeringConnection", "RejectVpcPeeringConnection", "AttachClassicLinkVpc", "DetachClassicLinkVpc",
        "EnableVpcClassicLink", "DisableVpcClassicLink",
      ]
    }
    organizations-changes = {
      service = "organizations"
      names = [
        "CreateAccount", "MoveAccount", "InviteAccountToOrganization", "RemoveAccountFromOrganization",
        "AcceptHandshake", "DeclineHandshake", "LeaveOrganization", "DeleteOrganization",
        "CreateOrganizationalUnit", "UpdateOrganizationalUnit", "DeleteOrganizationalUnit",
        "CreatePolicy", "UpdatePolicy", "DeletePolicy", "AttachPolicy", "DetachPolicy",
        "EnablePolicyType", "DisablePolicyType",
      ]
    }
  }

  monitors = merge(
    {
      for name, call in local.calls : name => format(
        "{ ($.eventSource = \"%s.amazonaws.com\") && (%s) }",
        call.service,
        join(" || ", formatlist("($.eventName = \"%s\")", call.names)),
      )
    },
    {
      root-usage             = "{ ($.userIdentity.type = \"Root\") && ($.userIdentity.invokedBy NOT EXISTS) && ($.eventType != \"AwsServiceEvent\") }"
      console-signin-no-mfa  = "{ ($.eventName = \"ConsoleLogin\") && ($.additionalEventData.MFAUsed != \"Yes\") && ($.userIdentity.type = \"IAMUser\") && ($.responseElements.ConsoleLogin = \"Success\") }"
      console-auth-failures  = "{ ($.eventName = \"ConsoleLogin\") && ($.errorMessage = \"Failed authentication\") }"
      unauthorized-api-calls = "{ (($.errorCode = \"*UnauthorizedOperation\") || ($.errorCode = \"AccessDenied*\")) && ($.sourceIPAddress != \"delivery.logs.amazonaws.com\") && ($.eventName != \"HeadBucket\") }"
    },
  )
}

resource "aws_cloudwatch_log_metric_filter" "monitor" {
  for_each = local.monitors

  name           = each.key
  log_group_name = aws_cloudwatch_log_group.audit.name
  pattern        = each.value

  metric_transformation {
    name      = each.key
    namespace = "Audit"
    value     = "1"
  }
}

resource "aws_cloudwatch_metric_alarm" "monitor" {
  for_each = local.monitors

  alarm_name          = each.key
  metric_name         = each.key
  namespace           = "Audit"
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  threshold           = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.deliveries.arn]
}

# Tampering with the trail is told at once, even when its log group is gone.
resource "aws_cloudwatch_event_rule" "tampering" {
  name = "audit-trail-tampering"
  event_pattern = jsonencode({
    source      = ["aws.cloudtrail"]
    detail-type = ["AWS API Call via CloudTrail"]
    detail = {
      eventSource = ["cloudtrail.amazonaws.com"]
      eventName   = ["StopLogging", "DeleteTrail", "UpdateTrail", "PutEventSelectors"]
    }
  })
}

resource "aws_cloudwatch_event_target" "tampering" {
  rule = aws_cloudwatch_event_rule.tampering.name
  arn  = aws_sns_topic.deliveries.arn
}
