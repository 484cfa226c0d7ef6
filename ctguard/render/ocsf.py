"""The run as OCSF 1.5 compliance findings, an event for each finding and each error.

`compliance.status_id` has a value for each of our statuses: Pass, Fail, Warning
("did not yield a result due to missing information") for unknown, and Other for
not applicable.
"""

from __future__ import annotations

from typing import Any, Final

from ctguard.model.errors import Fault
from ctguard.model.finding import Finding, Run, Subject
from ctguard.model.run_file import write_json
from ctguard.render.moments import milliseconds
from ctguard.render.sentences import acceptance, condition, filled, message, one_line, plain_data, text

VERSION: Final = "1.5.0"
CATEGORY: Final = {"category_uid": 2, "category_name": "Findings"}
CLASS: Final = {"class_uid": 2003, "class_name": "Compliance Finding"}
ACTIVITY: Final = {"activity_id": 1, "activity_name": "Create", "type_uid": 200301}
SEVERITIES: Final = {
    "critical": (5, "Critical"),
    "high": (4, "High"),
    "medium": (3, "Medium"),
    "low": (2, "Low"),
    "info": (1, "Informational"),
}
STATUSES: Final = {
    "pass": (1, "Pass"),
    "unknown": (2, "Warning"),
    "fail": (3, "Fail"),
    "not_applicable": (99, "Not Applicable"),
}
AWS_ACCOUNT: Final = 10


def render(run: Run) -> bytes:
    """Return the list of events."""
    return write_json([*(_event(run, one) for one in run.findings), *(_error(run, one) for one in run.errors)])


def _event(run: Run, finding: Finding) -> dict[str, Any]:
    status_id, status = STATUSES[finding.status.value]
    compliance = {
        "control": filled(finding.rule_id),
        "desc": filled(finding.title),
        "standards": sorted({filled(one.framework) for one in finding.controls}),
        "requirements": [filled(f"{one.framework} {one.control}") for one in finding.controls],
        "status": status,
        "status_id": status_id,
        "status_details": [condition(leaf) for leaf in finding.explanation],
    }
    event = _base(run, finding.severity) | {
        "message": filled(message(finding)),
        "compliance": compliance,
        "finding_info": {
            "uid": filled(finding.fingerprint),
            "title": filled(finding.title),
            "desc": filled(message(finding)),
            "types": ["ctguard"],
            "analytic": {"uid": filled(finding.rule_id), "name": filled(finding.rule_id), "type": "Rule", "type_id": 1},
        },
        "resources": [_resource(finding.resource)],
        "unmapped": {"ctguard": _ours(finding)},
    }
    if accepted := acceptance(finding):
        event |= {"comment": accepted}
    if finding.waiver:
        event |= {"status_id": 3, "status": "Suppressed"}
    if fix := one_line(finding.remediation.text):
        event["remediation"] = {"desc": filled(fix)}
    if finding.witness:
        event["evidences"] = [{"name": "witness", "data": plain_data(finding.witness)}]
    if finding.resource.account_id:
        event["cloud"] = _cloud(finding.resource)
        event["metadata"]["profiles"] = ["cloud"]
    return event


def _base(run: Run, severity: str) -> dict[str, Any]:
    severity_id, severity_name = SEVERITIES[severity]
    return {
        **CATEGORY,
        **CLASS,
        **ACTIVITY,
        "type_name": "Compliance Finding: Create",
        "time": milliseconds(run.run.finished_at),
        "severity_id": severity_id,
        "severity": severity_name,
        "status_id": 1,
        "status": "New",
        "metadata": {
            "version": VERSION,
            "correlation_uid": filled(run.run.id),
            "product": {"name": run.tool.name, "vendor_name": run.tool.name, "version": filled(run.tool.version)},
        },
    }


def _resource(subject: Subject) -> dict[str, Any]:
    resource = {
        "uid": filled(subject.arn or subject.address),
        "name": filled(subject.name or subject.address),
        "type": filled(subject.type),
        "data": {"address": text(subject.address), "members": [text(one) for one in subject.members]},
    }
    if subject.region:
        resource["region"] = filled(subject.region)
    return resource


def _cloud(subject: Subject) -> dict[str, Any]:
    account = filled(subject.account_id or "")
    cloud: dict[str, Any] = {
        "provider": "AWS",
        "account": {"uid": account, "name": account, "type": "AWS Account", "type_id": AWS_ACCOUNT},
    }
    if subject.region:
        cloud["region"] = filled(subject.region)
    return cloud


def _ours(finding: Finding) -> dict[str, Any]:
    place = finding.location
    return {
        "status": finding.status.value,
        "baseline": finding.baseline,
        "caused_by": text(finding.caused_by) if finding.caused_by else None,
        "location": {"path": text(place.path), "line": place.line, "end_line": place.end_line} if place else None,
    }


def _error(run: Run, error: Fault) -> dict[str, Any]:
    """Return what could not be read or asked: a finding of unknown status, so that nobody takes silence for health."""
    said = filled(f"{error.source}: {error.message}")
    return _base(run, "info") | {
        "message": said,
        "compliance": {"control": "run", "status": "Unknown", "status_id": 0, "status_code": filled(error.kind)},
        "finding_info": {
            "uid": filled(f"error {error.source} {error.kind}"),
            "title": "Could not be read or asked",
            "desc": said,
        },
        "unmapped": {"ctguard": {"status": "error", "kind": filled(error.kind)}},
    }
