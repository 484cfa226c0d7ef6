"""Read everything that one account and region of a trail needs, and keep of it what the verdict needs.

A surveyor hands out tasks and takes their results, in any order; it does no work
itself. What it keeps is described in `survey`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from ctguard.logs.checkpoint import Memory
from ctguard.logs.digest import DigestReading, Sound, Unsound
from ctguard.logs.keys import KeyRing, PublicKey
from ctguard.logs.ledger import Ledger
from ctguard.logs.links import Absent, ObjectId, end_of, fold, unread
from ctguard.logs.logfile import LogReading
from ctguard.logs.naming import DigestName, Place, place_of
from ctguard.logs.store import Entry, ReadError
from ctguard.logs.survey import Sheet, Slot, Survey, chain_of
from ctguard.logs.times import DAY, HOUR, Moment, Stretch
from ctguard.logs.verdict import WEIGHT, Finding, Verdict
from ctguard.logs.work import DigestListTask, DigestTask, Listed, LogListTask, LogTask, Result, Task

OlderKeys = Callable[[str, Moment], tuple[PublicKey, ...]]

_DIGESTS_AHEAD = 8
_LOGS_AHEAD = 256


class Surveyor:
    """Surveys one place: ask `next_task`, hand each result to `take`, until `done`.

    A place that is not `expected` may have no chain of the trail at all.
    """

    def __init__(
        self,
        owner: int,
        place: Place,
        window: Stretch,
        ring: KeyRing,
        memory: Memory | None = None,
        older_keys: OlderKeys | None = None,
        *,
        expected: bool = True,
    ) -> None:
        self.place = place
        self._expected = expected
        self._owner = owner
        self._window = window
        self._ring = ring
        self._memory = memory
        self._older_keys = older_keys
        self._tasks: deque[Task] = deque()
        self._log_tasks: deque[LogTask] = deque()
        self._waiting = self._digests_waiting = 0
        self._digests_read = self._logs_listed = 0
        self._sheets = {False: Sheet(), True: Sheet()}
        self._slots: list[Slot] = []
        self._ledger = Ledger()
        self._places: set[tuple[str, str]] = set()
        self._asked: set[ObjectId] = set()
        self._other_trails: list[DigestTask] = []
        self._others_asked: set[ObjectId] = set()
        self._undecided: list[Stretch] = []
        self._looked: set[str] = set()
        self._earlier = False
        self._blocked: Finding | None = None
        self._listed = 0
        self._open(place)

    @property
    def done(self) -> bool:
        return not (self._tasks or self._log_tasks or self._waiting)

    def next_task(self) -> Task | None:
        """Return a task that can be done now: logs first, and no more digests than there is room for their logs."""
        if self._log_tasks:
            self._waiting += 1
            return self._log_tasks.popleft()
        if not self._tasks:
            return None
        if isinstance(self._tasks[0], DigestTask):
            logs_each = self._logs_listed / max(1, self._digests_read)
            if self._digests_waiting > _DIGESTS_AHEAD and self._digests_waiting * logs_each > _LOGS_AHEAD:
                return None
            self._digests_waiting += 1
        self._waiting += 1
        return self._tasks.popleft()

    def take(self, task: Task, result: Result) -> None:
        """Note the result of a task; it may give rise to others."""
        self._waiting -= 1
        match task, result:
            case LogTask(), LogReading():
                self._take_log(task, result)
            case DigestTask(), DigestReading() | Absent():
                self._digests_waiting -= 1
                self._take_digest(task, result)
            case DigestListTask(), Listed():
                self._take_digest_listing(task, result)
            case LogListTask(), Listed():
                self._take_log_listing(task, result)
        if self.done and self._blocked is None:
            # Each step asks for what only those before it show to be needed.
            self._follow_links() or self._look_later() or self._look_earlier() or self._ask_other_trails()

    def result(self) -> Survey:
        """Return what was read, once all is done."""
        folds = {kind: fold(sheet.readings, self._window) for kind, sheet in self._sheets.items()}
        believed = folds[False].believed | folds[True].believed
        records = [
            record
            for slot in self._slots
            if (slot.digest.bucket, slot.digest.key) in believed
            for record in slot.records
        ]
        return Survey(
            place=self.place,
            standard=chain_of(folds[False], self._sheets[False]),
            backfill=chain_of(folds[True], self._sheets[True]) if self._sheets[True].readings else None,
            records=records,
            spare=[
                log for log in self._ledger.spare(self._window) if not any(t.holds(log[1]) for t in self._undecided)
            ],
            begins=not self._earlier,
            blocked=self._blocked,
            listed=self._listed,
        )

    # Listings

    def _open(self, place: Place) -> None:
        """List the digests of a place; links may lead from one place to another bucket or prefix."""
        self._places.add((place.bucket, place.root))
        after = place.digest_marker(self._window.start)
        before = place.digest_marker(self._window.end + HOUR + DAY)
        self._tasks.append(DigestListTask(self._owner, place, after, before))

    def _take_digest_listing(self, task: DigestListTask, result: Listed) -> None:
        place = task.place
        if result.error is not None:
            self._take_listing_error(place, place.digest_folder, result.error, self._window)
        elif task.first and task.before is not None:
            self._earlier = self._earlier or bool(result.entries)
        else:
            named = [(entry, name) for entry in result.entries if (name := place.digest_name(entry.key))]
            self._take_digests(place, named)

    def _take_digests(self, place: Place, named: list[tuple[Entry, DigestName]]) -> None:
        wanted = self._wanted(place, named)
        self._listed += len(wanted)
        if not wanted and not self._expected:
            return
        if (denied := self._ring.denied.get(self.place.region)) is not None:
            self._blocked = Finding(denied[0], denied[1], None, self._window)
            return
        days = deque(day for day in _days(self._window))
        for digest in wanted:
            while days and days[0] <= digest.end:
                self._list_logs(place, days.popleft())
            self._asked.add((digest.place.bucket, digest.key))
            self._tasks.append(digest)
        for day in days if wanted else ():
            self._list_logs(place, day)

    def _wanted(self, place: Place, named: list[tuple[Entry, DigestName]]) -> list[DigestTask]:
        """Return tasks for this trail's digests of the window and the first after it; note those of other trails."""
        last = self._window.end + HOUR
        wanted: list[DigestTask] = []
        beyond: DigestTask | None = None
        for entry, name in sorted(named, key=lambda pair: (pair[1].end, pair[0].key)):
            task = DigestTask(self._owner, place, entry.key, name.end, name.backfill)
            if name.trail != place.own_trail:
                self._other_trails.append(task)
            elif name.end < self._window.start:
                self._earlier = self._earlier or not name.backfill
            elif name.end <= last:
                wanted.append(task)
            elif beyond is None and not name.backfill:
                beyond = task
        return [*wanted, beyond] if beyond else wanted

    def _list_logs(self, place: Place, day: Moment) -> None:
        if (place.bucket, place.log_day(day)) not in self._asked:
            self._asked.add((place.bucket, place.log_day(day)))
            self._ledger.await_day(place, day)
            self._tasks.append(LogListTask(self._owner, place, day))

    def _take_log_listing(self, task: LogListTask, result: Listed) -> None:
        if result.error is not None:
            period = Stretch(task.day, task.day + DAY).clipped(self._window)
            self._take_listing_error(task.place, task.place.log_day(task.day), result.error, period)
        for log in self._ledger.note_day(task.place, task.day, result.entries):
            self._check(log)

    def _take_listing_error(self, place: Place, folder: str, error: ReadError, period: Stretch) -> None:
        kind = error.kind if error.kind in WEIGHT else "server_error"
        finding = Finding(kind, f"s3://{place.bucket}/{folder} cannot be listed: {error.detail}", folder, period)
        if place == self.place and folder == place.digest_folder and not self._sheets[False].readings:
            self._blocked = finding
        else:
            self._sheets[False].findings.append(finding)

    # Digests

    def _take_digest(self, task: DigestTask, result: DigestReading | Absent) -> None:
        if (task.place.bucket, task.key) in self._others_asked:
            self._take_other_trail(task, result)
            return
        sheet = self._sheets[task.backfill]
        if isinstance(result, Absent):
            sheet.readings[(result.bucket, result.key)] = result
            return
        digest = result.digest
        if isinstance(digest, Unsound) and self._try_older_keys(task, digest, result.generated):
            return
        sheet.readings[(digest.bucket, digest.key)] = digest
        self._digests_read += 1
        if isinstance(digest, Unsound):
            self._ledger.excuse(result.claimed)
        elif not digest.period.touches(self._window):
            self._ledger.excuse(log.key for log in result.logs)
        else:
            self._take_logs(digest, sheet, result)

    def _try_older_keys(self, task: DigestTask, digest: Unsound, generated: Moment | None) -> bool:
        """A backfill digest is signed with the key of the time when it was made: ask once for that key."""
        if digest.kind != "key_missing" or generated is None or task.keys or self._older_keys is None:
            return False
        keys = self._older_keys(task.place.region, generated)
        if keys:
            self._tasks.append(replace(task, keys=keys))
        return bool(keys)

    def _take_logs(self, digest: Sound, sheet: Sheet, result: DigestReading) -> None:
        self._logs_listed += len(result.logs)
        number = len(self._slots)
        self._slots.append(Slot(digest, sheet))
        for key in result.foreign:
            self._blame(
                self._slots[number], "log_foreign", key, f"{digest.key} lists it, another account's or region's"
            )
        for log in result.logs:
            task = LogTask(self._owner, number, log)
            if not self._ledger.must_wait(task):
                self._check(task)

    # Log files

    def _check(self, task: LogTask) -> None:
        log = task.log
        stamp = self._ledger.strike(log.bucket, log.key)
        known = self._memory.recall(log.bucket, log.key, stamp) if self._memory and stamp else None
        if known is not None and known[0] == log.sha256:
            self._take_log(task, LogReading(None, records=known[1]), known=True)
        else:
            self._log_tasks.append(replace(task, stamp=stamp))

    def _take_log(self, task: LogTask, reading: LogReading, *, known: bool = False) -> None:
        slot = self._slots[task.digest]
        if reading.kind is not None:
            self._blame(slot, reading.kind, task.log.key, reading.detail)
            return
        slot.sheet.logs.valid += 1
        slot.records.extend(reading.records or ())
        if self._memory is not None and task.stamp and not known:
            self._memory.keep(task, reading.records or ())

    def _blame(self, slot: Slot, kind: str, key: str, detail: str) -> None:
        period = slot.digest.period.clipped(self._window)
        slot.sheet.findings.append(Finding(kind, detail, key, period))
        slot.sheet.spoiled.append(period)
        if kind == "log_missing":
            slot.sheet.logs.missing += 1
        elif WEIGHT[kind] is Verdict.ERROR:
            slot.sheet.logs.error += 1
        else:
            slot.sheet.logs.invalid += 1

    # What only the digests show to be needed

    def _follow_links(self) -> bool:
        """Read the digests that links lead to and no listing showed; list the places that they lead to."""
        for backfill, sheet in self._sheets.items():
            for sound, link in unread(sheet.readings, self._window):
                place = place_of(link.bucket, link.key, self.place.trail_name, self.place.home_region)
                place = place or replace(self.place, bucket=link.bucket)
                if (place.bucket, place.root) not in self._places:
                    self._open(place)
                elif (link.bucket, link.key) not in self._asked:
                    self._asked.add((link.bucket, link.key))
                    name = place.digest_name(link.key)
                    end = name.end if name else sound.period.start
                    self._tasks.append(DigestTask(self._owner, place, link.key, end, backfill, named_by=sound.key))
        return not self.done

    def _look_later(self) -> bool:
        """Where nothing reaches the window's end, find the next digest after it: its link tells what was there."""
        readings = self._sheets[False].readings.values()
        reached = any(end_of(reading) >= self._window.end for reading in readings)
        if "later" in self._looked or reached or not (readings or self._expected):
            return False
        self._looked.add("later")
        after = self.place.digest_marker(self._window.end + HOUR + DAY)
        self._tasks.append(DigestListTask(self._owner, self.place, after, first=True))
        return True

    def _look_earlier(self) -> bool:
        """Where a chain begins in the window, find out whether the trail had digests before."""
        readings = self._sheets[False].readings.values()
        starts = any(isinstance(reading, Sound) and reading.previous is None for reading in readings)
        if "earlier" in self._looked or self._earlier or not (starts or (self._expected and not readings)):
            return False
        self._looked.add("earlier")
        before = self.place.digest_marker(self._window.start)
        self._tasks.append(DigestListTask(self._owner, self.place, before=before, first=True))
        return True

    def _ask_other_trails(self) -> bool:
        """Trails that share the folder share its log files: read their digests before calling one unlisted."""
        times = sorted(moment for _, moment in self._ledger.spare(self._window))
        if "others" in self._looked or not times:
            return False
        self._looked.add("others")
        for task in self._other_trails:
            if bisect_right(times, task.end) > bisect_left(times, task.end - 2 * HOUR):
                self._others_asked.add((task.place.bucket, task.key))
                self._tasks.append(task)
        return not self.done

    def _take_other_trail(self, task: DigestTask, result: DigestReading | Absent) -> None:
        if not isinstance(result, DigestReading):
            return
        if isinstance(result.digest, Sound):
            self._ledger.excuse(log.key for log in result.logs)
        elif WEIGHT[result.digest.kind] is not Verdict.INVALID:
            self._undecided.append(Stretch(task.end - 2 * HOUR, task.end))


def _days(window: Stretch) -> list[Moment]:
    first = window.start - window.start % DAY
    return list(range(first, window.end + 1, DAY))
