"""Parameters of the Gumbel-softmax lab."""

from __future__ import annotations

import math
from typing import Any, Literal, Self, get_args

from pydantic import model_validator

from engine.core.params import BadValue, Params, choice, choices, number, toggle, when

Estimator = Literal[
    "exact", "score-function", "score-baseline", "leave-one-out",
    "gumbel-softmax", "straight-through-gumbel", "straight-through", "gumbel-rao",
]  # fmt: skip
ESTIMATORS: tuple[Estimator, ...] = get_args(Estimator)
RELAXED: tuple[Estimator, ...] = ("gumbel-softmax", "straight-through-gumbel", "gumbel-rao")  # in which the temperature appears
POINTS = 5000  # samples in the triangle
ENUMERABLE = 4096  # code books up to this size are summed over instead of sampled
SAMPLED_DRAWS = 4  # hard codes per image elsewhere

# fmt: off
NO_TIME = "anneal_until = {end} must come after anneal_from = {begin}: a slide needs time; move its end to a later step."
TOO_MANY = ("variables = {value} with levels = {levels} makes {levels}^{value} codes; the exact gradient sums over all of them and is offered "
    "up to {most} codes: deselect the exact estimator or take fewer variables.")
# fmt: on

SIMPLEX, GRADIENTS, DESCENT, VAE, NORMAL, DIMENSION = (
    when(bench=name) for name in ("simplex", "gradients", "descent", "vae", "normal", "dimension")
)
TRIANGLE = when(bench=("simplex", "gradients"))  # where p is the reader's
AVERAGING = when(bench=("gradients", "descent"))  # where f is
ESTIMATING = when(bench=("gradients", "descent", "vae"))
TRAINING = when(bench=("descent", "vae"))
SLIDING = TRAINING & when(schedule="geometric", infinite=False)


