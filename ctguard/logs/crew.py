"""Do tasks side by side, in threads of this process; `cluster` does them elsewhere.

Threads are enough: hashing and inflating release the interpreter's lock, and the
rest of the time goes by waiting for the network.
"""

from __future__ import annotations

import threading
from queue import SimpleQueue
from types import TracebackType
from typing import Protocol, Self

from ctguard.logs.work import Kit, Result, Task, perform

DEFAULT_WORKERS = 96


class Crew(Protocol):
    """Does tasks in any order. `room`: how many more it can take before it is kept busy."""

    @property
    def room(self) -> int: ...

    def submit(self, task: Task) -> None:
        """Give the crew a task to do."""
        ...

    def next_done(self) -> tuple[Task, Result]:
        """Wait for a task that is done; an error of the program itself is raised."""
        ...


class ThreadCrew:
    """A crew of threads, started as they are needed."""

    def __init__(self, kit: Kit, workers: int = DEFAULT_WORKERS) -> None:
        self._kit = kit
        self._workers = workers
        self._threads: list[threading.Thread] = []
        self._todo: SimpleQueue[Task | None] = SimpleQueue()
        self._done: SimpleQueue[tuple[Task, Result | Exception]] = SimpleQueue()
        self._under_way = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let threads end; when the run was broken off, without waiting for what they do."""
        while not self._todo.empty() and kind is not None:
            self._todo.get()
        for _ in self._threads:
            self._todo.put(None)
        if kind is None:
            for thread in self._threads:
                thread.join()

    @property
    def room(self) -> int:
        return 2 * self._workers - self._under_way

    def submit(self, task: Task) -> None:
        self._under_way += 1
        if len(self._threads) < min(self._workers, self._under_way):
            thread = threading.Thread(target=self._work, name="ctguard-logs", daemon=True)
            self._threads.append(thread)
            thread.start()
        self._todo.put(task)

    def next_done(self) -> tuple[Task, Result]:
        task, result = self._done.get()
        self._under_way -= 1
        if isinstance(result, Exception):
            raise result
        return task, result

    def _work(self) -> None:
        while (task := self._todo.get()) is not None:
            try:
                self._done.put((task, perform(task, self._kit)))
            except Exception as error:  # a bug of ours: shown where the run is driven, not lost in a thread
                self._done.put((task, error))
