"""What looking costs: `python -m tests.generation.bench_exposure_bias` prints the share of time that rollouts take."""

from __future__ import annotations

import time

import torch

from engine.core.session import Session
from engine.generation.exposure_bias import TOPIC

LOOK_EVERY = 0.1  # seconds of computing between two frames: the page's rate


def share(steps: int = 250) -> float:
    """Time spent on frames (rollouts of 256 sequences among them) over time spent on training."""
    session = Session(TOPIC, TOPIC.params(), 0, "cpu")
    session.advance(steps=5)
    training = looking = 0.0
    while session.step < steps:
        begin = time.process_time()
        session.run(seconds=LOOK_EVERY)
        middle = time.process_time()
        session.look()
        training, looking = training + middle - begin, looking + time.process_time() - middle
    return looking / training


if __name__ == "__main__":
    torch.set_num_threads(1)
    print(f"| frames with rollouts of 256 sequences ÷ training time | {share():.0%} | ≤ 25 % |")
