"""The names that a policy uses: accounts, organizations, principals, services.

A policy can tell apart only what it names. So a question about all accounts is
a question about those named, one that fits each partial pattern, and one that
nobody named: a stranger.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

from ctguard.policy.budget import Budget, Undecidable
from ctguard.policy.conditions import Condition
from ctguard.policy.grammar import Statement
from ctguard.policy.language import DIGIT, LOWER_ID, Item, Language, find_text, language_of, spell
from ctguard.policy.pattern import STAR, Pattern, Token, Wild, arn_segments, compile_pattern
from ctguard.policy.request import AWS, CANONICAL, CLOUDTRAIL, FEDERATED, SERVICE, account_of

_ACCOUNT_KEYS: Final = frozenset(
    (
        "aws:principalaccount",
        "aws:sourceaccount",
        "aws:sourceowner",
        "kms:calleraccount",
        "aws:resourceaccount",
        "s3:resourceaccount",
    )
)
_ARN_KEYS: Final = frozenset(("aws:principalarn", "aws:sourcearn", "kms:encryptioncontext:aws:cloudtrail:arn"))
_ORG_KEYS: Final = frozenset(("aws:principalorgid", "aws:sourceorgid", "aws:resourceorgid"))
_ORG_PATH_KEYS: Final = frozenset(("aws:principalorgpaths", "aws:sourceorgpaths", "aws:resourceorgpaths"))
_SERVICE_KEYS: Final = frozenset(("aws:principalservicename", "aws:principalservicenameslist"))

_ACCOUNT: Final = r"(?<!\d)\d{12}(?!\d)"
_PART_OF_ACCOUNT: Final = r"(?<![\w/.\-])(?=[0-9*?]*[*?])(?=[*?]*[0-9])[0-9*?]+"
_ACCOUNT_ID: Final = (Item(DIGIT),) * 12
_ORG_ID: Final = spell("o-", *(Item(LOWER_ID),) * 10, Item(LOWER_ID, loop=True))
_MOST_WAYS: Final = 32
_STEPS: Final = 200_000

STRANGERS: Final = ("999988887777", "888877776666", "777766665555", "666655554444")
STRANGE_ORGS: Final = ("o-stranger000", "o-stranger111", "o-stranger222")
OTHER_SERVICES: Final = ("config.amazonaws.com", "delivery.logs.amazonaws.com", "logging.s3.amazonaws.com")


class Vocabulary(NamedTuple):
    """What the statements name. `..._like` holds instances of patterns that fit some unnamed ones and not others."""

    accounts: tuple[str, ...] = ()
    accounts_like: tuple[str, ...] = ()
    orgs: tuple[str, ...] = ()
    orgs_like: tuple[str, ...] = ()
    arns: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    federated: tuple[str, ...] = ()
    canonical: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    keys: frozenset[str] = frozenset()

    def stranger(self, besides: Iterable[str] = ()) -> str:
        """Return an account that is named neither here nor in `besides`."""
        return _fresh(STRANGERS, {*self.accounts, *self.accounts_like, *besides}, lambda n: f"{900000000000 + n}")

    def strange_org(self, besides: Iterable[str] = ()) -> str:
        """Return an organization that is named neither here nor in `besides`."""
        return _fresh(STRANGE_ORGS, {*self.orgs, *self.orgs_like, *besides}, lambda n: f"o-strange{n:05}")

    def other_services(self) -> tuple[str, ...]:
        """Return the services beside CloudTrail that the policy can tell apart."""
        named = tuple(name for name in self.services if name != CLOUDTRAIL)
        return (*named, _fresh(OTHER_SERVICES, set(self.services), lambda n: f"service{n}.amazonaws.com"))


def vocabulary(statements: Iterable[Statement]) -> Vocabulary:
    """Return the names that stand in statements; raise Undecidable when they are too many to weigh."""
    found = _Found()
    budget = Budget(_STEPS)
    for statement in statements:
        for entry in statement.principals.entries if statement.principals else ():
            _note_principal(found, entry.type, entry.name)
        for condition in statement.conditions:
            found.keys[condition.key] = None
            _note_condition(found, condition)
        for pattern in (*statement.actions, *(statement.resources or ())):
            found.keys.update((variable.key, None) for variable in pattern.variables)
    return found.frozen(budget)


class _Found:
    """Names in the order of their first use."""

    def __init__(self) -> None:
        self.accounts: dict[str, None] = {}
        self.accounts_like: dict[Pattern, None] = {}
        self.orgs: dict[str, None] = {}
        self.orgs_like: dict[Pattern, None] = {}
        self.arns: dict[str, None] = {}
        self.services: dict[str, None] = {}
        self.federated: dict[str, None] = {}
        self.canonical: dict[str, None] = {}
        self.ids: dict[str, None] = {}
        self.keys: dict[str, None] = {}

    def frozen(self, budget: Budget) -> Vocabulary:
        return Vocabulary(
            tuple(self.accounts),
            _instances(self.accounts_like, _ACCOUNT_ID, self.accounts, budget),
            tuple(self.orgs),
            _instances(self.orgs_like, _ORG_ID, self.orgs, budget),
            tuple(self.arns),
            tuple(self.services),
            tuple(self.federated),
            tuple(self.canonical),
            tuple(self.ids),
            frozenset(self.keys),
        )


def _note_principal(found: _Found, kind: str, name: Pattern) -> None:
    literal = name.literal
    if literal is None:
        return
    if kind == AWS:
        account = account_of(literal)
        if account:
            found.accounts[account] = None
        if not literal.isdigit() and not literal.endswith(":root"):
            found.arns[literal] = None
        return
    {SERVICE: found.services, FEDERATED: found.federated, CANONICAL: found.canonical}[kind][literal] = None


def _note_condition(found: _Found, condition: Condition) -> None:
    for pattern in condition.values:
        found.keys.update((variable.key, None) for variable in pattern.variables)
        found.accounts.update((account, None) for account in re.findall(_ACCOUNT, str(pattern)))
        if condition.key in _ACCOUNT_KEYS and (pattern.literal or "0").isdigit():
            _note(pattern.tokens, found.accounts, found.accounts_like)
        elif condition.key in _ARN_KEYS:
            _note_arn(found, pattern, condition.key)
        elif condition.key in _ORG_KEYS:
            _note(pattern.tokens, found.orgs, found.orgs_like)
        elif condition.key in _ORG_PATH_KEYS:
            _note(_up_to_slash(pattern.tokens), found.orgs, found.orgs_like)
        elif condition.key in _SERVICE_KEYS:
            _note(pattern.tokens, found.services, None)
        elif condition.key == "aws:userid":
            _note_id(found, pattern)


def _note_arn(found: _Found, pattern: Pattern, key: str) -> None:
    segments = arn_segments(pattern)
    if segments is not None:
        _note(segments[4], found.accounts, None)
    # A star may reach over colons, so a part of an account id is looked for wherever it may stand.
    for part in re.findall(_PART_OF_ACCOUNT, str(pattern)) if pattern.literal is None else ():
        _note(compile_pattern(part, wild=True).tokens, found.accounts, found.accounts_like)
    literal = pattern.literal
    if key == "aws:principalarn" and literal and account_of(literal) and not literal.endswith(":root"):
        found.arns[literal] = None


def _note_id(found: _Found, pattern: Pattern) -> None:
    """Keep the unique id of a user or role: AWS gives it to one principal and never again."""
    first = pattern.tokens[0] if pattern.tokens else ""
    if isinstance(first, str) and (":" in first or pattern.literal is not None):
        found.ids[first.split(":", 1)[0]] = None


def _note(tokens: tuple[Token, ...], named: dict[str, None], like: dict[Pattern, None] | None) -> None:
    """Keep a literal name, or a pattern that fits some names and not others."""
    if not tokens or tokens == (STAR,) or not all(isinstance(token, str | Wild) for token in tokens):
        return
    if all(isinstance(token, str) for token in tokens):
        named["".join(str(token) for token in tokens)] = None
    elif like is not None:
        like[Pattern(tokens)] = None


def _instances(patterns: Iterable[Pattern], domain: Language, named: Iterable[str], budget: Budget) -> tuple[str, ...]:
    """Return one unnamed text for every way in which a text may fit some of the patterns and not the others."""
    ways: list[tuple[list[Language], list[Language]]] = [([], [spell(name) for name in named])]
    for pattern in patterns:
        language = language_of(pattern)
        split = [
            way
            for fits, fails in ways
            for way in (([*fits, language], fails), (fits, [*fails, language]))
            if _text_of(way, domain, budget) is not None
        ]
        if len(split) > _MOST_WAYS:
            raise Undecidable("the policy names accounts or organizations by too many partial patterns")
        ways = split
    return tuple(text for way in ways if (way[0] or len(ways) > 1) and (text := _text_of(way, domain, budget)))


def _text_of(way: tuple[list[Language], list[Language]], domain: Language, budget: Budget) -> str | None:
    return find_text([[domain], *([fit] for fit in way[0])], way[1], budget)


def _up_to_slash(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    kept: list[Token] = []
    for token in tokens:
        if isinstance(token, str) and "/" in token:
            return (*kept, token.split("/", 1)[0])
        kept.append(token)
    return tuple(kept)


def _fresh(preferred: Iterable[str], taken: set[str], numbered: Callable[[int], str]) -> str:
    return next(name for name in _endless(preferred, numbered) if name not in taken)


def _endless(preferred: Iterable[str], numbered: Callable[[int], str]) -> Iterator[str]:
    yield from preferred
    number = 0
    while True:
        yield numbered(number)
        number += 1
