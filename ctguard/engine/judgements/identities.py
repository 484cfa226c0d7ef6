"""Judgements on what IAM policies, roles and service control policies let people do, by `ctguard.policy`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from ctguard.engine.comparison import stands
from ctguard.engine.outcome import Context, Outcome
from ctguard.model.errors import DocumentError, Fault
from ctguard.model.finding import Leaf
from ctguard.model.logic import Status, all_hold
from ctguard.model.resource import Resource
from ctguard.model.values import Document, PartialList, Unknown, Value, reference_of, unknowns
from ctguard.policy.delivery_role import grants_only_delivery, trusts_only_cloudtrail
from ctguard.policy.identity import Target, grants_whole_service, members_cannot, nobody_may
from ctguard.policy.judgement import Judgement

FULL_ACCESS: Final = Document(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
)
"""FullAWSAccess: Organizations attaches it everywhere, and a policy that only denies counts on it."""
ROOT: Final = "r-"


def allows_none_of(context: Context, actions: Iterable[str]) -> Outcome:
    """The policy allows its principals none of the actions, on any resource."""
    targets = [Target(action) for action in actions]
    return _on_document(context, "document", "none of the actions allowed", lambda one: nobody_may([[one]], targets))


def stops_short_of(context: Context, service: str) -> Outcome:
    """The policy does not allow every action of a service on every resource."""
    wanted = f"less than {service}:* on *"
    return _on_document(context, "document", wanted, lambda one: grants_whole_service([[one]], service))


def delivery_role_is_narrow(context: Context) -> Outcome:
    """The trail's delivery role trusts only CloudTrail, and may only put log events into the trail's log group."""
    trail = context.resource
    role = context.inventory.follow(trail, "role")
    if not isinstance(role, Resource) or role.missing is not None:
        missing = role if isinstance(role, Unknown) else getattr(role, "missing", None)
        return _open(trail, "cloud_watch_logs_role_arn", missing or Unknown("the delivery role", "is not stated"))
    trust = _on_document(
        Context(context.inventory, role), "assume_role_policy", "trusts only CloudTrail", trusts_only_cloudtrail
    )
    granted, lacking = permissions_of(role, context)
    if lacking is not None:
        rest = _open(role, "attached_policies", lacking)
    else:
        target = context.inventory.follow(trail, "log_group")
        group = target.arn if isinstance(target, Resource) else trail["cloud_watch_logs_log_group_arn"]
        rest = _read(
            context, role, "inline_policies", "only log delivery", lambda: grants_only_delivery(granted, group)
        )
    return _both(trust, rest)


def members_cannot_tamper(context: Context, actions: Iterable[str], allowed: Iterable[str]) -> Outcome:
    """Service control policies at the root keep members from the actions, but for those allowed."""
    organization = context.resource
    found = context.inventory.follow(organization, "policies")
    policies = [one for one in (found if isinstance(found, list) else []) if not isinstance(one, Resource) or _at(one)]
    documents: list[Document] = [FULL_ACCESS]
    perhaps: list[Document] = []
    doubt: Unknown | None = None
    for policy in policies:
        if isinstance(policy, Resource) and isinstance(content := policy["content"], Document):
            unclear = _why_unclear(policy)
            (documents if unclear is None else perhaps).append(content)
            doubt = doubt or unclear
        elif isinstance(policy, Resource) and isinstance(content, Unknown):
            return _open(policy, "content", content)
    targets = [Target(action) for action in actions]

    def kept(layer: list[Document]) -> Outcome:
        wanted = "members kept from the actions"
        return _read(context, organization, "id", wanted, lambda: members_cannot([layer], targets, exempt=allowed))

    certain = kept(documents)
    unseen = next((one for one in policies if isinstance(one, Unknown)), None)
    if unseen is not None and certain.status is not Status.PASS:
        return _open(organization, "policies", unseen)
    if doubt is None or kept([*documents, *perhaps]).status is certain.status:
        return certain
    return _open(organization, "policies", doubt)


def _at(policy: Resource) -> bool:
    """Say whether a policy may be a service control policy, and at the root."""
    is_one, _ = stands(policy["type"], "is", "SERVICE_CONTROL_POLICY")
    return is_one is not Status.FAIL and _at_the_root(policy["targets"]) is not False


def _why_unclear(policy: Resource) -> Unknown | None:
    """Return why nobody knows whether a policy is there, is a service control policy, and is at the root."""
    _, of_what = stands(policy["type"], "is", "SERVICE_CONTROL_POLICY")
    attached = _at_the_root(policy["targets"])
    return of_what or policy.exists or (attached if isinstance(attached, Unknown) else None)


def _at_the_root(targets: Value) -> bool | Unknown:
    """Say whether a policy is attached to the root: by its id, or by a reference to the organization's roots."""
    items = targets.items if isinstance(targets, PartialList) else targets if isinstance(targets, list) else [targets]
    flat = [one for item in items for one in (item if isinstance(item, list) else [item])]
    flat += [targets.rest] if isinstance(targets, PartialList) else []
    if any(_is_a_root(one) for one in flat):
        return True
    return next((one for one in flat if isinstance(one, Unknown)), False)


