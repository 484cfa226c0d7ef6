"""Whole runs: a scan of code, an audit of accounts, and a large one."""

from __future__ import annotations

from collections.abc import Iterator

from ctguard.model.errors import Fault
from ctguard.model.finding import Control, Finding, Remediation, Run, Subject, UnknownGroup, Waiver
from ctguard.model.logic import Status
from tests.render.builders import (
    BUCKET,
    GROUP,
    KEY,
    LEGACY,
    TOPIC,
    TRAIL,
    make_finding,
    make_leaf,
    make_location,
    make_run,
    make_surroundings,
    make_verdict,
)

WITNESS_REQUEST = {
    "principal": {"type": "Service", "id": "cloudtrail.amazonaws.com"},
    "action": "s3:PutObject",
    "resource": "arn:aws:s3:::acme-audit-logs/AWSLogs/999988887777/CloudTrail/us-east-1/2026/11/20/x.json.gz",
    "context": {"aws:SourceArn": "arn:aws:cloudtrail:us-east-1:999988887777:trail/stranger"},
    "statement": "AWSCloudTrailWrite",
    "why": "a trail of account 999988887777, which nobody named",
}
WITNESS_EVENT = {
    "eventCategory": "Management",
    "eventSource": "ec2.amazonaws.com",
    "eventName": "DescribeInstances",
    "awsRegion": "ap-southeast-2",
    "readOnly": True,
}


