"""Write the narrower statement that should stand in place of one that lets too much through."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from ctguard.model.values import PartialList, PartialMap, first_unknown
from ctguard.policy import actions as a
from ctguard.policy import envelope as e
from ctguard.policy.actions import Action
from ctguard.policy.evaluate import speaks_of_action
from ctguard.policy.excess import Bench, Excess
from ctguard.policy.grammar import Statement
from ctguard.policy.request import CLOUDTRAIL
from ctguard.policy.setting import Setting

_SOURCE_KEYS: Final = frozenset(
    {"aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths", "aws:sourceowner"}
)
_NEEDED: Final = {
    "s3": (a.GET_BUCKET_ACL, a.PUT_OBJECT),
    "sns": (a.PUBLISH,),
    "kms": ("kms:GenerateDataKey*", a.DECRYPT, a.DESCRIBE_KEY),
}
_READING: Final = {
    "s3": ("s3:GetObject", "s3:ListBucket"),
    "sns": ("sns:Subscribe", "sns:GetTopicAttributes"),
    "kms": (a.DECRYPT, a.DESCRIBE_KEY),
}
_ELEMENT_ORDER: Final = ("Sid", "Effect", "Principal", "Action", "Resource", "Condition")


def narrower(excess: Excess, bench: Bench) -> dict[str, Any] | None:
    """Return the statement to write instead, or None when nothing of it should stay."""
    written = _written(excess.statement, bench)
    if written is None:
        return None
    service = bench.setting.service
    for_trail = excess.kind in (e.UNBOUND, e.SERVICE_MORE)
    if for_trail or (excess.kind in _WRITES and _speaks_to_everybody(excess.statement) and service != "kms"):
        return _for_trail(written, excess.statement, bench, keep_conditions=excess.kind == e.SERVICE_MORE)
    if service == "sns" and excess.kind == e.SERVICE_WRITE:
        return _bound_to_account(written, bench.setting)
    if excess.kind in _WRITES:
        return _without_writing(written, excess.statement, bench)
    return _named(written, bench)


_WRITES: Final = frozenset({e.ANONYMOUS_WRITE, e.PRINCIPAL_WRITE, e.SERVICE_WRITE, e.ADMINISTRATION})


def _written(statement: Statement, bench: Bench) -> dict[str, Any] | None:
    """Return the statement as the document has it, or None where it is not wholly known."""
    value: Any = bench.policy.document.value
    for step in statement.path:
        parts: Any = value.items if isinstance(value, PartialMap | PartialList) else value
        value = parts[step]
    return _as_text(value) if isinstance(value, dict) and first_unknown(value) is None else None


def _as_text(value: Any) -> Any:
    """Return a value whose texts are only that: in a report no link leads back to a declaration."""
    if isinstance(value, dict):
        return {str(key): _as_text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_text(item) for item in value]
    return str(value) if isinstance(value, str) else value


def _speaks_to_everybody(statement: Statement) -> bool:
    element = statement.principals
    return element is not None and (element.everyone or element.negated)


def _for_trail(
    written: dict[str, Any], statement: Statement, bench: Bench, *, keep_conditions: bool
) -> dict[str, Any] | None:
    setting = bench.setting
    needed = [name for name in _NEEDED[setting.service] if speaks_of_action(statement, name.replace("*", ""))]
    if not needed or not (setting.trail_arns or setting.trail_accounts):
        return None
    condition = written.get("Condition") or {}
    if not keep_conditions or not _binds(condition):
        condition = _with_source(condition, setting)
    resources = written.get("Resource", _resources(needed, setting))
    return _in_order(
        written,
        Principal={"Service": CLOUDTRAIL},
        Action=_one_or_many(needed),
        Resource=resources,
        Condition=condition,
    )


def _binds(condition: dict[str, Any]) -> bool:
    return any(key.lower() in _SOURCE_KEYS for keys in condition.values() for key in keys)


def _with_source(condition: dict[str, Any], setting: Setting) -> dict[str, Any]:
    """Return the conditions with the trails' ARNs (else their accounts) as the only source."""
    kept: dict[str, Any] = {}
    for operator, keys in condition.items():
        rest = {key: value for key, value in keys.items() if key.lower() not in _SOURCE_KEYS}
        if rest:
            kept[operator] = rest
    if setting.trail_arns:
        bound = {"aws:SourceArn": _one_or_many(setting.trail_arns)}
    else:
        bound = {"aws:SourceAccount": _one_or_many(setting.trail_accounts)}
    return {**kept, "StringEquals": {**kept.get("StringEquals", {}), **bound}}


def _resources(needed: Iterable[str], setting: Setting) -> Any:
    if setting.service != "s3":
        return "*" if setting.service == "kms" else setting.resource
    names = [setting.resource if name == a.GET_BUCKET_ACL else f"{setting.resource}/AWSLogs/*" for name in needed]
    return _one_or_many(names)


def _bound_to_account(written: dict[str, Any], setting: Setting) -> dict[str, Any] | None:
    if setting.owner is None:
        return None
    condition = dict(written.get("Condition") or {})
    condition["StringEquals"] = {**condition.get("StringEquals", {}), "aws:SourceAccount": setting.owner}
    return _in_order(written, Action=a.PUBLISH, Condition=condition)


def _without_writing(written: dict[str, Any], statement: Statement, bench: Bench) -> dict[str, Any] | None:
    """Keep what only reads: the actions named one by one, else what readers usually need."""
    service = bench.setting.service
    known = {action.name.lower(): action for action in bench.actions}
    listed = written.get("Action", [])
    listed = [listed] if isinstance(listed, str) else listed
    reading = [name for name in listed if (action := known.get(name.lower())) and _is_reading(action)]
    if not reading:
        reading = [name for name in _READING[service] if speaks_of_action(statement, name) and "Action" in written]
    if not reading or "Principal" not in written:
        return None
    return _in_order(written, Action=_one_or_many(reading))


def _is_reading(action: Action) -> bool:
    if action.name.startswith("kms:"):
        return action.name not in a.KEY_ADMINISTRATION and action.known
    return not action.writes


def _named(written: dict[str, Any], bench: Bench) -> dict[str, Any] | None:
    """Name the own organization where there is one, else the own account."""
    setting = bench.setting
    if setting.owner is None:
        return None
    root = {"AWS": f"arn:{setting.partition}:iam::{setting.owner}:root"}
    return _in_order(written, Principal=root)


def _in_order(written: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """Return the statement with changed elements, each Not-form replaced, in the usual order."""
    merged = {name: value for name, value in written.items() if name.removeprefix("Not") not in changed} | changed
    return {name: merged[name] for name in [*_ELEMENT_ORDER, *merged] if merged.get(name)}


def _one_or_many(items: Iterable[str]) -> Any:
    several = list(items)
    return several[0] if len(several) == 1 else several
