"""The Principal and NotPrincipal elements: whom a statement speaks of.

IAM User Guide, "AWS JSON policy elements: Principal" and "NotPrincipal": an
account id or the ARN of its root stands for all of the account, a role for its
sessions, everything else for itself alone. Principals take no partial wildcards.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from ctguard.policy.pattern import Pattern, Truth, any_true
from ctguard.policy.request import AWS, Caller, account_of

PARTITIONS: Final = ("aws", "aws-cn", "aws-us-gov")


class Entry(Struct, frozen=True):
    """One principal of a statement: its type, and its name as a pattern (only unknown parts are not literal)."""

    type: str
    name: Pattern


class Principals(Struct, frozen=True):
    """The principals of a statement, or, for NotPrincipal, those that it does not speak of."""

    everyone: bool
    entries: tuple[Entry, ...]
    negated: bool = False


def names(principals: Principals, caller: Caller) -> Truth:
    """Say whether the element speaks of the caller."""
    if not principals.negated:
        return principals.everyone or any_true(covers(entry, caller) for entry in principals.entries)
    if principals.everyone:
        return False
    return _not_excepted(principals.entries, caller)


def _not_excepted(entries: tuple[Entry, ...], caller: Caller) -> Truth:
    """Say whether NotPrincipal speaks of a caller.

    The entry of an account excepts all of its principals. Where a user or role is
    listed without its account, "the policy might deny access to the entire AWS
    account" (IAM User Guide, "NotPrincipal"): not decided.
    """
    own = any_true(is_itself(entry, caller) for entry in entries)
    whole = any_true(is_account_of(entry, caller) for entry in entries)
    if caller.type != AWS or is_root(caller):
        either = any_true(iter((own, whole)))
        return None if either is None else not either
    if whole is True:
        return False
    return True if own is False and whole is False else None


def covers(entry: Entry, caller: Caller) -> Truth:
    """Say whether one entry stands for the caller; an AWS principal that is not known may be everybody."""
    everybody = None if entry.type == AWS and entry.name.unknown and entry.name.matches("*") is None else False
    return any_true(iter((is_itself(entry, caller), is_account_of(entry, caller), everybody)))


def is_itself(entry: Entry, caller: Caller) -> Truth:
    """Say whether an entry names the caller, or the role whose session the caller is."""
    if entry.type != caller.type:
        return False
    literal = entry.name.literal
    if literal is not None and is_session_of(caller.id, literal):
        return True
    return entry.name.matches(caller.id)


def is_account_of(entry: Entry, caller: Caller) -> Truth:
    """Say whether an entry names the whole account that the caller belongs to."""
    if entry.type != AWS or caller.type != AWS or caller.account is None:
        return False
    if entry.name.unknown is not None:
        spellings = (caller.account, *(f"arn:{partition}:iam::{caller.account}:root" for partition in PARTITIONS))
        return None if any(entry.name.matches(name) is None for name in spellings) else False
    literal = entry.name.literal
    return literal is not None and named_account(literal) == caller.account


def named_account(name: str) -> str | None:
    """Return the account that a principal's name stands for as a whole, or None when it names less."""
    if name.isdigit():
        return name
    return account_of(name) if name.endswith(":root") else None


def is_root(caller: Caller) -> bool:
    return caller.id.endswith(":root") or caller.id.isdigit()


def is_session_of(session: str, role: str) -> bool:
    """Say whether the ARN of a role session belongs to a role (the session's ARN leaves out the role's path)."""
    _, assumed, rest = session.partition(":assumed-role/")
    if not assumed or ":role/" not in role or account_of(session) != account_of(role):
        return False
    return rest.split("/", 1)[0] == role.rpartition("/")[2]
