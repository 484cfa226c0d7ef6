"""Parts of a run with one call each; a test states only what it is about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from ctguard.model.errors import Fault
from ctguard.model.finding import (
    Control,
    Dimension,
    Edge,
    Finding,
    Leaf,
    Node,
    Remediation,
    Run,
    RunInfo,
    Subject,
    Surroundings,
    Tool,
    TrailVerdict,
    UnknownGroup,
    fingerprint,
)
from ctguard.model.location import Location
from ctguard.model.logic import Status

TRAIL = Subject("trail", "aws_cloudtrail.audit", (), "audit")
BUCKET = Subject(
    "bucket",
    "aws_s3_bucket.audit_logs",
    ("aws_s3_bucket_policy.audit_logs", "aws_s3_bucket_versioning.audit_logs"),
    "acme-audit-logs",
)
KEY = Subject("key", "module.keys.aws_kms_key.trail", ("module.keys.aws_kms_key_policy.trail",))
TOPIC = Subject("topic", "aws_sns_topic.deliveries", (), "trail-deliveries")
GROUP = Subject("log_group", "aws_cloudwatch_log_group.trail", (), "/aws/cloudtrail/audit")
LEGACY = Subject("trail", "module.legacy.aws_cloudtrail.old", (), "old-us-east-1")

CIS = Control("cis-aws-5.0.0", "3.1")
NIST = Control("nist-800-53-r5", "AU-12")


def make_location(path: str = "infra/trail.tf", line: int = 3, end_line: int | None = None) -> Location:
    return Location(path, line, end_line or line)


def make_leaf(
    path: str = "is_multi_region_trail",
    expected: str = "true",
    actual: str = "false",
    status: Status = Status.FAIL,
    because: str = "",
    location: Location | None = None,
) -> Leaf:
    return Leaf(path, expected, actual, status, because, location)


def make_finding(
    rule_id: str = "trail-multi-region",
    status: Status = Status.FAIL,
    *,
    resource: Subject = TRAIL,
    severity: str = "high",
    title: str = "The trail records every region",
    message: str = "Trail audit records only its home region eu-west-1",
    location: Location | None = None,
    explanation: Sequence[Leaf] = (),
    witness: dict | None = None,
    remediation: Remediation | None = None,
    controls: Sequence[Control] = (CIS, NIST),
    **more,
) -> Finding:
    return Finding(
        rule_id,
        status,
        severity,
        title,
        message,
        resource,
        location,
        tuple(explanation) or (make_leaf(status=status, location=location),),
        witness,
        remediation or Remediation("Turn on the multi-region setting of this trail.", "is_multi_region_trail = true"),
        tuple(controls),
        more.pop("fingerprint", "") or fingerprint(rule_id, resource),
        **more,
    )


def make_run(
    findings: Iterable[Finding] = (),
    *,
    trails: Sequence[TrailVerdict] = (),
    unknowns: Sequence[UnknownGroup] = (),
    errors: Sequence[Fault] = (),
    command: str = "scan",
    inputs: Sequence[str] = ("infra",),
) -> Run:
    """A run whose summary is counted from its findings, in the order that runs have."""
    ordered = sorted(findings, key=lambda one: ["fail", "unknown", "pass", "not_applicable"].index(one.status))
    counted = Counter("waived" if one.waiver and one.status is Status.FAIL else one.status.value for one in ordered)
    names = ("pass", "fail", "unknown", "not_applicable", "waived")
    return Run(
        Tool("ctguard", "0.1.0"),
        RunInfo(
            "3f0c2c7e-6f5e-4a55-9a39-0c9b7d1f1a10",
            command,
            "2026-11-20T08:15:02Z",
            "2026-11-20T08:15:03Z",
            tuple(inputs),
            "sha256:9c56cc51b374c3ba189210d5b6d4bf57790d351c96c47c02190ecf1e430635ab",
        ),
        {**{name: counted[name] for name in names}, "errors": len(errors)},
        tuple(trails),
        tuple(unknowns),
        tuple(ordered),
        tuple(errors),
    )


def make_surroundings(*ways: tuple[str, str, str], findings: Sequence[Finding] = (), **states: str) -> Surroundings:
    """`make_surroundings(("trail t", "fills", "bucket b"), bucket="fail")`; a node is `KIND NAME` or `no KIND`.

    A state is that of the nodes of a kind, and of the ways that lead to what is not there.
    """
    names = dict.fromkeys(name for source, _, target in ways for name in (source, target))
    ids = {name: f"n{number}" for number, name in enumerate(names)}
    deciding = tuple(one.fingerprint for one in findings)
    nodes, edges = [], []
    for name, id_ in ids.items():
        kind, _, called = name.partition(" ")
        missing = kind == "no"
        subject = Subject(called, "") if missing else Subject(kind, f"aws_{kind}.{called}", (), called)
        state = "fail" if missing else states.get(kind, "pass")
        nodes.append(Node(id_, subject, "none" if missing else "declared", state, deciding if state == "fail" else ()))
    for source, relation, target in ways:
        state = "fail" if target.startswith("no ") else states.get("ways", "not_judged")
        edges.append(Edge(ids[source], ids[target], relation, state, deciding if state == "fail" else ()))
    return Surroundings(tuple(nodes), tuple(edges))


def make_verdict(
    resource: Subject,
    verdict: str,
    around: Surroundings | None = None,
    **statuses: str | tuple[str, Sequence[Finding]],
) -> TrailVerdict:
    """`make_verdict(TRAIL, "not_trusted", recorded=("fail", [finding]), delivered="not_judged", ...)`."""
    dimensions = {}
    for name, stated in statuses.items():
        status, findings = (stated, ()) if isinstance(stated, str) else stated
        dimensions[name] = Dimension(status, tuple(one.fingerprint for one in findings))
    return TrailVerdict(resource, verdict, dimensions, around)
