"""The story in eight chapters (their words are in assets/text), and what can be guessed before a run."""

from __future__ import annotations

import math

import numpy as np

from engine.core.topic import Chapter, Guess, Sweep, Timeline, when
from engine.training.batchnorm import claims

TWIN = {"bench": "twin"}


def of_plain(timeline: Timeline) -> dict[str, float]:
    """The step at which the plain net beside it diverged."""
    other = timeline.other
    return {"ended": math.nan if other is None else other.frame.scalars["diverged_at"]}


def by_normaliser(timeline: Timeline) -> dict[str, float]:
    """Mean ranges of the loss, and mean smoothness, of every arm."""
    found = {f"range_{who}": value for who, value in claims.ranges(timeline).items()}
    return found | {f"rough_{who}": value for who, value in claims.ranges(timeline, "mean_smoothness").items()}


def of_twins(timeline: Timeline) -> dict[str, float]:
    """Of the twin beside it."""
    other = timeline.other
    if other is None or timeline.params.bench != "twin":
        return {}
    names = ("lambda_max", "second_moment", "condition", "twin_loss", "twin_floor")
    found = {f"other_{name}": other.frame.scalars[name] for name in names}
    mine = timeline.frame.scalars
    return found | {
        "ratio": mine["lambda_max"] / other.frame.scalars["lambda_max"],
        "sums": mine["second_moment"] / other.frame.scalars["second_moment"],
        "left": other.frame.scalars["twin_loss"] - other.frame.scalars["twin_floor"],
    }


def of_backward(timeline: Timeline) -> dict[str, float]:
    """How much the backward pass takes away, and how much longer the gradient gets."""
    a = timeline.frame.arrays
    if not claims.normed(timeline):
        return {}
    longer = float(np.sqrt(np.square(a["grad_pre"]).sum() / np.square(a["grad_post"]).sum()))
    return {"removed": claims.removed(timeline), "longer": longer}


def of_weights(timeline: Timeline) -> dict[str, float]:
    """Squared length of the first layer at the start."""
    return {"first": claims.first_norm(timeline)} if timeline.params.bench == "net" else {}


def of_noise(timeline: Timeline) -> dict[str, float]:
    """Losses and moves of the three arms."""
    found: dict[str, float] = {}
    for who, line in claims.shaken(timeline).items():
        found |= {f"loss_{who}": line.frame.scalars["train_loss"], f"shift_{who}": line.frame.scalars["mean_moment_shift"]}
    return found


def of_small(timeline: Timeline) -> dict[str, float]:
    """Test accuracy of the net that only subtracts the mean."""
    other = timeline.other
    return (
        {"centred": math.nan if other is None else other.frame.scalars["test_accuracy"]}
        if timeline.params.bench == "net"
        else {}
    )


# fmt: off
CHAPTERS = (
    Chapter("faster", values={"learning_rate": 1.0}, compare={"normaliser": "none"}, steps=200, views=("ribbon", "learning"),
        shows=(claims.learns, claims.plain_does_not), guess="tenfold", after=of_plain),
    Chapter("which_half", values={"learning_rate": 0.05}, steps=200, views=("ribbon", "smoothness"),
        sweep=Sweep("normaliser", claims.HALVES, "mean_loss_range"), shows=(claims.wide, claims.centring, claims.scaling, claims.rough, claims.smooth),
        guess="half", after=by_normaliser),
    Chapter("twin", values=TWIN, compare={"twin_input": "centred"}, steps=600, views=("spectrum", "twin_loss"),
        changes=((100, {"twin_rate": 1.02}),), shows=(claims.flatter, claims.below_trace, claims.explodes), guess="curvature", after=of_twins),
    Chapter("equal_rights", values={**TWIN, "twin_input": "standardised"}, compare={"twin_input": "centred"}, steps=600,
        views=("directions", "spectrum"), shows=(claims.steeper, claims.alike, claims.arrives), guess="rights", after=of_twins),
    Chapter("backward", steps=60, views=("backward", "slice"), shows=(claims.formula, claims.nothing_along, claims.little), guess="taken",
        after=of_backward),
    Chapter("growth", values={"learning_rate": 3.0}, steps=200, views=("norms", "ribbon"), shows=(claims.upright, claims.pythagoras, claims.grows),
        guess="length", after=of_weights),
    Chapter("not_shift", values={"learning_rate": 0.3, "normaliser": "noisy_bn"}, steps=200, views=("moments", "learning"),
        sweep=Sweep("normaliser", ("noisy_bn", "bn", "none"), "train_loss"), shows=(claims.moves, claims.still_trains), guess="shaken",
        after=of_noise),
    Chapter("small_batch", values={"batch_size": 4}, compare={"normaliser": "centre"}, steps=200, views=("learning", "ribbon"),
        shows=(claims.mean_holds,), guess="few", after=of_small),
)
# fmt: on


def found_tenfold(timeline: Timeline) -> str | None:
    """What becomes of the two nets at η = 1."""
    if claims.learns(timeline) is None or claims.plain_does_not(timeline) is None or timeline.other is None:
        return None
    lives = [not claims.learns_not(line) for line in (timeline, timeline.other)]
    return "both" if all(lives) else "bn" if lives[0] else "neither"


def found_half(timeline: Timeline) -> str | None:
    """Which half alone makes the ribbon as narrow as BN's."""
    found = claims.ranges(timeline)
    if not found:
        return None
    narrow = {name for name in ("centre", "scale") if found[name] <= 2 * found["bn"]}
    return "either" if len(narrow) == 2 else "mean" if "centre" in narrow else "deviation" if narrow else "together"


