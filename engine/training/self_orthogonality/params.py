"""Parameters of the self-orthogonality lab."""

from __future__ import annotations

from typing import Literal

from engine.core.params import Params, choice, number, when

PIXELS, HIDDEN = 64, 32  # the digits' layer W
DIGITS_BATCH = 128
GAUSSIAN_RATE, DIGITS_RATE = 1e-2, 3e-3  # Adam's
START_ANGLE = 66.0  # degrees between the first filters of the Gaussian bench, about

GAUSSIAN, DIGITS = when(bench="gaussian"), when(bench="digits")
PLANE = GAUSSIAN & when(dims=2)
Preprocessing = Literal["raw", "centred", "standardised", "whitened"]


class SelfOrthogonalityParams(Params):
    """Controls of the self-orthogonality lab."""

    # fmt: off
    bench: Literal["gaussian", "digits"] = choice("gaussian", "Bench",
        "Gaussian: filters see random inputs and have nothing to do but to be orthogonal. Digits: they are the first layer of a classifier.",
        labels={"gaussian": "Gaussian inputs", "digits": "handwritten digits"})
    anisotropy: float = number(1.0, 1.0, 1000.0, "Anisotropy", "Largest variance of the inputs over the smallest one; between them a geometric series.",
        symbol="a", kind="hot", log=True, when=GAUSSIAN)
    sharpness: float = number(3.0, 0.1, 50.0, "Sharpness", "How steep tanh(γy) is: a small γ compares the outputs, a large one their signs.",
        symbol="γ", kind="hot", log=True, when=GAUSSIAN)
    digits_sharpness: float = number(10.0, 0.1, 50.0, "Sharpness (digits)", "How steep tanh(γy) is; the paper takes 10.",
        symbol="γ", kind="hot", log=True, when=DIGITS)
    lambda1: float = number(100.0, 0.0, 100.0, "Weight of the mean", "How much the mean of ϑ over all pairs must vanish.", symbol="λ₁",
        kind="hot", when=GAUSSIAN | when(penalty="theta"))
    lambda2: float = number(1.0, 0.0, 10.0, "Weight of each pair", "How much the ϑ of every single pair must vanish.", symbol="λ₂",
        kind="hot", when=GAUSSIAN | when(penalty="theta"))
    batch: int = number(256, 16, 1024, "Batch size", "Inputs a step, from which ϑ is estimated.", symbol="b", kind="hot", log=True, when=GAUSSIAN)
    filters: int = number(8, 2, 64, "Filters", "How many directions there are.", symbol="k", when=GAUSSIAN)
    dims: int = number(16, 2, 64, "Dimensions", "Of the inputs and of each filter.", symbol="d", when=GAUSSIAN)
    input_mean: float = number(0.0, 0.0, 2.0, "Input mean", "Added to every coordinate of every input.", symbol="μ", when=GAUSSIAN)
    penalty: Literal["theta", "off", "F", "none"] = choice("theta", "Penalty",
        "What is added to the loss: ϑ, measured on the outputs; the inner products of the weights, without or with their lengths; or nothing.",
        labels={"theta": "ϑ of the outputs", "off": "WᵀW off the diagonal", "F": "‖WᵀW − I‖²", "none": "none"}, when=DIGITS)
    penalty_weight: float = number(1.0, 0.0, 10.0, "Weight of the penalty", "Multiplies the penalty beside the cross-entropy.", symbol="λ",
        kind="hot", when=DIGITS & ~when(penalty="none"))
    preprocessing: Preprocessing = choice("raw", "Pixels",
        "As they are; less their means; divided by their deviations, too, as batch normalisation would; or made uncorrelated as well.",
        labels={"raw": "raw", "centred": "centred", "standardised": "standardised", "whitened": "whitened"}, when=DIGITS)
    row: int = number(0, 0, 63, "Row", "One filter of the pair that is looked at.", symbol="i", kind="lens", hidden=True)
    column: int = number(1, 0, 63, "Column", "The other one.", symbol="j", kind="lens", hidden=True)
    # fmt: on

    @property
    def gamma(self) -> float:
        """The sharpness γ in force."""
        return self.sharpness if self.bench == "gaussian" else self.digits_sharpness
