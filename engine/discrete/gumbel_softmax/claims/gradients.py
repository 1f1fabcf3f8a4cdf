"""What the gradient estimators must bear out. A tolerance is FACTOR standard errors by theory, unless it says otherwise."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np

from engine.core.chapter import Claim, Verdict, claim
from engine.core.frame import Timeline
from engine.discrete.gumbel_softmax import theory
from engine.discrete.gumbel_softmax.benches.gradients import TAUS, best_temperature
from engine.discrete.gumbel_softmax.claims.tolerances import COLDEST, FACTOR, RARE, Judge, deviation
from engine.discrete.gumbel_softmax.estimators import pull_back
from engine.discrete.gumbel_softmax.objectives import objective


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
        return None if found is None else deviation(*_moments(timeline, name, found), found.spread, found.rounding)

    return judge


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
    return deviation(variance, error, found.spread, remainder + found.rounding)


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
