"""Judgements on what keeps the public out of a bucket from above: policies of the organization.

Source: AWS Organizations User Guide, "Amazon S3 policies" (policy type S3_POLICY).
"""

from __future__ import annotations

from typing import Any, Final

from ctguard.engine.outcome import Context, Outcome
from ctguard.model.finding import Leaf
from ctguard.model.logic import Status
from ctguard.model.resource import Resource
from ctguard.model.values import Document, Unknown, Value

BLOCKS: Final = ("s3_attributes", "public_access_block_configuration", "@@assign")


def organization_blocks_public_access(context: Context) -> Outcome:
    """An organization policy of the same input may block public access for the bucket's account.

    Whether the account is below a target of the policy, code does not say: the
    answer is never better than unknown. An account shows the effect itself.
    """
    if context.resource.input == "live":
        return Outcome(Status.FAIL)
    found = context.inventory.follow(context.resource, "organization_policies")
    for policy in found if isinstance(found, list) else []:
        if isinstance(policy, Resource) and policy.input != "live" and _may_block(policy):
            unknown = Unknown(
                policy.address,
                "blocks public access for the accounts below its targets, of which this may be one",
                "state the block on the bucket, or audit the account",
            )
            leaf = Leaf(
                policy.address, "public access blocked", "perhaps", Status.UNKNOWN, str(unknown), policy.location
            )
            return Outcome(Status.UNKNOWN, (leaf,), (unknown,))
    return Outcome(Status.FAIL)


def _may_block(policy: Resource) -> bool:
    if policy["type"] != "S3_POLICY" and not isinstance(policy["type"], Unknown):
        return False
    assigned = _assigned(policy["content"])
    return assigned == "all" or (not isinstance(assigned, str | None))


def _assigned(content: Value) -> Any:
    value = content.value if isinstance(content, Document) else content
    for step in BLOCKS:
        if not isinstance(value, dict):
            break
        value = value.get(step)
    return value


LOOKS_AT: Final = {"organization_blocks_public_access": frozenset[str]()}
