"""Provider configurations: where a resource goes to, and which account and partition that is in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from ctguard.model.values import Unknown, Value
from ctguard.sources.terraform.functions.derivation import label
from ctguard.sources.terraform.hcl.body import Block
from ctguard.sources.terraform.hcl.nested import body_values

if TYPE_CHECKING:
    from ctguard.sources.terraform.hcl.module import Module
    from ctguard.sources.terraform.hcl.resources import Instance

ACCOUNT = Unknown("AWS account id", "is known only when it runs", "give --account", is_set=True)
REGION = Unknown("AWS region", "is not configured here", "give --region", is_set=True)
PARTITION = Unknown(
    "AWS partition", "follows from the region", "set the provider's region, or give --region", is_set=True
)

# AWS General Reference, "Amazon Resource Names": the partition follows from the region.
_PARTITIONS = (
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("us-iso-", "aws-iso"),
    ("us-isob-", "aws-iso-b"),
    ("eu-isoe-", "aws-iso-e"),
    ("us-isof-", "aws-iso-f"),
    ("eusc-", "aws-eusc"),
)
_REGION_NAME = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d+")
_ROLE = re.compile(r"arn:[\w-]+:iam::(\d{12}):role/.+")
_CREDENTIALS = ("profile", "access_key", "assume_role", "assume_role_with_web_identity", "shared_credentials_files")


class Provider:
    """A provider block and the module that holds it; without a block, what the environment sets."""

    def __init__(self, name: str, module: Module | None = None, block: Block | None = None) -> None:
        self.name = name
        self.module = module
        self.block = block
        self.address: str = name if module is None else f"{module.prefix}{name}"
        self.account: Value = None
        self._arguments: dict[str, Value] = {}

    @property
    def is_default(self) -> bool:
        """Whether resources use it without naming it."""
        return "." not in self.name

    def argument(self, name: str) -> Value:
        """Return an argument or nested block of the configuration; None where it is omitted."""
        if self.block is None or self.module is None:
            return None
        body, scope, address = self.block.body, self.module.scope, f"provider {self.address}"
        evaluation = self.module.evaluation
        if name in body.attributes:
            attribute = body.attributes[name]
            return evaluation.named(self._arguments, name, f"{address}.{name}", lambda: attribute.evaluate(scope))
        nested = next(body.blocks_of(name), None)
        if nested is None:
            return None
        return evaluation.named(
            self._arguments, name, f"{address}.{name}", lambda: body_values(nested.body, scope, f"{address}.{name}")
        )

    def credentials(self) -> dict[str, Value]:
        """Return the arguments that decide which account it works in."""
        return {name: value for name in _CREDENTIALS if (value := self.argument(name)) is not None}


def providers_of(module: Module, passed: dict[str, Provider]) -> dict[str, Provider]:
    """Return the configurations that a module can use, by local name: what it was passed and what it sets itself."""
    found = dict(passed)
    for block in module.declared.providers:
        if block.labels:
            alias = block.body.attributes.get("alias")
            name = block.labels[0] if alias is None else f"{block.labels[0]}.{alias.text()}"
            found[name] = Provider(name, module, block)
    return found


def passed_on(module: Module, call: Block) -> dict[str, Provider]:
    """Return the configurations that a module call gives to the called module.

    Terraform language, "Providers Within Modules": default configurations are
    inherited, aliased ones must be passed in `providers`.
    """
    own = module.providers
    mapping = call.body.attributes.get("providers")
    inherited = {name: provider for name, provider in own.items() if "." not in name}
    if mapping is None:
        return inherited
    return inherited | {inside: own.get(outside, Provider(outside)) for inside, outside in mapping.mapping().items()}


def provider_of(instance: Instance) -> Provider:
    """Return the configuration that an instance uses."""
    argument = instance.body.attributes.get("provider")
    name = instance.type.partition("_")[0] if argument is None else argument.text()
    found = instance.module.providers.get(name)
    if found is None:
        found = instance.module.providers[name] = Provider(name)
    return found


def region_of(instance: Instance) -> Value:
    """Return the region of an instance: its own `region` argument, else the provider's."""
    own = instance.configured("region")
    return _region(provider_of(instance), instance) if own is None else own


def _region(provider: Provider, instance: Instance) -> Value:
    region = provider.argument("region")
    if region is None:
        given = instance.module.evaluation.inputs.region
        if provider.is_default:
            return REGION if given is None else given
        return replace(REGION, cure=f"set region in provider {provider.address}", via=f"region of {provider.address}")
    return replace(region, is_set=True) if isinstance(region, Unknown) else region


def partition_of(instance: Instance) -> str | Unknown:
    """Return the partition of an instance; an unknown one is the same for all of an input."""
    region = region_of(instance)
    if isinstance(region, str) and _REGION_NAME.fullmatch(region):
        return next((partition for start, partition in _PARTITIONS if region.startswith(start)), "aws")
    return instance.module.evaluation.inputs.partition or PARTITION


def account_of(instance: Instance) -> str | Unknown:
    """Return the account of an instance.

    It is known where the configuration allows only one account or assumes a role
    in a known one. Configurations with the same credentials share an account.
    """
    provider = provider_of(instance)
    if provider.account is None:
        provider.account = _account(provider, instance)
    return provider.account  # type: ignore[no-any-return]


def _account(provider: Provider, instance: Instance) -> Value:
    allowed = provider.argument("allowed_account_ids")
    if isinstance(allowed, list) and len(allowed) == 1 and isinstance(allowed[0], str | int):
        return str(allowed[0])
    credentials = provider.credentials()
    roles = credentials.get("assume_role")
    arn = roles.get("role_arn") if isinstance(roles, dict) else None
    match = _ROLE.fullmatch(arn) if isinstance(arn, str) else None
    if match is not None:
        return match[1]
    default = instance.module.root.providers.get("aws") or Provider("aws")
    if credentials == default.credentials():
        return instance.module.evaluation.inputs.account_id or ACCOUNT
    via = f"account of {label(credentials) if credentials else provider.address}"
    return replace(ACCOUNT, cure="set allowed_account_ids in its provider", via=via)
