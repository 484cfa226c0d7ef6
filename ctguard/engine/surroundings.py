"""What stands around each trail: who leads to whom, and where that breaks, for a reader to see at a glance.

Nothing is judged here. Each finding is told at one place: at a tie when it
speaks of the tie, else at the resource where its chain ends, else at its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, Literal, TypeAlias

from ctguard.engine.findings import Judged, subject_of
from ctguard.engine.outcome import Break
from ctguard.engine.rule import Judge
from ctguard.engine.scope import attributes_of
from ctguard.engine.ties import ADMITS, TIES, WATCHED, Tie, follow
from ctguard.model.finding import Edge, Finding, Node, Subject, Surroundings
from ctguard.model.inventory import Inventory
from ctguard.model.logic import Status
from ctguard.model.resource import Resource
from ctguard.model.values import Unknown

State: TypeAlias = Literal["pass", "fail", "unknown", "not_judged"]
Told: TypeAlias = tuple[State, tuple[str, ...]]

WORST_FIRST: Final[tuple[tuple[Status, State], ...]] = (
    (Status.FAIL, "fail"),
    (Status.UNKNOWN, "unknown"),
    (Status.PASS, "pass"),
)


def surroundings_by(judged: Iterable[Judged], inventory: Inventory) -> Callable[[Resource], Surroundings]:
    """Return what tells of a trail's surroundings, as the findings of a run see them."""
    by_resource: dict[int, list[Judged]] = defaultdict(list)
    for one in judged:
        by_resource[id(one.resource)].append(one)
    return lambda trail: _Walk(trail, by_resource, inventory).surroundings()


