"""What the MEMM lab's runs must bear out; a claim is silent where the settings are not those it speaks of."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.core.topic import Timeline, Verdict, claim
from engine.structured.memm.params import MemmParams

LEARNED, SETTLED = 290, 190  # steps after which a run of rib and rob, of the lexicon has settled
LOOKS = ("nudge", "letter_1", "letter_2", "letter_3")
LITTLE = 0.02  # noise


def learned(timeline: Timeline, **settings: Any) -> bool:
    """Whether the run has settled, and these settings are all that differs from the defaults, but for what is shown."""
    wanted = MemmParams(**settings).values()
    same = all(value == wanted[name] for name, value in timeline.params.values().items() if name not in LOOKS)
    return same and timeline.frame.step >= (SETTLED if timeline.params.data == "lexicon" else LEARNED)


def words(timeline: Timeline, gamma: float = 1.0) -> bool:
    """Whether it is a settled run of rib and rob with any noise and prior."""
    p = timeline.params
    return p.data == "rib_rob" and learned(timeline, gamma=gamma, noise=p.noise, prior=p.prior)


def blind_error(timeline: Timeline, name: str) -> Verdict:
    """The error against that of one who knows nothing but the prior."""
    return Verdict(1 - timeline.params.prior, timeline.frame.scalars[f"{name}_error"], 0.06)


@claim("The MEMM is wrong as often as one who always says rib.", "phenomenon 1")
def biased(timeline: Timeline) -> Verdict | None:
    return blind_error(timeline, "memm") if words(timeline) else None


@claim("The CRF is wrong hardly more often than must be.", "phenomenon 1")
def sighted(timeline: Timeline) -> Verdict | None:
    s = timeline.frame.scalars
    return Verdict.at_most(s["bayes_error"] + 0.03, s["crf_error"]) if words(timeline) else None


@claim("The MEMM's first label is the softmax of its own scores: no later letter counts.", "(3)")
def causal(timeline: Timeline) -> Verdict | None:
    a = timeline.frame.arrays
    first = np.exp(a["f"][0] - a["f"][0].max())
    return Verdict(0.0, float(np.abs(first / first.sum() - a["memm_marginals"][0]).max()), 1e-12)


@claim("Read without its normalisers the MEMM is as good as the CRF, within 2 points.", "phenomenon 2")
def kept(timeline: Timeline) -> Verdict | None:
    s = timeline.frame.scalars
    return Verdict.at_most(s["crf_error"] + 0.02, s["memm_error"]) if words(timeline, gamma=0.0) else None


@claim("With them it was wrong at least 30 points more often.", "phenomenon 2")
def lost(timeline: Timeline) -> Verdict | None:
    curve = timeline.frame.arrays["memm_by_gamma"]
    return Verdict.at_least(0.3, float(curve[-1] - curve[0])) if learned(timeline, gamma=0.0) else None


@claim("The MEMM's loss comes within 0.04 nats of H(ρ), the entropy of the first choice.", "phenomenon 3")
def floored(timeline: Timeline) -> Verdict | None:
    s = timeline.frame.scalars
    return Verdict.between(s["memm_floor"] - 0.03, s["memm_floor"] + 0.04, s["memm_nll"], "nats") if words(timeline) else None


@claim("The CRF's comes within 0.04 nats of the least possible.", "phenomenon 3")
def below(timeline: Timeline) -> Verdict | None:
    s = timeline.frame.scalars
    return Verdict.between(s["crf_floor"] - 0.04, s["crf_floor"] + 0.04, s["crf_nll"], "nats") if words(timeline) else None


@claim("In the MEMM no score moves a chance before its own place.", "(3)")
def cone(timeline: Timeline) -> Verdict | None:
    return Verdict.at_most(0.0, float(np.tril(timeline.frame.arrays["reach"], -1).max()), 1e-12)


@claim("In the CRF the second letter's score moves the first label.", "(1)")
def whole(timeline: Timeline) -> Verdict | None:
    return Verdict.at_least(0.1, float(timeline.frame.arrays["crf_reach"][1, 0])) if words(timeline) else None


@claim("The Bi-MEMM is wrong as often as one who always says rib, too.", "phenomenon 4")
def uncured(timeline: Timeline) -> Verdict | None:
    return blind_error(timeline, "bi") if words(timeline) else None


@claim("Its last letter moves the first label.", "(4)")
def far_end(timeline: Timeline) -> Verdict | None:
    return Verdict.at_least(0.2, float(timeline.frame.arrays["bi_reach"][2, 0])) if words(timeline) else None


@claim("Its middle letter moves nothing by more than 0.05.", "(4)")
def middle(timeline: Timeline) -> Verdict | None:
    return Verdict.at_most(0.05, float(timeline.frame.arrays["bi_reach"][1].max())) if words(timeline) else None


@claim("Without noise the MEMM is wrong on at most 2 words in 100.", "(2)")
def clean(timeline: Timeline) -> Verdict | None:
    return Verdict.at_most(0.02, timeline.frame.scalars["memm_error"]) if learned(timeline, noise=0.0) else None


@claim("At 2 % noise it is wrong as often as one who always says rib.", "phenomenon 1")
def taught(timeline: Timeline) -> Verdict | None:
    other = timeline.other
    return None if other is None or not learned(other, noise=LITTLE) else blind_error(other, "memm")


def lexicon(timeline: Timeline) -> bool:
    return learned(timeline, data="lexicon")


def lead(timeline: Timeline, better: str, worse: str) -> float:
    """By how much one model is wrong more often than another."""
    return timeline.frame.scalars[f"{worse}_error"] - timeline.frame.scalars[f"{better}_error"]


@claim("On the lexicon the MEMM gets at least 2 points more labels right than the softmax.", "phenomenon 5")
def helps(timeline: Timeline) -> Verdict | None:
    return Verdict.at_least(0.02, lead(timeline, "memm", "softmax")) if lexicon(timeline) else None


@claim("The CRF gets still more right, but by less than 5 points.", "phenomenon 5")
def close(timeline: Timeline) -> Verdict | None:
    return Verdict.between(0.003, 0.05, lead(timeline, "crf", "memm")) if lexicon(timeline) else None


def windows(timeline: Timeline) -> tuple[Timeline, Timeline] | None:
    """The run without neighbours and its twin with two on either side, both settled."""
    other = timeline.other
    there = other is not None and learned(timeline, data="lexicon", window=0) and learned(other, data="lexicon", window=2)
    return (timeline, other) if there and other is not None else None


@claim("The CRF's lead over the MEMM shrinks from window 0 to window 2.", "phenomenon 6")
def shrinks(timeline: Timeline) -> Verdict | None:
    both = windows(timeline)
    return None if both is None else Verdict.at_least(0.005, lead(both[0], "crf", "memm") - lead(both[1], "crf", "memm"))


@claim("So does the MEMM's lead over the softmax.", "phenomenon 6")
def catches(timeline: Timeline) -> Verdict | None:
    both = windows(timeline)
    return None if both is None else Verdict.at_least(0.05, lead(both[0], "memm", "softmax") - lead(both[1], "memm", "softmax"))
