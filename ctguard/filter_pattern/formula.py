"""Monotone Boolean formulas over numbered leaves, and a search for values that decide them as wanted.

A variable is something with finitely many options; each option gives every leaf
of its variable an answer. There is no negation: what a negated condition means is
in the answers of its leaf.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from msgspec import Struct

Formula: TypeAlias = bool | int | tuple[str, tuple["Formula", ...]]
"""True, False, the number of a leaf, or ("and" | "or", parts)."""

PATIENCE = 2_000_000
"""How many leaves a search may look at."""

MOST_VARIABLES = 200


class GaveUpError(Exception):
    """The search took more steps than it may."""


class Option(Struct, frozen=True):
    """One kind of value of a variable, with an example, and the answer of each leaf."""

    value: Any
    answers: Mapping[int, bool | None]


class Goal(Struct, frozen=True):
    """A formula and the value that it must get; unknown answers count as `unknown`."""

    formula: Formula
    wanted: bool
    unknown: bool


def conjunction(parts: Iterable[Formula]) -> Formula:
    """Join by and."""
    return _join("and", parts, neutral=True)


def disjunction(parts: Iterable[Formula]) -> Formula:
    """Join by or."""
    return _join("or", parts, neutral=False)


def _join(kind: str, parts: Iterable[Formula], *, neutral: bool) -> Formula:
    kept: list[Formula] = []
    for part in parts:
        if isinstance(part, bool):
            if part is not neutral:
                return part
        else:
            kept.append(part)
    unique = tuple(dict.fromkeys(kept))
    if not unique:
        return neutral
    return unique[0] if len(unique) == 1 else (kind, unique)


def leaves(formula: Formula) -> Iterator[int]:
    """Yield the leaves of `formula`, as often as they stand there."""
    if isinstance(formula, bool):
        return
    if isinstance(formula, int):
        yield formula
        return
    for part in formula[1]:
        yield from leaves(part)


def substitute(formula: Formula, answers: Mapping[int, bool | None], unknown: bool) -> Formula:
    """Return `formula` with the leaves of `answers` decided."""
    if isinstance(formula, bool):
        return formula
    if isinstance(formula, int):
        if formula not in answers:
            return formula
        answer = answers[formula]
        return unknown if answer is None else answer
    kind, parts = formula
    join = conjunction if kind == "and" else disjunction
    return join(substitute(part, answers, unknown) for part in parts)


def search(goals: Sequence[Goal], variables: Mapping[str, Sequence[Option]]) -> dict[str, Option] | None:
    """Return an option for some of the variables that decides all goals, or None when there is none.

    Variables that are left out may have any option. Raises GaveUpError.
    """
    return _Search(goals, variables).run()


class _Search:
    def __init__(self, goals: Sequence[Goal], variables: Mapping[str, Sequence[Option]]) -> None:
        self._goals = goals
        self._variables = variables
        self._owner = {leaf: name for name, options in variables.items() for leaf in _answered(options)}
        self._looked_at = 0
        self._failed: set[tuple[Formula, ...]] = set()

    def run(self) -> dict[str, Option] | None:
        return self._extend(tuple(goal.formula for goal in self._goals))

    def _extend(self, formulas: tuple[Formula, ...]) -> dict[str, Option] | None:
        for formula, goal in zip(formulas, self._goals, strict=True):
            if isinstance(formula, bool) and formula is not goal.wanted:
                return None
        counts = Counter(self._owner[leaf] for formula in formulas for leaf in leaves(formula))
        if len(counts) > MOST_VARIABLES:
            raise GaveUpError
        if not counts:
            return {}
        if formulas in self._failed:
            return None
        name = counts.most_common(1)[0][0]
        remaining = {leaf for formula in formulas for leaf in leaves(formula)}
        tried: set[tuple[bool | None, ...]] = set()
        for option in self._variables[name]:
            vector = tuple(option.answers[leaf] for leaf in sorted(option.answers) if leaf in remaining)
            if vector in tried:
                continue
            tried.add(vector)
            self._looked_at += counts.total()
            if self._looked_at > PATIENCE:
                raise GaveUpError
            following = tuple(
                substitute(formula, option.answers, goal.unknown)
                for formula, goal in zip(formulas, self._goals, strict=True)
            )
            found = self._extend(following)
            if found is not None:
                return {name: option, **found}
        self._failed.add(formulas)
        return None


def _answered(options: Sequence[Option]) -> Iterator[int]:
    return iter(options[0].answers) if options else iter(())
