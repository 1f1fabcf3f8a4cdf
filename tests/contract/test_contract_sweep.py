"""What a topic says can be stacked: each arm of the stacked model is what a run with its settings alone is."""

from __future__ import annotations

import math

import numpy as np

from engine.core import registry
from engine.core.session import Change, Score, Session
from engine.core.stack import Plan, Stack, spaced, stackable

STEPS = 40
# The sums of a batched product are taken in another order than those of a single one (about 1e-7 each), and training
# carries the differences on: after 40 steps they are measured to be below 1e-3 of a scalar's size.
TOLERANCE = 5e-3


def test_a_stacked_arm_is_what_it_would_be_alone(slug):
    for name in registry.find(slug).stackable:
        compare(slug, name)


def compare(slug: str, name: str) -> None:
    """One parameter at three values: each arm against a run of its own."""
    control = registry.find(slug).params.controls()[name]
    assert control.kind == "hot", "a stacked model shares its architecture"
    low = max(control.low or 0.0, (control.default or 0.0) / 4) if control.type == "number" else 0.0
    values = spaced(control, low, control.default * 4 if control.type == "number" else 1.0, 3)
    other = next(
        iter(c for n, c in registry.find(slug).params.controls().items() if n in registry.find(slug).stackable and n != name)
    )
    changes = (Change(step=STEPS // 2, values={other.name: other.default}),)
    plan = Plan.checked(Score(topic=slug, seed=1, steps=STEPS, changes=changes), name, values)
    assert stackable(plan)
    stack = Stack(plan, "cpu")
    stack.run(seconds=60.0)
    while stack.step < STEPS:
        stack.run(seconds=60.0)
    frames = stack.looks()
    differs = False
    for arm, frame in enumerate(frames):
        alone = Session.from_score(plan.settings(arm), "cpu").look()
        assert frame.step == alone.step == STEPS and frame.settings == alone.settings
        assert frame.arrays.keys() == alone.arrays.keys() and frame.scalars.keys() == alone.scalars.keys()
        for key, value in alone.scalars.items():
            mine = frame.scalars[key]
            assert math.isfinite(mine) == math.isfinite(value), key
            if math.isfinite(value) and not jumps(registry.find(slug), key):
                assert abs(mine - value) <= TOLERANCE * max(1.0, abs(value)), f"{key}: {mine} against {value}"
        differs |= any(frame.scalars[key] != frames[0].scalars[key] for key in frame.scalars)
    assert differs, "arms with other values must not be the same"


def jumps(topic, name):
    """Scalars that jump (an index, a number of classes): a last digit decides them."""
    meaning = next(output.meaning for output in topic.outputs if output.name == name)
    return any(
        word in meaning for word in ("which", "classes", "number of", "turns", "fraction", "departure", "shape of", "entropy")
    )


def test_an_arm_that_diverges_does_not_poison_the_stack():
    for slug, topic in registry.topics().items():
        if not topic.stackable:
            continue
        control = topic.params.controls()[topic.stackable[0]]
        plan = Plan.checked(Score(topic=slug, steps=10), control.name, (control.default, control.high))
        stack = Stack(plan, "cpu")
        stack._model.check(1, "a test", float("nan"))
        while stack.step < 10:
            stack.run(seconds=60.0)
        first, second = stack.looks()
        assert not isinstance(first, Exception) and isinstance(second, ArithmeticError)
        assert all(np.isfinite(v) for v in [first.scalars[n] for n in first.scalars if "loss" in n])