def code_run() -> Run:
    """A scan of Terraform with findings of every status, a cause with consequences, a waiver and an error."""
    region = make_finding(
        location=make_location("infra/trail.tf", 7),
        explanation=[make_leaf(location=make_location("infra/trail.tf", 7))],
        remediation=Remediation(
            "Turn on the multi-region setting of this trail.",
            "is_multi_region_trail = true",
            "IsMultiRegionTrail: true",
            "aws cloudtrail update-trail --name TRAIL --is-multi-region-trail",
        ),
    )
    grants = make_finding(
        "bucket-least-privilege",
        resource=BUCKET,
        severity="critical",
        title="Nobody but this account's trails can write to the log bucket",
        message="Bucket acme-audit-logs takes deliveries from any trail of any account",
        location=make_location("modules/logs/policy.tf", 14, 21),
        explanation=[
            make_leaf(
                "policy.grants[0]",
                "bound to own trails",
                "cloudtrail.amazonaws.com may s3:PutObject",
                because="aws:SourceArn is missing, must be the ARN of this trail",
                location=make_location("modules/logs/policy.tf", 14, 21),
            ),
            make_leaf("policy.grants[1]", "bound to own trails", "bound", Status.PASS),
            make_leaf(
                "trails",
                "known",
                "aws_cloudtrail.audit",
                because="the trail that uses this bucket",
                location=make_location("infra/trail.tf", 3),
            ),
        ],
        witness=WITNESS_REQUEST,
        remediation=Remediation(
            "Add a StringEquals condition on aws:SourceArn to the statement that lets CloudTrail write.",
            'condition {\n  test     = "StringEquals"\n  variable = "aws:SourceArn"\n  values   = [local.trail_arn]\n}',
            'Condition:\n  StringEquals:\n    "aws:SourceArn": !Sub "arn:${AWS::Partition}:cloudtrail:..."',
        ),
        controls=[Control("nist-800-53-r5", "AU-9"), Control("pci-dss-4.0.1", "10.3.2"), Control("soc-2", "CC6.1")],
    )
    group = make_finding(
        "trail-cloudwatch-logs",
        severity="medium",
        title="The trail sends its events to a CloudWatch Logs group",
        message="Trail audit sends its events to no log group",
        location=make_location("infra/trail.tf", 3, 12),
        explanation=[
            make_leaf("cloud_watch_logs_log_group_arn", "set", "not set", location=make_location("infra/trail.tf", 3))
        ],
        remediation=Remediation("Name a log group and a role that may write to it."),
        controls=[Control("cis-aws-1.5.0", "3.4"), Control("pci-dss-4.0.1", "10.4.1.1")],
    )
    monitors = [
        make_finding(
            f"monitor-{name}",
            severity=severity,
            title=f"Somebody is told of {words}",
            message=f"Nobody is told of {words}",
            location=make_location("infra/trail.tf", 3),
            explanation=[make_leaf("log_group", "a log group with a metric filter", "not set")],
            witness={"eventSource": source, "eventName": event},
            remediation=Remediation("Add a metric filter, an alarm on it and somebody who is told."),
            controls=[Control("cis-aws-5.0.0", number)],
            caused_by=group.fingerprint,
        )
        for name, words, severity, number, source, event in (
            ("cloudtrail-changes", "changes of trails", "high", "4.5", "cloudtrail.amazonaws.com", "StopLogging"),
            ("root-usage", "use of the root user", "high", "4.3", "sts.amazonaws.com", "GetCallerIdentity"),
            ("iam-policy-changes", "changes of IAM policies", "medium", "4.4", "iam.amazonaws.com", "PutUserPolicy"),
            ("console-signin-no-mfa", "sign-ins without MFA", "medium", "4.2", "signin.amazonaws.com", "ConsoleLogin"),
        )
    ]
    waived = make_finding(
        "bucket-object-lock",
        resource=BUCKET,
        severity="medium",
        title="Objects of the log bucket cannot be deleted before their time",
        message="Bucket acme-audit-logs has no object lock",
        location=make_location("modules/logs/bucket.tf", 1, 9),
        explanation=[make_leaf("object_lock_configuration", "set", "not set")],
        remediation=Remediation("Turn on object lock in compliance mode."),
        controls=[Control("nist-800-53-r5", "AU-9(2)")],
        waiver=Waiver("dana@example.com", "the bucket is copied to a locked one each night", "2027-01-31"),
    )
    old = make_finding(
        "trail-log-validation",
        resource=LEGACY,
        title="Log file validation is on",
        message="Trail old-us-east-1 writes no digest files",
        location=make_location("modules/legacy/main.tf", 22, 30),
        explanation=[make_leaf("log_file_validation_enabled", "true", "false")],
        remediation=Remediation("Turn on log file validation.", "enable_log_file_validation = true"),
        controls=[Control("cis-aws-5.0.0", "3.2")],
        baseline=True,
    )
    retention = make_finding(
        "bucket-retention",
        Status.UNKNOWN,
        resource=BUCKET,
        title="Log files are kept for at least a year",
        message="Log files are kept for at least a year: cannot be known, since var.keep_days has no value",
        location=make_location("modules/logs/bucket.tf", 30),
        explanation=[
            make_leaf(
                "lifecycle.rules[0].expiration.days",
                "at least 365",
                "unknown (var.keep_days)",
                Status.UNKNOWN,
                "var.keep_days has no value",
                make_location("modules/logs/bucket.tf", 30),
            )
        ],
        remediation=Remediation("Keep objects for 365 days or more."),
        controls=[Control("pci-dss-4.0.1", "10.5.1")],
    )
    key = [
        make_finding(
            rule,
            Status.UNKNOWN,
            resource=KEY,
            severity=severity,
            title=title,
            message=f"{title}: cannot be known, since var.org_id has no value",
            location=make_location("modules/keys/main.tf", 18),
            explanation=[make_leaf("policy.grants[1]", "own organization", "unknown (var.org_id)", Status.UNKNOWN)],
            remediation=Remediation("Limit the grant to your own organization."),
            controls=[Control("nist-800-53-r5", "SC-12")],
        )
        for rule, title, severity in (
            ("key-least-privilege", "The key policy lets nobody do more than they must", "high"),
            ("key-policy-source-arn", "CloudTrail uses the key for own trails only", "high"),
            ("key-decrypt-restricted", "Only declared readers may decrypt", "medium"),
        )
    ]
    passes = [
        make_finding(
            rule,
            Status.PASS,
            resource=resource,
            severity="high",
            title=title,
            message=f"{title}: {resource.name or resource.address}",
            location=make_location("infra/trail.tf", 3),
            explanation=[make_leaf(path, expected, expected, Status.PASS)],
            remediation=Remediation(title),
            controls=[Control("cis-aws-5.0.0", number)],
        )
        for rule, title, resource, path, expected, number in (
            ("trail-logging-enabled", "The trail is switched on", TRAIL, "is_logging", "true", "3.1"),
            ("trail-logging-enabled", "The trail is switched on", LEGACY, "is_logging", "true", "3.1"),
            ("trail-log-validation", "Log file validation is on", TRAIL, "log_file_validation_enabled", "true", "3.2"),
            ("bucket-versioning", "The log bucket keeps versions", BUCKET, "versioning.status", "Enabled", "3.3"),
            ("bucket-public-policy", "No stranger in the bucket policy", BUCKET, "policy.public", "false", "3.3"),
            ("key-rotation", "The key is rotated", KEY, "key_rotation_enabled", "true", "3.6"),
            ("topic-encryption", "The topic is encrypted", TOPIC, "kms_master_key_id", "set", "3.9"),
            ("log-group-retention", "Events are kept for a year", GROUP, "retention_in_days", "at least 365", "3.4"),
        )
    ]
    skipped = make_finding(
        "trail-organization",
        Status.NOT_APPLICABLE,
        severity="medium",
        title="An organization trail records all accounts",
        message="An organization trail records all accounts: trail audit",
        explanation=[make_leaf("account.is_management_account", "true", "false", Status.NOT_APPLICABLE)],
    )
    unknown = [*key, retention]
    return make_run(
        [grants, region, group, *monitors, waived, old, *unknown, *passes, skipped],
        trails=[
            make_verdict(
                TRAIL,
                "not_trusted",
                make_surroundings(
                    ("trail audit", "stores files in", "bucket acme-audit-logs"),
                    ("trail audit", "encrypts with", "key trail"),
                    ("trail audit", "announces on", "topic trail-deliveries"),
                    ("trail audit", "writes to", "no log_group"),
                    findings=[group],
                    key="unknown",
                    bucket="fail",
                ),
                recorded=("fail", [region]),
                delivered="not_judged",
                provable="not_judged",
                protected=("fail", [grants]),
                retained=("unknown", [retention]),
                watched=("fail", [monitors[0]]),
            ),
            make_verdict(
                LEGACY,
                "not_trusted",
                recorded=("pass", [passes[1]]),
                delivered="not_judged",
                provable=("fail", [old]),
                protected="not_judged",
                retained="not_judged",
                watched=("unknown", [key[0]]),
            ),
        ],
        unknowns=[
            UnknownGroup("var.org_id has no value", "set var.org_id", tuple(one.fingerprint for one in key)),
            UnknownGroup("var.keep_days has no value", "set var.keep_days", (retention.fingerprint,)),
        ],
        errors=[
            Fault("modules/broken/main.tf:12", "syntax", "expected '}' before the end of the file; close the block")
        ],
        inputs=["infra", "modules"],
    )


