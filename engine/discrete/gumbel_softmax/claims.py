"""Closed forms held against the run."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from engine.core.topic import Claim, Timeline, Verdict
from engine.discrete.gumbel_softmax import theory
from engine.discrete.gumbel_softmax.benches.dimension import COUNTS, TARGET
from engine.discrete.gumbel_softmax.benches.gradients import TAUS
from engine.discrete.gumbel_softmax.benches.normal import gradients, predicted_variances, present
from engine.discrete.gumbel_softmax.objectives import objective
from engine.discrete.gumbel_softmax.params import scalar_name

Judge = Callable[[Timeline], Verdict | None]
CHI_SQUARE_BOUND = 18.42  # exceeded by two degrees of freedom with probability 1e-4
FACTOR = 4  # standard errors within which a mean or a variance agrees: a normal one leaves them once in 16,000 times
RARE = 50  # so often the rarest event must have been expected, or the standard error says nothing about a single run


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
    return Verdict(theory.mean_maximum(np.log(p)), scalars["maximum_mean"], FACTOR * error)


@dataclass(frozen=True)
class _Measured:
    """An estimator's moments in a temperature slot, and what theory needs beside them."""

    bias: float
    spread: float  # standard deviation of one draw
    count: float
    p: theory.Array
    corners: theory.Array
    slopes: theory.Array
    exact: theory.Array
    rounding: float  # of float32 draws whose mean is held against float64


def _slot(timeline: Timeline, name: str, slot: int) -> _Measured | None:
    """None where this estimator does not run, or where its rarest class has been drawn too seldom to be judged by moments."""
    params = timeline.params
    if params.bench != "gradients" or name not in params.estimators or params.effective(name) != name:
        return None
    arrays, row = timeline.frame.arrays, params.estimators.index(name)
    p = theory.class_probabilities(params.first, params.second, params.classes)
    count = float(arrays["gradient_count"][row, slot])
    if count * (params.rloo if name == "leave-one-out" else 1) * float(p.min()) < RARE:
        return None
    corners, slopes, exact = (arrays[each].astype(np.float64) for each in ("corner_values", "corner_slopes", "exact_gradient"))
    bias = float(np.linalg.norm(arrays["gradient_mean"][row, slot] - exact))
    spread = math.sqrt(float(arrays["gradient_variance"][row, slot]))
    return _Measured(bias, spread, count, p, corners, slopes, exact, 1e-6 * (1 + float(np.abs(corners).max())))


def _moments(timeline: Timeline, name: str, found: _Measured) -> tuple[float, float]:
    """(variance of one draw, standard error of its estimate) by the closed forms."""
    if name == "leave-one-out":
        return theory.leave_one_out_error(found.p, found.corners, timeline.params.rloo, found.count)
    if name == "straight-through":
        draws = theory.straight_through_draws(found.p, found.slopes)
    else:
        draws = theory.score_function_draws(found.p, found.corners)
    return theory.variance_error(draws, found.p, found.count)


def _unbiased(name: str) -> Judge:
    def judge(timeline: Timeline) -> Verdict | None:
        found = _slot(timeline, name, -1)
        if found is None:
            return None
        error = math.sqrt(_moments(timeline, name, found)[0] / found.count)
        return Verdict(0.0, found.bias, FACTOR * error + found.rounding)

    return judge


def _noise(name: str) -> Judge:
    def judge(timeline: Timeline) -> Verdict | None:
        found = _slot(timeline, name, -1)
        if found is None:
            return None
        variance, error = _moments(timeline, name, found)
        return _deviation(variance, error, found.spread, found.rounding)

    return judge


def _deviation(variance: float, error: float, measured: float, rounding: float) -> Verdict:
    """A standard deviation against its closed form, FACTOR standard errors of the variance wide (the wider, lower side)."""
    predicted = math.sqrt(variance)
    return Verdict(predicted, measured, predicted - math.sqrt(max(variance - FACTOR * error, 0.0)) + rounding)


