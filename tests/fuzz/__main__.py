"""Fuzz for a while: `python -m tests.fuzz --minutes 3 [--reader hcl ...]`.

Says for how long each reader was fuzzed, with how many inputs, and what was
found: the smallest input that shows each failure. Exit status 1 when something was.
"""

from __future__ import annotations

import argparse
import faulthandler
import random
import sys
import tempfile
import time
import traceback
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.fuzz.checking import check
from tests.fuzz.inputs import READERS, Files

BATCH = 200
STUCK = 900  # seconds after which not even the limit on CPU time was heard: code that does not return to Python
MOST = 10


def main() -> int:
    parser = argparse.ArgumentParser(description="Fuzz the readers and the whole scan.")
    parser.add_argument("--minutes", type=float, default=1.0, help="how long, all readers together")
    parser.add_argument("--reader", choices=READERS, action="append", help="only this one; repeatable")
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    asked = parser.parse_args()
    readers = asked.reader or list(READERS)
    found = [fuzz(name, asked.minutes * 60 / len(readers), asked.seed) for name in readers]
    return 1 if any(found) else 0


def fuzz(reader: str, seconds: float, first_seed: int) -> int:
    """Fuzz one reader, and return how many different failures were found."""
    began, number, failures = time.monotonic(), 0, 0
    seen: set[str] = set()
    current = first_seed
    while time.monotonic() - began < seconds and failures < MOST:
        counter = Counter(READERS[reader](), began + seconds)
        try:
            counter.run(current)
        except Exception as error:
            last = traceback.extract_tb(error.__traceback__)[-1]
            if (place := f"{type(error).__name__} {last.filename}:{last.lineno}") not in seen:
                seen.add(place)
                failures += 1
                print(f"--- {reader}, seed {current}: {str(error)[-3000:]}\n    {counter.last}", flush=True)
        number += counter.number
        current += 1
    print(f"{reader}: {time.monotonic() - began:.0f} s, {number} inputs, {failures} failures", flush=True)
    return failures


class Counter:
    """Runs batches of examples, counts them, and remembers the last one."""

    def __init__(self, files: st.SearchStrategy[Files], until: float) -> None:
        self.files, self.until = files, until
        self.number = 0
        self.last: Files = {}

    def run(self, number: int) -> None:
        @seed(number)
        @settings(
            max_examples=BATCH,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate, Phase.shrink],
        )
        @given(self.files)
        def holds(files: Files) -> None:
            if time.monotonic() > self.until:
                return
            self.number += 1
            faulthandler.dump_traceback_later(STUCK, exit=True)
            try:
                with tempfile.TemporaryDirectory() as folder:
                    self.last = files
                    check(Path(folder), files)
            finally:
                faulthandler.cancel_dump_traceback_later()

        holds()


if __name__ == "__main__":
    sys.exit(main())
