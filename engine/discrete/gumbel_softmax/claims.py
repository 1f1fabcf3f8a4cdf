"""Closed forms held against the run. A tolerance is FACTOR standard errors by theory, unless it says otherwise."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from engine.core.chapter import Claim, Verdict, claim
from engine.core.frame import Timeline
from engine.discrete.gumbel_softmax import theory
from engine.discrete.gumbel_softmax.benches.dimension import COUNTS, TARGET
from engine.discrete.gumbel_softmax.benches.gradients import TAUS, best_temperature
from engine.discrete.gumbel_softmax.benches.normal import gradients, predicted_gradient, predicted_variances, present
from engine.discrete.gumbel_softmax.benches.simplex import ORDERS
from engine.discrete.gumbel_softmax.estimators import pull_back
from engine.discrete.gumbel_softmax.objectives import objective
from engine.discrete.gumbel_softmax.params import POINTS, GumbelSoftmaxParams, scalar_name

FACTOR = 4  # standard errors within which a mean or a variance agrees: a normal one leaves them once in 16,000 times
RARE = 50  # so often the rarest event must have been expected, or the standard error says nothing about a single run
CHI_SQUARE = {2: 18.42, 5: 25.74}  # exceeded by so many degrees of freedom with probability 1e-4
COLDEST = 0.05  # down to which means of relaxed choices are integrated
Judge = Callable[[Timeline], Verdict | None]


# ---- the triangle


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


# ---- the gradients


@dataclass(frozen=True)
class _Measured:
    """An estimator's moments in a temperature slot, and what theory needs beside them."""

    mean: theory.Array
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
    mean = arrays["gradient_mean"][row, slot].astype(np.float64)
    spread = math.sqrt(float(arrays["gradient_variance"][row, slot]))
    rounding = 1e-6 * (1 + float(np.abs(corners).max()))
    return _Measured(mean, float(np.linalg.norm(mean - exact)), spread, count, p, corners, slopes, exact, rounding)


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
        return Verdict(0.0, found.bias, FACTOR * math.sqrt(_moments(timeline, name, found)[0] / found.count) + found.rounding)

    return judge


def _noise(name: str) -> Judge:
    def judge(timeline: Timeline) -> Verdict | None:
        found = _slot(timeline, name, -1)
        return None if found is None else _deviation(*_moments(timeline, name, found), found.spread, found.rounding)

    return judge


def _deviation(variance: float, error: float, measured: float, rounding: float) -> Verdict:
    """A standard deviation against its closed form, FACTOR standard errors of the variance wide (the wider, lower side)."""
    predicted = math.sqrt(variance)
    return Verdict(predicted, measured, predicted - math.sqrt(max(variance - FACTOR * error, 0.0)) + rounding)


def _cold(timeline: Timeline, name: str) -> tuple[_Measured, theory.Objective, float, bool] | None:
    """The coldest slot, f, its temperature and whether it is straight-through; None with too few near ties."""
    found, tau = _slot(timeline, name, 0), float(TAUS[0])
    if found is None or found.count * tau * float(1 - found.p @ found.p) / 2 < RARE:
        return None  # near ties at the top, which alone give a gradient
    params = timeline.params
    return found, objective(params.objective, params.classes, params.offset), tau, name == "straight-through-gumbel"


def _cold_bias(name: str) -> Judge:
    """The bias in the coldest slot against (12), within FACTOR standard errors by theory, as a sample misses the rare ties."""

    def judge(timeline: Timeline) -> Verdict | None:
        cold = _cold(timeline, name)
        if cold is None:
            return None
        found, f, tau, hard = cold
        error = math.sqrt(theory.cold_moment(found.p, f, tau, hard) / found.count)
        limit = theory.straight_through_limit(found.p, found.slopes) if hard else found.exact
        remainder = tau * (0.2 * theory.cold_bend(found.p, f, hard) + 2 * tau * float(np.abs(found.slopes).max()))
        predicted = float(np.linalg.norm(limit - found.exact))
        return Verdict(predicted, found.bias, FACTOR * error + remainder + found.rounding)

    return judge


score_unbiased = Claim("score_unbiased", "The score function has no bias.", "Williams 1992", _unbiased("score-function"))
score_noise = Claim(
    "score_noise",
    "Its standard deviation has a closed form that grows with any constant in f.",
    "Williams 1992",
    _noise("score-function"),
)
loo_unbiased = Claim("loo_unbiased", "Leave-one-out has no bias.", "Kool et al. 2019", _unbiased("leave-one-out"))
loo_noise = Claim(
    "loo_noise",
    "Its standard deviation is that of a sample covariance, blind to constants.",
    "Kool et al. 2019",
    _noise("leave-one-out"),
)
cold_relaxed = Claim(
    "cold_relaxed", "At τ = 0.02 Gumbel-softmax has hardly any bias.", "equation (12)", _cold_bias("gumbel-softmax")
)
cold_straight = Claim(
    "cold_straight",
    "At τ = 0.02 straight-through Gumbel keeps the bias of the trapezoid rule.",
    "equation (12)",
    _cold_bias("straight-through-gumbel"),
)


