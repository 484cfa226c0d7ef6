"""Judgements on an account's place in its organization."""

from __future__ import annotations

from typing import Final

from ctguard.engine.comparison import stands
from ctguard.engine.outcome import Context, Outcome
from ctguard.model.finding import Leaf
from ctguard.model.logic import Status, any_holds
from ctguard.model.resource import Resource
from ctguard.model.values import PartialList, Unknown, Value


def manages_an_organization(context: Context) -> Outcome:
    """The account manages an organization's trails: as its management account, or as CloudTrail's administrator.

    Code that declares an organization is about its management account.
    """
    found = context.inventory.follow(context.resource, "organizations")
    leaves: list[Leaf] = []
    lacking: list[Unknown] = []
    for organization in found if isinstance(found, list) else []:
        if not isinstance(organization, Resource):
            continue
        if organization.input != "live":
            unknown = organization.exists
            status = Status.UNKNOWN if unknown else Status.PASS
        else:
            status, unknown = _rules(context.resource["account_id"], organization)
        lacking += [unknown] if unknown else []
        actual = "manages" if status is Status.PASS else "belongs to"
        leaves.append(Leaf("account", "manages an organization", f"{actual} {organization.address}", status))
    status = any_holds(leaf.status for leaf in leaves)
    return Outcome(status, tuple(leaves), tuple(lacking) if status is Status.UNKNOWN else ())


def _rules(account: Value, organization: Resource) -> tuple[Status, Unknown | None]:
    """Say whether an account may make trails of an organization."""
    owner, unknown = stands(organization["management_account_id"], "is", account)
    if isinstance(account, Unknown) or organization.exists is not None:
        return Status.UNKNOWN, account if isinstance(account, Unknown) else organization.exists
    if owner is Status.PASS:
        return owner, None
    listed = organization["delegated_administrators"]
    entries = listed.items if isinstance(listed, PartialList) else listed if isinstance(listed, list) else ()
    ids = [one.get("id") if isinstance(one, dict) else one for one in entries]
    rest = listed if isinstance(listed, Unknown) else listed.rest if isinstance(listed, PartialList) else None
    answers = [stands(one, "is", account) for one in ids]
    status = any_holds((owner, *(one for one, _ in answers), *([Status.UNKNOWN] if rest else [])))
    return status, next((one for one in (unknown, *(one for _, one in answers), rest) if one), None)


LOOKS_AT: Final = {"manages_an_organization": frozenset[str]()}
