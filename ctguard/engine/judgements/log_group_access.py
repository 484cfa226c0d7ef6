"""Judgement on the resource policies of CloudWatch Logs: do they let strangers at a log group?

Source: CloudWatch Logs API Reference, "PutResourcePolicy": a policy is in force for the account and region, or is
attached to one log group.
"""

from __future__ import annotations

from typing import Final

from ctguard.engine.comparison import shown
from ctguard.engine.judgements.surroundings import SERVICES, context_of
from ctguard.engine.outcome import Context, Outcome
from ctguard.model.errors import DocumentError, Fault
from ctguard.model.finding import Leaf
from ctguard.model.logic import Status, all_hold
from ctguard.model.resource import Resource
from ctguard.model.values import Document, PartialList, Unknown, Value, first_unknown
from ctguard.policy.judgements import nobody_outside

POLICIES: Final = "resource_policies"
WANTED: Final = "no stranger let in"


def keeps_strangers_away(context: Context) -> Outcome:
    """No resource policy that is in force for the log group can be satisfied by a stranger."""
    value = context.resource[POLICIES]
    items = value.items if isinstance(value, PartialList) else value if isinstance(value, list) else ()
    outcomes = [_of_policy(item, index, context) for index, item in enumerate(items) if _is_in_force(item, context)]
    hidden = value if isinstance(value, Unknown) else value.rest if isinstance(value, PartialList) else None
    outcomes += [_open(POLICIES, hidden)] if hidden else []
    status = all_hold(one.status for one in outcomes)
    leaves = [leaf for one in sorted(outcomes, key=lambda one: one.status is not status) for leaf in one.leaves]
    leaves = leaves or [Leaf(POLICIES, WANTED, "no policy", Status.PASS, location=context.resource.location)]
    lacking = tuple(unknown for one in outcomes for unknown in one.unknowns) if status is Status.UNKNOWN else ()
    witness = next((one.witness for one in outcomes if one.witness), None)
    return Outcome(status, tuple(leaves), lacking, witness if status is Status.FAIL else None)


def _is_in_force(item: Value, context: Context) -> bool:
    """Say whether a policy may speak of the log group: unless it is attached to another one."""
    attached = item.get("resource_arn") if isinstance(item, dict) else None
    own = context.resource.arn
    known = isinstance(attached, str) and isinstance(own, str) and bool(attached)
    return not known or str(attached).removesuffix(":*") == str(own).removesuffix(":*")


def _of_policy(item: Value, index: int, context: Context) -> Outcome:
    document = item.get("policy_document") if isinstance(item, dict) else item
    name = shown(item.get("policy_name")) if isinstance(item, dict) else str(index)
    path = f"{POLICIES}[{index}]"
    attached = first_unknown(item.get("resource_arn")) if isinstance(item, dict) else None
    if not isinstance(document, Document | dict):
        return _open(path, first_unknown(document) or Unknown(f"policy {name}", "has no document"))
    group = context.resource
    try:
        policy = document if isinstance(document, Document) else Document(document)
        judgement = nobody_outside(policy, SERVICES[group.kind.name], context_of(group, context.inventory))
    except DocumentError as error:
        context.inventory.faults.append(Fault(group.address, "malformed", f"policy {name}: is no policy: {error}"))
        return _open(path, Unknown(f"policy {name} of {group.address}", f"is no policy: {error}", "mend it"))
    if judgement.status is Status.UNKNOWN or (judgement.status is Status.FAIL and attached is not None):
        unknown = judgement.unknown or first_unknown(policy) or attached
        return _open(path, unknown or Unknown(f"policy {name}", judgement.because))
    return Outcome(
        judgement.status, (_leaf(path, name, judgement.status, judgement.because, group),), (), judgement.witness
    )


def _leaf(path: str, name: str, status: Status, because: str, group: Resource) -> Leaf:
    return Leaf(path, WANTED, f"policy {name}", status, because, group.where(POLICIES))


def _open(path: str, unknown: Unknown) -> Outcome:
    return Outcome(Status.UNKNOWN, (Leaf(path, WANTED, "not known", Status.UNKNOWN, str(unknown)),), (unknown,))


LOOKS_AT: Final = {"keeps_strangers_away": frozenset({POLICIES})}
