"""The story in six chapters (their words are in assets/text), and what can be guessed before a run."""

from __future__ import annotations

import math

import numpy as np

from engine.core.topic import Chapter, Guess, Sweep, Timeline, when
from engine.training.batchnorm import claims

TWIN = {"bench": "twin"}


def beside(timeline: Timeline) -> dict[str, float]:
    """The numbers of the run beside this one: train_loss_other is its loss; when it ended, and how much loss a twin has left."""
    if timeline.other is None:
        return {}
    theirs = timeline.other.frame.scalars
    ended = theirs["diverged_at"] if theirs["diverged_at"] >= 0 else math.nan
    left = theirs.get("twin_loss", math.nan) - theirs.get("twin_floor", math.nan)
    return {"ended": ended, "left": left} | {f"{name}_other": value for name, value in theirs.items()}


def swept(timeline: Timeline) -> dict[str, float]:
    """The numbers of every arm: train_loss_bn is the loss with BN."""
    arms = timeline.arms.values()
    return {f"{name}_{arm.params.normaliser}": value for arm in arms for name, value in arm.frame.scalars.items()}


def alone(timeline: Timeline) -> dict[str, float]:
    """What the backward pass takes away, how much longer it makes the gradient, and ‖W‖² at the start."""
    if not claims.normed(timeline):
        return {}
    after, before = (float(np.square(timeline.frame.arrays[name]).sum()) for name in ("grad_post", "grad_pre"))
    return {"removed": claims.removed(timeline), "longer": math.sqrt(before / after), "first": claims.first_norm(timeline)}


# fmt: off
CHAPTERS = (
    Chapter("faster", values={"learning_rate": 1.0}, compare={"normaliser": "none"}, steps=200, views=("ribbon", "smoothness"),
        shows=(claims.learns, claims.plain_does_not), guess="plain", after=beside),
    Chapter("which_half", values={"learning_rate": 0.05}, steps=200, views=("ribbon", "smoothness"),
        sweep=Sweep("normaliser", claims.HALVES, "mean_loss_range"), shows=(claims.wide, claims.centring, claims.scaling, claims.smooth),
        guess="half", after=swept),
    Chapter("twin", values=TWIN, compare={"twin_input": "centred"}, steps=600, views=("spectrum", "twin_loss"),
        changes=((100, {"twin_rate": 1.02}),), shows=(claims.flatter, claims.below_trace, claims.explodes), after=beside),
    Chapter("equal_rights", values={**TWIN, "twin_input": "standardised"}, compare={"twin_input": "centred"}, steps=600,
        views=("directions", "spectrum"), shows=(claims.steeper, claims.alike, claims.arrives), guess="rights", after=beside),
    Chapter("backward", steps=60, views=("backward", "slice"), shows=(claims.formula, claims.nothing_along, claims.little),
        guess="taken", after=alone),
    Chapter("growth", values={"learning_rate": 3.0}, steps=200, views=("norms", "ribbon"), shows=(claims.upright, claims.pythagoras, claims.grows),
        guess="length", after=alone),
)
# fmt: on


def found_plain(timeline: Timeline) -> str | None:
    """What becomes of the plain net at η = 1."""
    if claims.plain_does_not(timeline) is None or timeline.other is None:
        return None
    s = timeline.other.frame.scalars
    return "diverges" if s["diverged_at"] >= 0 else "stays" if s["train_loss"] > 1.5 else "slower"


def found_half(timeline: Timeline) -> str | None:
    """Which half alone makes the ribbon as narrow as BN's."""
    found = claims.ranges(timeline)
    if not found:
        return None
    narrow = {name for name in ("centre", "scale") if found[name] <= 2 * found["bn"]}
    return "either" if len(narrow) == 2 else "mean" if "centre" in narrow else "deviation" if narrow else "together"


def found_rights(timeline: Timeline) -> str | None:
    """Which twin comes nearer to its least loss."""
    if claims.arrives(timeline) is None:
        return None
    s = timeline.frame.scalars
    return "standardised" if s["twin_loss"] - s["twin_floor"] < beside(timeline)["left"] else "centred"


def found_taken(timeline: Timeline) -> str | None:
    """How much of the squared gradient is taken away."""
    verdict = claims.little(timeline)
    return None if verdict is None else "little" if verdict.measured < 0.1 else "half" if verdict.measured < 0.7 else "most"


def found_length(timeline: Timeline) -> str | None:
    """What becomes of the squared length."""
    verdict = claims.grows(timeline)
    return None if verdict is None else "grows" if verdict.measured > 1.05 else "stays"


# fmt: off
GUESSES = (
    Guess("plain", "At η = 1, ten times the usual, where does the plain net's loss go?",
        options=(("slower", "Down, slowly"), ("stays", "Nowhere"), ("diverges", "To infinity")),
        answer=found_plain, numbers=beside, hides=("ribbon", "smoothness"),
        because="With BN the loss is {train_loss:.2g}; the plain net diverged at step {ended:.0f}.",
        when=when(bench="net", normaliser="bn", learning_rate=1.0)),
    Guess("half", "Which half of BN makes the ribbon narrow?",
        options=(("mean", "Subtracting the mean"), ("deviation", "Dividing by the deviation"), ("either", "Either of them"), ("together", "Only both together")),
        answer=found_half, numbers=swept, arms=True, hides=("ribbon", "smoothness"),
        because="Mean width {mean_loss_range_centre:.2f} with the mean subtracted, {mean_loss_range_scale:.1f} with the division, {mean_loss_range_bn:.2f} with both.",
        when=when(bench="net", learning_rate=0.05)),
    Guess("rights", "Dividing by the deviations makes the curvature ten times larger again, so steps must be smaller. Which twin comes nearer to its least loss?",
        options=(("centred", "The centred one"), ("standardised", "The standardised one")), answer=found_rights, numbers=beside,
        because="λmax/λmin is {condition:.0f} in place of {condition_other:,.0f}: one rate suits all directions.", hides=("directions", "spectrum"),
        when=when(bench="twin", twin_input="standardised", input_shift=0.0)),
    Guess("taken", "BN's backward pass takes away what lies along 1 and ŷ. How much of the squared gradient is that?",
        options=(("most", "Most of it"), ("half", "About half"), ("little", "Less than a tenth")), answer=found_taken, numbers=alone,
        because="{removed:.1%} of it: the steps get their room elsewhere, from the curvature.", hides=("backward",),
        when=when(bench="net", normaliser="bn", learning_rate=0.1, batch_size=128)),
    Guess("length", "Nothing in the loss pulls at the length of weights in front of BN. What does SGD do to ‖W‖²?",
        options=(("shrinks", "It shrinks"), ("stays", "It stays"), ("grows", "It grows")), answer=found_length, numbers=alone,
        because="From {first:.0f} to {weight_norm2:.0f}: a step at right angles always makes a vector longer.", hides=("norms",),
        when=when(bench="net", normaliser="bn", learning_rate=3.0)),
)
# fmt: on
