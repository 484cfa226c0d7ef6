"""Which layers of permission a verdict on an account's policies has seen, and which it has not.

A resource's own policy is one of several that decide who gets in. Code shows no more of them than it declares; of an
account the report says what was read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from ctguard.engine.outcome import Context
from ctguard.model.finding import Leaf
from ctguard.model.logic import Status
from ctguard.model.resource import Resource
from ctguard.model.values import Unknown, first_unknown

OWN: Final[Mapping[str, Mapping[str, str]]] = {
    "bucket": {
        "bucket policy": "policy",
        "ACL": "grants",
        "public access block of the bucket": "public_access_block.block_public_policy",
    },
    "key": {"key policies": "policy"},
    "topic": {"topic policy": "policy"},
}
"""The layers that a resource states itself, with an attribute that shows whether each was read."""

BESIDE: Final[Mapping[str, Mapping[str, str]]] = {
    "bucket": {"public access block of the account": "account_public_access_blocks"},
    "key": {"grants": "grants"},
}
"""Those that stand beside it, with the link that leads there."""

FROM_ABOVE: Final = {"SCP": "SERVICE_CONTROL_POLICY", "RCP": "RESOURCE_CONTROL_POLICY"}

NEVER: Final[Mapping[str, tuple[str, ...]]] = {"bucket": ("access points", "Access Grants")}
NEVER_AT_ALL: Final = ("identity policies", "VPC endpoint policies", "session policies")


def layers(context: Context) -> tuple[Leaf, ...]:
    """Return what a report says of the layers around a resource's policy; nothing for code."""
    resource = context.resource
    if resource.input != "live" or resource.kind.name not in OWN:
        return ()
    seen = dict(_seen(context))
    read = [name for name, is_read in seen.items() if is_read]
    unread = [name for name, is_read in seen.items() if not is_read]
    never = (*NEVER.get(resource.kind.name, ()), *NEVER_AT_ALL)
    actual = f"read: {', '.join(read) or 'none'}; not read: {', '.join((*unread, *never))}"
    return (Leaf("layers of permission", "read as far as they are named here", actual, Status.PASS),)


def _seen(context: Context) -> Iterator[tuple[str, bool]]:
    resource = context.resource
    for name, attribute in OWN[resource.kind.name].items():
        yield name, first_unknown(resource[attribute]) is None
    for name, link in BESIDE.get(resource.kind.name, {}).items():
        found = context.inventory.follow(resource, link)
        several = found if isinstance(found, list) else [found]
        yield name, not any(isinstance(one, Unknown) or not _is_read(one) for one in several)
    policies = [one for one in context.inventory.of_kind("organization_policy") if one.exists is None]
    for name, type_ in FROM_ABOVE.items():
        yield name, any(one["type"] == type_ for one in policies)


def _is_read(one: Resource | None) -> bool:
    if one is None or one.exists is not None:
        return False
    return first_unknown([one[row.name] for row in one.kind.attributes]) is None
