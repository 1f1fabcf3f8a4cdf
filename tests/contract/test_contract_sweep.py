"""A sweep's arms, in every topic: each is what a run with its settings alone is, stacked into one model or not."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest
import torch

from engine.core.frame import Frame, difference
from engine.core.params import BadValue, Control
from engine.core.score import Change, Score
from engine.core.session import Session
from engine.core.topic import Topic
from engine.sweeps.sweep import Sweep
from engine.workers.batched import SEED, Batched, Plan, stackable
from engine.workers.pool import Pool
from tests.contract.runs import inside, variants

STEPS = 12
FEWER = 4  # steps of arms that are sessions of their own: they are equal or not, however long they run
# A product of a batch of matrices may add up in another order than that of one matrix (about 1e-7 of the result), and
# training carries such differences on, growing by a factor of some hundred in 60 steps.
TOLERANCE = 1e-3


@pytest.fixture(scope="session")
def pool() -> Iterator[Pool]:
    workers = Pool(size=1)
    yield workers
    workers.close()


def values_of(topic: Topic, control: Control, base: Mapping[str, Any]) -> tuple[Any, ...]:
    """Up to three values that a run with these settings may begin with, the default first."""
    found = [control.default]
    for value in inside(control):
        try:
            topic.params.build({**base, control.name: value})
        except BadValue:
            continue
        found += [value] if value not in found else []
    return tuple(found[:3])


def changes_of(topic: Topic, name: str, step: int, base: Mapping[str, Any]) -> tuple[Change, ...]:
    """A change of some other hot parameter, after `step` steps."""
    for control in topic.params.controls().values():
        if control.kind == "hot" and control.name != name:
            for value in values_of(topic, control, base)[1:]:
                return (Change(step=step, values={control.name: value}),)
    return ()


def plan_of(topic: Topic, name: str, steps: int, base: Mapping[str, Any] | None = None) -> Plan:
    base = base or {}
    values = (3, 5) if name == SEED else values_of(topic, topic.params.controls()[name], base)
    changes = changes_of(topic, name, steps // 2, base)
    return Plan.checked(Score(topic=topic.slug, params=dict(base), seed=1, steps=steps, changes=changes), name, values)


def stacking(topic: Topic, name: str) -> Mapping[str, Any]:
    """Settings under which the topic's arms are stacked: none, or one cold value; if possible such that this one plays a part."""
    return next((base for base in stackings(topic) if name in played(topic, base)), next(stackings(topic)))


def played(topic: Topic, base: Mapping[str, Any]) -> list[str]:
    """The controls that are there under these settings."""
    return [control.name for control in topic.controls_for(topic.params.build(base))]


def stackings(topic: Topic) -> Iterator[Mapping[str, Any]]:
    """Settings with at most one cold value under which arms are stacked."""
    for base in ({}, *(values for _, values in variants(topic))):
        try:
            if topic.stacks is None or topic.stacks(topic.params.build(base)):
                yield base
        except BadValue:
            continue


def first_number(topic: Topic) -> str:
    """The first hot number; the seed where there is none."""
    hot = (c.name for c in topic.params.controls().values() if c.kind == "hot" and c.type in ("number", "integer"))
    return next(hot, SEED)


def alike(mine: Frame, alone: Frame) -> list[str]:
    """Where two frames differ by more than rounding."""
    if (mine.step, mine.settings) != (alone.step, alone.settings):
        return ["step or settings"]
    if mine.arrays.keys() != alone.arrays.keys() or mine.scalars.keys() != alone.scalars.keys():
        return ["names"]
    found = []
    for name, value in alone.scalars.items():
        if name in alone.clocks:  # measured anew in every run: all that must be alike is whether it has been
            found += [name] * (math.isnan(mine.scalars[name]) != math.isnan(value))
            continue
        near = abs(mine.scalars[name] - value) <= TOLERANCE * max(1.0, abs(value))
        if not (near or (math.isnan(value) and math.isnan(mine.scalars[name])) or mine.scalars[name] == value):
            found.append(f"{name}: {mine.scalars[name]} against {value}")
    return found


def trained(plan: Plan) -> Batched:
    stack = Batched(plan, "cpu")
    while stack.step < plan.score.steps and not stack.finished:
        stack.run(steps=plan.score.steps)
    return stack


@pytest.mark.parametrize("what", ["number", SEED])
def test_arms_of_a_sweep_are_what_they_would_be_alone(topic, what, pool):
    name = first_number(topic) if what == "number" else SEED
    plan = plan_of(topic, name, FEWER)
    sweep = Sweep(pool, plan, "cpu")
    sweep.start()
    try:
        end = time.monotonic() + 120
        while not sweep.poll(lease=5.0).finished:
            assert time.monotonic() < end
            assert len({arm.frame.step for arm in sweep.arms if arm.frame is not None and arm.problem is None}) == 1
            time.sleep(0.01)
    finally:
        sweep.close()
    for number, arm in enumerate(sweep.arms):
        assert arm.problem is None and arm.frame is not None and arm.frame.step == FEWER
        alone = Session.from_score(plan.settings(number), "cpu").look()
        if sweep.stacked:
            assert not alike(arm.frame, alone)
        else:
            assert difference(alone, arm.frame) is None
    assert difference(sweep.arms[0].frame, sweep.arms[1].frame) is not None


def test_a_stacked_arm_is_what_it_would_be_alone(topic):
    telling = []  # a setting may play no part by default: not all of them can tell the arms apart
    for name in topic.stackable:
        plan = plan_of(topic, name, STEPS, stacking(topic, name))
        assert stackable(plan) and topic.params.controls()[name].kind == "hot", "arms of one model share its architecture"
        stack = trained(plan)
        frames = []
        for arm in range(len(plan.values)):
            frames.append(stack.look_at(arm))
            alone = Session.from_score(plan.settings(arm), "cpu").look()
            assert not alike(frames[-1], alone), f"{name}, arm {arm}"
            assert not topic.separate or difference(frames[-1], alone) is None, f"{name}, arm {arm}"
        telling += [name] if any(frame.scalars != frames[0].scalars for frame in frames[1:]) else []
    assert telling[:1] == list(topic.stackable[:1])


def test_what_acts_on_no_training_leaves_all_weights_as_they_are(topic):
    """So a sweep over it is several looks at one run."""
    for name in topic.untrained:
        assert topic.params.controls()[name].kind == "hot"
        plan = plan_of(topic, name, FEWER, stacking(topic, name))
        first, *others = [Session.from_score(plan.settings(arm), "cpu").weights() for arm in range(len(plan.values))]
        for other in others:
            assert first.keys() == other.keys() and first
            assert all(np.array_equal(array, other[key]) for key, array in first.items()), name


def test_an_arm_that_is_no_number_any_more_does_not_reach_the_others(topic):
    for name in topic.stackable[:1]:
        plan = plan_of(topic, name, STEPS, stacking(topic, name))
        stack = Batched(plan, "cpu")
        stack.run(steps=5)
        weights = stack._model.weights()
        if all(len(weight) != len(plan.values) for weight in weights.values()):
            continue  # the arms are looks at one and the same net: none has weights of its own
        with torch.no_grad():
            for weight in weights.values():
                weight[1] = math.nan  # the arms are every weight's first axis
        while weights and stack.step < STEPS:
            stack.run(steps=STEPS)
        for arm in range(len(plan.values)) if weights else ():
            if arm == 1:
                with pytest.raises(ArithmeticError):
                    stack.look_at(arm)
            else:
                assert not alike(stack.look_at(arm), Session.from_score(plan.settings(arm), "cpu").look())
