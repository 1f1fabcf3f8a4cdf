"""Runs of the Gumbel-softmax lab for its tests."""

import engine
from engine.core.session import Session


def start(bench: str, seed: int = 0, **values) -> Session:
    return engine.start("gumbel-softmax", {"bench": bench, **values}, seed=seed, device="cpu")
