"""A trend as a picture: how many findings failed, were unknown and passed from run to run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from markupsafe import Markup

from ctguard.model.trend import Point
from ctguard.render.svg import drawing, element, plain, words

WIDTH: Final = 720
HEIGHT: Final = 240
LEFT: Final = 48
RIGHT: Final = WIDTH - 16
TOP: Final = 28
FLOOR: Final = HEIGHT - 28
LINES: Final = (
    # count in a run's summary, word beside it, dash pattern: told apart without colour too
    ("fail", "failing", None),
    ("unknown", "unknown", "6 4"),
    ("pass", "passing", "2 3"),
)
STYLE: Final = Markup(
    ".trend{font:12px system-ui,sans-serif;color:#1f2328}.trend text{fill:currentColor}"
    ".trend path{fill:none;stroke:#8c959f;stroke-width:1}.trend .line{stroke-width:2}"
    ".trend .fail{stroke:#b3261e}.trend .unknown{stroke:#8a5a00}.trend .pass{stroke:#1a7f37}"
    "@media(prefers-color-scheme:dark){.trend{color:#e6edf3}.trend .fail{stroke:#ff8a80}"
    ".trend .unknown{stroke:#e3b341}.trend .pass{stroke:#56d364}}"
)
"""The colours of a picture that stands alone; in a report they are the page's."""


def render(points: Sequence[Point], title: str) -> str:
    """Return an SVG document of `points`, oldest first; it needs nothing beside itself."""
    drawn = trend_drawing(points, title, element("style", STYLE))
    return str(drawn).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1) + "\n"


def trend_drawing(points: Sequence[Point], title: str, *more: Markup) -> Markup:
    """Return the picture of `points`, oldest first, to stand in a page."""
    most = max((point.summary.get(name, 0) for point in points for name, _, _ in LINES), default=0) or 1
    lines = [_line(points, name, dash, most) for name, _, dash in LINES if points]
    return drawing(
        [*more, *_axes(points, most), *lines, *_legend()],
        anchor="trend",
        name=title,
        about=told(points),
        width=WIDTH,
        height=HEIGHT,
        class_="trend",
    )


def told(points: Sequence[Point]) -> str:
    """Return the picture in words."""
    if not points:
        return "no runs"
    first, last = points[0], points[-1]
    changes = ", ".join(
        f"{word} {first.summary.get(name, 0)} to {last.summary.get(name, 0)}" for name, word, _ in LINES
    )
    return f"{len(points)} runs from {first.started_at[:10]} to {last.started_at[:10]}: {changes}"


def _axes(points: Sequence[Point], most: int) -> list[Markup]:
    first, last = (points[0].started_at[:10], points[-1].started_at[:10]) if points else ("", "")
    return [
        element("path", d=f"M{LEFT} {TOP}V{FLOOR}H{RIGHT}"),
        words(str(most), LEFT - 6, TOP + 4, "soft", text_anchor="end"),
        words("0", LEFT - 6, FLOOR, "soft", text_anchor="end"),
        words(first, LEFT, HEIGHT - 8, "soft"),
        words(last, RIGHT, HEIGHT - 8, "soft", text_anchor="end"),
    ]


def _line(points: Sequence[Point], name: str, dash: str | None, most: int) -> Markup:
    step = (RIGHT - LEFT - 8) / max(len(points) - 1, 1)
    places = [
        f"{plain(LEFT + 4 + index * step)} {plain(FLOOR - point.summary.get(name, 0) / most * (FLOOR - TOP))}"
        for index, point in enumerate(points)
    ]
    # A single run is a point, which a line shows only with round ends.
    way = "L".join(places if len(places) > 1 else places * 2)
    return element("path", d=f"M{way}", class_=f"line {name}", stroke_linecap="round", stroke_dasharray=dash)


def _legend() -> list[Markup]:
    parts: list[Markup] = []
    for index, (name, word, dash) in enumerate(LINES):
        left = LEFT + index * 110
        parts.append(element("path", d=f"M{left} 12h24", class_=f"line {name}", stroke_dasharray=dash))
        parts.append(words(word, left + 30, 16, "soft"))
    return parts
