"""Judgements on an account's place in its organization."""

from __future__ import annotations

from typing import Final

from ctguard.engine.outcome import Context, Outcome
from ctguard.model.finding import Leaf
from ctguard.model.logic import Status, any_holds
from ctguard.model.resource import Resource
from ctguard.model.values import Unknown


def manages_an_organization(context: Context) -> Outcome:
    """The account is the management account of an organization: code that declares one makes it so."""
    found = context.inventory.follow(context.resource, "organizations")
    leaves: list[Leaf] = []
    lacking: list[Unknown] = []
    for organization in found if isinstance(found, list) else []:
        if not isinstance(organization, Resource):
            continue
        owner, mine = organization["management_account_id"], context.resource["account_id"]
        unknown = next((one for one in (owner, mine, organization.exists) if isinstance(one, Unknown)), None)
        if organization.input != "live":
            unknown = organization.exists
            status = Status.UNKNOWN if unknown else Status.PASS
        else:
            status = Status.UNKNOWN if unknown else Status.PASS if owner == mine else Status.FAIL
        lacking += [unknown] if unknown else []
        actual = "manages" if status is Status.PASS else "belongs to"
        leaves.append(Leaf("account", "manages an organization", f"{actual} {organization.address}", status))
    status = any_holds(leaf.status for leaf in leaves)
    return Outcome(status, tuple(leaves), tuple(lacking) if status is Status.UNKNOWN else ())


LOOKS_AT: Final = {"manages_an_organization": frozenset[str]()}
