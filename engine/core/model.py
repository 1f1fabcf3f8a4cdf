"""The contract of a topic's model: what a session needs from the thing that computes."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch

Data = Mapping[str, np.ndarray]


class Diverged(ArithmeticError):
    """A quantity of the loop is no longer a finite number."""

    def __init__(self, quantity: str, value: float, step: int = -1) -> None:
        self.quantity, self.value, self.step = quantity, value, step
        super().__init__(f"{quantity} became {value} at step {step}")


class Model(ABC):
    """Base of every topic's model.

    A subclass builds data, networks and optimiser in `__init__`, trains or samples in `steps`, and shows itself in
    `observe`. The session replaces `self.params` between steps; the loop reads it anew in every step, so hot
    parameters are simply read where they are used. Randomness comes only from generators made by `generator`.
    """

    def __init__(self, params: Any, seed: int, device: torch.device, data: Data | None = None) -> None:
        self.params = params
        self.seed = seed
        self.device = device
        self.data = data
        self.step = 0  # completed steps; counted by the session

    @abstractmethod
    def steps(self) -> Iterator[str]:
        """The loop, endless or finite. Yields the name of each part just done; the topic's last part ends a step."""

    @abstractmethod
    def observe(self) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        """Scalars and arrays of a frame, all declared outputs. A pure look: it changes nothing the loop reads.

        Depends only on the model's state and `self.params`, so equal states give equal frames. Random numbers for
        the picture come from a fresh `generator("...")` of a fixed name, never from the loop's own generators.
        """

    def generator(self, purpose: str, device: torch.device | str = "cpu") -> torch.Generator:
        """An independent generator for one purpose, derived from the run's seed and the purpose's name.

        On the CPU by default, so that the same seed draws the same numbers on every device.
        """
        derived = np.random.SeedSequence([self.seed, *purpose.encode()]).generate_state(1, np.uint64)[0]
        return torch.Generator(device).manual_seed(int(derived) % 2**63)


def finite(quantity: str, value: torch.Tensor) -> float:
    """The value of a one-element tensor; raises Diverged, naming the quantity, unless it is finite."""
    number = float(value)
    if not math.isfinite(number):
        raise Diverged(quantity, number)
    return number


def numpy(tensor: torch.Tensor) -> np.ndarray:
    """A detached float32 (or integer) numpy copy on the CPU."""
    array = tensor.detach().cpu().numpy()
    return array.astype(np.float32) if array.dtype.kind == "f" else array.copy()
