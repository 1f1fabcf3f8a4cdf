"""Equal runs are computed once, and whoever goes a way of their own loses nothing."""

from __future__ import annotations

import os
import signal
import time

import pytest

from engine.core.frame import Frame, difference
from engine.core.score import Score
from engine.core.session import Session
from engine.workers.pool import RunFailed
from engine.workers.shared import Commons, SharedSession


@pytest.fixture(scope="module")
def commons(workers_know_descent):
    pool = Commons(size=2)
    pool.start()
    for worker in pool.workers:
        assert worker.ready.wait(60)
    yield pool
    pool.close()


def start(commons: Commons, **params: object) -> SharedSession:
    session = commons.session(Score(topic="descent", params=params, seed=1))
    assert isinstance(session, SharedSession)
    session.open()
    return session


def follow(session: SharedSession, until: int) -> list[Frame]:
    """Every frame that a page which plays to `until` gets."""
    frames, end = [], time.monotonic() + 20
    while session.step < until and time.monotonic() < end:
        pulled = session.pull(lease=0.6, until=until)
        frames += [pulled.frame] if pulled.frame is not None else []
        time.sleep(0.002)
    return frames


def test_two_pages_see_the_same_frames_of_one_session(commons):
    one, two = start(commons), start(commons)
    first, second = follow(one, 30), follow(two, 30)
    assert len(commons.lanes) == 1 and sum(len(worker.sessions) for worker in commons.workers) == 1
    assert [frame.step for frame in first] == [frame.step for frame in second] and first[-1].step == 30
    assert all(difference(a, b) is None for a, b in zip(first, second, strict=True))
    assert difference(Session.start("descent", seed=1).advance(steps=30), second[-1]) is None
    one.close(), two.close()
    assert not commons.lanes


def test_other_values_or_another_seed_are_another_lane(commons):
    sessions = [start(commons), start(commons, size=5), commons.session(Score(topic="descent", seed=2))]
    assert len(commons.lanes) == 3
    for session in sessions:
        session.close()


def test_a_change_leaves_the_lane_at_the_step_on_screen(commons):
    one, two = start(commons), start(commons)
    follow(one, 30)
    while two.step < 10:
        two.pull(lease=0.6, until=30)
    at = two.step
    frame = two.set(pull=0.5)
    assert frame is not None and frame.step == at and two.score.changes[0].step == at
    end = two.advance(steps=20)
    alone = Session.start("descent", seed=1)
    alone.run(steps=at)
    alone.set(pull=0.5)
    assert end is not None and difference(alone.advance(steps=20), end) is None
    assert one.pull(lease=0.6, until=35) is not None and one.score.changes == ()
    one.close(), two.close()
    assert not commons.lanes and sum(len(worker.sessions) for worker in commons.workers) == 0


def test_the_only_one_on_a_lane_takes_its_session_along(commons):
    session = start(commons)
    follow(session, 20)
    worker = session.pid
    session.set(pull=0.25)
    assert session.pid == worker and not commons.lanes and session.step == 20
    session.close()
    assert sum(len(each.sessions) for each in commons.workers) == 0


def test_a_divergence_is_told_to_everybody_when_they_come_there(commons):
    one, two = start(commons, rate=9.0), start(commons, rate=9.0)
    for session in (one, two):
        with pytest.raises(RunFailed, match="squared distance"):
            follow(session, 3000)
        session.close()


def test_a_lost_worker_does_not_disturb_the_lane(commons):
    one, two = start(commons), start(commons)
    follow(one, 10)
    os.kill(one.pid, signal.SIGKILL)
    last = follow(one, 30)[-1]
    assert one.recoveries == 1 and difference(Session.start("descent", seed=1).advance(steps=30), last) is None
    assert difference(follow(two, 30)[-1], last) is None
    one.close(), two.close()


def test_nobody_asks_and_nothing_runs(commons):
    session = start(commons)
    session.pull(lease=0.1, until=None)
    time.sleep(0.4)
    source = session.lane.source
    source.look()
    rested = source.step
    time.sleep(0.3)
    source.look()
    assert source.step == rested > 0
    session.close()
