"""What descent, many variables, the normal distribution and the categorical VAE must bear out."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from engine.core.chapter import Claim, Verdict, claim
from engine.core.frame import Timeline
from engine.discrete.gumbel_softmax import theory
from engine.discrete.gumbel_softmax.benches.dimension import COUNTS, TARGET
from engine.discrete.gumbel_softmax.benches.normal import gradients, predicted_gradient, predicted_variances, present
from engine.discrete.gumbel_softmax.claims.tolerances import FACTOR, RARE, Judge, claim_about, deviation, on
from engine.discrete.gumbel_softmax.params import GumbelSoftmaxParams, scalar_name


class _Reached(NamedTuple):
    """The E f that an estimator came to, that of the best corner, and of the uniform choice."""

    params: GumbelSoftmaxParams
    value: float
    best: float
    uniform: float


def _reached(timeline: Timeline | None, name: str) -> _Reached | None:
    """After a descent of at least 1500 ordinary steps, towards t."""
    if timeline is None or timeline.params.bench != "descent":
        return None
    p = timeline.params
    usual = p.objective == "quadratic" and p.samples >= 4 and 0.3 <= p.speed <= 0.6 and p.forward == "soft" and p.rloo >= 4
    if name not in p.estimators or not usual or timeline.frame.step < 1500 or timeline.marks:
        return None
    corners = timeline.frame.arrays["corners"]
    return _Reached(p, timeline.frame.scalars[scalar_name("value", name)], float(corners.min()), float(corners.mean()))


@claim_about(
    lambda timeline: _reached(timeline, "leave-one-out"), "Leave-one-out comes to the best corner.", "Kool et al. 2019"
)
def corner_reached(found: _Reached) -> Verdict:
    return Verdict(found.best, found.value, 0.005)


@claim_about(lambda timeline: _reached(timeline, "gumbel-softmax"),
    "At a constant τ = 1 Gumbel-softmax stays a third of the way to the uniform choice away from it.",
    "the relaxed minimum is inside")  # fmt: skip
def stuck(found: _Reached) -> Verdict | None:
    if found.params.schedule != "constant" or found.params.temperature != 1:
        return None
    return Verdict.at_least(found.best + (found.uniform - found.best) / 3, found.value)


@claim_about(lambda timeline: _reached(timeline.other, "gumbel-softmax"),
    "Annealed to τ = 0.1 it comes at least six sevenths of the way from the uniform choice.", "equation (12)")  # fmt: skip
def annealed(found: _Reached) -> Verdict | None:
    if found.params.schedule != "geometric" or found.params.anneal_end > 0.1:
        return None
    return Verdict.at_most(found.best + (found.uniform - found.best) / 7, found.value)


@claim_about(on("dimension"), "With 256 variables the score function's noise follows from the binomial distribution.",
    "Williams 1992")  # fmt: skip
def many(timeline: Timeline) -> Verdict:
    variance = theory.many_score_variances(COUNTS[-1], TARGET, timeline.params.rloo)[0]
    error = theory.many_score_error(COUNTS[-1], TARGET, timeline.frame.scalars["draws"])
    return deviation(variance, error, float(timeline.frame.arrays["many_sd"][0, -1]), 1e-6)


def _ratio(column: int) -> Callable[[Timeline], float | None]:
    """Finds the noise of Gumbel-softmax over that of leave-one-out; None where neither is in doubt."""

    def find(timeline: Timeline) -> float | None:
        p = timeline.params
        if p.bench != "dimension" or not 0.3 <= p.temperature <= 1 or p.rloo > 4 or timeline.frame.scalars["draws"] < 5000:
            return None
        sd = timeline.frame.arrays["many_sd"]
        return float(sd[2, column] / sd[1, column])

    return find


@claim_about(_ratio(0), "With one variable leave-one-out has less noise than Gumbel-softmax.", "measured")
def small_world(ratio: float) -> Verdict:
    return Verdict.at_least(1.0, ratio)


@claim_about(_ratio(-1), "With 256 variables Gumbel-softmax has less noise than leave-one-out.", "measured")
def large_world(ratio: float) -> Verdict:
    return Verdict.at_most(1.0, ratio)


def _variance(row: int, name: str) -> Judge:
    def judge(timeline: Timeline) -> Verdict | None:
        params, scalars = timeline.params, timeline.frame.scalars
        if params.bench != "normal":
            return None
        count = scalars["draws"]
        if params.wave == "jump" and row == 1 and count * theory.step_share(params.mu, params.sigma) < RARE:
            return None
        predicted = float(predicted_variances(params, np.array([present(params)]))[row][0])

        def draws(epsilon: theory.Array) -> theory.Array:
            return gradients(params.wave, epsilon, params.omega, params.mu, params.sigma)[row]

        tolerance = FACTOR * theory.normal_variance_error(draws, count)[1] + 1e-6 * (1 + scalars[f"{name}_mean"] ** 2)
        return Verdict(predicted, scalars[f"{name}_variance"], tolerance)

    return judge


path_variance = Claim("path_variance", "Variance of one pathwise gradient.", "equations (6), (7)", _variance(0, "path"))
score_variance = Claim(
    "score_variance", "Variance of one score-function gradient.", "equations (6), (7)", _variance(1, "score")
)


@claim("For a jump the pathwise gradient is zero and wrong; the mean of the score function is the truth.", "equations (4), (5)")
def cliff(timeline: Timeline) -> Verdict | None:
    line = timeline.other or timeline
    scalars = line.frame.scalars
    if line.params.bench != "normal" or line.params.wave != "jump" or scalars["path_mean"] != 0:
        return None
    variance = float(predicted_variances(line.params, np.array([present(line.params)]))[1][0])
    return Verdict(predicted_gradient(line.params), scalars["score_mean"], FACTOR * math.sqrt(variance / scalars["draws"]))


# ---- the categorical VAE


@claim_about(on("vae"), "The discrete ELBO is log p(x) minus the KL divergence to the true posterior.", "Kingma, Welling 2014")
def bound(timeline: Timeline) -> Verdict | None:
    params, scalars = timeline.params, timeline.frame.scalars
    if not params.enumerated:
        return None
    elbo, evidence, gap = (scalars[scalar_name(what, params.estimators[0])] for what in ("elbo", "evidence", "gap"))
    pixels = float(np.prod(timeline.frame.arrays["image_size"].astype(np.float64)))
    rounding = 8 * float(np.finfo(np.float32).eps) * (4 + math.sqrt(pixels)) * (1 + abs(evidence))
    return Verdict(evidence - gap, elbo, rounding, "nats")


@claim_about(on("vae"), "The KL term lies between 0 and M log K.", "Jang, Gu, Poole 2017")
def capacity(timeline: Timeline) -> Verdict:
    params = timeline.params
    most = params.variables * math.log(params.levels)
    return Verdict.between(-1e-4, most + 1e-4, timeline.frame.scalars[scalar_name("kl", params.estimators[0])], "nats")


def _trained(timeline: Timeline, *names: str) -> list[float] | None:
    """ELBO of these estimators' networks on the digits at the default size, after 1000 ordinary steps."""
    p = timeline.params
    usual = p.bench == "vae" and p.data == "digits" and (p.variables, p.levels, p.rloo, p.samples) == (2, 10, 4, 1)
    if not usual or p.rate != 0.003 or timeline.frame.step < 1000 or timeline.marks or not set(names) <= set(p.estimators):
        return None
    return [timeline.frame.scalars[scalar_name("elbo", name)] for name in names]


@claim("Enumeration trains best: nobody else's bound is higher.", "measured")
def enumeration_wins(timeline: Timeline) -> Verdict | None:
    others = [name for name in timeline.params.estimators if name != "exact"]
    found = _trained(timeline, "exact", *others)
    return None if found is None or not others else Verdict.at_least(max(found[1:]), found[0], unit="nats")


@claim("The plain score function ends at least two nats below leave-one-out.", "measured")
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
