"""Worker processes: they run only what is looked at, survive being killed, and never outlive the app."""

from __future__ import annotations

import os
import signal
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from engine.core.frame import difference
from engine.core.params import BadValue
from engine.core.score import Change, Score, digest
from engine.core.session import Session
from engine.workers.connection import WorkerProcess
from engine.workers.pool import Pool, RunFailed, WorkerLost
from tests.waiting import wait_until


def score(seed: int = 0, steps: int = 0, changes: tuple = (), **values) -> Score:
    return Score(topic="descent", params=values, seed=seed, steps=steps, changes=changes)


@pytest.fixture
def remote(pool):
    opened = []

    def open_(given: Score, data=None):
        opened.append(pool.open(given, "cpu", data))
        return opened[-1]

    yield open_
    for session in opened:
        session.close()


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_remote_session_computes_what_a_local_one_does(remote, descent):
    far, near = remote(score(seed=4, size=5)), Session(descent, descent.params.build({"size": 5}), 4, "cpu")
    assert difference(far.look(), near.look()) is None
    assert difference(far.advance(steps=7), near.advance(steps=7)) is None
    far.set(rate=0.3)
    near.set(rate=0.3)
    assert far.step == near.step == 7
    assert difference(far.advance(steps=7), near.advance(steps=7)) is None
    assert difference(far.advance(parts=1), near.advance(parts=1)) is None
    assert far.score.changes == near.score.changes and far.score.settings() == near.score.settings()


def test_a_session_opens_at_the_end_of_its_score(remote):
    first = remote(score(seed=2))
    first.advance(steps=30)
    first.set(rate=0.5)
    frame = first.advance(steps=30)
    second = remote(first.score)
    assert second.step == 60 and difference(frame, second.look()) is None
    assert second.score.changes == (Change(step=30, values={"rate": 0.5}),)


def test_a_pull_lets_the_session_run_and_without_pulls_it_stops_within_a_second(remote):
    session = remote(score())
    assert session.step == 0
    before = session.pull(lease=0.3).frame.step
    time.sleep(0.1)
    assert session.pull(lease=0.3).frame.step > before  # it ran between the pulls
    begin = time.monotonic()
    time.sleep(0.4)
    rested = session.look().step
    time.sleep(0.2)
    assert session.look().step == rested and time.monotonic() - begin < 1.0


def test_a_session_that_nobody_pulled_does_not_run(remote):
    session = remote(score())
    time.sleep(0.15)
    assert session.look().step == 0


def test_rest_ends_the_lease_at_once(remote):
    session = remote(score())
    session.pull(lease=30)
    rested = session.rest().step
    time.sleep(0.15)
    assert session.look().step == rested


def test_a_session_stops_at_the_step_it_is_asked_to(remote):
    session = remote(score())
    wait_until(lambda: session.pull(lease=1, until=123).finished, "it never reached step 123", 10)
    time.sleep(0.1)
    assert session.look().step == 123 and not session.exhausted


def test_a_rate_limits_the_steps_per_second(remote):
    session = remote(score())
    begin = time.monotonic()
    while time.monotonic() - begin < 1.0:
        step = session.pull(lease=0.5, rate=20.0).frame.step
        time.sleep(0.03)
    assert 10 <= step <= 30


def test_what_comes_before_the_first_step_is_done_in_turns(remote, pool, descent):
    """A slow rate does not slow it, no other run waits for a step that is asked for meanwhile, and a killed worker's successor does it anew."""
    near = Session(descent, descent.params.build({"warm": 60}), 0, "cpu").advance(steps=1)
    session = remote(score(warm=60))
    assert session.pull(lease=30, rate=1.0).frame.step == 0
    wait_until(lambda: session.pull(lease=30, rate=1.0).frame.step == 1, "it never began", 5)
    assert difference(session.rest(), near) is None
    slow, others = remote(score(warm=1000)), [remote(score()) for _ in range(4)]
    asked = threading.Thread(target=slow.advance, kwargs={"steps": 1})
    asked.start()
    assert [other.advance(steps=3).step for other in others] == [3] * 4 and asked.is_alive()
    os.kill(slow.pid, signal.SIGKILL)
    asked.join(60)
    assert slow.step == 1 and slow.recoveries == 1


def test_who_waits_for_a_step_hears_that_it_is_being_prepared_for(remote):
    session = remote(score(warm=1000))
    asked = threading.Thread(target=session.advance, kwargs={"steps": 1})
    asked.start()
    wait_until(lambda: session.asked is not None, "nothing was asked")
    seen = [session.asked[1]]
    while asked.is_alive() and len(seen) < 4:
        if (now := session.asked) is not None and now[1] > seen[-1]:
            assert now[0] == "advance" and session._worker.silent <= time.monotonic() - seen[-1]
            seen.append(now[1])
        time.sleep(0.01)
    assert len(seen) == 4, "its worker is silent while it works"
    asked.join(60)
    assert session.step == 1 and session.asked is None and session._worker.silent == 0


