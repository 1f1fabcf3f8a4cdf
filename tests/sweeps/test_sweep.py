"""Sweeps: all arms at the same step, each as if it were alone; one that fails does not disturb the others."""

from __future__ import annotations

import math
import os
import signal
import time

import numpy as np
import pytest

from engine.core.frame import difference
from engine.core.model import Diverged
from engine.core.params import BadValue, UnknownName
from engine.core.score import Change, Score
from engine.core.session import Session
from engine.runs.history import MAX_BYTES
from engine.sweeps.sweep import MOST, Plan, Sweep, spaced


def plan(name: str, values: tuple, steps: int = 40, **more) -> Plan:
    return Plan.checked(Score(topic="descent", steps=steps, **more), name, values)


def run(sweep: Sweep, seconds: float = 60) -> Sweep:
    """Poll until it is over; at every poll all arms stand at the same step."""
    sweep.start()
    end = time.monotonic() + seconds
    while not (progress := sweep.poll()).finished:
        assert time.monotonic() < end, progress
        steps = {arm.frame.step for arm in sweep.arms if arm.frame is not None and arm.problem is None}
        assert len(steps) <= 1
        time.sleep(0.002)
    return sweep


@pytest.fixture
def sweep(pool):
    made = []

    def make(*args, **more) -> Sweep:
        made.append(Sweep(pool, plan(*args, **more), "cpu"))
        return made[-1]

    yield make
    for one in made:
        one.close()
    assert sum(len(worker.sessions) for worker in pool.workers) == 0


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("rate", (0.01, 0.1, 0.5)),
        ("size", (1, 2, 5)),
        ("noise", (False, True)),
        ("shape", ("bowl", "valley")),
        ("seed", (0, 3, 9)),
    ],
)
def test_every_arm_is_what_it_would_be_alone(sweep, name, values):
    done = run(sweep(name, values, seed=4))
    assert done.stacked == (name == "rate")
    assert [arm.value for arm in done.arms] == list(values)
    for number, arm in enumerate(done.arms):
        alone = Session.from_score(done.plan.settings(number), "cpu")
        assert difference(alone.look(), arm.frame) is None
    steps = [arm.history.steps for arm in done.arms]
    assert all(each == steps[0] for each in steps) and steps[0][0] == 0 and steps[0][-1] == 40


def test_the_plans_changes_hold_for_all_arms_but_not_for_the_swept_value(sweep):
    changes = (Change(step=0, values={"pull": 0.1}), Change(step=13, values={"pull": 0.5, "rate": 0.9}))
    done = run(sweep("rate", (0.05, 0.2), changes=changes))
    for number, arm in enumerate(done.arms):
        score = done.plan.settings(number)
        assert score.changes[-1].values == {"pull": 0.5}
        assert difference(Session.from_score(score, "cpu").look(), arm.frame) is None


def test_an_arm_that_diverges_leaves_the_others_alone(sweep):
    done = run(sweep("rate", (0.1, 9.0, 0.2), steps=400))
    assert [arm.problem is None for arm in done.arms] == [True, False, True]
    assert done.arms[1].problem["kind"] == "diverged" and done.arms[0].frame.step == 400
    for arm in (0, 2):
        assert difference(Session.from_score(done.plan.settings(arm), "cpu").look(), done.arms[arm].frame) is None
    table = done.table()
    assert math.isnan(table["distance"][1]) and np.isfinite(table["distance"][[0, 2]]).all()
    assert list(table["value"]) == [0.1, 9.0, 0.2]


def test_a_session_that_breaks_leaves_the_others_alone(sweep):
    done = run(sweep("shape", ("bowl", "broken", "hungry")))
    assert [arm.problem and arm.problem["kind"] for arm in done.arms] == [None, "failed", "memory"]
    assert done.arms[0].frame.step == 40 and done.poll().failed.keys() == {1, 2}


def test_when_all_arms_diverge_each_says_where(sweep):
    done = run(sweep("rate", (9.0, 3.0), steps=1000))
    assert done.poll().finished and done.poll().steps < 1000
    for number, arm in enumerate(done.arms):
        with pytest.raises(Diverged) as alone:
            Session.from_score(done.plan.settings(number), "cpu")
        assert arm.problem["step"] == alone.value.step and arm.problem["kind"] == "diverged"
    assert done.arms[0].problem["step"] != done.arms[1].problem["step"]


def test_a_loop_that_ends_by_itself_ends_the_sweep(sweep):
    done = run(sweep("length", (5, 20), steps=1000))
    assert [arm.frame.step for arm in done.arms] == [5, 20]
    assert all(arm.problem is None for arm in done.arms)


