"""Scan infrastructure code: inputs in, a Run out."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime

from msgspec import Struct, field

import ctguard
from ctguard.engine.answer import trail_verdicts, unknown_groups, with_causes
from ctguard.engine.findings import judge_inventory
from ctguard.engine.pack import Pack
from ctguard.engine.rule import Rule
from ctguard.model.errors import Fault
from ctguard.model.finding import SEVERITIES, Audited, Finding, LeftOut, Run, RunInfo, Tool, UnknownGroup
from ctguard.model.inventory import Inventory
from ctguard.model.logic import Status
from ctguard.model.values import Value
from ctguard.run.baseline import marked
from ctguard.run.config import ExternalMonitor
from ctguard.run.inputs import Loaded
from ctguard.run.masking import masked
from ctguard.run.waivers import Waivers, by_name, with_waivers
from ctguard.sources.mapping import account, resources, unseen

STATUS_ORDER = {
    status: rank for rank, status in enumerate((Status.FAIL, Status.UNKNOWN, Status.PASS, Status.NOT_APPLICABLE))
}


class Settings(Struct, frozen=True):
    """What a run is asked to do beside its inputs. `today` is the day (UTC) by which waivers end, if not the run's."""

    everything: bool = False
    parameters: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    waivers: Waivers = field(default_factory=Waivers)
    baseline: frozenset[str] = frozenset()
    external: tuple[ExternalMonitor, ...] = ()
    today: date | None = None


def inventory_of(loaded: Loaded) -> Inventory:
    """Return everything that the inputs show, with an account for each input that defines a trail."""
    faults = [*loaded.faults, *(fault for unit in loaded.units for fault in unit.faults)]
    found = [resource for unit in loaded.units for resource in resources(unit, faults)]
    with_trail = {one.unit for one in found if one.kind.name == "trail"}
    accounts = [account(unit) for unit in loaded.units if unit.name in with_trail and unit.dialect != "live"]
    secrets = (secret for unit in loaded.units for secret in unit.secrets)
    open_units = {unit.name: why for unit in loaded.units if (why := unseen(unit)) is not None}
    return Inventory([*found, *accounts], faults, secrets, open_units)


def unread(loaded: Loaded, inventory: Inventory) -> tuple[UnknownGroup, ...]:
    """Return what inputs without a trail of their own keep out of sight: a trail may be in there.

    A module that is not on disk, a nested stack that is elsewhere: nothing can be said of what they hold.
    """
    with_trail = {trail.unit for trail in inventory.of_kind("trail")}
    hidden = {one.what: one for unit in loaded.units if unit.name not in with_trail for one in unit.unseen}
    return tuple(UnknownGroup(f"{one.what} {one.why}", one.cure, ()) for one in hidden.values())


def audited_by(loaded: Loaded) -> Audited | None:
    """Return who audited which accounts, where snapshots of audits are among the inputs; those of several joined."""
    found = [unit.audited for unit in loaded.units if unit.audited is not None]
    if len(found) < 2:
        return found[0] if found else None
    callers = {one.caller for one in found}
    accounts = dict.fromkeys(account for one in found for account in one.accounts)
    regions = {region for one in found for region in one.regions}
    return Audited(found[0].caller if len(callers) == 1 else None, tuple(accounts), tuple(sorted(regions)))


def removed(loaded: Loaded) -> list[str]:
    """Return the addresses of what the changes among the inputs take away."""
    return [line for unit in loaded.units for line in unit.provenance.get("removed", "").splitlines()]


def run_rules(
    inventory: Inventory,
    rules: Sequence[Rule],
    pack: Pack,
    settings: Settings,
    *,
    command: str,
    inputs: Iterable[str],
    hidden: Sequence[UnknownGroup] = (),
    audited: Audited | None = None,
    left_out: Sequence[LeftOut] = (),
) -> Run:
    """Judge `inventory` by `rules` and return the whole answer, sorted, with secrets masked.

    `hidden` is what the inputs keep out of sight; it stands among the unknowns. `left_out` are rules that were not to
    be asked.
    """
    started = datetime.now(UTC)
    if settings.external:
        from ctguard.run.external import declare

        declare(inventory, settings.external)
    judged = list(judge_inventory(rules, inventory, everything=settings.everything, parameters=settings.parameters))
    judged = with_causes(judged, inventory)
    judged = with_waivers(judged, settings.waivers, by_name(rules), settings.today or started.date())
    ran = frozenset(rule.id for rule in rules)
    findings = sorted(marked((one.finding for one in judged), settings.baseline), key=_order)
    errors = sorted(set(inventory.faults))
    run = Run(
        tool=Tool("ctguard", ctguard.__version__),
        run=RunInfo(
            id=str(uuid.uuid4()),
            command=command,
            started_at=_stamp(started),
            finished_at=_stamp(datetime.now(UTC)),
            inputs=tuple(inputs),
            rules_digest=pack.digest,
            audited=audited,
            left_out=tuple(left_out),
        ),
        summary=summary(findings, errors),
        trails=trail_verdicts(judged, inventory, pack.trust, pack.rules, ran),
        unknowns=(*unknown_groups(judged), *hidden),
        findings=tuple(findings),
        errors=tuple(errors),
    )
    return masked(run, inventory.secrets)


def unjudged(inventory: Inventory, run: Run) -> int:
    """Return how many resources of the input no rule looked at."""
    judged = {(finding.resource.type, finding.resource.address) for finding in run.findings}
    return sum((one.kind.name, one.address) not in judged for one in inventory if one.missing is None and one.is_judged)


def summary(findings: Iterable[Finding], errors: Sequence[Fault]) -> dict[str, int]:
    """Count findings by status; a waived failure counts under `waived` alone."""
    counts = {"pass": 0, "fail": 0, "unknown": 0, "not_applicable": 0, "waived": 0, "errors": len(errors)}
    for finding in findings:
        counts["waived" if finding.waiver and finding.status is Status.FAIL else finding.status.value] += 1
    return counts


def _order(finding: Finding) -> tuple[object, ...]:
    subject = finding.resource
    return (
        STATUS_ORDER[finding.status],
        SEVERITIES.index(finding.severity),
        finding.rule_id,
        subject.type,
        subject.address,
        finding.location.path if finding.location else "",
        finding.location.line if finding.location else 0,
        finding.fingerprint,
    )


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
