"""What the gradient estimators must bear out. A tolerance is FACTOR standard errors by theory, unless it says otherwise."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from engine.core.chapter import Claim, Verdict, claim
from engine.core.frame import Timeline
from engine.discrete.gumbel_softmax import theory
from engine.discrete.gumbel_softmax.benches.gradients import TAUS, best_temperature
from engine.discrete.gumbel_softmax.claims.tolerances import COLDEST, FACTOR, RARE, Judge, claim_about, deviation
from engine.discrete.gumbel_softmax.estimators import pull_back
from engine.discrete.gumbel_softmax.objectives import Objective, objective
from engine.discrete.gumbel_softmax.params import GumbelSoftmaxParams
from engine.discrete.gumbel_softmax.theory import Array

COLD = float(TAUS[0])


@dataclass(frozen=True)
class _Measured:
    """An estimator's moments in a temperature slot, and what theory needs beside them."""

    name: str
    params: GumbelSoftmaxParams
    mean: Array
    spread: float  # standard deviation of one draw
    count: float
    p: Array
    corners: Array
    slopes: Array
    exact: Array

    @property
    def bias(self) -> float:
        return float(np.linalg.norm(self.mean - self.exact))

    @property
    def rounding(self) -> float:
        """Of float32 draws whose mean is held against float64."""
        return 1e-6 * (1 + float(np.abs(self.corners).max()))

    @property
    def f(self) -> Objective:
        return objective(self.params.objective, self.params.classes, self.params.offset)

    @property
    def hard(self) -> bool:
        return self.name == "straight-through-gumbel"

    def moments(self) -> tuple[float, float]:
        """(variance of one draw, standard error of its estimate) by the closed forms."""
        if self.name == "leave-one-out":
            return theory.leave_one_out_error(self.p, self.corners, self.params.rloo, self.count)
        if self.name == "straight-through":
            return theory.variance_error(theory.straight_through_draws(self.p, self.slopes), self.p, self.count)
        return theory.variance_error(theory.score_function_draws(self.p, self.corners), self.p, self.count)


def _slot(timeline: Timeline, name: str, slot: int = -1) -> _Measured | None:
    """None where this estimator does not run, or where its rarest class has been drawn too seldom to be judged by moments."""
    params, arrays = timeline.params, timeline.frame.arrays
    if params.bench != "gradients" or name not in params.estimators or params.effective(name) != name:
        return None
    p, row = theory.probabilities(params, params.classes), params.estimators.index(name)
    count = float(arrays["gradient_count"][row, slot])
    if count * (params.rloo if name == "leave-one-out" else 1) * float(p.min()) < RARE:
        return None
    known = [arrays[each].astype(np.float64) for each in ("corner_values", "corner_slopes", "exact_gradient")]
    spread = math.sqrt(float(arrays["gradient_variance"][row, slot]))
    return _Measured(name, params, arrays["gradient_mean"][row, slot].astype(np.float64), spread, count, p, *known)


def _bias(name: str, mean: Callable[[_Measured], Array]) -> Judge:
    """The bias against that of a known mean."""

    def judge(timeline: Timeline) -> Verdict | None:
        found = _slot(timeline, name)
        if found is None:
            return None
        error = math.sqrt(found.moments()[0] / found.count)
        return Verdict(float(np.linalg.norm(mean(found) - found.exact)), found.bias, FACTOR * error + found.rounding)

    return judge


def _noise(name: str) -> Judge:
    def judge(timeline: Timeline) -> Verdict | None:
        found = _slot(timeline, name)
        return None if found is None else deviation(*found.moments(), found.spread, found.rounding)

    return judge


def _cold(name: str) -> Callable[[Timeline], _Measured | None]:
    """Finds the coldest slot; None with too few near ties at the top, which alone give a gradient."""

    def find(timeline: Timeline) -> _Measured | None:
        found = _slot(timeline, name, 0)
        return None if found is None or found.count * COLD * float(1 - found.p @ found.p) / 2 < RARE else found

    return find


def _cold_bias(found: _Measured) -> Verdict:
    """The bias in the coldest slot against (12), within FACTOR standard errors by theory, as a sample misses the rare ties."""
    error = math.sqrt(theory.cold_moment(found.p, found.f, COLD, found.hard) / found.count)
    limit = theory.straight_through_limit(found.p, found.slopes) if found.hard else found.exact
    remainder = COLD * (0.2 * theory.cold_bend(found.p, found.f, found.hard) + 2 * COLD * float(np.abs(found.slopes).max()))
    return Verdict(float(np.linalg.norm(limit - found.exact)), found.bias, FACTOR * error + remainder + found.rounding)


# fmt: off
score_unbiased = Claim("score_unbiased", "The score function has no bias.", "Williams 1992",
    _bias("score-function", lambda found: found.exact))
score_noise = Claim("score_noise", "Its standard deviation has a closed form that grows with any constant in f.", "Williams 1992",
    _noise("score-function"))
loo_unbiased = Claim("loo_unbiased", "Leave-one-out has no bias.", "Kool et al. 2019",
    _bias("leave-one-out", lambda found: found.exact))
loo_noise = Claim("loo_noise", "Its standard deviation is that of a sample covariance, blind to constants.", "Kool et al. 2019",
    _noise("leave-one-out"))
straight_mean = Claim("straight_mean", "The bias of straight-through without Gumbel noise has a closed form.",
    "Bengio, Léonard, Courville 2013", _bias("straight-through", lambda found: theory.straight_through_mean(found.p, found.slopes)))
