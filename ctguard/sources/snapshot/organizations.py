"""Accounts and their organization, as the replies of STS, EC2 and Organizations tell them.

An organization is judged once: in its management account, or in the first account that belongs to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ctguard.model.values import Value
from ctguard.sources.snapshot.asked import Answer, answer, not_asked
from ctguard.sources.snapshot.things import Sight, Thing, entries, joined, stand_in, text_of, thing
from ctguard.sources.snapshot.trails import trail_arns

DESCRIBED: Final = "organizations.DescribeOrganization"
OF_ORGANIZATION: Final = ("ListRoots", "ListAccounts", "ListDelegatedAdministrators")
POLICIES: Final = "organizations.ListPolicies"
EVENTS: Final = "cloudtrail.LookupEvents"


def accounts(sight: Sight, observed_at: Mapping[str, str]) -> Iterator[Thing]:
    """Yield the accounts that were entered; `observed_at` says of each when, which is "now" for all that has an age."""
    for account in sight.accounts.values():
        told = {
            "account_id": account.id,
            "observed_at": observed_at[account.id],
            "trail_arns": trail_arns(sight, account.id),
        }
        facts = {"DescribeRegions": _enabled(sight, account.id), "LookupEvents": _events(sight, account.id)}
        address = f"arn:{account.partition}:iam::{account.id}:root"
        yield thing("account", address, facts, seen_by=account.id, told=told)


def _enabled(sight: Sight, account: str) -> Value:
    """Return the regions of an account without those that are switched off."""
    told = sight.enabled(account)
    if told.unread is not None or told.call is None:
        return told.unread
    off = sight.switched_off(account)
    return {"Regions": [one for one in entries(told.call, "Regions") if text_of(one, "RegionName") not in off]}


def _events(sight: Sight, account: str) -> Value:
    told = [
        answer([call], EVENTS, f"account {account} in {call.region}") for call in sight.asked.calls(EVENTS, account)
    ]
    return {"Events": joined(told, "Events")} if told else not_asked(EVENTS, f"account {account}")


def _of_account(sight: Sight, name: str, account: str) -> Answer:
    return answer(sight.asked.calls(name, account), name, f"account {account}")


def organizations(sight: Sight) -> Iterator[Thing]:
    """Yield the organization as each account sees it, and its policies where they could be read."""
    judged: dict[str, str] = {}
    described = {one: _of_account(sight, DESCRIBED, one) for one in sight.accounts}
    for account, told in described.items():
        organization = _organization(told)
        manager = text_of(organization, "MasterAccountId")
        judged.setdefault(text_of(organization, "Id"), manager if manager in sight.accounts else account)
    for account, told in described.items():
        organization = _organization(told)
        if organization:
            facts = {"DescribeOrganization": told.fact, **_of_organization(sight, organization)}
            yield thing(
                "organization",
                text_of(organization, "Arn") or text_of(organization, "Id"),
                facts,
                seen_by=account,
                is_judged=judged[text_of(organization, "Id")] == account,
            )
        elif told.unread is not None:
            yield stand_in("organization", account, "", told.unread)
        if organization or told.unread is not None:
            yield from _policies(sight, account)


def _organization(told: Answer) -> dict[str, Any]:
    found = told.fact.get("Organization") if isinstance(told.fact, dict) else None
    return found if isinstance(found, dict) else {}


def _of_organization(sight: Sight, organization: dict[str, Any]) -> dict[str, Value]:
    """Return what only the management account, or one that it trusts, may ask about an organization."""
    name, manager = text_of(organization, "Id"), text_of(organization, "MasterAccountId")
    return {
        operation: answer(
            sight.asked.calls(f"organizations.{operation}"), f"organizations.{operation}", name, manager
        ).fact
        for operation in OF_ORGANIZATION
    }


def _policies(sight: Sight, account: str) -> Iterator[Thing]:
    told = _of_account(sight, POLICIES, account)
    for call in sight.asked.calls(POLICIES, account):
        for entry in entries(call, "Policies"):
            name = text_of(entry, "Id")
            facts = {
                operation: sight.about(f"organizations.{operation}", "PolicyId", name).fact
                for operation in ("DescribePolicy", "ListTargetsForPolicy")
            }
            yield thing("organization_policy", text_of(entry, "Arn") or name, facts, seen_by=account)
    if told.unread is not None:
        yield stand_in("organization_policy", account, "", told.unread)
