"""Closed forms held against the run."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from engine.core.topic import Claim, Timeline, Verdict
from engine.discrete.gumbel_softmax import theory
from engine.discrete.gumbel_softmax.dimension import COUNTS, TARGET
from engine.discrete.gumbel_softmax.gradients import TAUS
from engine.discrete.gumbel_softmax.params import scalar_name
from engine.discrete.gumbel_softmax.views_benches import predicted_variances, present

Judge = Callable[[Timeline], Verdict | None]
CHI_SQUARE_BOUND = 18.42  # exceeded by two degrees of freedom with probability 1e-4


def _gumbel_max(timeline: Timeline) -> Verdict | None:
    if timeline.params.bench != "simplex":
        return None
    return Verdict(2.0, timeline.frame.scalars["chi_square"], CHI_SQUARE_BOUND - 2)


def _maximum(timeline: Timeline) -> Verdict | None:
    if timeline.params.bench != "simplex":
        return None
    p = theory.class_probabilities(timeline.params.first, timeline.params.second)
    scalars = timeline.frame.scalars
    error = theory.GUMBEL_SD / math.sqrt(scalars["draws"])
    return Verdict(theory.mean_maximum(np.log(p)), scalars["maximum_mean"], 4 * error)


def _slot(timeline: Timeline, name: str, slot: int) -> tuple[float, float, float, float] | None:
    """(length of the bias, its standard error, sd of a draw, draws) of an estimator in a temperature slot."""
    if timeline.params.bench != "gradients" or name not in timeline.params.estimators:
        return None
    arrays, row = timeline.frame.arrays, timeline.params.estimators.index(name)
    bias = float(np.linalg.norm(arrays["gradient_mean"][row, slot] - arrays["exact_gradient"]))
    variance, count = float(arrays["gradient_variance"][row, slot]), float(arrays["gradient_count"][row, slot])
    return bias, math.sqrt(variance / count), math.sqrt(variance), count


def _unbiased(name: str, slot: int, remainder: float = 0.0) -> Judge:
    def judge(timeline: Timeline) -> Verdict | None:
        if timeline.params.effective(name) != name:
            return None
        found = _slot(timeline, name, slot)
        return None if found is None else Verdict(0.0, found[0], 4 * found[1] + remainder + 1e-6)

    return judge


def _noise(name: str) -> Judge:
    def judge(timeline: Timeline) -> Verdict | None:
        found = _slot(timeline, name, -1)
        if found is None:
            return None
        params, corners = timeline.params, timeline.frame.arrays["corner_values"].astype(np.float64)
        p = theory.class_probabilities(params.first, params.second, params.classes)
        if name == "leave-one-out":
            predicted = theory.leave_one_out_variance(p, corners, params.rloo)
        else:
            predicted = theory.score_function_variance(p, corners)
        return Verdict(math.sqrt(predicted), found[2], math.sqrt(predicted) * 6 / math.sqrt(found[3]) + 1e-6)

    return judge


def _straight_through(name: str, slot: int) -> Judge:
    def judge(timeline: Timeline) -> Verdict | None:
        found = _slot(timeline, name, slot)
        if found is None:
            return None
        params, arrays = timeline.params, timeline.frame.arrays
        p = theory.class_probabilities(params.first, params.second, params.classes)
        slopes = arrays["corner_slopes"].astype(np.float64)
        mean = (
            theory.straight_through_mean(p, slopes) if name == "straight-through" else theory.straight_through_limit(p, slopes)
        )
        predicted = float(np.linalg.norm(mean - arrays["exact_gradient"]))
        return Verdict(predicted, found[0], 4 * found[1] + (0.0 if name == "straight-through" else 0.8 * TAUS[slot]) + 1e-6)

    return judge


def _normal(row: int) -> Judge:
    def judge(timeline: Timeline) -> Verdict | None:
        params, scalars = timeline.params, timeline.frame.scalars
        if params.bench != "normal":
            return None
        predicted = float(predicted_variances(params, np.array([present(params)]))[row][0])
        measured = scalars["path_variance" if row == 0 else "score_variance"]
        return Verdict(predicted, measured, predicted * 4 * math.sqrt(30 / scalars["draws"]) + 1e-5)

    return judge


def _many(timeline: Timeline) -> Verdict | None:
    if timeline.params.bench != "dimension":
        return None
    predicted = math.sqrt(theory.many_score_variances(COUNTS[-1], TARGET, timeline.params.rloo)[0])
    return Verdict(
        predicted, float(timeline.frame.arrays["many_sd"][0, -1]), predicted * 6 / math.sqrt(timeline.frame.scalars["draws"])
    )


def _bound(timeline: Timeline) -> Verdict | None:
    params, scalars = timeline.params, timeline.frame.scalars
    if params.bench != "vae" or not params.enumerated:
        return None
    name = params.estimators[0]
    predicted = scalars[scalar_name("evidence", name)] - scalars[scalar_name("gap", name)]
    return Verdict(predicted, scalars[scalar_name("elbo", name)], 1e-3, "nats")


def _capacity(timeline: Timeline) -> Verdict | None:
    params = timeline.params
    if params.bench != "vae":
        return None
    half = params.variables * math.log(params.levels) / 2
    return Verdict(half, timeline.frame.scalars[scalar_name("kl", params.estimators[0])], half + 1e-4, "nats")


CLAIMS = (
    Claim(
        "gumbel_max",
        "The largest of o + g is class i with probability p_i: χ² against p stays near its 2 degrees of freedom.",
        "Gumbel 1954; the article's proof; equation (8)",
        _gumbel_max,
    ),
    Claim("maximum", "The mean of the largest o + g is logsumexp(o) + 0.577.", "Maddison, Tarlow, Minka 2014", _maximum),
    Claim("score_unbiased", "The score function has no bias.", "Williams 1992", _unbiased("score-function", -1)),
    Claim(
        "score_noise",
        "Its standard deviation has a closed form that grows with any constant in f.",
        "Williams 1992",
        _noise("score-function"),
    ),
    Claim("loo_unbiased", "Leave-one-out has no bias.", "Kool et al. 2019", _unbiased("leave-one-out", -1)),
    Claim(
        "loo_noise",
        "Its standard deviation is that of a sample covariance, blind to constants.",
        "Kool et al. 2019",
        _noise("leave-one-out"),
    ),
    Claim(
        "cold_relaxed",
        "At τ = 0.02 Gumbel-softmax has hardly any bias.",
        "equation (12)",
        _unbiased("gumbel-softmax", 0, 0.8 * TAUS[0]),
    ),
    Claim(
        "cold_straight",
        "At τ = 0.02 straight-through Gumbel keeps the bias of the trapezoid rule.",
        "equation (12)",
        _straight_through("straight-through-gumbel", 0),
    ),
    Claim(
        "straight_mean",
        "The bias of straight-through without Gumbel noise has a closed form.",
        "Bengio, Léonard, Courville 2013",
        _straight_through("straight-through", -1),
    ),
    Claim("path_variance", "Variance of one pathwise gradient.", "equations (6), (7)", _normal(0)),
    Claim("score_variance", "Variance of one score-function gradient.", "equations (6), (7)", _normal(1)),
    Claim(
        "many", "With 256 variables the score function's noise follows from the binomial distribution.", "Williams 1992", _many
    ),
    Claim(
        "bound", "The discrete ELBO is log p(x) minus the KL divergence to the true posterior.", "Kingma, Welling 2014", _bound
    ),
    Claim("capacity", "The KL term lies between 0 and M log K.", "Jang, Gu, Poole 2017", _capacity),
)
