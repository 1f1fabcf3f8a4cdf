"""What a sampling bench is, and where its random numbers come from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engine.discrete.gumbel_softmax.params import GumbelSoftmaxParams

Noise = Callable[..., NDArray[np.float32]]


@dataclass(frozen=True)
class Source:
    """Noise of one stream; each call goes on where the last one stopped.

    exponential(*shape) and normal(*shape) give float32 arrays of independent standard draws.
    """

    exponential: Noise
    normal: Noise


class Bench(Protocol):
    """Four parts of one step, and a look that depends only on the state and the parameters.

    A bench is built with (params, picture, loop): `picture` is the noise of the first picture, kept for good so that a
    dragged parameter redraws the same draws; `loop` is the noise of the steps.
    """

    def draw(self, params: GumbelSoftmaxParams) -> None:
        """Fresh noise."""

    def forward(self, params: GumbelSoftmaxParams) -> None:
        """Scores, choices and values of f."""

    def estimate(self, params: GumbelSoftmaxParams) -> None:
        """One batch of gradients, or of wins."""

    def update(self, params: GumbelSoftmaxParams) -> None:
        """Add the batch to the running sums, or descend."""

    def observe(self, params: GumbelSoftmaxParams) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        """Scalars and arrays of a frame."""
        ...
