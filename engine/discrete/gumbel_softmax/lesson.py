"""The story in ten chapters (their words are in assets/text), and what can be guessed before a run."""

from __future__ import annotations

import math

import numpy as np

from engine.core.topic import Chapter, Guess, Timeline, when
from engine.discrete.gumbel_softmax import claims
from engine.discrete.gumbel_softmax.benches.gradients import TAUS, best_temperature

PEAKED = {"first": 0.8438, "second": 0.1142}  # softmax of the logits (2, 0, −1)
MILD = {"first": 0.50648, "second": 0.3072}  # softmax of the logits (.5, 0, −.5)


def rare_and_huge(timeline: Timeline) -> dict[str, float]:
    """How many draws are almost zero at the temperature in force, and how many true gradients long the longest is."""
    a, s = timeline.frame.arrays, timeline.frame.scalars
    return {"tiny": float(a["tiny_share"][-1]), "times": float(a["largest_draw"][-1] / s["exact_norm"])}


def by_budget(timeline: Timeline) -> dict[str, float]:
    """The best temperature for one draw a step and for 64."""
    p, a = timeline.params, timeline.frame.arrays
    row = p.estimators.index("gumbel-softmax")
    mean, variance, count = (a[f"gradient_{what}"][row, :-1] for what in ("mean", "variance", "count"))
    return {f"best_{samples}": best_temperature(mean, variance, count, a["exact_gradient"], samples) for samples in (1, 64)}


def other_value(timeline: Timeline) -> dict[str, float]:
    """Where the annealed descents of Gumbel-softmax ended."""
    return {"annealed_value": timeline.other.frame.scalars["value_gumbel_softmax"]} if timeline.other is not None else {}


def flattered(timeline: Timeline) -> dict[str, float]:
    """What the network of a constant τ = 1 believes, and what its codes are worth."""
    if timeline.other is None:
        return {}
    s = timeline.other.frame.scalars
    return {"believed": s["relaxed_gumbel_softmax"], "worth": s["elbo_gumbel_softmax"]}


CHAPTERS = (
    Chapter(
        "soften",
        values={"tau": 2.0},
        steps=40,
        views=("cloud", "winners", "race"),
        shows=(claims.gumbel_max, claims.maximum, claims.orders, claims.mean_of_y),
        changes=((15, {"tau": 0.5}), (25, {"tau": 0.1})),
        guess="half_sharp",
        seed=1,
    ),
    Chapter(
        "lottery",
        values={"bench": "gradients", "tau": 0.05, "estimators": ("exact", "leave-one-out", "gumbel-softmax")},
        steps=60,
        views=("bias_and_noise", "lottery"),
        shows=(claims.cold_relaxed, claims.cold_noise, claims.loo_unbiased, claims.loo_noise),
        after=rare_and_huge,
    ),
    Chapter(
        "budget",
        values={"bench": "gradients", "objective": "net", "samples": 4, **MILD},
        steps=60,
        views=("budget", "bias_and_noise"),
        shows=(claims.best_tau, claims.relaxed_bias),
        hero="samples",
        guess="best_tau",
        after=by_budget,
    ),
    Chapter(
        "straight",
        values={
            "bench": "gradients",
            "objective": "net",
            "tau": 0.1,
            "estimators": ("exact", "gumbel-softmax", "straight-through-gumbel", "straight-through", "gumbel-rao"),
            **MILD,
        },
        steps=60,
        views=("bias_and_noise", "directions"),
        shows=(claims.cold_straight, claims.cold_relaxed, claims.straight_mean, claims.rao_is_quieter),
    ),
    Chapter(
        "wrong",
        values={"bench": "gradients", "tau": 0.5, **PEAKED},
        steps=60,
        views=("directions", "bias_and_noise"),
        shows=(claims.wrong_way, claims.turned),
        compare={"tau": 0.1},
    ),
    Chapter(
        "descend",
        values={"bench": "descent", "tau": 1.0, "samples": 4},
        steps=2000,
        views=("paths", "values", "schedule"),
        shows=(claims.corner_reached, claims.stuck, claims.annealed),
        compare={"schedule": "geometric", "anneal_start": 1.0, "anneal_end": 0.1, "anneal_until": 2000.0},
        guess="value",
        after=other_value,
    ),
    Chapter(
        "constant",
        values={
            "bench": "gradients",
            "objective": "linear",
            "offset": 10.0,
            "estimators": ("exact", "score-function", "leave-one-out", "gumbel-softmax"),
        },
        steps=60,
        views=("bias_and_noise", "directions"),
        shows=(claims.score_unbiased, claims.score_noise, claims.loo_noise, claims.blind),
        hero="offset",
        compare={"offset": 0.0},
    ),
    Chapter(
        "many_dice",
        values={"bench": "dimension"},
        steps=40,
        views=("dimension", "relative_noise"),
        shows=(claims.many, claims.small_world, claims.large_world),
    ),
    Chapter(
        "waves",
        values={"bench": "normal", "omega": 1.0},
        steps=50,
        views=("variances", "needles"),
        shows=(claims.path_variance, claims.score_variance, claims.cliff),
        changes=((20, {"omega": 6.0}),),
        hero="omega",
        compare={"wave": "jump"},
        section="Normal bench",
    ),
    Chapter(
        "five_networks",
        values={
            "bench": "vae",
            "schedule": "geometric",
            "estimators": ("exact", "score-function", "leave-one-out", "gumbel-softmax", "straight-through-gumbel"),
        },
        steps=1000,
        views=("bounds", "code_book"),
        shows=(claims.bound, claims.capacity, claims.enumeration_wins, claims.score_lags, claims.flatters),
        compare={"schedule": "constant", "tau": 1.0},
        guess="elbo",
        section="Annealing",
        after=flattered,
    ),
)


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
    return (float(TAUS[at - 1]) if at > 0 else 0.0), (float(TAUS[at + 1]) if at + 1 < len(TAUS) else math.inf)


# fmt: off
GUESSES = (
    Guess("half_sharp", "At which temperature has every second softened choice one class above 0.9?", 0.02, 5.0, log=True,
        parameter="tau", measured=half_sharp, when=when(bench="simplex")),
    Guess("best_tau", "At which temperature do the gradients of Gumbel-softmax err least?", 0.02, 10.0, log=True,
        parameter="tau", measured=least_error, when=when(bench="gradients", estimators="gumbel-softmax")),
    Guess("value", "How far down does Gumbel-softmax come? Draw the mean of f over the descent.", 0.3, 0.9,
        scalar="value_gumbel_softmax", when=when(bench="descent", estimators="gumbel-softmax")),
    Guess("elbo", "How good does the bound become? Draw the ELBO of Gumbel-softmax over the training.", -50.0, -10.0,
        scalar="elbo_gumbel_softmax", when=when(bench="vae", estimators="gumbel-softmax")),
)
# fmt: on
