"""What a sweep costs: eight arms against one, on one core. `python -m tests.bench.sweep [--topic SLUG] [--over NAME] [--set NAME=VALUE] [--rounds N]`.

Both sides train the same number of steps in this process with one thread, and look once at the end (eight looks for
eight arms). Rounds alternate, so that a busy machine slows both.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import torch

from engine.core import registry
from engine.core.score import Score
from engine.core.session import Session
from engine.workers.batched import Batched, Plan, spaced


def seconds(make: Callable[[], Session], steps: int, *, look: bool) -> float:
    """Seconds that a run takes from its second step on (the first one warms caches up)."""
    session = make()
    session.run(steps=1)
    begin = time.perf_counter()
    while session.step < steps:
        session.run(steps=steps - session.step)
    if look:
        [session.look_at(arm) for arm in range(len(session.arms))] if isinstance(session, Batched) else session.look()
    return time.perf_counter() - begin


def main() -> None:
    stackable = next(topic for topic in registry.topics().values() if topic.stackable)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--topic", default=stackable.slug)
    parser.add_argument("--over", default="")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--arms", type=int, default=8)
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=7)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    topic = registry.find(chosen.topic)
    control = topic.params.controls()[chosen.over or topic.stackable[0]]
    assert control.high is not None and control.low is not None
    values = spaced(control, control.default / 4, control.default * 4, chosen.arms)
    params = dict(item.split("=", 1) for item in chosen.set)
    plan = Plan.checked(Score(topic=topic.slug, params=params, steps=chosen.steps), control.name, values)
    for look in (False, True):
        ratios = []
        for _ in range(chosen.rounds):
            one = seconds(lambda: Session.begin(plan.settings(0).prefix(0), "cpu"), chosen.steps, look=look)
            all_arms = seconds(lambda: Batched(plan, "cpu"), chosen.steps, look=look)
            ratios.append(all_arms / one)
        what = "with a look at every arm at the end" if look else "training alone"
        spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
        print(f"{chosen.arms} arms ÷ one, {what:36} {statistics.median(ratios):.2f} ({spread})   reach ≤ 2.5")


if __name__ == "__main__":
    main()