def _cold(name: str) -> Judge:
    """The bias in the coldest slot against (12), within FACTOR standard errors by theory, as a sample misses the rare ties."""

    def judge(timeline: Timeline) -> Verdict | None:
        found = _slot(timeline, name, 0)
        if found is None:
            return None
        params, tau, hard = timeline.params, float(TAUS[0]), name == "straight-through-gumbel"
        ties = found.count * tau * float(1 - found.p @ found.p) / 2  # near ties at the top, which alone give a gradient
        if ties < RARE:
            return None
        f = objective(params.objective, params.classes, params.offset)
        error = math.sqrt(theory.cold_variance(found.p, f, tau, hard) / found.count)
        limit = theory.straight_through_limit(found.p, found.slopes) if hard else found.exact
        remainder = tau * (0.2 * theory.cold_bend(found.p, f, hard) + 2 * tau * float(np.abs(found.slopes).max()))
        predicted = float(np.linalg.norm(limit - found.exact))
        return Verdict(predicted, found.bias, FACTOR * error + remainder + found.rounding)

    return judge


def _straight_mean(timeline: Timeline) -> Verdict | None:
    found = _slot(timeline, "straight-through", -1)
    if found is None:
        return None
    predicted = float(np.linalg.norm(theory.straight_through_mean(found.p, found.slopes) - found.exact))
    error = math.sqrt(_moments(timeline, "straight-through", found)[0] / found.count)
    return Verdict(predicted, found.bias, FACTOR * error + found.rounding)


def _normal(row: int) -> Judge:
    def judge(timeline: Timeline) -> Verdict | None:
        params, scalars = timeline.params, timeline.frame.scalars
        if params.bench != "normal":
            return None
        count = scalars["draws"]
        if params.wave == "jump" and row == 1 and count * theory.step_share(params.mu, params.sigma) < RARE:
            return None
        predicted = float(predicted_variances(params, np.array([present(params)]))[row][0])
        measured = scalars["path_variance" if row == 0 else "score_variance"]

        def draws(epsilon: theory.Array) -> theory.Array:
            return gradients(params.wave, epsilon, params.omega, params.mu, params.sigma)[row]

        error = theory.normal_variance_error(draws, count)[1]
        rounding = 1e-6 * (1 + scalars["path_mean" if row == 0 else "score_mean"] ** 2)
        return Verdict(predicted, measured, FACTOR * error + rounding)

    return judge


def _many(timeline: Timeline) -> Verdict | None:
    if timeline.params.bench != "dimension":
        return None
    variance = theory.many_score_variances(COUNTS[-1], TARGET, timeline.params.rloo)[0]
    error = theory.many_score_error(COUNTS[-1], TARGET, timeline.frame.scalars["draws"])
    return _deviation(variance, error, float(timeline.frame.arrays["many_sd"][0, -1]), 1e-6)


def _bound(timeline: Timeline) -> Verdict | None:
    params, scalars = timeline.params, timeline.frame.scalars
    if params.bench != "vae" or not params.enumerated:
        return None
    name = params.estimators[0]
    evidence = scalars[scalar_name("evidence", name)]
    predicted = evidence - scalars[scalar_name("gap", name)]
    pixels = float(np.prod(timeline.frame.arrays["image_size"].astype(np.float64)))
    rounding = 8 * float(np.finfo(np.float32).eps) * (4 + math.sqrt(pixels)) * (1 + abs(evidence))
    return Verdict(predicted, scalars[scalar_name("elbo", name)], rounding, "nats")


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
    Claim("score_unbiased", "The score function has no bias.", "Williams 1992", _unbiased("score-function")),
    Claim(
        "score_noise",
        "Its standard deviation has a closed form that grows with any constant in f.",
        "Williams 1992",
        _noise("score-function"),
    ),
    Claim("loo_unbiased", "Leave-one-out has no bias.", "Kool et al. 2019", _unbiased("leave-one-out")),
    Claim(
        "loo_noise",
        "Its standard deviation is that of a sample covariance, blind to constants.",
        "Kool et al. 2019",
        _noise("leave-one-out"),
    ),
    Claim("cold_relaxed", "At τ = 0.02 Gumbel-softmax has hardly any bias.", "equation (12)", _cold("gumbel-softmax")),
    Claim(
        "cold_straight",
        "At τ = 0.02 straight-through Gumbel keeps the bias of the trapezoid rule.",
        "equation (12)",
        _cold("straight-through-gumbel"),
    ),
    Claim(
        "straight_mean",
        "The bias of straight-through without Gumbel noise has a closed form.",
        "Bengio, Léonard, Courville 2013",
        _straight_mean,
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
