"""Workers that are forked, and workers that start by themselves: both ways to have one give the same."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import Any

import psutil
import pytest

from engine.core.frame import difference
from engine.core.score import Score
from engine.core.session import Session
from engine.workers import forkserver as nursery
from engine.workers import pool
from engine.workers.memory import taken
from engine.workers.pool import Pool
from tests.waiting import wait_until

forks = pytest.mark.skipif(not nursery.CAN_FORK, reason="here every worker starts by itself")


@pytest.fixture(params=[pytest.param(True, marks=forks, id="forked"), pytest.param(False, id="by itself")])
def ways(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether workers are forked."""
    monkeypatch.setattr(pool, "CAN_FORK", request.param)
    return bool(request.param)


@pytest.fixture
def own(workers_know_descent: None) -> Iterator[Any]:
    """Starts pools of one worker, and closes them."""
    started: list[Pool] = []

    def start() -> Pool:
        started.append(Pool(size=1))
        started[-1].start()
        return started[-1]

    yield start
    for one in started:
        one.close()


def warm(workers: Pool) -> Pool:
    assert all(worker.ready.wait(60) for worker in workers.workers)
    return workers


def home(workers: Pool) -> psutil.Process:
    """The nursery of a pool."""
    assert workers._nursery is not None and workers._nursery.pid is not None
    return psutil.Process(workers._nursery.pid)


def test_either_way_computes_the_same_and_comes_back_after_kill_9(ways, own, descent, told):
    workers = warm(own())
    assert (workers._nursery is not None) == ways
    score = Score(topic="descent", seed=4)
    far, near = workers.open(score, "cpu"), Session(descent, descent.params.build({}), 4, "cpu")
    assert difference(far.advance(steps=9), near.advance(steps=9)) is None
    far.set(rate=0.3)
    near.set(rate=0.3)
    victim = far.pid
    os.kill(victim, signal.SIGKILL)
    assert difference(far.advance(steps=9), near.advance(steps=9)) is None
    assert far.pid != victim and far.recoveries == 1
    wait_until(lambda: any(line["event"] == "worker.lost" for line in told()), "nobody was told")
    lost = next(line for line in told() if line["event"] == "worker.lost")
    assert (lost["worker"], lost["code"]) == (victim, -signal.SIGKILL)


def test_either_way_a_closed_pool_leaves_no_process(ways, own):
    mine = {child.pid for child in psutil.Process().children(recursive=True)}
    workers = warm(own())
    new = [child for child in psutil.Process().children(recursive=True) if child.pid not in mine]
    assert len(new) == (2 if ways else 1)
    workers.close()
    assert psutil.wait_procs(new, timeout=10)[1] == []


def test_either_way_a_pool_can_be_closed_while_it_is_still_starting(ways, own):
    mine = {child.pid for child in psutil.Process().children(recursive=True)}
    own().close()
    assert {child.pid for child in psutil.Process().children(recursive=True)} <= mine


@forks
def test_the_nursery_has_one_thread_and_keeps_nothing_of_its_workers(own):
    workers = warm(own())
    source = home(workers)
    assert source.num_threads() == 1, "a process with threads cannot be forked safely"
    open_before = source.num_fds()
    for _ in range(3):
        victim = workers.workers[0]
        os.kill(victim.pid, signal.SIGKILL)
        wait_until(victim.dead.is_set, "it is still there")
        workers.mend()
        warm(workers)
    assert source.num_fds() == open_before
    assert [child.pid for child in source.children()] == [workers.workers[0].pid], "a dead worker was not buried"
    assert home(workers) == source


@forks
def test_a_lost_nursery_takes_nobody_with_it_and_another_takes_its_place(own):
    workers = warm(own())
    session = workers.open(Score(topic="descent", seed=2), "cpu")
    session.advance(steps=5)
    first = home(workers)
    first.kill()
    wait_until(lambda: not first.is_running() or first.status() == psutil.STATUS_ZOMBIE, "the nursery is still there")
    assert session.advance(steps=5).step == 10 and session.recoveries == 0
    os.kill(session.pid, signal.SIGKILL)
    assert session.advance(steps=5).step == 15 and session.recoveries == 1
    assert home(workers) != first


@pytest.mark.parametrize(
    ("system", "device", "possible"),
    [
        ("linux", "", True),
        ("linux", "/dev/nvidiactl", False),
        ("linux", "/dev/kfd", False),
        ("darwin", "", False),
        ("win32", "", False),
    ],
)
def test_workers_are_forked_where_that_is_safe(system, device, possible):
    assert nursery.can_fork(system, lambda path: path == device) == possible


@forks
def test_what_forked_processes_share_is_counted_once(own, descent):
    workers = warm(own())
    (worker,) = workers.workers
    assert workers.processes == [worker.pid, home(workers).pid]
    known = [psutil.Process(pid).memory_full_info() for pid in workers.processes]
    together = sum(map(taken, workers.processes))
    assert sum(one.uss for one in known) < together < 0.8 * sum(one.rss for one in known)
    workers.close()
    assert workers.processes == [] and taken(worker.pid) == 0
