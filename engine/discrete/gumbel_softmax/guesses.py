"""What can be guessed before a run, and what tells the truth afterwards."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from engine.core.topic import Guess, Timeline
from engine.discrete.gumbel_softmax.benches.gradients import TAUS
from engine.discrete.gumbel_softmax.params import GumbelSoftmaxParams


def _relaxed(bench: str) -> Callable[[GumbelSoftmaxParams], bool]:
    """A predicate: this bench, with Gumbel-softmax among the estimators."""

    def holds(params: GumbelSoftmaxParams) -> bool:
        return params.bench == bench and "gumbel-softmax" in params.estimators

    return holds


def half_sharp(timeline: Timeline) -> tuple[float, float] | None:
    """More than half of the samples sharp: it is colder here than at the temperature asked for; fewer: hotter."""
    share, tau = timeline.frame.scalars["sharp"], timeline.params.temperature
    if not math.isfinite(share) or not math.isfinite(tau):
        return None
    return (tau, math.inf) if share > 0.5 else (0.0, tau)


def least_error(timeline: Timeline) -> tuple[float, float] | None:
    """The neighbours of the measured temperature with the least error; nothing is known between them."""
    best = timeline.frame.scalars["best_tau"]
    if not math.isfinite(best):
        return None
    at = int(np.argmin(np.abs(np.array(TAUS) - best)))
    low, high = (float(TAUS[at - 1]) if at > 0 else 0.0), (float(TAUS[at + 1]) if at + 1 < len(TAUS) else math.inf)
    return low, high


GUESSES = (
    Guess(
        "half_sharp",
        "At which temperature has every second softened choice one class above 0.9?",
        0.02,
        5.0,
        log=True,
        parameter="tau",
        measured=half_sharp,
        when=lambda params: params.bench == "simplex",
    ),
    Guess(
        "best_tau",
        "At which temperature do the gradients of Gumbel-softmax err least?",
        0.02,
        10.0,
        log=True,
        parameter="tau",
        measured=least_error,
        when=_relaxed("gradients"),
    ),
    Guess(
        "value",
        "How far down does Gumbel-softmax come? Draw the mean of f over the descent.",
        0.3,
        0.9,
        scalar="value_gumbel_softmax",
        when=_relaxed("descent"),
    ),
    Guess(
        "elbo",
        "How good does the bound become? Draw the ELBO of Gumbel-softmax over the training.",
        -50.0,
        -10.0,
        scalar="elbo_gumbel_softmax",
        when=_relaxed("vae"),
    ),
)