def test_a_finite_loop_says_that_it_is_over(remote):
    session = remote(score(length=5))
    wait_until(lambda: session.pull(lease=1).finished, "it never ended", 10)
    assert session.exhausted and session.look().step == 5


def test_two_sessions_do_not_touch_each_other(remote):
    one, two = remote(score(seed=1)), remote(score(seed=2))
    one.advance(steps=10)
    one.set(rate=0.9)
    assert two.look().step == 0 and two.look().settings["rate"] == 0.1
    untouched = remote(score(seed=2))
    assert difference(two.advance(steps=5), untouched.advance(steps=5)) is None


def test_sessions_are_spread_over_the_workers(remote):
    assert len({remote(score()).pid for _ in range(2)}) == 2


def test_after_kill_9_the_session_is_back_at_the_same_step_with_the_same_frame(remote, pool):
    session = remote(score(seed=3))
    session.advance(steps=50)
    session.set(rate=0.7)
    frame = session.advance(steps=50)
    told = []
    session.on_recovery = lambda: told.append(session.step)
    restarts, pid = pool.restarts, session.pid
    os.kill(pid, signal.SIGKILL)
    assert difference(frame, session.look()) is None
    assert session.pid != pid and session.recoveries == 1 and told == [100] and pool.restarts == restarts + 1
    assert difference(session.advance(steps=5), remote(session.score.prefix(100)).advance(steps=5)) is None
    wait_until(lambda: all(worker.ready.is_set() for worker in pool.workers), "no replacement became ready", 30)
    assert len(pool.workers) == pool.size


def test_a_request_under_way_when_its_worker_is_killed_is_answered_by_the_next(remote, pool):
    session = remote(score(seed=3))
    session.advance(steps=10)
    frames = []
    thread = threading.Thread(target=lambda: frames.append(session.advance(seconds=0.5)))
    thread.start()
    time.sleep(0.1)
    os.kill(session.pid, signal.SIGKILL)
    thread.join(20)
    assert frames and frames[0].step > 10 and session.recoveries == 1
    wait_until(lambda: all(worker.ready.is_set() for worker in pool.workers), "no replacement became ready", 30)


@pytest.mark.parametrize("values", [{"rate": 99}, {"rate": "abc"}, {"rate": float("inf")}, {"size": 4}, {"rate": None}])
def test_a_bad_value_comes_back_as_one_and_the_session_goes_on(remote, values):
    session = remote(score())
    session.advance(steps=2)
    with pytest.raises(BadValue) as caught:
        session.set(**values)
    assert caught.value.name in values and str(caught.value)
    assert session.advance(steps=1).step == 3 and session.score.changes == ()


def test_an_unknown_name_comes_back_with_the_nearest_one(remote):
    session = remote(score())
    with pytest.raises(BadValue, match=r"“rat”.*nearest is “rate”"):
        session.set(rat=1)
    assert session.advance(steps=1).step == 1


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (Score(topic="descnt"), "descent"),
        (Score(topic="descent", params={"rate": 99}), "rate = 99"),
        (Score(topic="descent", params={"speed": 1}), "speed"),
        (Score(topic="descent", params={"shape": "valley", "size": 500}), "size = 500"),
    ],
)
def test_an_impossible_score_is_a_bad_value_and_the_worker_lives(pool, remote, given, says):
    with pytest.raises(BadValue, match=says):
        pool.open(given, "cpu")
    assert remote(score()).look().step == 0


def test_a_device_that_is_not_there_is_a_bad_value(pool):
    with pytest.raises(BadValue, match="device = mps"):
        pool.open(score(), "mps")


def test_divergence_is_told_with_quantity_and_step_and_the_worker_lives(remote):
    session = remote(score(rate=10.0))
    for call in (lambda: session.advance(steps=1000), lambda: session.pull(lease=1), session.look):
        with pytest.raises(RunFailed) as caught:
            call()
        problem = caught.value.problem
        assert (problem["kind"], problem["quantity"], problem["value"]) == ("diverged", "squared distance", "inf")
        assert problem["step"] == session.step > 5
    assert remote(score()).advance(steps=3).step == 3