class _Walk:
    """Goes from one trail to everything that it leads to, and writes down what findings say on the way."""

    def __init__(self, trail: Resource, by_resource: dict[int, list[Judged]], inventory: Inventory) -> None:
        self._trail = trail
        self._judged = by_resource
        self._inventory = inventory
        self._ended: dict[tuple[int, str], list[Judged]] = defaultdict(list)
        self._nodes: dict[int, tuple[str, Resource]] = {}
        self._ghosts: list[Node] = []
        self._edges: list[Edge] = []
        self._told: set[int] = set()
        self._followed: dict[str, Status] = {}  # the best finding whose explanation went through an address
        for one in by_resource.get(id(trail), ()):
            for resource, attribute in self._ends(one):
                self._ended[id(resource), attribute].append(one)
            for leaf in one.finding.explanation:
                for address in (leaf.path, leaf.path.rpartition(".")[0]):
                    if self._followed.get(address) is not Status.PASS:
                        self._followed[address] = one.finding.status

    def _ends(self, one: Judged) -> tuple[Break, ...]:
        """Return where the chains of a finding on the trail end; what no filter sees ends at the log group."""
        group = self._inventory.follow(self._trail, "log_group")
        unseen = _asks(one, WATCHED) and not one.breaks and one.finding.status in (Status.FAIL, Status.UNKNOWN)
        return (Break(group, "metric_filters"),) if unseen and isinstance(group, Resource) else one.breaks

    def surroundings(self) -> Surroundings:
        self._reach(self._trail)
        for rule in self._event_rules():
            name = self._name(rule)
            self._edges.append(Edge("n0", name, "is seen by", "not_judged"))
            self._lead_on(rule, name)
        nodes = [self._node(name, resource) for name, resource in self._nodes.values()]
        edges = sorted(self._edges, key=lambda edge: (_number(edge.source), _number(edge.target)))
        return Surroundings(tuple(sorted([*nodes, *self._ghosts], key=lambda node: _number(node.id))), tuple(edges))

    def _reach(self, resource: Resource) -> str:
        """Return the name of the node of `resource`; at the first visit go on from there."""
        known = self._nodes.get(id(resource))
        if known is not None:
            return known[0]
        name = self._name(resource)
        self._lead_on(resource, name)
        return name

    def _name(self, resource: Resource) -> str:
        name = f"n{len(self._nodes) + len(self._ghosts)}"
        self._nodes[id(resource)] = (name, resource)
        return name

    def _lead_on(self, source: Resource, name: str) -> None:
        for tie in TIES.get(source.kind.name, ()):
            targets = follow(source, tie, self._inventory)
            speaking = list(self._at_source(source, tie))
            if tie.several or not targets:
                self._missing(name, tie, _told(speaking), perhaps=source.missing)
                speaking = []
            for target in targets:
                self._tie(name, tie, target, speaking)

    def _tie(self, name: str, tie: Tie, target: Resource | Unknown, speaking: Sequence[Judged]) -> None:
        if isinstance(target, Unknown):
            perhaps = self._ghost(Subject(tie.to, target.what), "perhaps", ("unknown", ()))
            self._edges.append(Edge(name, perhaps, tie.relation, "unknown"))
            return
        state, deciding = _told([*speaking, *self._at_target(target, tie)])
        self._edges.append(Edge(name, self._reach(target), tie.relation, state, deciding))

    def _missing(self, name: str, tie: Tie, told: Told, *, perhaps: Unknown | None) -> None:
        if told[0] in ("fail", "unknown") and perhaps is None:
            self._edges.append(Edge(name, self._ghost(Subject(tie.to, ""), "none", told), tie.relation, *told))

    def _ghost(self, subject: Subject, presence: Literal["perhaps", "none"], told: Told) -> str:
        """Return the name of a node for what should be there and is not, or for what nobody can name."""
        name = f"n{len(self._nodes) + len(self._ghosts)}"
        self._ghosts.append(Node(name, subject, presence, *told))
        return name

    def _at_source(self, source: Resource, tie: Tie) -> Iterator[Judged]:
        """Yield what speaks of the tie at its beginning: findings on its attributes, chains that end there."""
        for one in self._judged.get(id(source), ()):
            if tie.by & attributes_of(one.rule.require) and not self._ends(one):
                yield self._once(one)
        ends = [*tie.by, "alarms"] if tie.to == "alarm" else tie.by
        group = self._inventory.follow(source, "log_group") if tie.to == "alarm" else source
        for attribute in sorted(ends):
            place = group if attribute == "alarms" else source
            yield from map(self._once, self._ended.get((id(place), attribute), ()))

    def _at_target(self, target: Resource, tie: Tie) -> Iterator[Judged]:
        for attribute in sorted(tie.at):
            yield from map(self._once, self._ended.get((id(target), attribute), ()))
        for one in self._judged.get(id(target), ()):
            if tie in TIES["trail"] and _asks(one, ADMITS):
                yield self._once(one)

    def _once(self, one: Judged) -> Judged:
        self._told.add(id(one))
        return one

    def _node(self, name: str, resource: Resource) -> Node:
        own = [one for one in self._judged.get(id(resource), ()) if id(one) not in self._told and not one.breaks]
        ended = [one for (place, _), several in self._ended.items() if place == id(resource) for one in several]
        state, deciding = _told([*own, *(one for one in ended if id(one) not in self._told)])
        if state == "not_judged" and self._followed.get(resource.address) is Status.PASS:
            state = "pass"
        presence: Literal["declared", "named"] = "declared" if resource.missing is None else "named"
        return Node(name, subject_of(resource), presence, state, deciding)

    def _event_rules(self) -> Iterator[Resource]:
        """Yield the event rules that a finding on the trail followed."""
        for rule in self._inventory.of_kind("event_rule"):
            if rule.unit == self._trail.unit and rule.address in self._followed:
                yield rule


def _asks(one: Judged, judgement: str) -> bool:
    return isinstance(one.rule.require, Judge) and one.rule.require.name == judgement


def _told(judged: Iterable[Judged]) -> Told:
    """Return the worst that findings say, and those that say so where it is no pass."""
    findings: list[Finding] = [one.finding for one in judged]
    for status, state in WORST_FIRST:
        names = tuple(sorted({one.fingerprint for one in findings if one.status is status}))
        if names:
            return state, names if state != "pass" else ()
    return "not_judged", ()


def _number(name: str) -> int:
    return int(name[1:])
