"""What the repetition lab's runs must bear out; a claim is silent where the settings are not those it speaks of."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.core.topic import Timeline, Verdict, claim
from engine.generation.repetition.params import MATRIX, OFF, RepetitionParams

SWEPT_K = (28, 20, 10, 5, 3, 2, 1)
SWEPT_T = (1.5, 1.0, 0.7, 0.5, 0.3)
SWEPT_MERGE = (1.0, 0.6, 0.4, 0.3, 0.2)
T, H = 20, 8  # numbers of t and h: the blank is 0
LOOKS = ("shade", "against")


def only(timeline: Timeline, **settings: Any) -> bool:
    """Whether these settings are all that differs from the bundled text, uncut."""
    wanted = RepetitionParams(**({"top_k": OFF} | settings)).values()
    return all(value == wanted[name] for name, value in timeline.params.values().items() if name not in LOOKS)


def along(timeline: Timeline, name: str, values: tuple[float, ...], scalar: str) -> list[float] | None:
    """A scalar of the arms of a sweep over a knob, in this order; None where it is another sweep."""
    arms = {value: timeline.arms[value] for value in values if value in timeline.arms}
    if len(arms) < len(values) or not all(only(arm, **{name: value}) for value, arm in arms.items()):
        return None
    return [arm.frame.scalars[scalar] for arm in arms.values()]


@claim("Greedy choice always ends in a loop: ρ = 1.", "(1)")
def greedy(timeline: Timeline) -> Verdict | None:
    return Verdict(1.0, timeline.frame.scalars["rho"], 1e-9) if only(timeline, top_k=1) else None


@claim("ρ lies between the least and the largest row sum of A.", "(2); Perron–Frobenius")
def between(timeline: Timeline) -> Verdict | None:
    s = timeline.frame.scalars
    return Verdict.between(s["row_low"] - 1e-9, s["row_high"] + 1e-9, s["rho"]) if MATRIX(timeline.params) else None


@claim("The bound (3) with the exact count of closed walks never exceeds Tr Aᵏ.", "(3)")
def below(timeline: Timeline) -> Verdict | None:
    if not MATRIX(timeline.params):
        return None
    trace, bound, _ = timeline.frame.arrays["walks"].T
    there = trace > 0
    return Verdict.at_most(1.0, float((bound[there] / trace[there]).max()), 1e-9) if there.any() else None


@claim("Loops counted in sampled texts are those computed.", "(4)")
def counted(timeline: Timeline) -> Verdict | None:
    s = timeline.frame.scalars
    if not MATRIX(timeline.params) or s["texts"] < 2000 or not s["length"] < 60:
        return None  # few texts, or many that reach 300 symbols and are cut off
    return Verdict(s["events"], s["events_measured"], 3.5 * s["events_error"])


@claim("ρ never falls as the cut gets harder.", "phenomenon 1; arXiv:2012.14660")
def harder(timeline: Timeline) -> Verdict | None:
    rho = along(timeline, "top_k", SWEPT_K, "rho")
    return None if rho is None else Verdict.at_least(0.0, float(np.diff(rho).min()), 1e-9)


@claim("Texts of top-2 have more than 20 times the loops of full sampling.", "phenomenon 1")
def twenty(timeline: Timeline) -> Verdict | None:
    found = along(timeline, "top_k", SWEPT_K, "events_measured")
    return None if found is None or not found[0] > 0 else Verdict.at_least(20.0, found[5] / found[0])


@claim("ρ rises with every step down in temperature.", "(2)")
def colder(timeline: Timeline) -> Verdict | None:
    rho = along(timeline, "temperature", SWEPT_T, "rho")
    return None if rho is None else Verdict.at_least(0.0, float(np.diff(rho).min()))


@claim("At T = 0.3 sampled texts have more than 20 times the loops they have at T = 1.", "(4)")
def cold_loops(timeline: Timeline) -> Verdict | None:
    found = along(timeline, "temperature", SWEPT_T, "events_measured")
    return None if found is None or not found[1] > 0 else Verdict.at_least(20.0, found[-1] / found[1])


@claim("Cut to five, almost no sampled text ends.", "arXiv:2002.02492")
def endless(timeline: Timeline) -> Verdict | None:
    s = timeline.frame.scalars
    return Verdict.at_most(0.1, s["ended"]) if only(timeline, top_k=5) and s["texts"] >= 500 else None


@claim("With the end kept, E is finite and agrees with the count.", "(4); arXiv:2002.02492")
def ends_again(timeline: Timeline) -> Verdict | None:
    other = timeline.other
    return counted(other) if other is not None and only(other, top_k=5, force_eos=True) else None


@claim("A step that is nearly certain leaves ρ small where the way back is rare.", "∂R/∂P; kexue.fm/archives/8128")
def harmless(timeline: Timeline) -> Verdict | None:
    return Verdict.at_most(0.25, timeline.frame.scalars["rho"]) if only(timeline, row=T, column=H, sharpen=0.9) else None


@claim("The same certainty for a letter after itself makes R more than 50 times as large.", "(1)")
def harmful(timeline: Timeline) -> Verdict | None:
    other = timeline.other
    if other is None or harmless(timeline) is None or not only(other, row=T, column=T, sharpen=0.9):
        return None
    return Verdict.at_least(50.0, other.frame.scalars["risk"] / timeline.frame.scalars["risk"])


@claim("Merging does not lower ρ monotonically.", "phenomenon 4")
def not_lower(timeline: Timeline) -> Verdict | None:
    rho = along(timeline, "merge", SWEPT_MERGE, "rho")
    return None if rho is None else Verdict.at_least(rho[0], rho[-1])


@claim("In symbols, a text merged at γ = 0.2 has less than a third of the loops.", "(4)")
def fewer(timeline: Timeline) -> Verdict | None:
    found = along(timeline, "merge", SWEPT_MERGE, "events")
    return None if found is None else Verdict.at_most(0.33, found[-1] / found[0])


@claim("In 100 letters it has no fewer than three quarters of them.", "phenomenon 4")
def per_letter(timeline: Timeline) -> Verdict | None:
    found = along(timeline, "merge", SWEPT_MERGE, "per_100")
    few = timeline.frame.scalars.get("texts", 0) < 1000
    return None if found is None or few else Verdict.at_least(0.75, found[-1] / found[0])


def learned(timeline: Timeline) -> bool:
    p = timeline.params
    return p.bench == "neural" and p.source == "text" and p.merge == 1 and timeline.frame.step >= 400


@claim("The distance to pairs falls below half of its start, and climbs out again.", "phenomenon 5")
def dips(timeline: Timeline) -> Verdict | None:
    if not learned(timeline) or len(timeline.trace("kl_bigram")[0]) < 5:
        return None
    kl = timeline.trace("kl_bigram")[1]
    return Verdict.at_most(0.5, float(kl.min() / kl[0])) if kl[-1] > 2 * kl.min() else None


@claim("Greedy texts of the trained network are stuck at less than 70 % of their positions.", "phenomenon 5")
def freed(timeline: Timeline) -> Verdict | None:
    return Verdict.at_most(0.7, timeline.frame.scalars["stuck_greedy"]) if learned(timeline) else None


@claim("Full sampling is stuck at less than 10 %.", "phenomenon 5")
def full(timeline: Timeline) -> Verdict | None:
    return Verdict.at_most(0.1, timeline.frame.scalars["stuck_full"]) if learned(timeline) else None
