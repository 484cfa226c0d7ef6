"""Finite automata over characters: match a text in linear time, and find a text for each way to be matched.

Sets of characters are ranges of code points. An automaton has no empty moves;
`explore` runs several of them side by side and yields one text for each
combination of answers that some text can get.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeAlias

CharSet: TypeAlias = tuple[tuple[int, int], ...]
"""Sorted ranges of code points that do not touch."""

_LAST = 0x10FFFF
ANY: CharSet = ((0, _LAST),)
_PRINTABLE: CharSet = ((32, 126), (0xA1, 0xD7FF), (0xE000, _LAST))
"""What texts in events are made of; control characters are left out, see docs/filter-semantics.md."""

_READABLE = "aexampl1A0-./:_bcdfghijknoqrstuvwyzBCDEFGHIJKLMNOPQRSTUVWXYZ23456789"
MOST_COMBINATIONS = 20_000


class Automaton(NamedTuple):
    """`edges[state]` are the moves of a state; a `settled` state is final and stays so whatever follows."""

    starts: frozenset[int]
    edges: tuple[tuple[tuple[CharSet, int], ...], ...]
    finals: frozenset[int]
    settled: frozenset[int]

    def matches(self, text: str) -> bool:
        """Tell whether the whole of `text` is accepted; takes time in proportion to its length."""
        states = self.starts
        for character in text:
            if not states or states & self.settled:
                break
            code = ord(character)
            states = frozenset(target for state in states for chars, target in self.edges[state] if _holds(chars, code))
        return bool(states & self.finals)


class Draft:
    """An automaton while it is being drawn, still with empty moves."""

    def __init__(self) -> None:
        self._edges: list[list[tuple[CharSet, int]]] = []
        self._jumps: list[list[int]] = []
        self._starts: list[int] = []
        self._finals: set[int] = set()

    def state(self) -> int:
        self._edges.append([])
        self._jumps.append([])
        return len(self._edges) - 1

    def start(self) -> int:
        state = self.state()
        self._starts.append(state)
        return state

    def edge(self, state: int, characters: CharSet, target: int) -> None:
        if characters:
            self._edges[state].append((characters, target))

    def jump(self, state: int, target: int) -> None:
        self._jumps[state].append(target)

    def finish(self, state: int) -> None:
        self._finals.add(state)

    def automaton(self) -> Automaton:
        """Return the automaton without empty moves."""
        closures = [self._closure(state) for state in range(len(self._edges))]
        edges = tuple(
            tuple(dict.fromkeys(edge for inner in closure for edge in self._edges[inner])) for closure in closures
        )
        finals = frozenset(state for state, closure in enumerate(closures) if closure & self._finals)
        settled = frozenset(state for state in self._finals if any(edge == (ANY, state) for edge in self._edges[state]))
        reaching = frozenset(state for state, closure in enumerate(closures) if closure & settled)
        return Automaton(frozenset(self._starts), edges, finals, reaching)

    def _closure(self, state: int) -> frozenset[int]:
        seen, waiting = {state}, [state]
        while waiting:
            for target in self._jumps[waiting.pop()]:
                if target not in seen:
                    seen.add(target)
                    waiting.append(target)
        return frozenset(seen)


class TooManyError(Exception):
    """The automata have more combinations than one is willing to look at."""


def explore(automata: Sequence[Automaton], needed: int) -> Iterator[tuple[str, tuple[bool, ...]]]:
    """Yield (text, which automata accept it) for each combination of answers, shortest texts first.

    Texts that one of the first `needed` automata can no longer accept are not
    followed. Raises TooManyError.
    """
    first = tuple(_settle(automaton, automaton.starts) for automaton in automata)
    texts = {first: ""}
    waiting = deque([first])
    answers: set[tuple[bool, ...]] = set()
    while waiting:
        states = waiting.popleft()
        answer = tuple(bool(mine & automaton.finals) for mine, automaton in zip(states, automata, strict=True))
        if answer not in answers:
            answers.add(answer)
            yield texts[states], answer
        for character, following in _moves(automata, states):
            if following in texts or not all(following[:needed]):
                continue
            if len(texts) >= MOST_COMBINATIONS:
                raise TooManyError
            texts[following] = texts[states] + character
            waiting.append(following)


def _moves(
    automata: Sequence[Automaton], states: tuple[frozenset[int], ...]
) -> Iterator[tuple[str, tuple[frozenset[int], ...]]]:
    """Yield a character for each way in which the next one can move all automata, and where to."""
    edges = [
        [edge for state in mine for edge in automaton.edges[state]] if not mine & automaton.settled else []
        for mine, automaton in zip(states, automata, strict=True)
    ]
    cuts = {0, _LAST + 1}
    for group in edges:
        for characters, _ in group:
            if characters is not ANY:
                for low, high in characters:
                    cuts.update((low, high + 1))
    ordered = sorted(cuts)
    seen: dict[tuple[frozenset[int], ...], list[tuple[int, int]]] = {}
    for low, end in itertools.pairwise(ordered):
        following = tuple(
            mine
            if mine & automaton.settled
            else _settle(automaton, frozenset(target for chars, target in group if _holds(chars, low)))
            for mine, automaton, group in zip(states, automata, edges, strict=True)
        )
        seen.setdefault(following, []).append((low, end - 1))
    for following, ranges in seen.items():
        character = _readable(ranges)
        if character:
            yield character, following


def _settle(automaton: Automaton, states: frozenset[int]) -> frozenset[int]:
    """Forget everything but one settled state, since nothing can change the answer any more."""
    settled = states & automaton.settled
    return frozenset((min(settled),)) if settled else states


def _readable(ranges: Sequence[tuple[int, int]]) -> str:
    """Return a character of `ranges` that reads well, or nothing when they hold no printable one."""
    for character in _READABLE:
        if _holds(ranges, ord(character)):
            return character
    for low, high in ranges:
        for start, end in _PRINTABLE:
            if max(low, start) <= min(high, end):
                return chr(max(low, start))
    return ""


def _holds(characters: Sequence[tuple[int, int]], code: int) -> bool:
    return any(low <= code <= high for low, high in characters)


def char(character: str) -> CharSet:
    """Return the set of one character."""
    return ((ord(character), ord(character)),)


def either_case(character: str) -> CharSet:
    """Return the set of a character in upper and lower case."""
    spellings: CharSet = ()
    for spelling in (character, character.lower(), character.upper()):
        if len(spelling) == 1:
            spellings = union(spellings, char(spelling))
    return spellings


def union(one: CharSet, other: CharSet) -> CharSet:
    """Return the characters of either set."""
    merged: list[tuple[int, int]] = []
    for low, high in sorted((*one, *other)):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return tuple(merged)


def complement(characters: CharSet) -> CharSet:
    """Return all other characters."""
    found: list[tuple[int, int]] = []
    start = 0
    for low, high in characters:
        if low > start:
            found.append((start, low - 1))
        start = high + 1
    if start <= _LAST:
        found.append((start, _LAST))
    return tuple(found)
