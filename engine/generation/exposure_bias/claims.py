"""Closed forms and statements held against the run. A tolerance is three standard errors, unless it says otherwise.

A trial's sequences are independent, the positions of one are not: on its own, one slip lasts many steps. So an accuracy of
the last positions counts as one number a sequence, which can only overstate its error.
"""

from __future__ import annotations

import math

import numpy as np

from engine.core.chapter import Verdict, claim
from engine.core.frame import Timeline
from engine.generation.exposure_bias import theory, two_steps
from engine.generation.exposure_bias.params import INJECTED, TRIALS, ExposureBiasParams

LATE = 350  # steps from which a net of the default length is trained
NEAR = 0.1  # around the critical rate, where a = b, a net is mixed: nothing is claimed there
UNTAUGHT = 0.005  # what a trained net's answers still miss of the best decoder's, beyond the test's own error


def _settled(timeline: Timeline) -> bool:
    """A compass whose nets were trained by one scheme, at an ordinary pace, to the end of their schedule."""
    p, last = timeline.params, timeline.frame.scalars["trial"]
    late = last >= max(LATE, 0.85 * p.horizon) and not timeline.marks and p.task == "compass" and p.training_set == "unlimited"
    return late and 2e-3 <= p.learning_rate <= 2e-2 and p.batch >= 32 and p.hidden >= 32 and p.labels <= 16


def _rate(p: ExposureBiasParams) -> float | None:
    """The replacement rate that the live net was trained at, where it is one."""
    return {"teacher": 0.0, "replace": p.rate}.get(p.remedy)


def _error(share: float, count: float) -> float:
    """Three standard errors of a share of so many."""
    return 3 * math.sqrt(max(share * (1 - share), 0.0) / count)


def _clear(p: ExposureBiasParams, rate: float) -> bool:
    """Whether it is plain that a greedy decoder of this rate believes its past, or its source."""
    return abs(rate - theory.critical_rate(p.jump, p.noise)) >= NEAR


def _end(p: ExposureBiasParams, rate: float) -> float:
    """Greedy accuracy at the last eight positions by equation (6)."""
    epsilon, rho = theory.rates(p.jump, p.noise, p.labels, rate, True)
    first = theory.first_accuracy(p.noise, p.labels, True)
    return float(theory.curve(float(epsilon), float(rho), p.positions, first)[-8:].mean())


@claim("Taught, the decoder is right with probability 1 − ε.", "(5)")
def taught(timeline: Timeline) -> Verdict | None:
    p = timeline.params
    rate = 0.0 if p.remedy == "teacher" else _rate(p) if p.decoder == "Markov" else None
    if not _settled(timeline) or rate is None or not _clear(p, rate):
        return None
    right = 1 - float(theory.rates(p.jump, p.noise, p.labels, rate, True)[0])
    found = float(timeline.frame.arrays["forced"][0][1:].mean())
    return Verdict(right, found, _error(right, TRIALS * (p.positions - 1)) + UNTAUGHT)


@claim("On its own, a decoder that was taught on true pasts ends where the two-state chain (6) ends.", "(6)")
def lost(timeline: Timeline) -> Verdict | None:
    p = timeline.params
    if not _settled(timeline) or p.remedy != "teacher" or not _clear(p, 0.0):
        return None
    expected = _end(p, 0.0)
    return Verdict(expected, timeline.frame.scalars["free_live"], _error(max(expected, 1 / p.labels), TRIALS))


@claim("No decoder's taught loss is below the exact entropy of the next token.", "(1), proper scoring")
def entropy_floor(timeline: Timeline) -> Verdict | None:
    p = timeline.params
    if p.task != "compass" or timeline.frame.step == 0:
        return None
    noise = 3 * theory.floor_error(p.jump, p.noise, p.labels, p.positions, TRIALS)
    return Verdict.at_least(timeline.frame.scalars["floor"], timeline.frame.scalars["nll_live"], noise, "nats")


