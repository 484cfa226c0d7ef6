"""Where the things around a trail stand when they are drawn: files above, events below, from left to right.

Above stands the trail with what keeps its files. Below stands the log group with
a row for each metric filter, its alarm, the topic that it tells and who hears of
it, so that each row reads as a sentence.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

from ctguard.model.finding import Edge, Node, Surroundings

WIDTH: Final = 180
HEIGHT: Final = 44
LOW: Final = 30
BETWEEN: Final = 44
GAP: Final = 12
ROW_GAP: Final = 8
LANE_GAP: Final = 46
MOST_ROWS: Final = 10
COLUMNS: Final = {
    "trail": 0, "log_group": 0, "bucket": 1, "key": 1, "metric_filter": 1, "event_rule": 1, "alarm": 2,
    "event_target": 2, "topic": 3, "subscription": 4,
}  # fmt: skip


class Box(Struct, frozen=True):
    """Where a node stands; `low` boxes have one line."""

    node: Node
    x: int
    y: float
    low: bool

    @property
    def height(self) -> int:
        return LOW if self.low else HEIGHT

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


class Layout(Struct, frozen=True):
    """The boxes by the id of their nodes, the edges between them, and how many rows found no room below the others."""

    boxes: dict[str, Box]
    edges: tuple[Edge, ...]
    width: int
    height: float
    left_out: int
    left_out_at: float


def known_part(around: Surroundings) -> Surroundings:
    """Return what can be drawn of surroundings that a stranger may have written: known kinds, edges with two ends."""
    nodes = {one.id: one for one in around.nodes if one.resource.type in COLUMNS}
    trails = [one for one in nodes.values() if one.resource.type == "trail"][:1]
    others = [one for one in nodes.values() if one.resource.type != "trail"] if trails else []
    kept = {one.id for one in (*trails, *others)}
    edges = tuple(one for one in around.edges if one.source != one.target and {one.source, one.target} <= kept)
    return Surroundings((*trails, *others), edges)


def layout_of(around: Surroundings) -> Layout:
    """Return where each node of `around` stands."""
    return _Layout(around).made()


class _Layout:
    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._nodes = {one.id: one for one in around.nodes}
        self._next: dict[str, list[str]] = defaultdict(list)
        self._before: dict[str, list[str]] = defaultdict(list)
        for edge in around.edges:
            self._next[edge.source].append(edge.target)
            self._before[edge.target].append(edge.source)
        self._boxes: dict[str, Box] = {}

    def made(self) -> Layout:
        trail = self._around.nodes[0]
        self._put(trail, 0.0)
        below = self._files(trail) + LANE_GAP
        left_out, bottom = self._events(trail, below)
        for kind in ("topic", "subscription"):
            self._ends(kind)
        edges = tuple(one for one in self._around.edges if {one.source, one.target} <= set(self._boxes))
        height = max(box.y + box.height for box in self._boxes.values())
        columns = max(COLUMNS[box.node.resource.type] for box in self._boxes.values())
        return Layout(
            self._boxes, edges, columns * (WIDTH + BETWEEN) + WIDTH, max(height, bottom), left_out, bottom - LOW
        )

    def _put(self, node: Node, y: float, *, low: bool = False, column: int | None = None) -> None:
        at = COLUMNS[node.resource.type] if column is None else column
        self._boxes[node.id] = Box(node, at * (WIDTH + BETWEEN), y, low)

    def _files(self, trail: Node) -> float:
        """Put what keeps the trail's files, and return where that ends."""
        y = 0.0
        for node in self._of(self._next[trail.id], "bucket", "key", "topic"):
            if node.resource.type == "topic" and set(self._before[node.id]) != {trail.id}:
                continue  # alarms tell it too: it stands at their end
            self._put(node, y, column=1)
            for heard, one in enumerate(self._of(self._next[node.id], "subscription")):
                self._put(one, y + heard * (HEIGHT + GAP), column=2)
            y += max(1, len(self._next[node.id])) * (HEIGHT + GAP)
        return max(y - GAP, float(HEIGHT))

    def _events(self, trail: Node, top: float) -> tuple[int, float]:
        """Put the log group and the rows of what watches it, and event rules; return the rows left out, and the end."""
        groups = self._of(self._next[trail.id], "log_group")
        readers = [one for group in groups for one in self._of(self._next[group.id], "metric_filter")]
        rows = [*readers, *self._of(self._next[trail.id], "event_rule")]
        shown = rows if len(rows) <= MOST_ROWS else sorted(rows, key=self._holds)[:MOST_ROWS]
        y = top
        for node in (one for one in rows if one in shown):
            self._put(node, y, low=True)
            ends = [one for one in self._of(self._next[node.id], "alarm", "event_target") if one.id not in self._boxes]
            for number, alarm in enumerate(ends):
                self._put(alarm, y + number * (LOW + ROW_GAP), low=True)
            y += max(1, len(ends)) * (LOW + ROW_GAP)
        left_out = len(rows) - len(shown)
        y += LOW + ROW_GAP if left_out else 0
        bottom = max(y - ROW_GAP, top)
        for group in groups:
            self._put(group, max(top, (top + bottom - HEIGHT) / 2))
        return left_out, bottom if rows else top + (HEIGHT if groups else -LANE_GAP)

    def _holds(self, row: Node) -> bool:
        """Say whether nothing in the row of a filter is worth a look."""
        chain = [row.id, *self._next[row.id]]
        states = [self._nodes[name].status for name in chain]
        states += [edge.status for edge in self._around.edges if edge.source in chain or edge.target == row.id]
        return not {"fail", "unknown"} & set(states)

    def _ends(self, kind: str) -> None:
        """Put what stands at the end of the rows, each thing as near to what leads to it as room allows."""
        wanted = []
        for node in self._around.nodes:
            sources = [self._boxes[one] for one in self._before[node.id] if one in self._boxes]
            near = [box.middle for box in sources if box.node.resource.type != "trail"] or [
                box.middle for box in sources
            ]
            if node.resource.type == kind and node.id not in self._boxes and near:
                wanted.append((sum(near) / len(near) - HEIGHT / 2, node))
        free = 0.0
        for y, node in sorted(wanted, key=lambda one: one[0]):
            self._put(node, max(y, free))
            free = self._boxes[node.id].y + HEIGHT + GAP

    def _of(self, names: Iterable[str], *kinds: str) -> Sequence[Node]:
        return [self._nodes[one] for one in names if self._nodes[one].resource.type in kinds]
