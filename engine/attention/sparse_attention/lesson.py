"""The story in eight chapters (their words are in assets/text), and what can be guessed before a run."""

from __future__ import annotations

from engine.attention.sparse_attention import claims, theory
from engine.attention.sparse_attention.names import WAYS
from engine.core.topic import Chapter, Guess, Sweep, Timeline, when

ATROUS = {"layer1": "atrous", "layer2": "atrous"}
LOCAL = {"layer1": "local", "layer2": "local"}
SPARSE = {"layer1": "sparse", "layer2": "none"}
COST = {"bench": "cost"}
DISTANCES = (0, 4, 9, 12, 15, 18, 24, 33)


def twins(timeline: Timeline) -> dict[str, float]:
    """Accuracy of the run and of its twin, and how many windows would connect all pairs."""
    if timeline.other is None:
        return {}
    here, there = (line.frame.scalars["accuracy"] for line in (timeline, timeline.other))
    return {"here": here, "there": there, "layers": theory.layers_needed(timeline.params.length, timeline.params.stride)}


def two_layers(timeline: Timeline) -> dict[str, float]:
    """How many stacks of two layers there are, and the best stride of a row."""
    p = timeline.params
    return {"stacks": len(theory.two_layers(p.length, p.stride, p.causal)), "best": theory.best_stride(p.length)}


def by_distance(timeline: Timeline) -> dict[str, float]:
    """Accuracy at a distance inside the window, at a multiple of the stride, and at one that is neither."""
    arms = {line.params.copy_distance: line.frame.scalars["accuracy"] for line in timeline.arms.values()}
    return {f"at_{distance}": arms[distance] for distance in (4, 12, 15)} if {4, 12, 15} <= arms.keys() else {}


def ratios(timeline: Timeline) -> dict[str, float]:
    """Times and megabytes at the longest length."""
    kept = {way: claims.last(timeline, "kept_bytes", way) for way in WAYS}
    took = {way: claims.last(timeline, "milliseconds", way) for way in WAYS}
    found = {f"{way}_mb": value / 1e6 for way, value in kept.items() if value is not None}
    return found | {f"{way}_ms": value for way, value in took.items() if value is not None}


CHAPTERS = (
    Chapter(
        "two_hops",
        views=("reach", "distances", "learning", "ways"),
        shows=(claims.all_pairs, claims.learned, claims.floor),
        guess="copies",
    ),
    Chapter(
        "never_meet",
        values=ATROUS,
        views=("reach", "ways", "distances"),
        shows=(claims.groups, claims.guesses, claims.twin_learns),
        compare={"copy_distance": 12},
        guess="meet",
        after=twins,
    ),
    Chapter(
        "as_far_as_it_carries",
        values={**LOCAL, "copy_distance": 9},
        views=("reach", "ways", "distances"),
        shows=(claims.band, claims.learned, claims.twin_guesses),
        compare={"copy_distance": 15},
        after=twins,
    ),
    Chapter(
        "near_and_far",
        values={**SPARSE, "copy_distance": 12},
        views=("distances", "masks"),
        shows=(claims.every_distance,),
        sweep=Sweep("copy_distance", DISTANCES, "accuracy"),
        guess="jump",
        after=by_distance,
    ),
    Chapter(
        "cheapest",
        views=("trade", "row_cost"),
        shows=(claims.cheapest, claims.all_pairs),
        steps=60,
        hero="stride",
        after=two_layers,
    ),
    Chapter(
        "only_back",
        values={"causal": True},
        views=("reach", "masks"),
        shows=(claims.all_pairs, claims.learned),
        section="Network",
    ),
    Chapter(
        "mask_saves_nothing",
        values=COST,
        steps=5,
        views=("bytes", "seconds"),
        shows=(claims.mask_saves_nothing, claims.quadratic),
        guess="mask",
        after=ratios,
    ),
    Chapter(
        "layout_saves",
        values=COST,
        steps=5,
        views=("seconds", "bytes"),
        shows=(claims.linear, claims.ten_times, claims.copies),
        after=ratios,
    ),
)


def found_copying(timeline: Timeline) -> str | None:
    """Whether the network copies, be it not everywhere, or guesses."""
    if not claims.trained(timeline):
        return None
    return "copies" if timeline.frame.scalars["accuracy"] > 0.5 else "guesses"


def found_mask(timeline: Timeline) -> str | None:
    """What the mask changes in the bytes that are kept."""
    verdict = claims.mask_saves_nothing.judge(timeline)
    return None if verdict is None else "less" if verdict.measured < verdict.predicted else "more"


def found_jump(timeline: Timeline) -> str | None:
    """Whether a distance between the window and the next multiple is learned."""
    numbers = by_distance(timeline)
    return None if not numbers else "gap" if numbers["at_15"] < 0.5 < numbers["at_12"] else "smooth"


GUESSES = (
    Guess(
        "copies",
        "The window sees 6 tokens far, the stride every 6th token. Can both together copy over a distance of 15?",
        options=(("copies", "Yes, through a stopover"), ("guesses", "No, neither layer sees so far")),
        answer=found_copying,
        because="The accuracy is {accuracy:.3f}: one layer carries the token 3 places, the other 12.",
        hides=("reach", "distances", "learning", "ways"),
        when=when(bench="reach", layer1="local", layer2="atrous", copy_distance=15),
        after=claims.TRAINED,
    ),
    Guess(
        "meet",
        "One atrous layer cannot copy over 15 tokens. What does a second one of the same stride add?",
        options=(("copies", "The missing tokens"), ("guesses", "Nothing")),
        answer=found_copying,
        because="The accuracy stays at {accuracy:.3f}: steps of 6 add up to multiples of 6 only.",
        hides=("reach", "distances", "learning", "ways"),
        when=when(bench="reach", layer1="atrous", layer2="atrous", copy_distance=15),
        after=claims.TRAINED,
    ),
    Guess(
        "jump",
        "One sparse layer: a window of 6 and every 6th token beyond. It learns distance 12. And 9, and 15?",
        options=(("smooth", "A little less well"), ("gap", "Not at all")),
        answer=found_jump,
        because="Distance 12 is learned, 15 is guessed: a distance is seen or it is not.",
        hides=("distances",),
        when=when(bench="reach", layer1="sparse", layer2="none"),
        arms=True,
        after=claims.TRAINED,
    ),
    Guess(
        "mask",
        "Dense attention, and the same with a sparse mask over its scores. Which keeps more memory?",
        options=(("less", "The dense one: the mask throws scores away"), ("more", "The masked one")),
        answer=found_mask,
        because="All n² scores are computed before the mask hides some, and the mask itself is kept, too.",
        hides=("bytes", "seconds"),
        when=when(bench="cost"),
    ),
)
