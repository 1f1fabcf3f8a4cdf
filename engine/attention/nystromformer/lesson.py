"""The story in eight chapters (their words are in assets/text), and what can be guessed before a run."""

from __future__ import annotations

import numpy as np

from engine.attention.nystromformer import claims
from engine.attention.nystromformer.params import DEEPEST, LANDMARKS, LENGTHS, TOKENS
from engine.attention.nystromformer.views.approximate import crossing
from engine.core.topic import Chapter, Guess, Sweep, Timeline, at_most, when

DEEPER = tuple((2 * steps - 1, {"iterations": steps}) for steps in range(2, DEEPEST + 1))
MORE = tuple((6 * k, {"landmarks": str(m)}) for k, m in enumerate((8, 16, 32, 64, 128, 256, 32), 1))
ROUGHER = tuple((2 * k, {"smoothness": rho}) for k, rho in enumerate((0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.0), 1))
SWAP = {"bench": "swap"}


def times(timeline: Timeline) -> dict[str, float]:
    """How many times as wrong as Nyström's the Performer is, at any number of landmarks."""
    if timeline.params.bench != "approximate":
        return {}
    s = timeline.frame.scalars
    return {"more": s["error_performer"] / s["error_iterated"]} if s["error_iterated"] > 0 else {}


def depths(timeline: Timeline) -> dict[str, float]:
    """The error after six and twenty iterations."""
    if timeline.params.bench != "approximate":
        return {}
    found = timeline.frame.arrays["by_iterations"]
    return {"six": float(found[5]), "twenty_left": float(found[19])}


def sizes(timeline: Timeline) -> dict[str, float]:
    """The Performer's error at the smallest and at the largest scale."""
    lines = {line.params.scale: line.frame.scalars["error_performer"] for line in timeline.arms.values()}
    return {"small": lines[min(lines)], "large": lines[max(lines)]} if len(lines) > 1 else {}


def kept(timeline: Timeline) -> dict[str, float]:
    """Accuracies of the same weights."""
    if timeline.params.bench != "swap":
        return {}
    return dict(zip(("iterated", "by_exact", "performer"), timeline.frame.arrays["accuracy_swapped"].tolist(), strict=True))


def counts(timeline: Timeline) -> dict[str, float]:
    """What Nyström saves at the longest length, and from where on it does."""
    if timeline.params.bench != "approximate":
        return {}
    found = timeline.frame.arrays["operations"]
    return {
        "share": float(found[1, -1] / found[0, -1]),
        "pays": crossing(timeline.params.m, timeline.params.iterations),
        "longest": LENGTHS[-1],
    }


CHAPTERS = (
    Chapter("rebuild", values={"scale": 0.5, "landmarks": "4"}, steps=48, changes=MORE, views=("factors", "errors"),
        shows=(claims.ordered, claims.quarter, claims.floor), guess="few", after=times),
    Chapter("iterated", values={"landmarks": "256", "iterations": 1}, steps=44, changes=DEEPER, views=("filters", "depth"),
        shows=(claims.follows, claims.exact, claims.six_leave, claims.twenty), hero="iterations", after=depths),
    Chapter("deeper", values={"landmarks": "64", "smoothness": 0.99, "scale": 4.0, "iterations": 1}, steps=44, changes=DEEPER,
        views=("depth", "filters"), shows=(claims.six_help, claims.too_much), guess="inversion", hero="iterations", after=depths),
    Chapter("unrelated", values={"landmarks": "64"}, steps=26, changes=ROUGHER, views=("factors", "row"), shows=(claims.no_centres, claims.floor),
        hero="smoothness"),
    Chapter("exponential", values={"scale": 0.5, "landmarks": "256"}, steps=20, views=("errors", "variance"),
        shows=(claims.grows, claims.variance_law), sweep=Sweep("scale", (0.35, 0.5, 0.7, 1.0), "error_performer"), hero="scale", after=sizes),
    Chapter("cost", steps=20, views=("cost", "errors"), shows=(claims.quadratic, claims.linear), after=counts),
    Chapter("swap", values={**SWAP, "landmarks": "64", "swap_to": "performer"}, steps=290, views=("swap", "learning"),
        shows=(claims.takes_over, claims.does_not, claims.recovers), guess="takeover", after=kept),
    Chapter("filter_helps", values=SWAP, steps=290, views=("swap", "learning"), shows=(claims.filter_helps,), after=kept),
)  # fmt: skip


def fewest(timeline: Timeline) -> dict[str, float]:
    """The fewest landmarks with an error below a tenth, and how many tokens each of them stands for."""
    if timeline.params.bench != "approximate" or not (below := timeline.frame.arrays["errors"][2] < 0.1).any():
        return {}
    least = LANDMARKS[int(np.argmax(below))]
    return {"fewest": least, "each": TOKENS / least}


def found_few(timeline: Timeline) -> str | None:
    """How many landmarks it takes."""
    least = fewest(timeline).get("fewest")
    return None if least is None else "four" if least <= 4 else "sixteen" if least <= 16 else "many"


def found_inversion(timeline: Timeline) -> str | None:
    """Which inverse is best."""
    if not claims.sharp(timeline):
        return None
    numbers = {**depths(timeline), "exact": timeline.frame.scalars["error_pinv"]}
    return min(("six", "twenty_left", "exact"), key=lambda name: numbers[name])


def found_takeover(timeline: Timeline) -> str | None:
    """Which attention the trained weights survive."""
    a = claims.swapped(timeline, 64)
    if not a:
        return None
    survives = [name for name in ("nystrom", "performer") if a["softmax"] - a[name] < 0.1]
    return "both" if len(survives) == 2 else (*survives, "none")[0]


# fmt: off
GUESSES = (
    Guess("few", "256 tokens, an error below 10 %. How many landmarks does that take?",
        options=(("four", "Four"), ("sixteen", "Sixteen at most"), ("many", "More than that")), answer=found_few, numbers=fewest,
        because="It takes {fewest:.0f}: neighbours are alike, so one mean can speak for {each:.0f} of them.",
        hides=("factors", "errors"), when=when(bench="approximate", scale=at_most(1), smoothness=0.95)),
    Guess("inversion", "Sharp attention, 64 landmarks. Which middle gives the smallest error?",
        options=(("six", "6 iterations"), ("twenty_left", "20 iterations"), ("exact", "The exact inverse")), answer=found_inversion, numbers=depths,
        because="Errors: {six:.2f} after 6, {twenty_left:.2f} after 20, {error_pinv:.2g} with the exact inverse. What is nearly zero in A should not be inverted.",
        hides=("depth", "filters"), when=when(bench="approximate", smoothness=0.99, scale=4.0)),
    Guess("takeover", "A net is trained with softmax. Which attention can take its weights over without training?",
        options=(("nystrom", "Nyström alone"), ("performer", "The Performer alone"), ("both", "Both"), ("none", "Neither")),
        answer=found_takeover, numbers=kept, because="Nyström keeps {iterated:.3f}, the Performer {performer:.3f}.",
        hides=("swap",), after=250, when=when(bench="swap", landmarks="64")),
)
# fmt: on
