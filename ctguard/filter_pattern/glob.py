"""Texts with wildcards, as automata and as direct comparison."""

from __future__ import annotations

from functools import lru_cache
from typing import TypeAlias

from ctguard.filter_pattern.automaton import ANY, Automaton, Draft, char, either_case

Pieces: TypeAlias = tuple[str | None, ...]
"""Pieces of text; None stands for any run of characters."""


def pieces_of(pattern: str) -> Pieces:
    """Return the pieces of a text in which `*` is a wildcard."""
    found: list[str | None] = []
    for at, piece in enumerate(pattern.split("*")):
        if at:
            found.append(None)
        if piece:
            found.append(piece)
    return tuple(found)


def glob_matches(pattern: str, text: str) -> bool:
    """Tell whether `text` is `pattern` with each `*` standing for any run of characters."""
    return pieces_match(pieces_of(pattern), text)


def pieces_match(pieces: Pieces, text: str) -> bool:
    """Tell whether `text` consists of the pieces, in time in proportion to its length."""
    at, end = 0, len(text)
    if pieces and pieces[-1] is not None and None in pieces:
        last = pieces[-1]
        if not text.endswith(last):
            return False
        pieces, end = pieces[:-1], len(text) - len(last)
    free = False
    for piece in pieces:
        if piece is None:
            free = True
            continue
        found = text.find(piece, at, end) if free else (at if text.startswith(piece, at, end) else -1)
        if found < 0:
            return False
        at, free = found + len(piece), False
    return free or at == end


@lru_cache(maxsize=2048)
def pieces_automaton(pieces: Pieces, *, ignore_case: bool = False) -> Automaton:
    """Return the automaton of the texts that consist of the pieces."""
    draft = Draft()
    state = draft.start()
    for piece in pieces:
        if piece is None:
            draft.edge(state, ANY, state)
            continue
        for character in piece:
            following = draft.state()
            draft.edge(state, either_case(character) if ignore_case else char(character), following)
            state = following
    draft.finish(state)
    return draft.automaton()


def glob_automaton(pattern: str) -> Automaton:
    """Return the automaton of a text in which `*` is a wildcard."""
    return pieces_automaton(pieces_of(pattern))


def any_of_automata(automata: tuple[Automaton, ...]) -> Automaton:
    """Return the automaton of the texts that at least one of `automata` accepts."""
    starts: set[int] = set()
    finals: set[int] = set()
    settled: set[int] = set()
    edges: list[tuple[tuple[tuple[tuple[int, int], ...], int], ...]] = []
    for automaton in automata:
        offset = len(edges)
        starts |= {state + offset for state in automaton.starts}
        finals |= {state + offset for state in automaton.finals}
        settled |= {state + offset for state in automaton.settled}
        edges += [tuple((characters, target + offset) for characters, target in group) for group in automaton.edges]
    return Automaton(frozenset(starts), tuple(edges), frozenset(finals), frozenset(settled))
