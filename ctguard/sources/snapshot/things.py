"""Put together what the calls tell about one thing: a declaration in the dialect of the API.

Its `values` hold a fact for each call that the thing's attribute table asks: the reply, the entry of it that is about
the thing, or an Unknown. So an attribute of which nobody was asked is unknown, and never has a default.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from typing import Any, Final

from ctguard.model.kinds import KINDS
from ctguard.model.values import PartialList, PartialMap, Unknown, Value
from ctguard.sources.aws.plan import PLAN
from ctguard.sources.declaration import Declaration
from ctguard.sources.path import parse
from ctguard.sources.snapshot.asked import Answer, Asked, answer, not_asked
from ctguard.sources.snapshot.facts import Account, Call

REGIONS: Final = "ec2.DescribeRegions"
NOT_ENABLED: Final = "not-opted-in"
LEFT_OUT: Final = Unknown("what is in regions that --regions left out", "was not asked", "audit without --regions")


class Sight:
    """What the readers of all kinds look at: the calls, and the accounts that were entered.

    `chosen` are the regions to which the audit of an account was limited, by its id.
    """

    def __init__(self, asked: Asked, accounts: Iterable[Account], chosen: Mapping[str, Collection[str]]) -> None:
        self.asked = asked
        self.accounts = {account.id: account for account in accounts}
        self._chosen = chosen

    def about(self, name: str, parameter: str, *values: str, owner: str = "") -> Answer:
        """Return what the call `service.Operation` tells about the thing that `parameter` names; all `values` do.

        The owner of the thing is believed: `owner`, or the account in its ARN.
        """
        return answer(self.asked.about(name, parameter, *values), name, values[0], owner or arn_fields(values[0])[1])

    def listed(self, name: str, account: str, region: str, **given: Any) -> Answer:
        """Return what a call tells about an account's region."""
        calls = self.asked.calls(name, account, region, given)
        chosen = self._chosen.get(account, ())
        if not calls and chosen and region not in chosen:
            return Answer(LEFT_OUT, LEFT_OUT)
        return answer(calls, name, f"account {account} in {region}")

    def places(self) -> Iterator[tuple[str, str]]:
        """Yield each account with each of its regions, as far as they are known."""
        return ((account, region) for account in self.accounts for region in self.regions(account))

    def regions(self, account: str) -> list[str]:
        """Return the regions of an account in which there may be something: the enabled ones, and those asked in."""
        asked = {call.region for call in self.asked.calls("cloudtrail.DescribeTrails", account)}
        told = self.enabled(account)
        enabled = {text_of(entry, "RegionName") for entry in entries(told.call, "Regions")} if told.call else set()
        return sorted({*self.accounts[account].regions, *asked, *enabled} - self.switched_off(account))

    def enabled(self, account: str) -> Answer:
        """Return what an account says of its regions."""
        return answer(self.asked.calls(REGIONS, account), REGIONS, f"account {account}")

    def switched_off(self, account: str) -> set[str]:
        """Return the regions that an account lists as not enabled, and in which nothing answered it."""
        told = self.enabled(account)
        listed = entries(told.call, "Regions") if told.call else ()
        off = {text_of(entry, "RegionName") for entry in listed if entry.get("OptInStatus") == NOT_ENABLED}
        return off - self.asked.answered_in(account) if off else off

    def unread(self, name: str) -> Iterator[tuple[str, str, Unknown]]:
        """Yield each account and region whose list nobody could read whole; no region: there may be one more."""
        for account, region in self.places():
            unread = self.listed(name, account, region).unread
            if unread is not None:
                yield account, region, unread
        for account in self.accounts:
            unread = self.enabled(account).unread
            if unread is not None:
                yield account, "", unread

    def home(self, account: str, otherwise: str) -> str:
        """Return the account in whose unit a thing is: its own if that is part of the audit."""
        return account if account in self.accounts else otherwise

    def partition(self, account: str) -> str:
        """Return the partition of an account."""
        found = self.accounts.get(account)
        return found.partition if found else "aws"


class Thing(Declaration, frozen=True):
    """A declaration of something in an account, and the account of the audit that shows it."""

    seen_by: str = ""


