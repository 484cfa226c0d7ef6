"""What a run says: chains, findings, verdict, exit status, and all of it as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ctguard.logs.keys import PublicKey
from ctguard.logs.links import Count
from ctguard.logs.picture import hours
from ctguard.logs.times import Stretch, iso
from ctguard.logs.verdict import Finding, Verdict, joined


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What holds of one chain; `proven` is the time of which every log file is there, unchanged."""

    account_id: str
    region: str
    kind: str
    proven: list[Stretch]
    digests: Count
    logs: Count
    unlisted: int
    findings: list[Finding]

    @property
    def verdict(self) -> Verdict:
        verdict = joined(finding.weight for finding in self.findings)
        return Verdict.GAP if verdict is Verdict.VALID and not self.proven else verdict

    def as_json(self) -> dict[str, Any]:
        return {
            "account_id": self.account_id,
            "region": self.region,
            "kind": self.kind,
            "status": self.verdict.value,
            "proven": [[iso(stretch.start), iso(stretch.end)] for stretch in self.proven],
            "digests": _counts(self.digests),
            "logs": _log_counts(self),
        }


@dataclass(frozen=True, slots=True)
class Report:
    """What a run found. `findings` are those of no single chain, such as a listing that was denied."""

    trail_arn: str
    window: Stretch
    chains: list[ChainReport]
    keys: list[PublicKey]
    findings: list[Finding] = field(default_factory=list)
    tamper_events: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def all_findings(self) -> list[Finding]:
        """Return every finding, in an order that does not depend on how the work was done."""
        found = [*self.findings, *(finding for chain in self.chains for finding in chain.findings)]
        return sorted(found, key=Finding.sort_key)

    @property
    def verdict(self) -> Verdict:
        verdict = joined([*(finding.weight for finding in self.findings), *(chain.verdict for chain in self.chains)])
        return Verdict.GAP if verdict is Verdict.VALID and not self.chains else verdict

    @property
    def exit_status(self) -> int:
        """Return 2 when anything could not be decided, whatever else was found."""
        if self.verdict is Verdict.ERROR or any(f.weight is Verdict.ERROR for f in self.all_findings()):
            return 2
        return 0 if self.verdict is Verdict.VALID else 1

    def as_json(self) -> dict[str, Any]:
        """Return the report as the contract of `ctguard logs verify` writes it."""
        return {
            "status": self.verdict.value,
            "window": {"start": iso(self.window.start), "end": iso(self.window.end)},
            "trail_arn": self.trail_arn,
            "chains": [chain.as_json() for chain in self.chains],
            "findings": [finding.as_json() for finding in self.all_findings()],
            "tamper_events": self.tamper_events,
            "notes": self.notes,
            "public_keys": [key.as_json() for key in self.keys],
            "totals": self.totals(),
            "timeline": hours(self),
        }

    def totals(self) -> dict[str, Any]:
        return {
            "chains": {verdict.value: sum(chain.verdict is verdict for chain in self.chains) for verdict in Verdict},
            "digests": _summed(_counts(chain.digests) for chain in self.chains),
            "logs": _summed(_log_counts(chain) for chain in self.chains),
            "findings": len(self.all_findings()),
        }


def _counts(count: Count) -> dict[str, int]:
    return {"valid": count.valid, "invalid": count.invalid, "missing": count.missing, "error": count.error}


def _log_counts(chain: ChainReport) -> dict[str, int]:
    count = chain.logs
    return {
        "valid": count.valid,
        "invalid": count.invalid,
        "missing": count.missing,
        "unlisted": chain.unlisted,
        "error": count.error,
    }


def _summed(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for count in counts:
        for name, number in count.items():
            total[name] = total.get(name, 0) + number
    return total
