"""An arrow is carried round a closed loop, one piece a step, by the connection; home again it sets out anew.

>>> from engine.core.session import Session                                                         # doctest: +SKIP
>>> Session.start("riemann-connection", {"colatitude": 60.0}).advance(steps=60).scalars["holonomy"]  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from engine.core.model import Data, Model
from engine.geometry.charts import Array
from engine.geometry.riemann_connection.observe import measure
from engine.geometry.riemann_connection.params import RiemannConnectionParams


class Carrier(Model):
    """The whole journey is known at any time, so that a loop which is changed on the way is the loop that is shown."""

    params: RiemannConnectionParams

    def __init__(self, params: Any, seed: int, device: torch.device, data: Data | None = None, settings: Any = ()) -> None:
        super().__init__(params, seed, device, data, settings)
        params.refuse_outside()
        self.share = 0.0  # of the loop that lies behind
        self.known: tuple[Any, tuple[dict[str, float], dict[str, Array]]] | None = None

    @property
    def piece(self) -> int:
        """How many of the n pieces lie behind."""
        return round(self.share * self.params.n)

    def steps(self) -> Iterator[str]:
        while True:
            self.journey()  # every exchange of frames (2) round the loop as it is now, and the arrow they carry
            piece = self.piece % self.params.n  # home again: it sets out anew
            yield "exchange"

            self.share = min(1.0, (piece + 1) / self.params.n)
            yield "carry"

    def journey(self) -> tuple[dict[str, float], dict[str, Array]]:
        """What is measured on the whole loop; kept while the settings are the same."""
        if self.known is None or self.known[0] != self.params:
            self.known = (self.params, measure(self.params, self.seed))
        return self.known[1]

    def observe(self) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        scalars, arrays = self.journey()
        now = {"turn_so_far": float(arrays["turns"][self.piece]), "length_now": float(arrays["lengths"][self.piece])}
        return scalars | now | {"piece": float(self.piece)}, {name: array.copy() for name, array in arrays.items()} | {
            "vector": arrays["arrows"][self.piece].copy()
        }