@claim("The bias of straight-through without Gumbel noise has a closed form.", "Bengio, Léonard, Courville 2013")
def straight_mean(timeline: Timeline) -> Verdict | None:
    found = _slot(timeline, "straight-through", -1)
    if found is None:
        return None
    predicted = float(np.linalg.norm(theory.straight_through_mean(found.p, found.slopes) - found.exact))
    error = math.sqrt(_moments(timeline, "straight-through", found)[0] / found.count)
    return Verdict(predicted, found.bias, FACTOR * error + found.rounding)


@claim(
    "At τ = 0.02 the noise of Gumbel-softmax comes from near ties alone: its variance is theirs, a constant over τ.",
    "equation (12)",
)
def cold_noise(timeline: Timeline) -> Verdict | None:
    cold = _cold(timeline, "gumbel-softmax")
    if cold is None:
        return None
    found, f, tau, hard = cold
    variance = theory.cold_moment(found.p, f, tau, hard)
    error = math.sqrt(theory.cold_moment(found.p, f, tau, hard, power=4) / found.count)
    remainder = 4 * tau * math.sqrt(variance)  # relative: p changes over the width τ of a tie
    return _deviation(variance, error, found.spread, remainder + found.rounding)


@cache
def _relaxed(name: str, offset: float, p: tuple[float, ...], tau: float) -> tuple[theory.Array, float]:
    """Mean (3,) and total variance of one Gumbel-softmax gradient."""
    f = objective(name, 3, offset)  # type: ignore[arg-type]

    def moments(y: theory.Array) -> theory.Array:
        draw = pull_back(y, f.gradient(y), tau)
        return np.concatenate([draw, (draw**2).sum(-1, keepdims=True)], -1)

    found = theory.relaxed_expectation(np.array(p), tau, moments)
    return found[:3], float(found[3] - found[:3] @ found[:3])


def _warm(timeline: Timeline) -> tuple[_Measured, theory.Array, float] | None:
    """Gumbel-softmax at the temperature in force: measured, and its mean and standard error by integration."""
    params, found = timeline.params, _slot(timeline, "gumbel-softmax", -1)
    if found is None or params.classes != 3 or not COLDEST <= params.temperature < math.inf:
        return None
    mean, variance = _relaxed(params.objective, params.offset, tuple(found.p), params.temperature)
    return found, mean, math.sqrt(variance / found.count)


@claim("The bias of Gumbel-softmax at the temperature in force is the integral over both differences of noise.", "equation (9)")
def relaxed_bias(timeline: Timeline) -> Verdict | None:
    warm = _warm(timeline)
    if warm is None:
        return None
    found, mean, error = warm
    return Verdict(float(np.linalg.norm(mean - found.exact)), found.bias, FACTOR * error + found.rounding)


@claim("Where the mean relaxed gradient points, as a cosine with the truth, is what the integral says.", "equation (9)")
def wrong_way(timeline: Timeline) -> Verdict | None:
    warm = _warm(timeline)
    if warm is None:
        return None
    found, mean, error = warm
    if FACTOR * error > 0.5 * float(np.linalg.norm(mean)) or not found.exact.any():  # no direction in so much noise
        return None
    turn = FACTOR * error / float(np.linalg.norm(mean))  # sine of the angle by which noise can turn it
    predicted = theory.cosine_between(mean, found.exact)
    tolerance = turn * math.sqrt(max(1 - predicted**2, 0.0)) + turn**2 / 2 + 1e-4
    return Verdict(predicted, theory.cosine_between(found.mean, found.exact), tolerance)


@claim("The same mean gradient, cooler, points the right way.", "equation (12)")
def turned(timeline: Timeline) -> Verdict | None:
    said = [wrong_way(line) if line is not None else None for line in (timeline, timeline.other)]
    if said[0] is None or said[1] is None or said[0].predicted > 0 or said[1].predicted < 0.5:
        return None
    return Verdict.at_least(0.0, said[1].measured)


