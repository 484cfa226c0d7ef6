"""The worlds that a context with unknown parts may stand for.

An unknown that the context shares with the policy ("the account id, whatever it
is") is one value, the same in both. Each choice of representatives is a world: a
setting and a policy that are known so far. What is unknown in the policy alone
stays so, and is the search's business.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import islice, product
from math import prod
from typing import Any, Final

from msgspec import Struct

from ctguard.model.values import Unknown, unknowns
from ctguard.policy.context import PolicyContext
from ctguard.policy.grammar import Policy, parse_policy
from ctguard.policy.representatives import (
    NOBODYS_ACCOUNT,
    OF_OWNER,
    OWNER_FIELD,
    RESOURCE_FIELD,
    Names,
    Symbol,
    filled,
    names_in,
    representatives,
    symbol_of,
    typed_unknowns,
)
from ctguard.policy.request import account_of
from ctguard.policy.setting import Setting
from ctguard.policy.substitution import substituted
from ctguard.policy.trails import MOST_VARIANTS, Variant, variants

_MOST_WORLDS: Final = 96
_SOME_ORG: Final = Unknown("the organization of the resource's owner", "is not known")


class World(Struct, frozen=True):
    """One way that things may be.

    `open_fields` are the fields that `variants` differ in; `chosen` tells what
    stands for which unknown. With `more_variants` there are more ways to deliver
    than `variants` lists, which only matters to whoever asks about deliveries.
    """

    setting: Setting
    policy: Policy
    variants: tuple[Variant, ...]
    open_fields: Mapping[str, Unknown]
    chosen: Mapping[Symbol, str | None]

    @property
    def more_variants(self) -> bool:
        return len(self.variants) >= MOST_VARIANTS


class Worlds(Struct, frozen=True):
    """The worlds of a context; not `complete` where there are more than can be tried."""

    worlds: tuple[World, ...]
    complete: bool
    unknowns: Mapping[Symbol, Unknown]


def worlds(kind: str, context: PolicyContext, policy: Policy) -> Worlds:
    """Return the worlds that a context stands for, beside a policy of a kind (a key of `RESOURCE_OF`)."""
    if context.same:
        policy = _rewritten(policy, lambda unknown: unknown if unknown.via else context.same.get(unknown.what, unknown))
    names = names_in(policy)
    options = representatives(kind, context, policy, names)
    ways = islice(product(*options.values()), _MOST_WORLDS)
    made = tuple(_world(kind, context, policy, dict(zip(options, way, strict=True)), names) for way in ways)
    complete = prod(map(len, options.values())) <= _MOST_WORLDS
    unknown_of = {symbol_of(unknown): unknown for unknown, _ in typed_unknowns(kind, context, policy)}
    return Worlds(made, complete, unknown_of)


def _settled(kind: str, context: PolicyContext, choice: Mapping[Symbol, str | None]) -> dict[Symbol, str | None]:
    """Put the owner's account into the fresh ARNs that are the owner's."""
    resource = filled(getattr(context, RESOURCE_FIELD[kind]), choice) or ""
    owner = filled(getattr(context, OWNER_FIELD[kind]), choice) or account_of(resource)
    account = owner if owner and owner != OF_OWNER else NOBODYS_ACCOUNT
    return {symbol: value and value.replace(OF_OWNER, account) for symbol, value in choice.items()}


def _world(
    kind: str, context: PolicyContext, policy: Policy, chosen: Mapping[Symbol, str | None], names: Names
) -> World:
    choice = _settled(kind, context, chosen)
    setting = _setting(kind, context, choice)
    if any(symbol_of(unknown) in choice for unknown in unknowns(policy.document.value)):
        policy = _rewritten(policy, lambda unknown: choice.get(symbol_of(unknown)) or unknown)
    fields = {name: value for name in context.__struct_fields__ if isinstance(value := getattr(context, name), Unknown)}
    return World(setting, policy, variants(context, setting, choice, names), fields, chosen)


def _setting(kind: str, context: PolicyContext, choice: Mapping[Symbol, str | None]) -> Setting:
    partition = filled(context.partition, choice) or "aws"
    resource = filled(getattr(context, RESOURCE_FIELD[kind]), choice) or ""
    owner = filled(getattr(context, OWNER_FIELD[kind]), choice)
    arns = _all_filled(context.trail_arns, choice) or ()
    accounts = _all_filled(context.trail_accounts, choice)
    of_arns = [account for arn in arns if (account := account_of(arn))]
    owner = owner if kind == "s3" else account_of(resource) or owner
    org = filled(context.org_id, choice)
    ours = {filled(context.account_id, choice), *of_arns, *(accounts or ())}
    ours.update(_all_filled(context.log_accounts, choice) or ())
    return Setting(
        service=kind,
        partition=partition,
        resource=f"arn:{partition}:s3:::{resource}" if kind == "s3" else resource,
        owner=owner,
        org_id=org,
        resource_org=org if owner is not None and owner in ours else _SOME_ORG,
        # The trails that deliver here are own ones, whether or not somebody says so.
        trail_accounts=tuple(dict.fromkeys(of_arns if accounts is None else accounts)),
        knows_trail_accounts=accounts is not None,
        trail_arns=arns,
        key_admins=_all_filled(context.key_admins, choice),
        bucket_arn=_own_bucket(context, kind, partition, owner),
    )


def _all_filled(values: Any, choice: Mapping[Symbol, str | None]) -> tuple[str, ...] | None:
    if isinstance(values, Unknown):
        return None
    return tuple(one for value in values if (one := filled(value, choice)))


def _own_bucket(context: PolicyContext, kind: str, partition: str, owner: str | None) -> str | None:
    """Return the ARN of the log bucket where it belongs to the topic's owner."""
    if kind != "sns" or not isinstance(context.bucket, str) or owner is None or context.bucket_owner != owner:
        return None
    return f"arn:{partition}:s3:::{context.bucket}"


def _rewritten(policy: Policy, replacement: Callable[[Unknown], Any]) -> Policy:
    """Return the policy with each unknown replaced."""
    return parse_policy(substituted(policy.document, replacement), policy.form, supposed=True)
