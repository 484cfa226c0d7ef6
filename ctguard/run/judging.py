"""Judge an inventory as it was asked for: which rules, with which settings, and what makes the exit status 1.

`scan` and `audit` differ in where the inventory comes from, and in nothing here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, Literal

from msgspec import Struct

from ctguard.engine.pack import Pack, load_pack
from ctguard.engine.rule import Rule
from ctguard.engine.selection import select_rules, words
from ctguard.model.finding import SEVERITIES, Finding, Run, Severity, UnknownGroup
from ctguard.model.inventory import Inventory
from ctguard.model.logic import Status
from ctguard.run.scan import Settings, run_rules

FAILED: Final = 1
INCOMPLETE: Final = 2


class Asked(Struct, frozen=True):
    """What the user asked of a command that judges, as it was written."""

    folders: Sequence[Path] = ()
    replace_rules: bool = False
    select: Sequence[str] = ()
    ignore: Sequence[str] = ()
    scope: Literal["trail", "all"] = "trail"
    fail_on: Severity = "low"
    fail_on_unknown: bool = False


class Judging(Struct, frozen=True):
    """What was asked, made ready: `rules` are those that were chosen from `pack`."""

    asked: Asked
    pack: Pack
    rules: Sequence[Rule]
    settings: Settings

    def judge(
        self, inventory: Inventory, *, command: str, inputs: Iterable[str], hidden: Sequence[UnknownGroup] = ()
    ) -> Run:
        """Return the answer; `hidden` is what the inputs keep out of sight."""
        return run_rules(inventory, self.rules, self.pack, self.settings, command=command, inputs=inputs, hidden=hidden)

    def exit_status(self, run: Run) -> int:
        """Return 2 when not everything could be done, 1 when something fails that counts, else 0."""
        if run.errors:
            return INCOMPLETE
        if any(map(self._counts, run.findings)):
            return FAILED
        return FAILED if self.asked.fail_on_unknown and any(not group.findings for group in run.unknowns) else 0

    def _counts(self, finding: Finding) -> bool:
        if SEVERITIES.index(finding.severity) > SEVERITIES.index(self.asked.fail_on) or finding.baseline:
            return False
        if finding.status is Status.FAIL:
            return finding.waiver is None
        return self.asked.fail_on_unknown and finding.status is Status.UNKNOWN


def prepare(asked: Asked, *, shipped: Path | None = None) -> Judging:
    """Load the rules and choose among them; raises CtguardError for what cannot be done as it was asked.

    `shipped` is a folder that stands in for the shipped rules.
    """
    pack = load_pack(asked.folders, replace=asked.replace_rules, shipped=shipped)
    rules = select_rules(pack, words(asked.select), words(asked.ignore))
    return Judging(asked, pack, rules, Settings(everything=asked.scope == "all"))