@claim("The temperature with the least error of a step, by bias and variance from the integral.", "equation (9)")
def best_tau(timeline: Timeline) -> Verdict | None:
    params, found = timeline.params, _slot(timeline, "gumbel-softmax", 0)
    if found is None or params.classes != 3 or found.count < 1e5:
        return None
    warm = TAUS >= COLDEST
    each = [_relaxed(params.objective, params.offset, tuple(found.p), float(tau)) for tau in TAUS[warm]]
    mean = np.stack([np.zeros(3) if not known else each[int(warm[:k].sum())][0] for k, known in enumerate(warm)])
    variance = np.array([1e9 if not known else each[int(warm[:k].sum())][1] for k, known in enumerate(warm)])
    predicted = best_temperature(mean, variance, np.full(len(TAUS), 1e30), found.exact, params.samples)
    if not TAUS[2] <= predicted < TAUS[-1]:
        return None
    # The minimum is flat: of the points of a parabola in log τ, 1 % of noise in a height moves it by less than this share.
    return Verdict(predicted, timeline.frame.scalars["best_tau"], 0.15 * predicted)


@claim("A constant added to f changes neither leave-one-out nor Gumbel-softmax, draw by draw.", "Kool et al. 2019")
def blind(timeline: Timeline) -> Verdict | None:
    other = timeline.other
    if other is None or other.params.values() | {"offset": 0.0} != timeline.params.values() | {"offset": 0.0}:
        return None
    pairs = [[_slot(line, name, -1) for line in (timeline, other)] for name in ("leave-one-out", "gumbel-softmax")]
    if any(one is None for pair in pairs for one in pair):
        return None
    change = max(abs(mine.spread - theirs.spread) / theirs.spread for mine, theirs in pairs if mine and theirs)
    return Verdict(0.0, change, 1e-3)  # float32 draws of values up to 11


@claim("Gumbel-Rao is no noisier than straight-through Gumbel.", "Paulus, Maddison, Krause 2021; Rao-Blackwell")
def rao_is_quieter(timeline: Timeline) -> Verdict | None:
    rao, plain = (_slot(timeline, name, -1) for name in ("gumbel-rao", "straight-through-gumbel"))
    if rao is None or plain is None or not 0.05 <= timeline.params.temperature < math.inf:
        return None
    return Verdict.at_most(plain.spread, rao.spread, FACTOR * plain.spread / math.sqrt(2 * rao.count * 0.05))


# ---- descent, many variables, the normal distribution


def _reached(timeline: Timeline | None, name: str) -> tuple[GumbelSoftmaxParams, float, float] | None:
    """(parameters, E f that an estimator came to, best corner) after a descent of at least 1500 ordinary steps, towards t."""
    if timeline is None or timeline.params.bench != "descent":
        return None
    p = timeline.params
    usual = p.objective == "quadratic" and p.samples >= 4 and 0.3 <= p.speed <= 0.6 and p.forward == "soft" and p.rloo >= 4
    if name not in p.estimators or not usual or timeline.frame.step < 1500 or timeline.marks:
        return None
    return p, timeline.frame.scalars[scalar_name("value", name)], float(timeline.frame.arrays["corners"].min())


@claim("Leave-one-out comes to the best corner.", "Kool et al. 2019")
def corner_reached(timeline: Timeline) -> Verdict | None:
    found = _reached(timeline, "leave-one-out")
    return None if found is None else Verdict(found[2], found[1], 0.005)


@claim(
    "At a constant τ = 1 Gumbel-softmax stays a third of the way to the uniform choice away from it.",
    "the relaxed minimum is inside",
)
def stuck(timeline: Timeline) -> Verdict | None:
    found = _reached(timeline, "gumbel-softmax")
    if found is None or found[0].schedule != "constant" or found[0].temperature != 1:
        return None
    corners = timeline.frame.arrays["corners"]
    return Verdict.at_least(found[2] + (float(corners.mean()) - found[2]) / 3, found[1])


@claim("Annealed to τ = 0.1 it comes at least six sevenths of the way from the uniform choice.", "equation (12)")
def annealed(timeline: Timeline) -> Verdict | None:
    found = _reached(timeline.other, "gumbel-softmax")
    if timeline.other is None or found is None or found[0].schedule != "geometric" or found[0].anneal_end > 0.1:
        return None
    corners = timeline.other.frame.arrays["corners"]
    return Verdict.at_most(found[2] + (float(corners.mean()) - found[2]) / 7, found[1])


@claim("With 256 variables the score function's noise follows from the binomial distribution.", "Williams 1992")
def many(timeline: Timeline) -> Verdict | None:
    if timeline.params.bench != "dimension":
        return None
    variance = theory.many_score_variances(COUNTS[-1], TARGET, timeline.params.rloo)[0]
    error = theory.many_score_error(COUNTS[-1], TARGET, timeline.frame.scalars["draws"])
    return _deviation(variance, error, float(timeline.frame.arrays["many_sd"][0, -1]), 1e-6)


