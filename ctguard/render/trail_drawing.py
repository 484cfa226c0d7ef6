"""A trail and its surroundings as a drawing: who leads to whom, and where that is broken.

The same is told in words, for who cannot see the drawing and for paper in a file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from markupsafe import Markup
from msgspec import Struct

from ctguard.model.finding import Edge, Node, Run, Subject, Surroundings, TrailVerdict
from ctguard.render import svg
from ctguard.render.outline import VERDICT_WORDS
from ctguard.render.trail_layout import BETWEEN, HEIGHT, WIDTH, Box, Layout, known_part, layout_of

TITLES: Final = {
    "trail": "trail", "bucket": "bucket", "key": "KMS key", "topic": "topic", "log_group": "log group",
    "metric_filter": "metric filter", "alarm": "alarm", "subscription": "subscription", "event_rule": "event rule",
    "event_target": "target",
}  # fmt: skip
CAPTIONS: Final = {"metric_filter": "is read by metric filters", "alarm": "that set off alarms"}
OVER: Final = 22
NAME_AT_MOST: Final = 17
KIND_AT_MOST: Final = 25
MARKED: Final = {"fail": "fail", "unknown": "unknown"}

Anchors = Mapping[str, tuple[str, str]]
"""By fingerprint, the rule of a finding and its anchor on the page."""


MOST: Final = 8
"""So many trails are drawn, the worst first; a page with a drawing for each of a hundred trails would be too large."""


class Drawing(Struct, frozen=True):
    """One drawn trail: its name, the anchor of its verdict, the drawing and the same in words."""

    name: str
    anchor: str
    picture: Markup
    ways: list[Way]


class Way(Struct, frozen=True):
    """One edge in words, with links to the findings that decided it and the thing that it leads to."""

    source: str
    relation: str
    target: str
    broken: str
    state: str
    links: tuple[tuple[str, str], ...]


def drawings(run: Run, anchors: Anchors) -> tuple[list[Drawing], int]:
    """Return the drawings of the trails of a run, and how many trails there was no room for."""
    worst_first = sorted(enumerate(run.trails, 1), key=lambda one: list(VERDICT_WORDS).index(one[1].verdict) != 1)
    made = []
    for number, trail in worst_first[:MOST]:
        anchor = f"trail-{number}"
        if (picture := draw(trail, anchor, anchors)) is not None:
            made.append(Drawing(name_of(trail.resource), anchor, picture, ways(trail, anchors)))
    return made, max(0, len(run.trails) - MOST) if made else 0


def draw(trail: TrailVerdict, anchor: str, anchors: Anchors) -> Markup | None:
    """Return the drawing of a trail's surroundings; None where the run says nothing of them."""
    around = _around(trail)
    if len(around.nodes) < 2:
        return None
    layout = layout_of(around)
    said = {edge.target: edge.relation for edge in reversed(around.edges)}
    over = OVER if any(_is_over(edge, layout) for edge in layout.edges) else 0
    parts = [*(_line(edge, layout) for edge in layout.edges)]
    parts += [_box(box, said.get(name, ""), anchors) for name, box in layout.boxes.items()]
    parts += [_mark(edge, layout, anchors) for edge in layout.edges if edge.status in MARKED]
    parts += _captions(layout)
    if layout.left_out:
        more = f"and {layout.left_out} more without a fault of their own"
        parts.append(svg.words(more, WIDTH + BETWEEN + 10, layout.left_out_at + 19, "soft"))
    return svg.drawing(
        parts,
        anchor=f"{anchor}-drawing",
        name=f"The surroundings of {name_of(trail.resource)}",
        about=_summary(trail),
        width=layout.width + 4,
        height=layout.height + over + 4,
        top=-over - 2,
        class_="surroundings",
    )


def ways(trail: TrailVerdict, anchors: Anchors) -> list[Way]:
    """Return the drawing in words, a line for each edge."""
    around = _around(trail)
    nodes = {node.id: node for node in around.nodes}
    told = []
    for edge in around.edges:
        source, target = nodes[edge.source], nodes[edge.target]
        deciding = dict.fromkeys((*edge.decided_by, *target.decided_by))
        links = tuple(anchors[one] for one in deciding if one in anchors)
        told.append(
            Way(
                f"{TITLES[source.resource.type]} {name_of(source.resource)}",
                edge.relation,
                _told(target),
                edge.status,
                target.status,
                links,
            )
        )
    return told


def name_of(subject: Subject) -> str:
    """Return the shortest name that tells a resource from its neighbours."""
    if subject.name:
        return subject.name
    kind, dot, rest = subject.address.partition(".")
    return rest if dot and kind.startswith("aws_") else subject.address


def _around(trail: TrailVerdict) -> Surroundings:
    return known_part(trail.surroundings) if trail.surroundings is not None else Surroundings((), ())


def _told(node: Node) -> str:
    kind = TITLES[node.resource.type]
    if node.presence == "none":
        return f"no {kind}"
    if node.presence == "perhaps":
        return f"a {kind} that nobody can name ({node.resource.address})"
    return f"{kind} {name_of(node.resource)}{', not in this input' if node.presence == 'named' else ''}"


def _summary(trail: TrailVerdict) -> str:
    around = _around(trail)
    broken = sum(edge.status == "fail" for edge in around.edges)
    faulty = sum(node.status == "fail" for node in around.nodes)
    return (
        f"{len(around.nodes)} things, ways between them: {len(around.edges)}, broken: {broken}, things with failures: "
        f"{faulty}. The trail is {VERDICT_WORDS[trail.verdict]}. The same is told in words below."
    )


