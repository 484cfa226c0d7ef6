"""Find a text that some patterns match and others do not, or prove that there is none.

Patterns and the domains of condition keys are regular languages. They are walked
side by side, a character at a time, as sets of positions (bit-parallel, after
Baeza-Yates and Gonnet), breadth first. Characters that no pattern names behave
alike, so one of them stands for all: the walk is finite, and when it ends
without a text there is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import zip_longest
from typing import Final, NamedTuple, TypeAlias

from ctguard.policy.budget import Budget
from ctguard.policy.pattern import STAR, Pattern, Wild, arn_segments

_LOWER: Final = "abcdefghijklmnopqrstuvwxyz"
_DIGITS: Final = "0123456789"


class CharClass(NamedTuple):
    """A set of characters: `members`, or all but those in `without` where `members` is empty.

    `filler` is what a run of them looks like in an example.
    """

    members: str
    without: str = ""
    filler: str = "example"

    def holds(self, char: str) -> bool:
        return char in self.members if self.members else char not in self.without


ANY: Final = CharClass("")
NO_COLON: Final = CharClass("", ":")
SERVICE_NAME: Final = NO_COLON._replace(filler="service")
REGION_OR_NONE: Final = NO_COLON._replace(filler="us-east-1")
ACCOUNT_OR_NONE: Final = NO_COLON._replace(filler="123456789012")
DIGIT: Final = CharClass(_DIGITS, filler="1")
NAME: Final = CharClass(_LOWER + _LOWER.upper() + _DIGITS + "_-.")
IAM_NAME: Final = CharClass(_LOWER + _LOWER.upper() + _DIGITS + "_+=,.@-")
IAM_PATH: Final = CharClass(IAM_NAME.members + "/")
REGION: Final = CharClass(_LOWER + _DIGITS + "-", filler="us-east-1")
UPPER_ID: Final = CharClass(_LOWER.upper() + _DIGITS, filler="EXAMPLE")
LOWER_ID: Final = CharClass(_LOWER + _DIGITS)

# Fresh characters are tried in this order, so that witnesses read well.
_FRESH: Final = "x7qzkwjvy" + _LOWER + _DIGITS + _LOWER.upper() + "~^!%&;"


class Item(NamedTuple):
    """One step of a language: a character of the class, or any number of them."""

    char: str | CharClass
    loop: bool = False


Language: TypeAlias = tuple[Item, ...]


@lru_cache(maxsize=4096)
def _letters(text: str) -> Language:
    return tuple(Item(char) for char in text)


def spell(*parts: str | Item) -> Language:
    """Return the language of texts made of literal strings and items, one after the other."""
    items: list[Item] = []
    for part in parts:
        items += (part,) if isinstance(part, Item) else _letters(part)
    return tuple(items)


def some(chars: CharClass) -> tuple[Item, Item]:
    """Return one or more characters of a class."""
    return Item(chars), Item(chars, loop=True)


@lru_cache(maxsize=4096)
def language_of(pattern: Pattern) -> Language:
    """Return the texts that a pattern matches; it must have neither unknown parts nor variables."""
    if not pattern.segmented:
        return tuple(_items(pattern.tokens, pattern.folded, ANY))
    segments = arn_segments(pattern)
    if segments is None:
        return language_of(Pattern(pattern.tokens))
    items: list[Item] = []
    for number, segment in enumerate(segments):
        last = number == len(segments) - 1
        items.extend(_items(segment, False, ANY if last else NO_COLON))
        if not last:
            items.append(Item(":"))
    return tuple(items)


def _items(tokens: Iterable[object], folded: bool, wild: CharClass) -> Iterable[Item]:
    for token in tokens:
        if isinstance(token, Wild):
            yield Item(wild, loop=token is STAR)
        elif isinstance(token, str):
            for char in token:
                both = char.lower() + char.upper()
                yield Item(CharClass(both) if folded and both[0] != both[1:] else char)


def example(language: Language, *, short: bool = False) -> str:
    """Return a text of the language that reads like a real one, or (`short`) with every loop left out."""
    text = ""
    skip = False
    for (char, loop), following in zip_longest(language, language[1:]):
        if isinstance(char, str):
            text += "" if loop else char
        elif loop:
            text += "" if short or skip else char.filler
            skip = False
        else:
            # One or more of a class: the run alone is the better example.
            skip = not short and following == (char, True)
            text += char.filler if skip else _one_of(char)
    return text


def _one_of(char: CharClass) -> str:
    return char.members[0] if char.members else next(one for one in _FRESH if char.holds(one))


def accepts(language: Language, text: str) -> bool:
    """Say whether `text` belongs to the language."""
    machine = _machine(language)
    state = machine.start
    for char in text:
        state = machine.step(state, machine.moves(char))
        if not state:
            return False
    return bool(state & machine.final)


@lru_cache(maxsize=2048)
def _machine(language: Language) -> _Machine:
    return _Machine(language)


@lru_cache(maxsize=2048)
def covers(outer: Language, inner: Language) -> bool:
    """Say whether every text of `inner` is in `outer`, where one reading of `outer` shows it.

    A quick proof for what is common (a prefix and a star); False proves nothing.
    """
    machine = _machine(outer)
    state = machine.start
    for char, loop in inner:
        step = machine.certain_moves(char)
        if not loop:
            state = machine.step(state, step)
        while loop and (kept := state & machine.step(state, step)) != state:
            state = kept
        if not state:
            return False
    return bool(state & machine.final)


def find_text(groups: Sequence[Sequence[Language]], forbidden: Sequence[Language], budget: Budget) -> str | None:
    """Return a shortest text that is in some language of every group and in none that is forbidden.

    None is a proof that there is no such text. Raises Exhausted when the budget
    ends before the walk does.
    """
    groups = [[one for one in group if not any(covers(other, one) for other in forbidden)] for group in groups]
    if not all(groups):
        return None
    sizes = [len(group) for group in groups]
    machines = [_machine(language) for group in groups for language in group]
    machines += [_machine(language) for language in forbidden]
    chars = _alphabet([item for machine in machines for item in machine.items])
    moves = [(char, [machine.moves(char) for machine in machines]) for char in chars]
    start = tuple(machine.start for machine in machines)
    came: dict[tuple[int, ...], tuple[tuple[int, ...], str] | None] = {start: None}
    frontier = [start]
    while frontier:
        reached = []
        for state in frontier:
            if _accepted(state, machines, sizes):
                return _spelled(state, came)
            budget.spend(len(moves) * (1 + len(machines) // 2))
            for char, masks in moves:
                following = _following(state, masks, machines, sizes)
                if following is not None and following not in came:
                    came[following] = (state, char)
                    reached.append(following)
        frontier = reached
    return None


class _Machine:
    """A language as an automaton whose state is the set of positions reached, one bit each."""

    __slots__ = ("classes", "final", "items", "known", "literals", "loops", "start")

    def __init__(self, items: Language) -> None:
        self.items = items
        self.final = 1 << len(items)
        self.loops = 0
        self.literals: dict[str, int] = {}
        self.known: dict[str, tuple[int, int]] = {}
        self.classes: dict[CharClass, tuple[int, int]] = {}
        bit = 1
        for char, loop in items:
            if loop:
                self.loops |= bit
            if isinstance(char, str):
                self.literals[char] = self.literals.get(char, 0) | bit
            else:
                on, stay = self.classes.get(char, (0, 0))
                self.classes[char] = (on, stay | bit) if loop else (on | bit, stay)
            bit <<= 1
        self.start = self._closed(1)

    def moves(self, char: str) -> tuple[int, int]:
        """Return the positions that `char` leads on from, and those that it stays at."""
        if (known := self.known.get(char)) is not None:
            return known
        on, stay = self.literals.get(char, 0), 0
        for expected, (more_on, more_stay) in self.classes.items():
            if expected.holds(char):
                on |= more_on
                stay |= more_stay
        self.known[char] = on, stay
        return on, stay

    def certain_moves(self, char: str | CharClass) -> tuple[int, int]:
        """Return the positions that lead on, and that stay, whichever character of a class is read."""
        if isinstance(char, str):
            return self.moves(char)
        on, stay = self.classes.get(char, (0, 0))
        if char != ANY:
            more_on, more_stay = self.classes.get(ANY, (0, 0))
            on, stay = on | more_on, stay | more_stay
        return on, stay

    def step(self, state: int, moves: tuple[int, int]) -> int:
        on, stay = moves
        return self._closed(((state & on) << 1) | (state & stay))

    def _closed(self, state: int) -> int:
        """Add the positions reached by reading nothing: a loop may be left at once."""
        while (wider := state | ((state & self.loops) << 1)) != state:
            state = wider
        return state


def _alphabet(items: Sequence[Item]) -> list[str]:
    """Return every character named, and one for each set of unnamed characters that some class tells apart."""
    literals = {item.char for item in items if isinstance(item.char, str)}
    classes = {item.char for item in items if isinstance(item.char, CharClass)}
    literals.update(char for one in classes for char in one.without)
    seen: set[tuple[bool, ...]] = set()
    fresh: list[str] = []
    ordered = sorted(classes)
    unnamed = next(char for code in range(0x4E00, 0x9FFF) if (char := chr(code)) not in literals)
    for char in dict.fromkeys([*_FRESH, *(char for one in ordered for char in one.members), unnamed]):
        kind = tuple(one.holds(char) for one in ordered)
        if char not in literals and any(kind) and kind not in seen:
            seen.add(kind)
            fresh.append(char)
    return fresh + sorted(literals)


def _following(
    state: tuple[int, ...], masks: Sequence[tuple[int, int]], machines: Sequence[_Machine], sizes: Sequence[int]
) -> tuple[int, ...] | None:
    """Return the state after a character, or None when some group can no longer accept."""
    following: list[int] = []
    place = 0
    for size in sizes:
        alive = 0
        for index in range(place, place + size):
            reached = machines[index].step(state[index], masks[index]) if state[index] else 0
            alive |= reached
            following.append(reached)
        if not alive:
            return None
        place += size
    following += [
        machines[index].step(state[index], masks[index]) if state[index] else 0 for index in range(place, len(machines))
    ]
    return tuple(following)


def _accepted(state: tuple[int, ...], machines: Sequence[_Machine], sizes: Sequence[int]) -> bool:
    place = 0
    for size in sizes:
        if not any(state[index] & machines[index].final for index in range(place, place + size)):
            return False
        place += size
    return not any(state[index] & machines[index].final for index in range(place, len(machines)))


def _spelled(state: tuple[int, ...], came: dict[tuple[int, ...], tuple[tuple[int, ...], str] | None]) -> str:
    chars: list[str] = []
    while (step := came[state]) is not None:
        state, char = step
        chars.append(char)
    return "".join(reversed(chars))
