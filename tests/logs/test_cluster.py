"""The same answer from other processes, and from a Dask cluster of which a worker dies."""

from __future__ import annotations

import os
import signal
import threading
import time
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import pytest

from ctguard.logs.cluster import ExecutorCrew, KitPlan, do_batch
from ctguard.logs.folder import Folder
from ctguard.logs.keys import KeyRing
from ctguard.logs.naming import TrailName
from ctguard.logs.tampering import WANTED, Resources
from ctguard.logs.verify import Assignment, verify
from ctguard.model.errors import CtguardError
from tests.logs.forge import ACCOUNT, ARN, BUCKET, HOME, LATER, TRAIL, chain, public_key, record
from tests.logs.verifying import check


@pytest.fixture
def spoiled(tmp_path):
    """Return a copy with all sorts of faults, what proves it, and the answer of a single process."""
    forged = chain()
    forged.deliver(30, logs=3, records=[record("StopLogging", forged.clock, requestParameters={"name": TRAIL})])
    forged.archive.change(forged.digests[3].logs[0], body=b"changed")
    forged.archive.delete(forged.digests[9].key)
    forged.archive.write_to(tmp_path)
    ring = KeyRing.of([public_key()])
    assignment = Assignment(
        resources=Resources(TrailName("aws", HOME, ACCOUNT, TRAIL), ARN, BUCKET),
        window=forged.window,
        places=[forged.place],
        now=LATER,
        ring=ring,
    )
    return KitPlan(Folder(tmp_path.resolve()), ring, LATER, WANTED), assignment, check(forged).as_json()


def test_other_processes_give_the_same_answer(spoiled):
    plan, assignment, expected = spoiled

    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        report = verify(assignment, ExecutorCrew(pool, plan, 2))

    assert report.as_json() == expected


class Mortal(ThreadPoolExecutor):
    """An executor whose workers die at times."""

    def __init__(self, deaths: int) -> None:
        super().__init__(2)
        self._deaths = deaths

    def submit(self, fn, /, *args, **kwargs):
        if self._deaths:
            self._deaths -= 1
            future: Future = Future()
            future.set_exception(ConnectionError("the worker died"))
            return future
        return super().submit(fn, *args, **kwargs)


def test_work_of_a_worker_that_died_is_done_by_another(spoiled):
    plan, assignment, expected = spoiled

    with Mortal(3) as pool:
        report = verify(assignment, ExecutorCrew(pool, plan, 2))

    assert report.as_json() == expected


def test_a_cluster_that_only_fails_ends_the_run_with_an_error(spoiled):
    plan, assignment, _ = spoiled

    with Mortal(1000) as pool, pytest.raises(CtguardError, match="the cluster failed"):
        verify(assignment, ExecutorCrew(pool, plan, 2))


def test_a_batch_keeps_every_task_with_its_result(spoiled):
    import pickle

    plan, _, _ = spoiled

    assert do_batch(pickle.dumps(plan), []) == []


@pytest.mark.filterwarnings("default")
def test_a_dask_cluster_gives_the_same_answer_though_a_worker_is_killed(spoiled):
    distributed = pytest.importorskip("distributed")
    from ctguard.logs.cluster import dask_crew

    plan, assignment, expected = spoiled
    killed = threading.Event()
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
    ) as cluster:
        victim = next(iter(cluster.workers.values())).process.pid

        def kill(done: int, waiting: int) -> None:
            if done > 20 and not killed.is_set():
                killed.set()
                os.kill(victim, signal.SIGKILL)
                time.sleep(0.1)

        with dask_crew(cluster.scheduler_address, plan) as crew:
            report = verify(assignment, crew, progress=kill)

    assert killed.is_set()
    assert report.as_json() == expected


def test_a_scheduler_that_does_not_answer_is_named(monkeypatch):
    pytest.importorskip("distributed")
    from ctguard.logs.cluster import dask_crew

    with pytest.raises(CtguardError, match="no Dask scheduler answers"), dask_crew("nonsense://x", None):
        pass