@pytest.mark.parametrize(("shape", "kind", "says"), [("hungry", "memory", "memory"), ("broken", "failed", "the floor")])
def test_memory_and_bugs_are_told_apart_and_the_worker_lives(remote, shape, kind, says):
    session = remote(score(shape=shape))
    pid = session.pid
    with pytest.raises(RunFailed, match=says) as caught:
        session.advance(steps=10)
    assert caught.value.problem["kind"] == kind and session.step == 5
    assert alive(pid) and remote(score()).advance(steps=3).step == 3


def test_a_failure_while_playing_reaches_the_next_pull(remote):
    session = remote(score(shape="broken"))
    assert session.pull(lease=5, rate=50.0).frame.step < 5
    time.sleep(0.3)
    with pytest.raises(RunFailed, match="gave way"):
        session.pull(lease=5, rate=50.0)


def test_a_score_that_fails_on_its_way_says_so_when_it_is_opened(pool):
    with pytest.raises(RunFailed, match="gave way"):
        pool.open(score(shape="broken", steps=20), "cpu")


def test_own_data_reach_the_worker_and_survive_its_death(remote, pool):
    data = {"x": np.array([[1.0, 2.0], [3.0, 6.0]], np.float32)}
    given = score(shape="own", noise=False).model_copy(update={"data": digest(data)})
    session = remote(given, data)
    assert session.look().arrays["point"].tolist() == [3.0, 3.0, 3.0]
    frame = session.advance(steps=4)
    os.kill(session.pid, signal.SIGKILL)
    assert difference(session.look(), frame) is None
    wait_until(lambda: all(worker.ready.is_set() for worker in pool.workers), "no replacement became ready", 30)


def test_a_closed_session_is_forgotten_by_its_worker(remote, pool):
    session = remote(score())
    worker = session._worker
    session.close()
    session.close()
    assert session.key not in worker.sessions
    with pytest.raises(WorkerLost):
        session.look()
    with pytest.raises(RunFailed, match="not here"):
        session._take(worker.request({"op": "look", "session": session.key}).result(5)[0])


def test_nonsense_requests_are_answered_and_the_worker_lives(remote):
    session = remote(score())
    worker = session._worker
    for header in ({"op": "explode", "session": session.key}, {"op": "look", "session": "nobody"}, {"op": "open", "score": 5}):
        reply, _ = worker.request(header).result(5)
        assert reply["error"]["kind"] == "failed"
    assert not worker.dead.is_set()


def test_workers_end_when_the_pool_closes(workers_know_descent):
    own = Pool(size=1)
    own.start()
    assert all(worker.ready.wait(60) for worker in own.workers)
    pids = [worker.pid for worker in own.workers]
    assert all(alive(pid) for pid in pids)
    own.close()
    wait_until(lambda: not any(alive(pid) for pid in pids), "a worker outlived its pool", 5)
    with pytest.raises(WorkerLost):
        own.open(score())


PARENT = """
import sys, time
from engine.workers.pool import Pool
pool = Pool(size=1)
pool.start()
assert all(worker.ready.wait(60) for worker in pool.workers)
print(*(worker.pid for worker in pool.workers), flush=True)
time.sleep(60)
"""


def test_workers_end_when_the_app_is_killed(toy_repository):
    parent = subprocess.Popen([sys.executable, "-c", PARENT], cwd=toy_repository, stdout=subprocess.PIPE, text=True)
    try:
        pids = [int(word) for word in parent.stdout.readline().split()]
        assert len(pids) == 1 and all(alive(pid) for pid in pids)
    finally:
        parent.kill()
        parent.wait()
    wait_until(lambda: not any(alive(pid) for pid in pids), "a worker outlived the app", 5)


def test_a_worker_computes_with_one_thread(pool):
    """Two workers whose BLAS threads wait for each other are many times slower."""
    for worker in pool.workers:
        environment = Path(f"/proc/{worker.pid}/environ").read_bytes().split(b"\0")
        assert b"OMP_NUM_THREADS=1" in environment and b"OPENBLAS_NUM_THREADS=1" in environment


def test_a_worker_that_dies_in_the_middle_of_its_answer_is_lost(toy_repository):
    class Torn:
        """Gives a worker that answers with half a message, and ends."""

        def worker(self):
            source, into = os.pipe()
            answers, out = os.pipe()
            os.write(out, struct.pack("<I", 1000) + b"half")
            os.close(out)
            self.asked = source
            return os.fdopen(into, "wb"), os.fdopen(answers, "rb")

        def code(self, pid):
            return None

    nursery = Torn()
    worker = WorkerProcess(toy_repository, nursery)
    assert worker.dead.wait(10)
    with pytest.raises(WorkerLost):
        worker.request({"op": "look"})
    worker.stop()
    os.close(nursery.asked)
