"""Data sources whose answers follow from the configuration or stand for one thing in all of an input."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ctguard.model.values import Unknown, Value
from ctguard.sources.terraform.hcl.providers import account_of, partition_of, region_of

if TYPE_CHECKING:
    from ctguard.sources.terraform.hcl.resources import Instance

Answer = Callable[["Instance"], Value]


def _organization(instance: Instance) -> Value:
    cure = "scan the plan"
    unknown = Unknown("AWS organization id", "is read from AWS", cure, is_set=True)
    return instance.module.evaluation.inputs.organization_id or unknown


def _region(instance: Instance) -> Value:
    named = instance.configured("name")
    return region_of(instance) if named is None else named


def _same_everywhere(what: str) -> Answer:
    """Return the answer that is unknown and the same wherever it is asked for."""
    return lambda instance: Unknown(what, "is read from AWS", "scan the plan", is_set=True)


def _domain_suffix(instance: Instance) -> Value:
    partition = partition_of(instance)
    if isinstance(partition, Unknown):
        return Unknown("AWS DNS suffix", partition.why, partition.cure, is_set=True)
    known = {"aws": "amazonaws.com", "aws-us-gov": "amazonaws.com", "aws-cn": "amazonaws.com.cn"}
    return known.get(partition) or Unknown(
        "AWS DNS suffix", "is not known for this partition", "scan the plan", is_set=True
    )


def _policy(instance: Instance) -> Value:
    from ctguard.sources.terraform.hcl.policy_document import policy_document  # a file without one does without it

    return policy_document(instance)


DATA_SOURCES: dict[str, dict[str, Answer]] = {
    "aws_caller_identity": {"account_id": account_of, "id": account_of},
    "aws_region": {"name": _region, "region": _region, "id": _region},
    "aws_partition": {"partition": partition_of, "id": partition_of, "dns_suffix": _domain_suffix},
    "aws_organizations_organization": {
        "id": _organization,
        "master_account_id": _same_everywhere("AWS management account id"),
    },
    "aws_canonical_user_id": {
        "id": _same_everywhere("AWS canonical user id"),
        "canonical_user_id": _same_everywhere("AWS canonical user id"),
    },
    "aws_iam_policy_document": {"json": _policy, "minified_json": _policy},
}


# The resource of this type is the one thing that the data source reads.
ALSO_RESOURCES = frozenset({"aws_organizations_organization"})


def read_data(instance: Instance, name: str) -> Value:
    """Return what a data source answers for an attribute, or None where only AWS knows."""
    answer = DATA_SOURCES.get(instance.type, {}).get(name)
    return None if answer is None else answer(instance)