ACCOUNTS = ("111122223333", "444455556666", "777788889999")
REGIONS = ("eu-central-1", "eu-west-1", "us-east-1")


def account_run() -> Run:
    """An audit of three accounts: one trusted trail, one that is not, one that nobody can judge."""
    trails = {account: live("trail", f"trail-{account[:4]}", account, "eu-central-1") for account in ACCOUNTS}
    rules = (
        ("trail-multi-region", "The trail records every region", "3.1", "recorded"),
        ("trail-delivery-recent", "Log files arrived in the last day", "3.4", "delivered"),
        ("trail-digest-chain-valid", "The digest chain of the last day holds", "3.2", "provable"),
        ("bucket-least-privilege", "Nobody but own trails can write to the log bucket", "3.3", "protected"),
        ("bucket-retention", "Log files are kept for at least a year", "3.6", "retained"),
        ("monitor-cloudtrail-changes", "Somebody is told of changes of trails", "4.5", "watched"),
    )
    outcomes = {
        ACCOUNTS[0]: "pppppp",
        ACCOUNTS[1]: "pfpffp",
        ACCOUNTS[2]: "ppuupp",
    }
    findings: list[Finding] = []
    verdicts = []
    for account, trail in trails.items():
        dimensions = {}
        for (rule, title, number, dimension), mark in zip(rules, outcomes[account], strict=True):
            status = {"p": Status.PASS, "f": Status.FAIL, "u": Status.UNKNOWN}[mark]
            finding = live_finding(rule, title, status, trail, number)
            findings.append(finding)
            dimensions[dimension] = (status.value, [finding])
        statuses = {status for status, _ in dimensions.values()}
        verdict = "not_trusted" if "fail" in statuses else "undetermined" if "unknown" in statuses else "trusted"
        verdicts.append(make_verdict(trail, verdict, **dimensions))
    findings += config_findings()
    denied = [one.fingerprint for one in findings if one.status is Status.UNKNOWN]
    return make_run(
        findings,
        trails=verdicts,
        unknowns=[UnknownGroup("kms:GetKeyPolicy was denied", "grant kms:GetKeyPolicy", tuple(denied))],
        errors=[
            Fault("kms:GetKeyPolicy in 777788889999/eu-central-1", "denied", "AccessDenied: grant kms:GetKeyPolicy")
        ],
        command="audit",
        inputs=ACCOUNTS,
    )


def live(kind: str, name: str, account: str, region: str) -> Subject:
    arn = f"arn:aws:cloudtrail:{region}:{account}:{kind}/{name}"
    return Subject(kind, arn, (), name, arn, account, region)


def live_finding(rule: str, title: str, status: Status, resource: Subject, number: str) -> Finding:
    message = {
        Status.FAIL: f"{title}: not so for {resource.name}",
        Status.UNKNOWN: f"{title}: cannot be known, since kms:GetKeyPolicy was denied",
    }.get(status, f"{title}: {resource.name}")
    return make_finding(
        rule,
        status,
        resource=resource,
        title=title,
        message=message,
        explanation=[make_leaf("attribute", "what must be", "what is", status)],
        remediation=Remediation(f"{title}: make it so.", cli="aws cloudtrail update-trail --name TRAIL"),
        controls=[Control("cis-aws-5.0.0", number), Control("nist-800-53-r5", "AU-12")],
    )


def config_findings() -> Iterator[Finding]:
    for account in ACCOUNTS:
        for region in REGIONS:
            recorder = live("config_recorder", "default", account, region)
            status = Status.FAIL if (account, region) == (ACCOUNTS[1], "us-east-1") else Status.PASS
            yield live_finding("config-recorder-on", "Config records in every region", status, recorder, "3.3")


def large_run(size: int = 500) -> Run:
    """As many findings as asked for, of 25 rules, with the texts of `code_run`."""
    texts = code_run().findings
    return make_run(
        make_finding(
            f"{(text := texts[number % 25 % len(texts)]).rule_id}-{number % 25}",
            text.status,
            resource=Subject(text.resource.type, f"module.m{number}.{text.resource.address}", text.resource.members),
            severity=text.severity,
            title=text.title,
            message=text.message,
            location=make_location(f"modules/m{number}/main.tf", number % 90 + 1),
            explanation=text.explanation,
            witness=text.witness,
            remediation=text.remediation,
            controls=text.controls,
        )
        for number in range(size)
    )
