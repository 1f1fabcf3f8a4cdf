"""The story in eight chapters (their words are in assets/text), and what can be guessed before a run."""

from __future__ import annotations

import math

from engine.core.topic import Chapter, Guess, Sweep, Timeline, when
from engine.generation.exposure_bias import claims, theory

COUNTER = {"task": "counter", "labels": 7, "length": 24, "hidden": 64, "learning_rate": 0.01}
DATA = Sweep("training_set", ("64", "256", "1024", "unlimited"))


def by_data(timeline: Timeline) -> dict[str, float]:
    """Accuracy alone and loss with the fewest and the most training sequences."""
    few, many = (timeline.arms[size].frame.scalars for size in (DATA.values[0], DATA.values[-1]))
    numbers = {"few": few["free_live"], "many": many["free_live"]}
    return {**numbers, "loss_few": few["nll_live"], "loss_many": many["nll_live"]}


CHAPTERS = (
    Chapter(
        "lost",
        values={"schemes": ""},
        views=("accuracy", "walk"),
        shows=(claims.taught, claims.lost, claims.entropy_floor, claims.bound),
        hero="rate",
        guess="alone",
    ),
    Chapter(
        "rescue",
        values={"schemes": "teacher", "horizon": 1000},
        steps=400,
        views=("accuracy",),
        shows=(claims.rescued,),
        changes=((200, {"remedy": "replace"}),),
        hero="remedy",
    ),
    Chapter(
        "dose",
        values={"schemes": "", "remedy": "replace"},
        views=("accuracy", "fluency", "losses"),
        shows=(claims.memory_helps, claims.filter_reached, claims.price, claims.less_fluent),
        hero="rate",
        sweep=Sweep("rate", (0.1, 0.3, 0.6, 1.0)),
    ),
    Chapter(
        "tipping_point",
        values={"decoder": "Markov", "remedy": "replace", "schemes": "", "rate": 0.35},
        views=("sweep", "accuracy"),
        shows=(claims.tipping, claims.alone),
        hero="rate",
        sweep=Sweep("rate", (0.0, 0.1, 0.35, 0.6)),
        guess="tipping",
    ),
    Chapter(
        "own_samples",
        values={"decoder": "Markov", "schemes": "scheduled", "schedule": "constant", "truth": 0.0},
        views=("accuracy", "fluency"),
        shows=(claims.own_samples_repair, claims.own_rate, claims.unlearned, claims.noise_written, claims.fluent),
        hero="truth",
        compare={"noise": 1.0},
        section="Schedule",
    ),
    Chapter(
        "one_wrong_token",
        values={**COUNTER, "schemes": "replace,su,two-pass", "rate": 0.15, "inject_at": 12.0, "inject": 1},
        views=("injection", "walk"),
        shows=(claims.perfect, claims.forever, claims.immune, claims.not_immunised),
        hero="inject",
    ),
    Chapter(
        "more_data",
        values={"schemes": "", "hidden": 64, "batch": 32},
        views=("accuracy", "losses"),
        shows=(claims.more_data_sinks, claims.more_data_teaches),
        sweep=DATA,
        after=by_data,
    ),
    Chapter(
        "search_harder",
        values={"schemes": "", "u": 0.6, "v": 0.55, "w": 0.9, "width": 2},
        steps=50,
        views=("tree", "search"),
        shows=(claims.worked_example, claims.label_bias, claims.no_gap),
        hero="w",
        section="Two tokens",
    ),
)

TAIL = 16  # positions at the end over which a free run is judged
CLEAR = 0.8  # source noise up to which believing the source and being lost can be told apart


def critical_rate(timeline: Timeline) -> float:
    """r_c of equation (7)."""
    return theory.critical_rate(timeline.params.jump, timeline.params.noise)


def believed(timeline: Timeline) -> tuple[float, float] | None:
    """Each net trained at one replacement rate says whether it holds to its past there (and sinks) or to its source.

    None while the nets are young, after a hot change, and where noise hides the difference.
    """
    p, frame = timeline.params, timeline.frame
    if timeline.marks or frame.scalars["trial"] < 0.85 * p.horizon or p.noise > CLEAR:
        return None
    half = (theory.first_accuracy(p.noise, p.labels, True) + 1 / p.labels) / 2
    low, high = 0.0, math.inf
    for index, arm in enumerate(p.arms):
        rate = {"teacher": 0.0, "replace": p.rate}.get(p.scheme_of(arm))
        if rate is None:
            continue
        if frame.arrays["greedy"][index][-TAIL:].mean() > half:
            high = min(high, rate)
        else:
            low = max(low, rate)
    return (low, high) if low < high and (low, high) != (0.0, math.inf) else None


GUESSES = (
    Guess(
        "alone",
        "How right is it at the end of what it writes alone? Draw that accuracy over the training.",
        0.0,
        1.0,
        scalar="free_live",
    ),
    Guess(
        "taught",
        "How right is it with the teacher? Draw the teacher-forced accuracy over the training.",
        0.0,
        1.0,
        scalar="forced_live",
    ),
    Guess(
        "tipping",
        "From how much input corruption on does the memoryless decoder believe its source rather than its past?",
        0.0,
        1.0,
        parameter="rate",
        theory=critical_rate,
        measured=believed,
        after=350,
        when=when(task="compass", decoder="Markov"),
    ),
)
