"""Closed forms held against the run."""

from __future__ import annotations

import numpy as np

from engine.core.topic import Claim, Timeline, Verdict
from engine.generation.exposure_bias import theory, two_steps

LATE = 350  # steps from which a net of the default length is trained


def _trained(timeline: Timeline) -> bool:
    """The live net has been trained by one scheme in one world long enough to be held against a formula."""
    p = timeline.params
    late = timeline.frame.scalars["trial"] >= LATE and timeline.frame.scalars["trial"] >= 0.85 * p.horizon
    return late and not timeline.marks and p.task == "compass" and p.training_set == "unlimited"


def _rate(timeline: Timeline) -> float | None:
    """The replacement rate that the live net was trained at, where it is one."""
    p = timeline.params
    return {"teacher": 0.0, "replace": p.rate}.get(p.remedy)


def worked_example(timeline: Timeline) -> Verdict | None:
    """Equation (A3) against enumeration of the four paths: 1 where full search returns the target. None at a tie."""
    p, joint = timeline.params, timeline.frame.arrays["joint"]
    lead = float(joint[0] - joint[1:].max())
    if abs(lead) < 1e-6:
        return None
    return Verdict(float(two_steps.TwoStep(p.u, p.v, p.w).search_right()), float(lead > 0), 0.0)


def entropy_floor(timeline: Timeline) -> Verdict | None:
    """The teacher-forced loss of a teacher-forced net against the exact entropy."""
    if not _trained(timeline) or timeline.params.remedy != "teacher" or timeline.params.decoder == "Markov":
        return None
    return Verdict(timeline.frame.scalars["floor"], timeline.frame.scalars["nll_live"], 0.03, "nats")


def taught(timeline: Timeline) -> Verdict | None:
    """Greedy teacher-forced accuracy of the memoryless net against 1 - epsilon, equation (5)."""
    rate, p = _rate(timeline), timeline.params
    if (
        not _trained(timeline)
        or rate is None
        or p.decoder != "Markov"
        or abs(rate - theory.critical_rate(p.jump, p.noise)) < 0.05
    ):
        return None
    epsilon, _ = theory.rates(p.jump, p.noise, p.labels, rate, True)
    return Verdict(1 - float(epsilon), float(timeline.frame.arrays["forced"][0][1:].mean()), 0.02)


def alone(timeline: Timeline) -> Verdict | None:
    """Free-running accuracy of the memoryless net, drawing, against (6)."""
    rate, p = _rate(timeline), timeline.params
    if not _trained(timeline) or rate is None or p.decoder != "Markov":
        return None
    epsilon, rho = theory.rates(p.jump, p.noise, p.labels, rate)
    expected = theory.curve(float(epsilon), float(rho), p.positions, theory.first_accuracy(p.noise, p.labels))
    return Verdict(float(expected[8:].mean()), float(timeline.frame.arrays["sampled"][0][8:].mean()), 0.04)


def no_gap(timeline: Timeline) -> Verdict | None:
    """The exact full-source model writes sequences as likely as real ones."""
    s = timeline.frame.scalars
    if timeline.params.task != "compass" or not np.isfinite(s["exact_real"]):
        return None
    return Verdict(s["exact_real"], s["exact_own"], 3 * s["exact_error"], "nats")


def bound(timeline: Timeline) -> Verdict | None:
    """Errors of the live net's greedy run beyond the bound of its teacher-forced errors: none."""
    if timeline.params.task == "text":
        return None
    a = timeline.frame.arrays
    wrong = float(np.sum(1 - np.nan_to_num(a["greedy"][0], nan=1.0)))
    limit = float(theory.error_bound(1 - np.nan_to_num(a["forced"][0], nan=1.0))[-1])
    return Verdict(0.0, max(wrong - limit, 0.0), 0.05, "tokens")


CLAIMS = (
    Claim(
        "worked-example",
        "Full search returns the target exactly when v > 1/2 and u v > (1 − u) max(w, 1 − w).",
        "(A3), kexue.fm/archives/7259",
        worked_example,
    ),
    Claim(
        "entropy-floor", "Teacher forcing reaches the exact entropy of the next token.", "(1), proper scoring", entropy_floor
    ),
    Claim("taught", "The memoryless net, taught, is right with probability 1 − ε.", "(5)", taught),
    Claim("alone", "On its own it follows the two-state chain (6).", "(6)", alone),
    Claim(
        "no-gap",
        "The exact model given the whole source has no gap: its own sequences are as likely as real ones.",
        "(10)",
        no_gap,
    ),
    Claim(
        "bound",
        "A greedy free run makes no more errors than the sum of its taught errors allows.",
        "Ross & Bagnell 2010",
        bound,
    ),
)