def found_curvature(timeline: Timeline) -> str | None:
    """What centring does to the largest eigenvalue."""
    verdict = claims.flatter(timeline)
    return None if verdict is None else "third" if verdict.measured < 5 else "more"


def found_rights(timeline: Timeline) -> str | None:
    """Which twin comes nearer to its least loss."""
    if claims.arrives(timeline) is None:
        return None
    numbers, s = of_twins(timeline), timeline.frame.scalars
    return "standardised" if s["twin_loss"] - s["twin_floor"] < numbers["left"] else "centred"


def found_taken(timeline: Timeline) -> str | None:
    """How much of the squared gradient is taken away."""
    verdict = claims.little(timeline)
    return None if verdict is None else "little" if verdict.measured < 0.1 else "half" if verdict.measured < 0.7 else "most"


def found_length(timeline: Timeline) -> str | None:
    """What becomes of the squared length."""
    verdict = claims.grows(timeline)
    return (
        None if verdict is None else "grows" if verdict.measured > 1.05 else "shrinks" if verdict.measured < 0.95 else "stays"
    )


def found_shaken(timeline: Timeline) -> str | None:
    """Where the loss of BN with noise ends."""
    arms = claims.shaken(timeline)
    if not arms:
        return None
    noisy, plain = (arms[name].frame.scalars["train_loss"] for name in ("noisy_bn", "none"))
    return "worse" if noisy > 1.1 * plain else "better" if noisy < 0.5 * plain else "same"


def found_few(timeline: Timeline) -> str | None:
    """Which net copes with batches of four."""
    verdict = claims.mean_holds(timeline)
    return None if verdict is None else "mean" if verdict.measured > 0.05 else "bn" if verdict.measured < -0.05 else "same"


# fmt: off
GUESSES = (
    Guess("tenfold", "η = 1, ten times the usual rate, for a net with BN and for a plain one. Which of them learns?",
        options=(("both", "Both"), ("bn", "Only the one with BN"), ("neither", "Neither")), answer=found_tenfold, numbers=of_plain,
        because="With BN the loss is {train_loss:.2g}; the plain net diverged at step {ended:.0f}.", hides=("ribbon", "learning"),
        when=when(bench="net", normaliser="bn", learning_rate=1.0)),
    Guess("half", "Which half of BN makes the ribbon narrow?",
        options=(("mean", "Subtracting the mean"), ("deviation", "Dividing by the deviation"), ("either", "Either of them"), ("together", "Only both together")),
        answer=found_half, numbers=by_normaliser, arms=True, hides=("ribbon", "smoothness"),
        because="Mean width {range_centre:.2f} with the mean subtracted, {range_scale:.1f} with the division, {range_bn:.2f} with both.",
        when=when(bench="net", learning_rate=0.05)),
    Guess("curvature", "Centring makes Σ E[x²] three times smaller. And the largest eigenvalue, the curvature?",
        options=(("third", "About three times, too"), ("more", "Far more than three times")), answer=found_curvature, numbers=of_twins,
        because="{ratio:.1f} times: nearly all of the steepest direction was the mean picture.", hides=("spectrum", "twin_loss"),
        when=when(bench="twin", twin_input="raw", input_shift=0.0)),
    Guess("rights", "Dividing by the deviations makes the curvature ten times larger again, so steps must be smaller. Which twin comes nearer to its least loss?",
        options=(("centred", "The centred one"), ("standardised", "The standardised one")), answer=found_rights, numbers=of_twins,
        because="λmax/λmin is {condition:.0f} in place of {other_condition:,.0f}: one rate suits all directions.", hides=("directions", "spectrum"),
        when=when(bench="twin", twin_input="standardised", input_shift=0.0)),
    Guess("taken", "BN's backward pass takes away what lies along 1 and ŷ. How much of the squared gradient is that?",
        options=(("most", "Most of it"), ("half", "About half"), ("little", "A few percent")), answer=found_taken, numbers=of_backward,
        because="{removed:.1%} of it: the steps get their room elsewhere, from the curvature.", hides=("backward",),
        when=when(bench="net", normaliser="bn", learning_rate=0.1, batch_size=128)),
    Guess("length", "Nothing in the loss pulls at the length of weights in front of BN. What does SGD do to ‖W‖²?",
        options=(("shrinks", "It shrinks"), ("stays", "It stays"), ("grows", "It grows")), answer=found_length, numbers=of_weights,
        because="From {first:.0f} to {weight_norm2:.0f}: a step at right angles always makes a vector longer.", hides=("norms",),
        when=when(bench="net", normaliser="bn", learning_rate=3.0)),
    Guess("shaken", "Noise after BN throws means and deviations about anew in every step. How does this net end, beside the plain one?",
        options=(("worse", "With a higher loss"), ("same", "About alike"), ("better", "With a far lower loss")), answer=found_shaken, numbers=of_noise,
        arms=True, because="{loss_noisy_bn:.3f} nats against {loss_none:.2f}: still moments are not what helps.", hides=("moments", "learning"),
        when=when(bench="net", learning_rate=0.3)),
    Guess("few", "Batches of 4. Which net is right more often in the end?",
        options=(("bn", "All of BN"), ("same", "Both alike"), ("mean", "The one that only subtracts the mean")), answer=found_few, numbers=of_small,
        because="BN {test_accuracy:.0%}, mean only {centred:.0%}: a deviation of four numbers is a bad divisor.", hides=("learning", "ribbon"),
        when=when(bench="net", batch_size=4, normaliser="bn")),
)
# fmt: on