def _captions(layout: Layout) -> Iterator[Markup]:
    """Yield what stands above the columns of rows, whose boxes have no room to say what they are."""
    for kind, caption in CAPTIONS.items():
        rows = [box for box in layout.boxes.values() if box.node.resource.type == kind]
        if rows:
            yield svg.words(caption, rows[0].x + 1, min(box.y for box in rows) - 9, "soft")


def _box(box: Box, relation: str, anchors: Anchors) -> Markup:
    node = box.node
    kind = TITLES[node.resource.type]
    missing = node.presence in ("none", "perhaps")
    name = {"none": f"no {kind}", "perhaps": "not known which"}.get(node.presence, name_of(node.resource))
    if node.presence == "none" and node.resource.type == "metric_filter":
        name = f"none for {len(node.decided_by)} rules"
    about = "not in this input" if node.presence == "named" else f"{relation} {kind}".strip()
    icon = "not_judged" if node.status == "not_judged" else node.status
    parts = [
        svg.title(f"{about}: {node.resource.address or name} ({node.status.replace('_', ' ')})"),
        svg.element("rect", x=box.x + 1, y=box.y, width=WIDTH - 2, height=box.height, rx=7),
        svg.icon(icon, box.x + 10, box.middle - 7),
    ]
    if box.low:
        parts.append(svg.words(name, box.x + 31, box.y + 19, "name", NAME_AT_MOST))
    else:
        parts.append(svg.words(about, box.x + 31, box.y + 17, "soft", KIND_AT_MOST))
        parts.append(svg.words(name, box.x + 31, box.y + 34, "name", NAME_AT_MOST))
    whole = svg.element("g", *parts, class_=f"node {node.status}{' ghost' if missing else ''}")
    return _linked(whole, f"{about}: {name}", node.decided_by, anchors)


def _linked(part: Markup, name: str, decided_by: tuple[str, ...], anchors: Anchors) -> Markup:
    """Return a part that leads to the first finding which decided it."""
    found = next((anchors[one] for one in decided_by if one in anchors), None)
    if found is None:
        return part
    more = len(decided_by) - 1
    label = f"{name}, {found[0]}" + (f" and {more} more" if more else "")
    return svg.element("a", part, href=f"#{found[1]}", aria_label=label)


def _line(edge: Edge, layout: Layout) -> Markup:
    return svg.element("path", d=_path(edge, layout), class_=f"way {edge.status}")


def _path(edge: Edge, layout: Layout) -> str:
    """Return how a way runs: down from the trail to its log group, over all to a topic far off, else to the right."""
    one, other = layout.boxes[edge.source], layout.boxes[edge.target]
    if one.x == other.x:
        return " ".join(_told_all("M", one.x + 22, one.y + one.height, "V", other.y))
    if _is_over(edge, layout):
        right, end = one.x + WIDTH, other.x + WIDTH / 2
        return " ".join(_told_all("M", right, one.y + 10, "h", 12, "V", -OVER + 6, "H", end, "V", other.y))
    x, y, to, end = one.x + WIDTH, one.middle, other.x, other.middle
    bend = min(BETWEEN, to - x) / 2
    if other.node.resource.type == "event_rule":
        return " ".join(_told_all("M", x, one.y + HEIGHT - 10, "h", 14, "V", end, "H", to))
    if to - x > BETWEEN:
        return " ".join(_told_all("M", x, y, "H", to - BETWEEN, "C", to - bend, y, to - bend, end, to, end))
    return " ".join(_told_all("M", x, y, "C", x + bend, y, to - bend, end, to, end))


def _told_all(*parts: str | float) -> Iterator[str]:
    return (svg.plain(part) for part in parts)


def _is_over(edge: Edge, layout: Layout) -> bool:
    """Say whether a way leads from the trail over the columns between."""
    one, other = layout.boxes[edge.source], layout.boxes[edge.target]
    return one.node.resource.type == "trail" and other.x > WIDTH + 2 * BETWEEN


def _mark(edge: Edge, layout: Layout, anchors: Anchors) -> Markup:
    """Return the mark on a way that is broken or not known: a cross or a question mark, not only a colour."""
    x, y = _point(edge, layout)
    said = "broken" if edge.status == "fail" else "not known"
    parts = (
        svg.title(f"{edge.relation}: {said}"),
        svg.element("circle", cx=x, cy=y, r=9),
        svg.icon(edge.status, x - 6, y - 6, 12),
    )
    mark = svg.element("g", *parts, class_=f"on-way {edge.status}")
    return _linked(mark, f"{edge.relation}: {said}", edge.decided_by, anchors)


def _point(edge: Edge, layout: Layout) -> tuple[float, float]:
    one, other = layout.boxes[edge.source], layout.boxes[edge.target]
    if one.x == other.x:
        return one.x + 22, (one.y + one.height + other.y) / 2
    if _is_over(edge, layout):
        return other.x - BETWEEN / 2, -OVER + 6
    if other.node.resource.type == "event_rule":
        return other.x - 16, other.middle
    if other.x - one.x - WIDTH > BETWEEN:
        return other.x - BETWEEN, one.middle
    return (one.x + WIDTH + other.x) / 2, (one.middle + other.middle) / 2
