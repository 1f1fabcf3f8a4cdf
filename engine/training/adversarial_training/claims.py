"""What this lab's runs must bear out; a claim is silent where the settings are not those it speaks of."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.core.topic import Timeline, Verdict, claim
from engine.training.adversarial_training import theory
from engine.training.adversarial_training.params import AdversarialTrainingParams

LATE = {"moons": 300, "digits": 300, "embedding": 200}  # steps from which a net has shown what it can do
RACED = ("none", "noise", "penalty1", "fgm", "pgd")
SWEPT = (0.0, 0.1, 0.2, 0.3, 0.5, 0.8, 1.0)


def usual(p: AdversarialTrainingParams, *free: str) -> bool:
    """A run with default settings, but for the bench, the method and those that are named."""
    return p.changed().keys() <= {"bench", "method", "pointed", *free}


def late(timeline: Timeline, bench: str, method: str, *free: str) -> bool:
    """A usual run of a bench and a method, long enough, in which nothing was changed on the way."""
    p = timeline.params
    known = (p.bench, p.method) == (bench, method) and usual(p, *free)
    return known and timeline.frame.step >= LATE[bench] and not any(timeline.marks)  # a twin has its values from step 0


def pair(timeline: Timeline, bench: str, one: str, two: str, *free: str) -> tuple[dict[str, float], dict[str, float]] | None:
    """Scalars of two late runs with these methods; None in any other run."""
    other = timeline.other
    if other is None or not late(timeline, bench, one, *free) or not late(other, bench, two, *free):
        return None
    return timeline.frame.scalars, other.frame.scalars


@claim("More test points survive the attack than with plain training.", "phenomenon 4")
def survives(timeline: Timeline) -> Verdict | None:
    both = pair(timeline, "moons", "fgm", "none")
    return None if both is None else Verdict.at_least(0.01, both[0]["robust_accuracy"] - both[1]["robust_accuracy"])


@claim("Without attack nearly as many are right.", "phenomenon 4")
def costs_little(timeline: Timeline) -> Verdict | None:
    both = pair(timeline, "moons", "fgm", "none")
    return None if both is None else Verdict.at_most(0.02, both[1]["clean_accuracy"] - both[0]["clean_accuracy"])


def pits(timeline: Timeline) -> tuple[Timeline, Timeline] | None:
    """FGM and plain training on sixty points that lie well apart; None in any other run."""
    p, free = timeline.params, ("points", "noise", "attack_epsilon")
    if pair(timeline, "moons", "fgm", "none", *free) is None or timeline.other is None or (p.points, p.noise) != (60, 0.05):
        return None
    return timeline, timeline.other


@claim("The steepest training point is at least ten times flatter than with plain training.", "phenomenon 5")
def flatter(timeline: Timeline) -> Verdict | None:
    both = pits(timeline)
    return (None if both is None else Verdict.at_least(10.0, both[1].frame.scalars["slope_max"] / both[0].frame.scalars["slope_max"]))  # fmt: skip


@claim("Per nat of its loss a point is as steep as with plain training, within a factor of two.", "measured")
def only_deeper(timeline: Timeline) -> Verdict | None:
    both = pits(timeline)
    if both is None:
        return None
    fgm, plain = (float(np.nanmedian(theory.steepness(line.frame.arrays))) for line in both)
    return Verdict.between(0.5, 2.0, fgm / plain)


def early(timeline: Timeline) -> bool:
    """FGM on the moons at step 100: later most slopes are so small that ε = 0.01 is no longer small beside the bends."""
    p = timeline.params
    return (p.bench, p.method) == ("moons", "fgm") and usual(p) and timeline.frame.step == 100 and not any(timeline.marks)


@claim("The distance between FGM and the penalty ε‖g‖ falls in proportion to ε.", "(3)")
def proportional(timeline: Timeline) -> Verdict | None:
    return Verdict(1.0, theory.slope_of(timeline.frame.arrays["apart"][1]), 0.1) if early(timeline) else None  # FGM's pair


@claim("At ε = 0.01 FGM and the penalty ε‖g‖ differ by less than a tenth.", "(3)")
def alike(timeline: Timeline) -> Verdict | None:
    return Verdict.at_most(0.1, timeline.frame.scalars["equivalence_unit"]) if early(timeline) else None


def arms(timeline: Timeline, bench: str, name: str, values: tuple[object, ...]) -> dict[Any, dict[str, float]]:
    """Scalars of every arm of a late and usual sweep over these values of a parameter; empty where it is another run."""
    found = {getattr(line.params, name): line for line in timeline.arms.values()}
    if not set(values) <= found.keys() or not all(late(line, bench, line.params.method, name) for line in found.values()):
        return {}
    return {value: line.frame.scalars for value, line in found.items()}


def raced(timeline: Timeline) -> dict[str, dict[str, float]]:
    """Of every method on the digits."""
    return arms(timeline, "digits", "method", RACED)


@claim("On digits FGM holds at least 0.2 more under attack than plain training.", "phenomenon 1")
def protects(timeline: Timeline) -> Verdict | None:
    found = raced(timeline)
    return Verdict.at_least(0.2, found["fgm"]["robust_accuracy"] - found["none"]["robust_accuracy"]) if found else None


@claim("It costs at most 0.02 without attack.", "phenomenon 1")
def cheap(timeline: Timeline) -> Verdict | None:
    found = raced(timeline)
    return Verdict.at_most(0.02, found["none"]["clean_accuracy"] - found["fgm"]["clean_accuracy"]) if found else None


@claim("Random noise of the same length stays at least 0.1 below FGM.", "phenomena 1 and 4")
def not_random(timeline: Timeline) -> Verdict | None:
    found = raced(timeline)
    return Verdict.at_least(0.1, found["fgm"]["robust_accuracy"] - found["noise"]["robust_accuracy"]) if found else None


@claim("With a third of PGD's gradients FGM comes within 0.05 of it.", "phenomenon 2")
def enough(timeline: Timeline) -> Verdict | None:
    found = raced(timeline)
    return Verdict.at_most(0.05, found["pgd"]["robust_accuracy"] - found["fgm"]["robust_accuracy"]) if found else None


@claim("An attack of one step leaves 0.01 to 0.15 more right than one of twenty.", "phenomenon 3")
def overstates(timeline: Timeline) -> Verdict | None:
    if not late(timeline, "digits", "none"):
        return None
    s = timeline.frame.scalars
    return Verdict.between(0.01, 0.15, s["fgm_accuracy"] - s["robust_accuracy"])


def radii(timeline: Timeline) -> dict[float, dict[str, float]]:
    """Of FGM on the moons at every radius."""
    return arms(timeline, "moons", "epsilon", SWEPT) if timeline.params.method == "fgm" else {}


@claim("At ε = 0.3 at least 0.97 are right without attack.", "phenomenon 7")
def in_reach(timeline: Timeline) -> Verdict | None:
    found = radii(timeline)
    return Verdict.at_least(0.97, found[0.3]["clean_accuracy"]) if found else None


@claim("At ε = 1, beyond the gap between the classes, at most 0.9 are.", "phenomenon 7")
def too_far(timeline: Timeline) -> Verdict | None:
    found = radii(timeline)
    return Verdict.at_most(0.9, found[1.0]["clean_accuracy"]) if found else None


@claim("Disturbing every text's vectors protects better than disturbing the matrix by the same length.", "measured")
def nearer_to_the_text(timeline: Timeline) -> Verdict | None:
    both = pair(timeline, "embedding", "fgm", "fgm", "perturb", "epsilon")
    if both is None or timeline.other is None:
        return None
    told = [(line.params.perturb, line.params.epsilon) for line in (timeline, timeline.other)]
    if told != [("vectors", 1.0), ("matrix", 1.0)]:
        return None
    return Verdict.at_least(0.02, both[0]["robust_accuracy"] - both[1]["robust_accuracy"])
