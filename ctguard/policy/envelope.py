"""What a least-privilege policy must not allow, clause by clause.

A clause is a set of callers and a set of actions; a request of theirs that the
policy allows is an excess. The clauses for buckets, topics and keys follow one
definition: only CloudTrail writes logs, only for own trails; nobody changes what
guards them; nobody reads whom the policy does not name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from ctguard.policy import actions as a
from ctguard.policy.actions import Action
from ctguard.policy.callers import (
    KINDS,
    NEVER,
    PRINCIPAL_ARN,
    ROOT,
    TRAIL_CONTEXT,
    Shape,
    anonymous,
    named_principal,
    naming_no_trail,
    principal,
    restricted,
    service,
)
from ctguard.policy.conditions import OPERATORS, Condition
from ctguard.policy.context import NOT_GIVEN
from ctguard.policy.domain import Literal
from ctguard.policy.doubt import Doubt, missing
from ctguard.policy.language import ANY, Item, Language, spell
from ctguard.policy.pattern import literal_pattern
from ctguard.policy.principals import is_session_of
from ctguard.policy.request import AWS, CANONICAL, CLOUDTRAIL, FEDERATED, account_of
from ctguard.policy.setting import Setting
from ctguard.policy.vocabulary import Vocabulary

UNBOUND: Final = "unbound"
SERVICE_MORE: Final = "service-more"
ANONYMOUS_WRITE: Final = "anonymous-write"
PRINCIPAL_WRITE: Final = "principal-write"
SERVICE_WRITE: Final = "service-write"
ANONYMOUS_READ: Final = "anonymous-read"
STRANGER_READ: Final = "stranger-read"
ADMINISTRATION: Final = "administration"
STRANGER_USE: Final = "stranger-use"
PUBLIC: Final = "public"
CROSS_ACCOUNT: Final = "cross-account"
UNLISTED_READ: Final = "unlisted-read"
WITHOUT_CONTEXT: Final = "without-encryption-context"

_PRINCIPAL_ORG_KEYS: Final = frozenset({"aws:principalorgid", "aws:principalorgpaths"})
_SOURCE_ORG_KEYS: Final = frozenset({"aws:sourceorgid", "aws:sourceorgpaths"})
DOUBTFUL_TRAILS: Final = missing(NOT_GIVEN["trail_accounts"])
_UNHEARD_OF: Final = Doubt("whether its action administers the key is not known: no such action is documented")
_DOUBTFUL_ADMINS: Final = missing(NOT_GIVEN["key_admins"])


class Clause(Struct, frozen=True):
    """Requests that must not be allowed: their kind, who makes them, what they ask for.

    Those `by_name` count only in statements that do not speak of everybody.
    """

    kind: str
    shapes: tuple[Shape, ...]
    actions: tuple[Action, ...]
    also: Callable[[Action], tuple[Literal, ...]] = lambda _: ()
    by_name: tuple[Shape, ...] = ()


def clauses(setting: Setting, words: Vocabulary, actions: Iterable[Action]) -> tuple[Clause, ...]:
    """Return the clauses for the kind of resource that the setting is about."""
    known = tuple(actions)
    return {"s3": _bucket_clauses, "sns": _topic_clauses, "kms": _key_clauses}[setting.service](setting, words, known)


def _bucket_clauses(setting: Setting, words: Vocabulary, actions: tuple[Action, ...]) -> tuple[Clause, ...]:
    writing = tuple(action for action in actions if action.writes)
    reading = tuple(action for action in actions if not action.writes)
    more = tuple(action for action in writing if action.name != a.PUT_OBJECT)
    return (
        Clause(UNBOUND, unbound_trails(setting, words), _only(writing, {a.PUT_OBJECT})),
        Clause(SERVICE_MORE, any_trail(setting, words), more),
        Clause(ANONYMOUS_WRITE, (anonymous(),), writing),
        Clause(PRINCIPAL_WRITE, all_principals(setting, words), writing),
        Clause(SERVICE_WRITE, other_services(setting, words, every_account(setting, words)), writing),
        Clause(ANONYMOUS_READ, (anonymous(),), reading),
        Clause(STRANGER_READ, strangers(setting, words), reading),
    )


def _topic_clauses(setting: Setting, words: Vocabulary, actions: tuple[Action, ...]) -> tuple[Clause, ...]:
    publish = _only(actions, {a.PUBLISH})
    more = tuple(action for action in actions if action.writes and action.name != a.PUBLISH)
    reading = tuple(action for action in actions if not action.writes)
    foreign = tuple(account for account in every_account(setting, words) if account != setting.owner)
    outsiders = tuple(shape for shape in all_principals(setting, words) if shape.account != setting.owner)
    services = other_services(setting, words, every_account(setting, words))
    # In a statement for everybody, aws:SourceOwner stands for the own account: so SNS writes a new topic's policy.
    ownerless = tuple(restricted(shape, {"aws:sourceowner": NEVER}) for shape in services)
    return (
        Clause(UNBOUND, unbound_trails(setting, words), publish),
        Clause(SERVICE_MORE, any_trail(setting, words), more),
        Clause(ANONYMOUS_WRITE, (anonymous(),), publish + more),
        Clause(PRINCIPAL_WRITE, outsiders, publish + more),
        Clause(SERVICE_WRITE, other_services(setting, words, foreign), publish),
        Clause(SERVICE_WRITE, ownerless, more, by_name=services),
        Clause(ANONYMOUS_READ, (anonymous(),), reading),
        Clause(STRANGER_READ, strangers(setting, words), reading),
    )


def _key_clauses(setting: Setting, words: Vocabulary, actions: tuple[Action, ...]) -> tuple[Clause, ...]:
    administering = _only(actions, a.KEY_ADMINISTRATION)
    unheard_of = tuple(action for action in actions if not action.known)
    using = _only(actions, a.KEY_USE)
    others = {
        SERVICE_MORE: any_trail(setting, words),
        ADMINISTRATION: _not_administrators(setting, words),
        SERVICE_WRITE: other_services(setting, words, every_account(setting, words)),
    }
    return (
        Clause(UNBOUND, unbound_trails(setting, words), using),
        *(Clause(kind, shapes, administering, _not_for_services) for kind, shapes in others.items()),
        *(Clause(kind, tuple(map(_perhaps, shapes)), unheard_of) for kind, shapes in others.items()),
        Clause(STRANGER_USE, strangers(setting, words), using + _only(actions, {a.CREATE_GRANT})),
    )


def _perhaps(shape: Shape) -> Shape:
    """Return a shape of which nobody knows whether an action, one that no table lists, is administration to it."""
    return replace(shape, certain=False, doubt=shape.doubt or _UNHEARD_OF)


def _only(actions: tuple[Action, ...], names: Iterable[str]) -> tuple[Action, ...]:
    return tuple(action for action in actions if action.name in names)


def _not_for_services(action: Action) -> tuple[Literal, ...]:
    """A grant that AWS services may ask for only for their own resources is no administration."""
    if action.name != a.CREATE_GRANT:
        return ()
    for_service = Condition("Bool", OPERATORS["Bool"], "kms:grantisforawsresource", (literal_pattern("true"),))
    return (Literal(for_service, False),)


def doubtful_owner(shape: Shape) -> Shape:
    """Return a shape of which nobody knows whether it is the owner's."""
    return replace(shape, certain=False, doubt=Doubt("whose the resource is, is not known"))


