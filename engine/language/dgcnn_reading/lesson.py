"""The story in eight chapters (their words are in assets/text), and what can be guessed before a run."""

from __future__ import annotations

from engine.core.topic import Chapter, Guess, Sweep, Timeline, when
from engine.language.dgcnn_reading import claims


def presets(timeline: Timeline) -> dict[str, float]:
    """Answers found at gaps of 4 and 8 by each preset of a sweep."""
    found: dict[str, float] = {}
    for name, key in (("near", "1-1-1-1-1"), ("mid", "1-2-4-1-1"), ("far", "1-2-4-8-1")):
        run = claims.pick(timeline, key)
        if run is not None:
            found |= {f"{name}_{gap}": float(claims.by_gap(run, gap)[0]) for gap in (4, 8)}
    return found


def around(timeline: Timeline) -> dict[str, float]:
    """Answers found at gaps around the rim, and of the comb."""
    return {f"at_{gap}": float(claims.by_gap(timeline, gap)[0]) for gap in (2, 3, 4, 6)}


def twins(timeline: Timeline) -> dict[str, float]:
    """Answers found and the largest tags of the run and its twin."""
    s, other = timeline.frame.scalars, timeline.other
    told = {"here": s["exact_match"], "top": s["top_tag"]}
    if other is not None:
        told |= {"there": other.frame.scalars["exact_match"], "top_there": other.frame.scalars["top_tag"]}
    return told


def spreads(timeline: Timeline) -> dict[str, float]:
    """Standard deviations of the gates in the first and the last layer."""
    spread = timeline.frame.arrays["gate_spread"]
    return {"first": float(spread[0]), "last": float(spread[-1])}


CHAPTERS = (
    Chapter("tags", steps=300, views=("passage", "learning"), shows=(claims.found, claims.refused), hero="walk"),
    Chapter("cliff", values=claims.NEAR, steps=300, views=("gaps", "passage"), shows=(claims.before, claims.behind), hero="walk", guess="cliff",
        after=around),
    Chapter("wider", values={"gap": 10}, steps=300, sweep=Sweep("dilations", ("1-1-1-1-1", "1-2-4-1-1", "1-2-4-8-1"), "exact_match"),
        views=("gaps", "field"), shows=(claims.middle, claims.gone, claims.whole), hero="walk", after=presets),
    Chapter("holes", values=claims.HOLES, steps=300, views=("gaps", "field"), shows=(claims.measured, claims.comb), hero="walk",
        guess="holes", after=around),
    Chapter("match", values=claims.BLIND, steps=300, compare={"match": "on"}, views=("gaps", "learning"), shows=(claims.blind, claims.flagged),
        hero="walk", after=twins),
    Chapter("gates", steps=300, views=("gates", "field"), shows=(claims.sharper, claims.same), hero="layer", after=spreads),
    Chapter("softer", steps=300, compare={"focal": 2.0}, views=("threshold", "passage"), shows=(claims.softer, claims.equal),
        hero="tag_threshold", guess="softer", after=twins),
    Chapter("vote", steps=300, views=("bench", "ballot"), shows=(claims.sure, claims.unsure, claims.added), hero="unsure"),
)  # fmt: skip


def found_holes(timeline: Timeline) -> str | None:
    """Where a field with holes finds answers."""
    if not claims.trained(timeline, **claims.HOLES):
        return None
    on, off = claims.by_gap(timeline, 2, 6, 10), claims.by_gap(timeline, 0, 4, 8)
    if on.min() > off.max() + 0.2:
        return "some"
    return "all" if min(on.min(), off.min()) > 0.5 else "none"


def found_softer(timeline: Timeline) -> str | None:
    """What focal loss does to the largest tags."""
    other = claims.with_focal(timeline)
    if other is None:
        return None
    change = other.frame.scalars["top_tag"] - timeline.frame.scalars["top_tag"]
    return "higher" if change > 0.02 else "lower" if change < -0.02 else "same"


# fmt: off
GUESSES = (
    Guess("cliff", "Up to which gap are answers found?", low=0.0, high=12.0, parameter="gap", hides=("gaps",),
        theory=lambda timeline: timeline.frame.scalars["radius"] - 2,  # the last gap with the entity inside the field
        when=when(dilations="1-1-1-1-1", gap=10)),
    Guess("holes", "Rates 4-4-4-4-4 reach 20 positions far. Where does the reader find answers?",
        options=(("all", "At all gaps up to 10"), ("some", "At some, between others"), ("none", "At none")), answer=found_holes, numbers=around,
        because="{at_2:.0%} at gap 2, {at_4:.0%} at 4, {at_6:.0%} at 6: all sums of fours are fours.", hides=("gaps", "field"), after=0,
        when=when(dilations="custom", rate_1=4, rate_2=4, rate_3=4, rate_4=4, rate_5=4, gap=10)),
    Guess("softer", "Focal loss weighs less what is nearly right. What of the largest tags?",
        options=(("higher", "They rise"), ("same", "They stay"), ("lower", "They fall")), answer=found_softer, numbers=twins,
        because="{top:.2f} on average with cross-entropy, {top_there:.2f} with γ = 2.", hides=("threshold", "passage"), after=0,
        when=when(dilations="1-2-4-8-1", focal=0.0, gap=8)),
)
# fmt: on
