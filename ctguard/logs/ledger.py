"""Match the log files that a bucket holds with those that digests list.

Days are listed a few ahead of the digests and matched entries are dropped, so the
ledger holds what is under way and, in the end, the log files that nothing lists.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ctguard.logs.naming import Place
from ctguard.logs.store import Entry
from ctguard.logs.times import Moment, Stretch
from ctguard.logs.work import LogTask


@dataclass(slots=True)
class Ledger:
    """Log files present and not yet listed by a digest; tasks whose day has not been listed wait here."""

    _present: dict[tuple[str, str], tuple[str, Moment]] = field(default_factory=dict)
    _awaited: dict[tuple[str, str], list[LogTask]] = field(default_factory=dict)
    _excused: set[str] = field(default_factory=set)

    def await_day(self, place: Place, day: Moment) -> None:
        """Note that the folder of a day will be listed."""
        self._awaited[(place.bucket, place.log_day(day))] = []

    def note_day(self, place: Place, day: Moment, entries: Iterable[Entry]) -> list[LogTask]:
        """Take the listing of a day; return the tasks that waited for it."""
        for entry in entries:
            moment = place.log_time(entry.key)
            if moment is not None:
                self._present[(place.bucket, entry.key)] = (entry.stamp, moment)
        return self._awaited.pop((place.bucket, place.log_day(day)), [])

    def must_wait(self, task: LogTask) -> bool:
        """Return whether the day of a log file is still to be listed; the task is then kept until it is."""
        folder = task.log.key.rpartition("/")[0] + "/"
        waiting = self._awaited.get((task.log.bucket, folder))
        if waiting is None:
            return False
        waiting.append(task)
        return True

    def strike(self, bucket: str, key: str) -> str:
        """Drop a log file that a digest lists; return its stamp, empty when no listing shows it."""
        return self._present.pop((bucket, key), ("", 0))[0]

    def excuse(self, keys: Iterable[str]) -> None:
        """Drop log files that something lists which proves nothing of them: nobody may call them unlisted."""
        self._excused.update(keys)

    def spare(self, window: Stretch) -> list[tuple[str, Moment]]:
        """Return the log files of `window` that no digest lists, with their times."""
        return sorted(
            (key, moment)
            for (_, key), (_, moment) in self._present.items()
            if window.holds(moment) and key not in self._excused
        )