class GumbelSoftmaxParams(Params):
    """Controls of the Gumbel-softmax lab; temperature and probabilities act at once on every bench."""

    # fmt: off
    tau: float = number(0.5, 0.01, 10.0, "Temperature",
        "How soft a choice is: towards 0 one class takes all, towards infinity all classes get the same share.", symbol="τ", kind="hot", log=True,
        zero=True, when=when(tempered=True))
    bench: Literal["simplex", "gradients", "descent", "vae", "normal", "dimension"] = choice("simplex", "Bench",
        "Which experiment runs: the triangle of choices, the gradient estimators, a descent by them, a categorical VAE, the normal distribution, or many variables at once.")
    first: float = number(0.5, 0.0, 1.0, "Class 1", "Probability of class 1. You can also drag the dot in the triangle.", symbol="p₁", kind="hot",
        step=0.01, when=TRIANGLE)
    second: float = number(0.3, 0.0, 1.0, "Class 2",
        "Probability of class 2. Class 3 gets what the two leave. Every class keeps at least 1%; if the two ask for more than there is, all are scaled to sum to one.",
        symbol="p₂", kind="hot", step=0.01, when=TRIANGLE)
    estimators: tuple[Estimator, ...] = choices(("exact", "leave-one-out", "gumbel-softmax", "straight-through-gumbel"), "Gradient estimators",
        "Which ways to a gradient are compared, on the same noise: exact enumeration, score function without and with baseline, leave-one-out, "
        "Gumbel-softmax, straight-through with and without Gumbel noise, Gumbel-Rao.",
        when=ESTIMATING)
    samples: int = number(1, 1, 16, "Samples per step", "How many draws each estimator averages in one step.", symbol="S", kind="hot",
        when=ESTIMATING)
    rloo: int = number(4, 2, 16, "Leave-one-out draws",
        "Draws of the leave-one-out estimator: each draw's baseline is the mean of the others, so it takes two.", symbol="S_LOO", kind="hot",
        when=(ESTIMATING & when(estimators="leave-one-out")) | DIMENSION)
    objective: Literal["linear", "quadratic", "net"] = choice("quadratic", "Objective",
        "The function whose mean is to be lowered: linear, the squared distance to a point inside the triangle, or a small network of 16 tanh units.",
        symbol="f", kind="hot", when=AVERAGING)
    offset: float = number(0.0, -10.0, 10.0, "Offset",
        "A constant added to f. It changes no true gradient, but a score function without baseline multiplies it by noise.", kind="hot", step=0.5,
        when=AVERAGING)
    forward: Literal["soft", "hard"] = choice("soft", "Forward value",
        "What Gumbel-softmax hands to f: the soft vector itself, or its rounding with the soft gradient (straight-through).", kind="hot",
        when=ESTIMATING & when(estimators="gumbel-softmax"))
    schedule: Literal["constant", "geometric", "article"] = choice("constant", "Temperature schedule",
        "In training: the temperature of the slider, a geometric slide that you can drag in its picture, or the article's code, 0.01 + 0.99 · 0.999^step.",
        kind="hot", section="Annealing", when=TRAINING & when(infinite=False))
    anneal_start: float = number(1.0, 0.01, 10.0, "Start of the slide", "Temperature before the slide.", symbol="τ₀", kind="hot", log=True,
        section="Annealing", when=SLIDING)
    anneal_end: float = number(0.3, 0.01, 10.0, "End of the slide", "Temperature after the slide.", symbol="τ₁", kind="hot", log=True,
        section="Annealing", when=SLIDING)
    anneal_from: float = number(0.0, 0.0, 5000.0, "Slide begins at step", "The step at which the slide begins.", kind="hot", step=10.0,
        section="Annealing", when=SLIDING)
    anneal_until: float = number(1000.0, 1.0, 5000.0, "Slide ends at step", "The step at which the slide ends.", kind="hot", step=10.0,
        section="Annealing", when=SLIDING)
    infinite: bool = toggle(False, "Infinite temperature",
        "The exact limit τ = ∞: every relaxed choice is the uniform vector, whatever the noise says.", symbol="τ = ∞", kind="hot", section="Limits",
        when=~NORMAL)
    wave: Literal["cosine", "square", "jump"] = choice("cosine", "Function of z",
        "What is averaged over the normal distribution: cos ωz, z², or the jump 1[z > 0].", kind="hot", section="Normal bench", when=NORMAL)
    omega: float = number(1.0, 0.1, 10.0, "Frequency", "How fast the cosine turns; fast functions have steep slopes.", symbol="ω", kind="hot",
        log=True, section="Normal bench", when=when(bench="normal", wave="cosine"))
    mu: float = number(0.3, -3.0, 3.0, "Mean", "Mean of the normal distribution.", symbol="μ", kind="hot", step=0.05, section="Normal bench",
        when=NORMAL)
    sigma: float = number(0.5, 0.1, 3.0, "Width", "Standard deviation of the normal distribution.", symbol="σ", kind="hot", log=True,
        section="Normal bench", when=NORMAL)
    data: Literal["digits", "own"] = choice("digits", "Images", "Handwritten digits of 8 × 8 pixels, or your own images.", section="Categorical VAE",
        when=VAE)
    variables: int = number(2, 1, 16, "Categorical variables", "How many dice make one code.", symbol="M", section="Categorical VAE", when=VAE)
    levels: int = number(10, 2, 16, "Classes each", "How many faces each die has. The code book has K^M words.", symbol="K",
        section="Categorical VAE", when=VAE)
    rate: float = number(0.003, 0.0001, 0.1, "Learning rate of the VAE", "Step size of Adam.", symbol="η", kind="hot", log=True,
        section="Categorical VAE", when=VAE)
    probing: bool = toggle(True, "Measure gradients while training",
        "Every 100 steps, hold each estimator's gradient on 16 images against full enumeration.", kind="hot", section="Categorical VAE",
        when=when(bench="vae", enumerated=True))
    shown: Literal["first chosen", Estimator] = choice("first chosen", "Code book of",
        "Whose code book is shown. One that is not trained here falls back to the first chosen estimator.", kind="lens", section="Categorical VAE",
        when=VAE)
    classes: int = number(3, 3, 10, "Classes on the gradient bench",
        "More than three: the three of the triangle share 3/k, each further class has probability 1/k.", symbol="k", section="Gradient benches",
        when=GRADIENTS)
    speed: float = number(0.5, 0.01, 5.0, "Step size of the descent", "How far the logits move along each estimated gradient.", symbol="η",
        kind="hot", log=True, section="Gradient benches", when=DESCENT)
    resamplings: int = number(10, 1, 20, "Gumbel-Rao resamplings", "How many Gumbel vectors that lead to the same winner Gumbel-Rao averages over.",
        symbol="R", kind="hot", section="Gradient benches", when=ESTIMATING & when(estimators="gumbel-rao"))
    probe: int = number(0, 0, POINTS - 1, "Draw", "The draw that is followed.", kind="lens", hidden=True, when=SIMPLEX)
    cell_x: float = number(0.5, -1e4, 1e4, "Column", "Column of the chosen code.", kind="lens", hidden=True, when=VAE)
    cell_y: float = number(0.5, -1e4, 1e4, "Row", "Row of the chosen code.", kind="lens", hidden=True, when=VAE)
    # fmt: on

    @model_validator(mode="after")
    def _rules(self) -> Self:
        if self.schedule == "geometric" and self.anneal_until <= self.anneal_from:
            begin, end = f"{self.anneal_from:g}", f"{self.anneal_until:g}"
            raise BadValue("anneal_until", self.anneal_until, "", template=NO_TIME, end=end, begin=begin)
        if self.bench == "vae" and "exact" in self.estimators and self.codes > ENUMERABLE:
            most, levels = str(ENUMERABLE), str(self.levels)
            raise BadValue("variables", self.variables, "", template=TOO_MANY, levels=levels, most=most)
        return self

    @property
    def codes(self) -> int:
        """Words in the VAE's code book, K^M."""
        return self.levels**self.variables

    @property
    def enumerated(self) -> bool:
        """Whether the VAE's expectations are sums over all codes instead of samples."""
        return self.codes <= ENUMERABLE

    @property
    def tempered(self) -> bool:
        """Whether the temperature slider acts: nowhere on the normal bench, in training where no schedule overrides it."""
        if self.bench in ("descent", "vae"):
            return self.schedule == "constant" and not self.infinite
        return self.bench != "normal" and not self.infinite

    @property
    def temperature(self) -> float:
        """The temperature of the slider, or infinity."""
        return math.inf if self.infinite else self.tau

    def temperature_at(self, step: int) -> float:
        """The temperature of training step `step` under the schedule."""
        if self.infinite:
            return math.inf
        if self.schedule == "article":  # vae_keras_cnn_gs.py of bojone/vae
            return 0.01 + 0.99 * 0.999**step
        if self.schedule == "geometric":
            done = min(max((step - self.anneal_from) / (self.anneal_until - self.anneal_from), 0.0), 1.0)
            return self.anneal_start * (self.anneal_end / self.anneal_start) ** done
        return self.tau

    def effective(self, estimator: str) -> str:
        """The estimator that runs under this name: Gumbel-softmax with a hard forward value is straight-through."""
        return "straight-through-gumbel" if estimator == "gumbel-softmax" and self.forward == "hard" else estimator


def scalar_name(quantity: str, estimator: str) -> str:
    """Name of the scalar that holds a quantity of one estimator's run, e.g. "elbo_straight_through_gumbel"."""
    return f"{quantity}_{estimator.replace('-', '_')}"


def digits_of(code: Any, variables: int, levels: int) -> list[Any]:
    """The class of each variable in a code (a number, or an array of them); the last variable turns fastest."""
    return [code // levels ** (variables - 1 - m) % levels for m in range(variables)]


def book_columns(params: GumbelSoftmaxParams, shown: int) -> int:
    """Columns in which the shown codes are laid out: the last variable's classes for two variables, else nearly square."""
    if params.variables == 2 and shown == params.codes:
        return params.levels
    return max(1, math.ceil(math.sqrt(shown)))


def cell_of(params: GumbelSoftmaxParams, shown: int) -> int:
    """Number of the code under the chosen point of the code book (rows count from the top)."""
    columns = book_columns(params, shown)
    column = min(max(math.floor(params.cell_x), 0), columns - 1)
    return math.floor(params.cell_y) * columns + column
