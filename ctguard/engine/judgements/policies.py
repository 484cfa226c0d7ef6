"""Judgements on bucket, topic and key policies, decided by `ctguard.policy` over all requests.

Here the resource is handed to the semantics with its surroundings, and what they
answer becomes an outcome: a leaf for each statement that lets too much through,
at the statement's own line, and the request that shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from msgspec.structs import replace

from ctguard.engine.judgements.layers import layers
from ctguard.engine.judgements.surroundings import SERVICES, context_of, trails_of
from ctguard.engine.outcome import Context, Outcome
from ctguard.engine.scope import SERVICE
from ctguard.model.errors import DocumentError, Fault
from ctguard.model.finding import Leaf
from ctguard.model.logic import Status
from ctguard.model.resource import Resource
from ctguard.model.values import Document, Unknown, Value, unknowns
from ctguard.policy import judgements as about
from ctguard.policy.bench import judged
from ctguard.policy.context import PolicyContext
from ctguard.policy.judgement import Judgement, judgement_of
from ctguard.policy.verdict import least_privilege, topic_source_arn

Question = Callable[[Document, str, PolicyContext], Judgement]

CONTEXT: Final = "context."
CLAUSE: Final = {Status.PASS: "holds", Status.FAIL: "does not hold", Status.UNKNOWN: "is not known"}


def is_least_privilege(context: Context) -> Outcome:
    """The policy as a whole allows nothing beyond what the trail, its readers and the account need."""
    return _ask(context, _least_privilege, "least privilege", absent=Status.PASS)


def names_the_trail(context: Context) -> Outcome:
    """CloudTrail may publish only with aws:SourceArn naming an own trail."""
    return _ask(context, _topic_source_arn, "CloudTrail bound by aws:SourceArn", absent=Status.PASS)


def binds_cloudtrail(context: Context) -> Outcome:
    """CloudTrail is let in for own trails only."""
    return _ask(context, about.bound_by_source, "CloudTrail bound to own trails", absent=Status.PASS)


def binds_by_encryption_context(context: Context) -> Outcome:
    """CloudTrail gets data keys only with the encryption context of an own trail."""
    return _ask(context, _of_key(about.bound_by_encryption_context), "bound by encryption context", absent=Status.PASS)


def lets_trails_deliver(context: Context) -> Outcome:
    """The policy allows everything that each trail's deliveries need, judged trail by trail."""
    trails = trails_of(context.resource, context.inventory)
    if len(trails) < 2:
        return _ask(context, about.trail_can_deliver, "what deliveries need is allowed", absent=Status.FAIL)
    outcomes = [
        _ask(
            context,
            about.trail_can_deliver,
            f"what deliveries of {trail.address} need",
            absent=Status.FAIL,
            trail=trail,
        )
        for trail in trails
    ]
    return min(outcomes, key=lambda one: (one.status is not Status.FAIL, one.status is not Status.UNKNOWN))


def shuts_strangers_out(context: Context) -> Outcome:
    """No statement can be satisfied by a stranger."""
    return _ask(context, about.nobody_outside, "no stranger", absent=Status.PASS)


def shuts_other_accounts_out(context: Context, allowed: Iterable[str] = ()) -> Outcome:
    """Principals of other accounts get in only from those allowed."""

    def question(document: Document, kind: str, around: PolicyContext) -> Judgement:
        return about.cross_account(document, kind, around, allowed)

    return _ask(context, question, "no other account", absent=Status.PASS)


def demands_tls(context: Context) -> Outcome:
    """Every request without TLS is denied."""
    return _ask(context, _of_key(about.secure_transport), "every request without TLS denied", absent=Status.FAIL)


def has_no_not_elements(context: Context) -> Outcome:
    """No statement allows by what it does not name."""

    def question(document: Document, kind: str, around: PolicyContext) -> Judgement:
        return about.no_not_elements(document)

    return _ask(context, question, "no NotPrincipal, NotAction, NotResource", absent=Status.PASS)


def has_no_foreign_writers(context: Context, allowed: Iterable[str] = ()) -> Outcome:
    """Nobody but CloudTrail may write objects."""
    return _ask(context, _listing(about.foreign_writers, allowed), "no other writer", absent=Status.PASS)


def has_no_deleters(context: Context, allowed: Iterable[str] = ()) -> Outcome:
    """Nobody may destroy or alter objects."""
    return _ask(context, _listing(about.deleters, allowed), "nobody who destroys", absent=Status.PASS)


def has_no_guardrail_changers(context: Context, allowed: Iterable[str] = ()) -> Outcome:
    """Nobody may change what protects the bucket."""
    return _ask(
        context, _listing(about.guardrail_changers, allowed), "nobody who changes protection", absent=Status.PASS
    )


