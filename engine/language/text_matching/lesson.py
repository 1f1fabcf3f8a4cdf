"""The story in seven chapters (their words are in assets/text), and what can be guessed before a run."""

from __future__ import annotations

from typing import Any

from engine.core.topic import Chapter, Guess, Sweep, Timeline, when
from engine.language.text_matching import claims
from engine.language.text_matching.views.courses import at_threshold, lead, looked

STEPS = claims.LEARNED
COUNTED = {"starts": ("scratch",), "training": "labels"}  # where nothing needs a pretrained body
TURNED: tuple[tuple[int, dict[str, Any]], ...] = (
    *((3 * k, {"pair": k}) for k in range(1, 6)),
    (18, {"reveal": True}),
    *((18 + 3 * k, {"pair": 5 + k}) for k in range(1, 5)),
)


def shifted(timeline: Timeline) -> dict[str, float]:
    """Words found, and median error of ranks, with no and with all intents new."""
    found: dict[str, float] = {}
    for name, value in (("none", 0.0), ("all", 1.0)):
        run = claims.arm(timeline, value)
        if run is not None:
            found |= {f"{name}_words": run.frame.scalars["exact_words"], f"{name}_error": run.frame.scalars["rank_error"]}
    return found


def leading(timeline: Timeline) -> dict[str, float]:
    return {"lead": lead(timeline)}


def without(timeline: Timeline) -> dict[str, float]:
    """AUC of the twin that has labels alone."""
    other = timeline.other
    return {} if other is None else {f"{start}_alone": other.frame.scalars[f"auc_{start}"] for start in other.params.chosen}


def cut(timeline: Timeline) -> dict[str, float]:
    """What the threshold makes of the scores of the start that is looked at, and its AUC."""
    found, wrong = at_threshold(timeline)
    return {"found": found, "wrong": wrong, "auc": timeline.frame.scalars[f"auc_{looked(timeline)}"]}


CHAPTERS = (
    Chapter("numbers", values=COUNTED, steps=32, changes=TURNED, views=("sentences", "ranks"), shows=(claims.mostly_wrong, claims.off), hero="pair"),
    Chapter("counting", values=COUNTED, steps=1, sweep=Sweep("domain_shift", (0.0, 0.5, 1.0), "rank_error"), views=("ranks",),
        shows=(claims.same_intents, claims.near, claims.mostly_wrong, claims.off), hero="pair", guess="counting", after=shifted),
    Chapter("starts", steps=STEPS, views=("curves",), shows=(claims.ceiling, claims.leads, claims.stuck), guess="starts", after=leading),
    Chapter("unbroken", steps=STEPS, views=("recovery", "sentences"), shows=(claims.unbroken, claims.leads)),
    Chapter("unlabelled", values=claims.FEW, steps=400, compare={"training": "labels"}, views=("curves",), shows=(claims.reads, claims.unlearns),
        guess="unlabelled", after=without),
    Chapter("losses", steps=STEPS, values={"looked": "oracle"}, views=("guesses", "curves"), shows=(claims.blank, claims.below), hero="hidden"),
    Chapter("threshold", steps=STEPS, views=("roc",), shows=(claims.ordered,), hero="threshold", after=cut),
)  # fmt: skip


def found_starts(timeline: Timeline) -> str | None:
    """How far rows by frequency come between random rows and the true ones."""
    if not claims.learned(timeline, "random", "frequency", "oracle"):
        return None
    s = timeline.frame.scalars
    share = (s["auc_frequency"] - s["auc_random"]) / (s["auc_oracle"] - s["auc_random"])
    return "nothing" if share < 0.15 else "part" if share < 0.85 else "all"


def found_counting(timeline: Timeline) -> str | None:
    """How many of 64 words counting finds."""
    words = claims.ranked(timeline, 1.0, "exact_words")
    return None if words is None else "few" if words <= 16 else "half" if words <= 48 else "most"


def found_unlabelled(timeline: Timeline) -> str | None:
    """What text without labels is worth to rows by frequency."""
    gained = claims.gains(timeline).get("frequency")
    return None if gained is None else "more" if gained > 0.03 else "less" if gained < -0.03 else "same"


# fmt: off
GUESSES = (
    Guess("counting", "The plain text speaks of other things than the cipher. How many of 64 words does counting find?",
        options=(("few", "A quarter or fewer"), ("half", "About half"), ("most", "Nearly all")), answer=found_counting,
        because="{exact_words:.0f}: neighbours in rank are easily swapped, and other intents use other words.", hides=("ranks", "sentences"), after=0),
    Guess("starts", "Most rows by frequency are wrong. How far does their AUC come, from random rows to the true ones?",
        options=(("nothing", "They add nothing"), ("part", "Part of the way"), ("all", "All the way")), answer=found_starts, numbers=leading,
        because="AUC {auc_random:.2f} with random rows, {auc_frequency:.2f} by frequency, {auc_oracle:.2f} with the true ones.", hides=("curves", "answers", "roc"),
        when=when(training="all", labels=300)),
    Guess("unlabelled", "There are only 100 labels. Does guessing hidden words of all text, labelled or not, help to compare?",
        options=(("less", "It distracts"), ("same", "It changes nothing"), ("more", "It helps")), answer=found_unlabelled, numbers=without,
        because="Rows by frequency: {auc_frequency:.2f} with all text, {frequency_alone:.2f} with labels alone.", hides=("curves", "answers", "roc"),
        when=when(labels=100)),
)
# fmt: on
