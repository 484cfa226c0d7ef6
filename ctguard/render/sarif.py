"""The run as SARIF 2.1.0, for code scanning: failures and unknowns as results, everything else counted.

Code scanning at GitHub shows every result as an alert whatever its `kind`, so
passes are no results here; it refuses a whole file for one result without a
place, so a finding of an account stands at the address of its resource.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from ctguard.model.finding import Finding, Leaf, Run
from ctguard.model.location import Location
from ctguard.model.logic import Status
from ctguard.model.run_file import write_json
from ctguard.model.visible import shortened, visible
from ctguard.render.file_uri import file_uri
from ctguard.render.markdown_text import block, prose
from ctguard.render.moments import moment
from ctguard.render.sentences import NOT_KNOWN
from ctguard.render.witness import witness_of

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
RESULTS: Final = 25_000
"""GitHub takes no more results in one run (GitHub Docs, "SARIF support for code scanning")."""
PLACES: Final = 100
TAGS: Final = 20
LONGEST: Final = 1000
LONGEST_MESSAGE: Final = 4000
LEVELS: Final = {"critical": "error", "high": "error", "medium": "warning", "low": "note", "info": "note"}
SCORES: Final = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "3.0"}
"""`security-severity`: above 9.0 is critical at GitHub, from 7.0 high, from 4.0 medium, else low."""
_PLACEHOLDER: Final = re.compile(r"\{(\d+)\}")
LANGUAGES: Final = (("terraform", "hcl"), ("cloudformation", "yaml"), ("cli", "sh"))


def render(run: Run) -> bytes:
    """Return the log with one run."""
    told = [one for one in run.findings if one.status in (Status.FAIL, Status.UNKNOWN)]
    shown = told[:RESULTS]
    rules: dict[str, Finding] = {}
    for finding in shown:
        rules.setdefault(finding.rule_id, finding)
    index = {rule_id: number for number, rule_id in enumerate(rules)}
    compared = any(finding.baseline for finding in shown)
    return write_json(
        {
            "$schema": SCHEMA,
            "version": "2.1.0",
            "runs": [
                {
                    "tool": {
                        "driver": {
                            "name": run.tool.name,
                            "version": _text(run.tool.version),
                            "rules": [_rule(finding) for finding in rules.values()],
                        }
                    },
                    "automationDetails": {"id": f"{run.tool.name}/"},
                    "columnKind": "unicodeCodePoints",
                    "invocations": [_invocation(run, len(told) - len(shown))],
                    "results": [_result(finding, index[finding.rule_id], compared) for finding in shown],
                    "properties": {
                        "summary": dict(run.summary),
                        "trails": [
                            {
                                "trail": _text(trail.resource.address),
                                "verdict": trail.verdict,
                                "dimensions": {name: one.status for name, one in trail.dimensions.items()},
                            }
                            for trail in run.trails
                        ],
                        "run": _text(run.run.id),
                        "rulesDigest": _text(run.run.rules_digest),
                    },
                }
            ],
        }
    )


def _rule(finding: Finding) -> dict[str, Any]:
    """Return what a reader is told of a rule, from a finding of it."""
    fix = finding.remediation
    snippets = [(language, getattr(fix, tool)) for tool, language in LANGUAGES if getattr(fix, tool).strip()]
    title = _text(finding.title).strip() or "-"
    words = _text(" ".join(fix.text.split())) or title
    markdown = [prose(words, LONGEST)]
    markdown += [block(snippet, language) for language, snippet in snippets]
    controls = [f"{one.framework}/{one.control}" for one in finding.controls]
    if controls:
        markdown.append(f"Controls: {prose(', '.join(controls), LONGEST)}")
    properties: dict[str, Any] = {
        "tags": ["security", "aws", *(_text(one)[:100] for one in controls)][:TAGS],
        "precision": "very-high",
    }
    if finding.severity in SCORES:
        properties["security-severity"] = SCORES[finding.severity]
    return {
        "id": _text(finding.rule_id),
        "shortDescription": {"text": title},
        "fullDescription": {"text": title},
        "help": {"text": words, "markdown": "\n\n".join(markdown)},
        "defaultConfiguration": {"level": LEVELS[finding.severity]},
        "properties": properties,
    }


def _result(finding: Finding, rule_index: int, compared: bool) -> dict[str, Any]:
    failed = finding.status is Status.FAIL
    result: dict[str, Any] = {
        "ruleId": _text(finding.rule_id),
        "ruleIndex": rule_index,
        "kind": "fail" if failed else "open",
        "level": LEVELS[finding.severity] if failed else "none",
        "message": {"text": _message(finding)},
        "locations": [_location(finding)],
        "partialFingerprints": {
            "ctguardFingerprint/v1": _text(finding.fingerprint),
            # The one that GitHub reads; ours survives a move of the block, a hash of the line does not.
            "primaryLocationLineHash": f"{_text(finding.fingerprint)}:1",
        },
        "properties": _properties(finding),
    }
    if related := list(_related(finding)):
        result["relatedLocations"] = related
    if finding.waiver:
        waiver = finding.waiver
        why = f"accepted by {waiver.owner} until {waiver.expires}: {waiver.reason}"
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": _text(why)}]
    if compared:
        result["baselineState"] = "unchanged" if finding.baseline else "new"
    return result


def _message(finding: Finding) -> str:
    """Return the finding in words: what was found, the witness, what to do."""
    said = [finding.message]
    if witness := witness_of(finding):
        said.append(": ".join(witness))
    fix = " ".join(finding.remediation.text.split())
    if fix:
        said.append(fix)
    words = ". ".join(_text(part.rstrip(".")) for part in said if part.strip())
    return _message_text(words if finding.status is Status.FAIL else f"{NOT_KNOWN}{words}")


def _properties(finding: Finding) -> dict[str, Any]:
    subject = finding.resource
    return {
        "status": finding.status.value,
        "severity": finding.severity,
        "resourceType": _text(subject.type),
        "causedBy": _text(finding.caused_by) if finding.caused_by else None,
        "explanation": [_leaf(leaf) for leaf in finding.explanation[:PLACES]],
        "controls": [f"{_text(one.framework)}/{_text(one.control)}" for one in finding.controls],
    }


def _leaf(leaf: Leaf) -> dict[str, str]:
    return {
        "path": _text(leaf.path),
        "expected": _text(leaf.expected),
        "actual": _text(leaf.actual),
        "status": leaf.status.value,
        "because": _text(leaf.because),
    }


def _location(finding: Finding) -> dict[str, Any]:
    subject = finding.resource
    logical = {"fullyQualifiedName": _text(subject.arn or subject.address), "kind": "resource"}
    place = finding.location or Location(subject.arn or subject.address, 1, 1)
    return {"physicalLocation": _physical(place), "logicalLocations": [logical]}


def _related(finding: Finding) -> Iterator[dict[str, Any]]:
    """Yield the other places that say why the finding matters."""
    seen = {finding.location}
    for leaf in finding.explanation:
        if leaf.location and leaf.location not in seen and len(seen) <= PLACES:
            seen.add(leaf.location)
            text = _message_text(f"{leaf.path}: {leaf.because or leaf.actual}")
            yield {"id": len(seen), "physicalLocation": _physical(leaf.location), "message": {"text": text}}


def _physical(place: Location) -> dict[str, Any]:
    uri, relative = file_uri(place.path)
    artifact = {"uri": uri, "uriBaseId": "%SRCROOT%"} if relative else {"uri": uri}
    line = max(1, place.line)
    return {"artifactLocation": artifact, "region": {"startLine": line, "endLine": max(line, place.end_line)}}


def _invocation(run: Run, left_out: int) -> dict[str, Any]:
    notices = [
        {"level": "error", "message": {"text": _message_text(f"{error.source}: {error.message}")}}
        for error in run.errors
    ]
    if left_out:
        text = f"{left_out} more results are not in this file, which holds at most {RESULTS}"
        notices.append({"level": "warning", "message": {"text": text}})
    moments = {"startTimeUtc": run.run.started_at, "endTimeUtc": run.run.finished_at}
    return {
        "executionSuccessful": not run.errors,
        "toolExecutionNotifications": notices,
        **{name: stamp for name, stamp in moments.items() if moment(stamp)},
    }


def _message_text(text: str) -> str:
    """Return a text of which SARIF makes no link (3.11.6) and no placeholder (3.11.5)."""
    return _PLACEHOLDER.sub(r"{{\1}}", _text(text, LONGEST_MESSAGE).replace("](", "] (")) or "-"


def _text(text: str, at_most: int = LONGEST) -> str:
    return visible(shortened(text, at_most))
