"""Do tasks on other processes or machines: through any executor of `concurrent.futures`, Dask's above all.

The tasks and what is done with them are those of a single process. They travel in
batches, and a worker does each batch with threads. Credentials do not travel: a
worker uses its own.
"""

from __future__ import annotations

import pickle
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from queue import SimpleQueue
from typing import Any, TypeAlias

from ctguard.logs.crew import ThreadCrew
from ctguard.logs.folder import Folder
from ctguard.logs.keys import KeyRing
from ctguard.logs.s3 import S3Spec, S3Store
from ctguard.logs.store import Patience
from ctguard.logs.times import Moment
from ctguard.logs.work import Kit, Result, Task
from ctguard.model.errors import CtguardError

_BATCH = 200
_THREADS = 48
_ATTEMPTS = 4

Pair: TypeAlias = tuple[Task, Result]


@dataclass(frozen=True, slots=True)
class KitPlan:
    """What a worker needs to build the same kit: the store is told by its place."""

    store: S3Spec | Folder
    ring: KeyRing
    now: Moment
    wanted: frozenset[str]

    def build(self) -> Kit:
        """Return the kit, with a store of this process's own."""
        patience = Patience()
        store = S3Store(self.store, patience=patience) if isinstance(self.store, S3Spec) else self.store
        return Kit(store, self.ring, self.now, self.wanted, patience)


@lru_cache(maxsize=2)
def _kit(plan: bytes) -> Kit:
    built: Kit = pickle.loads(plan).build()  # noqa: S301 - comes from the run that this process works for
    return built


def do_batch(plan: bytes, tasks: list[Task]) -> list[Pair]:
    """Do a batch of tasks in this process, side by side, with the kit that `plan` describes."""
    with ThreadCrew(_kit(plan), min(_THREADS, len(tasks))) as crew:
        for task in tasks:
            crew.submit(task)
        return [crew.next_done() for _ in tasks]


class ExecutorCrew:
    """A crew behind an executor. What a worker took with it when it died is given to another."""

    def __init__(self, executor: Executor, plan: KitPlan, workers: int) -> None:
        self._executor = executor
        self._plan = pickle.dumps(plan)
        self._capacity = 2 * _BATCH * max(1, workers)
        self._batch: list[Task] = []
        self._done: deque[Pair] = deque()
        self._finished: SimpleQueue[tuple[Future[list[Pair]], list[Task], int]] = SimpleQueue()
        self._under_way = 0

    @property
    def room(self) -> int:
        return self._capacity - self._under_way

    def submit(self, task: Task) -> None:
        self._under_way += 1
        self._batch.append(task)
        if len(self._batch) >= _BATCH:
            self._send()

    def next_done(self) -> Pair:
        self._send()
        while not self._done:
            future, tasks, attempt = self._finished.get()
            error = future.exception()
            if error is None:
                self._done.extend(future.result())
            elif attempt < _ATTEMPTS:
                self._hand_over(tasks, attempt + 1)
            else:
                raise CtguardError(
                    f"the cluster failed {_ATTEMPTS} times on the same work: {error}",
                    hint="look at the workers' logs; what was proven so far is kept with --checkpoint",
                )
        self._under_way -= 1
        return self._done.popleft()

    def _send(self) -> None:
        if self._batch:
            self._hand_over(self._batch, 1)
            self._batch = []

    def _hand_over(self, tasks: list[Task], attempt: int) -> None:
        future = self._executor.submit(do_batch, self._plan, tasks)
        future.add_done_callback(lambda future: self._finished.put((future, tasks, attempt)))


@contextmanager
def dask_crew(address: str, plan: KitPlan) -> Iterator[ExecutorCrew]:
    """Work on the Dask cluster whose scheduler is at `address`; CtguardError when it cannot be reached."""
    with _dask(address) as client:
        threads = sum(client.nthreads().values())
        yield ExecutorCrew(client.get_executor(pure=False), plan, threads)


@contextmanager
def dask_executor(address: str) -> Iterator[Executor]:
    """Return the workers of a Dask cluster as an executor; CtguardError when it cannot be reached."""
    with _dask(address) as client:
        executor: Executor = client.get_executor(pure=False)
        yield executor


@contextmanager
def _dask(address: str) -> Iterator[Any]:
    try:
        connect: Any = import_module("distributed").Client
    except ImportError:
        raise CtguardError("--dask needs Dask distributed", hint="pip install 'ctguard[dask]'") from None
    try:
        client = connect(address, timeout="10s", set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise CtguardError(
            f"{address}: no Dask scheduler answers: {error}", hint="it looks like tcp://host:8786"
        ) from None
    with client:
        yield client
