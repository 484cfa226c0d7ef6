"""Tell whether an event pattern of EventBridge matches one event, and how its matchers see single values.

None is said where EventBridge does not document the answer: an operator on an
object, on an empty list, or a negation on a list that mixes both answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgspec import Struct

from ctguard.filter_pattern.automaton import Automaton, char
from ctguard.filter_pattern.condition import MISSING, Absent, Found
from ctguard.filter_pattern.event_pattern import (
    AllFields,
    Bound,
    EventPattern,
    FieldMatch,
    Kind,
    Matcher,
)
from ctguard.filter_pattern.glob import any_of_automata, pieces_automaton, pieces_match

_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "=": lambda value, bound: value == bound,
    "<": lambda value, bound: value < bound,
    "<=": lambda value, bound: value <= bound,
    ">": lambda value, bound: value > bound,
    ">=": lambda value, bound: value >= bound,
}


def match_event(pattern: EventPattern, event: Mapping[str, Any]) -> bool | None:
    """Tell whether `pattern` matches an event as EventBridge delivers it."""
    if isinstance(pattern, FieldMatch):
        value = _value_at(event, pattern.path)
        return _any(matcher_answer(matcher, value) for matcher in pattern.alternatives)
    answers = [match_event(part, event) for part in pattern.parts]
    if isinstance(pattern, AllFields):
        return False if False in answers else None if None in answers else True
    return _any(answers)


def _any(answers: Iterable[bool | None]) -> bool | None:
    found = set(answers)
    return True if True in found else None if None in found else False


def _value_at(event: Any, path: tuple[str, ...]) -> Found:
    """Return the value at `path`; fields of objects in a list are gathered in one list."""
    value = event
    for at, name in enumerate(path):
        if isinstance(value, list):
            inner = [_value_at(element, path[at:]) for element in value]
            found = [one for one in inner if not isinstance(one, Absent)]
            return found if found else MISSING
        if not isinstance(value, Mapping) or name not in value:
            return MISSING
        value = value[name]
    return value


def matcher_answer(matcher: Matcher, value: Found) -> bool | None:
    """Tell whether one alternative takes the value of its field."""
    if value is MISSING:
        return matcher.kind is Kind.EXISTS and matcher.value is False
    if isinstance(value, Mapping | Absent):
        return None
    if not isinstance(value, list):
        return _scalar_answer(matcher, value)
    answers = {matcher_answer(matcher, element) for element in value}
    if matcher.kind is Kind.ANYTHING_BUT or (not answers and matcher.kind is Kind.EXISTS):
        return answers.pop() if len(answers) == 1 else None
    return _any(answers)


def _scalar_answer(matcher: Matcher, value: Any) -> bool | None:
    number = None if isinstance(value, bool) or not isinstance(value, int | float) else value
    if matcher.kind is Kind.EXISTS:
        return matcher.value is True
    if matcher.kind is Kind.EXACT:
        return isinstance(value, bool) == isinstance(matcher.value, bool) and bool(value == matcher.value)
    if matcher.kind is Kind.NUMERIC:
        return number is not None and all(_COMPARE[sign](number, bound) for sign, bound in matcher.bounds)
    if matcher.kind is Kind.ANYTHING_BUT:
        return _anything_but(matcher, value, number)
    if not isinstance(value, str):
        return False
    return _in_network(value, str(matcher.value)) if matcher.kind is Kind.CIDR else _text_answer(matcher, value)


def _anything_but(matcher: Matcher, value: Any, number: float | None) -> bool | None:
    if any(_scalar_answer(inner, value) for inner in matcher.inner):
        return False
    texts = any(isinstance(inner.value, str) or inner.kind is Kind.TEXT for inner in matcher.inner)
    # What a list of texts makes of a number, and the other way round, is not documented.
    return True if isinstance(value, str) == texts and (texts or number is not None) else None


def _text_answer(matcher: Matcher, text: str) -> bool:
    if matcher.ignore_case:
        return pieces_automaton(matcher.pieces, ignore_case=True).matches(text)
    return pieces_match(matcher.pieces, text)


def _in_network(text: str, network: str) -> bool:
    import ipaddress

    try:
        return ipaddress.ip_address(text) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False


class MatcherTest(Struct, frozen=True):
    """An alternative of a field as a test of it."""

    matcher: Matcher

    def answer(self, value: Found) -> bool | None:
        """Tell whether the alternative takes a value."""
        return matcher_answer(self.matcher, value)

    def texts(self) -> Automaton | None:
        """Return the automaton that decides how texts are seen."""
        return _automaton(self.matcher)

    def bounds(self) -> Iterable[float]:
        """Yield the numbers that are compared with."""
        for matcher in (self.matcher, *self.matcher.inner):
            if isinstance(matcher.value, int | float) and not isinstance(matcher.value, bool):
                yield matcher.value
            yield from (_number(bound) for bound in matcher.bounds)

    def words(self) -> Iterable[str]:
        """Yield the texts that are compared with."""
        for matcher in (self.matcher, *self.matcher.inner):
            if isinstance(matcher.value, str):
                yield matcher.value
            yield "".join(piece for piece in matcher.pieces if piece)

    def __str__(self) -> str:
        return self.matcher.kind


def _number(bound: Bound) -> float:
    return bound[1]


def _automaton(matcher: Matcher) -> Automaton | None:
    if matcher.kind is Kind.TEXT:
        return pieces_automaton(matcher.pieces, ignore_case=matcher.ignore_case)
    if matcher.kind is Kind.EXACT and isinstance(matcher.value, str):
        return pieces_automaton((matcher.value,) if matcher.value else ())
    if matcher.kind is Kind.CIDR:
        return network_automaton(str(matcher.value))
    inner = tuple(automaton for one in matcher.inner if (automaton := _automaton(one)) is not None)
    return any_of_automata(inner) if inner else None


def network_automaton(network: str) -> Automaton | None:
    """Return the automaton of the IPv4 addresses of a network; None for IPv6, whose spellings are many."""
    import ipaddress

    from ctguard.filter_pattern.automaton import Draft

    parsed = ipaddress.ip_network(network, strict=False)
    if parsed.version != 4:
        return None
    low, high = parsed.network_address.packed, parsed.broadcast_address.packed
    draft = Draft()
    state = draft.start()
    for at, (first, last) in enumerate(zip(low, high, strict=True)):
        following = draft.state()
        for octet in range(first, last + 1):
            _spell(draft, state, f"{octet}" if at == 3 else f"{octet}.", following)
        state = following
    draft.finish(state)
    return draft.automaton()


def _spell(draft: Any, state: int, text: str, target: int) -> None:
    for character in text[:-1]:
        following = draft.state()
        draft.edge(state, char(character), following)
        state = following
    draft.edge(state, char(text[-1]), target)
