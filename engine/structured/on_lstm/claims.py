"""What the ON-LSTM lab's runs must bear out; a claim is silent where the settings are not those it speaks of."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.core.topic import Timeline, Verdict, claim
from engine.structured.on_lstm.params import OnLstmParams

LEARNED, HALFWAY = 200, 100  # steps
SHOWN = ("sentence", "show")
SHARP = 0.1  # the coldest master gates


def only(timeline: Timeline, **settings: Any) -> bool:
    """Whether these settings are all that differs from the defaults, but for what is shown."""
    wanted = OnLstmParams(**settings).values()
    return all(value == wanted[name] for name, value in timeline.params.values().items() if name not in SHOWN)


def learned(timeline: Timeline, **settings: Any) -> bool:
    return only(timeline, **settings) and timeline.frame.step >= LEARNED


def halfway(timeline: Timeline, **settings: Any) -> bool:
    return only(timeline, **settings) and timeline.frame.step >= HALFWAY


def at(timeline: Timeline, scalar: str, step: int) -> float:
    """A scalar at the first kept step that is not before this one; NaN where there is none."""
    steps, values = timeline.trace(scalar)
    later = np.flatnonzero(steps >= step)
    return float(values[later[0]]) if len(later) else float("nan")


def before(timeline: Timeline, scalar: str, step: int) -> float:
    """A scalar at the last kept step before this one; NaN where there is none."""
    steps, values = timeline.trace(scalar)
    earlier = values[steps < step]
    return float(earlier[-1]) if len(earlier) else float("nan")


def gap(timeline: Timeline) -> float:
    """By how much the mean d of heads and topics exceeds that of content words."""
    s = timeline.frame.scalars
    return min(s["level1"], s["level2"]) - s["level0"]


def stepped(timeline: Timeline) -> float:
    """Share of the master forget gate's entries within 0.01 of 0 or 1."""
    gate = timeline.frame.arrays["forget_master"]
    return float(((gate < 0.01) | (gate > 0.99)).mean())


@claim("At least three quarters of all true brackets are found.", "phenomenon 1")
def found(timeline: Timeline) -> Verdict | None:
    return Verdict.at_least(0.75, timeline.frame.scalars["recall"]) if learned(timeline) else None


@claim("Right-branching trees have about a quarter of them.", "phenomenon 1")
def chance(timeline: Timeline) -> Verdict | None:
    return Verdict.between(0.19, 0.29, timeline.frame.scalars["right_recall"]) if only(timeline) else None


@claim("The mean d of content words is at least 0.25 below those of heads and of topics.", "phenomenon 2")
def apart(timeline: Timeline) -> Verdict | None:
    return Verdict.at_least(0.25, gap(timeline)) if learned(timeline) else None


@claim("The rank correlation of d and the true level is at least 0.75.", "phenomenon 2")
def ranked(timeline: Timeline) -> Verdict | None:
    return Verdict.at_least(0.75, timeline.frame.scalars["spearman"]) if learned(timeline) else None


@claim("The loss comes within 0.35 nats of the exact entropy, and not below it.", "(5)")
def bounded(timeline: Timeline) -> Verdict | None:
    s = timeline.frame.scalars
    return Verdict.between(s["floor"] - 0.02, s["floor"] + 0.35, s["nll"], "nats") if learned(timeline) else None


@claim("Halfway through, three quarters of the brackets are there.", "phenomenon 3")
def soon(timeline: Timeline) -> Verdict | None:
    return Verdict.at_least(0.75, at(timeline, "recall", HALFWAY)) if learned(timeline) else None


@claim("The loss has still at least 0.04 nats to fall then.", "phenomenon 3")
def later(timeline: Timeline) -> Verdict | None:
    if not learned(timeline):
        return None
    return Verdict.at_least(0.04, at(timeline, "nll", HALFWAY) - timeline.frame.scalars["nll"], unit="nats")


@claim("At τ = 0.1 more than half of the gate's entries are 0 or 1, within 0.01.", "(1)")
def hardened(timeline: Timeline) -> Verdict | None:
    return Verdict.at_least(0.5, stepped(timeline)) if learned(timeline, temperature=SHARP) else None


@claim("The loss changes by less than 0.2 nats on the way.", "phenomenon 6")
def unharmed(timeline: Timeline) -> Verdict | None:
    if not learned(timeline, temperature=SHARP):
        return None
    return Verdict(at(timeline, "nll", LEARNED), timeline.frame.scalars["nll"], 0.2, "nats")


@claim("An LSTM's forget gate finds at least three quarters of the brackets, too.", "phenomenon 4; arXiv:1909.09428")
def baseline(timeline: Timeline) -> Verdict | None:
    other = timeline.other
    return Verdict.at_least(0.75, other.frame.scalars["recall"]) if other and learned(other, cell="lstm") else None


@claim("Its d of content words stays at least 0.15 higher.", "phenomenon 4")
def sharper(timeline: Timeline) -> Verdict | None:
    if baseline(timeline) is None or not learned(timeline) or timeline.other is None:
        return None
    return Verdict.at_least(0.15, timeline.other.frame.scalars["level0"] - timeline.frame.scalars["level0"])


@claim("On the same network the paper's parser finds at least 10 points less.", "phenomenon 5; arXiv:1909.09428")
def biased(timeline: Timeline) -> Verdict | None:
    if not halfway(timeline, parser="P") or timeline.marks[:1] != (HALFWAY,):  # from there on the other parser is in force
        return None
    return Verdict.at_least(0.1, before(timeline, "recall", HALFWAY) - timeline.frame.scalars["recall"])


@claim("Where no word needs its head, d of heads falls to at most 0.1.", "(5)")
def unneeded(timeline: Timeline) -> Verdict | None:
    return Verdict.at_most(0.1, timeline.frame.scalars["level1"]) if halfway(timeline, memory_demand=0.0) else None


@claim("That of topics stays at least 0.25 above it.", "(5)")
def needed(timeline: Timeline) -> Verdict | None:
    s = timeline.frame.scalars
    return Verdict.at_least(0.25, s["level2"] - s["level1"]) if halfway(timeline, memory_demand=0.0) else None


@claim("With one level the paper's gate lets nothing in: c stays 0.", "(2)")
def dead(timeline: Timeline) -> Verdict | None:
    other = timeline.other
    if other is None or other.params.cell != "paper" or other.params.levels > 1:
        return None
    return Verdict(0.0, float(np.abs(other.frame.arrays["cell_state"]).max()), 1e-6)


@claim("With one level, c is that of an LSTM.", "(3)")
def plain(timeline: Timeline) -> Verdict | None:
    if timeline.params.cell == "paper" or (timeline.params.cell == "onlstm" and timeline.params.levels > 1):
        return None
    a = timeline.frame.arrays
    before = np.concatenate([a["cell_before"][None], a["cell_state"][:-1]])
    lstm = a["forget_gate"] * before + a["input_gate"] * a["candidate"]
    return Verdict(0.0, float(np.abs(lstm - a["cell_state"]).max()), 1e-5)


@claim("All d are 0, and what comes out is the right-branching tree.", "(4)")
def flat(timeline: Timeline) -> Verdict | None:
    s = timeline.frame.scalars
    return Verdict(s["right_recall"], s["recall"], 1e-9) if only(timeline, levels=1) else None