@pytest.mark.parametrize(("name", "values"), [("rate", (0.1, 0.2)), ("size", (2, 3))])
def test_nobody_polls_and_nothing_runs(sweep, name, values):
    one = sweep(name, values, steps=10**6)
    one.start()
    for _ in range(5):
        one.poll(lease=0.1)
    time.sleep(0.4)
    one.rest()
    rested = [session.step for session in one._sessions]
    assert max(rested) > 0
    time.sleep(0.3)
    for session in one._sessions:
        session.look()
    assert [session.step for session in one._sessions] == rested


@pytest.mark.parametrize(("name", "values"), [("rate", (0.1, 0.2)), ("seed", (1, 2))])
def test_a_lost_worker_costs_no_arm_its_place(sweep, name, values):
    one = sweep(name, values, steps=3000)
    one.start()
    while one.poll().steps < 100:
        time.sleep(0.002)
    os.kill(one._sessions[0].pid, signal.SIGKILL)
    for number, arm in enumerate(run(one).arms):
        assert arm.problem is None
        assert difference(Session.from_score(one.plan.settings(number), "cpu").look(), arm.frame) is None


class Unlucky(Sweep):
    """Loses its first worker in the moment before its second look."""

    looks = 0

    def _look(self) -> bool:
        self.looks += 1
        if self.looks == 2:
            os.kill(self._sessions[0].pid, signal.SIGKILL)
            time.sleep(0.2)
        return super()._look()


@pytest.mark.parametrize(("name", "values"), [("rate", (0.1, 0.2)), ("size", (2, 3))])
def test_a_worker_lost_between_training_and_looking_sets_no_frame_back(pool, name, values):
    one = Unlucky(pool, plan(name, values), "cpu")
    try:
        for number, arm in enumerate(run(one).arms):
            steps = arm.history.steps
            assert arm.problem is None and steps == sorted(set(steps)) and steps[-1] == 40
            assert difference(Session.from_score(one.plan.settings(number), "cpu").look(), arm.frame) is None
    finally:
        one.close()


def test_all_arms_together_keep_no_more_than_one_run(sweep):
    many = sweep("seed", tuple(range(MOST)))
    assert sum(arm.history.max_bytes for arm in many.arms) <= MAX_BYTES


def test_verdicts_and_the_largest_surprise(sweep):
    done = run(sweep("rate", (0.001, 0.1, 0.01)))
    verdicts = done.verdicts()["bottom"]
    off = [abs(verdict.measured) for verdict in verdicts]
    assert done.surprise() == int(np.argmax(off)) == 0


@pytest.mark.parametrize(
    ("name", "values", "steps"),
    [
        ("rate", (0.1,), 10),
        ("rate", (0.1, 0.1), 10),
        ("rate", (0.1, 99.0), 10),
        ("rate", (0.1, "fast"), 10),
        ("rate", tuple(0.1 + 0.01 * n for n in range(MOST + 1)), 10),
        ("rate", (0.1, 0.2), 0),
        ("look_at", (0.1, 0.2), 10),
        ("shown", (("point",), ("pair",)), 10),
        ("seed", (0, -1), 10),
    ],
)
def test_an_impossible_plan_is_a_bad_value(pool, name, values, steps):
    with pytest.raises(BadValue):
        plan(name, values, steps)


def test_an_unknown_parameter_comes_back_with_the_nearest_one(pool):
    with pytest.raises(UnknownName, match="rate"):
        plan("rote", (1, 2))


def test_values_are_spaced_on_the_parameters_own_scale(descent):
    controls = descent.params.controls()
    rates = np.array(spaced(controls["rate"], 0.001, 10.0, 5))
    assert np.allclose(np.diff(np.log10(rates)), 1.0) and rates[0] == 0.001 and rates[-1] == 10.0
    assert spaced(controls["rate"], 0.0, 0.1, 3) == (0.0, 0.001, 0.1)
    assert np.allclose(spaced(controls["pull"], -1.0, 1.0, 5), [-1, -0.5, 0, 0.5, 1])
    assert spaced(controls["size"], 1, 4, 8) == (1, 2, 3, 4)
    assert spaced(controls["shape"], 0, 0, 0) == controls["shape"].options and spaced(controls["noise"], 0, 1, 2) == (
        False,
        True,
    )
    assert spaced(None, 0, 7, 8) == tuple(range(8))
    for low, high, count in ((0.2, 0.1, 3), (0.1, 99, 3), (0.1, 1, 1), (math.nan, 1, 3), (0.1, 1, MOST + 1)):
        with pytest.raises(BadValue):
            spaced(controls["rate"], low, high, count)
