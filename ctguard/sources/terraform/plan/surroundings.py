"""Which region and account the resources of a provider go to, as far as a plan or state tells.

The provider's configuration tells the region, data sources that were read and
ARNs that are known tell both. (AWS provider: aws_region, aws_caller_identity;
AWS General Reference, "Amazon Resource Names".)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from ctguard.model.values import PartialMap, Value
from ctguard.sources.terraform.plan.expressions import constant_of, references_of
from ctguard.sources.terraform.plan.references import References
from ctguard.sources.terraform.plan.shapes import PriorState, ResourceChange, Shown, StateModule, StateResource

_ARN: Final = re.compile(r"arn:[\w-]+:[\w-]+:([\w-]*):(\d{12}):.+", re.DOTALL)
_TELLING: Final = ("aws_caller_identity", "aws_region")


class Surroundings:
    """What is known of each provider configuration, by its key in the plan."""

    def __init__(self, shown: Shown, references: References) -> None:
        self._references = references
        self._regions: dict[str, str] = {}
        self._accounts: dict[str, str] = {}
        configuration = shown.configuration
        for key, provider in (configuration.provider_config if configuration else {}).items():
            region = _told(provider.expressions.get("region"), shown.variables)
            if region is not None:
                self._regions[key] = region
        for resource in _data_sources(shown):
            self._note(resource)

    def of(self, resource: ResourceChange, values: Mapping[str, Value]) -> tuple[Value, Value]:
        """Return the region and the account of a planned resource; None where they are not known."""
        region, account = place_of(values)
        written = self._references.resource(resource)
        key = written.provider_config_key if written else ""
        return region or self._regions.get(key), account or self._accounts.get(key)

    def learn(self, resource: ResourceChange, values: Mapping[str, Value]) -> None:
        """Note the account that the ARN of an existing resource tells, for all resources of its provider."""
        _, account = place_of(values)
        written = self._references.resource(resource) if account else None
        if account and written:
            self._accounts.setdefault(written.provider_config_key, account)

    def _note(self, data: StateResource) -> None:
        module, _, _ = data.address.rpartition(f"data.{data.type}.")
        change = ResourceChange(data.address, data.type, data.name, "data", module.removesuffix("."), data.index)
        written = self._references.resource(change)
        values = msgspec.json.decode(data.values)
        if written is None or not isinstance(values, dict):
            return
        if data.type == "aws_region":
            region = values.get("region") or values.get("name")
            if isinstance(region, str):
                self._regions.setdefault(written.provider_config_key, region)
        elif isinstance(account := values.get("account_id"), str):
            self._accounts.setdefault(written.provider_config_key, account)


def place_of(values: Mapping[str, Value] | PartialMap) -> tuple[str | None, str | None]:
    """Return the region and the account that a resource's own values tell."""
    if isinstance(values, PartialMap):
        return None, None
    region = values.get("region") or values.get("home_region")
    arn = values.get("arn")
    found = _ARN.fullmatch(arn) if isinstance(arn, str) else None
    account = found[2] if found else None
    if not isinstance(region, str):
        region = (found[1] if found else None) or None
    return region, account


def _told(written: Any, variables: Mapping[str, Any]) -> str | None:
    """Return the constant or the variable's value that an expression of the root module is."""
    constant = constant_of(written)
    if isinstance(constant, str):
        return constant
    references = references_of(written)
    if len(references) != 1 or not references[0].startswith("var."):
        return None
    variable = variables.get(references[0].removeprefix("var."))
    value = variable.get("value") if isinstance(variable, dict) else None
    return value if isinstance(value, str) else None


def _data_sources(shown: Shown) -> Iterator[StateResource]:
    """Yield the data sources that tell where the provider is, of the state before the plan."""
    prior = memoryview(shown.prior_state)
    if not any(re.search(name.encode(), prior) for name in _TELLING):
        return
    state = msgspec.json.decode(shown.prior_state, type=PriorState)
    if state.values:
        yield from _telling(state.values.root_module)


def _telling(module: StateModule) -> Iterator[StateResource]:
    for resource in module.resources:
        if resource.mode == "data" and resource.type in _TELLING:
            yield resource
    for child in module.child_modules:
        yield from _telling(child)
