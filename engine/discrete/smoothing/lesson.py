"""The story in eight chapters (their words are in assets/text), and what can be guessed before a run."""

from __future__ import annotations

import numpy as np

from engine.core.topic import Chapter, Guess, Sweep, Timeline, when
from engine.discrete.smoothing import claims

RISING = tuple(
    (20 * place, {"sharpness": round(float(value), 4)}) for place, value in enumerate(np.geomspace(0.25, 25.0, 28), 1)
)
TIE = {"x1": 5.0, "x2": 0.0, "x3": -1.0, "x4": 0.0, "x5": 4.9, "sharpness": 3.0, "operator": "argmax", "moving": 5}
VECTOR = dict(zip(("x1", "x2", "x3", "x4", "x5"), claims.COUNTEREXAMPLE, strict=True))


def both_metrics(timeline: Timeline) -> dict[str, float]:
    """Hard accuracy of the two networks."""
    return {"before": timeline.frame.scalars["acc_ce"], "now": timeline.frame.scalars["acc_switch"]}


def by_sharpness(timeline: Timeline) -> dict[str, float]:
    """Accuracy of the network of soft accuracy at K = 1 and K = 100, and how many samples it does not hear at K = 1."""
    if not {1.0, 100.0} <= timeline.arms.keys():
        return {}
    mild, sharp = (timeline.arms[value].frame.scalars for value in (1.0, 100.0))
    return {"mild": mild["acc_softacc"], "sharp": sharp["acc_softacc"], "quiet_mild": claims.silent(timeline.arms[1.0])}


CHAPTERS = (
    Chapter(
        "sharpen",
        values={"sharpness": 0.2},
        views=("operator", "vector"),
        shows=(claims.bound, claims.identity),
        changes=RISING,
    ),
    Chapter(
        "nowhere", values=TIE, steps=60, views=("vector", "operator"), shows=(claims.nowhere, claims.identity), guess="position"
    ),
    Chapter(
        "one_and_a_half",
        values={"operator": "topk"},
        steps=300,
        views=("chosen", "operator"),
        shows=(claims.web_limit, claims.subsets_limit),
        changes=tuple(
            (20 * place, {"sharpness": value}) for place, value in enumerate((1.5, 2.5, 4.0, 7.0, 12.0, 25.0, 50.0, 100.0), 1)
        ),
        guess="limit",
    ),
    Chapter(
        "overfull",
        values={**VECTOR, "sharpness": 5.0, "k": 4, "operator": "topk", "moving": 5},
        steps=60,
        views=("chosen", "operator"),
        shows=(claims.overfull, claims.simplex),
        guess="leaves",
    ),
    Chapter(
        "metric",
        views=("regions", "metrics"),
        shows=(claims.more_f1, claims.near_best, claims.half_cut, claims.price),
        guess="accuracy",
        section="Training",
    ),
    Chapter(
        "unheard",
        values={"separation": 1.5},
        views=("pull", "regions"),
        shows=(claims.unheard, claims.heard),
        compare={"positives": 0.5},
        guess="share",
        section="Training",
    ),
    Chapter(
        "small_batches",
        values={"batch": "4"},
        views=("bias", "regions"),
        shows=(claims.biased, claims.too_many, claims.low_f1),
        section="Training",
    ),
    Chapter(
        "too_sharp",
        values={"positives": 0.5},
        views=("pull", "gradients"),
        shows=(claims.deaf, claims.too_sharp),
        sweep=Sweep("sharpness", claims.SHARP, "acc_softacc"),
        section="Training",
        after=by_sharpness,
    ),
)


def found_position(timeline: Timeline) -> str | None:
    """Where the soft position lies: at one of the two, or between them."""
    if claims.nowhere(timeline) is None:
        return None
    at = timeline.frame.scalars["soft_argmax"]
    return "first" if at < 1.5 else "last" if at > 4.5 else "between"


def found_limit(timeline: Timeline) -> str | None:
    """What (9) gives for the two largest."""
    verdict = claims.web_limit(timeline)
    if verdict is None:
        return None
    return "ones" if abs(verdict.measured - 1) < 0.1 else "half" if abs(verdict.measured - 1.5) < 0.1 else "two"


def found_share(timeline: Timeline) -> str | None:
    """How many soft accuracy calls positive, beside the truth."""
    if claims.unheard(timeline) is None:
        return None
    ratio = timeline.frame.scalars["positives_softacc"] / timeline.params.positives
    return "none" if ratio < 0.1 else "right" if ratio < 1.5 else "more"


def found_leaves(timeline: Timeline) -> str | None:
    """Whether every entry of (8) stays at 1 or below."""
    verdict = claims.overfull(timeline)
    return None if verdict is None else "above" if verdict.measured > 1 else "stays"


def found_accuracy(timeline: Timeline) -> str | None:
    """Whether soft F1 costs accuracy."""
    if claims.price(timeline) is None:
        return None
    numbers = both_metrics(timeline)
    return "falls" if numbers["now"] < numbers["before"] else "rises"


GUESSES = (
    Guess(
        "position",
        "Entries 1 and 5 are almost equally large, the others small. Where does soft argmax point?",
        options=(("first", "At 1"), ("last", "At 5"), ("between", "Between them, where nothing is")),
        answer=found_position,
        because="It points at {soft_argmax:.2f}: it is a mean of positions.",
        hides=("vector", "operator"),
        when=when(x1=5.0, x5=4.9),
    ),
    Guess(
        "limit",
        "The two largest should get 1 and 1. What does the version from the web give them at K = 100?",
        options=(("ones", "1 and 1"), ("half", "1.5 and 0.5"), ("two", "2 and 0")),
        answer=found_limit,
        because="The largest gets {web:.3f}: after the first round 1 − p is as small as the ratio of the exponentials.",
        numbers=lambda timeline: {"web": float(timeline.frame.arrays["web_topk"].max())},
        hides=("chosen", "operator"),
        when=when(k=2),
    ),
    Guess(
        "leaves",
        "The recursion chooses 4 of 5. Do all its shares stay between 0 and 1?",
        options=(("stays", "Yes"), ("above", "No, one goes above 1")),
        answer=found_leaves,
        because="The largest share is {largest:.2f}.",
        numbers=lambda timeline: {"largest": float(timeline.frame.arrays["recursive_topk"].max())},
        hides=("chosen", "operator"),
        when=when(k=4),
    ),
    Guess(
        "accuracy",
        "At step 400 the fourth network goes over to soft F1. What becomes of its accuracy?",
        options=(("rises", "It ends above that of cross-entropy"), ("falls", "It ends below")),
        answer=found_accuracy,
        because="It ends at {now:.4f}, cross-entropy at {before:.4f}.",
        numbers=both_metrics,
        hides=("metrics", "regions"),
    ),
    Guess(
        "share",
        "One sample in twenty is positive. How many will soft accuracy call positive?",
        options=(("none", "None"), ("right", "About one in twenty"), ("more", "More")),
        answer=found_share,
        because="It calls {positives_softacc:.2%} positive: who is surely wrong is not heard.",
        hides=("regions", "pull"),
        when=when(positives=0.05),
    ),
)
