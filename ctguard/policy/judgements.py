"""Single questions about the policy of a bucket, topic or key, for rules that look at one side of it.

Each takes the document and what it stands around, and holds for all requests.
`allowed` lists name whom a rule's user accepts: ARNs, account ids, organization
ids, service names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from msgspec.structs import replace

from ctguard.model.logic import Status
from ctguard.model.values import Document, Unknown
from ctguard.policy import actions as a
from ctguard.policy import envelope as e
from ctguard.policy.actions import Action
from ctguard.policy.allowed import others_than
from ctguard.policy.bench import judged
from ctguard.policy.callers import NEVER, ROOT, TRAIL_CONTEXT, Shape, anonymous, restricted
from ctguard.policy.context import PolicyContext
from ctguard.policy.delivery import key_uses, refusal_of
from ctguard.policy.envelope import Clause
from ctguard.policy.excess import Bench, first_allowed
from ctguard.policy.grammar import Statement, is_unknown, parse_policy
from ctguard.policy.judgement import Judgement, judgement_of
from ctguard.policy.part import Part, Witness, none_of, unlike
from ctguard.policy.public import outsiders
from ctguard.policy.request import CLOUDTRAIL
from ctguard.policy.transport import plaintext_denied
from ctguard.policy.verdict import delivers
from ctguard.policy.wording import RESOURCES, why_refused
from ctguard.policy.worlds import World

CLOUDWATCH: Final = "cloudwatch.amazonaws.com"
_UNNAMED_SOURCE: Final = dict.fromkeys(
    ("aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths"), NEVER
)


def nobody_outside(document: Document, kind: str, context: PolicyContext) -> Judgement:
    """Judge whether no statement can be satisfied by a stranger: without credentials, or of any account at all."""

    def clauses(bench: Bench) -> list[Clause]:
        return [Clause(e.PUBLIC, outsiders(bench), bench.actions)]

    return _none(document, kind, context, clauses, f"no statement lets a stranger at {RESOURCES[kind]}")


def secure_transport(document: Document, context: PolicyContext) -> Judgement:
    """Judge whether every request without TLS is denied: anybody's, for any action, on the bucket and its objects."""
    part = judged(document, "s3", context, {"tls": plaintext_denied})["tls"]
    return judgement_of(part, "every request without TLS is denied")


def cross_account(document: Document, kind: str, context: PolicyContext, allowed: Iterable[str] = ()) -> Judgement:
    """Judge whether principals of other accounts get in only from `allowed` accounts or organizations."""
    names = tuple(allowed)

    def clauses(bench: Bench) -> list[Clause]:
        owner = bench.setting.owner
        shapes = [shape for shape in e.all_principals(bench.setting, bench.words) if shape.account != owner]
        if owner is None:
            named = set(bench.words.accounts)
            shapes = [e.doubtful_owner(shape) if shape.account in named else shape for shape in shapes]
        return [Clause(e.CROSS_ACCOUNT, others_than(shapes, names), bench.actions)]

    return _none(document, kind, context, clauses, "no other account gets in beside those listed")


def no_not_elements(document: Document) -> Judgement:
    """Judge whether no Allow uses NotPrincipal, NotAction or NotResource: they grant whatever nobody thought of."""
    policy = parse_policy(document)
    found = [(statement, name) for statement in policy.allows() for name in _not_elements(statement)]
    if certain := [(statement, name) for statement, name in found if statement.effect == "Allow"]:
        because = "; ".join(f"{statement.name} allows by {name}" for statement, name in certain)
        return Judgement(Status.FAIL, because, statement=certain[0][0].position)
    for statement in policy.allows():
        if isinstance(statement.effect, Unknown) and (is_unknown(statement) or _not_elements(statement)):
            because = f"{statement.name} perhaps allows by what it does not name"
            return Judgement(Status.UNKNOWN, because, statement=statement.position, unknown=statement.effect)
    return Judgement(Status.PASS, "no statement allows by NotPrincipal, NotAction or NotResource")