def every_account(setting: Setting, words: Vocabulary) -> tuple[str, ...]:
    """Return the accounts that the policy can tell apart, and one that it cannot: a stranger's first."""
    own = [setting.owner] if setting.owner else []
    named = dict.fromkeys([*own, *setting.trail_accounts, *words.accounts, *words.accounts_like])
    return (words.stranger(named), *named)


def unbound_trails(setting: Setting, words: Vocabulary) -> tuple[Shape, ...]:
    """Return CloudTrail's calls that are not bound to an own trail."""
    accounts = [one for one in every_account(setting, words) if one not in setting.trail_accounts]
    orgs = [org for org in _source_orgs(setting, words) if org is None or org != setting.org_id]
    shapes = [service(setting, CLOUDTRAIL, account, org) for org in orgs for account in accounts]
    # An own channel or event data store is no trail: without the account's id its calls are not bound either.
    nameless = {"aws:sourceaccount": NEVER, TRAIL_CONTEXT: NEVER}
    own = [service(setting, CLOUDTRAIL, account, org) for org in orgs for account in setting.trail_accounts]
    trailless = tuple(restricted(naming_no_trail(shape), nameless) for shape in own)
    if setting.knows_trail_accounts:
        return (*shapes, *trailless)
    sourceless = service(setting, CLOUDTRAIL, accounts[0], None, sourceless=True)
    return (sourceless, *trailless, *(replace(shape, certain=False, doubt=DOUBTFUL_TRAILS) for shape in shapes))


def own_trails(setting: Setting, words: Vocabulary) -> tuple[Shape, ...]:
    """Return CloudTrail's calls for trails of own accounts."""
    orgs = _source_orgs(setting, words)
    return tuple(service(setting, CLOUDTRAIL, account, org) for org in orgs for account in setting.trail_accounts)


def any_trail(setting: Setting, words: Vocabulary) -> tuple[Shape, ...]:
    """Return CloudTrail's calls for all trails that the policy can tell apart."""
    accounts = every_account(setting, words)
    return tuple(
        service(setting, CLOUDTRAIL, account, org) for org in _source_orgs(setting, words) for account in accounts
    )


