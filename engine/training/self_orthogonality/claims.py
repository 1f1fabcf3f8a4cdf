"""What this lab's runs must bear out; a claim is silent where the settings are not those it speaks of."""

from __future__ import annotations

import numpy as np

from engine.core.topic import Timeline, Verdict, claim
from engine.training.self_orthogonality import theory
from engine.training.self_orthogonality.params import SelfOrthogonalityParams

LATE = 600  # steps after which a run has shown what it can do
LENSES = ("row", "column")
PIXELS = ("raw", "centred", "standardised", "whitened")  # preprocessings that are compared
PENALTIES = ("none", "F", "off", "theta")


def late(timeline: Timeline, **values: object) -> bool:
    """A run that is long enough, not touched, and differs from the defaults in these values only."""
    wanted = SelfOrthogonalityParams.build(values).values()
    alike = all(own == wanted[name] for name, own in timeline.params.values().items() if name not in LENSES)
    return alike and timeline.frame.step >= LATE and not timeline.marks


def scalars(timeline: Timeline, **values: object) -> dict[str, float]:
    """The numbers of such a run; empty for another one."""
    return dict(timeline.frame.scalars) if late(timeline, **values) else {}


@claim("The mean angle is 90°.", "phenomenon 1; (3)")
def upright(timeline: Timeline) -> Verdict | None:
    s = scalars(timeline)
    return Verdict(90.0, s["angle_mean"], 1.5, "°") if s else None


@claim("But the angles are not exact: they deviate by 1.5° to 6°.", "phenomenon 1")
def not_exact(timeline: Timeline) -> Verdict | None:
    s = scalars(timeline)
    return Verdict.between(1.5, 6.0, s["angle_sd"], "°") if s else None


@claim("The mean angle is 90° in the sense of Σ.", "phenomenon 3; (5)")
def upright_to_inputs(timeline: Timeline) -> Verdict | None:
    s = scalars(timeline, anisotropy=100.0)
    return Verdict(90.0, s["sigma_angle_mean"], 1.5, "°") if s else None


@claim("In Euclid's sense the angles deviate at least 1.4 times as much.", "phenomenon 3; (5)")
def not_to_euclid(timeline: Timeline) -> Verdict | None:
    s = scalars(timeline, anisotropy=100.0)
    return Verdict.at_least(1.4, s["angle_sd"] / s["sigma_angle_sd"]) if s else None


def arms(timeline: Timeline, name: str, values: tuple[object, ...], **more: object) -> dict[object, dict[str, float]]:
    """The numbers of all arms of a sweep over these values; empty where one is missing or not late."""
    found = {getattr(line.params, name): line for line in timeline.arms.values()}
    if not set(values) <= found.keys():
        return {}
    told = {value: scalars(found[value], **more, **{name: value}) for value in values}
    return told if all(told.values()) else {}


SIZES = (16, 64, 256, 1024)


@claim("With 16 inputs a step they deviate by more than 8°.", "phenomenon 2")
def wide(timeline: Timeline) -> Verdict | None:
    found = arms(timeline, "batch", SIZES)
    return Verdict.at_least(8.0, found[16]["angle_sd"], 0.0, "°") if found else None


@claim("With 1,024 inputs by less than 3.5°.", "phenomenon 2")
def narrow(timeline: Timeline) -> Verdict | None:
    found = arms(timeline, "batch", SIZES)
    return Verdict.at_most(3.5, found[1024]["angle_sd"], 0.0, "°") if found else None


@claim("With λ₂ = 0 the mean angle is 90°, too.", "phenomenon 4")
def upright_on_average(timeline: Timeline) -> Verdict | None:
    s = scalars(timeline, lambda2=0.0)
    return Verdict(90.0, s["angle_mean"], 1.5, "°") if s else None


@claim("But the angles deviate by more than 8°.", "phenomenon 4")
def only_on_average(timeline: Timeline) -> Verdict | None:
    s = scalars(timeline, lambda2=0.0)
    return Verdict.at_least(8.0, s["angle_sd"], 0.0, "°") if s else None


PLANE = {"dims": 2, "filters": 3, "batch": 1024}


def in_plane(timeline: Timeline) -> np.ndarray | None:
    """The three angles, rising, of a run that began with λ₁ = 0 and was given λ₁ = 100 long ago; None for another one."""
    p, marks = timeline.params, timeline.marks
    wanted = SelfOrthogonalityParams.build({**PLANE, "lambda1": 100.0}).values()
    alike = all(own == wanted[name] for name, own in p.values().items() if name not in LENSES)
    if not alike or len(marks) != 1 or marks[0] < 200 or timeline.frame.step - marks[0] < 300:
        return None
    return np.sort(theory.pairs(theory.angles(timeline.frame.arrays["w"])))


