"""How long a call is tried: bounded for the call, and for all calls to one endpoint together.

A call is made at most `ATTEMPTS` times, with growing pauses of random length between them. All calls to one endpoint
(a service in a region) share `SPARE` further attempts, so that a service that throttles without end, or a region that
does not answer, costs a bounded time; each reply gives one of them back. An endpoint that nothing has reached and
whose spare attempts are used up is not asked again.
"""

from __future__ import annotations

import random
import threading
from typing import Final

from msgspec import Struct

from ctguard.sources.aws.failures import After
from ctguard.sources.snapshot.facts import Failure


class Limits(Struct, frozen=True):
    """Bounds of one call: attempts, seconds for a connection and for a reply, and the pauses between attempts."""

    attempts: int = 5
    spare: int = 20
    connect: float = 10.0
    read: float = 30.0
    pause: float = 0.5
    longest_pause: float = 8.0


DEAR: Final = 5
"""Spare attempts that one more try costs where nothing answers: each takes the whole time for a connection."""


class Endpoint:
    """What is known of one endpoint; shared by all threads."""

    def __init__(self, limits: Limits, stopped: threading.Event) -> None:
        self._limits = limits
        self._stopped = stopped
        self._lock = threading.Lock()
        self._spare = limits.spare
        self._reached = False
        self.given_up: Failure | None = None

    def worked(self) -> None:
        """Note a reply, of whatever kind."""
        with self._lock:
            self._reached = True
            self._spare = min(self._limits.spare, self._spare + 1)

    def may_try_again(self, attempt: int, after: After, failure: Failure) -> bool:
        """Say whether attempt number `attempt`, which failed, is to be followed by another; waits before it."""
        if after in (After.GO_ON, After.STOP):
            return False
        with self._lock:
            cost = DEAR if after is After.NOT_REACHED else 1
            self._spare -= cost
            if self._spare < 0 and after is After.NOT_REACHED and not self._reached:
                self.given_up = failure
            if self._spare < 0 or attempt >= self._limits.attempts:
                return False
        longest = min(self._limits.longest_pause, self._limits.pause * 2**attempt)
        return not self._stopped.wait(longest * random.random())  # noqa: S311 - only spreads the attempts
