"""The story in eight chapters (their words are in assets/text), and what can be guessed before a run."""

from __future__ import annotations

from engine.core.topic import Chapter, Guess, Sweep, Timeline, glide, when
from engine.language.apriori import claims

MELT = (*glide("min_support", 0.03, 0.25, 8, 18, log=True), *glide("min_support", 0.2, 0.03, 20, 28, log=True))
CHEAPER = ((7, {"min_support": 0.02}), (9, {"min_support": 0.008}), (11, {"min_support": 0.002}))
PATTERNS = {"data": "quest", "baskets": 10_000, "items": 200}


def shown(timeline: Timeline) -> dict[str, float]:
    """Numbers of sets that have no output of their own."""
    a, s = timeline.frame.arrays, timeline.frame.scalars
    total = 2.0 ** s["items_used"] - 1
    return {"all_sets": total, "subsets": len(a["lattice_states"]) - 1, "skipped": float((a["lattice_states"] < 2).sum())}


def standing(timeline: Timeline) -> dict[str, float]:
    """First and last place of a planted rule by confidence."""
    places = claims.ranks(timeline)
    return {"first": float(places.min()), "last": float(places.max())} if len(places) else {}


def twin(timeline: Timeline) -> dict[str, float]:
    """Candidates and frequent sets of the twin, and the triples that both counted."""
    if timeline.other is None:
        return {}
    one, two = (line.frame.arrays["level_candidates"] for line in (timeline, timeline.other))
    triples = {"triples": float(one[2]), "triples_other": float(two[2])} if min(len(one), len(two)) > 2 else {}
    return {f"{name}_other": timeline.other.frame.scalars[name] for name in ("candidates", "frequent_sets")} | triples


def priced(timeline: Timeline) -> dict[str, float]:
    """Frequent sets at two supports; how many times the loop is slower."""
    s = timeline.frame.scalars
    wide, deep = (claims.at_support(timeline, "cost_frequent", share) for share in (0.05, 0.002))
    return {"wide": wide, "deep": deep, "times": s["loop_time"] / s["bit_time"]}


# fmt: off
CHAPTERS = (
    Chapter("melt", steps=32, views=("lattice", "levels"), shows=(claims.closed, claims.pairs), changes=MELT, guess="looked_at",
        after=shown),
    Chapter("popular", values={"rank": "confidence"}, views=("scatter", "table"), shows=(claims.fooled, claims.pointing),
        hero="min_confidence"),
    Chapter("lift", views=("scatter", "table"), shows=(claims.found, claims.inside, claims.strong), hero="min_confidence", guess="planted"),
    Chapter("chance", steps=16, views=("scatter", "table"), shows=(claims.remaining, claims.mild, claims.gone),
        changes=((9, {"shuffle": True}),), hero="shuffle", guess="chance"),
    Chapter("top_ten", values={"rank": "confidence"}, views=("table", "scatter"), shows=(claims.hidden, claims.reversed_rules), hero="rank",
        after=standing),
    Chapter("unpruned", views=("levels", "lattice"), shows=(claims.same, claims.saved),
        compare={"prune": False}, guess="unpruned", after=twin),
    Chapter("cost", values={**PATTERNS, "min_support": 0.05, "rank": "leverage"}, steps=12, views=("cost", "bits"), shows=(claims.grown, claims.fast),
        changes=CHEAPER, after=priced),
    Chapter("more_items", values={**PATTERNS, "min_support": 0.01, "max_size": 4}, views=("levels", "cost"),
        shows=(claims.wider, claims.fewer), sweep=Sweep("items", claims.ITEMS, "frequent_sets"), section="Data", after=claims.by_items),
)
# fmt: on


def looked_at(timeline: Timeline) -> str | None:
    """In which order of magnitude the sets are that were counted."""
    if not claims.mined(timeline):
        return None
    counted = timeline.frame.scalars["candidates"]
    return "thousand" if counted < 3e4 else "million" if counted < 1e9 else "all"


def found_planted(timeline: Timeline) -> str | None:
    """How many of the five rules have a lift above 2."""
    if not claims.mined(timeline):
        return None
    count = timeline.frame.scalars["planted_found"]
    return "all" if count == 5 else "some" if count else "none"


def left_by_chance(timeline: Timeline) -> str | None:
    """How many rules shuffling leaves, beside the 70 to 100 before."""
    if not claims.mined(timeline, shuffle=True):
        return None
    count = timeline.frame.scalars["rules"]
    return "none" if count < 5 else "third" if count < 50 else "most"


def found_unpruned(timeline: Timeline) -> str | None:
    """Whether the twin without pruning finds other sets."""
    verdict = claims.same(timeline)
    if verdict is None or timeline.other is None:
        return None
    if verdict.agrees:
        return "same"
    return "more" if timeline.other.frame.scalars["frequent_sets"] > timeline.frame.scalars["frequent_sets"] else "fewer"


# fmt: off
PLAIN = when(data="planted", baskets=2000, items=40, min_support=0.03, min_confidence=0.4, max_size=6)
GUESSES = (
    Guess("looked_at", "40 items have a trillion sets. How many will be counted?",
        options=(("thousand", "About a thousand"), ("million", "Some millions"), ("all", "All")), answer=looked_at,
        because="{candidates:.0f}: every other set has a part that is already too rare.", hides=("lattice", "levels"), when=PLAIN),
    Guess("planted", "How many of the five planted rules have a lift above 2?",
        options=(("none", "None"), ("some", "Some"), ("all", "All five")), answer=found_planted,
        because="{planted_found:.0f} of 5, among {strong_rules:.0f} rules with such a lift.", hides=("scatter", "table"), after=claims.MINED,
        when=PLAIN),
    Guess("chance", "At step 9 all relations are shuffled away. How many rules remain?",
        options=(("none", "None"), ("third", "About thirty"), ("most", "Nearly all")), answer=left_by_chance,
        because="{rules:.0f} remain, none with a lift above {largest_lift:.2f}.", hides=("scatter", "table"), after=3, when=PLAIN),
    Guess("unpruned", "B counts without pruning. Which frequent sets does it find?",
        options=(("more", "More than A"), ("same", "Just those of A"), ("fewer", "Fewer")), answer=found_unpruned,
        because="Both find {frequent_sets:.0f}; B counted {candidates_other:.0f} sets, A {candidates:.0f}.", numbers=twin,
        hides=("levels", "lattice"), when=PLAIN),
)
# fmt: on
