"""Strangers: callers whom the owner of a resource knows nothing of.

What they write into a request is theirs to choose; where they call from is not
quite. As Amazon S3 defines "public" (S3 User Guide, "The meaning of public"), an
endpoint, a VPC, an access point or a narrow range of addresses that a policy
names belongs to somebody, so a stranger is not there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ctguard.policy.callers import Shape, anonymous, restricted
from ctguard.policy.conditions import parse_network
from ctguard.policy.domain import ADDRESS, FREE_TEXT, Domain
from ctguard.policy.envelope import strangers
from ctguard.policy.excess import Bench
from ctguard.policy.language import spell

_PLACES: Final[tuple[str, ...]] = (
    "aws:sourcevpc",
    "aws:sourcevpcarn",
    "aws:sourcevpce",
    "aws:vpceaccount",
    "aws:vpceorgid",
    "aws:vpcsourceip",
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
)
_NARROW: Final = {4: 8, 6: 32}
"""The shortest prefix that still counts as a narrow range, by version of the protocol."""


def outsiders(bench: Bench) -> tuple[Shape, ...]:
    """Return the strangers that a policy may let in: those without credentials, and those of any account."""
    named: dict[str, list[str]] = {}
    for statement in bench.policy.statements:
        for condition in statement.conditions:
            literals = (pattern.literal for pattern in condition.values)
            named.setdefault(condition.key, []).extend(text for text in literals if text is not None)
    elsewhere = {
        key: Domain(languages=FREE_TEXT, excluded=tuple(spell(text) for text in named[key]))
        for key in _PLACES
        if key in named
    }
    if "aws:sourceip" in named:
        elsewhere["aws:sourceip"] = Domain(
            languages=FREE_TEXT, kind=ADDRESS, outside=tuple(_narrow(named["aws:sourceip"]))
        )
    shapes = (anonymous(), *strangers(bench.setting, bench.words))
    return tuple(restricted(shape, elsewhere) for shape in shapes)


def _narrow(networks: list[str]) -> Iterator[str]:
    for text in networks:
        network = parse_network(text)
        if network is not None and network.prefixlen >= _NARROW[network.version]:
            yield text
