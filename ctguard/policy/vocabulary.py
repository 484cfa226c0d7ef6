"""The names that a policy uses: accounts, organizations, principals, services.

A policy can tell apart only what it names. So a question about all accounts is
a question about those named, one that fits each partial pattern, and one that
nobody named: a stranger.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from ctguard.policy.budget import Budget, Undecidable
from ctguard.policy.conditions import Condition, parse_date, parse_number
from ctguard.policy.grammar import Statement
from ctguard.policy.language import DIGIT, LOWER_ID, Item, Language, accepts, find_text, language_of, spell
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
_ACCOUNT_NAME: Final = re.compile(r"[0-9]{12}")
_ORG_NAME: Final = re.compile(r"o-[a-z0-9]+")
_ANY_NAME: Final = re.compile(r".+", re.DOTALL)
_MOST_ACCOUNTS: Final = 10**12
_PART_OF_ACCOUNT: Final = r"(?<![\w/.\-])(?=[0-9*?]*[*?])(?=[*?]*[0-9])[0-9*?]+"
_ACCOUNT_ID: Final = (Item(DIGIT),) * 12
_ORG_ID: Final = spell("o-", *(Item(LOWER_ID),) * 10, Item(LOWER_ID, loop=True))
_MOST_WAYS: Final = 32
_STEPS: Final = 200_000

STRANGERS: Final = ("999988887777", "888877776666", "777766665555", "666655554444")
STRANGE_ORGS: Final = ("o-stranger000", "o-stranger111", "o-stranger222")
OTHER_SERVICES: Final = ("config.amazonaws.com", "delivery.logs.amazonaws.com", "logging.s3.amazonaws.com")


class Vocabulary(Struct, frozen=True):
    """What the statements name.

    `..._like` holds instances of patterns that fit some unnamed ones and not
    others; where these are too many to weigh they are not `complete`: a request
    found among them is one, but that there is none proves nothing.
    """

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
    complete: bool = True

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
    """Return the names that stand in statements."""
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
        self.numbers: dict[int, None] = {}
        self.orgs: dict[str, None] = {}
        self.orgs_like: dict[Pattern, None] = {}
        self.arns: dict[str, None] = {}
        self.services: dict[str, None] = {}
        self.federated: dict[str, None] = {}
        self.canonical: dict[str, None] = {}
        self.ids: dict[str, None] = {}
        self.keys: dict[str, None] = {}

    def frozen(self, budget: Budget) -> Vocabulary:
        accounts, all_accounts = _instances(self.accounts_like, _ACCOUNT_ID, self.accounts, budget)
        orgs, all_orgs = _instances(self.orgs_like, _ORG_ID, self.orgs, budget)
        beside = tuple(one for one in _beside(self.numbers) if one not in self.accounts)
        # What fits a pattern and lies between two numbers as well was not sought.
        weighed = not (beside and self.accounts_like) and len(self.numbers) <= _MOST_WAYS
        return Vocabulary(
            tuple(self.accounts),
            tuple(dict.fromkeys((*accounts, *beside))),
            tuple(self.orgs),
            orgs,
            tuple(self.arns),
            tuple(self.services),
            tuple(self.federated),
            tuple(self.canonical),
            tuple(self.ids),
            frozenset(self.keys),
            all_accounts and all_orgs and weighed,
        )


def _note_principal(found: _Found, kind: str, name: Pattern) -> None:
    literal = name.literal
    if literal is None:
        return
    if kind == AWS:
        account = account_of(literal)
        if account and _ACCOUNT_NAME.fullmatch(account):
            found.accounts[account] = None
        if not literal.isdigit() and not literal.endswith(":root"):
            found.arns[literal] = None
        return
    {SERVICE: found.services, FEDERATED: found.federated, CANONICAL: found.canonical}[kind][literal] = None


def _note_condition(found: _Found, condition: Condition) -> None:
    for pattern in condition.values:
        found.keys.update((variable.key, None) for variable in pattern.variables)
        found.accounts.update((account, None) for account in re.findall(_ACCOUNT, str(pattern)))
        if condition.key in _ACCOUNT_KEYS:
            _note(pattern.tokens, found.accounts, found.accounts_like, _ACCOUNT_NAME)
            _note_number(found, condition, pattern)
        elif condition.key in _ARN_KEYS:
            _note_arn(found, pattern, condition.key)
        elif condition.key in _ORG_KEYS:
            _note(pattern.tokens, found.orgs, found.orgs_like, _ORG_NAME)
        elif condition.key in _ORG_PATH_KEYS:
            _note(_up_to_slash(pattern.tokens), found.orgs, found.orgs_like, _ORG_NAME)
        elif condition.key in _SERVICE_KEYS:
            _note(pattern.tokens, found.services, None)
        elif condition.key == "aws:userid":
            _note_id(found, pattern)


def _note_arn(found: _Found, pattern: Pattern, key: str) -> None:
    segments = arn_segments(pattern)
    if segments is not None:
        _note(segments[4], found.accounts, None, _ACCOUNT_NAME)
    # A star may reach over colons, so a part of an account id is looked for wherever it may stand.
    for part in re.findall(_PART_OF_ACCOUNT, str(pattern)) if pattern.literal is None else ():
        _note(compile_pattern(part, wild=True).tokens, found.accounts, found.accounts_like, _ACCOUNT_NAME)
    literal = pattern.literal
    if key == "aws:principalarn" and literal and account_of(literal) and not literal.endswith(":root"):
        found.arns[literal] = None


def _note_number(found: _Found, condition: Condition, pattern: Pattern) -> None:
    """Keep the number that an account is compared with, as a number or as a moment."""
    family = condition.operator.family if condition.operator else ""
    parse = {"number": parse_number, "date": parse_date}.get(family)
    bound = parse(pattern.literal) if parse and pattern.literal is not None else None
    if bound is not None and -1 <= bound <= _MOST_ACCOUNTS:
        found.numbers[int(bound)] = None


def _beside(numbers: Iterable[int]) -> Iterator[str]:
    """Yield the accounts at and next to numbers: one of each interval that the numbers tell apart."""
    for number in sorted(numbers)[:_MOST_WAYS]:
        for account in range(max(number - 1, 0), min(number + 2, _MOST_ACCOUNTS)):
            yield f"{account:012}"


def _note_id(found: _Found, pattern: Pattern) -> None:
    """Keep the unique id of a user or role: AWS gives it to one principal and never again."""
    first = pattern.tokens[0] if pattern.tokens else ""
    if isinstance(first, str) and (":" in first or pattern.literal is not None):
        found.ids[first.split(":", 1)[0]] = None


def _note(
    tokens: tuple[Token, ...],
    named: dict[str, None],
    like: dict[Pattern, None] | None,
    form: re.Pattern[str] = _ANY_NAME,
) -> None:
    """Keep a literal name, if it is one of a form, or a pattern that fits some names and not others."""
    if not tokens or tokens == (STAR,) or not all(isinstance(token, str | Wild) for token in tokens):
        return
    if all(isinstance(token, str) for token in tokens):
        name = "".join(str(token) for token in tokens)
        if form.fullmatch(name):
            named[name] = None
    elif like is not None:
        like[Pattern(tokens)] = None


class _Way(Struct, frozen=True):
    """A way in which a text may fit some patterns and not others, with such a text (None: not sought yet)."""

    fits: tuple[Language, ...]
    fails: tuple[Language, ...]
    text: str | None = None


def _instances(
    patterns: Iterable[Pattern], domain: Language, named: Iterable[str], budget: Budget
) -> tuple[tuple[str, ...], bool]:
    """Return an unnamed text for each way to fit some of the patterns and not the others, and whether these are all."""
    ways = [_Way((), tuple(spell(name) for name in named))]
    complete = True
    try:
        for pattern in patterns:
            split = [part for way in ways for part in _parted(way, language_of(pattern), domain, budget)]
            complete = len(split) <= _MOST_WAYS
            ways = split[:_MOST_WAYS]
            if not complete:
                break
    except Undecidable:
        complete = False
    return tuple(way.text for way in ways if way.text is not None and (way.fits or len(ways) > 1)), complete


def _parted(way: _Way, language: Language, domain: Language, budget: Budget) -> Iterator[_Way]:
    """Yield the ways within a way to fit one language more, and not to."""
    fits = way.text is not None and accepts(language, way.text)
    for wider, known in (
        (replace(way, fits=(*way.fits, language)), fits),
        (replace(way, fails=(*way.fails, language)), way.text is not None and not fits),
    ):
        text = way.text if known else find_text([[domain], *([one] for one in wider.fits)], wider.fails, budget)
        if text is not None:
            yield replace(wider, text=text)


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
