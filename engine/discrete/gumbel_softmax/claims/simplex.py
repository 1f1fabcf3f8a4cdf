"""What the triangle of choices must bear out."""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from engine.core.chapter import Verdict, claim
from engine.core.frame import Timeline
from engine.discrete.gumbel_softmax import theory
from engine.discrete.gumbel_softmax.benches.simplex import ORDERS
from engine.discrete.gumbel_softmax.claims.tolerances import CHI_SQUARE, COLDEST, FACTOR, RARE
from engine.discrete.gumbel_softmax.params import POINTS


@claim(
    "The largest of o + g is class i with probability p_i: χ² against p stays near its 2 degrees of freedom.",
    "Gumbel 1954; the article's proof; equation (8)",
)
def gumbel_max(timeline: Timeline) -> Verdict | None:
    if timeline.params.bench != "simplex":
        return None
    return Verdict(2.0, timeline.frame.scalars["chi_square"], CHI_SQUARE[2] - 2)


@claim("The mean of the largest o + g is logsumexp(o) + 0.577.", "Maddison, Tarlow, Minka 2014")
def maximum(timeline: Timeline) -> Verdict | None:
    if timeline.params.bench != "simplex":
        return None
    scalars, p = timeline.frame.scalars, theory.class_probabilities(timeline.params.first, timeline.params.second)
    error = theory.GUMBEL_SD / math.sqrt(scalars["draws"])
    return Verdict(theory.mean_maximum(np.log(p)), scalars["maximum_mean"], FACTOR * error)


@claim(
    "Sorting o + g draws without replacement: χ² of the six orders stays near its 5 degrees of freedom.",
    "Plackett 1975, Luce 1959",
)
def orders(timeline: Timeline) -> Verdict | None:
    if timeline.params.bench != "simplex":
        return None
    p = theory.class_probabilities(timeline.params.first, timeline.params.second)
    expected, counts = np.array([theory.plackett_luce(p, order) for order in ORDERS]), timeline.frame.arrays["ranks"]
    if counts.sum() * expected.min() < RARE / 10:  # a χ² needs five expected draws in its rarest cell
        return None
    return Verdict(5.0, theory.chi_square(counts, expected)[0], CHI_SQUARE[5] - 5)


@claim(
    "The mean of the softened choice, here of class 1, is the integral over both differences of noise.", "equations (9), (10)"
)
def mean_of_y(timeline: Timeline) -> Verdict | None:
    params = timeline.params
    if params.bench != "simplex" or 0 < params.temperature < COLDEST:
        return None
    p, tau = theory.class_probabilities(params.first, params.second), params.temperature
    if tau == 0 or math.isinf(tau):
        mean = float(p[0]) if tau == 0 else 1 / 3
        spread = mean - mean**2 if tau == 0 else 0.0
    else:
        mean, spread = _softened(tuple(p), tau)
    return Verdict(mean, float(timeline.frame.arrays["mean"][0]), FACTOR * math.sqrt(spread / POINTS) + 1e-6)


@cache
def _softened(p: tuple[float, ...], tau: float) -> tuple[float, float]:
    """Mean and variance of y₁."""
    mean, square = theory.relaxed_expectation(np.array(p), tau, lambda y: np.stack([y[:, 0], y[:, 0] ** 2], -1))
    return float(mean), float(square - mean**2)
