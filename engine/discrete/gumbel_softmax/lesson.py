"""The story in ten chapters (their words are in assets/text), and what can be guessed before a run."""

from __future__ import annotations

import math

import numpy as np

from engine.core.topic import Chapter, Claim, Guess, Timeline, at_least, at_most, when
from engine.discrete.gumbel_softmax.benches.dimension import COUNTS, METHODS
from engine.discrete.gumbel_softmax.benches.gradients import TAUS, best_temperature, over_taus
from engine.discrete.gumbel_softmax.claims import gradients, simplex, training

PEAKED = {"first": 0.8438, "second": 0.1142}  # softmax of the logits (2, 0, −1)
MILD = {"first": 0.50648, "second": 0.3072}  # softmax of the logits (.5, 0, −.5)


def rare_and_huge(timeline: Timeline) -> dict[str, float]:
    """How many draws are almost zero at the temperature in force, and how many true gradients long the longest is."""
    a, s = timeline.frame.arrays, timeline.frame.scalars
    return {"tiny": float(a["tiny_share"][-1]), "times": float(a["largest_draw"][-1] / s["exact_norm"])}


def by_budget(timeline: Timeline) -> dict[str, float]:
    """The best temperature for one draw a step and for 64."""
    found, exact = over_taus(timeline, "gumbel-softmax"), timeline.frame.arrays["exact_gradient"]
    return {f"best_{samples}": best_temperature(*found, exact, samples) for samples in (1, 64)}


def other_value(timeline: Timeline) -> dict[str, float]:
    """Where the annealed descents of Gumbel-softmax ended."""
    return {"annealed_value": timeline.other.frame.scalars["value_gumbel_softmax"]} if timeline.other is not None else {}


def flattered(timeline: Timeline) -> dict[str, float]:
    """What the network of a constant τ = 1 believes, and what its codes are worth."""
    s = {} if timeline.other is None else timeline.other.frame.scalars
    return {"believed": s["relaxed_gumbel_softmax"], "worth": s["elbo_gumbel_softmax"]} if s else {}


def where_they_cross(timeline: Timeline) -> dict[str, float]:
    """Number of variables beyond which leave-one-out has more noise than Gumbel-softmax, between the counts that were measured."""
    many = timeline.frame.arrays["many_sd"]
    lead = np.log(many[METHODS.index("leave-one-out")] / many[METHODS.index("gumbel-softmax")])
    if not lead[0] < 0 < lead[-1]:
        return {}
    after = int(np.argmax(lead > 0))
    logs = np.log(COUNTS[after - 1 : after + 1])
    return {"crossing": float(np.exp(np.interp(0.0, lead[after - 1 : after + 1], logs)))}


