"""Hold our verdicts against labels that others' tests gave to infrastructure code that others wrote.

Run as a program it prints every label on which we differ:

    python -m tests.corpus.labels ../shared/corpus
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ctguard.engine.findings import judge_inventory
from ctguard.engine.pack import load_pack
from ctguard.model.finding import Finding
from ctguard.run.inputs import Options, load
from ctguard.run.scan import inventory_of

BINDS = {"exact": ("pass", "fail"), "fail-only": ("fail",), "pass-only": ("pass",), "review": ()}
TOGETHER = {"trail-s3-data-events-*": ("trail-s3-data-events-write", "trail-s3-data-events-read")}
WORST = ("fail", "unknown", "pass", "not_applicable")


@dataclass(frozen=True)
class Label:
    """What somebody else's test says of one resource, as far as it binds us."""

    file: str
    resource: str
    rules: tuple[str, ...]
    expect: str
    peer: str
    binds: bool

    def verdict(self, findings: list[Finding]) -> str:
        """Return what our rules say of the labelled resource; nothing when none of them speaks of it."""
        statuses = {
            finding.status.value
            for finding in findings
            if finding.rule_id in self.rules
            and self.resource in ("*", finding.resource.address, *finding.resource.members)
        }
        return next((status for status in WORST if status in statuses), "none")


def labels(corpus: Path, name: str) -> Iterator[Label]:
    """Yield the labels of one list."""
    for line in (corpus / name).read_text(encoding="utf-8").splitlines():
        one = json.loads(line)
        expect = one.get("expect", "")
        yield Label(
            file=one["file"],
            resource=one["resource"],
            rules=TOGETHER.get(one["rule"], (one["rule"],)),
            expect=expect,
            peer=f"{one['peer']} {one['check']}",
            binds=expect in BINDS[one.get("binding", "review")],
        )


class Scanner:
    """Scans each file of a corpus by itself, once."""

    def __init__(self, corpus: Path) -> None:
        self._corpus = corpus
        self._pack = load_pack()
        self._findings: dict[str, list[Finding]] = {}

    def findings(self, file: str) -> list[Finding]:
        """Return every finding on `file`, of all rules and in the widest scope."""
        if file not in self._findings:
            inventory = inventory_of(load([self._corpus / file], Options()))
            judged = judge_inventory(self._pack.rules.values(), inventory, everything=True)
            self._findings[file] = [one.finding for one in judged]
        return self._findings[file]

    def exists(self, label: Label) -> bool:
        """Say whether we have the rules that the label is about."""
        return all(rule in self._pack.rules for rule in label.rules)


def disagreements(corpus: Path, name: str) -> tuple[int, list[tuple[Label, str]]]:
    """Return how many labels bind us, and those on which we differ with what we say."""
    scanner = Scanner(corpus)
    binding = [label for label in labels(corpus, name) if label.binds and scanner.exists(label)]
    differing = [
        (label, verdict)
        for label in binding
        if (verdict := label.verdict(scanner.findings(label.file))) != label.expect
    ]
    return len(binding), differing


def main() -> None:
    """Print the labels on which we differ."""
    corpus = Path(sys.argv[1])
    for name in ("labels.jsonl", "derived-plans/labels.jsonl"):
        count, differing = disagreements(corpus, name)
        print(f"{name}: {count - len(differing)} of {count} agree")
        for label, verdict in differing:
            rules = ", ".join(label.rules)
            print(f"  {label.file} {label.resource}: {rules} is {verdict}, {label.peer} says {label.expect}")


if __name__ == "__main__":
    main()
