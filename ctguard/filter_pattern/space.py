"""A set of events, as the product of what their fields may hold, made ready for the search.

Tests see an event through paths. A field whose parents are always objects is a
variable of its own; a part of the event that may be missing altogether is one
variable as a whole, with the combinations of its inner fields as options.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from ctguard.filter_pattern.automaton import TooManyError
from ctguard.filter_pattern.condition import MISSING, Absent, Found
from ctguard.filter_pattern.domain import Domain, FieldTest, examples
from ctguard.filter_pattern.formula import Option
from ctguard.filter_pattern.syntax import Path, Step

MOST_OPTIONS = 3_000


class Space(Protocol):
    """What the events of a set may hold."""

    def domain(self, path: Path) -> Domain:
        """Return the values that are possible at `path`."""
        ...

    def samples(self, path: Path, words: Iterable[str]) -> Sequence[str]:
        """Return texts that are preferred as examples at `path`; some have one of `words` in them."""
        ...


Tests = Mapping[Path, Mapping[int, FieldTest]]
"""The tests of a formula's leaves, by the path of the field that they see."""


class _Node:
    """A field that is looked at, or that leads to one."""

    def __init__(self, path: Path, tests: Mapping[int, FieldTest] | None = None) -> None:
        self.path = path
        self.tests = dict(tests or {})
        self.children: dict[Step, _Node] = {}

    def everything(self) -> dict[int, FieldTest]:
        """Return the tests of this node and of all below it."""
        found = dict(self.tests)
        for child in self.children.values():
            found |= child.everything()
        return found


def variables(tests: Tests, space: Space) -> dict[str, list[Option]]:
    """Return the variables of a set of events; each option's value is a list of (path, value).

    Raises TooManyError.
    """
    return {_name(node.path): list(_options(node, space)) for node in _free_nodes(_tree(tests), space)}


def _tree(tests: Tests) -> _Node:
    root = _Node(())
    for path, group in tests.items():
        node = root
        for step in path:
            node = node.children.setdefault(step, _Node((*node.path, step)))
        node.tests.update(group)
    return root


def _free_nodes(node: _Node, space: Space) -> Iterator[_Node]:
    if not space.domain(node.path).always_object:
        yield node
        return
    if node.tests:
        yield _Node(node.path, node.tests)
    for child in node.children.values():
        yield from _free_nodes(child, space)


def _options(node: _Node, space: Space) -> Iterator[Option]:
    """Yield an option for each way in which the tests at and below `node` can be answered."""
    seen: set[tuple[bool | None, ...]] = set()
    for option in itertools.chain(_plain(node, space), _containers(node, space)):
        answers = tuple(option.answers.values())
        if answers not in seen:
            seen.add(answers)
            yield option
        if len(seen) > MOST_OPTIONS:
            raise TooManyError


def _plain(node: _Node, space: Space) -> Iterator[Option]:
    below = {leaf: test for child in node.children.values() for leaf, test in child.everything().items()}
    words = {word: None for test in node.tests.values() for word in test.words() if word}
    samples = space.samples(node.path, words)
    for value in examples(space.domain(node.path), list(node.tests.values()), samples):
        answers = {leaf: test.answer(value) for leaf, test in node.tests.items()}
        answers |= {leaf: test.answer(MISSING) for leaf, test in below.items()}
        yield Option([(node.path, value)], _ordered(answers))


def _containers(node: _Node, space: Space) -> Iterator[Option]:
    domain = space.domain(node.path)
    if domain.objects:
        yield from _filled(node, space, {}, str, MISSING)
    if domain.arrays:
        yield from _filled(node, space, [], int, Absent.IN_ARRAY)


def _filled(node: _Node, space: Space, empty: Any, kind: type, elsewhere: Found) -> Iterator[Option]:
    """Yield the options of a container whose steps are of `kind`; other steps lead `elsewhere`."""
    own = {leaf: test.answer(empty) for leaf, test in node.tests.items()}
    inner = [child for step, child in node.children.items() if isinstance(step, kind)]
    outer = [child for step, child in node.children.items() if not isinstance(step, kind)]
    own |= {leaf: test.answer(elsewhere) for child in outer for leaf, test in child.everything().items()}
    inner.sort(key=lambda child: str(child.path[-1]))
    groups = [list(_options(child, space)) for child in inner]
    count = 1
    for group in groups:
        count *= len(group)
    if count > MOST_OPTIONS:
        raise TooManyError
    for choice in itertools.product(*groups):
        written = [pair for option in choice for pair in option.value]
        if kind is int and not _without_holes(node.path, written):
            continue
        answers = dict(own)
        for option in choice:
            answers |= option.answers
        yield Option([(node.path, empty), *written], _ordered(answers))


def _without_holes(path: Path, written: Sequence[tuple[Path, Found]]) -> bool:
    """Tell whether no position of an array is missing below one that is there."""
    at = len(path)
    positions = {inner[at]: value is not MISSING for inner, value in written if len(inner) == at + 1}
    present = [position for position, there in positions.items() if there]
    absent = [position for position, there in positions.items() if not there]
    return not present or not absent or max(map(int, present)) < min(map(int, absent))


def _ordered(answers: dict[int, bool | None]) -> dict[int, bool | None]:
    return dict(sorted(answers.items()))


def _name(path: Path) -> str:
    return ".".join(map(str, path)) or "$"


def write(event: dict[str, Any], pairs: Sequence[tuple[Path, Found]]) -> None:
    """Put the values of options into an event."""
    for path, value in pairs:
        if not path:
            continue
        parent: Any = event
        for step, following in itertools.pairwise(path):
            parent = _enter(parent, step, [] if isinstance(following, int) else {})
        _set(parent, path[-1], value)


def _enter(parent: Any, step: Step, empty: Any) -> Any:
    existing = _get(parent, step)
    if not isinstance(existing, type(empty)):
        _set(parent, step, empty)
        return _get(parent, step)
    return existing


def _get(parent: Any, step: Step) -> Any:
    if isinstance(parent, list):
        return parent[step] if isinstance(step, int) and step < len(parent) else None
    return parent.get(step)


def _set(parent: Any, step: Step, value: Found) -> None:
    value = {} if value == {} else [] if value == [] else value
    if isinstance(parent, list) and isinstance(step, int):
        if value is MISSING:
            del parent[step:]
            return
        parent += ["-"] * (step + 1 - len(parent))
        parent[step] = value
    elif value is MISSING:
        parent.pop(step, None)
    else:
        parent[step] = value
