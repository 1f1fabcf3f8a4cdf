"""What a sampling bench is, where its random numbers come from, and sums that last as long as the settings they belong to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.discrete.gumbel_softmax.params import GumbelSoftmaxParams

Noise = Callable[..., NDArray[np.float32]]
Look = tuple[dict[str, float], dict[str, np.ndarray]]
T = TypeVar("T")


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

    def observe(self, params: GumbelSoftmaxParams) -> Look:
        """Scalars and arrays of a frame."""
        ...


class Running(Generic[T]):
    """Sums of batches that belong to some settings (their key). Under other settings they start afresh, with a first look.

    `first(params)` is what the picture's own noise says: the same at every look, and therefore remembered.
    """

    def __init__(
        self, key: Callable[[GumbelSoftmaxParams], tuple[Any, ...]], first: Callable[[GumbelSoftmaxParams], T]
    ) -> None:
        self._key, self._first = key, first
        self._sums: tuple[Any, T] | None = None
        self._seen: tuple[Any, T] | None = None

    def add(self, params: GumbelSoftmaxParams, batch: T) -> None:
        """One batch more, drawn under these settings."""
        self._sums = self._key(params), self.under(params) + batch  # type: ignore[operator]

    def under(self, params: GumbelSoftmaxParams) -> T:
        """The sums if they belong to these settings, else a first look."""
        key = self._key(params)
        if self._sums is not None and self._sums[0] == key:
            return self._sums[1]
        if self._seen is None or self._seen[0] != key:
            self._seen = key, self._first(params)
        return self._seen[1]
