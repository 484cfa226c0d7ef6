"""The run in the AWS Security Finding Format, for BatchImportFindings of Security Hub CSPM.

Findings of code say neither account nor region, which the format demands:
`account_id` and `region` say where such findings are to be imported.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from ctguard.model.errors import Fault
from ctguard.model.finding import Finding, Run, Subject
from ctguard.model.run_file import write_json
from ctguard.render.moments import iso
from ctguard.render.sentences import acceptance, condition, filled, message, one_line

SCHEMA: Final = "2018-10-08"
NO_ACCOUNT: Final = "000000000000"
COMPLIANCE: Final = {"pass": "PASSED", "fail": "FAILED", "unknown": "WARNING", "not_applicable": "NOT_AVAILABLE"}
"""WARNING: "some information is missing" (Security Hub User Guide, "Compliance")."""
SEVERITIES: Final = {"critical": "CRITICAL", "high": "HIGH", "medium": "MEDIUM", "low": "LOW", "info": "INFORMATIONAL"}
TYPES: Final = {
    "account": "AwsAccount",
    "alarm": "AwsCloudWatchAlarm",
    "bucket": "AwsS3Bucket",
    "iam_policy": "AwsIamPolicy",
    "key": "AwsKmsKey",
    "role": "AwsIamRole",
    "topic": "AwsSnsTopic",
    "trail": "AwsCloudTrailTrail",
}
PARTITIONS: Final = {"cn": "aws-cn", "us-gov": "aws-us-gov", "us-iso": "aws-us-iso", "us-isob": "aws-us-iso-b"}
# Lengths of the Security Hub User Guide, "AWS Security Finding Format (ASFF)".
ID, TITLE, DESCRIPTION, RECOMMENDATION, FIELD = 512, 256, 1024, 512, 2048
REQUIREMENTS: Final = 32
REASONS: Final = 20


def render(run: Run, *, account_id: str = NO_ACCOUNT, region: str = "us-east-1") -> bytes:
    """Return the list of findings; import at most 100 in one call."""
    told: Counter[str] = Counter()
    findings = []
    for finding in run.findings:
        findings.append(_finding(run, finding, told[finding.fingerprint], account_id, region))
        told[finding.fingerprint] += 1
    return write_json([*findings, *(_error(run, one, account_id, region) for one in run.errors)])


def _finding(run: Run, finding: Finding, told_before: int, account_id: str, region: str) -> dict[str, Any]:
    subject = finding.resource
    uid = finding.fingerprint if not told_before else f"{finding.fingerprint}-{told_before}"
    failed = finding.status.value == "fail"
    asff = _base(run, subject.account_id or account_id, subject.region or region) | {
        "Id": filled(f"ctguard/{uid}", ID),
        "GeneratorId": filled(f"ctguard/{finding.rule_id}", ID),
        "Title": filled(finding.title, TITLE),
        "Description": filled(message(finding), DESCRIPTION),
        "Severity": {
            "Label": SEVERITIES[finding.severity] if failed else "INFORMATIONAL",
            "Original": finding.severity,
        },
        "Compliance": _compliance(finding),
        "Workflow": {"Status": "RESOLVED" if finding.status.value == "pass" else _workflow(finding)},
        "Resources": [_resource(subject, account_id, region)],
        "ProductFields": _fields(finding),
    }
    if fix := one_line(finding.remediation.text):
        asff["Remediation"] = {"Recommendation": {"Text": filled(fix, RECOMMENDATION)}}
    if accepted := acceptance(finding):
        asff["Note"] = {
            "Text": filled(accepted, RECOMMENDATION),
            "UpdatedBy": "ctguard",
            "UpdatedAt": asff["UpdatedAt"],
        }
    return asff


def _base(run: Run, account_id: str, region: str) -> dict[str, Any]:
    moment = iso(run.run.finished_at)
    account, place = filled(account_id, 12), filled(region, 32)
    product = f"arn:{_partition(place)}:securityhub:{place}:{account}:product/{account}/default"
    return {
        "SchemaVersion": SCHEMA,
        "ProductArn": product,
        "ProductName": run.tool.name,
        "AwsAccountId": account,
        "Region": place,
        "Types": ["Software and Configuration Checks/AWS Security Best Practices"],
        "CreatedAt": moment,
        "UpdatedAt": moment,
        "RecordState": "ACTIVE",
    }


def _partition(region: str) -> str:
    return next((name for start, name in reversed(PARTITIONS.items()) if region.startswith(f"{start}-")), "aws")


def _workflow(finding: Finding) -> str:
    return "SUPPRESSED" if finding.waiver else "NOTIFIED" if finding.baseline else "NEW"


def _compliance(finding: Finding) -> dict[str, Any]:
    compliance: dict[str, Any] = {"Status": COMPLIANCE[finding.status.value]}
    requirements = [filled(f"{one.framework} {one.control}", 64) for one in finding.controls[:REQUIREMENTS]]
    if requirements:
        compliance["RelatedRequirements"] = requirements
    code = f"CTGUARD_{finding.status.value.upper()}"
    reasons = [{"ReasonCode": code, "Description": filled(condition(leaf))} for leaf in finding.explanation[:REASONS]]
    if reasons:
        compliance["StatusReasons"] = reasons
    return compliance


def _resource(subject: Subject, account_id: str, region: str) -> dict[str, Any]:
    place = filled(subject.region or region, 32)
    if subject.type == "account":
        uid = f"AWS::::Account:{subject.account_id or account_id}"
    else:
        uid = subject.arn or subject.address
    return {
        "Type": TYPES.get(subject.type, "Other"),
        "Id": filled(uid, ID),
        "Partition": _partition(place),
        "Region": place,
    }


def _fields(finding: Finding) -> dict[str, str]:
    place = finding.location
    fields = {
        "ctguard/status": finding.status.value,
        "ctguard/rule": finding.rule_id,
        "ctguard/fingerprint": finding.fingerprint,
        "ctguard/address": finding.resource.address,
        "ctguard/location": f"{place.path}:{place.line}" if place else "",
        "ctguard/caused-by": finding.caused_by or "",
        "ctguard/baseline": "true" if finding.baseline else "false",
    }
    return {name: filled(value, FIELD) for name, value in fields.items() if value.strip()}


def _error(run: Run, error: Fault, account_id: str, region: str) -> dict[str, Any]:
    return _base(run, account_id, region) | {
        "Id": filled(f"ctguard/error/{error.source}/{error.kind}", ID),
        "GeneratorId": "ctguard/run",
        "Title": filled(f"Could not be read or asked: {error.source}", TITLE),
        "Description": filled(error.message, DESCRIPTION),
        "Severity": {"Label": "INFORMATIONAL"},
        "Compliance": {
            "Status": "WARNING",
            "StatusReasons": [{"ReasonCode": "CTGUARD_ERROR", "Description": filled(f"{error.kind}: {error.message}")}],
        },
        "Workflow": {"Status": "NEW"},
        "Resources": [{"Type": "Other", "Id": filled(error.source, ID)}],
        "ProductFields": {"ctguard/status": "error", "ctguard/kind": filled(error.kind, FIELD)},
    }