@claim("The exact model given the whole source has no gap: its own sequences are as likely as real ones.", "(10)")
def no_gap(timeline: Timeline) -> Verdict | None:
    s = timeline.frame.scalars
    if timeline.params.task != "compass" or not np.isfinite(s["exact_real"]):
        return None
    return Verdict(s["exact_real"], s["exact_own"], 3 * s["exact_error"], "nats")


@claim("A greedy free run makes no more errors than the sum of its taught errors allows.", "Ross & Bagnell 2010")
def bound(timeline: Timeline) -> Verdict | None:
    if timeline.params.task == "text":
        return None
    a = timeline.frame.arrays
    wrong = float(np.sum(1 - np.nan_to_num(a["greedy"][0], nan=1.0)))
    limit = float(theory.error_bound(1 - np.nan_to_num(a["forced"][0], nan=1.0))[-1])
    return Verdict.at_most(limit, wrong, 1e-3, "tokens")  # holds sequence by sequence: the tolerance is rounding


@claim("A net switched to replacement while it runs ends no worse than the source alone.", "(7)")
def rescued(timeline: Timeline) -> Verdict | None:
    p, since = timeline.params, timeline.frame.scalars["trial"] - max(timeline.marks, default=math.inf)
    if p.task != "compass" or p.remedy != "replace" or since < 150 or p.rate < theory.critical_rate(p.jump, p.noise) + NEAR:
        return None
    alone = theory.first_accuracy(p.noise, p.labels, True)
    return Verdict.at_least(alone, timeline.frame.scalars["free_live"], _error(alone, TRIALS))


@claim("With memory, replacement does at least as well alone as (6) promises without.", "(6)")
def memory_helps(timeline: Timeline) -> Verdict | None:
    p = timeline.params
    if not _settled(timeline) or p.remedy != "replace" or p.decoder != "GRU" or not _clear(p, p.rate):
        return None
    expected = _end(p, p.rate)
    return Verdict.at_least(expected, timeline.frame.scalars["free_live"], _error(expected, TRIALS))


@claim("Whoever is only shown noise listens to the source alone, and becomes the exact filter.", "forward algorithm")
def filter_reached(timeline: Timeline) -> Verdict | None:
    line = timeline.arms.get(1.0, timeline)
    p = line.params
    if not _settled(line) or p.remedy != "replace" or p.rate < 1 or p.decoder != "GRU":
        return None
    best = float(line.frame.arrays["filter"][-8:].mean())
    return Verdict(best, line.frame.scalars["free_live"], _error(best, TRIALS))


def _by_dose(timeline: Timeline, scalar: str) -> np.ndarray | None:
    """A number's steps from one replacement rate to the next larger one; None where this is no such sweep."""
    lines = [timeline.arms[rate] for rate in sorted(timeline.arms)]
    if len(lines) < 2 or not all(_settled(line) and line.params.remedy == "replace" for line in lines):
        return None
    return np.diff([line.frame.scalars[scalar] for line in lines])


@claim("Nothing is free: with every larger dose the taught loss rises.", "measured; Su 2020")
def price(timeline: Timeline) -> Verdict | None:
    steps = _by_dose(timeline, "nll_live")
    return None if steps is None else Verdict.at_least(0.0, float(steps.min()), 0.0, "nats")


@claim("And what it draws becomes less fluent: legal steps fall with every larger dose.", "measured")
def less_fluent(timeline: Timeline) -> Verdict | None:
    steps = _by_dose(timeline, "legal_live")
    return None if steps is None else Verdict.at_most(0.0, float(steps.max()))


@claim("The memoryless decoder goes over from its past to its source at the critical rate.", "(7)")
def tipping(timeline: Timeline) -> Verdict | None:
    lines = {rate: line for rate, line in timeline.arms.items() if _settled(line) and line.params.decoder == "Markov"}
    if len(lines) < 2 or any(line.params.remedy != "replace" or not _clear(line.params, rate) for rate, line in lines.items()):
        return None
    p = timeline.params
    half = (theory.first_accuracy(p.noise, p.labels, True) + 1 / p.labels) / 2
    believes = {rate: line.frame.scalars["free_live"] > half for rate, line in lines.items()}
    below, over = [r for r, source in believes.items() if not source], [r for r, source in believes.items() if source]
    if not below or not over or max(below) > min(over):
        return None
    middle, reach = (max(below) + min(over)) / 2, (min(over) - max(below)) / 2
    return Verdict(theory.critical_rate(p.jump, p.noise), middle, reach)


