"""Judgements on trails that an account sees and another one owns: shadows of organization trails.

Source: CloudTrail User Guide, "Creating a trail for an organization": members see the trail, and cannot change it.
"""

from __future__ import annotations

from typing import Final

from ctguard.engine.outcome import Context, Outcome
from ctguard.model.finding import Leaf
from ctguard.model.logic import Status, all_hold, any_holds
from ctguard.model.resource import Resource
from ctguard.model.values import Unknown

SEEN: Final = "trail_arns"


def sees_trails_of_others(context: Context) -> Outcome:
    """The account sees a trail that another account owns."""
    leaves: list[Leaf] = []
    lacking: list[Unknown] = []
    for one in _seen(context):
        status = Status.UNKNOWN if isinstance(one, Unknown) else _is_foreign(one, context.resource)
        lacking += [one] if isinstance(one, Unknown) else []
        leaves.append(Leaf(SEEN, "a trail of another account", _named(one), status))
    status = any_holds(leaf.status for leaf in leaves)
    leaves = leaves or [Leaf(SEEN, "a trail of another account", "no trail", Status.FAIL)]
    return Outcome(status, tuple(leaves), tuple(lacking) if status is Status.UNKNOWN else ())


def owners_decide(context: Context) -> Outcome:
    """Each trail of another account is judged there: the account is part of the run, and has the trail."""
    leaves: list[Leaf] = []
    lacking: list[Unknown] = []
    for one in _seen(context):
        if isinstance(one, Unknown):
            leaves.append(Leaf(SEEN, "all known", "perhaps one more", Status.UNKNOWN, str(one)))
            lacking.append(one)
        elif _is_foreign(one, context.resource) is not Status.FAIL:
            leaf, unknown = _resolved(one, context)
            leaves.append(leaf)
            lacking += [unknown] if unknown else []
    return Outcome(all_hold(leaf.status for leaf in leaves), tuple(leaves), tuple(lacking))


def _seen(context: Context) -> list[Resource | Unknown]:
    found = context.inventory.follow(context.resource, "seen_trails")
    several = found if isinstance(found, list) else [found]
    return [one for one in several if one is not None]


def _owner(trail: Resource) -> str | None:
    """Return the account in a trail's ARN."""
    fields = trail.arn.split(":") if isinstance(trail.arn, str) else []
    return fields[4] if len(fields) > 5 else trail.account_id if isinstance(trail.account_id, str) else None


def _is_foreign(trail: Resource, account: Resource) -> Status:
    owner, here = _owner(trail), account.account_id
    if owner is None or not isinstance(here, str):
        return Status.UNKNOWN
    return Status.FAIL if owner == here else Status.PASS


def _resolved(trail: Resource, context: Context) -> tuple[Leaf, Unknown | None]:
    """Return whether the owner of a trail was asked, and knows it."""
    owner = _owner(trail)
    home = next((one for one in context.inventory.of_kind("account") if one.account_id == owner), None)
    expected = f"judged in account {owner}"
    if home is None:
        unknown = Unknown(
            f"account {owner}, which owns {_named(trail)},", "is not part of this run", f"audit account {owner} too"
        )
        return Leaf(SEEN, expected, f"inherited: {_named(trail)}", Status.UNKNOWN, str(unknown)), unknown
    theirs = context.inventory.follow(home, "seen_trails")
    known = theirs if isinstance(theirs, list) else [theirs]
    if any(one is trail for one in known):
        said = f"inherited: see {_named(trail)} in account {owner}"
        return Leaf(SEEN, expected, said, Status.PASS), None
    hidden = next((one for one in known if isinstance(one, Unknown)), None)
    status = Status.UNKNOWN if hidden else Status.FAIL
    return Leaf(SEEN, expected, f"{_named(trail)} is not there", status, str(hidden or "")), hidden


def _named(trail: Resource | Unknown) -> str:
    return str(trail) if isinstance(trail, Unknown) else str(trail.arn if isinstance(trail.arn, str) else trail.address)


LOOKS_AT: Final = {"sees_trails_of_others": frozenset({SEEN}), "owners_decide": frozenset({SEEN})}
