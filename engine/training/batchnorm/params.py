"""Parameters of the batch normalisation lab."""

from __future__ import annotations

from typing import Literal

from engine.core.params import Params, choice, number, when

WIDTH, PIXELS = 64, 64
PROBE_EVERY = 10  # steps between two looks along the gradient
PROBES = (0.1, 0.2, 0.4)  # η': how far these looks reach
SHOWN = 8  # units of the first normaliser whose numbers are in a frame

NET, TWIN = when(bench="net"), when(bench="twin")
NORMED = NET & ~when(normaliser="none")
Normaliser = Literal["bn", "none", "centre", "scale", "rms", "ln", "noisy_bn"]


class BatchNormParams(Params):
    """Controls of the batch normalisation lab."""

    # fmt: off
    bench: Literal["net", "twin"] = choice("net", "Bench",
        "Net: a classifier of digits, trained batch by batch. Twin: linear regression on the same digits, where the curvature is known exactly.",
        labels={"net": "a net", "twin": "its exact twin"})
    normaliser: Normaliser = choice("bn", "Normaliser",
        "What stands in every layer: all of BN, only its subtraction of the mean, only its division, or something else.",
        labels={"bn": "batch norm", "none": "none", "centre": "− mean only", "scale": "÷ deviation only", "rms": "÷ root mean square",
                "ln": "layer norm", "noisy_bn": "batch norm + noise"}, when=NET)
    learning_rate: float = number(0.1, 0.01, 3.0, "Learning rate", "Step size of plain gradient descent on batches.", symbol="η",
        kind="hot", log=True, when=NET)
    depth: int = number(6, 1, 12, "Depth", "Hidden layers, each of 64 units.", symbol="D", when=NET)
    batch_size: int = number(128, 4, 512, "Batch size", "Pictures a step: mean and deviation are taken over them.", symbol="m", when=NET)
    init_scale: float = number(1.0, 0.3, 3.0, "Initial scale", "Multiplies He's deviation of the first weights.", symbol="a", log=True, when=NET)
    input_shift: float = number(0.0, 0.0, 5.0, "Input shift", "Added to every pixel, in training and in tests.", symbol="s", step=0.1)
    placement: Literal["before_relu", "before_linear"] = choice("before_relu", "Placement",
        "Where the normaliser stands: between the linear map and ReLU, or before the linear map, where it normalises the pixels, too.",
        labels={"before_relu": "linear, norm, ReLU", "before_linear": "norm, linear, ReLU"}, when=NORMED)
    noise: float = number(0.5, 0.0, 1.0, "Noise after BN",
        "Every unit gets noise whose mean and deviation are drawn anew in every step, of this size. Tests are without it.", symbol="ν",
        kind="hot", step=0.05, when=NET & when(normaliser="noisy_bn"))
    twin_input: Literal["raw", "centred", "standardised"] = choice("raw", "Twin's input", "The pixels as they are, less their means, or divided by their deviations as well.",
        labels={"raw": "raw", "centred": "centred", "standardised": "standardised"}, when=TWIN)
    twin_rate: float = number(0.98, 0.01, 2.0, "Rate over the limit", "The twin's step size in units of 2/λmax. Above 1 it must explode.",
        symbol="η λmax/2", kind="hot", log=True, when=TWIN)
    # fmt: on
