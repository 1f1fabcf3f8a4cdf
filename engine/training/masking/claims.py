"""What the masking lab's runs must bear out; a claim is silent where the settings are not those it speaks of."""

from __future__ import annotations

import numpy as np

from engine.core.topic import Timeline, Verdict, claim
from engine.training.masking import theory
from engine.training.masking.params import DEPTH, LONGEST, SPAN, MaskingParams

ALL, INSIDE, HEAD = 8970, 8320, 650  # numbers in the digits' classifier, in its composite layer, in its read-out


def served(timeline: Timeline, layer: str, least: int = LONGEST + 1, after: int = 0) -> bool:
    """Whether this layer is looked at with so much padding, trained as usual for so many steps."""
    p: MaskingParams = timeline.params
    usual = (p.bench, p.layer, p.train_padding) == ("padding", layer, "batch")
    return usual and p.test_padding >= least and timeline.frame.step >= after


def length(timeline: Timeline) -> int:
    """Real tokens of the shown sentence."""
    return int((timeline.frame.arrays["ids"] > 0).sum())


@claim("With a mask no probability of any test sentence moves.", "(1), (3), (4), (7)")
def flat(timeline: Timeline) -> Verdict | None:
    padding = timeline.params.bench == "padding" and timeline.params.test_padding > LONGEST
    return Verdict.at_most(1e-6, timeline.frame.scalars["max_dp_masked"]) if padding else None


@claim("With a mask no gradient reaches the vector of padding.", "kexue.fm/archives/6810")
def no_gradient(timeline: Timeline) -> Verdict | None:
    trained = timeline.params.bench == "padding" and timeline.frame.step > 0
    return Verdict(0.0, timeline.frame.scalars["pad_gradient_masked"], 0.0) if trained else None


@claim("Without a mask the answer is that of the diluted mean.", "(2)")
def dilution(timeline: Timeline) -> Verdict | None:
    if not served(timeline, "mean"):
        return None
    p, a = timeline.params, timeline.frame.arrays
    mean = theory.pool("mean", a, "u", a["test_ids"][p.sentence][None], p.test_padding, masked=True)[0]
    pooled = theory.diluted(mean, length(timeline), theory.table(a, "u")[0], p.test_padding)
    return Verdict(0.0, float(np.abs(theory.answer(a, "u", pooled) - a["p_unmasked"]).max()), 1e-5)


@claim("Without a mask accuracy falls by more than a tenth from 12 to 96.", "(2)")
def falls(timeline: Timeline) -> Verdict | None:
    along = timeline.frame.arrays["accuracy_along"][1] if served(timeline, "mean", LONGEST, 500) else None
    return None if along is None else Verdict.at_least(0.1, float(along[0] - along[3]))


@claim("The naive mean of five numbers and some zeros is 13 over their count.", "(1)")
def thinned(timeline: Timeline) -> Verdict | None:
    if timeline.params.bench != "padding":
        return None
    return Verdict(13 / (5 + timeline.params.desk_zeros), timeline.frame.scalars["desk_naive_mean"], 1e-12)


@claim("The masked mean does not know how many zeros there are.", "(1)")
def steady(timeline: Timeline) -> Verdict | None:
    return Verdict(2.6, timeline.frame.scalars["desk_masked_mean"], 1e-12) if timeline.params.bench == "padding" else None


@claim("The maximum changes as much with padding to 24 as with padding to 192.", "(3)")
def one_jump(timeline: Timeline) -> Verdict | None:
    if not served(timeline, "max", LONGEST, 50):
        return None
    change = timeline.frame.arrays["dp_along"][1]
    return Verdict(float(change[1]), float(change[-1]), 1e-7)


@claim("That jump is small.", "(3)")
def small_jump(timeline: Timeline) -> Verdict | None:
    return Verdict.at_most(0.2, float(timeline.frame.arrays["dp_along"][1, -1])) if served(timeline, "max", 12, 500) else None


@claim("Accuracy stays above 0.9.", "kexue.fm/archives/6810")
def looks_well(timeline: Timeline) -> Verdict | None:
    found = timeline.frame.scalars["accuracy_unmasked"] if served(timeline, "attention", 96, 500) else None
    return None if found is None else Verdict.at_least(0.9, found)


@claim("And a probability moves by more than 0.1.", "(5)")
def moves(timeline: Timeline) -> Verdict | None:
    return Verdict.at_least(0.1, timeline.frame.scalars["max_dp_unmasked"]) if served(timeline, "attention", 96, 500) else None


def share_law(timeline: Timeline) -> float:
    """(5): the attention that padding takes in the shown sentence, from the network's own scores."""
    a = timeline.frame.arrays
    scores = theory.table(a, "u") @ a["u_query"].astype(float)
    return theory.pad_share(scores[a["ids"][a["ids"] > 0]], float(scores[0]), len(a["ids"]))


@claim("Padding takes the attention that (5) says.", "(5)")
def share(timeline: Timeline) -> Verdict | None:
    if not served(timeline, "attention"):
        return None
    return Verdict(share_law(timeline), timeline.frame.scalars["pad_mass"], 1e-6)


@claim("A backward pass that begins in padding changes every real position.", "(7)")
def everywhere(timeline: Timeline) -> Verdict | None:
    if not served(timeline, "bigru") or timeline.params.pad_side != "right":
        return None
    return Verdict(float(length(timeline)), timeline.frame.scalars["contaminated"], 0.0)


@claim("A probability moves by more than a third.", "(7)")
def tossed(timeline: Timeline) -> Verdict | None:
    return Verdict.at_least(1 / 3, timeline.frame.scalars["max_dp_unmasked"]) if served(timeline, "bigru", 24, 250) else None


@claim("Three convolutions carry padding into the last two positions, into three if its vector is not zero.", "(6)")
def spreads(timeline: Timeline) -> Verdict | None:
    if not served(timeline, "conv") or length(timeline) < DEPTH:
        return None
    reach = theory.contaminated(DEPTH, SPAN, timeline.params.pad_row == "zero")
    return Verdict(float(reach), timeline.frame.scalars["contaminated"], 0.0)


@claim("Where all is padding, 10¹⁰ in 32 bits leaves the uniform distribution.", "(4)")
def nobody(timeline: Timeline) -> Verdict | None:
    p = timeline.params
    if (p.bench, p.constant, p.precision) != ("padding", "1e10", "float32"):
        return None
    found = timeline.frame.arrays["desk_empty"]
    return Verdict(0.0, float(np.abs(found - 1 / len(found)).max()), 1e-7)


@claim("The optimiser is given what is registered.", "kexue.fm/archives/6810")
def given(timeline: Timeline) -> Verdict | None:
    if timeline.params.bench != "composite":
        return None
    return Verdict(float(ALL if timeline.params.registered else HEAD), timeline.frame.scalars["parameters"], 0.0)


@claim("Registered, the classifier learns the digits.", "(8)")
def learns(timeline: Timeline) -> Verdict | None:
    run = composite(timeline, True)
    return None if run is None else Verdict.at_least(0.95, run.frame.scalars["composite_accuracy"])


@claim("In a plain list, only its read-out learns.", "(8)")
def stays_behind(timeline: Timeline) -> Verdict | None:
    run = composite(timeline, False)
    return None if run is None else Verdict.at_most(0.9, run.frame.scalars["composite_accuracy"])


def composite(timeline: Timeline, registered: bool) -> Timeline | None:
    """The arm whose inner layers are registered, or not, at its end."""
    for run in (timeline, timeline.other):
        if run is not None and (run.params.bench, run.params.registered) == ("composite", registered) and run.frame.step >= 400:
            return run
    return None