def _not_elements(statement: Statement) -> list[str]:
    used = {
        "NotPrincipal": statement.principals is not None and statement.principals.negated,
        "NotAction": statement.not_actions,
        "NotResource": statement.not_resources,
    }
    return [name for name, is_used in used.items() if is_used]


def bound_by_source(document: Document, kind: str, context: PolicyContext) -> Judgement:
    """Judge whether CloudTrail writes (publishes, gets data keys) for own trails only, by the source keys alone."""
    wanted = {"s3": frozenset({a.PUT_OBJECT}), "sns": frozenset({a.PUBLISH}), "kms": a.DATA_KEYS}[kind]

    def clauses(bench: Bench) -> list[Clause]:
        shapes = e.unbound_trails(bench.setting, bench.words)
        if kind == "kms":  # whether the encryption context binds as well is another question
            own = e.own_trails(bench.setting, bench.words)
            shapes += tuple(restricted(shape, _UNNAMED_SOURCE) for shape in own)
        return [Clause(e.UNBOUND, shapes, _only(bench, wanted))]

    return _none(document, kind, context, clauses, "CloudTrail is let in for own trails only")


def bound_by_encryption_context(document: Document, context: PolicyContext) -> Judgement:
    """Judge whether CloudTrail gets data keys only with the encryption context of an own trail."""

    def clauses(bench: Bench) -> list[Clause]:
        own = e.own_trails(bench.setting, bench.words)
        shapes = (restricted(shape, {TRAIL_CONTEXT: NEVER}) for shape in own)
        foreign = e.unbound_trails(bench.setting, bench.words)
        return [Clause(e.WITHOUT_CONTEXT, (*shapes, *foreign), _only(bench, a.DATA_KEYS))]

    return _none(document, "kms", context, clauses, "CloudTrail gets data keys for the files of own trails only")


def foreign_writers(document: Document, context: PolicyContext, allowed: Iterable[str] = ()) -> Judgement:
    """Judge whether nobody but CloudTrail, and those `allowed`, may put objects into the bucket."""
    return _nobody_else(document, context, allowed, a.OBJECT_CREATION, "nobody but CloudTrail may write objects")


def deleters(document: Document, context: PolicyContext, allowed: Iterable[str] = ()) -> Judgement:
    """Judge whether nobody, CloudTrail included, may destroy or alter objects, but for those `allowed`."""
    holds = "nobody may destroy or alter log files"
    return _nobody_else(document, context, allowed, a.OBJECT_DESTRUCTION, holds, with_trails=True)


def guardrail_changers(document: Document, context: PolicyContext, allowed: Iterable[str] = ()) -> Judgement:
    """Judge whether nobody may change what protects the bucket, but for those `allowed`."""
    guardrails = frozenset(one.name for one in a.known_actions("s3") if one.writes and one.on != a.OBJECT)
    holds = "nobody may change what guards the bucket"
    return _nobody_else(document, context, allowed, guardrails, holds, with_trails=True)


def readers_listed(document: Document, kind: str, context: PolicyContext, allowed: Iterable[str]) -> Judgement:
    """Judge whether only those `allowed` may read the bucket or topic, or decrypt with the key."""
    names = tuple(allowed)

    def clauses(bench: Bench) -> list[Clause]:
        reading = _only(bench, {a.DECRYPT}) if kind == "kms" else tuple(one for one in bench.actions if not one.writes)
        return [Clause(e.UNLISTED_READ, _people(bench, names), reading)]

    return _none(document, kind, context, clauses, "only those listed may read")