def has_listed_readers(context: Context, allowed: Iterable[str] = ()) -> Outcome:
    """Only those listed may read."""

    def question(document: Document, kind: str, around: PolicyContext) -> Judgement:
        return about.readers_listed(document, kind, around, allowed)

    return _ask(context, question, "only listed readers", absent=Status.PASS)


def restricts_decrypt(context: Context, allowed: Iterable[str] = ()) -> Outcome:
    """Only those listed, the account's root and administrators may decrypt."""
    return _ask(context, _listing(about.decrypt_restricted, allowed), "only listed readers decrypt", absent=Status.PASS)


def lets_this_trail_encrypt(context: Context) -> Outcome:
    """The policy of the trail's key lets this very trail describe it and get data keys."""
    trail = context.resource
    key = context.inventory.follow(trail, "key")
    if not isinstance(key, Resource):
        return _not_there(trail, "kms_key_id", key)
    inner = Context(context.inventory, key, context.parameters)
    return _ask(inner, about.trail_can_deliver, "the key lets this trail encrypt", absent=Status.FAIL, trail=trail)


def key_lets_topic_publish(context: Context) -> Outcome:
    """The key of an encrypted topic lets CloudTrail encrypt what it publishes; SNS's own key lets no service."""
    topic = context.resource
    key = context.inventory.follow(topic, "key")
    if str(topic["kms_master_key_id"]).removeprefix("arn:").endswith("alias/aws/sns"):
        leaf = Leaf(
            "kms_master_key_id",
            "a customer managed key",
            str(topic["kms_master_key_id"]),
            Status.FAIL,
            "no service can be let in by the policy of SNS's own key",
            topic.where("kms_master_key_id"),
        )
        return Outcome(Status.FAIL, (leaf,))
    if not isinstance(key, Resource):
        return _not_there(topic, "kms_master_key_id", key)
    if isinstance(key["policy"], Unknown):
        return _not_known(key, key["policy"], "lets CloudTrail publish")
    published = context_of(topic, context.inventory)
    around = replace(
        context_of(key, context.inventory),
        topic_arn=published.topic_arn,
        trail_arns=published.trail_arns,
        trail_accounts=published.trail_accounts,
    )

    def question(document: Document, kind: str, _: PolicyContext) -> Judgement:
        return about.topic_key_usable(document, around, (SERVICE,))

    inner = Context(context.inventory, key, context.parameters)
    return _ask(inner, question, "lets CloudTrail publish", absent=Status.FAIL)


def _least_privilege(document: Document, kind: str, around: PolicyContext) -> Judgement:
    part = judged(document, kind, around, {"least": least_privilege})["least"]
    return judgement_of(part, "no request goes beyond what is needed")


def _topic_source_arn(document: Document, kind: str, around: PolicyContext) -> Judgement:
    part = judged(document, kind, around, {"named": topic_source_arn})["named"]
    if part.truth is None and not any(doubt.unknown for doubt in part.doubts):
        return Judgement(Status.NOT_APPLICABLE, "the policy grants CloudTrail no Publish that could happen")
    return judgement_of(part, "CloudTrail's Publish is refused unless aws:SourceArn names an own trail")


def _of_key(question: Callable[[Document, PolicyContext], Judgement]) -> Question:
    return lambda document, kind, around: question(document, around)


def _listing(question: Callable[..., Judgement], allowed: Iterable[str]) -> Question:
    return lambda document, kind, around: question(document, around, allowed)


def _ask(
    context: Context, question: Question, wanted: str, *, absent: Status, trail: Resource | None = None
) -> Outcome:
    """Put a question to the policy of the context's resource; `absent` is the answer for one without a policy.

    Of an account the outcome says as well which layers of permission it is not about.
    """
    outcome = _asked(context, question, wanted, absent, trail)
    return replace(outcome, leaves=(*outcome.leaves, *layers(context.resource)))


def _asked(context: Context, question: Question, wanted: str, absent: Status, trail: Resource | None) -> Outcome:
    resource = context.resource
    policy = resource["policy"]
    if isinstance(policy, Unknown):
        return _not_known(resource, policy, wanted)
    if policy is None:
        leaf = Leaf("policy", wanted, "there is no policy", absent, location=resource.location)
        return Outcome(absent, (leaf,))
    around = context_of(resource, context.inventory, trail=trail)
    try:
        judgement = question(_of_its_own(policy, resource), SERVICES[resource.kind.name], around)
    except DocumentError as error:
        where = policy.places.at(()) or resource.address
        context.inventory.faults.append(Fault(str(where), "malformed", f"{resource.address}: is no policy: {error}"))
        unreadable = Unknown(f"{resource.address}.policy", f"is no policy: {error}", "mend the document", is_set=True)
        return _in_spite_of(policy, question, resource, around) or _not_known(resource, unreadable, wanted)
    return _outcome(resource, policy, judgement, wanted, around)


