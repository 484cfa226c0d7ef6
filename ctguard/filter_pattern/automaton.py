"""Finite automata over characters: match a text in linear time, and find a text for each way to be matched.

Sets of characters are ranges of code points. An automaton has no empty moves;
`explore` runs several of them side by side and yields one text for each
combination of answers that some text can get.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from msgspec import Struct

CharSet: TypeAlias = tuple[tuple[int, int], ...]
"""Sorted ranges of code points that do not touch."""

_LAST = 0x10FFFF
ANY: CharSet = ((0, _LAST),)
_PRINTABLE: CharSet = ((32, 126), (0xA1, 0xD7FF), (0xE000, _LAST))
"""What texts in events are made of; control characters are left out, see docs/filter-semantics.md."""

_READABLE = tuple(map(ord, "aexampl1A0-./:_bcdfghijknoqrstuvwyzBCDEFGHIJKLMNOPQRSTUVWXYZ23456789"))
MOST_COMBINATIONS = 20_000
MOST_MOVES = 300_000
"""How many combinations of states, and how many moves from them, one is willing to look at."""


class Automaton(Struct, frozen=True):
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


def explore(automata: Sequence[Automaton], needed: int) -> Iterator[tuple[str, frozenset[int]]]:
    """Yield (text, positions of the automata that accept it) for each combination of answers, shortest texts first.

    Texts that one of the first `needed` automata can no longer accept are not
    followed. Raises TooManyError.
    """
    joint = _Joint(automata, needed)
    texts = {joint.start: ""}
    waiting = deque([joint.start])
    answers: set[frozenset[int]] = set()
    moves = 0
    while waiting:
        states = waiting.popleft()
        answer = joint.accepting(states)
        if answer not in answers:
            answers.add(answer)
            yield texts[states], answer
        moves += len(states)
        for ranges, following in joint.moves(states):
            if following in texts or not (character := _readable(ranges)):
                continue
            if len(texts) >= MOST_COMBINATIONS or moves > MOST_MOVES:
                raise TooManyError
            texts[following] = texts[states] + character
            waiting.append(following)


class _Joint:
    """Several automata run side by side; their states are numbered through, and dead ones cost nothing."""

    def __init__(self, automata: Sequence[Automaton], needed: int) -> None:
        self._owner: list[int] = []
        self._edges: list[tuple[tuple[CharSet, int], ...]] = []
        self._settled: set[int] = set()
        self._finals: set[int] = set()
        self._needed = needed
        starts: set[int] = set()
        for at, automaton in enumerate(automata):
            offset = len(self._edges)
            starts |= {state + offset for state in automaton.starts}
            self._settled |= {state + offset for state in automaton.settled}
            self._finals |= {state + offset for state in automaton.finals}
            self._owner += [at] * len(automaton.edges)
            self._edges += [tuple((chars, target + offset) for chars, target in group) for group in automaton.edges]
        self.start = self._settle(starts)

    def accepting(self, states: frozenset[int]) -> frozenset[int]:
        """Return the positions of the automata that accept what led to `states`."""
        return frozenset(self._owner[state] for state in states & self._finals)

    def moves(self, states: frozenset[int]) -> Iterator[tuple[list[tuple[int, int]], frozenset[int]]]:
        """Yield the characters for each way in which the next one can move all automata, and where to."""
        settled = states & self._settled
        edges = [edge for state in states - settled for edge in self._edges[state]]
        cuts = {0, _LAST + 1}
        for characters, _ in edges:
            for low, high in characters:
                cuts.update((low, high + 1))
        ways: dict[frozenset[int], list[tuple[int, int]]] = {}
        for low, end in itertools.pairwise(sorted(cuts)):
            reached = {target for characters, target in edges for start, stop in characters if start <= low <= stop}
            ways.setdefault(self._settle(reached | settled), []).append((low, end - 1))
        for following, ranges in ways.items():
            alive = {self._owner[state] for state in following if self._owner[state] < self._needed}
            if len(alive) == self._needed:
                yield ranges, following

    def _settle(self, states: set[int]) -> frozenset[int]:
        """Keep but one state of an automaton whose answer nothing can change any more."""
        settled = states & self._settled
        if not settled:
            return frozenset(states)
        done = {self._owner[state]: state for state in sorted(settled, reverse=True)}
        return frozenset(state for state in states if done.get(self._owner[state], state) == state)


def _readable(ranges: Sequence[tuple[int, int]]) -> str:
    """Return a character of `ranges` that reads well, or nothing when they hold no printable one."""
    for code in _READABLE:
        if _holds(ranges, code):
            return chr(code)
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
