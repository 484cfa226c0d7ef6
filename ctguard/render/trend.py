"""A trend as a picture: failures, unknowns and passes of each run in one inline SVG, light and dark."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from ctguard.model.trend import Point
from ctguard.model.visible import visible

WIDTH: Final = 720
HEIGHT: Final = 240
LEFT: Final = 48
BOTTOM: Final = 28
TOP: Final = 28
LINES: Final = (
    # count in a run's summary, word beside it, dash pattern: told apart without colour too
    ("fail", "failing", ""),
    ("unknown", "unknown", "6 4"),
    ("pass", "passing", "2 3"),
)
STYLE: Final = (
    ".trend{font:12px system-ui,sans-serif;color:#1f2328}"
    ".trend .axis{stroke:#8c959f;stroke-width:1}.trend text{fill:currentColor}"
    ".trend path{fill:none;stroke-width:2}.trend .fail{stroke:#b3261e}.trend .unknown{stroke:#8a5a00}"
    ".trend .pass{stroke:#1a7f37}"
    "@media(prefers-color-scheme:dark){.trend{color:#e6edf3}.trend .fail{stroke:#ff8a80}"
    ".trend .unknown{stroke:#e3b341}.trend .pass{stroke:#56d364}}"
)


def render(points: Sequence[Point], title: str) -> str:
    """Return an SVG document of `points`, oldest first; it needs nothing beside itself."""
    most = max((point.summary.get(name, 0) for point in points for name, _, _ in LINES), default=0) or 1
    lines = "".join(_line(points, name, dash, most) for name, _, dash in LINES)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="trend" role="img" viewBox="0 0 {WIDTH} {HEIGHT}">'
        f"<title>{escape(visible(title))}</title><desc>{escape(_told(points))}</desc><style>{STYLE}</style>"
        f"{_axes(points, most)}{lines}{_legend()}</svg>\n"
    )


def _axes(points: Sequence[Point], most: int) -> str:
    floor = HEIGHT - BOTTOM
    first, last = (points[0].started_at[:10], points[-1].started_at[:10]) if points else ("", "")
    return (
        f'<path class="axis" d="M{LEFT} {TOP}V{floor}H{WIDTH - 8}"/>'
        f'<text x="{LEFT - 6}" y="{TOP + 4}" text-anchor="end">{most}</text>'
        f'<text x="{LEFT - 6}" y="{floor}" text-anchor="end">0</text>'
        f'<text x="{LEFT}" y="{HEIGHT - 8}">{escape(first)}</text>'
        f'<text x="{WIDTH - 8}" y="{HEIGHT - 8}" text-anchor="end">{escape(last)}</text>'
    )


def _line(points: Sequence[Point], name: str, dash: str, most: int) -> str:
    step = (WIDTH - LEFT - 16) / max(len(points) - 1, 1)
    height = HEIGHT - TOP - BOTTOM
    places = [
        f"{LEFT + 4 + index * step:.1f} {HEIGHT - BOTTOM - point.summary.get(name, 0) / most * height:.1f}"
        for index, point in enumerate(points)
    ]
    if not places:
        return ""
    # A single run is a point, which a line shows only with round ends.
    way = "L".join(places if len(places) > 1 else places * 2)
    return f'<path class="{name}" stroke-linecap="round"{_dashed(dash)} d="M{way}"/>'


def _dashed(dash: str) -> str:
    return f' stroke-dasharray="{dash}"' if dash else ""


def _legend() -> str:
    parts = []
    for index, (name, word, dash) in enumerate(LINES):
        left = LEFT + index * 110
        parts.append(
            f'<path class="{name}"{_dashed(dash)} d="M{left} 12h24"/><text x="{left + 30}" y="16">{word}</text>'
        )
    return "".join(parts)


def _told(points: Sequence[Point]) -> str:
    if not points:
        return "no runs"
    first, last = points[0], points[-1]
    changes = ", ".join(
        f"{word} {first.summary.get(name, 0)} to {last.summary.get(name, 0)}" for name, word, _ in LINES
    )
    return f"{len(points)} runs from {first.started_at[:10]} to {last.started_at[:10]}: {changes}"