def _in_spite_of(policy: Document, question: Question, resource: Resource, around: PolicyContext) -> Outcome | None:
    """Return the failure of a policy that AWS would refuse, if its unfinished statements let too much through anyhow.

    A statement that names nobody, no action or no resource never passes; read as one for all, it may still fail.
    """
    completed = Document(_completed(policy.value), policy.places)
    try:
        judgement = question(completed, SERVICES[resource.kind.name], around)
    except DocumentError:
        return None
    if judgement.status is not Status.FAIL:
        return None
    return _outcome(resource, completed, judgement, "a whole statement, and no such request", around)


def _completed(value: Value) -> Value:
    """Return a policy whose statements have principals, actions and resources: where they name none, all."""
    if not isinstance(value, dict):
        return value
    statements = value.get("Statement")
    several = statements if isinstance(statements, list) else [statements]
    return {**value, "Statement": [_finished(one) if isinstance(one, dict) else one for one in several]}


def _finished(statement: dict[str, Value]) -> dict[str, Value]:
    unreadable = {
        name for name in ("Action", "NotAction", "Resource", "NotResource") if isinstance(statement.get(name), dict)
    }
    rest = {name: value for name, value in statement.items() if name not in unreadable}
    missing = [name for name in ("Principal", "Action", "Resource") if not {name, f"Not{name}"} & set(rest)]
    return {**rest, **dict.fromkeys(missing, "*")}


def _of_its_own(policy: Document, resource: Resource) -> Document:
    """Return a key's policy with `*` for its resources: whatever it names there can only be this key.

    (KMS Developer Guide, "Key policy statement elements", Resource.)
    """
    value = policy.value
    if resource.kind.name != "key" or not isinstance(value, dict) or not isinstance(value.get("Statement"), list):
        return policy
    written = [
        {**one, "Resource": "*"} if isinstance(one, dict) and "Resource" in one else one for one in value["Statement"]
    ]
    return Document({**value, "Statement": written}, policy.places)


def _outcome(resource: Resource, policy: Document, judgement: Judgement, wanted: str, around: PolicyContext) -> Outcome:
    where = policy.places.at(()) or resource.where("policy")
    if judgement.status is Status.UNKNOWN:
        missing = judgement.unknown or next(unknowns(policy.value), None) or Unknown("the policy", judgement.because)
        because = judgement.because
        if missing.what.startswith(CONTEXT):
            # A field of the context that the semantics miss: here it has a reason of its own.
            missing = next(unknowns(getattr(around, missing.what.removeprefix(CONTEXT))), missing)
            because = str(missing)
        leaf = Leaf("policy", wanted, "not known", judgement.status, because, where)
        return Outcome(judgement.status, (leaf,), (missing,))
    leaves = [Leaf("policy", wanted, CLAUSE.get(judgement.status, ""), judgement.status, judgement.because, where)]
    if judgement.witnesses:
        leaves = [_leaf(policy, one, wanted, resource) for one in judgement.witnesses]
    return Outcome(judgement.status, tuple(leaves), (), judgement.witness)


def _leaf(policy: Document, witness: Any, wanted: str, resource: Resource) -> Leaf:
    position = witness.statement.position if witness.statement else None
    request = witness.to_json()
    if position is None:
        return Leaf("policy", wanted, "no statement allows it", Status.FAIL, witness.why, policy.places.at(()))
    return Leaf(
        f"policy.Statement[{position}]",
        wanted,
        f"{request['principal']['id']}: {request['action']}",
        Status.FAIL,
        witness.why,
        policy.places.at(("Statement", position)) or resource.where("policy"),
    )


def _not_known(resource: Resource, unknown: Unknown, wanted: str) -> Outcome:
    leaf = Leaf("policy", wanted, "not known", Status.UNKNOWN, str(unknown), resource.where("policy"))
    return Outcome(Status.UNKNOWN, (leaf,), (unknown,))


def _not_there(resource: Resource, attribute: str, target: object) -> Outcome:
    missing = target if isinstance(target, Unknown) else Unknown(f"{resource.address}.{attribute}", "leads nowhere")
    leaf = Leaf(
        attribute, "a resource of this scan", "not known", Status.UNKNOWN, str(missing), resource.where(attribute)
    )
    return Outcome(Status.UNKNOWN, (leaf,), (missing,))


LOOKS_AT: Final = {
    name: frozenset(("policy",))
    for name in (
        "is_least_privilege",
        "names_the_trail",
        "binds_cloudtrail",
        "binds_by_encryption_context",
        "lets_trails_deliver",
        "shuts_strangers_out",
        "shuts_other_accounts_out",
        "demands_tls",
        "has_no_not_elements",
        "has_no_foreign_writers",
        "has_no_deleters",
        "has_no_guardrail_changers",
        "has_listed_readers",
        "restricts_decrypt",
        "lets_this_trail_encrypt",
        "key_lets_topic_publish",
    )
}
