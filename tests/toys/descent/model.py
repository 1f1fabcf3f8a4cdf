"""The descent's loop."""

from collections.abc import Iterator

import torch

from engine.core.model import Model, finite, numpy


class Descent(Model):
    """Noisy gradient descent on x² / 2; diverges for a rate above 2."""

    def __init__(self, params, seed, device, data=None) -> None:
        super().__init__(params, seed, device, data)
        if params.shape == "own" and data is None:
            raise ValueError("shape = own needs data")
        self.random = self.generator("noise")
        self.point = torch.randn(params.size, generator=self.generator("start"))
        if data is not None:
            self.point[:] = float(data["x"].mean())
        self.gradient = torch.zeros(params.size)

    def steps(self) -> Iterator[str]:
        while not self.params.length or self.step < self.params.length:
            if self.params.shape == "broken" and self.step == 5:
                raise RuntimeError("the floor <b>gave way</b>")
            if self.params.shape == "hungry" and self.step == 5:
                raise MemoryError
            self.gradient = self.point + self.params.pull
            if self.params.noise:
                self.gradient = self.gradient + 0.1 * torch.randn(self.params.size, generator=self.random)
            yield "gradient"

            self.point = self.point - self.params.rate * self.gradient
            finite("squared distance", self.point.square().sum())
            yield "move"

    def observe(self):
        place = self.params.look_at
        arrays = {"point": numpy(self.point)}
        if "pair" in self.params.shown:
            arrays["pair"] = numpy(torch.stack([self.point, self.point], 1))
        return {"distance": float(self.point.square().sum()), "seen": 0.5 * place**2 + self.params.pull * place}, arrays