# fmt: off
CHAPTERS = (
    Chapter("soften", values={"tau": 2.0}, steps=40, views=("cloud", "winners", "race"), guess="half_sharp", seed=1,
        shows=(simplex.gumbel_max, simplex.maximum, simplex.orders, simplex.mean_of_y),
        changes=((15, {"tau": 0.5}), (25, {"tau": 0.1}))),
    Chapter("lottery", values={"bench": "gradients", "tau": 0.05, "estimators": ("exact", "leave-one-out", "gumbel-softmax")},
        steps=60, views=("bias_and_noise", "lottery"), guess="vanish", after=rare_and_huge,
        shows=(gradients.cold_relaxed, gradients.cold_noise, gradients.loo_unbiased, gradients.loo_noise)),
    Chapter("budget", values={"bench": "gradients", "objective": "net", "samples": 4, **MILD}, steps=60,
        views=("budget", "bias_and_noise"), shows=(gradients.best_tau, gradients.relaxed_bias), hero="samples", guess="best_tau",
        after=by_budget),
    Chapter("straight", values={"bench": "gradients", "objective": "net", "tau": 0.1,
            "estimators": ("exact", "gumbel-softmax", "straight-through-gumbel", "straight-through", "gumbel-rao"), **MILD},
        steps=60, views=("bias_and_noise", "directions"), guess="stays",
        shows=(gradients.cold_straight, gradients.cold_relaxed, gradients.straight_mean, gradients.rao_is_quieter)),
    Chapter("wrong", values={"bench": "gradients", "tau": 0.5, **PEAKED}, steps=60, views=("directions", "bias_and_noise"),
        shows=(gradients.wrong_way, gradients.turned), compare={"tau": 0.1}, guess="arrows"),
    Chapter("descend", values={"bench": "descent", "tau": 1.0, "samples": 4,
            "estimators": ("exact", "leave-one-out", "gumbel-softmax"),
            "anneal_end": 0.1, "anneal_until": 2000.0},  # both twins have the slide, one follows it: they differ in the schedule alone
        steps=2000, views=("paths", "values", "schedule"), compare={"schedule": "geometric"}, guess="star", after=other_value,
        shows=(training.corner_reached, training.stuck, training.annealed)),
    Chapter("constant", values={"bench": "gradients", "objective": "linear", "offset": 10.0,
            "estimators": ("exact", "score-function", "leave-one-out", "gumbel-softmax")},
        steps=60, views=("bias_and_noise", "directions"), hero="offset", guess="ten", compare={"offset": 0.0},
        shows=(gradients.score_unbiased, gradients.score_noise, gradients.loo_noise, gradients.blind)),
    Chapter("many_dice", values={"bench": "dimension"}, steps=40, views=("dimension", "relative_noise"),
        shows=(training.many, training.small_world, training.large_world), after=where_they_cross),
    Chapter("waves", values={"bench": "normal", "omega": 1.0}, steps=50, views=("variances", "needles"), hero="omega",
        shows=(training.path_variance, training.score_variance, training.cliff), changes=((20, {"omega": 6.0}),),
        compare={"wave": "jump"}, section="Normal bench"),
    Chapter("five_networks", values={"bench": "vae", "tau": 1.0, "schedule": "geometric",
            "shown": "gumbel-softmax",  # enumeration has no temperature: both twins would show the same book
            "estimators": ("exact", "score-function", "leave-one-out", "gumbel-softmax", "straight-through-gumbel")},
        steps=1000, views=("bounds", "code_book"), compare={"schedule": "constant"}, guess="elbo", section="Annealing",
        shows=(training.bound, training.capacity, training.enumeration_wins, training.score_lags, training.flatters),
        after=flattered),
)
# fmt: on


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
    at, ends = int(np.argmin(np.abs(TAUS - best))), [0.0, *TAUS.tolist(), math.inf]
    return ends[at], ends[at + 2]


def measured(timeline: Timeline | None, **shown: Claim) -> dict[str, float]:
    """What these claims measure, of those that can be judged."""
    said = {} if timeline is None else {name: claim(timeline) for name, claim in shown.items()}
    return {name: verdict.measured for name, verdict in said.items() if verdict is not None}


def cold_gradients(timeline: Timeline) -> str | None:
    """What becomes of most gradients near τ = 0, and of the largest."""
    if gradients.cold_noise(timeline) is None:
        return None
    found = rare_and_huge(timeline)
    return "stay" if found["tiny"] < 0.5 else "rare" if found["times"] > 10 else "vanish"


def bias_stays(timeline: Timeline) -> str | None:
    """Whether straight-through's bias near τ = 0 is more than the noise that is left of Gumbel-softmax's."""
    straight, relaxed = gradients.cold_straight(timeline), gradients.cold_relaxed(timeline)
    if straight is None or relaxed is None:
        return None
    return "stays" if straight.measured > relaxed.measured + relaxed.tolerance else "goes"


def points(timeline: Timeline) -> str | None:
    """On which side the mean relaxed gradient points."""
    verdict = gradients.wrong_way(timeline)
    return None if verdict is None else "away" if verdict.measured < 0 else "towards"


def descended(timeline: Timeline) -> dict[str, float]:
    """Where both came to, and the best corner."""
    corner, stuck = training.corner_reached(timeline), training.stuck(timeline)
    if corner is None or stuck is None:
        return {}
    return {"trials": corner.measured, "best": corner.predicted, "relaxed": stuck.measured}


def at_the_star(timeline: Timeline) -> str | None:
    """Which of the two came to the best corner at a constant τ = 1."""
    corner, stuck = training.corner_reached(timeline), training.stuck(timeline)
    if corner is None or stuck is None:
        return None
    who = {(True, False): "trials", (False, True): "relaxed", (True, True): "both", (False, False): "neither"}
    return who[corner.agrees, not stuck.agrees]


