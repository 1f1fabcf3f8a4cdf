"""Chooses where a session computes."""

from __future__ import annotations

import torch

from engine.core.params import BadValue

NAMES = ("auto", "cpu", "cuda", "mps")


def available() -> tuple[str, ...]:
    """The devices of this machine, fastest first; "cpu" is always the last."""
    found = []
    if torch.cuda.is_available():
        found.append("cuda")
    if torch.backends.mps.is_available():
        found.append("mps")
    return (*found, "cpu")


def choose(name: str) -> torch.device:
    """A torch device by name; "auto" is the fastest there is. Raises BadValue for one this machine lacks."""
    present = available()
    if name == "auto":
        return torch.device(present[0])
    if name not in present:
        raise BadValue("device", name, ", ".join(("auto", *present)))
    return torch.device(name)
