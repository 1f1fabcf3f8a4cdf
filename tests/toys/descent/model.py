"""The descent's loop."""

import time
from collections.abc import Iterator

import torch

from engine.core.model import Model, numpy


class Descent(Model):
    """Noisy gradient descent on x² / 2; diverges for a rate above 2."""

    def __init__(self, params, seed, device, data=None, settings=()) -> None:
        super().__init__(params, seed, device, data, settings)
        if params.shape == "own" and data is None:
            raise ValueError("shape = own needs data")
        self.random = self.generator("noise")
        start = torch.randn(params.size, generator=self.generator("start"))
        self.start, self.took = start.clone(), 0.0
        self.point = start.repeat(len(self.settings), 1)  # a row for each arm
        if data is not None:
            self.point[:] = float(data["x"].mean())
        self.gradient = torch.zeros_like(self.point)

    def prepare(self) -> Iterator[None]:
        for piece in range(self.params.warm):
            time.sleep(0.004)
            self.took = float(piece + 1)
            yield
        self.point = self.point + 0.01 * self.params.warm

    def steps(self) -> Iterator[str]:
        while not self.params.length or self.step < self.params.length:
            if self.params.shape == "broken" and self.step == 5:
                raise RuntimeError("the floor <b>gave way</b>")
            if self.params.shape == "hungry" and self.step == 5:
                raise MemoryError
            begin = time.perf_counter()
            self.gradient = self.point + torch.tensor([[own.pull] for own in self.settings])
            if self.params.noise:
                self.gradient = self.gradient + 0.1 * torch.randn(self.params.size, generator=self.random)
            yield "gradient"

            self.point = self.point - torch.tensor([[own.rate] for own in self.settings]) * self.gradient
            for arm, distance in enumerate(self.point.square().sum(1).tolist()):
                self.check(arm, "squared distance", distance)
            self.took = time.perf_counter() - begin
            yield "move"

    def observe(self):
        return self.observe_arm(0)

    def observe_arm(self, arm):
        own, point = self.settings[arm], self.point[arm]
        arrays = {"point": numpy(point)}
        if "pair" in own.shown:
            arrays["pair"] = numpy(torch.stack([point, point], 1))
        scalars = {"distance": float(point.square().sum()), "seen": 0.5 * own.look_at**2 + own.pull * own.look_at}
        if own.kinds:
            scalars["took"] = self.took
            arrays |= {"start": numpy(self.start), "double": numpy(point.double() / 3, exact=True)}
        return scalars, arrays
