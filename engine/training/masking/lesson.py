"""The story in eight chapters (their words are in assets/text), and what can be guessed before a run."""

from __future__ import annotations

import numpy as np

from engine.core.topic import Chapter, Guess, Timeline, when
from engine.training.masking import claims, theory
from engine.training.masking.params import COMPOSITE, FIVE, MORE, MOST, PADDING


def longer(begin: int, end: int, most: int = MOST) -> tuple[tuple[int, dict[str, int]], ...]:
    """Changes that pad test sentences to 24, 36, ... between two steps."""
    totals = range(2 * MORE, most + 1, MORE)
    return tuple(
        (round(step), {"test_padding": total}) for step, total in zip(np.linspace(begin, end, len(totals)), totals, strict=True)
    )


ZEROS = tuple((12 * k, {"desk_zeros": k}) for k in range(1, 41))
CONSTANTS = (
    (60, {"constant": "1e4"}),
    (120, {"constant": "inf"}),
    (180, {"constant": "1e10", "precision": "float16"}),
    (240, {"precision": "float32"}),
)


def lengths(timeline: Timeline) -> dict[str, float]:
    """Without a mask: accuracy padded to 12, 96, 192 and with one to 192; how far a probability moves with padding to 24, and to 192."""
    if timeline.params.bench != "padding":
        return {}
    right, change = timeline.frame.arrays["accuracy_along"].tolist(), timeline.frame.arrays["dp_along"][1].tolist()
    accuracy = {"kept": right[0][-1], "short": right[1][0], "middle": right[1][3], "long": right[1][-1]}
    return {**accuracy, "first": change[1], "last": change[-1]}


def emptied(timeline: Timeline) -> dict[str, float]:
    """An even share of an empty row, and the weight of the 5 if no score were masked."""
    if timeline.params.bench != "padding":
        return {}
    zeros = timeline.params.desk_zeros
    return {"even": 1 / (5 + zeros), "leaks": float(theory.softmax(np.array([*FIVE, *(zeros * [0])], float))[4])}


def behind(timeline: Timeline) -> dict[str, float]:
    """Accuracy of both classifiers."""
    runs = {name: claims.composite(timeline, registered) for name, registered in (("full", True), ("partial", False))}
    return {name: run.frame.scalars["composite_accuracy"] for name, run in runs.items() if run is not None}


CHAPTERS = (
    Chapter("slide", values={"layer": "mean"}, steps=500, changes=longer(120, 480), views=("sentence", "vectors"),
        shows=(claims.flat, claims.dilution, claims.falls, claims.no_gradient), after=lengths),
    Chapter("desk", values={"desk_zeros": 0}, steps=500, changes=ZEROS, views=("desk",), shows=(claims.thinned, claims.steady), hero="desk_zeros"),
    Chapter("jump", values={"layer": "max"}, steps=500, changes=longer(120, 480), views=("test", "sentence"),
        shows=(claims.flat, claims.one_jump, claims.small_jump), guess="more", after=lengths),
    Chapter("hidden", values={"layer": "attention"}, steps=500, changes=longer(300, 480, 96), views=("test", "attention"),
        shows=(claims.flat, claims.looks_well, claims.moves, claims.share), guess="serving"),
    Chapter("backward", values={"layer": "bigru", "test_padding": 24}, steps=250, views=("sentence", "reach"),
        shows=(claims.flat, claims.everywhere, claims.tossed), guess="reach"),
    Chapter("creeping", values={"layer": "conv", "pad_row": "zero"}, compare={"pad_row": "trainable"}, steps=150, changes=((50, {"test_padding": 24}),),
        views=("reach",), shows=(claims.flat, claims.spreads)),
    Chapter("nobody", values={"layer": "mean"}, steps=300, changes=CONSTANTS, views=("empty",), shows=(claims.nobody,), guess="empty", hero="constant",
        after=emptied),
    Chapter("layers", values={"bench": "composite"}, compare={"registered": False}, steps=400, views=("digit", "digits", "tensors"),
        shows=(claims.given, claims.learns, claims.stays_behind), guess="list", after=behind),
)  # fmt: skip


