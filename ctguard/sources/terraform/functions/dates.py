"""Dates and durations, in RFC 3339 and in Go's notation for durations."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

from msgspec import Struct

from ctguard.sources.terraform.functions.failure import FunctionError, UndecidedError

_RFC3339 = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|([+-])(\d\d):(\d\d))", re.ASCII)
_DURATION = re.compile(r"(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)", re.ASCII)
_NANOSECONDS = {
    "ns": 1,
    "us": 10**3,
    "µs": 10**3,
    "μs": 10**3,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
}
LONGEST_DURATION = 2**63 - 1  # Go keeps nanoseconds in 64 bits


class Moment(Struct, frozen=True):
    """A point in time with its offset from UTC; fractions of a second apart."""

    local: datetime
    nanoseconds: int

    def instant(self) -> tuple[datetime, int]:
        return self.local.astimezone(timezone.utc), self.nanoseconds  # noqa: UP017 - as the other offsets


def add(timestamp: str, duration: str) -> str:
    """Return the timestamp that is `duration` later, in the same offset."""
    moment = _moment(timestamp)
    seconds, nanoseconds = divmod(moment.nanoseconds + _nanoseconds(duration), 10**9)
    try:
        later = moment.local + timedelta(seconds=seconds)
    except OverflowError:
        raise UndecidedError("is beyond the calendar that is worked out here") from None
    return _written(Moment(later, nanoseconds))


def compare(one: str, other: str) -> int:
    """Return -1, 0 or 1 as the first timestamp is before, at or after the second."""
    first, second = _moment(one).instant(), _moment(other).instant()
    return (first > second) - (first < second)


def format_date(pattern: str, timestamp: str) -> str:
    """Return a timestamp as `pattern` says: letters stand for its parts, quoted text and signs for themselves."""
    local = _moment(timestamp).local
    written = []
    position = 0
    while position < len(pattern):
        letter = pattern[position]
        if letter == "'":
            literal, position = _literal(pattern, position)
        elif letter.isascii() and letter.isalpha():
            end = position
            while pattern[end : end + 1] == letter:
                end += 1
            literal, position = _field(pattern[position:end], local), end
        else:
            literal, position = letter, position + 1
        written.append(literal)
    return "".join(written)


def _literal(pattern: str, start: int) -> tuple[str, int]:
    """Return the quoted text that begins at `start`, in which two quotes stand for one, and where it ends."""
    text = []
    position = start + 1
    while (end := pattern.find("'", position)) >= 0:
        text.append(pattern[position:end])
        if pattern[end + 1 : end + 2] != "'":
            return "".join(text), end + 1
        text.append("'")
        position = end + 2
    raise FunctionError("unterminated literal '")


_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def _hour(local: datetime) -> int:
    return local.hour % 12 or 12


_FIELDS: dict[str, Callable[[datetime], str]] = {
    "YY": lambda at: f"{at.year % 100:02d}",
    "YYYY": lambda at: f"{at.year:04d}",
    "M": lambda at: str(at.month),
    "MM": lambda at: f"{at.month:02d}",
    "MMM": lambda at: _MONTHS[at.month - 1][:3],
    "MMMM": lambda at: _MONTHS[at.month - 1],
    "D": lambda at: str(at.day),
    "DD": lambda at: f"{at.day:02d}",
    "EEE": lambda at: _DAYS[at.weekday()][:3],
    "EEEE": lambda at: _DAYS[at.weekday()],
    "h": lambda at: str(at.hour),
    "hh": lambda at: f"{at.hour:02d}",
    "H": lambda at: str(_hour(at)),
    "HH": lambda at: f"{_hour(at):02d}",
    "AA": lambda at: "AM" if at.hour < 12 else "PM",
    "aa": lambda at: "am" if at.hour < 12 else "pm",
    "m": lambda at: str(at.minute),
    "mm": lambda at: f"{at.minute:02d}",
    "s": lambda at: str(at.second),
    "ss": lambda at: f"{at.second:02d}",
    "Z": lambda at: _offset(at, ":", "Z"),
    "ZZZ": lambda at: _offset(at, "", "UTC"),
    "ZZZZ": lambda at: _offset(at, "", "+0000"),
    "ZZZZZ": lambda at: _offset(at, ":", "+00:00"),
}


def _field(letters: str, local: datetime) -> str:
    if letters not in _FIELDS:
        raise FunctionError(f"invalid date format verb {letters!r}")
    return _FIELDS[letters](local)


def _offset(local: datetime, divider: str, utc: str) -> str:
    minutes = int((local.utcoffset() or timedelta()).total_seconds()) // 60
    if not minutes:
        return utc
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}{divider}{abs(minutes) % 60:02d}"


def _moment(timestamp: str) -> Moment:
    found = _RFC3339.fullmatch(timestamp)
    if found is None:
        raise FunctionError("not a valid RFC3339 timestamp")
    date, fraction, zone, sign, hours, minutes = found.groups()
    if zone != "Z" and (int(hours) > 23 or int(minutes) > 59):
        raise FunctionError("not a valid RFC3339 timestamp: bad time zone")
    offset = timedelta() if zone == "Z" else timedelta(hours=int(hours), minutes=int(minutes))
    try:
        local = datetime.fromisoformat(date).replace(tzinfo=timezone(-offset if sign == "-" else offset))
        local.astimezone(timezone.utc)  # noqa: UP017
    except ValueError:
        raise FunctionError("not a valid RFC3339 timestamp") from None
    except OverflowError:
        raise UndecidedError("is beyond the calendar that is worked out here") from None
    return Moment(local, int((fraction or "0")[:9].ljust(9, "0")))


def _written(moment: Moment) -> str:
    return f"{moment.local.replace(tzinfo=None).isoformat(timespec='seconds')}{_offset(moment.local, ':', 'Z')}"


def _nanoseconds(duration: str) -> int:
    """Return a duration such as `1h30m` or `-1.5s` in nanoseconds."""
    negative = duration.startswith("-")
    body = duration[1:] if duration[:1] in ("-", "+") else duration
    if body == "0":
        return 0
    total, position = 0, 0
    for found in _DURATION.finditer(body):
        if found.start() != position:
            break
        position = found.end()
        whole, _, fraction = found[1].partition(".")
        unit = _NANOSECONDS[found[2]]
        total += int(whole or 0) * unit + int(fraction or 0) * unit // 10 ** len(fraction)
    if position != len(body) or not body or total > LONGEST_DURATION:
        raise FunctionError(f"{duration!r} is not a duration")
    return -total if negative else total