def decrypt_restricted(
    document: Document, context: PolicyContext, allowed: Iterable[str] = (), *, service_needs_decrypt: bool = False
) -> Judgement:
    """Judge whether only those `allowed`, the own root and the administrators may decrypt with the key.

    What is granted to the root's ARN the account decides by itself. CloudTrail
    may decrypt for own trails where it needs to (a bucket key, a topic's key).
    """
    names = tuple(allowed)

    def clauses(bench: Bench) -> list[Clause]:
        owner = bench.setting.owner
        people = _people(bench, (*names, *(bench.setting.key_admins or ())))
        shapes = tuple(
            replace(shape, delegates=shape.account != owner)
            for shape in people
            if not (shape.kind == ROOT and shape.account == owner)
        )
        trails = e.unbound_trails if service_needs_decrypt else e.any_trail
        decrypt = _only(bench, {a.DECRYPT})
        return [
            Clause(e.UNLISTED_READ, shapes, decrypt),
            Clause(e.SERVICE_MORE, trails(bench.setting, bench.words), decrypt),
        ]

    return _none(document, "kms", context, clauses, "only those listed may decrypt")


def trail_can_deliver(document: Document, kind: str, context: PolicyContext) -> Judgement:
    """Judge whether the policy allows all that the trails' deliveries need."""
    part = judged(document, kind, context, {"delivers": delivers})["delivers"]
    return judgement_of(part, f"CloudTrail can use {RESOURCES[kind]}")


def topic_key_usable(
    document: Document, context: PolicyContext, services: Iterable[str] = (CLOUDTRAIL, CLOUDWATCH)
) -> Judgement:
    """Judge whether the key of an encrypted topic lets services publish: kms:GenerateDataKey and kms:Decrypt.

    SNS Developer Guide, "Enable compatibility between event sources from AWS
    services and encrypted topics".
    """
    publishers = tuple(services)

    def judge(bench: Bench, world: World) -> Part:
        trails = world.variants[0].trails if world.variants else ()
        refusals = [
            refusal
            for use in key_uses(bench.setting, publishers, trails, context.topic_arn)
            if (refusal := refusal_of(bench.policy, use, bench.setting, bench.search.budget)) is not None
        ]
        sure = [one for one in refusals if one.doubt is None]
        if not sure:
            return Part(None if refusals else True, (), unlike(one.doubt for one in refusals))
        return Part(
            False,
            tuple(Witness(one.request, one.statement, "unusable", why_refused(one, bench.policy)) for one in sure),
        )

    part = judged(document, "kms", context, {"usable": judge})["usable"]
    return judgement_of(part, "the key lets those who publish encrypt")


def _nobody_else(
    document: Document,
    context: PolicyContext,
    allowed: Iterable[str],
    wanted: frozenset[str],
    holds: str,
    *,
    with_trails: bool = False,
) -> Judgement:
    accepted = tuple(allowed)

    def clauses(bench: Bench) -> list[Clause]:
        setting, words = bench.setting, bench.words
        services = e.other_services(setting, words, e.every_account(setting, words))
        trails = e.any_trail(setting, words) if with_trails else ()
        # What nobody knows may do anything.
        actions = tuple(one for one in bench.actions if one.name in wanted or not one.known)
        people = Clause(e.PRINCIPAL_WRITE, _people(bench, accepted), actions)
        return [people, Clause(e.SERVICE_WRITE, others_than((*trails, *services), accepted), actions)]

    return _none(document, "s3", context, clauses, holds)


def _people(bench: Bench, allowed: Sequence[str]) -> tuple[Shape, ...]:
    return others_than((anonymous(), *e.all_principals(bench.setting, bench.words)), allowed)


def _only(bench: Bench, names: Iterable[str]) -> tuple[Action, ...]:
    return tuple(action for action in bench.actions if action.name in names)


def _none(
    document: Document, kind: str, context: PolicyContext, clauses: Callable[[Bench], list[Clause]], holds: str
) -> Judgement:
    """Judge whether no request of some clauses is allowed."""

    def judge(bench: Bench, _: World) -> Part:
        asked = clauses(bench)
        found = (first_allowed(bench, statement, clause) for statement in bench.policy.allows() for clause in asked)
        return none_of((one for one in found if one is not None), bench)

    return judgement_of(judged(document, kind, context, {"none": judge})["none"], holds)
