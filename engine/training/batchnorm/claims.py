"""What this lab's runs must bear out; a claim is silent where the settings are not those it speaks of."""

from __future__ import annotations

import math

import numpy as np

from engine.core.topic import Timeline, Verdict, claim
from engine.training import normalisation
from engine.training.batchnorm import theory
from engine.training.batchnorm.params import BatchNormParams

HALVES = ("bn", "none", "centre", "scale", "rms", "ln")  # whose ribbons are compared
EARLY = 150  # steps from which a net has shown what it can do


def usual(p: BatchNormParams) -> bool:
    """The net of all measured numbers: six layers, 128 pictures a step, He's weights, the plain pixels."""
    names = ("bench", "depth", "batch_size", "init_scale", "input_shift", "placement")
    return all(getattr(p, name) == getattr(BatchNormParams(), name) for name in names)


def late(timeline: Timeline, rate: float) -> bool:
    """A usual net that has been trained long enough at one learning rate."""
    p = timeline.params
    return usual(p) and p.learning_rate == rate and timeline.frame.step >= EARLY and not timeline.marks


def normed(timeline: Timeline) -> bool:
    """A frame of the net after a step, under batch normalisation right behind the linear map."""
    p = timeline.params
    known = p.bench == "net" and p.normaliser in ("bn", "noisy_bn") and p.placement == "before_relu"
    return known and np.isfinite(timeline.frame.arrays["pre"]).all() and timeline.frame.scalars["diverged_at"] < 0


@claim("At η = 1 the net with BN learns: its loss falls below 0.2.", "phenomenon 1")
def learns(timeline: Timeline) -> Verdict | None:
    if not late(timeline, 1.0) or timeline.params.normaliser != "bn":
        return None
    return Verdict.at_most(0.2, timeline.frame.scalars["train_loss"], 0.0, "nats")


@claim("The plain net beside it diverges, or stays above 1.5 nats.", "phenomenon 1")
def plain_does_not(timeline: Timeline) -> Verdict | None:
    other = timeline.other
    if other is None or not late(other, 1.0) or other.params.normaliser != "none":
        return None
    s = other.frame.scalars
    if s["diverged_at"] >= 0:
        return Verdict.at_most(other.frame.step, s["diverged_at"], 0.0, "steps")
    return Verdict.at_least(1.5, s["train_loss"], 0.0, "nats")


def ranges(timeline: Timeline, name: str = "mean_loss_range") -> dict[str, float]:
    """A scalar of every normaliser of a sweep at η = 0.05; empty where it is another run."""
    arms = {line.params.normaliser: line for line in timeline.arms.values()}
    if not set(HALVES) <= arms.keys() or not all(late(line, 0.05) for line in arms.values()):
        return {}
    return {who: line.frame.scalars[name] for who, line in arms.items()}


@claim("Without a normaliser the ribbon is at least ten times as wide as with BN.", "phenomenon 2")
def wide(timeline: Timeline) -> Verdict | None:
    found = ranges(timeline)
    return Verdict.at_least(10.0, found["none"] / found["bn"]) if found else None


@claim("Subtracting the mean alone makes it at most twice as wide as with BN.", "phenomenon 2; kexue.fm/archives/6992")
def centring(timeline: Timeline) -> Verdict | None:
    found = ranges(timeline)
    return Verdict.at_most(2.0, found["centre"] / found["bn"]) if found else None


@claim("Dividing by the deviation alone leaves it at least five times as wide as BN.", "phenomenon 2")
def scaling(timeline: Timeline) -> Verdict | None:
    found = ranges(timeline)
    return Verdict.at_least(5.0, found["scale"] / found["bn"]) if found else None


@claim("With the mean subtracted β̂ is about 2.", "phenomenon 2")
def smooth(timeline: Timeline) -> Verdict | None:
    found = ranges(timeline, "mean_smoothness")
    return Verdict(2.0, found["centre"], 0.8) if found else None


def twins(timeline: Timeline, one: str, two: str) -> tuple[dict[str, float], dict[str, float]] | None:
    """Scalars of two exact twins with these inputs, unshifted; None in any other run."""
    other = timeline.other
    if other is None:
        return None
    told = [(p.bench, p.twin_input, p.input_shift) for p in (timeline.params, other.params)]
    if told != [("twin", one, 0.0), ("twin", two, 0.0)]:
        return None
    return timeline.frame.scalars, other.frame.scalars


@claim("Centring makes λmax at least ten times smaller.", "phenomenon 3; (5)")
def flatter(timeline: Timeline) -> Verdict | None:
    pair = twins(timeline, "raw", "centred")
    return None if pair is None else Verdict.at_least(10.0, pair[0]["lambda_max"] / pair[1]["lambda_max"])


@claim("No eigenvalue is above Σ E[x²].", "(2)")
def below_trace(timeline: Timeline) -> Verdict | None:
    if timeline.params.bench != "twin":
        return None
    s = timeline.frame.scalars
    return Verdict.at_most(s["second_moment"], s["lambda_max"])


