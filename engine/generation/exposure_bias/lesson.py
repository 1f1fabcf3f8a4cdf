"""The story in eight chapters (their words are in assets/text), and what can be guessed before a run."""

from __future__ import annotations

import math

from engine.core.topic import Chapter, Guess, Sweep, Timeline, glide, when
from engine.generation.exposure_bias import claims, theory

COUNTER = {"task": "counter", "labels": 7, "length": 24, "hidden": 64, "learning_rate": 0.01}
DATA = Sweep("training_set", ("64", "256", "1024", "unlimited"), "free_live")


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
        guess="end",
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
        values={"schemes": "", "remedy": "replace", "batch": 32},
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
        guess="repair",
        compare={"noise": 1.0},
        section="Schedule",
    ),
    Chapter(
        "one_wrong_token",
        values={**COUNTER, "schemes": "replace,su,two-pass", "rate": 0.15, "inject_at": 12.0, "inject": 1},
        views=("injection", "walk"),
        shows=(claims.perfect, claims.forever, claims.immune, claims.not_immunised),
        hero="inject",
        guess="recovers",
    ),
    Chapter(
        "more_data",
        values={"schemes": "", "hidden": 64, "batch": 32},
        views=("accuracy", "losses"),
        shows=(claims.more_data_sinks, claims.more_data_teaches),
        sweep=DATA,
        guess="by_data",
        after=by_data,
    ),
    Chapter(
        "search_harder",
        values={"schemes": "", "u": 0.6, "v": 0.55, "w": 0.5, "width": 2},
        steps=200,
        views=("tree", "search"),
        shows=(claims.worked_example, claims.label_bias, claims.no_gap),
        changes=glide("w", 0.5, 0.9, 20, 180, every=5),
        hero="w",
        guess="beam",
        section="Two tokens",
    ),
)

TAIL = 16  # positions at the end over which a free run is judged
EQUAL = 0.02  # of accuracy: a smaller difference is none
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


def nearest_end(timeline: Timeline) -> str | None:
    """What the accuracy alone comes to: the one of three levels that is nearest."""
    if claims.lost(timeline) is None:
        return None
    levels, end = {"taught": timeline.frame.scalars["forced_live"], **sources(timeline)}, timeline.frame.scalars["free_live"]
    return min(levels, key=lambda name: abs(levels[name] - end))


def sources(timeline: Timeline) -> dict[str, float]:
    """How right one is who follows the source alone, and who guesses blindly."""
    p = timeline.params
    return {"source": theory.first_accuracy(p.noise, p.labels, True), "blind": 1 / p.labels}


def where_it_helps(timeline: Timeline) -> str | None:
    """In which of two worlds own samples in training help: this one with a source, or the twin without."""
    repaired, unlearned = claims.own_samples_repair(timeline), claims.unlearned(timeline)
    if repaired is None or unlearned is None:
        return None
    helps = (repaired.agrees, not unlearned.agrees)
    return {(True, True): "both", (True, False): "source", (False, True): "without", (False, False): "neither"}[helps]


def by_more_data(timeline: Timeline) -> str | None:
    """Whether the accuracy alone rises, stays or falls from the fewest to the most training sequences."""
    if claims.more_data_sinks(timeline) is None or not set(DATA.values) <= timeline.arms.keys():
        return None
    numbers = by_data(timeline)
    gain = numbers["many"] - numbers["few"]
    return "rises" if gain > EQUAL else "falls" if gain < -EQUAL else "same"


def without_source(timeline: Timeline) -> dict[str, float]:
    """The loss of own samples in the world without a source, and what ignorance costs there."""
    other = timeline.other
    return {} if other is None else {"loss": other.frame.scalars["nll_scheduled"], "chance": math.log(other.params.labels)}


def finds_back(timeline: Timeline) -> str | None:
    """Whether the teacher-forced net is better than a blind guess after one wrong token."""
    verdict = claims.forever(timeline)
    return None if verdict is None else "never" if verdict.agrees else "back"


def after_error(timeline: Timeline) -> dict[str, float]:
    """How right it is after the wrong token, and a blind guess."""
    verdict = claims.forever(timeline)
    return {} if verdict is None else {"after": verdict.measured, "blind": verdict.predicted}


def found_by_beam(timeline: Timeline) -> str | None:
    """What a beam of two returns: the target where it is the most probable of the four sequences."""
    verdict = claims.worked_example(timeline)
    return None if verdict is None else "target" if verdict.measured else "rival"


def sequences(timeline: Timeline) -> dict[str, float]:
    """Probabilities of the target and of the best other sequence."""
    joint = timeline.frame.arrays["joint"]
    return {"target": float(joint[0]), "rival": float(joint[1:].max())}


GUESSES = (
    Guess(
        "end",
        "Where will the net end that reads only what it wrote itself?",
        options=(
            ("taught", "Near its accuracy with the teacher"),
            ("source", "Near what the source alone gives"),
            ("blind", "Near a blind guess"),
        ),
        answer=nearest_end,
        because="It ends at {free_live:.1%}. With the teacher it has {forced_live:.1%}, the source alone gives {source:.1%}, a "
        "blind guess {blind:.1%}.",
        numbers=sources,
        hides=("accuracy",),
        when=when(task="compass", remedy="teacher"),
    ),
    Guess(
        "repair",
        "Own samples in training: where will they help?",
        options=(("source", "With a source"), ("without", "Without one"), ("both", "In both"), ("neither", "In neither")),
        answer=where_it_helps,
        because="With a source it is right alone at {free_scheduled:.1%}. Without one its loss is {loss:.2f} nats, and knowing "
        "nothing costs {chance:.2f}.",
        numbers=without_source,
        hides=("accuracy", "fluency"),
        when=when(task="compass", decoder="Markov", schemes="scheduled"),
    ),
    Guess(
        "by_data",
        "More training sequences, less loss: and the accuracy alone?",
        options=(("rises", "It rises, too"), ("same", "It stays"), ("falls", "It falls")),
        answer=by_more_data,
        because="From 64 sequences to no limit it goes from {few:.1%} to {many:.1%}, the loss from {loss_few:.2f} to "
        "{loss_many:.2f} nats.",
        numbers=by_data,
        hides=("accuracy", "losses"),
        arms=True,
        when=when(task="compass", remedy="teacher"),
    ),
    Guess(
        "recovers",
        "After one wrong token, will the teacher-forced net find its way back?",
        options=(("back", "Yes, after a few tokens"), ("never", "No, never")),
        answer=finds_back,
        because="After the wrong token {after:.1%} are right; of blind guesses {blind:.1%} are.",
        numbers=after_error,
        hides=("injection", "walk"),
        when=when(task="counter"),
    ),
    Guess(
        "beam",
        "The target (a, b) is on top at every step. What will a beam of two return once w is 0.9?",
        options=(("target", "The target"), ("rival", "Another sequence")),
        answer=found_by_beam,
        because="The target has probability {target:.3f}, the best other sequence {rival:.3f}.",
        numbers=sequences,
        hides=("tree", "search"),
        when=when(width=2),
    ),
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
