"""What the triangle of choices must bear out."""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from engine.core.chapter import Verdict
from engine.core.frame import Timeline
from engine.discrete.gumbel_softmax import theory
from engine.discrete.gumbel_softmax.benches.simplex import ORDERS
from engine.discrete.gumbel_softmax.claims.tolerances import CHI_SQUARE, COLDEST, FACTOR, RARE, claim_about, on
from engine.discrete.gumbel_softmax.params import POINTS


@claim_about(on("simplex"), "The largest of o + g is class i with probability p_i: χ² against p stays near its 2 degrees of freedom.",
    "Gumbel 1954; the article's proof; equation (8)")  # fmt: skip
def gumbel_max(timeline: Timeline) -> Verdict | None:
    return Verdict(2.0, timeline.frame.scalars["chi_square"], CHI_SQUARE[2] - 2)


@claim_about(on("simplex"), "The mean of the largest o + g is logsumexp(o) + 0.577.", "Maddison, Tarlow, Minka 2014")
def maximum(timeline: Timeline) -> Verdict | None:
    scalars, p = timeline.frame.scalars, theory.probabilities(timeline.params)
    error = theory.GUMBEL_SD / math.sqrt(scalars["draws"])
    return Verdict(theory.mean_maximum(np.log(p)), scalars["maximum_mean"], FACTOR * error)


@claim_about(on("simplex"), "Sorting o + g draws without replacement: χ² of the six orders stays near its 5 degrees of freedom.",
    "Plackett 1975, Luce 1959")  # fmt: skip
def orders(timeline: Timeline) -> Verdict | None:
    p, counts = theory.probabilities(timeline.params), timeline.frame.arrays["ranks"]
    expected = np.array([theory.plackett_luce(p, order) for order in ORDERS])
    if counts.sum() * expected.min() < RARE / 10:  # a χ² needs five expected draws in its rarest cell
        return None
    return Verdict(5.0, theory.chi_square(counts, expected)[0], CHI_SQUARE[5] - 5)


@claim_about(on("simplex"), "The mean of the softened choice, here of class 1, is the integral over both differences of noise.",
    "equations (9), (10)")  # fmt: skip
def mean_of_y(timeline: Timeline) -> Verdict | None:
    p, tau = theory.probabilities(timeline.params), timeline.params.temperature
    if 0 < tau < COLDEST:
        return None
    if tau == 0:
        mean, spread = float(p[0]), float(p[0] - p[0] ** 2)
    else:
        mean, spread = (1 / 3, 0.0) if math.isinf(tau) else _softened(tuple(p), tau)
    return Verdict(mean, float(timeline.frame.arrays["mean"][0]), FACTOR * math.sqrt(spread / POINTS) + 1e-6)


@cache
def _softened(p: tuple[float, ...], tau: float) -> tuple[float, float]:
    """Mean and variance of y₁."""
    mean, square = theory.relaxed_expectation(np.array(p), tau, lambda y: np.stack([y[:, 0], y[:, 0] ** 2], -1))
    return float(mean), float(square - mean**2)