def _is_a_root(target: Value) -> bool:
    if isinstance(target, str):
        return target.startswith(ROOT)
    reference = reference_of(target)
    return reference is not None and reference.attribute.startswith("roots")


def permissions_of(role: Resource, context: Context) -> tuple[list[Document], Unknown | None]:
    """Return a role's policy documents, and what of them is not known."""
    documents: list[Document] = []
    for item in _items(role["inline_policies"]):
        document = item.get("document") if isinstance(item, dict) else item
        if isinstance(document, Unknown):
            return [], document
        documents.append(document if isinstance(document, Document) else Document(document))
    attached = context.inventory.follow(role, "managed_policies")
    for one in attached if isinstance(attached, list) else [attached]:
        if isinstance(one, Unknown):
            return [], one
        if isinstance(one, Resource):
            document = one["document"]
            if isinstance(document, Unknown):
                return [], document
            documents.append(document)
    return documents, None


def _items(value: Value) -> Iterator[Value]:
    if isinstance(value, PartialList):
        yield from value.items
        yield value.rest
    elif isinstance(value, list):
        yield from value
    elif value is not None:
        yield value


def _on_document(context: Context, attribute: str, wanted: str, ask: Any) -> Outcome:
    resource = context.resource
    document = resource[attribute]
    if isinstance(document, Unknown):
        return _open(resource, attribute, document)
    if document is None:
        return Outcome(
            Status.PASS, (Leaf(attribute, wanted, "there is no policy", Status.PASS, location=resource.location),)
        )
    return _read(context, resource, attribute, wanted, lambda: ask(document), document)


def _read(
    context: Context, resource: Resource, attribute: str, wanted: str, ask: Any, document: Document | None = None
) -> Outcome:
    """Return what a question comes to; a document that is no policy is an error and leaves it open."""
    try:
        judgement: Judgement = ask()
    except DocumentError as error:
        where = resource.where(attribute) or resource.address
        context.inventory.faults.append(Fault(str(where), "malformed", f"{resource.address}: is no policy: {error}"))
        return _open(
            resource, attribute, Unknown(f"{resource.address}.{attribute}", f"is no policy: {error}", is_set=True)
        )
    if judgement.status is Status.UNKNOWN:
        missing = judgement.unknown or next(unknowns(document), None) or Unknown("the policy", judgement.because)
        return _open(resource, attribute, missing, judgement.because)
    said = "holds" if judgement.status is Status.PASS else "does not hold"
    leaves = [Leaf(attribute, wanted, said, judgement.status, judgement.because, resource.where(attribute))]
    if judgement.witnesses:
        leaves = [_leaf(resource, attribute, document, one, wanted) for one in judgement.witnesses]
    return Outcome(judgement.status, tuple(leaves), (), judgement.witness)


def _leaf(resource: Resource, attribute: str, document: Document | None, witness: Any, wanted: str) -> Leaf:
    position = witness.statement.position if witness.statement else None
    place = document.places.at(("Statement", position)) if document and position is not None else None
    path = attribute if position is None else f"{attribute}.Statement[{position}]"
    action = witness.to_json()["action"]
    return Leaf(path, wanted, f"allows {action}", Status.FAIL, witness.why, place or resource.where(attribute))


def _open(resource: Resource, attribute: str, missing: Unknown, because: str = "") -> Outcome:
    leaf = Leaf(attribute, "known", "not known", Status.UNKNOWN, because or str(missing), resource.where(attribute))
    return Outcome(Status.UNKNOWN, (leaf,), (missing,))


def _both(one: Outcome, other: Outcome) -> Outcome:
    status = all_hold((one.status, other.status))
    first, second = (one, other) if one.status is status else (other, one)
    lacking = one.unknowns + other.unknowns if status is Status.UNKNOWN else ()
    return Outcome(status, first.leaves + second.leaves, lacking, first.witness or second.witness)


LOOKS_AT: Final = {
    "allows_none_of": frozenset(("document",)),
    "stops_short_of": frozenset(("document",)),
    "delivery_role_is_narrow": frozenset(("cloud_watch_logs_role_arn",)),
    "members_cannot_tamper": frozenset(("id",)),
}