def _chain(p: ExposureBiasParams, rate: float, sampled: np.ndarray) -> Verdict:
    """Drawn accuracy from the ninth position on against (6), with the standard error of a mean over a two-state chain."""
    epsilon, rho = (float(value) for value in theory.rates(p.jump, p.noise, p.labels, rate))
    expected = float(theory.curve(epsilon, rho, p.positions, theory.first_accuracy(p.noise, p.labels))[8:].mean())
    stay = 1 - epsilon - rho
    correlated = (1 + stay) / max(1 - stay, 1 / p.positions)
    return Verdict(expected, float(sampled[8:].mean()), _error(expected, TRIALS * (p.positions - 8) / correlated))


@claim("On its own the memoryless decoder follows the two-state chain (6).", "(6)")
def alone(timeline: Timeline) -> Verdict | None:
    p = timeline.params
    rate = _rate(p)
    if not _settled(timeline) or rate is None or p.decoder != "Markov":
        return None
    return _chain(p, rate, timeline.frame.arrays["sampled"][0])


@claim("Fed its own samples, it is trained as by replacement at the rate r* that agrees with itself.", "(8)")
def own_rate(timeline: Timeline) -> Verdict | None:
    p = timeline.params
    if not _settled(timeline) or p.decoder != "Markov" or "scheduled" not in p.schemes or p.truth > 0 or p.noise > 0.8:
        return None
    return _chain(p, theory.own_rate(p.jump, p.noise, p.labels), timeline.frame.arrays["sampled"][p.arms.index("scheduled")])


@claim("With a good source, feeding own samples repairs: no worse alone than the source is.", "Bengio et al. 2015")
def own_samples_repair(timeline: Timeline) -> Verdict | None:
    p = timeline.params
    if not _settled(timeline) or "scheduled" not in p.schemes or p.truth > 0 or not p.jump + NEAR <= p.noise <= 0.6:
        return None
    source = theory.first_accuracy(p.noise, p.labels, True)
    return Verdict.at_least(source, timeline.frame.scalars["free_scheduled"], _error(source, TRIALS))


def _sourceless(timeline: Timeline) -> Timeline | None:
    """The run, or its twin, in which own samples were fed from the first step on and there was no source."""
    for line in (timeline, timeline.other):
        if line is not None and _settled(line) and line.params.noise == 1 and "scheduled" in line.params.schemes:
            p = line.params
            return line if p.schedule == "constant" and p.truth == 0 and p.remedy == "teacher" else None
    return None


@claim("Without a source the sampled past says nothing, and the net unlearns it: its loss is ln m.", "(9), Huszár 2015")
def unlearned(timeline: Timeline) -> Verdict | None:
    line = _sourceless(timeline)
    if line is None:
        return None
    most = math.log(line.params.labels)
    return Verdict(most, line.frame.scalars["nll_scheduled"], 0.005 * most, "nats")  # what training leaves, half a per cent


@claim("What it then writes is noise: a step is legal as often as by chance.", "(9), Huszár 2015")
def noise_written(timeline: Timeline) -> Verdict | None:
    line = _sourceless(timeline)
    if line is None:
        return None
    chance = 1 / line.params.labels
    return Verdict(chance, line.frame.scalars["legal_scheduled"], _error(chance, TRIALS * (line.params.positions - 1)))


@claim("The teacher-forced net beside it writes walks as legal as the true ones.", "1 − η + η/m")
def fluent(timeline: Timeline) -> Verdict | None:
    line = _sourceless(timeline)
    if line is None:
        return None
    p = line.params
    legal = 1 - p.jump + p.jump / p.labels
    return Verdict(legal, line.frame.scalars["legal_live"], _error(legal, TRIALS * (p.positions - 1)))