@claim("With λ₁ = 0 the mean angle is 80°: twice 60° and once 120°.", "(6)")
def sixty(timeline: Timeline) -> Verdict | None:
    if in_plane(timeline) is None:
        return None
    steps, means = timeline.trace("angle_mean")
    before = means[(steps <= timeline.marks[0]) & (steps > timeline.marks[0] - 50)]
    return Verdict(80.0, float(before[-1]), 2.0, "°") if len(before) else None


@claim("With λ₁ = 100 two angles are as small as (6) says.", "(6)")
def smaller_two(timeline: Timeline) -> Verdict | None:
    found = in_plane(timeline)
    if found is None:
        return None
    law = 90 * (1 - theory.three_in_a_plane(100.0, 1.0))
    return Verdict(law, float(found[np.abs(found[:2] - law).argmax()]), 4.0, "°")


@claim("And the third is twice that.", "(6)")
def larger_one(timeline: Timeline) -> Verdict | None:
    found = in_plane(timeline)
    return None if found is None else Verdict(180 * (1 - theory.three_in_a_plane(100.0, 1.0)), float(found[2]), 4.0, "°")


def pair(timeline: Timeline) -> tuple[dict[str, float], dict[str, float]] | None:
    """The digits' runs with WᵀW and with ϑ beside it; None for other ones."""
    if timeline.other is None:
        return None
    two = scalars(timeline, bench="digits", penalty="off"), scalars(timeline.other, bench="digits")
    return two if all(two) else None


@claim("With WᵀW the weights are orthogonal: the angles deviate by less than 1°.", "phenomenon 5")
def weights_orthogonal(timeline: Timeline) -> Verdict | None:
    two = pair(timeline)
    return None if two is None else Verdict.at_most(1.0, two[0]["angle_sd"], 0.0, "°")


@claim("And yet the outputs are redundant: ϑ is above 0.35.", "phenomenon 5")
def outputs_redundant(timeline: Timeline) -> Verdict | None:
    two = pair(timeline)
    return None if two is None else Verdict.at_least(0.35, two[0]["test_theta_rms"])


@claim("With ϑ itself it is below 0.25, on digits that were not trained on.", "phenomenon 5")
def outputs_apart(timeline: Timeline) -> Verdict | None:
    two = pair(timeline)
    return None if two is None else Verdict.at_most(0.25, two[1]["test_theta_rms"])


@claim("Though the angles of the weights deviate by more than 8°.", "phenomenon 5")
def weights_not(timeline: Timeline) -> Verdict | None:
    two = pair(timeline)
    return None if two is None else Verdict.at_least(8.0, two[1]["angle_sd"], 0.0, "°")


def prepared(timeline: Timeline) -> dict[object, dict[str, float]]:
    return arms(timeline, "preprocessing", PIXELS, bench="digits", penalty="off")


@claim("Less their mean, the pixels leave less than 0.6 of the raw ones' ϑ.", "measured")
def centring(timeline: Timeline) -> Verdict | None:
    found = prepared(timeline)
    return Verdict.at_most(0.6, found["centred"]["test_theta_rms"] / found["raw"]["test_theta_rms"]) if found else None


@claim("Divided by their deviations, they leave at least 0.1.", "measured")
def dividing(timeline: Timeline) -> Verdict | None:
    found = prepared(timeline)
    return Verdict.at_least(0.1, found["standardised"]["test_theta_rms"]) if found else None


@claim("Whitened, ϑ is below 0.1, of which 0.05 is the noise of 397 digits.", "phenomenon 6")
def whitening(timeline: Timeline) -> Verdict | None:
    found = prepared(timeline)
    return Verdict.at_most(0.1, found["whitened"]["test_theta_rms"]) if found else None


def penalised(timeline: Timeline) -> dict[object, dict[str, float]]:
    return arms(timeline, "penalty", PENALTIES, bench="digits")


@claim("No penalty gains as much as one percent of accuracy.", "phenomenon 7")
def no_gain(timeline: Timeline) -> Verdict | None:
    found = penalised(timeline)
    if not found:
        return None
    best = max(found[name]["accuracy"] for name in PENALTIES[1:])
    return Verdict.at_most(0.01, best - found["none"]["accuracy"])


@claim("ϑ costs less than 1.5 percent.", "phenomenon 7")
def little_cost(timeline: Timeline) -> Verdict | None:
    found = penalised(timeline)
    return Verdict.at_most(0.015, found["none"]["accuracy"] - found["theta"]["accuracy"]) if found else None
