"""What a request may carry under one condition key, and a choice among it that satisfies conditions.

A domain says whether the key may be missing and which values it may have.
`choose` finds a value that makes given conditions hold or fail, or proves that
there is none: equality by trying the values named, wildcards by walking their
languages, ordered values (numbers, times, addresses) by trying one of each
interval that the conditions tell apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from ctguard.model.values import Unknown
from ctguard.policy.budget import Budget, Undecidable
from ctguard.policy.conditions import PATTERN_FAMILIES, Condition, Present, holds, parse_date, parse_number
from ctguard.policy.language import ANY, Item, Language, accepts, example, find_text, language_of
from ctguard.policy.pattern import Pattern, Truth, arn_segments
from ctguard.policy.regions import in_each_region, is_in_a_region, may_be_in_a_region

FREE_TEXT: Final[tuple[Language, ...]] = ((Item(ANY, loop=True),),)
BOOLS: Final = ("true", "false")
TEXT: Final = "text"
ADDRESS: Final = "address"
MOMENT: Final = "moment"
_SOME_MOMENT: Final = 1767225600.0  # 2026-01-01


class Domain(Struct, frozen=True):
    """The values a key may have: the finite `values`, else texts of `languages` that are in none of `excluded`.

    `absent` says that the key may be missing, `shy` that it is when nothing asks
    for it. `kind` tells an ADDRESS, which must be in a network of `within` (if
    any) and in none of `outside`, and a MOMENT, in epoch seconds. `unsettled` tells
    why nobody can say what a request carries.
    """

    values: tuple[str, ...] = ()
    languages: tuple[Language, ...] = ()
    absent: bool = True
    shy: bool = True
    multi: bool = False
    excluded: tuple[Language, ...] = ()
    kind: str = TEXT
    within: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()
    unsettled: Unknown | None = None

    @property
    def finite(self) -> bool:
        return not self.languages and self.unsettled is None


class Literal(Struct, frozen=True):
    """A condition that must hold (`wanted`) or must not."""

    condition: Condition
    wanted: bool


class Impossible:
    """The answer that no value does."""

    __slots__ = ()


IMPOSSIBLE: Final = Impossible()
Choice: TypeAlias = "Present | Impossible"


class Chooser(Struct, frozen=True):
    """Chooses values. `sure` asks for what holds whatever the unknown parts are, else for what may hold.

    `known` keeps what was chosen before: the same question comes back for every caller.
    """

    sure: bool
    budget: Budget
    known: dict[tuple[Domain, tuple[Literal, ...]], Choice]

    def choose(self, domain: Domain, literals: tuple[Literal, ...]) -> Choice:
        """Return what a request may carry so that all literals are satisfied, or IMPOSSIBLE."""
        self.budget.spend(1 + len(literals))
        asked = (domain, literals)
        if asked not in self.known:
            self.known[asked] = self._chosen(domain, literals)
        return self.known[asked]

    def _chosen(self, domain: Domain, literals: tuple[Literal, ...]) -> Choice:
        if domain.unsettled is not None:
            return IMPOSSIBLE if literals and self.sure else domain.unsettled
        may_miss = domain.absent and all(self.satisfied(literal, None) for literal in literals)
        if may_miss and domain.shy and not literals:
            return None
        found = self._present(domain, literals)
        return None if isinstance(found, Impossible) and may_miss else found

    def satisfied(self, literal: Literal, present: Present) -> bool:
        """Say whether a literal is satisfied by what a request carries."""
        return self.accepts(holds(literal.condition, present, _no_variables), literal.wanted)

    def accepts(self, truth: Truth, wanted: bool) -> bool:
        """Say whether a truth is as wanted: for certain, or as far as it is known."""
        return truth is wanted if self.sure else truth is not (not wanted)

    def _present(self, domain: Domain, literals: Sequence[Literal]) -> Choice:
        if not domain.values and not domain.languages:
            return IMPOSSIBLE
        if not domain.multi or any(not literal.condition.quantifier and not _is_null(literal) for literal in literals):
            value = self._value(domain, literals)
            return IMPOSSIBLE if value is None else (value,)
        return self._several(domain, literals)

    def _several(self, domain: Domain, literals: Sequence[Literal]) -> Choice:
        """Choose values for a key that holds several: what all must satisfy, and what some value must."""
        if not all(self.satisfied(literal, ("",)) for literal in literals if _is_null(literal)):
            return IMPOSSIBLE
        single = [_single(literal) for literal in literals if not _is_null(literal)]
        for_all = [_is_for_all(literal) for literal in literals if not _is_null(literal)]
        everywhere = [one for one, all_ in zip(single, for_all, strict=True) if all_ == one.wanted]
        somewhere = [one for one, all_ in zip(single, for_all, strict=True) if all_ != one.wanted]
        chosen: dict[str, None] = {}
        for needed in [[one] for one in somewhere] or [[]]:
            value = self._value(domain, [*everywhere, *needed])
            if value is None:
                return IMPOSSIBLE
            chosen[value] = None
        return tuple(chosen)

    def _value(self, domain: Domain, literals: Sequence[Literal]) -> str | None:
        if domain.values:
            return self._first(domain.values, literals)
        families = {literal.condition.operator.family for literal in literals if literal.condition.operator}
        ordered = families - PATTERN_FAMILIES - {"null"}
        if ordered or domain.kind != TEXT:
            found = self._first(_candidates(domain, literals, ordered), literals)
            if found is None and families & PATTERN_FAMILIES:
                raise Undecidable("one key is compared both as a text and as a number, time or address")
            return found
        return self._text(domain, literals)

    def _first(self, values: Iterable[str], literals: Sequence[Literal]) -> str | None:
        for value in values:
            self.budget.spend(1 + len(literals))
            if all(self.satisfied(literal, (value,)) for literal in literals):
                return value
        return None

    def _text(self, domain: Domain, literals: Sequence[Literal]) -> str | None:
        if not all(self.satisfied(literal, ("",)) for literal in literals if _is_null(literal)):
            return None
        wanted: list[list[Pattern]] = []
        unwanted: list[Pattern] = []
        for literal in literals:
            asked = literal.condition.operator
            if asked is None:
                if self.sure:
                    return None
            elif asked.family != "null":
                if literal.wanted != asked.negated:
                    wanted.append(_bounds(literal.condition.values, upper=not self.sure))
                else:
                    unwanted += _bounds(literal.condition.values, upper=self.sure)
        named = next((texts for group in wanted if (texts := _literals(group)) is not None), None)
        if named is not None:
            possible = (text for text in named if _belongs(domain, text) and may_be_in_a_region(text))
            return self._first(possible, literals)
        groups = [[language_of(pattern) for pattern in group] for group in wanted]
        if not all(groups):
            return None
        examples = (text for text in _examples([domain.languages, *groups]) if _belongs(domain, text))
        found = self._first(examples, literals)
        forbidden = [language_of(pattern) for pattern in unwanted] + list(domain.excluded)
        if found is None:
            found = find_text([domain.languages, *groups], forbidden, self.budget)
        if found is None or is_in_a_region(found):
            return found
        existing = (one for language in domain.languages for one in in_each_region(language))
        found_each = (find_text([[one], *groups], forbidden, self.budget) for one in existing)
        return next((text for text in found_each if text is not None), None)


def _no_variables(_: str) -> None:
    return None


def _is_null(literal: Literal) -> bool:
    asked = literal.condition.operator
    return asked is not None and asked.family == "null"


def _is_for_all(literal: Literal) -> bool:
    return literal.condition.quantifier == "all"


def _single(literal: Literal) -> Literal:
    return Literal(replace(literal.condition, quantifier=""), literal.wanted)


def _bounds(patterns: Sequence[Pattern], *, upper: bool) -> list[Pattern]:
    """Return patterns for all texts that may match, or for those that match for certain."""
    if upper:
        return [_without_segments(pattern.upper()) for pattern in patterns]
    return [pattern for pattern in patterns if pattern.unknown is None and not _is_doubtful(pattern)]


def _is_doubtful(pattern: Pattern) -> bool:
    return pattern.segmented and arn_segments(pattern) is None


def _without_segments(pattern: Pattern) -> Pattern:
    return replace(pattern, segmented=False) if _is_doubtful(pattern) else pattern


def _literals(patterns: Sequence[Pattern]) -> list[str] | None:
    """Return the texts that the patterns match, when these are finitely many."""
    texts = [pattern.literal for pattern in patterns]
    return None if None in texts else [text for text in texts if text is not None]


def _belongs(domain: Domain, text: str) -> bool:
    return any(accepts(language, text) for language in domain.languages) and not any(
        accepts(language, text) for language in domain.excluded
    )


def _examples(groups: Sequence[Sequence[Language]]) -> Iterator[str]:
    for group in groups:
        for language in group:
            yield example(language)
            yield example(language, short=True)


def _candidates(domain: Domain, literals: Sequence[Literal], families: set[str]) -> Iterator[str]:
    """Yield one value of each interval, as far as the domain has it, and a text that lies in none."""
    for value in _representatives(domain, literals, families):
        if domain.kind != TEXT or _belongs(domain, value):
            yield value
    if domain.kind == TEXT:
        yield from (text for text in _examples([domain.languages]) if _belongs(domain, text))


def _representatives(domain: Domain, literals: Sequence[Literal], families: set[str]) -> Iterator[str]:
    """Yield one value of each interval that the conditions tell apart."""
    written = [
        (literal.condition.operator.family, text)
        for literal in literals
        if literal.condition.operator
        for pattern in literal.condition.values
        if (text := pattern.literal) is not None
    ]
    if "ip" in families or domain.kind == ADDRESS:
        yield from _addresses([text for family, text in written if family == "ip"], domain)
    if domain.kind == MOMENT:
        yield from (_decimal(point) for point in _points((parse_date(text) for _, text in written), _SOME_MOMENT))
    elif "number" in families:
        yield from (_decimal(point) for point in _points((parse_number(text) for _, text in written), 1.0))
    elif "date" in families:
        yield from (iso_time(point) for point in _points((parse_date(text) for _, text in written), _SOME_MOMENT))


def _points(bounds: Iterable[float | None], otherwise: float) -> Iterator[float]:
    """Yield each bound, and a point before, between and after them; `otherwise` when there is none."""
    known = sorted({bound for bound in bounds if bound is not None})
    if not known:
        yield otherwise
        return
    yield known[-1] + 1
    for lower, higher in pairwise(known):
        yield float(int((lower + higher) / 2)) if higher - lower > 1 else (lower + higher) / 2
    yield from known
    yield known[0] - 1


def _decimal(number: float) -> str:
    return str(int(number)) if number == int(number) else repr(number)


def iso_time(seconds: float) -> str:
    """Return a moment as aws:CurrentTime writes it."""
    from datetime import UTC, datetime

    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return _decimal(seconds)


def _addresses(networks: Sequence[str], domain: Domain) -> Iterator[str]:
    """Yield the first address of each interval that networks part the addresses into, where the domain has it."""
    from ipaddress import ip_address

    from ctguard.policy.conditions import parse_network

    within = [network for text in domain.within if (network := parse_network(text))]
    outside = [network for text in domain.outside if (network := parse_network(text))]
    told_apart = [network for text in networks if (network := parse_network(text))] + within + outside
    starts = [ip_address("203.0.113.7"), ip_address("2001:db8::7"), ip_address("0.0.0.0"), ip_address("::")]  # noqa: S104
    for network in told_apart:
        starts.append(network.network_address)
        if int(network.broadcast_address) + 1 < 1 << network.max_prefixlen:
            starts.append(network.broadcast_address + 1)
    for start in starts:
        fits = [start in network for network in within if network.version == start.version]
        if (any(fits) if within else True) and not any(
            start in network for network in outside if network.version == start.version
        ):
            yield str(start)
