"""Judge an inventory as it was asked for: which rules, with which settings, and what makes the exit status 1.

`scan` and `audit` differ in where the inventory comes from, and in nothing here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Final, Literal

from msgspec import Struct, field
from msgspec.structs import replace

from ctguard.engine.pack import Pack, load_pack
from ctguard.engine.rule import Rule
from ctguard.engine.selection import of_frameworks, select_rules, words
from ctguard.model.finding import SEVERITIES, Audited, Finding, LeftOut, Run, Severity, UnknownGroup
from ctguard.model.inventory import Inventory
from ctguard.model.logic import Status
from ctguard.run.baseline import fingerprints, read_saved
from ctguard.run.config import Config, WaiverEntry
from ctguard.run.inputs import Loaded
from ctguard.run.scan import Settings, audited_by, inventory_of, run_rules, unread
from ctguard.run.waiver_comments import waivers_in_code
from ctguard.run.waivers import Waivers

FAILED: Final = 1
INCOMPLETE: Final = 2


class Asked(Struct, frozen=True):
    """What the user asked of a command that judges, as it was written; `today` makes a run of another day again."""

    folders: Sequence[Path] = ()
    replace_rules: bool = False
    select: Sequence[str] = ()
    ignore: Sequence[str] = ()
    framework: Sequence[str] = ()
    scope: Literal["trail", "all"] = "trail"
    fail_on: Severity = "low"
    fail_on_unknown: bool = False
    baseline: Path | None = None
    config: Config = field(default_factory=Config)
    today: date | None = None


class Judging(Struct, frozen=True):
    """What was asked, made ready: `rules` are those that were chosen from `pack`."""

    asked: Asked
    pack: Pack
    rules: Sequence[Rule]
    settings: Settings
    left_out: Sequence[LeftOut] = ()

    def judge(
        self,
        inventory: Inventory,
        *,
        command: str,
        inputs: Iterable[str],
        hidden: Sequence[UnknownGroup] = (),
        paths: Sequence[Path] = (),
        waivers: Sequence[WaiverEntry] = (),
        audited: Audited | None = None,
    ) -> Run:
        """Return the answer.

        `hidden` is what the inputs keep out of sight, `paths` are the files and folders that were read
        whole, `waivers` those that were found in the input, `audited` says which accounts were asked and by whom.
        """
        accepted = Waivers((*self.asked.config.waivers, *waivers), self._holds_config(paths))
        settings = replace(self.settings, waivers=accepted)
        return run_rules(
            inventory,
            self.rules,
            self.pack,
            settings,
            command=command,
            inputs=inputs,
            hidden=hidden,
            audited=audited,
            left_out=self.left_out,
        )

    def scan(self, loaded: Loaded, paths: Sequence[Path]) -> tuple[Inventory, Run]:
        """Return what was loaded from `paths` as an inventory, and the answer."""
        inventory = inventory_of(loaded)
        hides = inventory.faults or any(unit.unseen for unit in loaded.units)
        run = self.judge(
            inventory,
            command="scan",
            inputs=loaded.inputs,
            hidden=unread(loaded, inventory),
            paths=() if hides else paths,
            waivers=waivers_in_code(loaded.units, self.pack, inventory.faults),
            audited=audited_by(loaded),
        )
        return inventory, run

    def _holds_config(self, paths: Sequence[Path]) -> bool:
        """Say whether all that the configuration can speak of was read: the folder that it stands in."""
        file = self.asked.config.path
        return file is not None and any(file.resolve().parent.is_relative_to(path.resolve()) for path in paths)

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
    settings = Settings(everything=asked.scope == "all", baseline=_baseline(asked.baseline), today=asked.today)
    if asked.config.path is not None:
        pack, settings = _configured(pack, settings, asked.config)
    rules = select_rules(pack, words(asked.select), words(asked.ignore))
    chosen = {rule.id for rule in rules}
    others = [rule for rule in pack.rules.values() if rule.id not in chosen and not rule.opt_in]
    frameworks = words(asked.framework)
    left_out = [LeftOut(rule.id, rule.controls) for rule in of_frameworks(pack, others, frameworks) if rule.controls]
    return Judging(asked, pack, of_frameworks(pack, rules, frameworks), settings, left_out)


def _configured(pack: Pack, settings: Settings, config: Config) -> tuple[Pack, Settings]:
    from ctguard.run.settings import check_names, digest, parameters, with_severities

    check_names(pack, config)
    values = parameters(pack, config)
    pack = replace(with_severities(pack, config), digest=digest(pack, values, config))
    return pack, replace(settings, parameters=values, external=config.external)


def _baseline(path: Path | None) -> frozenset[str]:
    return frozenset() if path is None else fingerprints(read_saved(path))
