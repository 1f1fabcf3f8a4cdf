"""What descent, many variables, the normal distribution and the categorical VAE must bear out."""

from __future__ import annotations

import math

import numpy as np

from engine.core.chapter import Claim, Verdict, claim
from engine.core.frame import Timeline
from engine.discrete.gumbel_softmax import theory
from engine.discrete.gumbel_softmax.benches.dimension import COUNTS, TARGET
from engine.discrete.gumbel_softmax.benches.normal import gradients, predicted_gradient, predicted_variances, present
from engine.discrete.gumbel_softmax.claims.tolerances import FACTOR, RARE, Judge, deviation
from engine.discrete.gumbel_softmax.params import GumbelSoftmaxParams, scalar_name


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
    return deviation(variance, error, float(timeline.frame.arrays["many_sd"][0, -1]), 1e-6)


def _ratio(timeline: Timeline, column: int) -> float | None:
    """Noise of Gumbel-softmax over that of leave-one-out; None where neither is in doubt."""
    p = timeline.params
    if p.bench != "dimension" or not 0.3 <= p.temperature <= 1 or p.rloo > 4 or timeline.frame.scalars["draws"] < 5000:
        return None
    sd = timeline.frame.arrays["many_sd"]
    return float(sd[2, column] / sd[1, column])


@claim("With one variable leave-one-out has less noise than Gumbel-softmax.", "measured")
def small_world(timeline: Timeline) -> Verdict | None:
    found = _ratio(timeline, 0)
    return None if found is None else Verdict.at_least(1.0, found)


@claim("With 256 variables Gumbel-softmax has less noise than leave-one-out.", "measured")
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