@claim("Above 2/λmax the loss grows by |1 − ηλmax|² a step.", "(6)")
def explodes(timeline: Timeline) -> Verdict | None:
    p, s = timeline.params, timeline.frame.scalars
    if p.bench != "twin" or p.twin_rate <= 1 or s["diverged_at"] >= 0:
        return None
    if timeline.frame.step - max(timeline.marks, default=0) < 400:
        return None
    steps, loss = timeline.trace("twin_loss")
    known = steps >= steps[-1] - 100
    if known.sum() < 2 or not loss[known][0] > 1e4 * s["twin_floor"]:
        return None
    growth = np.log(loss[known][-1] / loss[known][0]) / (steps[known][-1] - steps[known][0])
    return Verdict(2 * math.log(abs(1 - 2 * p.twin_rate)), float(growth), 1e-3)


@claim("Dividing by the deviations makes λmax larger again, at least five times.", "phenomenon 3")
def steeper(timeline: Timeline) -> Verdict | None:
    pair = twins(timeline, "standardised", "centred")
    return None if pair is None else Verdict.at_least(5.0, pair[0]["lambda_max"] / pair[1]["lambda_max"])


@claim("And yet makes the directions more alike: λmax/λmin falls at least a thousand times.", "phenomenon 3")
def alike(timeline: Timeline) -> Verdict | None:
    pair = twins(timeline, "standardised", "centred")
    return None if pair is None else Verdict.at_least(1e3, pair[1]["condition"] / pair[0]["condition"])


@claim("After 600 steps the twin that is standardised is within a millionth of a nat of the least loss.", "(6)")
def arrives(timeline: Timeline) -> Verdict | None:
    pair = twins(timeline, "standardised", "centred")
    if pair is None or timeline.frame.step < 600 or timeline.params.twin_rate != 0.98:
        return None
    return Verdict.at_most(1e-6, pair[0]["twin_loss"] - pair[0]["twin_floor"], 0.0, "nats")


@claim("The gradient that comes out of the backward pass is (3), unit by unit.", "(3)")
def formula(timeline: Timeline) -> Verdict | None:
    a = timeline.frame.arrays
    if not normed(timeline):
        return None
    law = normalisation.backward(a["pre"], a["grad_post"], a["gamma"])
    off = np.abs(law - a["grad_pre"]).max() / np.abs(a["grad_pre"]).max()
    return Verdict.at_most(1e-10, float(off))


@claim("Nothing of it is left along 1 and ŷ.", "(4)")
def nothing_along(timeline: Timeline) -> Verdict | None:
    if not normed(timeline):
        return None
    found = theory.parts(timeline.frame.arrays["pre"], timeline.frame.arrays["grad_pre"])[:2]
    return Verdict.at_most(1e-6, float(np.nanmax(found.sum(0))))


def removed(timeline: Timeline) -> float:
    """Share of the squared gradient after the normaliser that lies along 1 and ŷ, over all shown units."""
    a = timeline.frame.arrays
    lengths = np.square(a["grad_post"]).sum(0)
    return float((np.nan_to_num(theory.parts(a["pre"], a["grad_post"])[:2]).sum(0) * lengths).sum() / lengths.sum())


@claim("What is taken away is less than a tenth of the squared gradient.", "measured")
def little(timeline: Timeline) -> Verdict | None:
    if not normed(timeline) or not usual(timeline.params) or timeline.params.normaliser != "bn":
        return None
    return Verdict.at_most(0.1, removed(timeline))


@claim("‖W‖² is what Pythagoras says.", "(8)")
def pythagoras(timeline: Timeline) -> Verdict | None:
    s = timeline.frame.scalars
    return Verdict(1.0, s["predicted_norm2"] / s["weight_norm2"], 1e-3) if normed(timeline) else None


@claim("Each unit's gradient is at right angles to its weights.", "(7)")
def upright(timeline: Timeline) -> Verdict | None:
    if not normed(timeline):
        return None
    w, g = timeline.frame.arrays["w_first"], timeline.frame.arrays["grad_w_first"]
    with np.errstate(all="ignore"):
        cosine = np.abs((w * g).sum(0)) / np.sqrt(np.square(w).sum(0) * np.square(g).sum(0))
    return Verdict.at_most(1e-3, float(np.nanmax(cosine)))


@claim("At η = 3 it grows by at least a half.", "(8)")
def grows(timeline: Timeline) -> Verdict | None:
    p, s = timeline.params, timeline.frame.scalars
    if not normed(timeline) or not late(timeline, 3.0) or p.normaliser != "bn":
        return None
    return Verdict.at_least(1.5, s["weight_norm2"] / first_norm(timeline))


def first_norm(timeline: Timeline) -> float:
    """‖W‖² at the start, where it was seen."""
    return float(timeline.trace("weight_norm2")[1][0])
