"""Plans and states as Terraform writes them, made with as little as a test is about."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ctguard.sources.declaration import Declaration, Unit
from ctguard.sources.terraform.plan import read_plan

TYPES = frozenset(
    {
        "aws_cloudtrail",
        "aws_cloudwatch_log_group",
        "aws_cloudwatch_metric_alarm",
        "aws_iam_role",
        "aws_kms_key",
        "aws_s3_bucket",
        "aws_s3_bucket_policy",
        "aws_sns_topic",
    }
)


def change(
    address: str,
    after: dict[str, Any] | None = None,
    unknown: dict[str, Any] | bool | None = None,
    *,
    actions: tuple[str, ...] = ("create",),
    sensitive: Any = False,
    **more: Any,
) -> dict[str, Any]:
    """Return one entry of `resource_changes`."""
    module, _, local = address.rpartition("module.")
    if module or local != address:
        step, _, local = local.partition(".")
        module = f"{module}module.{step}"
    mode = "data" if local.startswith("data.") else "managed"
    type_, _, name = local.removeprefix("data.").partition(".")
    name, bracket, index = name.partition("[")
    return {
        "address": address,
        "mode": mode,
        "type": type_,
        "name": name,
        **({"module_address": module} if module else {}),
        **({"index": json.loads(index[:-1])} if bracket else {}),
        "change": {
            "actions": list(actions),
            "before": None,
            "after": None if unknown is True else after or {},
            "after_unknown": unknown or {},
            "after_sensitive": sensitive,
        },
        **more,
    }


def written(address: str, expressions: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """Return a resource of the configuration, its expressions as `constant`, `refers_to` and lists of blocks."""
    type_, _, name = address.removeprefix("data.").partition(".")
    mode = "data" if address.startswith("data.") else "managed"
    common = {"address": address, "mode": mode, "type": type_, "name": name, "provider_config_key": "aws"}
    return {**common, "expressions": expressions or {}, **more}


def refers_to(*references: str) -> dict[str, Any]:
    """Return an expression that refers to these, each with its beginnings, as Terraform lists them."""
    listed: list[str] = []
    for reference in references:
        listed.append(reference)
        while "." in (reference := reference.rpartition(".")[0]) and not reference.startswith(("var", "local", "each")):
            listed.append(reference)
    return {"references": listed}


def constant(value: Any) -> dict[str, Any]:
    return {"constant_value": value}


def plan(
    changes: list[dict[str, Any]] | None,
    resources: list[dict[str, Any]] = [],  # noqa: B006 - never changed
    *,
    calls: dict[str, Any] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Return a whole plan with these changes and this configuration of the root module."""
    root = {"resources": resources, "module_calls": calls or {}}
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "planned_values": {"root_module": {}},
        **({} if changes is None else {"resource_changes": changes}),
        "configuration": {"provider_config": {"aws": {"name": "aws"}}, "root_module": root},
        "applyable": True,
        "complete": True,
        "errored": False,
        **more,
    }


def read(folder: Path, document: Any, *, name: str = "plan.json", wanted: frozenset[str] = TYPES) -> Unit:
    """Save a document and read it."""
    path = folder / name
    path.write_bytes(document if isinstance(document, bytes) else json.dumps(document).encode())
    return read_plan(path, display=name, wanted=wanted)


def values(unit: Unit, address: str) -> dict[str, Any]:
    """Return the values of one declaration."""
    return dict(declared(unit, address).values)


def declared(unit: Unit, address: str) -> Declaration:
    return next(one for one in unit.declarations if one.address == address)