def noises(timeline: Timeline) -> dict[str, float]:
    """Noise of the plain score function with and without the constant."""
    noise = gradients.score_noise
    return {**measured(timeline, with_ten=noise), **measured(timeline.other, without=noise)}


def whose_noise(timeline: Timeline) -> str | None:
    """Whose noise an added constant raises, against the twin that has none."""
    others, noise = gradients.blind(timeline), noises(timeline)
    if others is None or len(noise) < 2:
        return None
    grows = noise["with_ten"] > 1.1 * noise["without"]
    return {(True, True): "score", (True, False): "all", (False, True): "none", (False, False): "others"}[grows, others.agrees]


# fmt: off
GUESSES = (
    Guess("vanish", "The choice is almost a true one. What will become of the gradients of Gumbel-softmax?",
        options=(("vanish", "They all vanish"), ("rare", "Most vanish, a few are huge"), ("stay", "They stay as they are")),
        answer=cold_gradients, numbers=rare_and_huge,
        because="{tiny:.0%} are less than a thousandth of the true gradient; the longest is {times:.0f} times as long as it.",
        hides=("bias_and_noise", "lottery"), after=20, when=when(bench="gradients", tau=at_most(0.1), estimators="gumbel-softmax")),
    Guess("stays", "Colder and colder: will the bias of straight-through Gumbel go to zero?",
        options=(("goes", "It goes to zero"), ("stays", "It stays")), answer=bias_stays,
        numbers=lambda timeline: measured(timeline, straight=gradients.cold_straight, relaxed=gradients.cold_relaxed),
        because="At the lowest temperature it is {straight:.3f}; that of Gumbel-softmax is {relaxed:.3f}.",
        hides=("bias_and_noise", "directions"), after=20, when=when(bench="gradients", estimators="straight-through-gumbel")),
    Guess("arrows", "p lies almost in the right corner. Which way will the gradients of Gumbel-softmax point?",
        options=(("towards", "Towards that corner"), ("away", "Away from it")), answer=points,
        numbers=lambda timeline: measured(timeline, cosine=gradients.wrong_way),
        because="The cosine with the true gradient is {cosine:.3f}.",
        hides=("directions", "bias_and_noise"), after=20,
        when=when(bench="gradients", first=at_least(0.7), estimators="gumbel-softmax")),
    Guess("star", "From the centre, at a constant temperature: who will reach the star?",
        options=(("trials", "Leave-one-out"), ("relaxed", "Gumbel-softmax"), ("both", "Both"), ("neither", "Neither")),
        answer=at_the_star, numbers=descended,
        because="Leave-one-out came to {trials:.3f}, Gumbel-softmax to {relaxed:.3f}; the best corner has {best:.3f}.",
        hides=("paths", "values"), after=1500, when=when(bench="descent", schedule="constant")),
    Guess("ten", "Ten is added to f. Whose noise will grow?",
        options=(("score", "Only the plain score function's"), ("others", "Only the others'"), ("all", "Everybody's"),
            ("none", "Nobody's")), answer=whose_noise, numbers=noises,
        because="With the ten the noise of the score function is {with_ten:.2f}, without it {without:.2f}.",
        hides=("bias_and_noise", "directions"), after=20, when=when(bench="gradients", objective="linear")),
    Guess("half_sharp", "At which temperature has every second softened choice one class above 0.9?", 0.02, 5.0, log=True,
        parameter="tau", measured=half_sharp, when=when(bench="simplex")),
    Guess("best_tau", "At which temperature do the gradients of Gumbel-softmax err least?", 0.02, 10.0, log=True,
        parameter="tau", measured=least_error, hides=("budget",), when=when(bench="gradients", estimators="gumbel-softmax")),
    Guess("value", "How far down does Gumbel-softmax come? Draw the mean of f over the descent.", 0.3, 0.9,
        scalar="value_gumbel_softmax", when=when(bench="descent", estimators="gumbel-softmax")),
    Guess("elbo", "How good does the bound become? Draw the ELBO of Gumbel-softmax over the training.", -50.0, -10.0,
        scalar="elbo_gumbel_softmax", when=when(bench="vae", estimators="gumbel-softmax")),
)
# fmt: on