def _ratio(timeline: Timeline, column: int) -> float | None:
    """Noise of Gumbel-softmax over that of leave-one-out; None where neither is in doubt."""
    p = timeline.params
    if p.bench != "dimension" or not 0.3 <= p.temperature <= 1 or p.rloo > 4 or timeline.frame.scalars["draws"] < 5000:
        return None
    sd = timeline.frame.arrays["many_sd"]
    return float(sd[2, column] / sd[1, column])


@claim("With one variable leave-one-out has less noise than Gumbel-softmax.", "closed forms of the noise")
def small_world(timeline: Timeline) -> Verdict | None:
    found = _ratio(timeline, 0)
    return None if found is None else Verdict.at_least(1.0, found)


@claim("With 256 variables Gumbel-softmax has less noise than leave-one-out.", "closed forms of the noise")
def large_world(timeline: Timeline) -> Verdict | None:
    found = _ratio(timeline, len(COUNTS) - 1)
    return None if found is None else Verdict.at_most(1.0, found)


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


path_variance = Claim("path_variance", "Variance of one pathwise gradient.", "equations (6), (7)", _normal(0))
score_variance = Claim("score_variance", "Variance of one score-function gradient.", "equations (6), (7)", _normal(1))


@claim("For a jump the pathwise gradient is zero and wrong; the mean of the score function is the truth.", "equations (4), (5)")
def cliff(timeline: Timeline) -> Verdict | None:
    line = timeline.other or timeline
    if line.params.bench != "normal" or line.params.wave != "jump" or line.frame.scalars["path_mean"] != 0:
        return None
    scalars = line.frame.scalars
    variance = float(predicted_variances(line.params, np.array([present(line.params)]))[1][0])
    return Verdict(predicted_gradient(line.params), scalars["score_mean"], FACTOR * math.sqrt(variance / scalars["draws"]))


# ---- the categorical VAE


@claim("The discrete ELBO is log p(x) minus the KL divergence to the true posterior.", "Kingma, Welling 2014")
def bound(timeline: Timeline) -> Verdict | None:
    params, scalars = timeline.params, timeline.frame.scalars
    if params.bench != "vae" or not params.enumerated:
        return None
    name = params.estimators[0]
    evidence = scalars[scalar_name("evidence", name)]
    pixels = float(np.prod(timeline.frame.arrays["image_size"].astype(np.float64)))
    rounding = 8 * float(np.finfo(np.float32).eps) * (4 + math.sqrt(pixels)) * (1 + abs(evidence))
    return Verdict(evidence - scalars[scalar_name("gap", name)], scalars[scalar_name("elbo", name)], rounding, "nats")


@claim("The KL term lies between 0 and M log K.", "Jang, Gu, Poole 2017")
def capacity(timeline: Timeline) -> Verdict | None:
    params = timeline.params
    if params.bench != "vae":
        return None
    most = params.variables * math.log(params.levels)
    return Verdict.between(-1e-4, most + 1e-4, timeline.frame.scalars[scalar_name("kl", params.estimators[0])], "nats")


def _trained(timeline: Timeline, *names: str) -> list[float] | None:
    """ELBO of these estimators' networks on the digits at the default size, after 1000 ordinary steps."""
    p = timeline.params
    usual = p.bench == "vae" and p.data == "digits" and (p.variables, p.levels, p.rloo, p.samples) == (2, 10, 4, 1)
    if not usual or p.rate != 0.003 or timeline.frame.step < 1000 or timeline.marks or not set(names) <= set(p.estimators):
        return None
    return [timeline.frame.scalars[scalar_name("elbo", name)] for name in names]


@claim("Enumeration trains best: nobody else's bound is higher.", "phenomenon, three seeds")
def enumeration_wins(timeline: Timeline) -> Verdict | None:
    others = [name for name in timeline.params.estimators if name != "exact"]
    found = _trained(timeline, "exact", *others)
    return None if found is None or not others else Verdict.at_least(max(found[1:]), found[0], unit="nats")


@claim("The plain score function ends at least two nats below leave-one-out.", "phenomenon, three seeds")
def score_lags(timeline: Timeline) -> Verdict | None:
    found = _trained(timeline, "leave-one-out", "score-function")
    return None if found is None else Verdict.at_most(found[0] - 2, found[1], unit="nats")


@claim("At τ = 1 the relaxed value is above log p(x) of its own model: it is no bound.", "soft codes say more than any code")
def flatters(timeline: Timeline) -> Verdict | None:
    line = timeline.other or timeline
    if _trained(line, "gumbel-softmax") is None or line.params.schedule != "constant" or line.params.temperature != 1:
        return None
    scalars = line.frame.scalars
    return Verdict.at_least(scalars["evidence_gumbel_softmax"], scalars["relaxed_gumbel_softmax"], unit="nats")
