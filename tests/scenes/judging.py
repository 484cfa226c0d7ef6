"""What a scan says of one form of a scene, in words that all forms share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ctguard.engine.pack import load_pack
from ctguard.engine.selection import select_rules
from ctguard.model.finding import Finding
from ctguard.run.inputs import Options, load
from ctguard.run.scan import Settings, inventory_of, run_rules
from ctguard.sources.cloudformation.inputs import ParameterInputs, PseudoParameters
from ctguard.sources.terraform.hcl.inputs import VariableInputs

HERE = Path(__file__).parent
ACCOUNT, REGION = "111122223333", "eu-central-1"
WRAPPER = "module.scene."
"""A plan of the scene with open values calls it as a module."""


@dataclass(frozen=True)
class Said:
    """All that was said of one form: of each thing by each rule, and of the trail."""

    verdicts: Mapping[tuple[str, str], str]
    trail: Mapping[str, str]
    findings: tuple[Finding, ...]
    errors: tuple[str, ...]


@cache
def said(path: Path, names: tuple[tuple[str, str], ...] = (), *, placed: bool = False) -> Said:
    """Return what all rules say of the form at `path`; `names` are other names of things that it calls its own way.

    An account calls them by ARNs: there they are told by their kind and name ("bucket acme-logs"), or by the kind alone.

    `placed` tells the scan the account and region that the code is for.
    """
    called = dict(names)
    options = (
        Options(
            VariableInputs(region=REGION, account_id=ACCOUNT),
            ParameterInputs({}, PseudoParameters(account_id=ACCOUNT, region=REGION)),
        )
        if placed
        else Options()
    )
    pack = load_pack()
    loaded = load([path], options)
    rules = select_rules(pack, ["*"], [])
    run = run_rules(inventory_of(loaded), rules, pack, Settings(everything=True), command="scan", inputs=loaded.inputs)
    verdicts: dict[tuple[str, str], str] = {}
    for finding in run.findings:
        thing = "account" if finding.resource.type == "account" else called_here(finding, called)
        verdicts[finding.rule_id, thing] = finding.status.value
    (trail,) = run.trails
    about = {"verdict": trail.verdict, **{name: one.status for name, one in trail.dimensions.items()}}
    return Said(verdicts, about, run.findings, tuple(error.message for error in run.errors))


def called_here(finding: Finding, names: Mapping[str, str]) -> str:
    """Return what a finding's resource is called in words that all forms share."""
    resource = finding.resource
    address = resource.address.removeprefix(WRAPPER)
    ways = (address, f"{resource.type} {resource.name}", resource.type)
    return next((names[way] for way in ways if way in names), address)
