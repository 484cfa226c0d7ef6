"""The trails whose deliveries are judged, in every way that an incomplete context leaves open."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import islice, product
from typing import Any, Final

from msgspec import Struct

from ctguard.model.values import Unknown
from ctguard.policy.context import PolicyContext
from ctguard.policy.delivery import Trail
from ctguard.policy.representatives import ACCOUNT, ARN_OF, ORG, Names, Symbol, filled, fresh_account
from ctguard.policy.setting import Setting

MOST_VARIANTS: Final = 96
_PREFIX: Final = r":s3:::[^/\"]+/([^\"*?]+?)/AWSLogs"
_SOME_KEY: Final = "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-0000-0000-000000000000"


class Variant(Struct, frozen=True):
    """One way that the trails may be; `chosen` tells what was put in place of which field."""

    trails: tuple[Trail, ...]
    chosen: Mapping[str, Any]


def variants(
    context: PolicyContext, setting: Setting, choice: Mapping[Symbol, str | None], names: Names
) -> tuple[Variant, ...]:
    """Return the ways that the trails may be, or the first of too many."""
    of_bucket = setting.service == "s3"
    fields: dict[str, list[Any]] = {"trail_arns": _trails(context, setting, choice, names)}
    if of_bucket:
        fields |= {
            "is_organization_trail": _flags(context.is_organization_trail),
            "org_id": _org_folders(context, setting, names),
            "log_accounts": _log_accounts(context, choice, names),
            "prefix": _prefixes(context.prefix, choice, names),
            "multi_region": _flags(context.multi_region),
            "log_file_validation": _flags(context.log_file_validation),
            "kms_key_arn": _keys(context.kms_key_arn, choice, names),
        }
    ways = islice(product(*fields.values()), MOST_VARIANTS)
    return tuple(_variant(dict(zip(fields, way, strict=True))) for way in ways)


def _variant(chosen: dict[str, Any]) -> Variant:
    org = chosen["org_id"] if chosen.get("is_organization_trail") else None
    trails = tuple(
        Trail(
            arn,
            prefix=chosen.get("prefix"),
            org_folder=org,
            log_accounts=chosen.get("log_accounts", ()),
            multi_region=chosen.get("multi_region", False),
            digests=chosen.get("log_file_validation", False),
            kms_key_arn=chosen.get("kms_key_arn"),
        )
        for arn in chosen["trail_arns"]
    )
    return Variant(trails, chosen)


def _org_folders(context: PolicyContext, setting: Setting, names: Names) -> list[str]:
    """Return what the folder of an organization trail may be called: an organization trail has an organization."""
    if setting.org_id is not None or context.is_organization_trail is False:
        return [setting.org_id or ""]
    return list(dict.fromkeys([setting.stranger_org, *re.findall(ORG, names.text)]))


def _flags(flag: bool | Unknown) -> list[bool]:
    return [False, True] if isinstance(flag, Unknown) else [flag]


def _trails(
    context: PolicyContext, setting: Setting, choice: Mapping[Symbol, str | None], names: Names
) -> list[tuple[str, ...]]:
    if not isinstance(context.trail_arns, Unknown):
        return [tuple(filled(arn, choice) or "" for arn in context.trail_arns)]
    accounts = setting.trail_accounts or (fresh_account(names.text, 0),)
    some = [f"arn:{setting.partition}:cloudtrail:us-east-1:{account}:trail/some-trail" for account in accounts]
    # That there is no trail at all is possible too, and then nothing can be refused.
    return [(), *((arn,) for arn in dict.fromkeys([*some, *re.findall(ARN_OF["trail"], names.text)]))]


def _log_accounts(context: PolicyContext, choice: Mapping[Symbol, str | None], names: Names) -> list[tuple[str, ...]]:
    if not isinstance(context.log_accounts, Unknown):
        return [tuple(one for account in context.log_accounts if (one := filled(account, choice)))]
    if context.is_organization_trail is False:
        return [()]
    return [(account,) for account in dict.fromkeys([fresh_account(names.text, 7), *re.findall(ACCOUNT, names.text)])]


def _prefixes(prefix: Any, choice: Mapping[Symbol, str | None], names: Names) -> list[str | None]:
    if not isinstance(prefix, Unknown):
        return [filled(prefix, choice) or None]
    return list(dict.fromkeys([*_none(prefix), "some-prefix", *re.findall(_PREFIX, names.text)]))


def _keys(key: Any, choice: Mapping[Symbol, str | None], names: Names) -> list[str | None]:
    if not isinstance(key, Unknown):
        return [filled(key, choice)]
    return list(dict.fromkeys([*_none(key), _SOME_KEY, *re.findall(ARN_OF["key"], names.text)]))


def _none(unknown: Unknown) -> list[str | None]:
    return [] if unknown.is_set else [None]
