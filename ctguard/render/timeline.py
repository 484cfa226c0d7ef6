"""The hours of log files as a drawing: a row for each account and region, the time from left to right.

States differ in shape and not only in colour: proven is solid, paused is
hatched, missing is an empty frame, what nobody could decide bears a question
mark and what was tampered with a cross.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from markupsafe import Markup

from ctguard.model.log_verification import Chain, Hours, LogVerification, State, Stretch
from ctguard.render import svg
from ctguard.render.moments import moment

LABELS: Final = 190
ROOM: Final = 860
ROW: Final = 22
BAR: Final = 14
TOP: Final = 26
NARROWEST: Final = 2.5
MARKED_FROM: Final = 9.0
MOST_ROWS: Final = 60
TICKS: Final = (1, 2, 3, 6, 12, 24, 48, 24 * 7, 24 * 14, 24 * 28, 24 * 84)
MOST_TICKS: Final = 9
STATES: Final[tuple[State, ...]] = ("proven", "paused", "missing", "undecided", "tampered")
MARKS: Final = {"tampered": "fail", "undecided": "unknown"}


class _Scale:
    """From moments to places on the drawing."""

    def __init__(self, start: datetime, end: datetime) -> None:
        self.start = start
        self.end = max(end, start + timedelta(seconds=1))

    def at(self, stamp: str) -> float:
        """Return where a moment stands; one out of the window at its edge."""
        when = moment(stamp) or self.start
        part = (when - self.start) / (self.end - self.start)
        return LABELS + ROOM * min(1.0, max(0.0, part))

    def ticks(self) -> Iterator[tuple[float, str]]:
        """Yield place and words of as many moments as there is room for, at whole hours or days."""
        hours = (self.end - self.start) / timedelta(hours=1)
        step = timedelta(hours=next((one for one in TICKS if hours / one <= MOST_TICKS), hours / MOST_TICKS))
        first = datetime(self.start.year, self.start.month, self.start.day, tzinfo=UTC)
        while first < self.start:
            first += step
        while first <= self.end:
            by_day = step >= timedelta(days=1)
            words = first.strftime("%d %b" if by_day or first.hour == 0 else "%H:%M")
            yield LABELS + ROOM * ((first - self.start) / (self.end - self.start)), words
            first += step


def timeline(found: LogVerification, anchor: str = "timeline") -> Markup | None:
    """Return the drawing of the hours of a verification; None where there is no chain or no window."""
    start, end = moment(found.window.start), moment(found.window.end)
    rows = _rows(found)
    if not rows or start is None or end is None:
        return None
    scale = _Scale(start, end)
    shown = rows if len(rows) <= MOST_ROWS else sorted(rows, key=_is_whole)[:MOST_ROWS]
    parts = [_hatch(anchor), *_axis(scale, len(shown))]
    parts += [_row(row, TOP + number * ROW, scale, anchor) for number, row in enumerate(shown)]
    height = TOP + len(shown) * ROW + 4
    if left_out := len(rows) - len(shown):
        parts.append(svg.words(f"and {left_out} more, each hour as far as known", 0, height + 8, "soft"))
        height += 16
    about = f"{len(rows)} chains from {found.window.start} to {found.window.end}. " + "; ".join(
        told_in_words(found)[:20]
    )
    return svg.drawing(
        parts, anchor=anchor, name="What is proven, by hour", about=about,
        width=LABELS + ROOM + 8, height=height, class_="timeline",
    )  # fmt: skip


def told_in_words(found: LogVerification) -> list[str]:
    """Return each chain in words: how much of its time is in which state."""
    told = []
    for row in _rows(found):
        parts = [f"{_length(row.hours, state)} {state}" for state in STATES if _length(row.hours, state)]
        told.append(f"{_label(row)}: {', '.join(parts) or 'nothing known'}")
    return told


def _length(hours: Sequence[Stretch], state: State) -> str:
    whole = timedelta()
    for begin, end, what in hours:
        one, other = moment(begin), moment(end)
        if what == state and one is not None and other is not None:
            whole += other - one
    number = whole / timedelta(hours=1)
    return f"{number:.0f} h" if number >= 1 else f"{number * 60:.0f} min" if number else ""


def _rows(found: LogVerification) -> list[Hours]:
    """Return the hours of each chain; where the file has none, what is proven, and the rest as missing."""
    told = {(one.account_id, one.region, one.kind): one for one in found.timeline}
    return [told.get((one.account_id, one.region, one.kind)) or _from_proven(one, found) for one in found.chains]


def _from_proven(chain: Chain, found: LogVerification) -> Hours:
    at, hours = found.window.start, []
    for begin, end in sorted(chain.proven):
        if begin > at:
            hours.append((at, begin, "missing"))
        hours.append((begin, end, "proven"))
        at = max(at, end)
    if at < found.window.end:
        hours.append((at, found.window.end, "missing"))
    stretches: tuple[Stretch, ...] = tuple(hours)  # type: ignore[arg-type] # the two words above
    return Hours(chain.account_id, chain.region, chain.kind, stretches)


def _is_whole(row: Hours) -> bool:
    return {what for _, _, what in row.hours} <= {"proven"}


def _label(row: Hours) -> str:
    return f"{row.account_id} {row.region}" + ("" if row.kind == "standard" else f" {row.kind}")


def _axis(scale: _Scale, rows: int) -> Iterator[Markup]:
    for x, words in scale.ticks():
        yield svg.element("path", d=f"M {svg.plain(x)} {TOP - 6} V {TOP + rows * ROW}", class_="tick")
        yield svg.words(words, x, TOP - 11, "soft", text_anchor="middle" if x < LABELS + ROOM - 12 else "end")


def _row(row: Hours, y: float, scale: _Scale, anchor: str) -> Markup:
    parts = [svg.words(_label(row), 0, y + 12, "name", 27)]
    parts += [_stretch(one, y, scale, anchor) for one in row.hours]
    return svg.element("g", *parts)


def _stretch(stretch: Stretch, y: float, scale: _Scale, anchor: str) -> Markup:
    begin, end, state = stretch
    x = scale.at(begin)
    width = max(NARROWEST, scale.at(end) - x)
    fill = f"url(#{anchor}-hatch)" if state == "paused" else None
    parts = [
        svg.title(f"{begin} to {end}: {state}"),
        svg.element("rect", x=x, y=y, width=width, height=BAR, fill=fill),
    ]
    if state in MARKS and width >= MARKED_FROM:
        parts.append(svg.icon(MARKS[state], x + width / 2 - 4.5, y + BAR / 2 - 4.5, 9))
    return svg.element("g", *parts, class_=f"stretch {state}")


def _hatch(anchor: str) -> Markup:
    """Return the pattern of paused time: stripes, which stay apart from solid in grey and for every eye."""
    line = svg.element("path", d="M 0 0 V 6", class_="stripe")
    pattern = svg.element(
        "pattern", line, id=f"{anchor}-hatch", width=6, height=6, patternUnits="userSpaceOnUse",
        patternTransform="rotate(45)",
    )  # fmt: skip
    return svg.element("defs", pattern)
