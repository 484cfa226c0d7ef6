"""Judgement on the AWS Config rules of an account: are those about trails there, and do they hold?

Source: AWS Config Developer Guide, "List of AWS Config managed rules"; AWS Config API Reference,
"DescribeComplianceByConfigRule" (COMPLIANT, NON_COMPLIANT, NOT_APPLICABLE, INSUFFICIENT_DATA).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ctguard.engine.comparison import shown, stands
from ctguard.engine.outcome import Context, Outcome
from ctguard.model.finding import Leaf
from ctguard.model.logic import Status, all_hold, any_holds
from ctguard.model.resource import Resource
from ctguard.model.values import Unknown, unknowns

IDENTIFIER, OWNER, COMPLIANCE = "source.source_identifier", "source.owner", "compliance_type"


def managed_rules_hold(context: Context, identifiers: Sequence[str]) -> Outcome:
    """Each of the managed rules is deployed, and none of its findings is that something does not comply."""
    found = context.inventory.follow(context.resource, "config_rules")
    rules = [one for one in found if isinstance(one, Resource)] if isinstance(found, list) else []
    hidden = [one for one in found if isinstance(one, Unknown)] if isinstance(found, list) else []
    leaves: list[Leaf] = []
    lacking: list[Unknown] = []
    for identifier in identifiers:
        deployed = [(one, _is(one, identifier)) for one in rules]
        perhaps = [one for one, status in deployed if status is not Status.FAIL]
        there = any_holds((*(status for _, status in deployed), *([Status.UNKNOWN] if hidden else [])))
        status = all_hold((there, *(_holds(one) if _is(one, identifier) is Status.PASS else there for one in perhaps)))
        said = ", ".join(shown(one[COMPLIANCE]) for one in perhaps if one[COMPLIANCE] is not None) or "deployed"
        leaves.append(Leaf(identifier, "deployed, and nothing against it", said if perhaps else "not deployed", status))
        if status is Status.UNKNOWN:
            names = (IDENTIFIER, OWNER, COMPLIANCE)
            lacking += [*hidden, *(one for rule in perhaps for name in names for one in unknowns(rule[name]))]
            lacking += [rule.exists for rule in perhaps if rule.exists is not None]
    status = all_hold(leaf.status for leaf in leaves)
    leaves.sort(key=lambda leaf: leaf.status is not status)
    return Outcome(status, tuple(leaves), tuple(dict.fromkeys(lacking)) if status is Status.UNKNOWN else ())


def _is(rule: Resource, identifier: str) -> Status:
    """Say whether a rule is AWS's of that identifier, and certainly there."""
    there = Status.PASS if rule.exists is None else Status.UNKNOWN
    return all_hold((stands(rule[IDENTIFIER], "is", identifier)[0], stands(rule[OWNER], "is", "AWS")[0], there))


def _holds(rule: Resource) -> Status:
    return stands(rule[COMPLIANCE], "is_not", "NON_COMPLIANT")[0]


LOOKS_AT: Final = {"managed_rules_hold": frozenset[str]()}
