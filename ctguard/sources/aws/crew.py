"""Do tasks side by side: in threads that do not keep a broken-off audit from ending, or on an executor's workers."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Crew(Generic[T, R]):
    """Threads that do tasks in the order in which they are given, started as they are needed."""

    def __init__(self, do: Callable[[T], R], workers: int) -> None:
        self._do = do
        self._workers = workers
        self._threads = 0
        self._todo: SimpleQueue[T | None] = SimpleQueue()
        self._done: SimpleQueue[tuple[T, R | Exception]] = SimpleQueue()
        self.under_way = 0

    def submit(self, task: T) -> None:
        """Have a task done as soon as a thread is free."""
        self.under_way += 1
        if self._threads < min(self._workers, self.under_way):
            self._threads += 1
            threading.Thread(target=self._work, name="ctguard-ask", daemon=True).start()
        self._todo.put(task)

    def next_done(self, seconds: float) -> tuple[T, R | Exception] | None:
        """Return a task that is done with its result or error; None when none is after some seconds."""
        try:
            done = self._done.get(timeout=seconds)
        except Empty:
            return None
        self.under_way -= 1
        return done

    def end(self) -> None:
        """Have threads end after the tasks that they do now; the others are dropped."""
        while not self._todo.empty():
            self._todo.get()
        for _ in range(self._threads):
            self._todo.put(None)

    def _work(self) -> None:
        while (task := self._todo.get()) is not None:
            try:
                self._done.put((task, self._do(task)))
            except Exception as error:  # handed to whoever waits for the result
                self._done.put((task, error))


class ExecutorCrew(Generic[T, R]):
    """The same on the workers of an executor, which gives what a worker took with it when it died to another."""

    def __init__(self, do: Callable[[T], R], executor: Executor) -> None:
        self._do = do
        self._executor = executor
        self._done: SimpleQueue[tuple[T, R | Exception]] = SimpleQueue()
        self._futures: list[Future[R]] = []
        self.under_way = 0

    def submit(self, task: T) -> None:
        """Have a task done by a worker."""
        self.under_way += 1
        future = self._executor.submit(self._do, task)
        self._futures.append(future)
        future.add_done_callback(lambda ended: self._finish(task, ended))

    def next_done(self, seconds: float) -> tuple[T, R | Exception] | None:
        """Return a task that is done with its result or error; None when none is after some seconds."""
        try:
            done = self._done.get(timeout=seconds)
        except Empty:
            return None
        self.under_way -= 1
        return done

    def end(self) -> None:
        """Drop the tasks that nobody has begun."""
        for future in self._futures:
            future.cancel()

    def _finish(self, task: T, future: Future[R]) -> None:
        try:
            self._done.put((task, future.result()))
        except (CancelledError, Exception) as error:  # handed to whoever waits for the result
            self._done.put((task, error))