# fmt: on


@claim_about(_cold("gumbel-softmax"), "At τ = 0.02 Gumbel-softmax has hardly any bias.", "equation (12)")
def cold_relaxed(found: _Measured) -> Verdict:
    return _cold_bias(found)


@claim_about(
    _cold("straight-through-gumbel"),
    "At τ = 0.02 straight-through Gumbel keeps the bias of the trapezoid rule.",
    "equation (12)",
)
def cold_straight(found: _Measured) -> Verdict:
    return _cold_bias(found)


@claim_about(_cold("gumbel-softmax"),
    "At τ = 0.02 the noise of Gumbel-softmax comes from near ties alone: its variance is theirs, a constant over τ.",
    "equation (12)")  # fmt: skip
def cold_noise(found: _Measured) -> Verdict:
    variance = theory.cold_moment(found.p, found.f, COLD, found.hard)
    error = math.sqrt(theory.cold_moment(found.p, found.f, COLD, found.hard, power=4) / found.count)
    remainder = 4 * COLD * math.sqrt(variance)  # relative: p changes over the width τ of a tie
    return deviation(variance, error, found.spread, remainder + found.rounding)


@cache
def _relaxed(name: str, offset: float, p: tuple[float, ...], tau: float) -> tuple[Array, float]:
    """Mean (3,) and total variance of one Gumbel-softmax gradient."""
    f = objective(name, 3, offset)  # type: ignore[arg-type]

    def moments(y: Array) -> Array:
        draw = pull_back(y, f.gradient(y), tau)
        return np.concatenate([draw, (draw**2).sum(-1, keepdims=True)], -1)

    found = theory.relaxed_expectation(np.array(p), tau, moments)
    return found[:3], float(found[3] - found[:3] @ found[:3])


def _warm(timeline: Timeline) -> tuple[_Measured, Array, float] | None:
    """Gumbel-softmax at the temperature in force: measured, and its mean and FACTOR standard errors by integration."""
    params, found = timeline.params, _slot(timeline, "gumbel-softmax")
    if found is None or params.classes != 3 or not COLDEST <= params.temperature < math.inf:
        return None
    mean, variance = _relaxed(params.objective, params.offset, tuple(found.p), params.temperature)
    return found, mean, FACTOR * math.sqrt(variance / found.count)


@claim_about(_warm, "The bias of Gumbel-softmax at the temperature in force is the integral over both differences of noise.",
    "equation (9)")  # fmt: skip
def relaxed_bias(warm: tuple[_Measured, Array, float]) -> Verdict:
    found, mean, width = warm
    return Verdict(float(np.linalg.norm(mean - found.exact)), found.bias, width + found.rounding)


@claim_about(_warm, "Where the mean relaxed gradient points, as a cosine with the truth, is what the integral says.",
    "equation (9)")  # fmt: skip
def wrong_way(warm: tuple[_Measured, Array, float]) -> Verdict | None:
    found, mean, width = warm
    if width > 0.5 * float(np.linalg.norm(mean)) or not found.exact.any():  # no direction in so much noise
        return None
    turn = width / float(np.linalg.norm(mean))  # sine of the angle by which noise can turn it
    predicted = theory.cosine_between(mean, found.exact)
    tolerance = turn * math.sqrt(max(1 - predicted**2, 0.0)) + turn**2 / 2 + 1e-4
    return Verdict(predicted, theory.cosine_between(found.mean, found.exact), tolerance)


@claim("The same mean gradient, cooler, points the right way.", "equation (12)")
def turned(timeline: Timeline) -> Verdict | None:
    here, cooler = (wrong_way(line) if line is not None else None for line in (timeline, timeline.other))
    if here is None or cooler is None or here.predicted > 0 or cooler.predicted < 0.5:
        return None
    return Verdict.at_least(0.0, cooler.measured)


@claim("The temperature with the least error of a step, by bias and variance from the integral.", "equation (9)")
def best_tau(timeline: Timeline) -> Verdict | None:
    params, found = timeline.params, _slot(timeline, "gumbel-softmax", 0)
    if found is None or params.classes != 3 or found.count < 1e5:
        return None
    cold = int((TAUS < COLDEST).sum())
    known = [_relaxed(params.objective, params.offset, tuple(found.p), float(tau)) for tau in TAUS[cold:]]
    mean = np.concatenate([np.zeros((cold, 3)), [mean for mean, _ in known]])
    variance = np.r_[np.full(cold, 1e9), [variance for _, variance in known]]
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
    pairs = [(_slot(timeline, name), _slot(other, name)) for name in ("leave-one-out", "gumbel-softmax")]
    changes = [abs(mine.spread - theirs.spread) / theirs.spread for mine, theirs in pairs if mine and theirs]
    return Verdict(0.0, max(changes), 1e-3) if len(changes) == len(pairs) else None  # float32 draws of values up to 11


@claim("Gumbel-Rao is no noisier than straight-through Gumbel.", "Paulus, Maddison, Krause 2021; Rao-Blackwell")
def rao_is_quieter(timeline: Timeline) -> Verdict | None:
    rao, plain = (_slot(timeline, name) for name in ("gumbel-rao", "straight-through-gumbel"))
    if rao is None or plain is None or not 0.05 <= timeline.params.temperature < math.inf:
        return None
    return Verdict.at_most(plain.spread, rao.spread, FACTOR * plain.spread / math.sqrt(2 * rao.count * 0.05))