def other_services(setting: Setting, words: Vocabulary, accounts: tuple[str, ...]) -> tuple[Shape, ...]:
    """Return the calls of other AWS services for resources of accounts."""
    shapes = tuple(
        service(setting, name, account, org)
        for name in words.other_services()
        for org in _source_orgs(setting, words)
        for account in accounts
    )
    if setting.bucket_arn is None:
        return shapes
    # An own bucket is known by its name: nobody else can have one that is called the same.
    own = spell(setting.bucket_arn)
    return tuple(_without(shape, "aws:sourcearn", (own,)) for shape in shapes)


def _source_orgs(setting: Setting, words: Vocabulary) -> tuple[str | None, ...]:
    if not words.keys & _SOURCE_ORG_KEYS:
        return (None,)
    named = dict.fromkeys([*([setting.org_id] if setting.org_id else []), *words.orgs, *words.orgs_like])
    return (setting.stranger_org, None, *named)


def all_principals(setting: Setting, words: Vocabulary) -> tuple[Shape, ...]:
    """Return every IAM principal that the policy can tell apart."""
    orgs = dict.fromkeys([None, *words.orgs, *words.orgs_like, setting.stranger_org])
    if not words.keys & _PRINCIPAL_ORG_KEYS:
        orgs = {None: None}
    accounts = every_account(setting, words)
    ordinary = [principal(setting, account, kind, org) for org in orgs for account in accounts for kind in KINDS]
    return (*ordinary, *_unusual(words, tuple(orgs)))


def _unusual(words: Vocabulary, orgs: tuple[str | None, ...]) -> Iterator[Shape]:
    """Yield the principals named by what is neither a user's nor a role's ARN."""
    for name in words.arns:
        if not _is_ordinary(name):
            yield from (named_principal(AWS, name, org) for org in orgs)
    yield from (named_principal(FEDERATED, name) for name in words.federated)
    yield from (named_principal(CANONICAL, name) for name in words.canonical)


def _is_ordinary(name: str) -> bool:
    resource = name.split(":", 5)[-1]
    return ":iam::" in name and account_of(name) != "cloudfront" and resource.startswith(("user/", "role/"))


def strangers(setting: Setting, words: Vocabulary) -> tuple[Shape, ...]:
    """Return the principals of accounts and organizations that the policy does not name."""
    known = every_account(setting, words)
    accounts = (known[0], *(one for one in words.accounts_like if one not in (setting.owner, *setting.trail_accounts)))
    orgs: tuple[str | None, ...] = (None,)
    if words.keys & _PRINCIPAL_ORG_KEYS:
        orgs = (None, setting.stranger_org, *(one for one in words.orgs_like if one != setting.org_id))
    ids = tuple(spell(one, Item(ANY, loop=True)) for one in words.ids)
    return tuple(
        principal(setting, account, kind, org, excluded_ids=ids, unnamed=True)
        for org in orgs
        for account in accounts
        for kind in KINDS
    )


def _not_administrators(setting: Setting, words: Vocabulary) -> tuple[Shape, ...]:
    """Return the principals that may not administer the key: all but the own root and the administrators."""
    shapes = [shape for shape in all_principals(setting, words) if not _is_own_root(shape, setting)]
    shapes = [replace(shape, delegates=shape.account != setting.owner) for shape in shapes]
    if setting.key_admins is not None:
        admins = tuple(name for name in setting.key_admins if not _names_owner(name, setting))
        return tuple(left for shape in shapes if (left := _other_than(shape, admins)))
    # Some of those named may be administrators; that a stranger is one, nobody would write down.
    named = {*words.accounts} - {setting.owner}
    sure = [
        left for shape in shapes if shape.account not in named and (left := _other_than(shape, words.arns)) is not None
    ]
    return (*sure, *(replace(shape, certain=False, doubt=_DOUBTFUL_ADMINS) for shape in shapes))


def _is_own_root(shape: Shape, setting: Setting) -> bool:
    return shape.kind == ROOT and shape.account == setting.owner and setting.owner is not None


def _names_owner(name: str, setting: Setting) -> bool:
    """The own root stands for the account's own decision, which is granted anyway; it names no administrator."""
    return (name.isdigit() or name.endswith(":root")) and (account_of(name) or name) == setting.owner


def _other_than(shape: Shape, names: tuple[str, ...]) -> Shape | None:
    """Return the shape without the principals named, or None when nobody is left."""
    whole = {name if name.isdigit() else account_of(name) for name in names if name.isdigit() or name.endswith(":root")}
    if shape.account in whole or shape.id in names or any(is_session_of(shape.id, name) for name in names):
        return None
    return _without(shape, PRINCIPAL_ARN, tuple(spell(name) for name in names)) if shape.type == AWS else shape


def _without(shape: Shape, key: str, texts: tuple[Language, ...]) -> Shape:
    domain = shape.fixed[key]
    if not domain.languages:
        return shape
    return restricted(shape, {key: replace(domain, excluded=(*domain.excluded, *texts))})
