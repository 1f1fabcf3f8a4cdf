"""The story in eight chapters (their words are in assets/text), and what can be guessed before a run."""

from __future__ import annotations

from engine.core.topic import Chapter, Guess, Timeline, glide, when
from engine.language.dgcnn_extraction import claims, theory
from engine.language.dgcnn_extraction.params import FOLD_STEPS, STEPS

NESTED = theory.span_sets().index(((0, 1), (0, 4), (3, 4)))
FOLDS = 2
BESIDE = 8  # a test sentence of two facts, at seed 0


def glided(start: tuple[float, float], end: tuple[float, float]) -> tuple[tuple[int, dict[str, float]], ...]:
    """Both thresholds' way, each from its first value to its second, once the model has learned."""
    ways = [glide(f"{name}_threshold", *ends, STEPS, STEPS + 40, digits=2) for name, ends in (("start", start), ("end", end))]
    return tuple((step, one | two) for (step, one), (_, two) in zip(*ways, strict=True))


OPENED = glided((0.5, claims.LOW), (0.4, claims.LOW))
SWEPT = (*glided((0.2, 0.8), (0.2, 0.8)), (STEPS + 44, {"start_threshold": 0.5, "end_threshold": 0.5}))


def usual(timeline: Timeline) -> dict[str, float]:
    """F1 at the article's thresholds, at low ones, and the most on the map."""
    low, most = claims.at(timeline, claims.LOW, claims.LOW), float(timeline.frame.arrays["f1_map"].max())
    return {"article": claims.at(timeline, *claims.USUAL), "low": low, "most": most}


def facts(timeline: Timeline) -> dict[str, float]:
    """F1 of the pattern of two facts."""
    return {"facts": float(timeline.frame.arrays["f1_by_pattern"][-1])}


def sets(timeline: Timeline) -> dict[str, float]:
    """How many sets of the sandbox come back, of how many."""
    every = theory.span_sets()
    return {"back": sum(map(claims.returned, every)), "whole": len(every)}


CHAPTERS = (
    Chapter("read", values={"missing_labels": 0.0}, views=("tape", "map"), shows=(claims.reads, claims.every)),
    Chapter("mixed", values={"missing_labels": 0.0, "condition": False, "sentence": BESIDE}, views=("tape", "patterns"), shows=(claims.mixed, claims.unmixed, claims.crossed),
        guess="mixed"),
    Chapter("steady", values={"missing_labels": 0.0}, steps=STEPS + 50, changes=SWEPT, views=("map", "patterns"), shows=(claims.flat,), after=usual),
    Chapter("meter", views=("calibration", "map"), shows=(claims.meter,), guess="meter"),
    Chapter("forgotten", steps=STEPS + 50, changes=OPENED, views=("map", "links"), shows=(claims.forgotten, claims.lowered, claims.precise), after=usual,
        guess="forgotten", hero="end_threshold"),
    Chapter("repaired", values={"repair": str(FOLDS)}, steps=STEPS + FOLDS * FOLD_STEPS, views=("map", "links"), shows=(claims.mended, claims.true_ones), after=usual),
    Chapter("nested", values={"spans": NESTED}, steps=1, views=("sandbox",), shows=(claims.nested, claims.limit), hero="spans", after=sets),
    Chapter("narrow", values={"missing_labels": 0.0, "dilations": "ones"}, views=("map", "patterns"), shows=(claims.narrow, claims.enough), after=facts),
)  # fmt: skip


def found_mixed(timeline: Timeline) -> str | None:
    """Which sentences suffer where no subject is named in the question."""
    found = claims.apart(timeline)
    if found is None:
        return None
    return "all" if found[1].max() < 0.95 else "apart" if found[0].max() < 0.95 else "none"


def found_forgotten(timeline: Timeline) -> str | None:
    """Whether lower thresholds help a model whose training labels are incomplete."""
    if not claims.learned(timeline):
        return None
    usual, low, high = (claims.at(timeline, *where) for where in (claims.USUAL, (claims.LOW, claims.LOW), (0.7, 0.7)))
    return "lower" if low > usual + 0.01 else "higher" if high > usual + 0.01 else "same"


def kept(timeline: Timeline) -> tuple[float, float] | None:
    """Where the mean start tag lies."""
    if not claims.learned(timeline):
        return None
    mean = timeline.frame.scalars["start_tag_mean"]
    return mean - 0.02, mean + 0.02


# fmt: off
GUESSES = (
    Guess("mixed", "Objects are tagged once for all subjects together. Which sentences suffer?",
        options=(("none", "None"), ("apart", "Those whose subjects differ in their objects"), ("all", "All")), answer=found_mixed,
        because="Four triples are found for two true ones wherever subjects differ: F1 is 2/3 there.", hides=("patterns", "tape"), after=0,
        when=when(condition=False)),
    Guess("forgotten", "Three triples of ten are missing in training. Where should the thresholds go?",
        options=(("higher", "Higher: be careful"), ("same", "Stay"), ("lower", "Lower: believe weaker tags")), answer=found_forgotten, numbers=usual,
        because="F1 is {article:.3f} at 0.5 and 0.4, {low:.3f} at 0.2 and 0.2.", hides=("map",), after=0,
        when=when(condition=True, missing_labels=0.3, repair="off")),
    Guess("meter", "How high is the mean start tag of true subjects? Mark it on the threshold's axis.", low=0.05, high=0.95,
        parameter="start_threshold", theory=lambda timeline: timeline.frame.scalars["kept_subjects"], measured=kept,
        hides=("calibration",), when=when(condition=True, missing_labels=0.3, repair="off")),
)
# fmt: on