def _after_error(timeline: Timeline, arm: str) -> float | None:
    """Accuracy after the wrong tokens of a net that counts without an error; None where it cannot be judged."""
    p = timeline.params
    if p.task != "counter" or arm not in p.arms or timeline.frame.scalars["trial"] < LATE or timeline.marks or p.inject < 1:
        return None
    if timeline.frame.scalars[f"free_{arm.replace('-', '_')}"] < 0.99:
        return None
    return float(timeline.frame.arrays["repaired"][p.arms.index(arm)][p.error_at - 1 + p.inject :].mean())


@claim("The counter learns its rule: alone, at twice the length, it makes no error.", "measured; a deterministic task")
def perfect(timeline: Timeline) -> Verdict | None:
    p = timeline.params
    if p.task != "counter" or p.remedy != "teacher" or timeline.frame.scalars["trial"] < LATE or p.training_set != "unlimited":
        return None
    return Verdict.at_least(0.999, timeline.frame.scalars["free_live"])


@claim("After a single wrong token the teacher-forced counter is no better than chance.", "1/m")
def forever(timeline: Timeline) -> Verdict | None:
    p = timeline.params
    found = _after_error(timeline, "live") if p.remedy == "teacher" else None
    return None if found is None else Verdict.at_most(1 / p.labels, found, _error(1 / p.labels, INJECTED))


@claim("Own samples of a perfect pupil hold no error, and immunise against none.", "measured; Schmidt 2019")
def not_immunised(timeline: Timeline) -> Verdict | None:
    found = _after_error(timeline, "two-pass")
    return None if found is None else Verdict.at_most(0.5, found)  # far from immune: less than half right


@claim("Replacement immunises against one wrong token: nine in ten are right afterwards.", "measured; Su 2020")
def immune(timeline: Timeline) -> Verdict | None:
    p = timeline.params
    found = _after_error(timeline, "replace") if p.inject == 1 and p.rate >= 0.15 else None
    return None if found is None else Verdict.at_least(0.9, found)


def _by_data(timeline: Timeline) -> list[Timeline]:
    """Teacher-forced arms with ever more training sequences; empty where this is no such sweep."""
    sizes = [size for size in ("32", "64", "128", "256", "1024", "unlimited") if size in timeline.arms]
    lines = [timeline.arms[size] for size in sizes]
    return lines if len(lines) > 1 and all(line.params.remedy == "teacher" and not line.marks for line in lines) else []


@claim("The more it is taught, the worse it does alone: accuracy falls with the training set.", "measured")
def more_data_sinks(timeline: Timeline) -> Verdict | None:
    free = [line.frame.scalars["free_live"] for line in _by_data(timeline)]
    return Verdict.at_most(0.0, max(np.diff(free))) if free else None


@claim("And its taught loss falls at the same time.", "measured")
def more_data_teaches(timeline: Timeline) -> Verdict | None:
    loss = [line.frame.scalars["nll_live"] for line in _by_data(timeline)]
    return Verdict.at_most(0.0, max(np.diff(loss)), 0.0, "nats") if loss else None


@claim("Full search returns the target exactly when v > 1/2 and u v > (1 − u) max(w, 1 − w).", "(A3), kexue.fm/archives/7259")
def worked_example(timeline: Timeline) -> Verdict | None:
    """1 where full search returns the target, by enumeration of the four paths. None at a tie."""
    p, joint = timeline.params, timeline.frame.arrays["joint"]
    lead = float(joint[0] - joint[1:].max())
    if abs(lead) < 1e-6:
        return None
    return Verdict(float(two_steps.TwoStep(p.u, p.v, p.w).search_right()), float(lead > 0), 0.0)


@claim("No beam over the local model is right as often as the model that sees the whole source.", "Andor et al. 2016")
def label_bias(timeline: Timeline) -> Verdict | None:
    if timeline.params.task != "compass" or not 0.2 <= timeline.params.noise <= 0.6 or timeline.params.jump > 0.2:
        return None
    beams, others = timeline.frame.arrays["search_beam"][0], timeline.frame.arrays["search_other"][0]
    return Verdict.at_most(float(others[1]), float(beams.max()))
