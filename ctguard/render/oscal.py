"""The run as OSCAL assessment results: observations, the finding on each control, risks, and a log of errors.

OSCAL knows satisfied and not satisfied. A control of which something is unknown
is not satisfied with reason `other` and says so; only what was seen to hold is
satisfied. Every id is derived from the run, so the same run gives the same file.
"""

from __future__ import annotations

import re
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from ctguard.model.finding import Control, Finding, Run
from ctguard.model.logic import Status
from ctguard.model.run_file import write_json
from ctguard.render.controls import not_asked
from ctguard.render.markdown_text import prose
from ctguard.render.moments import EPOCH, iso, moment
from ctguard.render.sentences import acceptance, details, filled, message, one_line

VERSION: Final = "1.2.3"
NAMESPACE: Final = "urn:ctguard:oscal"
IDS: Final = uuid.uuid5(uuid.NAMESPACE_URL, NAMESPACE)
NIST: Final = re.compile(r"^([A-Za-z]{2})-(\d+)(?:\((\d+)\))?$")
LONGEST: Final = 4000


def render(run: Run) -> bytes:
    """Return the document with one result."""
    plan = _id(run, "plan")
    document = {
        "uuid": _id(run, "document"),
        "metadata": {
            "title": "Audit trail assessment",
            "last-modified": iso(run.run.finished_at),
            "version": filled(run.run.id),
            "oscal-version": VERSION,
            "props": [_prop("tool-version", run.tool.version), _prop("rules-digest", run.run.rules_digest)],
        },
        "import-ap": {"href": f"#{plan}"},
        "results": [_result(run)],
        "back-matter": {
            "resources": [
                {
                    "uuid": plan,
                    "title": "Assessment plan",
                    "description": "The rules of ctguard; the metadata names their digest. There is no plan in OSCAL.",
                }
            ]
        },
    }
    return write_json({"assessment-results": document})


def _result(run: Run) -> dict[str, Any]:
    by_control: dict[Control, list[int]] = defaultdict(list)
    for number, finding in enumerate(run.findings):
        for control in dict.fromkeys(finding.controls):
            by_control[control].append(number)
    result: dict[str, Any] = {
        "uuid": _id(run, "result"),
        "title": "Audit trail assessment",
        "description": _markup(f"{run.tool.name} {run.run.command} of {', '.join(run.run.inputs) or 'nothing'}"),
        "start": iso(run.run.started_at),
        "end": iso(run.run.finished_at),
        "props": [*_verdicts(run), *(_prop(f"count-{name}", str(count)) for name, count in run.summary.items())],
        "local-definitions": _definitions(run),
        "reviewed-controls": {"control-selections": list(_selections(by_control))},
        "observations": [_observation(run, number, one) for number, one in enumerate(run.findings)],
        "risks": [_risk(run, number, one) for number, one in enumerate(run.findings) if one.status is Status.FAIL],
        "findings": [_finding(run, control, by_control[control]) for control in sorted(by_control)],
    }
    if run.errors:
        result["assessment-log"] = {
            "entries": [
                {
                    "uuid": _id(run, f"error {number}"),
                    "title": _markup(f"{error.kind}: {error.source}"),
                    "description": _markup(error.message),
                    "start": iso(run.run.finished_at),
                }
                for number, error in enumerate(run.errors)
            ]
        }
    return {name: value for name, value in result.items() if value != []}


def _verdicts(run: Run) -> Iterator[dict[str, Any]]:
    for trail in run.trails:
        sides = ", ".join(f"{name} {one.status}" for name, one in trail.dimensions.items())
        said = f"{trail.resource.arn or trail.resource.address}: {sides}"
        yield _prop("trail-verdict", trail.verdict) | {"remarks": _markup(said)}


def _definitions(run: Run) -> dict[str, Any]:
    subjects = {_subject_id(run, one): one.resource for one in run.findings}
    items = [
        {
            "uuid": uid,
            "description": _markup(f"{subject.type} {subject.address}"),
            "props": [_prop("type", subject.type), _prop("address", subject.address)],
        }
        for uid, subject in subjects.items()
    ]
    tool = {
        "uuid": _id(run, "tool"),
        "type": "software",
        "title": _markup(f"{run.tool.name} {run.tool.version}"),
        "description": "The program that made these observations.",
        "status": {"state": "operational"},
    }
    return {"components": [tool], **({"inventory-items": items} if items else {})}


def _selections(by_control: Iterable[Control]) -> Iterator[dict[str, Any]]:
    by_framework: dict[str, list[Control]] = defaultdict(list)
    for control in sorted(by_control):
        by_framework[control.framework].append(control)
    for framework, controls in by_framework.items():
        ids = dict.fromkeys(control_id(control) for control in controls)
        yield {"description": _markup(framework), "include-controls": [{"control-id": one} for one in ids]}
    if not by_framework:
        yield {"description": "No control is mapped.", "include-controls": [{"control-id": "none"}]}


