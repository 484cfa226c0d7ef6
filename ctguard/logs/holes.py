"""Say why time of a chain is not proven: a pause, a late digest, a new start, or nothing that explains it.

`links` finds the holes. What explains them comes from two sources that an
intruder in the bucket cannot write: records in proven log files, and the trail's
own status.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ctguard.logs.links import Cause, Hole, digests_in
from ctguard.logs.times import HOUR, Moment, Stretch, iso
from ctguard.logs.verdict import Finding

DELIVERY = HOUR
"""How long after its end a digest may arrive before it counts as missing."""

_SLACK = HOUR + HOUR // 4
"""The last digest before a pause, or the first after it, may reach this far past the call that stopped or started."""

_FOREVER = 1 << 40


@dataclass(frozen=True, slots=True)
class Pause:
    """Time in which the trail made no digests, and what tells so.

    `end` None: it goes on. `start` None: only its end is known, so it explains
    nothing but a chain that starts anew then.
    """

    start: Moment | None
    end: Moment | None
    why: str

    def explains(self, hole: Stretch, *, restart: bool) -> Stretch | None:
        """Return the part of `hole` that this pause accounts for, None when there is none."""
        end = _FOREVER if self.end is None else self.end
        if self.start is None:
            return hole if restart and abs(hole.end - end) <= _SLACK else None
        start = hole.start if hole.start >= self.start - _SLACK else self.start
        if start > hole.end or start > end:
            return None
        reaches = hole.end if hole.end <= end + _SLACK else end
        return Stretch(start, reaches) if reaches >= start else None


@dataclass(frozen=True, slots=True)
class TrailState:
    """What the trail says of itself in one region; None is what could not be asked.

    `digests_due`: the trail is on and makes digest files (LogFileValidationEnabled).
    `latest_digest` is LatestDigestDeliveryTime.
    """

    digests_due: bool | None = None
    latest_digest: Moment | None = None


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known about a chain beside its objects.

    `begins`: no digest of it is older than the window. `shares_folder`: another
    trail, without digests, writes its log files into the same folder.
    """

    now: Moment
    pauses: tuple[Pause, ...] = ()
    state: TrailState = TrailState()
    begins: bool = False
    shares_folder: bool = False


@dataclass(frozen=True, slots=True)
class Explained:
    """A finding for one unbroken stretch; `due`: its digests should be there; `missing`: how many."""

    finding: Finding
    due: bool = False
    missing: int = 0


def explain(hole: Hole, circumstances: Circumstances) -> Iterator[Explained]:
    """Yield findings that together enclose `hole`, each with what accounts for it."""
    rest = [hole.stretch]
    for pause in circumstances.pauses:
        for stretch in list(rest):
            part = pause.explains(stretch, restart=hole.cause is Cause.RESTART and stretch.end == hole.stretch.end)
            if part is None or (_long(stretch) and not _long(part)):
                continue
            detail = f"no digests are made while the trail is stopped: {pause.why}"
            yield Explained(Finding("logging_stopped", detail, hole.after, part))
            rest.remove(stretch)
            rest += filter(_long, (Stretch(stretch.start, part.start), Stretch(part.end, stretch.end)))
    for stretch in rest:
        before_pause = stretch.end < hole.stretch.end and hole.cause is not Cause.NOTHING
        yield _unexplained(stretch, hole, Cause.BROKEN if before_pause else hole.cause, circumstances)


def _long(stretch: Stretch) -> bool:
    return stretch.end > stretch.start


def _unexplained(stretch: Stretch, hole: Hole, cause: Cause, circumstances: Circumstances) -> Explained:
    if cause is Cause.RESTART:
        return Explained(_restart(stretch, hole, circumstances))
    if cause is Cause.UNTOUCHED:
        detail = f"the digest after it starts at {iso(stretch.end)}, the one that it links to ends before"
        return Explained(Finding("time_hole", detail, hole.after, stretch))
    if cause is Cause.BROKEN:
        return _missing(stretch, "its time has passed without a digest", circumstances.now, by_clock=True)
    return _open_end(stretch, cause, circumstances)


def _restart(stretch: Stretch, hole: Hole, circumstances: Circumstances) -> Finding:
    if hole.first and circumstances.begins and stretch.start == hole.stretch.start:
        return Finding("trail_too_young", "no digest of the trail is older", hole.after, stretch)
    length = f"after {(stretch.end - stretch.start) / HOUR:.1f} hours without digests" if _long(stretch) else "here"
    detail = f"a new chain starts {length}; no record or status explains it"
    return Finding("chain_restarted", detail, hole.after, stretch)


def _open_end(stretch: Stretch, cause: Cause, circumstances: Circumstances) -> Explained:
    """Explain time that no later digest ends."""
    state, now = circumstances.state, circumstances.now
    due_at = stretch.start + HOUR + DELIVERY
    if state.latest_digest is not None and cause is Cause.TAIL and state.latest_digest >= due_at:
        told = f"the trail delivered a digest at {iso(state.latest_digest)}, the bucket holds none of this time"
        return _missing(stretch, told, now, by_clock=False)
    if now < due_at:
        detail = f"the digest of this time is not due before {iso(due_at)}"
        return Explained(Finding("coverage_gap", detail, None, stretch))
    if cause is Cause.NOTHING:
        off = "; the trail makes none (log file validation is off)" if state.digests_due is False else ""
        return Explained(Finding("no_digests", f"the bucket holds no digest of this chain{off}", None, stretch))
    if state.digests_due is False:
        detail = "the trail makes no digest files: log file validation is off"
        return Explained(Finding("coverage_gap", detail, None, stretch))
    late = _missing(stretch, f"the next digest was due at {iso(due_at)}", now, by_clock=True)
    # Where the trail itself says that it has delivered none, digests are late and nobody took them away.
    return late if state.latest_digest is None else replace(late, due=False)


def _missing(stretch: Stretch, detail: str, now: Moment, *, by_clock: bool) -> Explained:
    finding = Finding("digest_missing", detail, None, stretch, by_clock=by_clock)
    passed = Stretch(stretch.start, max(stretch.start, min(stretch.end, now)))
    return Explained(finding, due=True, missing=digests_in(passed))