def found_more(timeline: Timeline) -> str | None:
    """How the change grows with padding."""
    change = timeline.frame.arrays["dp_along"][1] if timeline.params.bench == "padding" and timeline.frame.step >= 50 else None
    if change is None:
        return None
    return "none" if change[-1] < 1e-6 else "once" if change[-1] - change[1] < 1e-6 else "grows"


def found_serving(timeline: Timeline) -> str | None:
    """What serving with more padding changes."""
    if not claims.served(timeline, "attention", 96, 500):
        return None
    a = timeline.frame.arrays
    if a["accuracy_along"][1, 0] - a["accuracy_along"][1, 3] > 0.05:
        return "wrong"
    return "chances" if a["dp_along"][1, 3] > 0.1 else "nothing"


def found_reach(timeline: Timeline) -> str | None:
    """Which positions are changed."""
    if not claims.served(timeline, "bigru"):
        return None
    found, length = timeline.frame.scalars["contaminated"], claims.length(timeline)
    return "none" if found == 0 else "all" if found == length else "last"


def found_empty(timeline: Timeline) -> str | None:
    """What is left of a row without any real position."""
    p = timeline.params
    if (p.bench, p.constant, p.precision) != ("padding", "1e10", "float32"):
        return None
    found = timeline.frame.arrays["desk_empty"].astype(float)
    if np.isnan(found).any():
        return "nan"
    return "zero" if found.sum() < 0.5 else "even" if np.ptp(found) < 1e-6 else "scores"


def found_list(timeline: Timeline) -> str | None:
    """What becomes of a network whose inner layers stand in a plain list."""
    run = claims.composite(timeline, False)
    if run is None:
        return None
    found = run.frame.scalars["composite_accuracy"]
    return "chance" if found < 0.3 else "partly" if found < 0.95 else "same"


# fmt: off
GUESSES = (
    Guess("more", "A maximum without a mask. How does the change of its answers grow with padding?",
        options=(("none", "It never changes"), ("once", "One jump at the first zero"), ("grows", "The more padding, the larger")), answer=found_more,
        numbers=lengths, because="Padded to 24, a probability moves by up to {first:.3f}; padded to 192, by {last:.3f}.",
        hides=("test", "sentence"), after=50, when=PADDING & when(layer="max")),
    Guess("serving", "Attention pooling, trained without a mask, is served with padding to 96. What changes?",
        options=(("nothing", "Nothing: it has learned to ignore padding"), ("chances", "Probabilities, not accuracy"), ("wrong", "Accuracy falls, too")),
        answer=found_serving, because="Accuracy is {accuracy_unmasked:.3f}, yet a probability moves by {max_dp_unmasked:.2f}.",
        hides=("test", "attention"), after=0, when=PADDING & when(layer="attention")),
    Guess("reach", "Padding stands behind the sentence. Which real positions does a BiGRU without a mask see changed?",
        options=(("none", "None: padding comes later"), ("last", "The last few"), ("all", "All of them")), answer=found_reach,
        because="{contaminated:.0f} positions change: the backward pass has read padding before it meets the first real token.",
        hides=("reach", "sentence"), when=PADDING & when(layer="bigru")),
    Guess("empty", "A row has no real position at all. What does a softmax with mask constant 10¹⁰ make of it?",
        options=(("zero", "All zeros"), ("even", "The same weight everywhere"), ("scores", "The softmax of the scores"), ("nan", "NaN")), answer=found_empty,
        because="A float32 near 10¹⁰ has neighbours 1024 away: the scores are rounded off, and equal numbers share equally.",
        hides=("empty",), when=PADDING),
    Guess("list", "A layer keeps its inner layers in a plain Python list. What becomes of the training?",
        options=(("chance", "It learns nothing"), ("partly", "It learns, but less"), ("same", "It makes no difference")), answer=found_list, numbers=behind,
        because="{partial:.3f} against {full:.3f}, and no message: the read-out learns on random features.",
        hides=("digit", "digits", "tensors"), after=400, when=COMPOSITE),
)
# fmt: on
