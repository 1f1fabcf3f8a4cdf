"""The story in seven chapters (their words are in assets/text), and what can be guessed before a run."""

from __future__ import annotations

from engine.attention.roformer_v2 import claims
from engine.core.topic import Chapter, Guess, Sweep, Timeline, when


def twins(timeline: Timeline) -> dict[str, float]:
    """Of the twin of a start-up run: loss, numbers, time, what this net lacks of it, and the gradient of its ends."""
    if timeline.other is None or timeline.params.bench != "startup":
        return {}
    here, there, gradient = timeline.frame.scalars, timeline.other.frame.scalars, timeline.other.frame.arrays["gradient_norm"]
    found = {"there": there["loss_late"], "numbers": there["parameters"], "there_ms": there["step_ms"]}
    found["share"] = 1 - here["parameters"] / there["parameters"]
    return found | {"lowest_there": float(gradient[0]), "highest_there": float(gradient[-1])}


def worth(timeline: Timeline) -> dict[str, float]:
    """What school was worth, by labels a class."""
    return {f"at_{labels}": value for labels, value in claims.gains(timeline).items()}


CHAPTERS = (
    Chapter("slow_start", views=("loss", "path"), shows=(claims.ramp_helps, claims.plain_stuck, claims.floor), guess="plain"),
    Chapter(
        "stripped",
        views=("race", "ledger"),
        shows=(claims.removed, claims.counted, claims.as_good, claims.floor),
        compare={"norm": "ln", "bias": True},
        after=twins,
    ),
    Chapter(
        "way_down",
        values={"depth": 12, "ramp": 300},
        steps=40,
        views=("path", "loss"),
        shows=(claims.path_kept, claims.path_lost),
        compare={"ramp": 0},
        after=twins,
    ),
    Chapter(
        "other_ways",
        values={"residual": "pre"},
        views=("loss",),
        shows=(claims.pre_starts, claims.rezero_starts),
        compare={"residual": "rezero"},
        after=twins,
    ),
    Chapter("price", values={"bench": "speed"}, steps=10, views=("kernels",), shows=(claims.composed_slower,), guess="faster"),
    Chapter(
        "few_labels",
        values={"bench": "tasks", "labels": "1"},
        steps=301,
        views=("few", "cosines"),
        shows=(claims.few_gain, claims.some_gain, claims.many_gain),
        sweep=Sweep("labels", ("1", "5", "100"), "school_gain"),
        guess="worth",
        after=worth,
    ),
    Chapter(
        "each_its_share",
        values={"bench": "tasks", "tasks": "parity,hole"},
        steps=60,
        views=("cosines",),
        shows=(claims.fair_pair,),
        compare={"balance": "mean"},
    ),
)


def found_plain(timeline: Timeline) -> str | None:
    """Whether the net without the ramp learns."""
    verdict = claims.plain_stuck.judge(timeline)
    return None if verdict is None else "stuck" if verdict.agrees else "learns"


def found_faster(timeline: Timeline) -> str | None:
    """Which norm is faster where both are one fused operation."""
    return None if not claims.timed(timeline) else "ln" if timeline.frame.scalars["fused_ratio"] < 1 else "rms"


def found_worth(timeline: Timeline) -> str | None:
    """Where school is worth most."""
    found = claims.gains(timeline)
    return None if not {"1", "100"} <= found.keys() else "few" if found["1"] > found["100"] else "many"


GUESSES = (
    Guess(
        "plain",
        "Two equal nets; in one the branches come in slowly. How does the other do?",
        options=(("learns", "It learns faster"), ("stuck", "It hardly learns")),
        answer=found_plain,
        because="Its loss is {loss_plain:.2f}, with the ramp {loss_late:.2f}: each norm behind a sum shrinks the way from the top to the lower layers.",
        hides=("loss", "race", "path"),
        when=when(bench="startup", residual="post", ramp=80, depth=8),
        after=claims.TRAINED,
    ),
    Guess(
        "faster",
        "LayerNorm with γ and β, or RMS with nothing: which is faster here, where each is one operation of PyTorch?",
        options=(("rms", "RMS: it does less"), ("ln", "LayerNorm")),
        answer=found_faster,
        because="LayerNorm takes {fused_ratio:.2f} times as long as RMS. It depends on who wrote the kernel; composed of small operations it is {composed_ratio:.2f}.",
        hides=("kernels",),
        when=when(bench="speed"),
        after=10,
    ),
    Guess(
        "worth",
        "A net learns five questions about digits, then to name them from K labels each. Where does that school help most?",
        options=(("few", "With one label a class"), ("many", "With a hundred")),
        answer=found_worth,
        because="With one label it is worth {at_1:+.2f}, with a hundred {at_100:+.2f}: many labels teach the same.",
        numbers=worth,
        hides=("few",),
        when=when(bench="tasks"),
        arms=True,
        after=301,
    ),
)
