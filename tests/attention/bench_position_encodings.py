"""What racing side by side costs: `python -m tests.attention.bench_position_encodings` prints the ratio to bare loops."""

from __future__ import annotations

import time

import torch

from engine.attention.position_encodings import TOPIC
from engine.core.session import Session

EIGHT = "none,learned,sinusoidal,xl,t5,rope,alibi,shaw"


def session(contestants: str) -> Session:
    return Session(TOPIC, TOPIC.params.build({"contestants": contestants}), 0, "cpu")


def side_by_side() -> float:
    """Time of eight encodings in one run over that of eight bare loops, 270 steps each after a warm-up, full tests included.

    Blocks of 30 steps alternate, so that a busy machine slows both alike.
    """
    together, alone = session(EIGHT), [session(name) for name in EIGHT.split(",")]
    for run in alone:
        run._model.test = lambda: None  # type: ignore[attr-defined]  # a bare loop does not test itself
    times = [0.0, 0.0]
    for block in range(10):
        for which, runs in enumerate(([together], alone)):
            begin = time.process_time()
            for run in runs:
                run.run(steps=30)
            times[which] += (time.process_time() - begin) * (block > 0)
    return times[0] / times[1]


if __name__ == "__main__":
    torch.set_num_threads(1)
    print(f"| eight encodings side by side ÷ eight bare loops | {side_by_side():.2f} | ≤ 1.15 |")
