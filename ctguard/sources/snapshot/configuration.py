"""Recorders, aggregators and rules, as the replies of AWS Config tell them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from ctguard.sources.snapshot.things import Sight, Thing, entries, entry_of, stand_in, text_of, thing


class Listing(Struct, frozen=True):
    """A call that lists things of a kind, the member that identifies each, and a call that tells more of each."""

    kind: str
    operation: str
    name: str
    key: str
    arn: str
    more: tuple[str, str, str] | None = None


LISTINGS: Final = (
    Listing(
        "config_recorder",
        "DescribeConfigurationRecorders",
        "ConfigurationRecorders",
        "name",
        "arn",
        ("DescribeConfigurationRecorderStatus", "ConfigurationRecordersStatus", "name"),
    ),
    Listing(
        "config_aggregator",
        "DescribeConfigurationAggregators",
        "ConfigurationAggregators",
        "ConfigurationAggregatorName",
        "ConfigurationAggregatorArn",
    ),
    Listing(
        "config_rule",
        "DescribeConfigRules",
        "ConfigRules",
        "ConfigRuleName",
        "ConfigRuleArn",
        ("DescribeComplianceByConfigRule", "ComplianceByConfigRules", "ConfigRuleName"),
    ),
)


def configuration(sight: Sight) -> Iterator[Thing]:
    """Yield what AWS Config lists in each region, and what stands for lists that nobody could read."""
    for listing in LISTINGS:
        for account, region in sight.places():
            yield from _listed(sight, listing, account, region)
        yield from (stand_in(listing.kind, *where) for where in sight.unread(f"config.{listing.operation}"))


def _listed(sight: Sight, listing: Listing, account: str, region: str) -> Iterator[Thing]:
    told = sight.listed(f"config.{listing.operation}", account, region)
    for entry in entries(told.call, listing.name) if told.call else ():
        facts = {f"{listing.operation}:{listing.name}[]": entry}
        name = text_of(entry, listing.key)
        if listing.more is not None:
            operation, members, key = listing.more
            more = sight.listed(f"config.{operation}", account, region)
            facts[f"{operation}:{members}[]"] = entry_of(more, members, key, name)
        arn = text_of(entry, listing.arn)
        address = arn or f"{listing.kind} {name} of account {account} in {region}"
        yield thing(listing.kind, address, facts, seen_by=account, region=region)
