"""Fold the digests of one chain into what they prove together, and the holes between them.

Each digest was judged by itself before. Here links are followed in both
directions: every link must lead to the digest that it names, unchanged, and every
digest must be reached by a later one, or be the last before a new start. Why a
hole is there (a pause, a late digest) is for `holes` to say.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from ctguard.logs.digest import Digest, Link, Sound, Unsound
from ctguard.logs.naming import place_of
from ctguard.logs.times import HOUR, Moment, Stretch, iso, union, without
from ctguard.logs.verdict import WEIGHT, Finding, Verdict

ObjectId: TypeAlias = tuple[str, str]
"""Bucket and key."""

_LATE = 2 * HOUR
"""An unreadable digest is taken to begin where the one before it ends, unless that is longer ago."""


@dataclass(frozen=True, slots=True)
class Absent:
    """A digest that a link names and the bucket does not hold."""

    bucket: str
    key: str
    end: Moment
    named_by: str


Reading: TypeAlias = Digest | Absent


class Cause(StrEnum):
    """What stands at the end of a hole."""

    RESTART = "a digest that starts a new chain"
    UNTOUCHED = "a digest that is linked across the hole"
    BROKEN = "a digest that cannot be believed"
    TAIL = "nothing"
    NOTHING = "nothing, and nothing before it"


@dataclass(frozen=True, slots=True)
class Hole:
    """Time without a digest; `after` is the key of the digest that ends it, `first`: none came before in the window."""

    stretch: Stretch
    cause: Cause
    after: str | None = None
    first: bool = False


@dataclass(slots=True)
class Count:
    """Objects of one sort by what was found of them."""

    valid: int = 0
    invalid: int = 0
    missing: int = 0
    error: int = 0


@dataclass(frozen=True, slots=True)
class Fold:
    """What the digests of one chain prove together.

    `periods` are those of the digests that hold; `claimed` those of others whose
    log files are known: readable ones, and missing ones, whose log files are nobody's.
    """

    periods: list[Stretch]
    claimed: list[Stretch]
    findings: list[Finding]
    holes: list[Hole]
    count: Count
    believed: frozenset[ObjectId] = field(default_factory=frozenset)


def end_of(reading: Reading) -> Moment:
    """Return when a digest ends, by its own word or, where that cannot be believed, by its name."""
    return reading.period.end if isinstance(reading, Sound) else reading.end


def named_end(link: Link) -> Moment | None:
    """Return when the digest that `link` names ends, by its name."""
    place = place_of(link.bucket, link.key, "", "")
    name = place.digest_name(link.key) if place else None
    return name.end if name else None


def unread(readings: Mapping[ObjectId, Reading], window: Stretch) -> list[tuple[Sound, Link]]:
    """Return the links within `window` whose digests have not been read, with the digests that hold them."""
    found = []
    for reading in readings.values():
        if not isinstance(reading, Sound) or reading.previous is None or reading.period.start < window.start:
            continue
        link = reading.previous
        end = named_end(link)
        reached = end is None or window.start <= end < reading.period.end
        if reached and (link.bucket, link.key) not in readings:
            found.append((reading, link))
    return found


def fold(readings: Mapping[ObjectId, Reading], window: Stretch) -> Fold:
    """Return what `readings`, all digests of one chain that touch `window` or follow it, prove of it."""
    flawed = _link_flaws(readings)
    for sound in _unlinked(readings, flawed):
        flawed.setdefault(_id(sound), ("digest_unlinked", "no later digest of the chain links to it"))
    good = [reading for reading in readings.values() if isinstance(reading, Sound) and _id(reading) not in flawed]
    troubles = _troubles(readings, flawed, window)
    valid = sum(sound.period.touches(window) for sound in good)
    return Fold(
        periods=union(sound.period for sound in good),
        claimed=[period for reading, period, _ in troubles if _names_logs(reading)],
        findings=[finding for _, _, finding in troubles],
        holes=_holes(good, troubles, window),
        count=_count(valid, troubles),
        believed=frozenset(_id(sound) for sound in good),
    )


def _names_logs(reading: Reading) -> bool:
    return not isinstance(reading, Unsound) or reading.readable


def _id(reading: Reading) -> ObjectId:
    return (reading.bucket, reading.key)


Flaws: TypeAlias = dict[ObjectId, tuple[str, str]]


def _link_flaws(readings: Mapping[ObjectId, Reading]) -> Flaws:
    """Return the sound digests that a link convicts, with kind and detail."""
    flawed: Flaws = {}
    for sound in readings.values():
        if not isinstance(sound, Sound) or (link := sound.previous) is None:
            continue
        target = readings.get((link.bucket, link.key))
        end = end_of(target) if target else named_end(link)
        if end is not None and end >= sound.period.end:
            flawed[_id(sound)] = ("chain_loop", f"its link to the previous digest runs forward, to {link.key}")
        elif isinstance(target, Sound):
            if (target.body_hash, target.signature_hash) != (link.body_hash, link.signature_hash):
                what = "hash" if target.body_hash != link.body_hash else "signature"
                flawed[_id(target)] = ("chain_broken", f"has not the {what} that the next digest, {sound.key}, names")
            elif target.period.end > sound.period.start:
                overlap = f"starts at {iso(sound.period.start)}, before the previous digest ends"
                flawed.setdefault(_id(sound), ("time_order", overlap))
    return flawed


def _unlinked(readings: Mapping[ObjectId, Reading], flawed: Flaws) -> Iterable[Sound]:
    """Yield the sound digests that a link passes over and no chain reaches."""
    reached: set[ObjectId] = set()
    passed_from: Moment | None = None
    sounds = [reading for reading in readings.values() if isinstance(reading, Sound)]
    for sound in sorted(sounds, key=lambda sound: (sound.period.end, sound.key), reverse=True):
        passed_over = passed_from is not None and passed_from < sound.period.end
        if passed_over and _id(sound) not in reached:
            yield sound
            continue
        link = sound.previous
        if link is None or flawed.get(_id(sound), ("",))[0] == "chain_loop":
            continue
        reached.add((link.bucket, link.key))
        target = readings.get((link.bucket, link.key))
        end = end_of(target) if target else named_end(link)
        if end is not None:
            passed_from = end if passed_from is None else min(passed_from, end)


Trouble: TypeAlias = tuple[Reading, Stretch, Finding]


def _troubles(readings: Mapping[ObjectId, Reading], flawed: Flaws, window: Stretch) -> list[Trouble]:
    """Return each digest that proves nothing of `window`, the time that is not proven for it, and the finding."""
    ends = sorted({end_of(reading) for reading in readings.values()})
    linked_from = {
        (sound.previous.bucket, sound.previous.key): sound.period.start
        for sound in readings.values()
        if isinstance(sound, Sound) and sound.previous
    }
    troubles: list[Trouble] = []
    for reading in readings.values():
        position = bisect_left(ends, end_of(reading))
        before = ends[position - 1] if position else None
        if isinstance(reading, Sound):
            if _id(reading) not in flawed:
                continue
            kind, detail = flawed[_id(reading)]
            period = reading.period
        elif isinstance(reading, Absent):
            kind = "digest_missing"
            detail = f"the bucket does not hold it; {reading.named_by} links to it"
            period = Stretch(window.start if before is None else before, linked_from.get(_id(reading), reading.end))
        else:
            kind, detail = reading.kind, reading.detail
            near = before is not None and reading.end - before <= _LATE
            period = Stretch(before if near and before is not None else reading.end - HOUR, reading.end)
        if period.touches(window):
            period = period.clipped(window)
            troubles.append((reading, period, Finding(kind, detail, reading.key, period)))
    return troubles


def digests_in(stretch: Stretch) -> int:
    """Return how many hourly digests a stretch without any should have."""
    return max(1, round((stretch.end - stretch.start) / HOUR))


def _count(valid: int, troubles: list[Trouble]) -> Count:
    count = Count(valid=valid)
    for reading, period, finding in troubles:
        if isinstance(reading, Absent):
            count.missing += digests_in(period)
        elif WEIGHT[finding.kind] is Verdict.INVALID:
            count.invalid += 1
        else:
            count.error += 1
    return count


def _holes(good: list[Sound], troubles: list[Trouble], window: Stretch) -> list[Hole]:
    """Return the time of `window` that neither a good digest nor a trouble takes, each hole with its cause."""
    # A hole at the end of the window is explained by the digest that ends it, which may begin later.
    beyond = min((sound.period.start for sound in good if sound.period.start > window.end), default=window.end)
    taken = [*(sound.period for sound in good), *(period for _, period, _ in troubles)]
    starting = {sound.period.start: sound for sound in sorted(good, key=lambda sound: sound.period.end, reverse=True)}
    first_end = min((period.end for period in taken), default=beyond)
    holes: list[Hole] = []
    for whole in without(Stretch(window.start, beyond), taken):
        stretch, after = whole.clipped(window), starting.get(whole.end)
        first = whole.end <= first_end
        if whole.start >= window.end:
            continue
        if after is not None:
            holes.append(Hole(stretch, Cause.UNTOUCHED if after.previous else Cause.RESTART, after.key, first))
        elif whole.end == beyond:
            holes.append(Hole(stretch, Cause.TAIL if taken else Cause.NOTHING, first=first))
        else:
            holes.append(Hole(stretch, Cause.BROKEN, first=first))
    ended = {hole.after for hole in holes}
    for sound in good:
        start = sound.period.start
        if sound.previous is None and window.start < start <= window.end and sound.key not in ended:
            holes.append(Hole(Stretch(start, start), Cause.RESTART, sound.key))
    return holes
