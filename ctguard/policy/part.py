"""One answer about one policy: in each world by itself, and joined over all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from ctguard.policy.doubt import Doubt
from ctguard.policy.excess import Bench, Excess
from ctguard.policy.grammar import Statement
from ctguard.policy.pattern import Truth
from ctguard.policy.request import Request
from ctguard.policy.suggestion import narrower
from ctguard.policy.wording import why_excess

TOO_MANY_NAMES: Final = Doubt("the policy names accounts or organizations by too many partial patterns or numbers")


class Witness(Struct, frozen=True):
    """A request that shows an answer: which statement lets it through or stops it, and why that is wrong.

    `suggestion` is the narrower statement to write instead.
    """

    request: Request
    statement: Statement | None
    kind: str
    why: str
    suggestion: dict[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the witness as `policy check` prints it."""
        statement = self.statement
        return {
            **self.request.to_json(),
            "statement": None if statement is None else {"index": statement.position, "sid": statement.sid},
            "kind": self.kind,
            "why": self.why,
            "suggestion": self.suggestion,
        }


class Part(Struct, frozen=True):
    """Whether something holds, the requests that show that it does not, and what keeps it open."""

    truth: Truth
    witnesses: tuple[Witness, ...] = ()
    doubts: tuple[Doubt, ...] = ()


def none_of(found: Iterable[Excess], bench: Bench) -> Part:
    """Return the answer to "is there no such request?": false with a witness for each that there is."""
    excess = list(found)
    certain = [one for one in excess if one.request is not None]
    if certain:
        return Part(False, tuple(witness_of(one, bench) for one in certain))
    if excess or bench.words.complete:
        return Part(None if excess else True, (), unlike(one.doubt for one in excess))
    return Part(None, (), (TOO_MANY_NAMES,))


def witness_of(excess: Excess, bench: Bench) -> Witness:
    """Return the witness of an excess that is certain."""
    assert excess.request is not None
    why = why_excess(excess, bench.setting.service)
    return Witness(excess.request, excess.statement, excess.kind, why, narrower(excess, bench))


def merged(parts: Sequence[Part], choices: Sequence[Mapping[Any, Any]], doubt: Callable[[Any], Doubt]) -> Part:
    """Join the answers of several worlds: decided is only what all of them agree on."""
    first = parts[0]
    doubts = unlike(one for part in parts for one in part.doubts)
    if all(part.truth is first.truth for part in parts):
        return replace(first, doubts=doubts if first.truth is None else ())
    missing = tuple(one for one in doubts if one.unknown is not None)
    return Part(None, (), missing or tuple(map(doubt, _difference(parts, choices))))


def _difference(parts: Sequence[Part], choices: Sequence[Mapping[Any, Any]]) -> list[Any]:
    """Return the fewest unknowns that two worlds of unlike answers differ in."""
    differing = (
        [key for key in one if one[key] != other[key]]
        for (part, one), (against, other) in combinations(zip(parts, choices, strict=True), 2)
        if part.truth is not against.truth
    )
    return min(differing, key=len)


def unlike(doubts: Iterable[Doubt | None]) -> tuple[Doubt, ...]:
    """Return each doubt once."""
    return tuple({doubt.because: doubt for doubt in doubts if doubt is not None}.values())
