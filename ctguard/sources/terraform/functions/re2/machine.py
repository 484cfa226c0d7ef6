"""Match regular expressions in time proportional to the text (Thompson's and Pike's simulation).

All ways to match are followed at once, in order of preference, so that no
pattern makes it slow; what it finds is what a backtracking matcher would find
first, as in Go.
"""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct, field

from ctguard.sources.terraform.functions.failure import UndecidedError
from ctguard.sources.terraform.functions.re2.tree import (
    Alternatives,
    Assert,
    Characters,
    Expression,
    Group,
    Node,
    Repeated,
    Sequence,
)

LARGEST_PROGRAM = 20_000
MOST_STEPS = 2_000_000

Spans: TypeAlias = tuple[int | None, ...]
"""Start and end of the match and of each group, one after the other; None for a group that took no part."""


class Take(Struct, frozen=True):
    """Go on to the next instruction with the next character, if it is one of these."""

    characters: Characters


class Fork(Struct):
    """Go on at `first` and, less preferred, at `second`."""

    first: int = -1
    second: int = -1


class Mark(Struct, frozen=True):
    """Note the position in the text."""

    slot: int


class Done(Struct, frozen=True):
    """The expression has matched."""


class Jump(Struct):
    """Go on elsewhere."""

    target: int = -1


Instruction: TypeAlias = Take | Fork | Mark | Done | Jump | Assert


class _Compiler(Struct):
    """Writes the instructions of a tree, one part after the other."""

    program: list[Instruction] = field(default_factory=list)

    def emit(self, instruction: Instruction) -> int:
        if len(self.program) >= LARGEST_PROGRAM:
            raise UndecidedError("has a pattern that is too large")
        self.program.append(instruction)
        return len(self.program) - 1

    def write(self, node: Node) -> None:
        match node:
            case Characters():
                self.emit(Take(node))
            case Assert():
                self.emit(node)
            case Sequence():
                for part in node.parts:
                    self.write(part)
            case Group():
                self.emit(Mark(2 * node.number))
                self.write(node.part)
                self.emit(Mark(2 * node.number + 1))
            case Alternatives():
                self.alternatives(node.parts)
            case Repeated():
                self.repeated(node)

    def alternatives(self, parts: tuple[Node, ...]) -> None:
        ends = []
        for part in parts[:-1]:
            fork = Fork()
            self.emit(fork)
            fork.first = len(self.program)
            self.write(part)
            end = Jump()
            self.emit(end)
            ends.append(end)
            fork.second = len(self.program)
        self.write(parts[-1])
        for end in ends:
            end.target = len(self.program)

    def repeated(self, node: Repeated) -> None:
        if node.most is None:
            for _ in range(node.least - 1):
                self.write(node.part)
            if node.least:
                self.at_least_once(node)
            elif _is_nullable(node.part):  # NOTE: as Go, so that an empty first choice ends the loop
                self.optional(node, 1)
            else:
                self.loop(node)
            return
        for _ in range(node.least):
            self.write(node.part)
        self.optional(node, node.most - node.least)

    def optional(self, node: Repeated, times: int) -> None:
        """Write `(x(x(x)?)?)?`; of an endless repetition the whole loop as the one optional part."""
        forks = []
        for _ in range(times):
            fork = Fork()
            self.emit(fork)
            self.direct(fork, node, inside=len(self.program))
            if node.most is None:
                self.at_least_once(node)
            else:
                self.write(node.part)
            forks.append(fork)
        for fork in forks:
            self.direct(fork, node, outside=len(self.program))

    def at_least_once(self, node: Repeated) -> None:
        start = len(self.program)
        self.write(node.part)
        fork = Fork()
        self.emit(fork)
        self.direct(fork, node, inside=start, outside=len(self.program))

    def loop(self, node: Repeated) -> None:
        fork = Fork()
        start = self.emit(fork)
        self.direct(fork, node, inside=len(self.program))
        self.write(node.part)
        self.emit(Jump(start))
        self.direct(fork, node, outside=len(self.program))

    def direct(self, fork: Fork, node: Repeated, *, inside: int | None = None, outside: int | None = None) -> None:
        """Set where a fork leads: greedy repetitions prefer to go on inside."""
        if inside is not None:
            setattr(fork, "first" if node.greedy else "second", inside)
        if outside is not None:
            setattr(fork, "second" if node.greedy else "first", outside)


def _is_nullable(node: Node) -> bool:
    """Return whether a part may match the empty text."""
    match node:
        case Characters():
            return False
        case Sequence():
            return all(map(_is_nullable, node.parts))
        case Alternatives():
            return any(map(_is_nullable, node.parts))
        case Repeated():
            return node.least == 0 or _is_nullable(node.part)
        case Group():
            return _is_nullable(node.part)
    return True


class _Front(Struct):
    """The instructions that wait for the next character, most preferred first, and all that led there."""

    waiting: dict[int, Spans] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)


class Machine:
    """A compiled expression; it counts its steps, and gives up when they are too many."""

    def __init__(self, expression: Expression) -> None:
        compiler = _Compiler()
        compiler.write(expression.root)
        compiler.emit(Done())
        self.names = expression.names
        self._program = compiler.program
        self._slots = 2 * (len(expression.names) + 1)
        self._steps = 0
        self._known: list[dict[str, bool]] = [{} for _ in compiler.program]

    def match(self, text: str, start: int) -> Spans | None:
        """Return the leftmost match that begins at `start` or later."""
        best: Spans | None = None
        front = _Front()
        for position in range(start, len(text) + 1):
            if best is None:
                self._follow(front, 0, (position, *[None] * (self._slots - 1)), text, position)
            elif not front.waiting:
                break
            following = _Front()
            for place, spans in front.waiting.items():
                if isinstance(self._program[place], Done):
                    best = (spans[0], position, *spans[2:])
                    break  # what comes later is less preferred
                if position < len(text) and self._takes(place, text[position]):
                    self._follow(following, place + 1, spans, text, position + 1)
            front = following
        return best

    def _takes(self, place: int, character: str) -> bool:
        known = self._known[place]
        if character not in known:
            instruction = self._program[place]
            assert isinstance(instruction, Take)
            known[character] = instruction.characters.has(character)
        return known[character]

    def _follow(self, front: _Front, place: int, spans: Spans, text: str, position: int) -> None:
        """Add to the front what can be reached from `place` without taking a character."""
        stack = [(place, spans)]
        while stack:
            place, spans = stack.pop()
            if place in front.seen:
                continue
            front.seen.add(place)
            self._count()
            match self._program[place]:
                case Fork(first, second):
                    stack += ((second, spans), (first, spans))
                case Jump(target):
                    stack.append((target, spans))
                case Mark(slot):
                    stack.append((place + 1, (*spans[:slot], position, *spans[slot + 1 :])))
                case Assert(kind):
                    if _holds(kind, text, position):
                        stack.append((place + 1, spans))
                case _:
                    front.waiting[place] = spans

    def _count(self) -> None:
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise UndecidedError("takes more steps than are allowed here")


def _holds(kind: str, text: str, position: int) -> bool:
    match kind:
        case "text start":
            return position == 0
        case "text end":
            return position == len(text)
        case "line start":
            return position == 0 or text[position - 1] == "\n"
        case "line end":
            return position == len(text) or text[position] == "\n"
    before = position > 0 and _is_word(text[position - 1])
    after = position < len(text) and _is_word(text[position])
    return (before != after) == (kind == "word boundary")


def _is_word(character: str) -> bool:
    return character.isascii() and (character.isalnum() or character == "_")