def control_id(control: Control) -> str:
    """Return a control as a token: that of NIST's own catalogue (`ac-2.4`), else framework and number."""
    match = NIST.match(control.control)
    if control.framework.startswith("nist-800-53") and match:
        family, number, enhancement = match.groups()
        return f"{family.lower()}-{number}" + (f".{enhancement}" if enhancement else "")
    return _token(f"{control.framework}_{control.control}")


def _observation(run: Run, number: int, finding: Finding) -> dict[str, Any]:
    return {
        "uuid": _id(run, f"observation {number}"),
        "title": _markup(f"{finding.rule_id} on {finding.resource.address}"),
        "description": _markup(message(finding)),
        "props": [
            _prop("rule-id", finding.rule_id),
            _prop("status", finding.status.value),
            _prop("severity", finding.severity),
            _prop("fingerprint", finding.fingerprint),
            _prop("baseline", "true" if finding.baseline else "false"),
        ],
        "methods": ["EXAMINE" if finding.location else "TEST"],
        "types": ["control-objective"],
        "origins": [{"actors": [{"type": "tool", "actor-uuid": _id(run, "tool")}]}],
        "subjects": [{"subject-uuid": _subject_id(run, finding), "type": "inventory-item"}],
        "relevant-evidence": [{"description": _markup(line)} for line in details(finding)],
        "collected": iso(run.run.finished_at),
    }


def _risk(run: Run, number: int, finding: Finding) -> dict[str, Any]:
    accepted = acceptance(finding)
    risk: dict[str, Any] = {
        "uuid": _id(run, f"risk {number}"),
        "title": _markup(finding.title),
        "description": _markup(message(finding)),
        "statement": _markup(accepted or one_line(finding.remediation.text) or finding.title),
        "props": [_prop("severity", finding.severity)],
        "status": "deviation-approved" if finding.waiver else "open",
        "related-observations": [{"observation-uuid": _id(run, f"observation {number}")}],
    }
    if finding.waiver and (until := moment(f"{finding.waiver.expires}T23:59:59Z")) and until > EPOCH:
        risk["deadline"] = iso(until.isoformat())
    return risk


def _finding(run: Run, control: Control, numbers: Sequence[int]) -> dict[str, Any]:
    findings = [run.findings[number] for number in numbers]
    state, reason, said = _judged(findings)
    if state == "satisfied" and (left_out := not_asked(run).get(control)):
        state, reason, said = "not-satisfied", "other", f"Not all was asked: {', '.join(left_out)}."
    risks = [number for number in numbers if run.findings[number].status is Status.FAIL]
    finding: dict[str, Any] = {
        "uuid": _id(run, f"control {control.framework} {control.control}"),
        "title": _markup(f"{control.framework} {control.control}"),
        "description": said,
        "target": {
            "type": "objective-id",
            "target-id": control_id(control),
            "status": {"state": state, "reason": reason, "remarks": said},
        },
        "related-observations": [{"observation-uuid": _id(run, f"observation {number}")} for number in numbers],
        "related-risks": [{"risk-uuid": _id(run, f"risk {number}")} for number in risks],
    }
    return {name: value for name, value in finding.items() if value != []}


def _judged(findings: Sequence[Finding]) -> tuple[str, str, str]:
    """Return state, reason and words for the findings on one control."""
    counts = {status: sum(one.status is status for one in findings) for status in Status}
    said = ", ".join(f"{count} {status.value.replace('_', ' ')}" for status, count in counts.items() if count)
    if counts[Status.FAIL]:
        return "not-satisfied", "fail", f"Fails: {said}."
    if counts[Status.UNKNOWN]:
        return "not-satisfied", "other", f"Unknown, which is neither satisfied nor failed: {said}."
    if counts[Status.PASS]:
        return "satisfied", "pass", f"Holds: {said}."
    return "satisfied", "other", f"Not applicable to what was looked at: {said}."


def _prop(name: str, value: str) -> dict[str, Any]:
    return {"name": _token(name), "ns": NAMESPACE, "value": filled(value)}


def _token(words: str) -> str:
    token = re.sub(r"[^A-Za-z0-9.\-]+", "_", words).strip("_") or "x"
    return token if token[0].isalpha() else f"_{token}"


def _markup(words: str) -> str:
    """Return a text as OSCAL's Markdown, in one line, never empty."""
    return prose(words, LONGEST).strip() or "-"


def _subject_id(run: Run, finding: Finding) -> str:
    subject = finding.resource
    return _id(run, f"resource {subject.type} {subject.arn} {subject.address}")


def _id(run: Run, what: str) -> str:
    return str(uuid.uuid5(IDS, f"{run.run.id} {what}".encode(errors="backslashreplace").decode()))
