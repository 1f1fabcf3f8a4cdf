"""What this lab's runs must bear out; a claim is silent where the settings are not those it speaks of."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.core.topic import Timeline, Verdict, claim
from engine.language.text_matching.params import SPECIALS, WORDS, TextMatchingParams
from engine.language.text_matching.views.courses import lead, looked
from engine.train import ranks

LEARNED = 300  # steps after which starts are compared
FREE = ("threshold", "pair", "hidden", "looked", "reveal", "starts")  # these change nothing that is learned


def only(timeline: Timeline, **settings: Any) -> bool:
    """Whether these settings are all that differs from the defaults, among those that change what is learned."""
    wanted = TextMatchingParams(**settings).values()
    return all(value == wanted[name] for name, value in timeline.params.values().items() if name not in FREE)


def learned(timeline: Timeline | None, *starts: str, **settings: Any) -> bool:
    """Whether it is a trained run with these starts and settings."""
    return (
        timeline is not None
        and timeline.frame.step >= LEARNED
        and set(starts) <= set(timeline.params.chosen)
        and only(timeline, **settings)
    )


def counted(timeline: Timeline, domain_shift: float) -> bool:
    """Whether ranks are those of this share of new intents, all else by default."""
    return only(timeline, domain_shift=domain_shift, training=timeline.params.training)


def arm(timeline: Timeline, value: float) -> Timeline | None:
    """The arm of a sweep that has this value, or the run itself where it has."""
    found = next((one for key, one in timeline.arms.items() if float(key) == value), None)
    return found if found is not None else (timeline if counted(timeline, value) else None)


def ranked(timeline: Timeline, value: float, output: str) -> float | None:
    """What counting finds with this share of new intents; None where no run has it."""
    return None if (run := arm(timeline, value)) is None else run.frame.scalars[output]


@claim("With other intents, counting finds 3 to 12 of the 64 words.", "kexue.fm/archives/8213")
def mostly_wrong(timeline: Timeline) -> Verdict | None:
    return None if (words := ranked(timeline, 1.0, "exact_words")) is None else Verdict.between(3, 12, words)


@claim("In the median a word is off by 4 to 14 ranks.", "kexue.fm/archives/8213")
def off(timeline: Timeline) -> Verdict | None:
    return None if (ranks := ranked(timeline, 1.0, "rank_error")) is None else Verdict.between(4, 14, ranks)


@claim("With the same intents it finds at least 12.", "(2)")
def same_intents(timeline: Timeline) -> Verdict | None:
    return None if (words := ranked(timeline, 0.0, "exact_words")) is None else Verdict.at_least(12, words)


@claim("Then the median word is off by at most 2 ranks.", "(2)")
def near(timeline: Timeline) -> Verdict | None:
    return None if (ranks := ranked(timeline, 0.0, "rank_error")) is None else Verdict.at_most(2, ranks)


@claim("With the true rows AUC is above 0.88 after 300 steps.", "(1)")
def ceiling(timeline: Timeline) -> Verdict | None:
    return Verdict.at_least(0.88, timeline.frame.scalars["auc_oracle"]) if learned(timeline, "oracle") else None


@claim("Rows by frequency lead random rows by more than 0.04.", "kexue.fm/archives/8213")
def leads(timeline: Timeline) -> Verdict | None:
    return Verdict.at_least(0.04, lead(timeline)) if learned(timeline, "random", "frequency") else None


@claim("From scratch AUC stays below 0.65.", "kexue.fm/archives/8213")
def stuck(timeline: Timeline) -> Verdict | None:
    return Verdict.at_most(0.65, timeline.frame.scalars["auc_scratch"]) if learned(timeline, "scratch") else None


@claim("Rows by frequency do not turn into the true rows: at most a fifth are nearest to theirs.", "kexue.fm/archives/8213")
def unbroken(timeline: Timeline) -> Verdict | None:
    return Verdict.at_most(0.2, timeline.frame.scalars["recovered_frequency"]) if learned(timeline, "frequency") else None


@claim("At the beginning the network knows nothing: its loss is ln 71, within 0.3.", "truth of uniform guessing")
def blank(timeline: Timeline) -> Verdict | None:
    steps, losses = timeline.trace("mlm_loss_scratch") if "scratch" in timeline.params.chosen else (np.ones(1), np.ones(1))
    usual = timeline.params.data == "made" and steps[0] == 0
    return Verdict(math.log(WORDS + len(SPECIALS)), float(losses[0]), 0.3) if usual else None


@claim("Reading beats counting: with the true rows the loss is below the entropy of the words.", "entropy")
def below(timeline: Timeline) -> Verdict | None:
    s = timeline.frame.scalars
    return Verdict.at_most(s["unigram_entropy"], s["mlm_loss_oracle"]) if learned(timeline, "oracle") else None


@claim("AUC is the area under the curve: the share of pairs of pairs in right order.", "Mann & Whitney 1947")
def ordered(timeline: Timeline) -> Verdict | None:
    if not learned(timeline):
        return None
    a, shown = timeline.frame.arrays, looked(timeline)
    false, true, _ = ranks.roc(a["scores"][timeline.params.chosen.index(shown)], a["test_labels"])
    return Verdict(timeline.frame.scalars[f"auc_{shown}"], float(np.trapezoid(true, false)), 1e-9)


FEW: dict[str, Any] = {"labels": 100, "starts": ("random", "frequency")}


def alone(timeline: Timeline) -> Timeline | None:
    """The twin that has labels alone, where the run itself has all text."""
    other = timeline.other
    both = learned(timeline, *FEW["starts"], labels=100) and learned(other, *FEW["starts"], labels=100, training="labels")
    return other if both else None


def gains(timeline: Timeline) -> dict[str, float]:
    """By how much the run with all text is above that with labels alone."""
    if (other := alone(timeline)) is None:
        return {}
    return {start: timeline.frame.scalars[f"auc_{start}"] - other.frame.scalars[f"auc_{start}"] for start in FEW["starts"]}


@claim(
    "With 100 labels, guessing hidden words of all text adds at least 0.03 to AUC, mean of both starts.",
    "kexue.fm/archives/8213",
)
def reads(timeline: Timeline) -> Verdict | None:
    gained = gains(timeline)
    return Verdict.at_least(0.03, sum(gained.values()) / len(gained)) if gained else None


@claim(
    "Who trains on labels alone unlearns reading: its loss of hidden words is above knowing nothing.", "kexue.fm/archives/8213"
)
def unlearns(timeline: Timeline) -> Verdict | None:
    if (other := alone(timeline)) is None:
        return None
    worst = min(other.frame.scalars[f"mlm_loss_{start}"] for start in FEW["starts"])
    return Verdict.at_least(math.log(WORDS + len(SPECIALS)), worst)