def thing(
    kind: str,
    address: str,
    facts: Mapping[str, Value],
    *,
    seen_by: str,
    account: Value = None,
    region: Value = None,
    told: Mapping[str, Value] | None = None,
    is_judged: bool = True,
) -> Thing:
    """Return one thing; `facts` are the replies about it by call, `told` what several calls tell together."""
    return Thing(
        type=kind,
        address=address,
        values={fact: facts[fact] if fact in facts else _missing(kind, fact, address) for fact in fact_names(kind)},
        account_id=seen_by if account is None else account,
        region=region,
        settings={"arn": address if address.startswith("arn:") else None, **(told or {})},
        is_judged=is_judged,
        seen_by=seen_by,
    )


def stand_in(
    kind: str,
    seen_by: str,
    region: str,
    unread: Unknown,
    of: str = "",
    entry: tuple[str, Mapping[str, Any]] | None = None,
) -> Thing:
    """Return what stands for all that a list may hold which could not be read whole: perhaps it is there.

    It takes part in joins and is not judged itself. `entry` is a fact of which these members are known all the same.
    """
    values: dict[str, Value] = dict.fromkeys(fact_names(kind), unread)
    if entry is not None:
        values[entry[0]] = PartialMap(entry[1], unread)
    return Thing(
        type=kind,
        address=f"unread {KINDS[kind].title} of {of or f'account {seen_by} {region}'.rstrip()}",
        values=values,
        exists=unread,
        account_id=seen_by,
        region=region or None,
        settings=dict.fromkeys(told_names(kind), unread),
        is_judged=False,
        seen_by=seen_by,
    )


@cache
def fact_names(kind: str) -> tuple[str, ...]:
    """Return the facts that the attributes of a kind are read from: calls, or entries of their replies."""
    return tuple(
        dict.fromkeys(
            str(path.steps[0])
            for row in KINDS[kind].attributes
            for spelling in row.spellings("live")
            for path in (parse(spelling.path),)
            if not path.in_settings
        )
    )


@cache
def told_names(kind: str) -> tuple[str, ...]:
    """Return what the attributes of a kind take from several calls together."""
    paths = (parse(spelling.path) for row in KINDS[kind].attributes for spelling in row.spellings("live"))
    return tuple(dict.fromkeys(str(path.steps[0]) for path in paths if path.in_settings))


def entries(call: Call, *lists: str) -> Iterator[dict[str, Any]]:
    """Yield the entries of lists in a reply, as many as came."""
    for name in lists:
        listed = (call.reply or {}).get(name)
        for entry in listed if isinstance(listed, list) else ():
            if isinstance(entry, dict):
                yield entry


def joined(answers: Iterable[Answer], member: str) -> Value:
    """Return the lists of one name in several replies as one."""
    found: list[Any] = []
    rest: Unknown | None = None
    for one in answers:
        value = one.fact.get(member) if isinstance(one.fact, dict) else None
        found += value.items if isinstance(value, PartialList) else value if isinstance(value, list) else []
        rest = rest or one.unread
    return listed(found, rest)


def listed(items: Iterable[Value], rest: Unknown | None) -> Value:
    """Return a list, to which more may belong where there is a `rest`."""
    return PartialList(tuple(items), rest) if rest is not None else list(items)


def entry_of(told: Answer, name: str, key: str, value: str) -> Value:
    """Return the entry of a list in an answer whose member `key` is `value`; an empty one where it is not listed."""
    found = entries(told.call, name) if told.call else ()
    mine = next((entry for entry in found if entry.get(key) == value), None)
    return mine if mine is not None else told.unread if told.unread is not None else {}


def text_of(entry: Mapping[str, Any], name: str) -> str:
    """Return a member of a reply that should be text, empty where it is none."""
    value = entry.get(name)
    return value if isinstance(value, str) else ""


def arn_fields(arn: str) -> tuple[str, str, str]:
    """Return the region, account and last part of an ARN, empty where it is none."""
    fields = arn.split(":", 5)
    return (fields[3], fields[4], fields[5]) if len(fields) == 6 and fields[0] == "arn" else ("", "", "")


def _missing(kind: str, fact: str, address: str) -> Unknown:
    operation = fact.partition(":")[0]
    return not_asked(_call_named(kind, operation), address)


@cache
def _call_named(kind: str, operation: str) -> str:
    """Return an operation with its service: the same name may stand in two."""
    rows = [row for row in PLAN if row.operation == operation]
    row = next((row for row in rows if kind in row.gives), rows[0] if rows else None)
    return row.name if row else operation
